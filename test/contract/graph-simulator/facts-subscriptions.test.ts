import { describe, expect, it } from 'vitest';
import { ANNA, at, BERT, echoValidation, IMMUTABLE, lunch, tenants, world } from '../../local/graph/world.ts';
import type { World } from '../../local/graph/world.ts';
import type { Quirks } from '../../../local/graph/quirks.ts';

const EVENTS = `/users/${ANNA}/events`;
const HOOK = 'https://hook.example.com/notify';
const LIFE = 'https://hook.example.com/life';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const wanted = (more: object = {}) => ({
  changeType: 'created,updated,deleted',
  resource: `users/${ANNA}/events`,
  notificationUrl: HOOK,
  lifecycleNotificationUrl: LIFE,
  clientState: 'secret',
  expirationDateTime: '2026-11-24T08:00:00Z',
  ...more,
});

async function subscribed(quirks: Partial<Quirks> = {}, more: object = {}): Promise<World & { id: string }> {
  const w = world({ createNotifiesTwice: false, ...quirks });
  const { status, body } = await w.ask('POST', '/subscriptions', wanted(more), IMMUTABLE);
  expect(status, JSON.stringify(body)).toBe(201);
  return { ...w, id: body.id };
}

const told = ({ posts }: World) => posts.flatMap((post) => post.body.value);
const twoApps = () => tenants().map((tenant) => ({ ...tenant, appTokens: [...tenant.appTokens, `${tenant.appTokens[0]}-2`] }));

describe('graph.md 1.1 Create', () => {
  it('latestSupportedTlsVersion defaults to v1_2', async () => {
    const { ask } = world();
    expect((await ask('POST', '/subscriptions', wanted())).body['latestSupportedTlsVersion']).toBe('v1_2');
    expect((await ask('POST', '/subscriptions', wanted({ changeType: 'deleted', latestSupportedTlsVersion: 'v1_3' }))).body['latestSupportedTlsVersion']).toBe('v1_3');
  });

  it('409 is for the same app only, the quota of a mailbox for all apps', async () => {
    const w = world({ subscriptionsPerMailbox: 2 }, twoApps());
    const status = async (token: string, changeType: string) => (await w.ask('POST', '/subscriptions', wanted({ changeType }), {}, token)).status;
    expect(await status('app', 'created')).toBe(201);
    expect(await status('app', 'created')).toBe(409);
    expect(await status('app-2', 'created')).toBe(201);
    expect(await status('app-2', 'deleted')).toBe(403);
  });

  it('lifecycleNotificationUrl cannot be added later by PATCH, and without it nothing of the life is told', async () => {
    const w = await subscribed({}, { lifecycleNotificationUrl: null });
    expect((await w.ask('PATCH', `/subscriptions/${w.id}`, { lifecycleNotificationUrl: LIFE, expirationDateTime: '2026-11-24T09:00:00Z' })).status).toBe(400);
    w.simulator.sendLifecycle(w.id, 'missed');
    w.simulator.removeSubscription(w.id, true);
    await w.clock.pass(HOUR);
    expect(w.posts).toEqual([]);
  });

  it('[U] one calendar\'s path: refused, or taken and told of that calendar alone', async () => {
    const { ask, simulator, clock, posts } = world({ createNotifiesTwice: false });
    const own = (await ask('GET', `/users/${ANNA}/calendar`)).body.id;
    const away = simulator.createCalendar(ANNA, 'Away');
    const one = wanted({ resource: `users/${ANNA}/calendars/${away}/events` });
    expect((await ask('POST', '/subscriptions', one)).status).toBe(400);
    simulator.setQuirks({ calendarSubscriptions: true });
    expect((await ask('POST', '/subscriptions', one)).status).toBe(201);
    await ask('POST', `/users/${ANNA}/calendars/${own}/events`, lunch());
    await ask('POST', `/users/${ANNA}/calendars/${away}/events`, lunch());
    await clock.pass(1_000);
    expect(posts.flatMap((post) => post.body.value)).toHaveLength(1);
  });

  it('a subscription on users/{id}/events tells of every calendar of the mailbox', async () => {
    const w = await subscribed();
    const away = w.simulator.createCalendar(ANNA, 'Away');
    await w.ask('POST', `/users/${ANNA}/calendars/${away}/events`, lunch());
    await w.clock.pass(1_000);
    expect(told(w)).toHaveLength(1);
  });

  it('[U] 9.1, 12.1 a grant that is restricted to some mailboxes may or may not be enough to subscribe and to renew', async () => {
    const w = await subscribed();
    w.simulator.setQuirks({ subscriptionsForbidden: true });
    expect((await w.ask('POST', '/subscriptions', wanted({ changeType: 'deleted' }))).status).toBe(403);
    expect((await w.ask('PATCH', `/subscriptions/${w.id}`, { expirationDateTime: '2026-11-25T08:00:00Z' })).status).toBe(403);
    w.simulator.setQuirks({ subscriptionsForbidden: false });
    expect((await w.ask('PATCH', `/subscriptions/${w.id}`, { expirationDateTime: '2026-11-25T08:00:00Z' })).status).toBe(200);
  });
});

describe('graph.md 1.2 and 1.3 Lifetime, renewing, removing', () => {
  it('a renewal under 45 minutes is raised to 45', async () => {
    const w = await subscribed();
    const { body } = await w.ask('PATCH', `/subscriptions/${w.id}`, { expirationDateTime: '2026-11-23T08:10:00Z' });
    expect(body['expirationDateTime']).toBe('2026-11-23T08:45:00.0000000Z');
  });

  it('the longest life is what the service says: 10,080 minutes today, 4,230 on older pages', async () => {
    const status = async (quirks: Partial<Quirks>, minutes: number) =>
      (await world(quirks).ask('POST', '/subscriptions', wanted({ expirationDateTime: new Date(Date.parse('2026-11-23T08:00:00Z') + minutes * MINUTE).toISOString() }))).status;
    expect(await status({}, 10_080)).toBe(201);
    expect(await status({}, 10_081)).toBe(400);
    expect(await status({ subscriptionMaxMinutes: 4_230 }, 4_230)).toBe(201);
    expect(await status({ subscriptionMaxMinutes: 4_230 }, 4_231)).toBe(400);
  });

  it('reauthorize does not lengthen a life', async () => {
    const w = await subscribed();
    expect((await w.ask('POST', `/subscriptions/${w.id}/reauthorize`)).status).toBe(204);
    expect((await w.ask('GET', `/subscriptions/${w.id}`)).body['expirationDateTime']).toBe('2026-11-24T08:00:00.0000000Z');
  });
});

describe('graph.md 1.4 Lifecycle events', () => {
  it('hold subscription, expiry, tenant, clientState and the event', async () => {
    const w = await subscribed();
    w.simulator.sendLifecycle(w.id, 'reauthorizationRequired');
    await w.clock.pass(1_000);
    const tenant = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
    expect(told(w)).toEqual([
      { subscriptionId: w.id, subscriptionExpirationDateTime: '2026-11-24T08:00:00.0000000Z', tenantId: tenant, organizationId: tenant, clientState: 'secret', lifecycleEvent: 'reauthorizationRequired' },
    ]);
  });

  it('reauthorizationRequired comes before the end where told so, but not for an end that was put off; ignored, nothing more is delivered', async () => {
    const w = await subscribed({ reauthorizationBeforeMs: HOUR });
    const lives = () => told(w).map((one) => one['lifecycleEvent']);
    await w.ask('PATCH', `/subscriptions/${w.id}`, { expirationDateTime: '2026-11-25T08:00:00Z' });
    await w.clock.pass(46 * HOUR);
    expect(lives()).toEqual([]);
    await w.clock.pass(HOUR + MINUTE);
    expect(lives()).toEqual(['reauthorizationRequired']);
    await w.clock.pass(HOUR);
    await w.ask('POST', EVENTS, lunch());
    await w.clock.pass(HOUR);
    expect(told(w)).toHaveLength(1);
  });

  it('reauthorizationRequired never comes by itself otherwise', async () => {
    const w = await subscribed();
    await w.clock.pass(48 * HOUR);
    expect(w.posts).toEqual([]);
  });
});

describe('graph.md 1.5 and 1.6 Handshake and response demands', () => {
  it('both URLs are shaken hands with even where they are equal', async () => {
    const w = world();
    let shaken = 0;
    w.endpoint.answer = (request) => {
      shaken++;
      return echoValidation(request);
    };
    expect((await w.ask('POST', '/subscriptions', wanted({ lifecycleNotificationUrl: HOOK }))).status).toBe(201);
    expect(shaken).toBe(2);
  });

  it('any 2xx is a delivery', async () => {
    for (const status of [200, 202, 204]) {
      const w = await subscribed();
      w.endpoint.answer = () => new Response(null, { status });
      await w.ask('POST', EVENTS, lunch());
      await w.clock.pass(HOUR);
      expect(w.posts).toHaveLength(1);
    }
  });

  it('an answer that comes too late is none: after ten seconds, or three as the newer page has it', async () => {
    const deliveries = async (quirks: Partial<Quirks>) => {
      const w = await subscribed(quirks);
      w.endpoint.answer = () => new Promise((resolve) => w.clock.after(5_000, () => resolve(new Response(null, { status: 202 }))));
      await w.ask('POST', EVENTS, lunch());
      await w.clock.pass(MINUTE);
      return w.posts.length;
    };
    expect(await deliveries({})).toBe(1);
    expect(await deliveries({ notificationTimeoutMs: 3_000 })).toBeGreaterThan(1);
  });

  it('lost deliveries are told as missed, or not at all', async () => {
    for (const tells of [true, false]) {
      const w = await subscribed({ lostDeliveriesSendMissed: tells });
      w.endpoint.answer = (request) => new Response(null, { status: request.url === HOOK ? 500 : 202 });
      await w.ask('POST', EVENTS, lunch());
      await w.clock.pass(6 * HOUR);
      expect(w.posts.filter((post) => post.url === LIFE)).toHaveLength(tells ? 1 : 0);
    }
  });
});

describe('graph.md 1.7 and 1.8 Payload, and what does not arrive', () => {
  it('one POST holds items of several subscriptions, mailboxes, apps and tenants', async () => {
    const w = world({ createNotifiesTwice: false });
    const otto = '44444444-4444-4444-8444-444444444444';
    await w.ask('POST', '/subscriptions', wanted());
    await w.ask('POST', '/subscriptions', wanted({ resource: `users/${BERT}/events` }));
    await w.ask('POST', '/subscriptions', wanted({ resource: `users/${otto}/events` }), {}, 'other-app');
    await w.ask('POST', EVENTS, lunch());
    await w.ask('POST', `/users/${BERT}/events`, lunch());
    await w.as(otto, 'POST', '/me/events', lunch());
    await w.clock.pass(1_000);
    expect(w.posts).toHaveLength(1);
    expect(new Set(told(w).map((one) => one['subscriptionId'])).size).toBe(3);
    expect(new Set(told(w).map((one) => one['tenantId'])).size).toBe(2);
    expect(w.posts[0]?.body).not.toHaveProperty('validationTokens');
  });

  it('the ETag in a notification is that of its own version, not of the newest', async () => {
    const w = await subscribed();
    const made = await w.ask('POST', EVENTS, lunch());
    const changed = await w.ask('PATCH', `${EVENTS}/${made.body.id}`, { subject: 'x' });
    await w.clock.pass(1_000);
    expect(told(w).map((one) => (one['resourceData'] as Record<string, string>)['@odata.etag'])).toEqual([made.body['@odata.etag'], changed.body['@odata.etag']]);
  });

  it('an attendee\'s answer without sending it gives the organizer nothing; a sent one does', async () => {
    for (const sendResponse of [false, true]) {
      const w = await subscribed();
      await w.ask('POST', EVENTS, lunch({ attendees: [{ emailAddress: { address: 'bert@example.com' } }] }));
      const copy = (await w.ask('GET', `/users/${BERT}/events`)).body.value[0]?.id;
      await w.clock.pass(1_000);
      w.posts.length = 0;
      expect((await w.as(BERT, 'POST', `/me/events/${copy}/accept`, { sendResponse })).status).toBe(202);
      await w.clock.pass(1_000);
      expect(told(w).map((one) => one['changeType'])).toEqual(sendResponse ? ['updated'] : []);
    }
  });

  it('notifications come late, each by itself and out of order, where their delay is a range', async () => {
    const w = await subscribed({ notificationDelayMs: { min: 1_000, max: 600_000 } });
    const made: string[] = [];
    for (let n = 0; n < 6; n++) made.push((await w.ask('POST', EVENTS, lunch({ subject: `${n}`, start: at('2026-11-24T10:00:00') }), IMMUTABLE)).body.id);
    await w.clock.pass(999);
    expect(w.posts).toEqual([]);
    await w.clock.pass(600_000);
    const order = told(w).map((one) => (one['resourceData'] as { id: string }).id);
    expect(w.posts).toHaveLength(6);
    expect(order).not.toEqual(made);
    expect([...order].sort()).toEqual([...made].sort());
    expect(w.simulator.state().notifications).toMatchObject({ sent: 6, pending: 0 });
  });
});
