import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { graphLifecycle } from '../../functions/graph-lifecycle.ts';
import { health } from '../../functions/health.ts';
import { QUEUES, TABLES } from '../../shared/config/names.ts';
import { makeClientState, readClientState } from '../../shared/jobs/client-state.ts';
import type { Row, StoredRow } from '../../shared/sync/ports.ts';
import { DUE_BUCKETS } from '../../shared/sync/due.ts';
import { mailboxPartition } from '../../shared/sync/rows.ts';
import { expectInStep, paired } from '../world/paired.ts';
import { TENANT } from '../world/places.ts';
import type { World } from '../world/world.ts';

const MINUTE = 60_000;

/** A place in the tables, by the beginning of its row key. */
interface Place {
  readonly table: string;
  readonly partition: (world: World) => string;
  readonly prefix: string;
}

const inMailbox = (prefix: string): Place => ({ table: TABLES.mailbox, partition: (world) => mailboxPartition(TENANT, world.employee.id), prefix });
const ofTenant = (table: string, prefix: string): Place => ({ table, partition: () => TENANT, prefix });

async function rowsAt(world: World, { table, partition, prefix }: Place): Promise<readonly StoredRow[]> {
  return (await world.storage.tables.range(table, partition(world), { from: prefix, to: `${prefix}~` })).rows;
}

async function put(world: World, place: Place, rows: readonly Row[]): Promise<void> {
  for (const row of rows) await world.storage.tables.transact(place.table, place.partition(world), [{ op: 'put', row }]);
}

/** As a newer version would have left them: another shape, and nothing in it that this one could read. */
async function madeNewer(world: World, place: Place): Promise<readonly Row[]> {
  const before = await rowsAt(world, place);
  expect(before.length, `${place.table} ${place.prefix}`).toBeGreaterThan(0);
  await put(world, place, before.map(({ rowKey }) => ({ rowKey, cells: { v: 99, shape: 'another', ...(place.table === TABLES.directory ? { state: 'ok' } : {}) } })));
  return before.map(({ rowKey, cells }) => ({ rowKey, cells }));
}

async function expectLeftAlone(world: World, place: Place, keys: readonly string[]): Promise<void> {
  const now = await rowsAt(world, place);
  for (const key of keys) expect(now.find(({ rowKey }) => rowKey === key)?.cells, key).toMatchObject({ v: 99, shape: 'another' });
}

async function dueRows(world: World): Promise<number> {
  const buckets = Array.from({ length: DUE_BUCKETS }, (_, bucket) => world.storage.tables.range(TABLES.due, String(bucket).padStart(2, '0')));
  return (await Promise.all(buckets)).reduce((sum, { rows }) => sum + rows.length, 0);
}

/** Some changes, told and polled, while a row is not ours to read; then a newer worker has come, and everything arrives. */
async function leavesAlone(world: World, place: Place, eventId: string, activityId: string): Promise<void> {
  // What the pull brings is found by its own pointer.
  const inOutlook = place.prefix !== 'c|';
  const before = await madeNewer(world, place);
  world.replaceWorker();
  world.resetCounters();
  if (inOutlook) await world.outlook().patch(eventId, { location: { displayName: 'Room O' } });
  world.crmUser().update(activityId, { Subject: 'Edited in the CRM' });
  await world.live(4 * MINUTE);
  await expectLeftAlone(world, place, before.map(({ rowKey }) => rowKey));
  expect(world.writes()).toEqual({ graph: 0, crm: 0 });
  expect(world.events.filter(({ evt }) => evt === 'handler.failed')).toEqual([]);
  // No hot loop: a look a minute or so.
  expect(world.events.filter(({ evt }) => evt === 'pass' || evt === 'version.newer').length).toBeLessThan(40);
  await put(world, place, before);
  await world.live(6 * MINUTE);
  expectInStep(world, 1);
  expect(world.outlook().events()[0]).toMatchObject({ subject: 'Edited in the CRM', ...(inOutlook ? { location: { displayName: 'Room O' } } : {}) });
}

describe('design 3: what a newer version wrote is left alone, and comes again until a newer worker takes it', () => {
  it.each([
    ['the lease', inMailbox('lease')],
    ['the cursor', inMailbox('link|')],
    ['the pair', inMailbox('p|')],
    ['the pointer of the event', inMailbox('g|')],
    ['the pointer of the record', inMailbox('c|')],
    ['the mailbox in the directory', ofTenant(TABLES.directory, 'mailbox|')],
  ] as const)('%s', async (_what, place) => {
    const { world, eventId, activityId } = await paired();
    await leavesAlone(world, place, eventId, activityId);
  });

  it('a mark: what a newer webhook asked for is not passed over, taken away or overwritten, whoever marks beside it', async () => {
    const { world, eventId } = await paired();
    await world.outlook().patch(eventId, { subject: 'Told to a newer instance' });
    await world.clock.until(world.clock.now() + 3_000);
    const place = inMailbox('mark|');
    const before = await madeNewer(world, place);
    await world.outlook().patch(eventId, { subject: 'Told to this one' });
    await world.live(4 * MINUTE);
    await expectLeftAlone(world, place, before.map(({ rowKey }) => rowKey));
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('Paired');
    expect(await dueRows(world)).toBe(1);
    await put(world, place, before);
    await world.live(4 * MINUTE);
    expectInStep(world, 1);
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('Told to this one');
  });

  it('a pending row: it has a key of its own, nobody writes over it, and the mailbox waits for a newer worker', async () => {
    const { world, eventId } = await paired();
    await world.outlook().patch(eventId, { subject: 'Told to a newer instance' });
    await world.clock.until(world.clock.now() + 3_000);
    const [pending] = await rowsAt(world, inMailbox('pending|'));
    const key = `${pending?.rowKey}|99`;
    await put(world, inMailbox('pending|'), [{ rowKey: key, cells: { v: 99, shape: 'another' } }]);
    await world.outlook().patch(eventId, { subject: 'Told to this one' });
    await world.live(4 * MINUTE);
    await expectLeftAlone(world, inMailbox('pending|'), [key]);
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('Paired');
    await world.storage.tables.transact(TABLES.mailbox, inMailbox('').partition(world), [{ op: 'delete', rowKey: key }]);
    await world.live(4 * MINUTE);
    expectInStep(world, 1);
  });

  it('a mark that comes while an older worker is at work there: he rings for it, though he does not know it', async () => {
    const { world, eventId } = await paired({ graphQuirks: { latencyMs: 2_000 } });
    await world.outlook().patch(eventId, { subject: 'Edited' });
    await world.clock.until(world.clock.now() + 5_000);
    const place = inMailbox('mark|');
    const working = world.drain();
    await world.clock.until(world.clock.now() + 500);
    await madeNewer(world, place);
    await world.clock.drive(working);
    await expectLeftAlone(world, place, ['mark|appointment']);
    expect(await dueRows(world)).toBe(1);
  });

  it.each([
    ['the watermark', 'watermark|'],
    ['the newest stamp', 'newest|'],
    ['the lease of the master user', 'lease|crmMaster'],
  ])('%s: the poll is a newer worker’s, and passes nothing over', async (_what, prefix) => {
    const { world, activityId } = await paired();
    const place = ofTenant(TABLES.tenantState, prefix);
    const before = await madeNewer(world, place);
    world.crmUser().update(activityId, { Subject: 'Edited in the CRM' });
    await world.live(10 * MINUTE);
    await expectLeftAlone(world, place, before.map(({ rowKey }) => rowKey));
    expect(world.events.filter(({ evt }) => evt === 'job.failed')).toEqual([]);
    await put(world, place, before);
    await world.live(5 * MINUTE);
    expectInStep(world, 1);
    expect(world.outlook().events()[0]?.['subject']).toBe('Edited in the CRM');
  });

  it.each([
    ['the mailbox in the directory', ofTenant(TABLES.directory, 'mailbox|')],
    ['what Entra answered', ofTenant(TABLES.directory, 'rep|')],
    ['the subscription', ofTenant(TABLES.subscriptions, '')],
    ['the state of the upkeep', ofTenant(TABLES.tenantState, 'subscriptions')],
    ['the lease of the upkeep', ofTenant(TABLES.tenantState, 'lease|subscriptions')],
  ])('%s: users, subscriptions and nets are left to a newer worker: nobody is parked, unsubscribed or taken in anew', async (_what, place) => {
    const { world } = await paired();
    await world.keepSubscriptions();
    await world.drain();
    const before = await madeNewer(world, place);
    const subscriptions = world.graph.subscriptions().length;
    // The users' job reads nothing of the upkeep: it may go on.
    if (!place.prefix.endsWith('subscriptions')) world.crm.act('SYNC').update('RepUser', world.employee.rep.rep.id, { Email1: 'other@example.com' });
    for (let i = 0; i < 3; i += 1) {
      await world.syncUsers();
      await world.keepSubscriptions();
      await world.reconcile();
      await world.live(2 * MINUTE);
    }
    await expectLeftAlone(world, place, before.map(({ rowKey }) => rowKey));
    expect(world.graph.subscriptions()).toHaveLength(subscriptions);
    expect(world.events.filter(({ evt }) => evt === 'job.failed' || evt === 'handler.failed')).toEqual([]);
    const answer = await world.clock.drive(world.call(health, new Request('http://localhost:7071/api/health')));
    expect(await answer?.json()).toMatchObject({ tenants: [{ mailboxes: { ok: 1 } }] });
  });

  it('what Graph says of a subscription whose row is newer is not lost: Graph is asked to say it again', async () => {
    const { world } = await paired();
    const [subscription] = world.graph.subscriptions();
    const place = ofTenant(TABLES.subscriptions, '');
    const before = await madeNewer(world, place);
    const clientState = makeClientState({ tenantId: TENANT, mailboxId: world.employee.id, kind: 'appointment' }, 'a secret of at least 32 characters');
    const body = JSON.stringify({ value: [{ clientState, subscriptionId: subscription?.id, lifecycleEvent: 'subscriptionRemoved' }] });
    const tell = (): Promise<Response> => world.call(graphLifecycle, new Request('http://localhost:7071/api/graph/lifecycle', { method: 'POST', body }));
    await expect(tell()).rejects.toThrow('newer version');
    await expectLeftAlone(world, place, before.map(({ rowKey }) => rowKey));
    await put(world, place, before);
    expect((await tell()).status).toBe(202);
    expect(await rowsAt(world, place)).toEqual([]);
  });

  it('a clientState of ours in a newer form is no forgery: Graph is asked to send again', () => {
    const secret = 'a secret of at least 32 characters';
    const purpose = { tenantId: TENANT, mailboxId: TENANT, kind: 'appointment' };
    expect(readClientState(makeClientState(purpose, secret), secret)).toEqual(purpose);
    const meant = makeClientState(purpose, secret).split('.').slice(0, -1).join('.').replace(/^1/, '2');
    const signed = `${meant}.${createHmac('sha256', secret).update(meant).digest('base64url')}`;
    expect(() => readClientState(signed, secret)).toThrow('newer version');
    expect(readClientState(signed, 'another secret of at least 32 characters')).toBeNull();
  });

  it('the deletions of the tenant, counted by a newer version: nothing is let through, and nothing held for it', async () => {
    const { world, eventId } = await paired();
    const place = ofTenant(TABLES.tenantState, 'guard|');
    const other = await world.outlook().create({ subject: 'Deleted first' });
    await world.settle();
    await world.outlook().remove(other.id);
    await world.settle();
    const before = await madeNewer(world, place);
    await world.outlook().remove(eventId);
    await world.live(4 * MINUTE);
    expect(world.crmUser().activities()).toHaveLength(1);
    expect(world.events.filter(({ evt }) => evt === 'guard.tripped')).toEqual([]);
    await put(world, place, before);
    await world.live(4 * MINUTE);
    expect(world.crmUser().activities()).toHaveLength(0);
  });

  it('a ring of a newer version becomes a due row, a tenant job comes again as it is: neither goes the poison way', async () => {
    const { world } = await paired();
    const ring = { v: 99, tenantId: TENANT, mailboxId: world.employee.id, why: 'something new', more: { than: 'known' } };
    const job = { v: 99, tenantId: TENANT, job: 'somethingNew', more: 1 };
    const { queues } = world.storage;
    await queues.send(QUEUES.mailboxPasses, JSON.stringify(ring));
    for (let i = 0; i < 5; i += 1) await queues.send(QUEUES.tenantJobs, JSON.stringify(job));
    await world.clock.until(world.clock.now() + 10);
    await world.drain();
    expect(await dueRows(world)).toBe(1);
    expect(await queues.length(QUEUES.mailboxPasses)).toBe(0);
    expect(await queues.length(QUEUES.tenantJobs)).toBe(1);
    for (const queue of [QUEUES.mailboxPassesPoison, QUEUES.tenantJobsPoison]) expect(await queues.length(queue)).toBe(0);
    await world.clock.until(world.clock.now() + 62_000);
    const [again] = await queues.receive(QUEUES.tenantJobs, { max: 1, invisibleMs: 1_000 });
    expect(JSON.parse(again?.text ?? '{}')).toEqual(job);
    world.resetCounters();
    await world.ringDue();
    await world.drain();
    expect(world.events.filter(({ evt }) => evt === 'pass')).toHaveLength(1);
  });

  it('rows and messages of an older version are read: members that it did not know stand at their defaults', async () => {
    const { world, eventId } = await paired();
    for (const [place, lacks] of [
      [inMailbox('lease'), ['guard', 'failures', 'nextDue', 'requests']],
      [inMailbox('p|'), ['corrections', 'fuller', 'firstSeen', 'tried', 'told', 'refused', 'gone', 'unsettled', 'normaliser']],
      [inMailbox('link|'), ['oldLink', 'relisting']],
      [ofTenant(TABLES.directory, 'mailbox|'), ['subscribeAfter', 'membership']],
      [ofTenant(TABLES.subscriptions, ''), ['renewNow', 'endpoint']],
    ] as const) {
      const older = (await rowsAt(world, place)).map(({ rowKey, cells }) => {
        const value = JSON.parse(String(cells['data'])) as Record<string, unknown>;
        for (const member of lacks) delete value[member];
        return { rowKey, cells: { ...cells, v: 0, data: JSON.stringify(value) } };
      });
      await put(world, place, older);
    }
    await world.outlook().patch(eventId, { subject: 'Read all the same' });
    await world.storage.queues.send(QUEUES.mailboxPasses, JSON.stringify({ v: 0, tenantId: TENANT, mailboxId: world.employee.id, why: 'older' }));
    await world.settle();
    await world.days(1);
    expectInStep(world, 1);
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('Read all the same');
  });
});
