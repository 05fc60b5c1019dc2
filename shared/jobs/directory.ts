import { TABLES } from '../config/names.ts';
import type { Instant } from '../model/time/instant.ts';
import type { Cell, MailboxRef, StoredRow, Tables } from '../sync/ports.ts';
import { decodeRow, encodeRow } from '../sync/rows.ts';

/** A synchronized user: what the rep table and Entra say of him. */
export interface DirectoryMailbox extends MailboxRef {
  readonly joinedAt: Instant;
}

/** How the mailbox is doing, written once per pass beside what it is. */
export interface MailboxStatus {
  readonly state: string;
  readonly reason: string | null;
  readonly lastPassAt: Instant | null;
  readonly nextAt: Instant | null;
}

const PREFIX = 'mailbox|';

export async function readMailbox(tables: Tables, tenantId: string, mailboxId: string): Promise<{ mailbox: DirectoryMailbox; status: MailboxStatus } | null> {
  const row = await tables.get(TABLES.directory, tenantId, `${PREFIX}${mailboxId}`);
  const mailbox = row === null ? null : decodeRow<DirectoryMailbox>(row);
  return row === null || mailbox === null ? null : { mailbox, status: statusOf(row) };
}

export async function readMailboxes(tables: Tables, tenantId: string): Promise<{ mailbox: DirectoryMailbox; status: MailboxStatus }[]> {
  const { rows } = await tables.range(TABLES.directory, tenantId, { from: PREFIX, to: `${PREFIX}~` });
  return rows.flatMap((row) => {
    const mailbox = decodeRow<DirectoryMailbox>(row);
    return mailbox === null ? [] : [{ mailbox, status: statusOf(row) }];
  });
}

export async function writeMailbox(tables: Tables, mailbox: DirectoryMailbox): Promise<void> {
  const { rowKey, cells } = encodeRow(`${PREFIX}${mailbox.mailboxId}`, mailbox);
  await tables.transact(TABLES.directory, mailbox.tenantId, [{ op: 'merge', row: { rowKey, cells } }]);
}

export async function writeStatus(tables: Tables, tenantId: string, mailboxId: string, status: MailboxStatus): Promise<void> {
  const cells: Record<string, Cell> = { state: status.state, reason: status.reason ?? '', lastPassAt: status.lastPassAt ?? 0, nextAt: status.nextAt ?? 0 };
  await tables.transact(TABLES.directory, tenantId, [{ op: 'merge', row: { rowKey: `${PREFIX}${mailboxId}`, cells } }]);
}

function statusOf(row: StoredRow): MailboxStatus {
  const { state, reason, lastPassAt, nextAt } = row.cells;
  return {
    state: typeof state === 'string' ? state : 'new',
    reason: typeof reason === 'string' && reason !== '' ? reason : null,
    lastPassAt: typeof lastPassAt === 'number' && lastPassAt > 0 ? lastPassAt : null,
    nextAt: typeof nextAt === 'number' && nextAt > 0 ? nextAt : null,
  };
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
