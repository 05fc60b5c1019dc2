import { parentPort } from 'node:worker_threads';
import { inputOf, smallest, tried } from '../fuzz.ts';
import { TARGETS } from '../targets.ts';

/** A thread that tries the inputs of the seeds that it is told. Before each it says which: who waits in vain for the next word knows where it stands still. */

export interface Order {
  readonly target: string;
  readonly seed: number;
  readonly runs: number;
}

/** As much of an input as is printed. */
const SHOWN = 1_500;

async function carryOut({ target: name, seed: first, runs }: Order): Promise<void> {
  const target = TARGETS.find((one) => one.name === name);
  if (target === undefined) throw new Error(`There is no target ${name}.`);
  for (let seed = first; seed < first + runs; seed += 1) {
    parentPort?.postMessage({ begins: seed });
    const began = performance.now();
    const outcome = await tried(target, inputOf(target, seed));
    const ms = performance.now() - began;
    const found = typeof outcome === 'string' ? null : await smallest(target, seed, () => parentPort?.postMessage({ begins: seed }));
    parentPort?.postMessage({ ended: seed, ms, outcome: typeof outcome === 'string' ? outcome : 'broken', ...(typeof outcome === 'string' ? {} : { why: found?.why ?? outcome.broken, input: shown(found?.input) }) });
  }
  parentPort?.postMessage({ done: name });
}

function shown(input: unknown): string {
  const text = JSON.stringify(input ?? null).replace(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${text.length} characters)` : text;
}

// Nobody's unhandled rejection may be overheard: it is a failure of the input that is being tried.
process.on('unhandledRejection', (failure) => parentPort?.postMessage({ lost: failure instanceof Error ? (failure.stack ?? failure.message) : String(failure) }));
parentPort?.on('message', (order: Order) => {
  carryOut(order).catch((failure: unknown) => parentPort?.postMessage({ lost: failure instanceof Error ? (failure.stack ?? failure.message) : String(failure) }));
});
parentPort?.postMessage({ ready: TARGETS.map(({ name }) => name) });
