import type { StoredRow } from '../../shared/sync/ports.ts';

/** The rows of one partition in the order of their keys, by UTF-16 units as the service compares. */
export interface Partition {
  readonly keys: string[];
  readonly rows: Map<string, StoredRow>;
}

export function emptyPartition(): Partition {
  return { keys: [], rows: new Map() };
}

/** Index of the first key that is not smaller. */
export function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function setRow(partition: Partition, row: StoredRow): void {
  if (!partition.rows.has(row.rowKey)) partition.keys.splice(lowerBound(partition.keys, row.rowKey), 0, row.rowKey);
  partition.rows.set(row.rowKey, row);
}

export function deleteRow(partition: Partition, rowKey: string): void {
  if (partition.rows.delete(rowKey)) partition.keys.splice(lowerBound(partition.keys, rowKey), 1);
}
