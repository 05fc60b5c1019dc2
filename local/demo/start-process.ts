import { belongings } from './belongings.ts';
import type { DemoClock, Machine } from './machine.ts';
import { readOptions, type StartOptions } from './options.ts';
import { runOutside } from './outside-run.ts';
import { screenOn, type Terminal } from './screen.ts';
import { wantsOutsideSystems } from './settings.ts';
import { runSimulated } from './simulated-run.ts';

/** What a start needs of its process. */
export interface StartProcess {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Terminal & { on(event: 'error', listener: () => void): unknown };
  readonly stderr: { write(text: string): unknown };
  on(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown;
  exit(code: number): void;
}

export interface Surroundings {
  readonly root: string;
  readonly clock: DemoClock;
  readonly fetch: typeof globalThis.fetch;
  readonly secret: () => string;
}

const INTERRUPTED = 130;

/**
 * Everything on this machine, until somebody ends it or, with `--once`, until the first synchronization is done. Ends with 0 after that or after
 * Ctrl-C, with 1 and one sentence where it cannot do its work, with 130 where `--once` was interrupted or a second Ctrl-C came.
 */
export async function runStart(self: StartProcess, surroundings: Surroundings): Promise<void> {
  let options: StartOptions;
  try {
    options = readOptions(self.argv.slice(2));
  } catch (error) {
    self.stderr.write(`${sentenceOf(error)}\n`);
    self.exit(1);
    return;
  }
  const screen = screenOn(self.stdout);
  const ending = new AbortController();
  const owned = belongings();
  let interruptions = 0;
  const interrupt = (): void => {
    interruptions += 1;
    ending.abort();
    if (interruptions === 1) {
      screen.line('Ending: running work is finished, then everything stops. Again kills it.');
      return;
    }
    owned.killAll();
    self.exit(INTERRUPTED);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) self.on(signal, interrupt);
  // Nobody reads what we write any more: `npm start | head`.
  self.stdout.on('error', () => ending.abort());

  const hostGone: { sentence?: string } = {};
  const machine: Machine = {
    ...surroundings,
    env: self.env,
    screen,
    stop: ending.signal,
    belongings: owned,
    onHostEnded: (sentence) => {
      if (ending.signal.aborted) return;
      hostGone.sentence = sentence;
      ending.abort();
    },
  };
  let problem: string | null;
  try {
    const run = wantsOutsideSystems(self.env) ? runOutside : runSimulated;
    problem = await run(machine, options.once);
  } catch (error) {
    problem = ending.signal.aborted ? null : sentenceOf(error);
  }
  problem = hostGone.sentence ?? problem;
  ending.abort();
  const left = await owned.stopAll();
  if (left > 0) problem ??= `${left} parts could not be ended in order.`;
  if (problem !== null) self.stderr.write(`${problem}\n`);
  self.exit(problem !== null ? 1 : interruptions > 0 && options.once ? INTERRUPTED : 0);
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'The start failed for a reason that it cannot name.';
}
