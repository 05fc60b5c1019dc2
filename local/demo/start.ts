import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { machineClock } from './machine-clock.ts';
import { runStart } from './start-process.ts';

await runStart(process, {
  // The same from here and from the built `dist/local/start.mjs`.
  root: fileURLToPath(new URL('../..', import.meta.url)),
  clock: machineClock(),
  fetch: (input, init) => globalThis.fetch(input, init),
  secret: () => randomBytes(32).toString('base64url'),
});
