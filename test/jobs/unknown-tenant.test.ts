import { describe, expect, it } from 'vitest';
import { mailboxPasses } from '../../functions/mailbox-passes.ts';
import { tenantJobs } from '../../functions/tenant-jobs.ts';
import { memoryStorage } from '../../local/state/memory.ts';
import { compose } from '../../shared/compose.ts';
import { QUEUES, TABLES } from '../../shared/config/names.ts';
import { writeMailbox } from '../../shared/jobs/directory.ts';
import { MESSAGE_VERSION } from '../../shared/jobs/messages.ts';
import { invocation } from '../world/host-rules.ts';
import { TENANT } from '../world/places.ts';
import { VirtualClock } from '../world/virtual-clock.ts';

const MAILBOX = '22222222-2222-4222-8222-222222222222';

/** A connector that has rules of no tenant at all. */
function connector() {
  const clock = new VirtualClock('2026-11-23T07:00:00Z');
  const storage = memoryStorage({ clock, random: () => 0.5 });
  const events: string[] = [];
  const made = compose({ env: { CONFIG: 'config', WEBHOOK_SECRET: 'a secret of at least 32 characters', PUBLIC_BASE_URL: 'https://connector.example.com' }, clock, random: () => 0.5, storage, fetch: () => Promise.reject(new TypeError('fetch failed')) });
  const rows = async (): Promise<string[]> => {
    const found: string[] = [];
    for (const table of Object.values(TABLES)) for await (const { row } of storage.tables.scan(table)) found.push(`${table} ${row.rowKey}`);
    return found;
  };
  return { storage, events, rows, appOf: () => made((line) => events.push(line)) };
}

describe('a message for a tenant that nobody knows', () => {
  it.each(['crmPoll', 'users', 'subscriptions', 'reconcile'] as const)('%s: is told and leaves no row', async (job) => {
    const { appOf, rows, events, storage } = connector();
    await tenantJobs(appOf)({ v: MESSAGE_VERSION, tenantId: TENANT, job, why: 'timer' }, invocation('tenantJobs'));
    expect(await rows()).toEqual([]);
    expect(await storage.queues.length(QUEUES.tenantJobs)).toBe(0);
    expect(events.join()).toContain('job.failed');
  });

  it('a ring for a mailbox of it: is let go, and comes again for nobody', async () => {
    const { appOf, rows } = connector();
    await mailboxPasses(appOf)({ v: MESSAGE_VERSION, tenantId: TENANT, mailboxId: MAILBOX, why: 'notified' }, invocation('mailboxPasses'));
    expect(await rows()).toEqual([]);
  });

  it('a mailbox that is known waits where its tenant’s rules are gone: somebody may have removed them by mistake', async () => {
    const { appOf, rows, storage } = connector();
    await writeMailbox(storage.tables, { tenantId: TENANT, mailboxId: MAILBOX, rep: 1, repEmail: 'ada@example.com', addresses: ['ada@example.com'], joinedAt: 0, membership: { state: 'active' }, subscribeAfter: 0 });
    await mailboxPasses(appOf)({ v: MESSAGE_VERSION, tenantId: TENANT, mailboxId: MAILBOX, why: 'notified' }, invocation('mailboxPasses'));
    expect((await rows()).filter((row) => row.startsWith(TABLES.due))).toHaveLength(1);
  });
});
