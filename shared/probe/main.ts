import { randomInt } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { probeSurroundings, systemClock } from '../compose.ts';
import { runProbe } from './command.ts';

const ending = new AbortController();
let interruptions = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interruptions += 1;
    // The first lets it remove what it made; the next run removes what a killed one left.
    if (interruptions > 1) process.exit(130);
    ending.abort(new Error('interrupted'));
  });
}

process.exitCode = await runProbe(process.argv.slice(2), {
  clock: systemClock,
  random: () => randomInt(2 ** 47) / 2 ** 47,
  signal: ending.signal,
  open: () => probeSurroundings({ env: process.env, clock: systemClock, fetch: (request) => globalThis.fetch(request) }),
  readFile: (path) => readFile(path, 'utf8'),
  writeFile: (path, text) => writeFile(path, text),
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
});
