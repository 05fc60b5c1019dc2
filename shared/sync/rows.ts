import { createHash } from 'node:crypto';
import type { Instant } from '../model/time/instant.ts';
import { NewerVersion } from './failures.ts';
import type { Cell, Row, RowChange, Side, StoredRow } from './ports.ts';
import type { Tally } from './tally.ts';

/**
 * The rows of a mailbox's partition (design 3): keys and codecs, nothing else. Every row carries the version of its shape; a worker leaves rows
 * of a newer version alone. Values stand as JSON in the cell `data`, cut into pieces where a string cell could not hold them. Raised when a row is
 * written that the version before would misread; NORMALISER_VERSION is never raised without it.
 */
export const ROW_VERSION: number = 1;

/**
 * Ends the keys of rows that are written without being read (pending, due): no version ever writes over another's. The first one's have no ending.
 */
const OWN = ROW_VERSION === 1 ? '' : `|${ROW_VERSION}`;

/** Half of the 64 KiB a string cell may hold, in UTF-16 units, with room to spare. */
const CELL_LIMIT = 30_000;

export function mailboxPartition(tenantId: string, mailboxId: string): string {
  return `${tenantId}|${mailboxId}`;
}

/** Graph ids hold characters that a key must not have, and may differ by letter case alone: a hash stands for them. */
export function idHash(id: string): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, 27);
}

export const keys = {
  // What every pass reads first stands together (lease, link, mark, pending), so that one request brings it; pairs and pointers lie outside.
  lease: 'lease',
  mark: (kind: string) => `mark|${kind}`,
  /** One for each version that was notified: notifications come out of order, and a delta that lags may bring the older one alone. */
  pending: (side: Side, kind: string, id: string, etag: string | null = null) => `pending|${side}|${kind}|${idHash(id)}${etag === null ? '' : `|${idHash(etag)}`}${OWN}`,
  /** What a pass itself puts off: a notification that comes meanwhile, perhaps an old one, must not stand in its place. */
  putOff: (side: Side, kind: string, id: string) => `pending|${side}|${kind}|${idHash(id)}|later${OWN}`,
  cursor: (kind: string) => `link|${kind}|default`,
  pair: (kind: string, pairId: string) => `p|${kind}|${pairId}`,
  byGraphId: (kind: string, id: string) => `g|${kind}|${idHash(id)}`,
  byCrmId: (kind: string, id: string) => `c|${kind}|${id}`,
  /** By the id that is the same on every copy of a meeting: of meetings that this mailbox organizes. */
  byMeeting: (kind: string, iCalUId: string) => `u|${kind}|${idHash(iCalUId)}`,
  /** Of a series: the version as it was last read whole. */
  series: (kind: string, masterId: string) => `${keys.allSeries(kind)}${idHash(masterId)}`,
  /** What the keys of all of them begin with. */
  allSeries: (kind: string) => `s|${kind}|`,
  /** Newest first. */
  journal: (at: Instant, tail: string) => `journal|${String(9_999_999_999_999 - at).padStart(13, '0')}|${tail}`,
  due: (at: Instant, tenantId: string, mailboxId: string) => `${String(at).padStart(13, '0')}|${tenantId}|${mailboxId}${OWN}`,
} as const;

/** The rows that a pass reads first: lease, cursors, marks and pending rows. */
export const WORK_ROWS = { from: 'lease', to: 'pending|~' } as const;

/** The bound behind every key that starts so: '}' follows '|' and every letter. */
export function prefixBounds(prefix: string): { from: string; to: string } {
  return { from: prefix, to: `${prefix}~` };
}

export function encodeRow(rowKey: string, value: unknown, cells: Readonly<Record<string, Cell>> = {}): Row {
  const text = JSON.stringify(value);
  const pieces: Record<string, Cell> = {};
  for (let start = 0, piece = 0; start < text.length; piece += 1) {
    const end = wholeUntil(text, start + CELL_LIMIT);
    pieces[piece === 0 ? 'data' : `data${piece}`] = text.slice(start, end);
    start = end;
  }
  return { rowKey, cells: { v: ROW_VERSION, ...cells, ...pieces } };
}

/** A row whose cells are its value. */
export function plainRow(rowKey: string, cells: Readonly<Record<string, Cell>>): Row {
  return { rowKey, cells: { v: ROW_VERSION, ...cells } };
}

/** Never between the halves of a surrogate pair: half of one is refused by the storage. */
function wholeUntil(text: string, end: number): number {
  const last = text.charCodeAt(end - 1);
  return end < text.length && last >= 0xd800 && last < 0xdc00 ? end - 1 : end;
}

/** Writes a row only if it still is as it was read, or, where there was none, still is none. */
export function ifAsRead(row: Row, etag: string | null | undefined): RowChange {
  return etag == null ? { op: 'insert', row } : { op: 'replace', row, etag };
}

/** Whether the row was written by a newer version: then nothing but its key, its ETag and its age is known here. */
export function isNewer(row: StoredRow): boolean {
  return Number(row.cells['v'] ?? 0) > ROW_VERSION;
}

/** @throws NewerVersion where one of the rows, or the one, is a newer version's */
export function mustKnow(rows: StoredRow | null | undefined | readonly StoredRow[]): void {
  if (rows == null) return;
  if ('cells' in rows ? isNewer(rows) : rows.some(isNewer)) throw new NewerVersion();
}

/** The row as it is, under a new ETag: whoever read it before must look again. */
export function touched(row: StoredRow, etag: string = row.etag): RowChange {
  return { op: 'replace', row: { rowKey: row.rowKey, cells: row.cells }, etag };
}

/** A row of a version that is known here, and not as any version writes it: somebody else has been at it. */
export class UnreadableRow extends Error {
  override readonly name = 'UnreadableRow';
  constructor() {
    super('A row of the tables is not as the connector writes it: restore the table as it was, or remove the row that was changed by hand.');
  }
}

/**
 * The value of a row. An older version's may lack members: they are taken from `missing`.
 * @throws NewerVersion, UnreadableRow
 */
export function readRow<T extends object>(row: StoredRow, missing: Partial<T> = {}): T {
  const value = decodeRow<T>(row);
  if (value === null) throw new NewerVersion();
  return { ...missing, ...value };
}

/** The value of a row that this version can read; null for rows of a newer version. Whoever would act on its absence takes `readRow`. Throws UnreadableRow. */
export function decodeRow<T>(row: StoredRow): T | null {
  if (isNewer(row)) return null;
  let text = '';
  for (let piece = 0; ; piece += 1) {
    const cell = row.cells[piece === 0 ? 'data' : `data${piece}`];
    if (typeof cell !== 'string') break;
    text += cell;
  }
  return asWritten((): T | null => {
    return JSON.parse(text) as T;
  });
}

function asWritten<T>(read: () => T | null): T {
  let value: T | null = null;
  try {
    value = read();
  } catch {
    // What the parser says of it quotes it.
  }
  if (value === null) throw new UnreadableRow();
  return value;
}

export interface Lease {
  /** Empty when nobody holds the mailbox. */
  readonly holder: string;
  /** Grows with every acquisition. */
  readonly fence: number;
  /** Grows with every transaction of a holder: tells a holder whose answer was lost whether it had been carried out. */
  readonly sequence: number;
  /** Reservations may be open: they are looked for before anything is planned. */
  readonly reserved: boolean;
  readonly graphNotBefore: Instant;
  readonly crmNotBefore: Instant;
  /** Graph requests per minute of the running ten minutes: epoch minute -> count. */
  readonly requests: Readonly<Record<string, number>>;
  /** Failed passes in a row, for the back-off. */
  readonly failures: number;
  /** A due row is written for this time already (0 = none). */
  readonly nextDue: Instant;
  /** What the deletion guard counts; absent where nothing was counted yet. */
  readonly guard?: Tally;
  /** What the adoption of what stood on both sides already came to, or waits for. */
  readonly adoption?: Adoption;
  /** By which rules was looked for what stands on both sides already (PlanRules.intake): where they are others now, it is looked again. */
  readonly lookedBy?: Readonly<Record<string, string>>;
  /** By which rules the last net read (PlanRules.intake): where they are others now, items that no listing shows are read, too. */
  readonly intake?: Readonly<Record<string, string>>;
  /** Whose mailbox it was when it was worked last (new-rep.ts). */
  readonly rep?: number;
  /** Since when it had been his (MailboxRef.repSince). */
  readonly repSince?: Instant;
  /** It has got another rep, and what he has in the CRM is not read through yet: nobody is invited for what is found. */
  readonly greeting?: boolean;
}

/** How many items were, or would be, adopted before a first synchronization, and what becomes of the others. */
export interface Adoption {
  /** asks: an admin is waited for, and nothing is synchronized. anew: the mailbox was made anew, and an admin has to say so. */
  readonly state: 'asks' | 'done' | 'anew';
  readonly at: Instant;
  /** Pairs that were recognised; of these such that show different things on both sides, and are left so. */
  readonly adopted: number;
  readonly different: number;
  /** Items, of both sides, that could be one another's and are left alone. */
  readonly undecided: number;
  /** Items that are made on the other side. */
  readonly toCrm: number;
  readonly toOutlook: number;
  /** Items that no rule takes in. */
  readonly left: number;
  /** When the last answer was given that was carried out; 0 = none. */
  readonly answered: Instant;
}

export const NO_ADOPTION: Adoption = { state: 'done', at: 0, adopted: 0, different: 0, undecided: 0, toCrm: 0, toOutlook: 0, left: 0, answered: 0 };

export const FREE_LEASE: Lease = { holder: '', fence: 0, sequence: 0, reserved: false, graphNotBefore: 0, crmNotBefore: 0, requests: {}, failures: 0, nextDue: 0 };

export interface Mark {
  readonly kind: string;
  readonly at: Instant;
  readonly why: string;
  /** When a ring for this mark was accepted by the queue; 0 = none stands. */
  readonly rungAt: Instant;
  /** An admin's answer (`why`) counts for the deletions that were held up to then. */
  readonly until?: Instant;
}

/** `removed`: told to be removed or changed, and a reading showed nothing of it: asked once more. `series`: a whole series. `again`: no item of its own: the delta is read once more, for what it may have shown too late. */
export type PendingReason = 'notified' | 'polled' | 'removed' | 'window' | 'retry' | 'odd' | 'again' | 'series';

export interface Pending {
  readonly side: Side;
  readonly kind: string;
  readonly id: string;
  readonly reason: PendingReason;
  /** Not to be worked before; 0 = at once. */
  readonly due: Instant;
  /** Graph: the ETag that was notified; a pull that brought it has answered the question. */
  readonly etag: string | null;
  readonly at: Instant;
}

/** A series whose occurrences are in step, as far as its version shows. */
export interface KnownSeries {
  readonly masterId: string;
  readonly version: string;
}

export interface Cursor {
  /** Where the running or next delta round continues; null before the first. */
  readonly link: string | null;
  readonly windowStart: Instant;
  readonly windowEnd: Instant;
  /** True until the first round through this window is complete. */
  readonly listing: boolean;
  /** The listing replaces an earlier one: what it did not show is asked for by id when it is complete. */
  readonly relisting: boolean;
  readonly startedAt: Instant;
  /** Container in scope when the cursor was made (default calendar). */
  readonly home: string;
  /** The token that the running listing will replace: read once more before it goes. */
  readonly oldLink: string | null;
  /** When rounds of changes were last found to run in circles: for a day the calendar is listed instead. */
  readonly circling?: Instant;
  /** Position of the CRM listing: null = not begun, 'done', or the last record id. */
  readonly crmAfter: string | null;
}
