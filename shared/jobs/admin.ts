import { TABLES } from '../config/names.ts';
import type { JournalEntry } from '../sync/journal.ts';
import type { Storage } from '../sync/ports.ts';
import { decodeRow, mailboxPartition, prefixBounds } from '../sync/rows.ts';
import { viewableMailboxes, type MailboxStatus } from './directory.ts';

export interface MailboxView extends MailboxStatus {
  readonly mailboxId: string;
  /** null where a newer version wrote it. */
  readonly rep: number | null;
}

/** How every mailbox of a tenant is doing. Unknown tenants have none. */
export async function viewMailboxes(storage: Storage, tenantId: string): Promise<{ mailboxes: readonly MailboxView[] }> {
  const mailboxes = await viewableMailboxes(storage.tables, tenantId);
  return { mailboxes: mailboxes.map(({ mailboxId, mailbox, status }) => ({ mailboxId, rep: mailbox?.rep ?? null, ...status })) };
}

/** What the connector decided for a mailbox and why, newest first: ids and hashes, no content. Unknown mailboxes have none. */
export async function viewJournal(storage: Storage, tenantId: string, mailboxId: string, top: number): Promise<{ entries: readonly JournalEntry[] }> {
  const { rows } = await storage.tables.range(TABLES.mailbox, mailboxPartition(tenantId, mailboxId), { ...prefixBounds('journal|'), limit: top });
  const entries = rows.flatMap((row) => [...(decodeRow<JournalEntry[]>(row) ?? [])].reverse());
  return { entries: entries.slice(0, top) };
}
