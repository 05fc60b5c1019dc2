import type { Storage } from '../../shared/sync/ports.ts';
import type { StorageOperation } from './operation.ts';

const ROWS_PER_REQUEST = 1_000;
/** 15 comparisons in a filter, one of them for the partition. */
const KEYS_PER_REQUEST = 14;

export interface CountingStorage extends Storage {
  /** Requests per operation since the beginning or the last reset; operations that were not used are absent. */
  counts(): Readonly<Record<string, number>>;
  total(): number;
  reset(): void;
}

/** Counts what any storage is asked for, in requests: what the service would have been sent and would bill (retries left out). */
export function countingStorage({ tables, queues, blobs }: Storage): CountingStorage {
  let counted = new Map<StorageOperation, number>();
  const add = (op: StorageOperation, requests = 1) => counted.set(op, (counted.get(op) ?? 0) + requests);
  const started = (rows: number) => Math.max(1, Math.ceil(rows / ROWS_PER_REQUEST));

  return {
    tables: {
      get: (...args) => (add('tables.get'), tables.get(...args)),
      async range(...args) {
        add('tables.range');
        const answer = await tables.range(...args);
        add('tables.range', started(answer.rows.length) - 1);
        return answer;
      },
      pick: (table, partition, rowKeys) => {
        if (rowKeys.length > 0) add('tables.pick', Math.ceil(new Set(rowKeys).size / KEYS_PER_REQUEST));
        return tables.pick(table, partition, rowKeys);
      },
      async *scan(...args) {
        let rows = 0;
        add('tables.scan');
        for await (const one of tables.scan(...args)) {
          rows += 1;
          if (rows > ROWS_PER_REQUEST && rows % ROWS_PER_REQUEST === 1) add('tables.scan');
          yield one;
        }
      },
      transact: (...args) => (add('tables.transact'), tables.transact(...args)),
    },
    queues: {
      send: (...args) => (add('queues.send'), queues.send(...args)),
      receive: (...args) => (add('queues.receive'), queues.receive(...args)),
      update: (...args) => (add('queues.update'), queues.update(...args)),
      remove: (...args) => (add('queues.remove'), queues.remove(...args)),
      length: (...args) => (add('queues.length'), queues.length(...args)),
    },
    blobs: {
      put: (...args) => (add('blobs.put'), blobs.put(...args)),
      get: (...args) => (add('blobs.get'), blobs.get(...args)),
      getIfChanged: (...args) => (add('blobs.getIfChanged'), blobs.getIfChanged(...args)),
      list: (...args) => (add('blobs.list'), blobs.list(...args)),
      remove: (...args) => (add('blobs.remove'), blobs.remove(...args)),
    },
    counts: () => Object.fromEntries(counted),
    total: () => [...counted.values()].reduce((sum, one) => sum + one, 0),
    reset: () => {
      counted = new Map();
    },
  };
}
