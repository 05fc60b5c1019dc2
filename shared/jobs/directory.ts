import { TABLES } from '../config/names.ts';
import type { Instant } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Cell, MailboxRef, StoredRow, Tables } from '../sync/ports.ts';
import { decodeRow, encodeRow } from '../sync/rows.ts';

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

export async function readMailbox(tables: Tables, tenantId: string, mailboxId: string): Promise<DirectoryEntry | null> {
  const row = await tables.get(TABLES.directory, tenantId, `${PREFIX}${mailboxId}`);
  return row === null ? null : entryOf(row);
}

/** Every mailbox that is or ever was on the list. */
export async function readMailboxes(tables: Tables, tenantId: string): Promise<DirectoryEntry[]> {
  const { rows } = await tables.range(TABLES.directory, tenantId, { from: PREFIX, to: `${PREFIX}~` });
  return rows.flatMap((row) => entryOf(row) ?? []);
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

/** With `asNew` it counts as never passed: it has just come, or come back. */
export async function writeMailbox(tables: Tables, mailbox: DirectoryMailbox, asNew = false): Promise<void> {
  const { rowKey, cells } = encodeRow(`${PREFIX}${mailbox.mailboxId}`, mailbox);
  const status: Record<string, Cell> = asNew ? { state: 'new', reason: '', lastPassAt: 0, nextAt: 0 } : {};
  await tables.transact(TABLES.directory, mailbox.tenantId, [{ op: 'merge', row: { rowKey, cells: { ...status, ...cells } } }]);
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

function entryOf(row: StoredRow): DirectoryEntry | null {
  const stored = decodeRow<DirectoryMailbox>(row);
  if (stored === null) return null;
  const { state, reason, lastPassAt, nextAt, pairs, held, mailsHeld } = row.cells;
  const { membership } = stored;
  const status = {
    state: typeof state === 'string' ? state : 'new',
    reason: typeof reason === 'string' && reason !== '' ? reason : null,
    lastPassAt: typeof lastPassAt === 'number' && lastPassAt > 0 ? lastPassAt : null,
    nextAt: typeof nextAt === 'number' && nextAt > 0 ? nextAt : null,
    pairs: typeof pairs === 'number' ? pairs : 0,
    held: typeof held === 'number' ? held : 0,
    mailsHeld: typeof mailsHeld === 'number' ? mailsHeld : 0,
  };
  // What the list says stands above what the last pass found.
  return { mailbox: stored, status: membership.state === 'active' ? status : { ...status, state: membership.state, reason: membership.reason } };
}

export async function writeStatus(tables: Tables, tenantId: string, mailboxId: string, status: MailboxStatus): Promise<void> {
  const counted: Record<string, Cell> = { ...(status.pairs === undefined ? {} : { pairs: status.pairs }), ...(status.held === undefined ? {} : { held: status.held }), ...(status.mailsHeld === undefined ? {} : { mailsHeld: status.mailsHeld }) };
  const cells: Record<string, Cell> = { state: status.state, reason: status.reason ?? '', lastPassAt: status.lastPassAt ?? 0, nextAt: status.nextAt ?? 0, ...counted };
  await tables.transact(TABLES.directory, tenantId, [{ op: 'merge', row: { rowKey: `${PREFIX}${mailboxId}`, cells } }]);
}

/** Why a part of the tenant's work does not go on, in one sentence; empty when it does. Each part tells of itself: one that works does not hide another. */
export async function writeTenantState(tables: Tables, tenantId: string, part: string, problem: string, at: Instant): Promise<void> {
  await tables.transact(TABLES.directory, tenantId, [{ op: 'merge', row: { rowKey: 'tenant', cells: { v: 1, [`problem_${part}`]: problem, [`at_${part}`]: at } } }]);
}

export async function readTenantProblems(tables: Tables, tenantId: string): Promise<string[]> {
  const row = await tables.get(TABLES.directory, tenantId, 'tenant');
  const problems = Object.entries(row?.cells ?? {}).flatMap(([cell, text]) => (cell.startsWith('problem_') && typeof text === 'string' && text !== '' ? [text] : []));
  return [...new Set(problems)];
}
