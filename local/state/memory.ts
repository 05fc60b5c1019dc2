import type { Random, Storage } from '../../shared/sync/ports.ts';
import { copyBlobs, memoryBlobs } from './memory-blobs.ts';
import type { BlobsState } from './memory-blobs.ts';
import { copyQueues, memoryQueues } from './memory-queues.ts';
import type { QueuesState } from './memory-queues.ts';
import { copyTables, memoryTables } from './memory-tables.ts';
import type { TablesState } from './memory-tables.ts';
import { hooked } from './operation.ts';
import type { StorageHooks } from './operation.ts';

export interface MemoryStorageOptions {
  /** The storage's own clock: it may differ from the workers'. */
  readonly clock: { now(): number };
  readonly random: Random;
  readonly hooks?: StorageHooks;
  /** In which order a queue hands out what is visible; the service promises none. */
  readonly queueOrder?: 'any' | 'oldest';
}

/** Everything that is stored, at one moment; good for any number of restores. */
export interface StorageSnapshot {
  readonly tables: TablesState;
  readonly queues: QueuesState;
  readonly blobs: BlobsState;
}

export interface MemoryStorage extends Storage {
  snapshot(): StorageSnapshot;
  restore(snapshot: StorageSnapshot): void;
}

function refill<T>(state: Map<string, T>, content: Map<string, T>): void {
  state.clear();
  for (const [name, value] of content) state.set(name, value);
}

/** The in-memory twin of the storage account (docs/simulators/storage-twin.md): no timers, no disk, the time and chance of its maker. */
export function memoryStorage({ clock, random, hooks = {}, queueOrder = 'any' }: MemoryStorageOptions): MemoryStorage {
  const tables: TablesState = new Map();
  const queues: QueuesState = new Map();
  const blobs: BlobsState = new Map();
  const now = () => clock.now();
  const run = hooked(hooks);
  return {
    tables: memoryTables(tables, now, run),
    queues: memoryQueues(queues, { now, random, hooks, order: queueOrder }, run),
    blobs: memoryBlobs(blobs, run),
    snapshot: () => ({ tables: copyTables(tables), queues: copyQueues(queues), blobs: copyBlobs(blobs) }),
    restore: (snapshot) => {
      refill(tables, copyTables(snapshot.tables));
      refill(queues, copyQueues(snapshot.queues));
      refill(blobs, copyBlobs(snapshot.blobs));
    },
  };
}
