import { startAzurite } from '../../../local/host/azurite.ts';
import { memoryStorage } from '../../../local/state/memory.ts';
import { azureStorage } from '../../../shared/state/storage.ts';
import { PortFailure } from '../../../shared/sync/failures.ts';
import type { Storage } from '../../../shared/sync/ports.ts';

export interface Subject {
  readonly storage: Storage;
  /** Lets time pass for the storage: really for the emulator, at once for the twin. */
  elapse(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** A small generator with a fixed seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const IMPLEMENTATIONS: readonly { readonly name: string; open(): Promise<Subject> }[] = [
  {
    name: 'the Azure adapter against the emulator',
    async open() {
      const azurite = await startAzurite();
      return {
        storage: azureStorage({ connectionString: azurite.connectionString }),
        elapse: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        stop: () => azurite.stop(),
      };
    },
  },
  {
    name: 'the in-memory twin',
    async open() {
      let time = Date.UTC(2026, 10, 22, 9, 30, 0, 250);
      return {
        storage: memoryStorage({ clock: { now: () => time }, random: seeded(7) }),
        elapse: async (ms) => {
          time += ms;
        },
        stop: async () => {},
      };
    },
  },
];

/** Why the port refused, or 'done'. Anything but a PortFailure of this port fails the test. */
export async function outcome(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'done';
  } catch (error) {
    if (error instanceof PortFailure && error.port === 'state') return error.reason;
    throw error;
  }
}

let names = 0;

/** A table, queue or container that no other test uses. */
export function freshName(): string {
  names += 1;
  return `test${process.pid}n${names}`;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
