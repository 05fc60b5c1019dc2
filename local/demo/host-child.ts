import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The Functions host in a process of its own, with the bundle that Azure loads. */
export interface HostChild {
  readonly url: string;
  readonly logFile: string;
  /** Settles when the process is gone, with one sentence that says how. */
  readonly ended: Promise<string>;
  /** The host's last warnings and errors, oldest first. */
  troubles(): readonly string[];
  /** Lets running work end, then ends the process. */
  stop(): Promise<void>;
  kill(): void;
}

export interface HostChildOptions {
  /** Holds `dist/` and `host.json`. */
  readonly root: string;
  /** Takes the host's log, one JSON object a line. */
  readonly logFile: string;
  /** The whole environment of the process; the address that it will have is passed in, because Graph must be told where to call. */
  readonly env: (url: string) => Readonly<Record<string, string>>;
  /** Told of the process before it is ready, so that nobody can leave it behind. */
  readonly onSpawn: (child: Pick<HostChild, 'stop' | 'kill'>) => void;
  readonly onEnded: (sentence: string) => void;
  readonly clock: { after(ms: number, run: () => void): () => void };
}

const DRAIN_SECONDS = 10;
const READY_WITHIN_MS = 30_000;
const ENDED_WITHIN_MS = (DRAIN_SECONDS + 5) * 1_000;
/** Somebody else may take the free port between our look and the host's. */
const PORTS_TRIED = 3;
const TROUBLES_KEPT = 12;

export async function startHostChild(options: HostChildOptions): Promise<HostChild> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const launched = launch(options, port);
    const outcome = await launched.ready;
    if (outcome === null) {
      void launched.host.ended.then(options.onEnded);
      return launched.host;
    }
    await launched.host.stop();
    if (attempt === PORTS_TRIED || !outcome.includes(`Port ${port} is in use`)) throw new Error(outcome);
  }
}

function launch({ root, logFile, env, onSpawn, clock }: HostChildOptions, port: number): { host: HostChild; ready: Promise<string | null> } {
  const url = `http://127.0.0.1:${port}`;
  const args = [join(root, 'dist/local/host.mjs'), '--bundle', join(root, 'dist/main.mjs'), '--host-json', join(root, 'host.json'), '--port', String(port), '--drain-seconds', String(DRAIN_SECONDS)];
  // A process group of its own: Ctrl-C of a terminal reaches us alone, and we end the host in order.
  const child = spawn(process.execPath, ['--enable-source-maps', ...args], { env: env(url), stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const troubles: string[] = [];
  const ended = new Promise<string>((resolve) => {
    child.once('error', () => resolve('The Functions host could not be started: Node.js cannot start another process here.'));
    child.once('close', (code, signal) => resolve(`The Functions host ended ${signal === null ? `with code ${code ?? 'unknown'}` : `by ${signal}`}${lastOf(troubles)}`));
  });
  const host: HostChild = {
    url,
    logFile,
    ended,
    troubles: () => troubles,
    kill: () => void child.kill('SIGKILL'),
    stop: () => stop(child, ended, clock),
  };
  onSpawn(host);
  const log = createWriteStream(logFile, { flags: 'a' });
  // The log is a convenience: where it cannot be written, the host goes on without.
  log.on('error', () => undefined);
  child.stderr.pipe(log);
  createInterface({ input: child.stderr }).on('line', (line) => {
    const trouble = troubleIn(line);
    if (trouble !== null) troubles.push(trouble);
    if (troubles.length > TROUBLES_KEPT) troubles.shift();
  });
  const ready = new Promise<string | null>((resolve) => {
    const cancel = clock.after(READY_WITHIN_MS, () => resolve(`The Functions host did not get ready within ${READY_WITHIN_MS / 1_000} s.`));
    const settle = (outcome: string | null): void => {
      cancel();
      resolve(outcome);
    };
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{"ready":true')) settle(null);
    });
    void ended.then(settle);
  });
  return { host, ready };
}

async function stop(child: ChildProcess, ended: Promise<string>, clock: HostChildOptions['clock']): Promise<void> {
  child.kill('SIGTERM');
  const cancel = clock.after(ENDED_WITHIN_MS, () => void child.kill('SIGKILL'));
  await ended;
  cancel();
}

/** The host logs one JSON object a line; what is none is its last word before it ended. */
function troubleIn(line: string): string | null {
  try {
    const { level, category, message } = JSON.parse(line) as Record<string, unknown>;
    return level === 'warning' || level === 'error' || level === 'critical' ? `${String(category)}: ${String(message)}` : null;
  } catch {
    return line.trim() === '' || /^\s+at /.test(line) ? null : line;
  }
}

function lastOf(troubles: readonly string[]): string {
  const last = troubles.at(-1);
  return last === undefined ? '.' : `; its last word was: ${last}`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
