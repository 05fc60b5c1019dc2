import type { Clock, Report, Storage } from '../sync/ports.ts';
import { writeDue } from '../sync/due.ts';
import { NewerVersion } from '../sync/failures.ts';
import { readMailbox, writeStatus, type DirectoryEntry } from './directory.ts';
import { newerRingSchema, ringSchema } from './messages.ts';

const LATER_MS = 15 * 60_000;

/**
 * A ring that failed five times becomes a due row and a state of its mailbox that ops can see: nothing is lost, and nothing is tried without pause.
 * A newer version's ring waits like any other, and its mailbox's state is left to newer workers. What cannot be read at all is told and let go.
 */
export async function takePoison({ storage, clock, report }: { storage: Storage; clock: Clock; report: Report }, queue: string, message: unknown): Promise<'waits' | 'unreadable'> {
  const known = ringSchema.safeParse(message);
  const parsed = known.success ? known : newerRingSchema.safeParse(message);
  if (!parsed.success) {
    report('message.unreadable', { queue });
    return 'unreadable';
  }
  const { tenantId, mailboxId } = parsed.data;
  const at = clock.now() + LATER_MS;
  await writeDue(storage.tables, { tenantId, mailboxId, at });
  const entry = await entryOf(storage, tenantId, mailboxId);
  if (entry !== null) await writeStatus(storage.tables, tenantId, mailboxId, { ...entry.status, state: 'failing', reason: 'Its passes failed five times in a row by a mistake of the connector: it is tried again every 15 minutes; the log of the function mailboxPasses says why.', nextAt: at });
  report('poison', { tenant: tenantId, mailbox: mailboxId });
  return 'waits';
}

async function entryOf({ tables }: Storage, tenantId: string, mailboxId: string): Promise<DirectoryEntry | null> {
  try {
    return await readMailbox(tables, tenantId, mailboxId);
  } catch (failure) {
    if (failure instanceof NewerVersion) return null;
    throw failure;
  }
}
