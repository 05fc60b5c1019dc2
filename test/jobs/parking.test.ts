import { describe, expect, it } from 'vitest';
import { adminJobs } from '../../functions/admin-jobs.ts';
import { adminJournal, adminMailboxes } from '../../functions/admin-mailboxes.ts';
import { crmChanged } from '../../functions/crm-changed.ts';
import { health } from '../../functions/health.ts';
import { QUEUES } from '../../shared/config/names.ts';
import { withCrmMaster } from '../../shared/jobs/job-lease.ts';
import { expectInStep, paired } from '../world/paired.ts';
import { TENANT } from '../world/places.ts';
import { type World } from '../world/world.ts';

const DAY = 86_400_000;

async function get(world: World, handler: Parameters<World['call']>[0], path: string, params: Record<string, string> = {}, method = 'GET'): Promise<{ status: number; json: Record<string, unknown> }> {
  const answer = await world.clock.drive(world.call(handler, new Request(`http://localhost:7071/api/${path}`, { method }), params));
  const text = (await answer?.text()) ?? '';
  return { status: answer?.status ?? 0, json: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {} };
}

describe('design 8: parking and back-off', () => {
  it.each([
    { what: 'the mailbox answers 404 for itself', close: (world: World) => world.graph.setMailboxEnabled(world.employee.id, false), open: (world: World) => world.graph.setMailboxEnabled(world.employee.id, true) },
    {
      what: 'the mailbox answers 403 for itself',
      close: (world: World) => world.graph.addFault({ kind: 'status', status: 403, pathPattern: 'calendar', times: 1_000 }),
      open: (world: World) => world.graph.clearFaults(),
    },
  ])('$what: parked, said in the state, looked at daily, and in step when it is open again', async ({ close, open }) => {
    const { world, activityId } = await paired();
    close(world);
    world.crmUser().update(activityId, { Subject: 'While it was shut' });
    await world.rest(10 * 60_000);
    const parked = await get(world, health, 'health');
    expect(parked.json).toMatchObject({ status: 'degraded', tenants: [{ mailboxes: { parked: 1 } }] });
    world.resetCounters();
    await world.rest(6 * 3_600_000);
    expect(world.requests().graph).toBeLessThanOrEqual(2);
    open(world);
    await world.clock.until(world.clock.now() + DAY);
    await world.rest(10 * 60_000);
    expectInStep(world, 1);
    expect((await get(world, health, 'health')).json).toMatchObject({ tenants: [{ mailboxes: { ok: 1 } }] });
  });

  it.each(['the expired token', 'the daily net'])('a mailbox that was made anew is held, found out by %s: nothing is deleted or created', async (by) => {
    const { world } = await paired();
    for (let i = 0; i < 40; i += 1) await world.outlook().create({ subject: `Kept ${i}` });
    await world.settle();
    const before = world.crmUser().activities().length;
    world.graph.remakeMailbox(world.employee.id);
    await world.outlook().create({ subject: 'Restored by hand' });
    if (by === 'the daily net') {
      await world.clock.until(world.clock.now() + DAY);
      await world.reconcile();
      await world.drain();
    }
    world.graph.expireDeltaTokens();
    for (const activity of world.crmUser().activities().slice(0, 3)) world.crmUser().update(activity.id, { Location: 'Edited' });
    await world.rest(30 * 60_000);
    expect(world.crmUser().activities()).toHaveLength(before);
    expect(world.outlook().events()).toHaveLength(1);
    expect((await get(world, health, 'health')).json).toMatchObject({ status: 'degraded', tenants: [{ mailboxes: { parked: 1 } }] });
  });
});

describe('what is started from outside', () => {
  it('the CRM’s push starts the poll at once; unknown tenants are answered alike', async () => {
    const { world, activityId } = await paired();
    world.crmUser().update(activityId, { Subject: 'Pushed' });
    expect((await get(world, crmChanged, `crm/${TENANT}/changed`, { tenantId: TENANT })).status).toBe(202);
    expect((await get(world, crmChanged, 'crm/unknown/changed', { tenantId: 'unknown' })).status).toBe(202);
    await world.drain();
    expect(world.outlook().events()[0]?.['subject']).toBe('Pushed');
  });

  it('a push that meets another poll at work is not left to the timer: that poll may have looked before the change', async () => {
    const { world, activityId } = await paired();
    const push = () => get(world, crmChanged, `crm/${TENANT}/changed`, { tenantId: TENANT });
    await withCrmMaster(world.storage.tables, world.clock, TENANT, 300_000, async () => {
      world.crmUser().update(activityId, { Subject: 'Pushed meanwhile' });
      for (let i = 0; i < 5; i += 1) await push();
      await world.drain();
    });
    expect(world.outlook().events()[0]?.['subject']).not.toBe('Pushed meanwhile');
    world.resetCounters();
    await world.clock.until(world.clock.now() + 2_500);
    await world.drain();
    expect(world.outlook().events()[0]?.['subject']).toBe('Pushed meanwhile');
    // Five pushes, one poll.
    expect(world.events.filter(({ evt }) => evt === 'crm.poll')).toMatchObject([{ state: 'done', news: 1 }]);
    expect(await world.storage.queues.receive(QUEUES.tenantJobs, { max: 32, invisibleMs: 1_000 })).toEqual([]);
  });

  it('every job can be started by hand and answers what it did', async () => {
    const { world, activityId } = await paired();
    world.crmUser().update(activityId, { Subject: 'By hand' });
    expect((await get(world, adminJobs, `admin/jobs/crmPoll?tenantId=${TENANT}`, { job: 'crmPoll' }, 'POST')).json).toMatchObject({ state: 'done', news: 1, rung: 1 });
    for (const job of ['users', 'subscriptions', 'reconcile']) expect((await get(world, adminJobs, `admin/jobs/${job}?tenantId=${TENANT}`, { job }, 'POST')).json).toMatchObject({ state: 'done' });
    expect((await get(world, adminJobs, 'admin/jobs/due', { job: 'due' }, 'POST')).json).toEqual({ rung: 0 });
    expect((await get(world, adminJobs, 'admin/jobs/users', { job: 'users' }, 'POST')).json).toEqual({ enqueued: 1 });
    expect((await get(world, adminJobs, 'admin/jobs/nonsense', { job: 'nonsense' }, 'POST')).status).toBe(404);
    expect((await get(world, adminJobs, 'admin/jobs/users?tenantId=unknown', { job: 'users' }, 'POST')).json).toEqual({ state: 'unknown' });
    await world.settle();
    expectInStep(world, 1);
  });

  it('mailboxes and journal can be looked at: reasons, no content; unknown ids are answered alike', async () => {
    const { world } = await paired();
    const { json } = await get(world, adminMailboxes, `admin/tenants/${TENANT}/mailboxes`, { tenantId: TENANT });
    expect(json).toMatchObject({ mailboxes: [{ mailboxId: world.employee.id, state: 'ok' }] });
    const journal = await get(world, adminJournal, 'journal?top=5', { tenantId: TENANT, mailboxId: world.employee.id });
    expect(journal.json['entries']).toMatchObject([{ action: 'created', side: 'crm', reason: 'new' }]);
    expect(JSON.stringify(journal.json)).not.toContain('Paired');
    for (const tenantId of ['99999999-9999-4999-8999-999999999999', "x' or 1", '../..']) {
      expect((await get(world, adminMailboxes, 'x', { tenantId })).json).toEqual({ mailboxes: [] });
      expect((await get(world, adminJournal, 'x', { tenantId, mailboxId: world.employee.id })).json).toEqual({ entries: [] });
    }
  });

  it('a timer that did not fire for hours: everything is caught up at the next tick', async () => {
    const { world, eventId, activityId } = await paired();
    await world.clock.until(world.clock.now() + 3 * 3_600_000);
    world.crmUser().update(activityId, { Location: 'While no timer fired' });
    await world.outlook().patch(eventId, { subject: 'While no timer fired' });
    await world.clock.until(world.clock.now() + 3_600_000);
    await world.settle();
    expectInStep(world, 1);
  });
});

describe('G5: inform and stop on errors', () => {
  it('too many errors of the CRM within the window stop the tenant, visibly; an admin resumes it', async () => {
    const { world, activityId } = await paired({ rules: { stopOnErrors: { errors: 3, windowMinutes: 60 } } });
    world.crm.addFault({ kind: 'commandError', code: 422, match: { user: world.employee.rep.user, command: 'import', times: 1_000 } });
    for (let i = 0; i < 4; i += 1) await world.outlook().create({ subject: `Refused ${i}` });
    await world.settle();
    expect((await get(world, health, 'health')).json).toMatchObject({ status: 'degraded', tenants: [{ problem: expect.stringContaining('stopped until an admin resumes it') as string }] });
    world.crm.clearFaults();
    world.resetCounters();
    world.crmUser().update(activityId, { Subject: 'While it was stopped' });
    await world.rest(30 * 60_000);
    expect(world.requests()).toEqual({ graph: 0, crm: 0 });
    expect((await get(world, adminJobs, `admin/jobs/resume?tenantId=${TENANT}`, { job: 'resume' }, 'POST')).json).toEqual({ state: 'resumed', mailboxes: 1 });
    await world.rest(10 * 60_000);
    expect(world.outlook().events().map((event) => event['subject'])).toContain('While it was stopped');
    expect((await get(world, health, 'health')).json).toMatchObject({ tenants: [{ problem: null }] });
    expect((await get(world, adminJobs, 'admin/jobs/resume', { job: 'resume' }, 'POST')).status).toBe(400);
  });

  it('a login that is refused after it worked: two hours of patience, then the tenant stops and says so', async () => {
    const { world } = await paired();
    world.crm.lockLogins(5 * 3_600_000);
    await world.rest(100 * 60_000);
    const problem = async (): Promise<string> => JSON.stringify((await get(world, health, 'health')).json);
    expect(await problem()).not.toContain('for two hours');
    await world.rest(40 * 60_000);
    expect(await problem()).toContain('The CRM has refused the login for two hours');
    world.resetCounters();
    await world.rest(60 * 60_000);
    expect(world.requests().crm).toBe(0);
  });
});
