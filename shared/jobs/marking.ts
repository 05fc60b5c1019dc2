import { QUEUES, TABLES } from '../config/names.ts';
import type { Instant } from '../model/time/instant.ts';
import { NewerVersion, PortFailure } from '../sync/failures.ts';
import { rungLately, storageMargin } from '../sync/lease.ts';
import type { Clock, RowChange, Side, Storage, StoredRow } from '../sync/ports.ts';
import { encodeRow, ifAsRead, isNewer, keys, mailboxPartition, readRow, touched, type Mark, type Pending, type PendingReason } from '../sync/rows.ts';
import { MESSAGE_VERSION, type Ring } from './messages.ts';

export interface MailboxAddress {
  readonly tenantId: string;
  readonly mailboxId: string;
}

/** An id that the next pass must read. */
export interface Asked {
  readonly side: Side;
  readonly id: string;
  readonly reason: PendingReason;
  readonly etag: string | null;
}

export interface MarkRequest extends MailboxAddress {
  readonly kind: string;
  readonly why: string;
  readonly asked: readonly Asked[];
  /** The delta is read once more after a while: it may lag behind, and what happened before there was a subscription is told by nobody. */
  readonly again?: boolean;
  /** Due rows, releases and admins always ring; notifications and polls leave it out within two minutes of an accepted one. */
  readonly always?: boolean;
  /** An admin's answer counts for what was held up to then. */
  readonly until?: Instant;
  readonly traceparent?: string;
}

/** Longer than a delta was ever seen to lag behind. */
const DELTA_LAG_MS = 2 * 60_000;
const ASKED_PER_TRANSACTION = 99;
const MARK_ATTEMPTS = 8;

/**
 * Says that something is to be done, then rings: pending rows and their mark in one transaction, and the mark counts as rung only when the queue took the
 * message. A newer version's mark says so already: it is touched, so that whoever is working it looks again, and rung for.
 */
export async function markAndRing(storage: Storage, clock: Clock, request: MarkRequest): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await markOnce(storage, clock, request);
      return;
    } catch (failure) {
      // Released or marked by somebody else since we read it: what we know of its ring is not true any more.
      if (!(failure instanceof PortFailure) || failure.reason !== 'conflict' || attempt === MARK_ATTEMPTS) throw failure;
    }
  }
}

async function markOnce(storage: Storage, clock: Clock, request: MarkRequest): Promise<void> {
  const { tables } = storage;
  const partition = mailboxPartition(request.tenantId, request.mailboxId);
  const rowKey = keys.mark(request.kind);
  const now = clock.now();
  const { row, later } = request.again === true ? await readWithTime(storage, clock, partition, rowKey) : { row: await tables.get(TABLES.mailbox, partition, rowKey), later: now };
  const newer = row !== null && isNewer(row) ? row : null;
  // An answer cannot be put into a mark that is not understood: it must be given to a newer instance.
  if (newer !== null && request.until !== undefined) throw new NewerVersion();
  const before = row === null || newer !== null ? null : readRow<Mark>(row);
  const mark: Mark = { kind: request.kind, at: now, why: request.why, rungAt: before?.rungAt ?? 0, ...(request.until === undefined ? {} : { until: request.until }) };
  const asked = request.asked.map((ask): RowChange => ({ op: 'put', row: encodeRow(keys.pending(ask.side, request.kind, ask.id, ask.etag), pendingOf(ask, request.kind, now)) }));
  if (request.again === true) {
    const again: Pending = { side: 'graph', kind: request.kind, id: '', reason: 'again', due: later + DELTA_LAG_MS, etag: null, at: now };
    asked.push({ op: 'put', row: encodeRow(keys.pending('graph', request.kind, ''), again) });
  }
  let etag: string | null = row?.etag ?? null;
  for (let start = 0; start === 0 || start < asked.length; start += ASKED_PER_TRANSACTION) {
    const changes: RowChange[] = [newer === null ? ifAsRead(encodeRow(rowKey, mark), etag) : touched(newer, etag ?? newer.etag), ...asked.slice(start, start + ASKED_PER_TRANSACTION)];
    etag = (await tables.transact(TABLES.mailbox, partition, changes))[0] ?? null;
  }
  if (request.always !== true && rungLately(mark, now)) return;
  await ring(storage, request, request.why, request.traceparent);
  if (newer !== null) return;
  try {
    await tables.transact(TABLES.mailbox, partition, [{ op: 'replace', row: encodeRow(rowKey, { ...mark, rungAt: now }), ...(etag === null ? {} : { etag }) }]);
  } catch (failure) {
    // Marked again or worked already: nobody needs to know when it was rung.
    if (!(failure instanceof PortFailure) || (failure.reason !== 'conflict' && failure.reason !== 'notFound')) throw failure;
  }
}

/** Passes reckon by the storage's clock: a time that one of them is to wait for is told in it, and never too early. */
async function readWithTime({ tables }: Storage, clock: Clock, partition: string, rowKey: string): Promise<{ readonly row: StoredRow | null; readonly later: Instant }> {
  const asked = clock.now();
  const { rows, date } = await tables.range(TABLES.mailbox, partition, { from: rowKey, to: `${rowKey}~` });
  const answered = clock.now();
  const row = rows.find((one) => one.rowKey === rowKey) ?? null;
  return { row, later: answered + storageMargin(asked, answered, date) };
}

function pendingOf(ask: Asked, kind: string, now: Instant): Pending {
  return { side: ask.side, kind, id: ask.id, reason: ask.reason, due: 0, etag: ask.etag, at: now };
}

export async function ring(storage: Storage, mailbox: MailboxAddress, why: string, traceparent?: string): Promise<void> {
  const message: Ring = { v: MESSAGE_VERSION, tenantId: mailbox.tenantId, mailboxId: mailbox.mailboxId, why, ...(traceparent === undefined ? {} : { traceparent }) };
  await storage.queues.send(QUEUES.mailboxPasses, JSON.stringify(message));
}
