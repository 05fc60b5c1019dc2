import { describe, expect, it } from 'vitest';
import { health } from '../../functions/health.ts';
import { tenantJobs } from '../../functions/tenant-jobs.ts';
import type { AppOf } from '../../shared/compose.ts';
import { renewalDue } from '../../shared/jobs/subscriptions.ts';
import type { Clock } from '../../shared/sync/ports.ts';
import { invocation } from '../world/host-rules.ts';
import { expectInStep, paired } from '../world/paired.ts';
import { seeded } from '../world/random.ts';
import { Worker } from '../world/worker.ts';
import { TENANT } from '../world/places.ts';
import { World, type Employee } from '../world/world.ts';

/** A machine whose clock is two minutes ahead. */
class Ahead extends Worker {
  override clock(clock: Clock): Clock {
    const right = super.clock(clock);
    return { ...right, now: () => right.now() + 120_000 };
  }
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What Graph has for this mailbox: the only witness of a subscription. */
function standing(world: World, employee: Employee = world.employee) {
  return world.graph.subscriptions().filter((one) => one.mailboxId === employee.id);
}

function only(world: World, employee: Employee = world.employee) {
  const [first, ...others] = standing(world, employee);
  if (first === undefined || others.length > 0) throw new Error(`${others.length + (first === undefined ? 0 : 1)} subscriptions stand for this mailbox.`);
  return first;
}

async function rows(world: World) {
  return (await world.storage.tables.range('subscriptions', TENANT)).rows;
}

async function forget(world: World): Promise<void> {
  for (const row of await rows(world)) await world.storage.tables.transact('subscriptions', TENANT, [{ op: 'delete', rowKey: row.rowKey }]);
}

/** The timer of half an hour, and what follows from it, until it is quiet; no other net runs. */
async function upkeep(world: World): Promise<void> {
  await world.keepSubscriptions();
  await world.drain();
  await world.live(5_000);
}

async function pass(world: World, ms: number): Promise<void> {
  await world.clock.until(world.clock.now() + ms);
}

async function problems(world: World): Promise<string> {
  return (await world.call(health, new Request('http://localhost:7071/api/health'))).text();
}

function told(world: World, event: string): Record<string, unknown>[] {
  return world.events.filter((line) => line['evt'] === event);
}

describe('every mailbox has one subscription, and it lives on', () => {
  it('a quiet fortnight: it is renewed in time, the same one, and seldom', async () => {
    const { world } = await paired();
    const { id } = only(world);
    world.resetCounters();
    let shortest = Number.POSITIVE_INFINITY;
    for (let day = 0; day < 14; day += 1) {
      await world.days(1);
      shortest = Math.min(shortest, only(world).expiresAt - world.clock.now());
    }
    expect(only(world).id).toBe(id);
    expect(shortest).toBeGreaterThan(DAY);
    const sent = world.graph.state().app;
    const renewals = Object.entries(sent).filter(([request]) => request.startsWith('PATCH') && request.includes('subscriptions')).reduce((sum, [, count]) => sum + count, 0);
    expect(renewals).toBeGreaterThanOrEqual(2);
    expect(renewals).toBeLessThanOrEqual(3);
    expect(await rows(world)).toHaveLength(1);
    expectInStep(world, 1);
  });

  it('mailboxes that were subscribed together are not renewed together', async () => {
    const world = new World({ users: 4 });
    await world.start();
    const before = new Map(world.employees.map((employee) => [employee.id, only(world, employee).expiresAt]));
    const renewed = new Map<string, number>();
    for (let half = 0; half < 240 && renewed.size < 4; half += 1) {
      await pass(world, HOUR / 2);
      await upkeep(world);
      for (const employee of world.employees) if (!renewed.has(employee.id) && only(world, employee).expiresAt !== before.get(employee.id)) renewed.set(employee.id, half);
    }
    expect(renewed.size).toBe(4);
    expect(new Set(renewed.values()).size).toBeGreaterThan(1);
  });

  it('the row tells what Graph granted', async () => {
    const { world } = await paired();
    const row = (await rows(world))[0];
    const value = JSON.parse(String(row?.cells['data'])) as Record<string, unknown>;
    expect(value['expiresAt']).toBe(only(world).expiresAt);
    expect(value).toMatchObject({ mailboxId: world.employee.id, kind: 'appointment', resource: `users/${world.employee.id}/events`, subscriptionId: only(world).id });
  });
});

describe('a renewal is due', () => {
  const row = (granted: number) => ({ subscriptionId: 's1', mailboxId: 'm1', kind: 'appointment', resource: 'users/m1/events', expiresAt: granted, renewedAt: 0, endpoint: 'e', renewNow: false });

  it('with less than two days left, and at most half a day earlier', () => {
    const hours = Array.from({ length: 157 }, (_, hour) => hour).filter((hour) => renewalDue(row(6.5 * DAY), hour * HOUR));
    expect(hours[0]).toBeGreaterThanOrEqual(156 - 60);
    expect(hours[0]).toBeLessThanOrEqual(156 - 47);
    expect(hours.at(-1)).toBe(156);
  });

  it('after half its life, where Graph grants only a day', () => {
    expect(renewalDue(row(DAY), 11 * HOUR)).toBe(false);
    expect(renewalDue(row(DAY), 13 * HOUR)).toBe(true);
  });

  it('at once where Graph asked for it', () => {
    expect(renewalDue({ ...row(6.5 * DAY), renewNow: true }, 0)).toBe(true);
  });
});

describe('a job that dies', () => {
  it('after any of its calls: one subscription stands in the end, and what changed meanwhile is not lost', async () => {
    const lapsed = async (): Promise<World> => {
      const { world, eventId } = await paired();
      await pass(world, 7 * DAY);
      await world.outlook().patch(eventId, { subject: 'While nobody listened' });
      return world;
    };
    const whole = await lapsed();
    whole.replaceWorker();
    await whole.keepSubscriptions();
    await whole.drain();
    const calls = whole.worker.calls.length;
    const made = whole.worker.calls.findIndex(({ name }) => name.startsWith('POST') && name.includes('subscriptions')) + 1;
    expect(made).toBeGreaterThan(0);
    for (let call = made - 3; call <= Math.min(made + 12, calls); call += 1) {
      const world = await lapsed();
      world.replaceWorker(new Worker({ call, when: 'after' }));
      await world.keepSubscriptions();
      await world.drain();
      expect(world.worker.dead).toBe(true);
      world.replaceWorker();
      await pass(world, 15 * 60_000);
      await upkeep(world);
      await world.drain();
      await world.live(60_000);
      expect(only(world)).toBeDefined();
      expect(world.crmUser().activities()[0]?.values['Subject']).toBe('While nobody listened');
      expect((await rows(world)).map((row) => row.rowKey)).toEqual([only(world).id]);
    }
  });
});

describe('a subscription removed behind our back', () => {
  it('with a word of Graph: made anew at once, and what changed meanwhile arrives', async () => {
    const { world, eventId } = await paired();
    const { id } = only(world);
    world.graph.removeSubscription(id, true);
    await world.outlook().patch(eventId, { subject: 'While nobody listened' });
    await world.live(10_000);
    expect(only(world).id).not.toBe(id);
    await world.live(20_000);
    expectInStep(world, 1);
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('While nobody listened');
    expect((await rows(world)).map((row) => row.rowKey)).toEqual([only(world).id]);
  });

  it('without a word: noticed by the job within hours, and what changed meanwhile arrives', async () => {
    const { world, eventId } = await paired();
    await upkeep(world);
    world.graph.removeSubscription(only(world).id, false);
    await world.outlook().patch(eventId, { subject: 'While nobody listened' });
    world.events.length = 0;
    for (let half = 0; half < 13; half += 1) {
      await pass(world, HOUR / 2);
      await upkeep(world);
    }
    expect(only(world)).toBeDefined();
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('While nobody listened');
    expectInStep(world, 1);
    expect(told(world, 'subscriptions')).toMatchObject([{ state: 'done', subscribed: 1, lost: 1 }]);
    expect((await rows(world)).map((row) => row.rowKey)).toEqual([only(world).id]);
  });

  it('and its renewal answers 404: it is made anew and a delta round follows', async () => {
    const { world, eventId } = await paired();
    await pass(world, 5 * DAY);
    world.graph.removeSubscription(only(world).id, false);
    await world.outlook().patch(eventId, { subject: 'While nobody listened' });
    world.graph.addFault({ kind: 'status', status: 500, method: 'GET', pathPattern: 'subscriptions' });
    await upkeep(world);
    await world.live(20_000);
    expect(only(world)).toBeDefined();
    expectInStep(world, 1);
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('While nobody listened');
    expect((await rows(world)).map((row) => row.rowKey)).toEqual([only(world).id]);
  });

  it('lapsed, because the connector stood still for ten days', async () => {
    const { world, eventId } = await paired();
    await pass(world, 10 * DAY);
    expect(standing(world)).toEqual([]);
    await world.outlook().patch(eventId, { subject: 'While nobody listened' });
    await upkeep(world);
    await world.live(20_000);
    expect(only(world)).toBeDefined();
    expectInStep(world, 1);
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('While nobody listened');
    expect(await rows(world)).toHaveLength(1);
  });
});

describe('our rows and Graph disagree', () => {
  it('a notification that arrives before its row is stored still counts', async () => {
    const { world, eventId } = await paired();
    await forget(world);
    await world.outlook().patch(eventId, { subject: 'Without a row' });
    await world.settle();
    expectInStep(world, 1);
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('Without a row');
  });

  it('rows that are gone: the standing subscription is adopted, none is added', async () => {
    const { world } = await paired();
    const { id } = only(world);
    await forget(world);
    await upkeep(world);
    expect(only(world).id).toBe(id);
    expect((await rows(world)).map((row) => row.rowKey)).toEqual([id]);
    expect(world.graph.state().subscriptions).toBe(1);
  });

  it('two rows for one mailbox: one subscription and one row remain', async () => {
    const { world, eventId } = await paired();
    await upkeep(world);
    const [row] = await rows(world);
    const value = JSON.parse(String(row?.cells['data'])) as Record<string, unknown>;
    const twin = { ...value, subscriptionId: 'another-id', expiresAt: Number(value['expiresAt']) + HOUR };
    await world.storage.tables.transact('subscriptions', TENANT, [{ op: 'put', row: { rowKey: 'another-id', cells: { v: 1, data: JSON.stringify(twin) } } }]);
    await upkeep(world);
    expect((await rows(world)).map((one) => one.rowKey)).toEqual([only(world).id]);
    await world.outlook().patch(eventId, { subject: 'Still heard' });
    await world.settle();
    expectInStep(world, 1);
  });

  it('a subscription of a mailbox that is not on the list is removed', async () => {
    const world = new World({ users: 2 });
    await world.start();
    const [, second] = world.employees;
    if (second === undefined) throw new Error('two employees');
    await world.storage.tables.transact('directory', TENANT, [{ op: 'delete', rowKey: `mailbox|${second.id}` }]);
    await forget(world);
    await upkeep(world);
    expect(standing(world, second)).toEqual([]);
    expect(only(world)).toBeDefined();
    expect(await rows(world)).toHaveLength(1);
  });

  it('a subscription of the same app for another address is not ours to remove', async () => {
    const world = new World({ users: 2 });
    await world.start();
    const [, second] = world.employees;
    if (second === undefined) throw new Error('two employees');
    await world.storage.tables.transact('directory', TENANT, [{ op: 'delete', rowKey: `mailbox|${second.id}` }]);
    await forget(world);
    only(world, second).notificationUrl = 'https://staging.example.com/api/graph/notifications';
    await upkeep(world);
    expect(standing(world, second)).toHaveLength(1);
  });

  it('a new secret: the subscription is replaced, because it could not be heard any more', async () => {
    const { world, eventId } = await paired();
    const { id } = only(world);
    world.env['WEBHOOK_SECRET'] = 'another secret of at least 32 characters';
    await upkeep(world);
    expect(only(world).id).not.toBe(id);
    await world.outlook().patch(eventId, { subject: 'Heard with the new secret' });
    await world.settle();
    expectInStep(world, 1);
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('Heard with the new secret');
    expect(await rows(world)).toHaveLength(1);
  });
});

describe('the webhook is down for a day', () => {
  it('what was not delivered is told as missed, and arrives', async () => {
    const { world, eventId } = await paired();
    world.webhookDown = true;
    await world.outlook().patch(eventId, { subject: 'Nobody was told' });
    await pass(world, 3 * HOUR);
    world.webhookDown = false;
    await pass(world, 4 * HOUR);
    await world.drain();
    await world.live(10_000);
    expectInStep(world, 1);
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('Nobody was told');
  });

  it('and the subscription is lost too: the state says so meanwhile, and all ends converged', async () => {
    const { world, eventId } = await paired();
    await upkeep(world);
    world.webhookDown = true;
    world.graph.removeSubscription(only(world).id, true);
    await world.outlook().patch(eventId, { subject: 'Nobody was told' });
    await world.days(1);
    expect(standing(world)).toEqual([]);
    expect(await problems(world)).toContain('Graph does not tell of changes in one mailbox');
    world.webhookDown = false;
    await pass(world, HOUR / 2);
    await upkeep(world);
    await world.live(20_000);
    expect(only(world)).toBeDefined();
    expectInStep(world, 1);
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('Nobody was told');
    expect(await problems(world)).not.toContain('does not tell');
  });
});

describe('who is not synchronized any more is not listened to', () => {
  it('appointments are switched off: every subscription goes, and comes back with them', async () => {
    const { world } = await paired({ users: 2 });
    world.rules['appointments'] = { enabled: false };
    world.replaceWorker();
    await pass(world, HOUR);
    await upkeep(world);
    expect(world.graph.subscriptions()).toEqual([]);
    expect(await rows(world)).toEqual([]);
  });

  it('a parked mailbox loses its subscription', async () => {
    const world = new World({ users: 2 });
    await world.start();
    const [, second] = world.employees;
    if (second === undefined) throw new Error('two employees');
    const [row] = (await world.storage.tables.range('directory', TENANT, { from: `mailbox|${second.id}`, to: `mailbox|${second.id}~` })).rows;
    const value = JSON.parse(String(row?.cells['data'])) as Record<string, unknown>;
    await world.storage.tables.transact('directory', TENANT, [{ op: 'merge', row: { rowKey: `mailbox|${second.id}`, cells: { data: JSON.stringify({ ...value, membership: { state: 'parked', reason: 'Left.', since: world.clock.now() } }) } } }]);
    await upkeep(world);
    expect(standing(world, second)).toEqual([]);
    expect(only(world)).toBeDefined();
    expect(await rows(world)).toHaveLength(1);
  });
});

describe('a mailbox that a pass found shut', () => {
  it('is left alone for weeks, and listened to again when it is back', async () => {
    const { world, eventId } = await paired({ users: 2 });
    const { id } = only(world);
    world.graph.setMailboxEnabled(world.employee.id, false);
    world.crmUser().create({ Subject: 'For a mailbox that is shut' });
    await world.live(90_000);
    await pass(world, 5 * DAY);
    await upkeep(world);
    expect(only(world).id).toBe(id);
    expect(only(world).expiresAt - world.clock.now()).toBeLessThan(2 * DAY);
    world.graph.setMailboxEnabled(world.employee.id, true);
    await world.days(2);
    await world.live(60_000);
    expect(only(world).expiresAt - world.clock.now()).toBeGreaterThan(2 * DAY);
    await world.outlook().patch(eventId, { subject: 'Heard again' });
    await world.settle();
    expectInStep(world, 2);
    expect(world.crmUser().activities().map((one) => one.values['Subject'])).toContain('Heard again');
  });
});

describe('failures of one mailbox are its own', () => {
  it('403 for one: the others get theirs, and the next run makes up for it', async () => {
    const world = new World({ users: 3 });
    await world.start();
    await pass(world, 8 * DAY);
    world.graph.addFault({ kind: 'status', status: 403, method: 'POST', pathPattern: 'subscriptions' });
    world.events.length = 0;
    await upkeep(world);
    expect(world.graph.subscriptions()).toHaveLength(2);
    expect(told(world, 'subscriptions')).toMatchObject([{ state: 'done', subscribed: 2, failed: 1, unnotified: 1 }]);
    expect(await problems(world)).toContain('grant the app access to this mailbox');
    await upkeep(world);
    expect(world.graph.subscriptions()).toHaveLength(3);
    expect(await problems(world)).not.toContain('does not tell');
  });

  it('a list that cannot be had does not keep the renewals waiting', async () => {
    const { world } = await paired();
    await pass(world, 5 * DAY);
    world.graph.addFault({ kind: 'status', status: 500, method: 'GET', pathPattern: 'subscriptions' });
    await upkeep(world);
    expect(only(world).expiresAt - world.clock.now()).toBeGreaterThan(6 * DAY);
  });

  it('Graph asks to wait: the job ends and says so, and nothing is sent before the time has come', async () => {
    const world = new World({ users: 3 });
    await world.start();
    await pass(world, 8 * DAY);
    world.graph.addFault({ kind: 'status', status: 429, retryAfterSeconds: 300, method: 'POST', pathPattern: 'subscriptions', nth: 2 });
    world.resetCounters();
    await world.keepSubscriptions();
    await world.drain();
    expect(told(world, 'subscriptions')).toMatchObject([{ state: 'throttled', subscribed: 1, waiting: 2, unnotified: 2 }]);
    const sent = (): number => Object.entries(world.graph.state().app).filter(([request]) => request.includes('/subscriptions')).reduce((sum, [, count]) => sum + count, 0);
    const before = sent();
    await pass(world, 120_000);
    await world.keepSubscriptions();
    await world.drain();
    expect(sent()).toBe(before);
    expect(await problems(world)).toContain('2 mailboxes');
    await pass(world, 200_000);
    await upkeep(world);
    expect(world.graph.subscriptions()).toHaveLength(3);
  });

  it('one run at a time: another meets it at work and comes back, and keeps the Retry-After that the first one was told, whatever its clock says', async () => {
    let other: AppOf | null = null;
    let lists = 0;
    const atOnce = async (): Promise<void> => void (other !== null && (await tenantJobs(other)({ v: 1, tenantId: TENANT, job: 'subscriptions', why: 'timer' }, invocation('tenantJobs'))));
    const world: World = new World({
      users: 2,
      wire: async (request, send) => {
        if (other !== null && request.method === 'GET' && request.url.includes('/subscriptions') && (lists += 1) === 1) await atOnce();
        return send(request);
      },
    });
    await world.start();
    await pass(world, 7 * HOUR);
    other = world.newWorker(new Ahead(), seeded(2));
    world.graph.addFault({ kind: 'status', status: 429, retryAfterSeconds: 100, method: 'GET', pathPattern: 'subscriptions' });
    await world.keepSubscriptions();
    await world.workTenantJobs();
    expect(lists).toBe(1);
    await pass(world, 50_000);
    await atOnce();
    expect(lists).toBe(1);
    await pass(world, 60_000);
    await atOnce();
    expect(lists).toBe(2);
    expect(world.violations()).toEqual([]);
  });

  it('a webhook that cannot be reached is not tried for every mailbox', async () => {
    const world = new World({ users: 12 });
    await world.start();
    await pass(world, 8 * DAY);
    world.webhookDown = true;
    world.resetCounters();
    await world.keepSubscriptions();
    await world.drain();
    expect(told(world, 'subscriptions')).toMatchObject([{ state: 'refused', failed: 5, waiting: 7, unnotified: 12 }]);
    world.webhookDown = false;
    await upkeep(world);
    expect(world.graph.subscriptions()).toHaveLength(12);
  });
});

describe('20 requests per second and tenant', () => {
  it('no second of the job holds more', async () => {
    const at: number[] = [];
    let clock: { now(): number } | null = null;
    const world = new World({
      users: 60,
      wire: (request, send) => {
        if (request.url.includes('/subscriptions') && clock !== null) at.push(clock.now());
        return send(request);
      },
    });
    await world.syncUsers();
    await world.drain();
    await pass(world, 8 * DAY);
    clock = world.clock;
    await world.keepSubscriptions();
    await world.drain();
    expect(at.length).toBeGreaterThanOrEqual(60);
    for (const start of at) expect(at.filter((time) => time >= start && time < start + 1_000).length).toBeLessThanOrEqual(20);
  });
});
