import { createHash } from 'node:crypto';
import { TABLES } from '../config/names.ts';
import type { Instant } from '../model/time/instant.ts';
import type { Tables } from './ports.ts';
import { encodeRow } from './rows.ts';

/** Rows are spread over this many partitions, so that no single one takes all the writes. */
export const DUE_BUCKETS = 16;

export interface DueRing {
  readonly tenantId: string;
  readonly mailboxId: string;
  readonly at: Instant;
}

export function dueBucket(mailboxId: string): string {
  return String((createHash('sha256').update(mailboxId).digest()[0] ?? 0) % DUE_BUCKETS).padStart(2, '0');
}

export function dueRowKey(ring: DueRing): string {
  return `${String(ring.at).padStart(13, '0')}|${ring.tenantId}|${ring.mailboxId}`;
}

/** Waiting is a row, never a sleeping worker and never a long invisible message (design 2). */
export async function writeDue(tables: Tables, ring: DueRing): Promise<void> {
  await tables.transact(TABLES.due, dueBucket(ring.mailboxId), [{ op: 'put', row: encodeRow(dueRowKey(ring), ring) }]);
}
