import { QUEUES } from '../config/names.ts';
import { whenNewerComes, writeDue } from '../sync/due.ts';
import type { Clock, Report, Storage } from '../sync/ports.ts';
import { sendAgain } from './again.ts';
import { newerRingSchema, newerTenantJobSchema } from './messages.ts';

/**
 * A message of a newer version, taken by a worker that does not know it: a ring becomes a due row (what is to be done stands in the mailbox's rows), a
 * tenant job is sent again as it is, in a minute. So nothing is lost, nothing goes the poison way, and a newer worker takes it in the end.
 * @returns false where the message is none of a newer version's
 */
export async function leaveToNewer({ storage, clock, report }: { storage: Storage; clock: Clock; report: Report }, queue: string, message: unknown): Promise<boolean> {
  if (queue === QUEUES.mailboxPasses) {
    const ring = newerRingSchema.safeParse(message);
    if (!ring.success) return false;
    const { tenantId, mailboxId } = ring.data;
    await writeDue(storage.tables, { tenantId, mailboxId, at: whenNewerComes(clock.now()) });
    report('version.newer', { tenant: tenantId, mailbox: mailboxId, job: null });
    return true;
  }
  const job = newerTenantJobSchema.safeParse(message);
  if (!job.success) return false;
  await sendAgain(storage, job.data, JSON.stringify(message), NEWER_MS);
  report('version.newer', { tenant: job.data.tenantId, mailbox: null, job: job.data.job });
  return true;
}

/** How long a tenant job waits for a newer worker. */
export const NEWER_MS = 60_000;
