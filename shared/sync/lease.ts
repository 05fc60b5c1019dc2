import { TABLES } from '../config/names.ts';
import type { Instant } from '../model/time/instant.ts';
import { LeaseLost, PortFailure } from './failures.ts';
import type { Clock, RowChange, StoredRow, Tables } from './ports.ts';
import { decodeRow, encodeRow, FREE_LEASE, ifAsRead, isNewer, keys, readRow, type Lease, mailboxPartition, type Mark, WORK_ROWS } from './rows.ts';

/** How long a holder may be silent before others take the mailbox over. */
export const LEASE_MS = 120_000;
/** No external call starts unless the rest of the lease outlives its timeout by this much. */
export const LEASE_MARGIN_MS = 10_000;
/** One transaction holds 100 changes; one of them is the lease itself. */
export const CHANGES_PER_TRANSACTION = 99;

export interface Marked {
  readonly mark: Mark;
  readonly etag: string;
}

export type Acquired =
  | { readonly state: 'held'; readonly lease: HeldLease; /** The work rows as they stood when the lease was taken. */ readonly rows: readonly StoredRow[] }
  /** Somebody works on this mailbox: he sees the mark when he releases. */
  | { readonly state: 'busy' }
  /** A newer version of the product wrote one of the work rows: what the mailbox needs is known to its workers alone. */
  | { readonly state: 'newer' };

/**
 * One worker's hold on one mailbox. Every transaction of a pass goes through here: it carries the lease row with the ETag of the transaction
 * before, so that a holder that lost its lease cannot write at all. Others judge the lease's age by the storage's clock, the holder by a
 * monotonic clock that was started before the lease was acquired (design 2).
 */
export class HeldLease {
  readonly partition: string;
  /** The holder before did not release: his last requests may still run. */
  readonly takenOver: boolean;
  /** The pass's time: this worker's clock, put right by the storage's where they differ. What one pass writes down another one compares. */
  readonly clock: Clock;
  /** What was added to this worker's clock (milliseconds). */
  readonly clockOffset: number;
  /** How far off it may still be, because the storage took its time to tell (milliseconds). */
  readonly clockDoubt: number;
  private readonly tables: Tables;
  private value: Lease;
  private etag: string;
  /** Monotonic milliseconds; the lease is ours for LEASE_MS after it. */
  private since: number;
  private lost = false;
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(tables: Tables, clock: Clock, offset: number, doubt: number, partition: string, value: Lease, etag: string, since: number, takenOver: boolean) {
    this.tables = tables;
    this.clock = putRight(clock, offset);
    this.clockOffset = offset;
    this.clockDoubt = doubt;
    this.partition = partition;
    this.value = value;
    this.etag = etag;
    this.since = since;
    this.takenOver = takenOver;
  }

  /** @param crmMaxRunMs how long a request that a lost holder sent may still run; @param crmTimeoutMs its timeout (milliseconds). */
  static async acquire(tables: Tables, clock: Clock, mailbox: { tenantId: string; mailboxId: string }, holder: string, crmMaxRunMs: number, crmTimeoutMs: number): Promise<Acquired> {
    const partition = mailboxPartition(mailbox.tenantId, mailbox.mailboxId);
    const since = clock.monotonic();
    const asked = clock.now();
    const { rows, date } = await tables.range(TABLES.mailbox, partition, WORK_ROWS);
    const row = rows.find((candidate) => candidate.rowKey === keys.lease);
    if (rows.some(isNewer)) return { state: 'newer' };
    const before = row === undefined ? FREE_LEASE : readRow<Lease>(row, FREE_LEASE);
    const held = row !== undefined && before.holder !== '';
    if (held && date - row.timestamp < LEASE_MS) return { state: 'busy' };
    let value: Lease = { ...before, holder, fence: before.fence + 1, sequence: before.sequence + 1 };
    const answered = clock.now();
    const offset = clockOffset(asked, answered, date);
    if (held) {
      // He can have sent his last CRM request no later than the margin before his lease ran out.
      const lastSent = row.timestamp + LEASE_MS - LEASE_MARGIN_MS - crmTimeoutMs;
      value = { ...value, reserved: true, crmNotBefore: Math.max(value.crmNotBefore, lastSent + crmMaxRunMs) };
    }
    const next = encodeRow(keys.lease, value);
    try {
      const [etag] = await tables.transact(TABLES.mailbox, partition, [ifAsRead(next, row?.etag)]);
      const lease = new HeldLease(tables, clock, offset, clockDoubt(asked, answered), partition, value, etag ?? '', since, held);
      return { state: 'held', lease, rows };
    } catch (failure) {
      if (failure instanceof PortFailure && failure.reason === 'conflict') return { state: 'busy' };
      throw failure;
    }
  }

  /** The lease row as last written or about to be. */
  get state(): Lease {
    return this.value;
  }

  /** Changes that ride on the next transaction. */
  note(change: Partial<Pick<Lease, 'reserved' | 'graphNotBefore' | 'crmNotBefore' | 'requests' | 'failures' | 'nextDue' | 'guard' | 'intake' | 'adoption' | 'lookedBy' | 'rep' | 'repSince' | 'greeting'>>): void {
    this.value = { ...this.value, ...change };
  }

  /** Milliseconds this lease is surely still ours. */
  remaining(): number {
    return this.lost ? 0 : LEASE_MS - (this.clock.monotonic() - this.since);
  }

  /** Makes sure that a call of this timeout ends within the lease; renews it where it would not. */
  async cover(timeoutMs: number): Promise<void> {
    if (this.remaining() < timeoutMs + LEASE_MARGIN_MS) await this.transact([]);
    if (this.remaining() < timeoutMs + LEASE_MARGIN_MS) throw new LeaseLost();
  }

  /**
   * Writes up to 99 changes together with the lease. PortFailure 'conflict' when one of the rows was not as expected (nothing was written),
   * LeaseLost when the mailbox is not ours any more.
   */
  transact(changes: readonly RowChange[]): Promise<void> {
    return this.inTurn(() => this.transactNow(changes, this.value));
  }

  /** Frees the mailbox, together with the changes (deleting the marks that were worked). */
  release(changes: readonly RowChange[]): Promise<void> {
    return this.inTurn(async () => {
      await this.transactNow(changes, { ...this.value, holder: '' });
      this.lost = true;
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async transactNow(changes: readonly RowChange[], intended: Lease): Promise<void> {
    if (this.remaining() <= LEASE_MARGIN_MS) {
      this.lost = true;
      throw new LeaseLost();
    }
    const value = { ...intended, sequence: this.value.sequence + 1 };
    const since = this.clock.monotonic();
    try {
      const etags = await this.tables.transact(TABLES.mailbox, this.partition, [{ op: 'replace', row: encodeRow(keys.lease, value), etag: this.etag }, ...changes]);
      this.etag = etags[0] ?? '';
    } catch (failure) {
      if (!(failure instanceof PortFailure)) throw failure;
      await this.reconsider(failure, value);
    }
    // Notes made while the transaction was under way ride on the next one.
    this.value = { ...this.value, sequence: value.sequence, holder: value.holder };
    this.since = since;
  }

  /** A conflict may mean a lost lease, a row that moved, or our own transaction whose answer was lost and that was sent again. */
  private async reconsider(failure: PortFailure, attempted: Lease): Promise<void> {
    const row = await this.tables.get(TABLES.mailbox, this.partition, keys.lease);
    const now = row === null ? null : decodeRow<Lease>(row);
    if (row === null || now === null || now.fence !== attempted.fence) {
      this.lost = true;
      throw new LeaseLost();
    }
    this.etag = row.etag;
    if (now.sequence === attempted.sequence) return;
    throw failure;
  }
}

/** What two workers' clocks may still differ by when each was put right by the storage's, which is told in whole seconds. */
export const CLOCKS_DIFFER_MS = 2_500;

/**
 * Milliseconds to add to this worker's clock; none where the storage's, told in whole seconds at some moment between question and answer, may be the same.
 * @param asked, answered by this worker's clock
 */
export function clockOffset(asked: Instant, answered: Instant, storageDate: Instant): number {
  const least = storageDate - answered;
  const most = storageDate + 1_000 - asked;
  return least > 0 ? least : most < 0 ? most : 0;
}

/** How much further than that a clock may be off which was put right by an answer that took so long (milliseconds). */
export function clockDoubt(asked: Instant, answered: Instant): number {
  return Math.max(0, answered - asked + 1_000 - CLOCKS_DIFFER_MS / 2);
}

/** Milliseconds to add to a time by this worker's clock so that it comes too early for nobody who reckons by the storage's. */
export function storageMargin(asked: Instant, answered: Instant, storageDate: Instant): number {
  return clockOffset(asked, answered, storageDate) + clockDoubt(asked, answered) + CLOCKS_DIFFER_MS;
}

function putRight(clock: Clock, offset: number): Clock {
  return offset === 0 ? clock : { now: () => clock.now() + offset, monotonic: () => clock.monotonic(), sleep: (ms, signal) => clock.sleep(ms, signal) };
}

export function readMarks(rows: readonly StoredRow[]): Marked[] {
  const marks: Marked[] = [];
  for (const row of rows) {
    if (!row.rowKey.startsWith('mark|') || isNewer(row)) continue;
    marks.push({ mark: readRow<Mark>(row, { rungAt: 0 }), etag: row.etag });
  }
  return marks;
}

/** True while a ring accepted at that instant may still be on its way. */
export function rungLately(mark: Mark, now: Instant): boolean {
  return mark.rungAt > 0 && now - mark.rungAt < 120_000;
}
