import { TABLES } from '../config/names.ts';
import type { SyncSettings } from '../config/sync-settings.ts';
import type { Instant } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Cell, MailboxRef, StoredRow, Tables } from '../sync/ports.ts';
import { decodeRow, encodeRow, ifAsRead, mustKnow, readRow } from '../sync/rows.ts';

/** Whether the mailbox is on the tenant's list: one that leaves gets a last pass, a parked one is not touched; neither loses anything. */
export type Membership =
  | { readonly state: 'active' }
  /** `since`: when it left the list or was parked. */
  | { readonly state: 'leaving' | 'parked'; readonly reason: string; readonly since: Instant };

/** A synchronized user: what the rep table and Entra say of him. */
export interface DirectoryMailbox extends MailboxRef {
  readonly joinedAt: Instant;
  readonly membership: Membership;
  /** Its subscription was refused: not tried again before; 0 = at once. */
  readonly subscribeAfter: Instant;
  /** What the CRM keeps with his rep; absent where the rules do not ask for it. */
  readonly settings?: SyncSettings;
  /** What does not count of it, without values. */
  readonly oddSettings?: readonly string[];
}

/** How the mailbox is doing, written once per pass beside what it is. */
export interface MailboxStatus {
  readonly state: string;
  readonly reason: string | null;
  readonly lastPassAt: Instant | null;
  readonly nextAt: Instant | null;
  /** Pairs that are followed, as of the last pass that was told. */
  readonly pairs?: number;
  /** Deletions that wait for an admin's answer. */
  readonly held?: number;
  /** Writes that wait for one because of the mail that would be sent for them. */
  readonly mailsHeld?: number;
}

const PREFIX = 'mailbox|';

export interface DirectoryEntry {
  readonly mailbox: DirectoryMailbox;
  readonly status: MailboxStatus;
}

/** @throws NewerVersion */
export async function readMailbox(tables: Tables, tenantId: string, mailboxId: string): Promise<DirectoryEntry | null> {
  const row = await tables.get(TABLES.directory, tenantId, `${PREFIX}${mailboxId}`);
  return row === null ? null : entryOf(row);
}

/**
 * Every mailbox that is or ever was on the list.
 * @throws NewerVersion where one of them is not known here: a list with a hole would park people, or pass their changes over
 */
export async function readMailboxes(tables: Tables, tenantId: string): Promise<DirectoryEntry[]> {
  return (await mailboxRows(tables, tenantId)).map(entryOf);
}

/** The same to be looked at: how a mailbox is doing stands in cells that every version reads; who it is may be a newer one's to know. */
export async function viewableMailboxes(tables: Tables, tenantId: string): Promise<{ readonly mailboxId: string; readonly mailbox: DirectoryMailbox | null; readonly status: MailboxStatus }[]> {
  return (await mailboxRows(tables, tenantId)).map((row) => {
    const mailbox = decodeRow<DirectoryMailbox>(row) === null ? null : entryOf(row).mailbox;
    return { mailboxId: row.rowKey.slice(PREFIX.length), mailbox, status: mailbox === null ? statusOf(row) : entryOf(row).status };
  });
}

async function mailboxRows(tables: Tables, tenantId: string): Promise<readonly StoredRow[]> {
  return (await tables.range(TABLES.directory, tenantId, { from: PREFIX, to: `${PREFIX}~` })).rows;
}

/** A parked mailbox must not be touched (design 6.9). */
export function mayBeTouched({ membership }: DirectoryMailbox): boolean {
  return membership.state !== 'parked';
}

/**
 * Whose rows the change poll writes. A parked mailbox collects its rep's changes as pending rows, so that it has them when it returns; not where
 * another mailbox has taken the rep over.
 */
export function meantByPoll(entries: readonly DirectoryEntry[]): DirectoryMailbox[] {
  const mailboxes = entries.map(({ mailbox }) => mailbox);
  const served = new Set(mailboxes.filter(mayBeTouched).map(({ rep }) => rep));
  return mailboxes.filter((mailbox) => mayBeTouched(mailbox) || !served.has(mailbox.rep));
}

const WRITE_TRIES = 5;

/**
 * With `asNew` it counts as never passed: it has just come, or come back.
 * @throws NewerVersion where a newer version wrote it meanwhile
 */
export async function writeMailbox(tables: Tables, mailbox: DirectoryMailbox, asNew = false): Promise<void> {
  const { rowKey, cells } = encodeRow(`${PREFIX}${mailbox.mailboxId}`, mailbox);
  const status: Record<string, Cell> = asNew ? { state: 'new', reason: '', lastPassAt: 0, nextAt: 0 } : {};
  for (let attempt = 1; ; attempt += 1) {
    const row = await tables.get(TABLES.directory, mailbox.tenantId, rowKey);
    mustKnow(row);
    try {
      await tables.transact(TABLES.directory, mailbox.tenantId, [ifAsRead({ rowKey, cells: { ...row?.cells, ...status, ...cells } }, row?.etag)]);
      return;
    } catch (failure) {
      // A pass told how it is doing at this very moment.
      if (!(failure instanceof PortFailure) || failure.reason !== 'conflict' || attempt === WRITE_TRIES) throw failure;
    }
  }
}

/** Ends the last pass of a mailbox that leaves; one that came back meanwhile, or is changed at this moment, stays as it is. */
export async function parkAfterLastPass(tables: Tables, { tenantId, mailboxId }: MailboxRef, at: Instant): Promise<void> {
  const row = await tables.get(TABLES.directory, tenantId, `${PREFIX}${mailboxId}`);
  const entry = row === null ? null : entryOf(row);
  if (row === null || entry === null || entry.mailbox.membership.state !== 'leaving') return;
  const membership: Membership = { state: 'parked', reason: entry.mailbox.membership.reason, since: at };
  const { rowKey, cells } = encodeRow(row.rowKey, { ...entry.mailbox, membership } satisfies DirectoryMailbox);
  try {
    await tables.transact(TABLES.directory, tenantId, [{ op: 'replace', row: { rowKey, cells: { ...row.cells, ...cells } }, etag: row.etag }]);
  } catch (failure) {
    if (!(failure instanceof PortFailure) || failure.reason !== 'conflict') throw failure;
  }
}

/** What a row of an older version may lack. */
const OLDER_MAILBOX: Partial<DirectoryMailbox> = { addresses: [], joinedAt: 0, membership: { state: 'active' }, subscribeAfter: 0 };

function entryOf(row: StoredRow): DirectoryEntry {
  const mailbox = readRow<DirectoryMailbox>(row, OLDER_MAILBOX);
  const { membership } = mailbox;
  const status = statusOf(row);
  // What the list says stands above what the last pass found.
  return { mailbox, status: membership.state === 'active' ? status : { ...status, state: membership.state, reason: membership.reason } };
}

function statusOf(row: StoredRow): MailboxStatus {
  const { state, reason, lastPassAt, nextAt, pairs, held, mailsHeld } = row.cells;
  return {
    state: typeof state === 'string' ? state : 'new',
    reason: typeof reason === 'string' && reason !== '' ? reason : null,
    lastPassAt: typeof lastPassAt === 'number' && lastPassAt > 0 ? lastPassAt : null,
    nextAt: typeof nextAt === 'number' && nextAt > 0 ? nextAt : null,
    pairs: typeof pairs === 'number' ? pairs : 0,
    held: typeof held === 'number' ? held : 0,
    mailsHeld: typeof mailsHeld === 'number' ? mailsHeld : 0,
  };
}

export async function writeStatus(tables: Tables, tenantId: string, mailboxId: string, status: MailboxStatus): Promise<void> {
  const counted: Record<string, Cell> = { ...(status.pairs === undefined ? {} : { pairs: status.pairs }), ...(status.held === undefined ? {} : { held: status.held }), ...(status.mailsHeld === undefined ? {} : { mailsHeld: status.mailsHeld }) };
  const cells: Record<string, Cell> = { state: status.state, reason: status.reason ?? '', lastPassAt: status.lastPassAt ?? 0, nextAt: status.nextAt ?? 0, ...counted };
  await tables.transact(TABLES.directory, tenantId, [{ op: 'merge', row: { rowKey: `${PREFIX}${mailboxId}`, cells } }]);
}

/**
 * Why a part of the tenant's work does not go on, in one sentence; empty when it does. Each part tells of itself: one that works does not hide another.
 * This row is written cell by cell by every version at once and carries none: a cell keeps its meaning.
 */
export async function writeTenantState(tables: Tables, tenantId: string, part: string, problem: string, at: Instant): Promise<void> {
  await tables.transact(TABLES.directory, tenantId, [{ op: 'merge', row: { rowKey: 'tenant', cells: { [`problem_${part}`]: problem, [`at_${part}`]: at } } }]);
}

export async function readTenantProblems(tables: Tables, tenantId: string): Promise<string[]> {
  const row = await tables.get(TABLES.directory, tenantId, 'tenant');
  const problems = Object.entries(row?.cells ?? {}).flatMap(([cell, text]) => (cell.startsWith('problem_') && typeof text === 'string' && text !== '' ? [text] : []));
  return [...new Set(problems)];
}
