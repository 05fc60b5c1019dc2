import type { Clock, Report, Storage } from '../sync/ports.ts';
import { writeDue } from '../sync/due.ts';
import { readMailbox, writeStatus } from './directory.ts';
import { ringSchema } from './messages.ts';

const LATER_MS = 15 * 60_000;

/**
 * A ring that failed five times becomes a due row and a state of its mailbox that ops can see: nothing is lost, and nothing is tried without pause.
 * What cannot be read is told and let go: it may come from a newer version, whose own timers ring again.
 */
export async function takePoison({ storage, clock, report }: { storage: Storage; clock: Clock; report: Report }, queue: string, message: unknown): Promise<'waits' | 'unreadable'> {
  const parsed = ringSchema.safeParse(message);
  if (!parsed.success) {
    report('message.unreadable', { queue });
    return 'unreadable';
  }
  const { tenantId, mailboxId } = parsed.data;
  const at = clock.now() + LATER_MS;
  await writeDue(storage.tables, { tenantId, mailboxId, at });
  const known = await readMailbox(storage.tables, tenantId, mailboxId);
  if (known !== null) await writeStatus(storage.tables, tenantId, mailboxId, { ...known.status, state: 'failing', reason: 'Its passes failed five times in a row by a mistake of the connector: it is tried again every 15 minutes; the log of the function mailboxPasses says why.', nextAt: at });
  report('poison', { tenant: tenantId, mailbox: mailboxId });
  return 'waits';
}
