import { PortFailure } from '../sync/failures.ts';
import type { Clock, Random } from '../sync/ports.ts';
import { readOptions, Refused, type ProbeOptions } from './options.ts';
import { exitCode, factLines, summary } from './report.ts';
import { probe, type Surroundings } from './run.ts';

/** What the command needs of its process. */
export interface CommandSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Opened when the options are understood: a wrong setting is one sentence, like a wrong option. */
  readonly open: () => Pick<Surroundings, 'source' | 'graphAccess' | 'crmAccess' | 'publicBaseUrl'>;
  readonly readFile: (path: string) => Promise<string>;
  readonly writeFile: (path: string, text: string) => Promise<void>;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

/** The whole command; the exit code. Neither output names a mailbox, an address or a secret. */
export async function runProbe(args: readonly string[], self: CommandSurroundings): Promise<0 | 1 | 2> {
  try {
    const options = readOptions(args);
    const token = options.tokenFile === null ? null : (await read(self, options.tokenFile)).trim();
    const { document, ...report } = await probe(options, {
      ...self.open(),
      clock: self.clock,
      random: self.random,
      signal: self.signal,
      token,
      tell: (told) => (options.json ? self.err(`${told.line} ${told.tried.outcome}`) : factLines(told).forEach(self.out)),
    });
    if (options.json) self.out(JSON.stringify(report, null, 2));
    else summary(report).forEach(self.out);
    if (document !== null && options.rulesFile !== null) await written(self, options, document);
    return exitCode(report);
  } catch (failure) {
    if (!(failure instanceof Refused) && !(failure instanceof PortFailure)) throw failure;
    self.err(failure.message);
    return 1;
  }
}

async function read({ readFile }: CommandSurroundings, path: string): Promise<string> {
  try {
    return await readFile(path);
  } catch {
    throw new Refused('The file of --token-file cannot be read.');
  }
}

async function written({ writeFile, err }: CommandSurroundings, { rulesFile }: ProbeOptions, document: string): Promise<void> {
  try {
    await writeFile(rulesFile ?? '', document);
    err('Rules that fit are written: upload them as they are, or compare them first.');
  } catch {
    throw new Refused('The file of --rules cannot be written.');
  }
}
