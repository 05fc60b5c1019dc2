import { fork } from 'node:child_process';

/** A history that takes so long never ends. */
const ENDLESS_MS = 90_000;

/**
 * Lives through histories in `jobs` processes. `next` gives the order of the next history, or null when there are no more.
 *
 * @param {string} script
 * @param {number} jobs
 * @param {() => ({ seed: number, edits: number, only?: number[], keepTrace?: boolean } | null)} next
 * @param {(result: any) => void} took
 */
export function live(script, jobs, next, took) {
  return Promise.all(Array.from({ length: jobs }, () => one(script, next, took)));
}

function one(script, next, took) {
  return new Promise((resolve, reject) => {
    const child = fork(script, { execArgv: ['--enable-source-maps'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    let watch;
    let order = null;
    const ask = () => {
      clearTimeout(watch);
      order = next();
      if (order === null) child.disconnect();
      else child.send(order);
      watch = order === null ? undefined : setTimeout(() => child.kill('SIGKILL'), ENDLESS_MS);
    };
    child.on('message', (message) => {
      if (message.result !== undefined) took(message.result);
      if (message.broken !== undefined) took(unlived(message.broken.seed, `the harness failed: ${message.broken.message}`));
      ask();
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearTimeout(watch);
      if (code === 0) resolve(undefined);
      else if (signal === 'SIGKILL' && order !== null) {
        took(unlived(order.seed, 'it never ended'));
        one(script, next, took).then(resolve, reject);
      } else reject(new Error(`A process of histories ended with ${code ?? signal}.`));
    });
  });
}

function unlived(seed, problem) {
  return { seed, log: [], trace: [], problems: [problem], steps: [], edits: 0, passes: 0, requests: 0, faults: {}, digest: '' };
}
