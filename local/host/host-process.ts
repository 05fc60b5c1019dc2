import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startHost } from './host.ts';
import type { Host } from './host.ts';
import type { HostLogEntry } from './log.ts';
import { readSettingsDocument } from './settings.ts';

/** What the host needs of its process. */
export interface HostProcess {
  argv: string[];
  env: NodeJS.ProcessEnv;
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown };
  once(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(code: number): void;
}

const USAGE = 'node dist/local/host.mjs [--bundle dist/main.mjs] [--host-json host.json] [--port 7071] [--settings local.settings.json] [--drain-seconds 30] [--verbose]';

/**
 * The host as a process. Settings come from the environment and from `--settings`, which wins. Prints one JSON line when ready and its log on stderr; ends
 * with 0 after SIGINT or SIGTERM, with 1 and one sentence where it cannot start.
 */
export async function runHostProcess(self: HostProcess): Promise<void> {
  let host: Host;
  let drain: number;
  try {
    const options = readOptions(self.argv.slice(2));
    drain = options.drain;
    const settings = { ...definedOnly(self.env), ...(options.settings === undefined ? {} : await readSettings(options.settings)) };
    const storageConnection = settings['AzureWebJobsStorage'];
    if (!storageConnection) throw new Error('The app setting AzureWebJobsStorage is not set; it has to hold the connection string of the storage account or emulator.');
    const log = (entry: HostLogEntry): void => {
      if (options.verbose || (entry.level !== 'trace' && entry.level !== 'debug')) self.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`);
    };
    host = await startHost({ bundle: options.bundle, hostJson: options.hostJson, port: options.port, settings, storageConnection, log });
  } catch (error) {
    self.stderr.write(`${error instanceof Error ? error.message.split('\n')[0] : 'The host could not start.'}\n`);
    self.exit(1);
    return;
  }
  const end = (): void => {
    void host.stop(drain).then(
      () => self.exit(0),
      () => self.exit(1),
    );
  };
  self.once('SIGINT', end);
  self.once('SIGTERM', end);
  self.stdout.write(`${JSON.stringify({ ready: true, url: host.url, functions: host.functions })}\n`);
}

function readOptions(args: string[]) {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        bundle: { type: 'string', default: 'dist/main.mjs' },
        'host-json': { type: 'string', default: 'host.json' },
        port: { type: 'string', default: '7071' },
        settings: { type: 'string' },
        'drain-seconds': { type: 'string', default: '30' },
        verbose: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : 'The arguments cannot be read.'} Usage: ${USAGE}`, { cause: error });
  }
  const [port, seconds] = [Number(values.port), Number(values['drain-seconds'])];
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('--port has to be a whole number from 0 to 65535.');
  if (!Number.isFinite(seconds) || seconds < 0) throw new Error('--drain-seconds has to be a number that is not negative.');
  return {
    bundle: resolve(values.bundle),
    hostJson: resolve(values['host-json']),
    port,
    settings: values.settings,
    drain: seconds * 1000,
    verbose: values.verbose,
  };
}

async function readSettings(path: string): Promise<Record<string, string>> {
  let document: unknown;
  try {
    document = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new Error(`The settings file ${path} could not be read as JSON.`, { cause: error });
  }
  return readSettingsDocument(document);
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
