import { createHash } from 'node:crypto';
import { TABLES } from '../config/names.ts';
import type { Instant } from '../model/time/instant.ts';
import type { Tables } from './ports.ts';
import { encodeRow, keys } from './rows.ts';

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

const MINUTE_MS = 60_000;
const NOT_BEFORE_MS = 15_000;

/** When somebody of a newer version may come: on the full minute, so that one row stands for however many rings were left to him. */
export function whenNewerComes(now: Instant): Instant {
  return Math.ceil((now + NOT_BEFORE_MS) / MINUTE_MS) * MINUTE_MS;
}

/** Waiting is a row, never a sleeping worker and never a long invisible message (design 2). */
export async function writeDue(tables: Tables, ring: DueRing): Promise<void> {
  await tables.transact(TABLES.due, dueBucket(ring.mailboxId), [{ op: 'put', row: encodeRow(keys.due(ring.at, ring.tenantId, ring.mailboxId), ring) }]);
}
