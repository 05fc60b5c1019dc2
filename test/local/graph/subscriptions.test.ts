import { describe, expect, it } from 'vitest';
import { ANNA, echoValidation, IMMUTABLE, lunch, OTHER, weekly, world } from './world.ts';
import type { World } from './world.ts';

const EVENTS = `/users/${ANNA}/events`;
const HOOK = 'https://hook.example.com/notify?code=1';
const LIFE = 'https://hook.example.com/lifecycle';
const HOUR = 3_600_000;

const wanted = (more: object = {}) => ({
  changeType: 'created,updated,deleted',
  resource: `users/${ANNA}/events`,
  notificationUrl: HOOK,
  lifecycleNotificationUrl: LIFE,
  clientState: 'secret',
  expirationDateTime: '2026-11-29T08:00:00Z',
  ...more,
});

async function subscribed(quirks: object = {}, headers: Record<string, string> = IMMUTABLE): Promise<World & { id: string }> {
  const made = world({ createNotifiesTwice: false, ...quirks });
  const { status, body } = await made.ask('POST', '/subscriptions', wanted(), headers);
  expect(status, JSON.stringify(body)).toBe(201);
  return { ...made, id: body.id };
}

const told = ({ posts }: World) => posts.flatMap((post) => post.body.value);

describe('making a subscription', () => {
  it('shakes hands with both endpoints: a POST of text/plain that must echo the decoded token', async () => {
    const w = world();
    const shaken: { url: URL; method: string; type: string | null }[] = [];
    w.endpoint.answer = (request) => {
      shaken.push({ url: new URL(request.url), method: request.method, type: request.headers.get('content-type') });
      return echoValidation(request);
    };
    const { status, body } = await w.ask('POST', '/subscriptions', wanted());
    expect(status).toBe(201);
    expect(shaken.map(({ url, method }) => `${method} ${url.pathname}`)).toEqual(['POST /notify', 'POST /lifecycle']);
    expect(shaken[0]?.url.searchParams.get('code')).toBe('1');
    expect(shaken[0]?.type).toMatch(/^text\/plain/);
    expect(shaken[0]?.url.search).toMatch(/validationToken=Validation%3a\+Testing/);
    expect(body).toMatchObject({ resource: `users/${ANNA}/events`, clientState: 'secret', expirationDateTime: '2026-11-29T08:00:00.0000000Z', lifecycleNotificationUrl: LIFE });
  });

  it('is refused when an endpoint answers anything else, or not within ten seconds', async () => {
    const w = world();
    const status = async (answer: World['endpoint']['answer']) => {
      w.endpoint.answer = answer;
      return (await w.ask('POST', '/subscriptions', wanted())).status;
    };
    const token = (request: Request) => new URL(request.url).searchParams.get('validationToken') ?? '';
    const text = { 'content-type': 'text/plain' };
    expect(await status(() => new Response('', { status: 200, headers: text }))).toBe(400);
    expect(await status((request) => new Response(encodeURIComponent(token(request)), { headers: text }))).toBe(400);
    expect(await status((request) => new Response(token(request), { status: 202, headers: text }))).toBe(400);
    expect(await status((request) => new Response(token(request), { headers: { 'content-type': 'application/json' } }))).toBe(400);
    expect(await status(() => Promise.reject(new TypeError('fetch failed')))).toBe(400);
    expect(await status((request) => (request.url.startsWith(LIFE) ? new Response('no') : echoValidation(request)))).toBe(400);
    w.endpoint.answer = () => new Promise(() => undefined);
    const slow = w.ask('POST', '/subscriptions', wanted());
    await w.clock.pass(10_000);
    expect(await slow).toMatchObject({ status: 400, body: { error: { message: expect.stringContaining('timed out') } } });
    expect(w.simulator.subscriptions()).toEqual([]);
  });

  it('holds the rules on URLs, times, states and resources', async () => {
    const { ask } = world();
    const status = async (more: object) => (await ask('POST', '/subscriptions', wanted(more))).status;
    expect(await status({ notificationUrl: 'http://hook.example.com/notify' })).toBe(400);
    expect(await status({ expirationDateTime: '2026-11-30T08:00:01Z' })).toBe(400);
    expect(await status({ expirationDateTime: '2026-11-23T07:59:59Z' })).toBe(400);
    expect(await status({ clientState: 'x'.repeat(129) })).toBe(400);
    expect(await status({ changeType: 'created,moved' })).toBe(400);
    expect(await status({ resource: `users/${ANNA}/mailFolders` })).toBe(400);
    expect(await status({ resource: `users/${OTHER}/events` })).toBe(404);
    expect(await status({ extra: 1 })).toBe(400);
    expect(await status({ expirationDateTime: '2026-11-30T08:00:00Z', notificationUrl: 'http://127.0.0.1:7071/notify', clientState: 'x'.repeat(128) })).toBe(201);
  });

  it('raises a life below 45 minutes', async () => {
    const { ask } = world();
    const { body } = await ask('POST', '/subscriptions', wanted({ expirationDateTime: '2026-11-23T08:10:00Z' }));
    expect(body['expirationDateTime']).toBe('2026-11-23T08:45:00.0000000Z');
  });

  it('is refused with 409 and the existing id for the same app, resource and change types', async () => {
    const { ask, id } = await subscribed();
    const again = await ask('POST', '/subscriptions', wanted({ changeType: 'deleted,created,updated', notificationUrl: 'https://other.example.com/' }));
    expect(again.status).toBe(409);
    expect(again.body.error?.message).toContain(`Subscription Id ${id} already exists for the requested combination`);
    expect((await ask('POST', '/subscriptions', wanted({ changeType: 'created' }))).status).toBe(201);
  });

  it('is refused with 403 over the quota of the mailbox', async () => {
    const { ask } = await subscribed({ subscriptionsPerMailbox: 1 });
    expect((await ask('POST', '/subscriptions', wanted({ changeType: 'created' }))).status).toBe(403);
  });

  it('on a single calendar is refused, unless told otherwise', async () => {
    const { ask, simulator } = world();
    const calendar = (await ask('GET', `/users/${ANNA}/calendar`)).body.id;
    const one = wanted({ resource: `users/${ANNA}/calendars/${calendar}/events` });
    expect((await ask('POST', '/subscriptions', one)).status).toBe(400);
    simulator.setQuirks({ calendarSubscriptions: true });
    expect((await ask('POST', '/subscriptions', one)).status).toBe(201);
  });
});

describe('the life of a subscription', () => {
  it('is read, listed, renewed, reauthorized and deleted by its own app only', async () => {
    const { ask, id } = await subscribed();
    const path = `/subscriptions/${id}`;
    expect((await ask('GET', path)).body).toMatchObject({ id, clientState: null });
    expect((await ask('GET', '/subscriptions')).body.value.map((one) => one.id)).toEqual([id]);
    expect((await ask('GET', path, undefined, {}, 'other-app')).status).toBe(404);
    const renewed = await ask('PATCH', path, { expirationDateTime: '2026-11-30T07:00:00Z' });
    expect(renewed).toMatchObject({ status: 200, body: { expirationDateTime: '2026-11-30T07:00:00.0000000Z' } });
    expect((await ask('PATCH', path, { notificationUrl: HOOK })).status).toBe(400);
    expect((await ask('POST', `${path}/reauthorize`)).status).toBe(204);
    expect((await ask('DELETE', path)).status).toBe(204);
    expect((await ask('PATCH', path, { expirationDateTime: '2026-11-30T07:00:00Z' })).status).toBe(404);
  });

  it('ends by the clock', async () => {
    const { ask, id, clock, posts } = await subscribed();
    await clock.pass(6 * 24 * HOUR);
    expect((await ask('GET', `/subscriptions/${id}`)).status).toBe(404);
    await ask('POST', EVENTS, lunch());
    await clock.pass(HOUR);
    expect(posts).toEqual([]);
  });

  it('lists in pages', async () => {
    const w = world({ subscriptionsPerPage: 2 });
    const ids: string[] = [];
    for (const changeType of ['created', 'updated', 'deleted']) ids.push((await w.ask('POST', '/subscriptions', wanted({ changeType }))).body.id);
    const first = await w.ask('GET', '/subscriptions');
    const second = await w.ask('GET', first.body['@odata.nextLink']);
    expect([...first.body.value, ...second.body.value].map((one) => one.id)).toEqual(ids);
    expect(second.body).not.toHaveProperty('@odata.nextLink');
  });
});

describe('notifications', () => {
  it('come after a delay, batched, with the members of the documents', async () => {
    const w = await subscribed();
    const made = await w.as(ANNA, 'POST', EVENTS, lunch(), IMMUTABLE);
    await w.as(ANNA, 'PATCH', `${EVENTS}/${made.body.id}`, { subject: 'x' });
    await w.clock.pass(499);
    expect(w.posts).toEqual([]);
    await w.clock.pass(1);
    expect(w.posts).toHaveLength(1);
    expect(w.posts[0]?.url).toBe(HOOK);
    const path = `Users/${ANNA}/Events/${made.body.id}`;
    expect(told(w)).toEqual([
      {
        subscriptionId: w.id,
        subscriptionExpirationDateTime: '2026-11-29T08:00:00.0000000Z',
        changeType: 'created',
        resource: path,
        resourceData: { '@odata.type': '#Microsoft.Graph.Event', '@odata.id': path, '@odata.etag': made.body['@odata.etag'], id: made.body.id },
        clientState: 'secret',
        tenantId: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
      },
      expect.objectContaining({ changeType: 'updated' }),
    ]);
    expect(w.simulator.state().notifications).toMatchObject({ sent: 2, failed: 0, pending: 0 });
  });

  it('carry mutable ids when the subscription was made without ImmutableId', async () => {
    const w = await subscribed({}, {});
    const made = await w.ask('POST', EVENTS, lunch());
    await w.clock.pass(500);
    expect(told(w)[0]).toMatchObject({ resourceData: { id: made.body.id } });
  });

  it('come twice for a create by default: created and updated', async () => {
    const w = await subscribed({ createNotifiesTwice: true });
    await w.ask('POST', EVENTS, lunch());
    await w.clock.pass(500);
    expect(told(w).map((one) => one['changeType'])).toEqual(['created', 'updated']);
  });

  it('say deleted for a deletion, deleted and created for a move, created again for a restore', async () => {
    const w = await subscribed();
    const { body } = await w.ask('POST', EVENTS, lunch(), IMMUTABLE);
    await w.clock.pass(500);
    w.posts.length = 0;
    w.simulator.moveEvent(ANNA, body.id, w.simulator.createCalendar(ANNA, 'Away'));
    await w.ask('DELETE', `${EVENTS}/${body.id}`);
    w.simulator.restoreEvent(ANNA, body.id);
    await w.clock.pass(500);
    expect(told(w).map((one) => one['changeType'])).toEqual(['deleted', 'created', 'deleted', 'created']);
  });

  it('for a deleted occurrence say only that the master was updated', async () => {
    const w = await subscribed();
    const { body } = await w.ask('POST', EVENTS, weekly(), IMMUTABLE);
    const list = await w.ask('GET', `${EVENTS}/${body.id}/instances?startDateTime=2026-03-01&endDateTime=2026-05-01`, undefined, IMMUTABLE);
    await w.clock.pass(500);
    w.posts.length = 0;
    await w.ask('DELETE', `${EVENTS}/${list.body.value[1]?.id}`);
    await w.clock.pass(500);
    expect(told(w)).toEqual([expect.objectContaining({ changeType: 'updated', resourceData: expect.objectContaining({ id: body.id }) as unknown })]);
  });

  it('only come for the change types that were asked for', async () => {
    const w = world();
    await w.ask('POST', '/subscriptions', wanted({ changeType: 'deleted' }));
    const { body } = await w.ask('POST', EVENTS, lunch());
    await w.ask('DELETE', `${EVENTS}/${body.id}`);
    await w.clock.pass(500);
    expect(told(w).map((one) => one['changeType'])).toEqual(['deleted']);
  });

  it('are tried again, later and later, for four hours; then they are lost and a missed event is sent', async () => {
    const w = await subscribed();
    let tries = 0;
    w.endpoint.answer = (request) => {
      if (request.url.startsWith(LIFE)) return new Response(null, { status: 202 });
      tries++;
      return new Response(null, { status: 503 });
    };
    await w.ask('POST', EVENTS, lunch());
    await w.clock.pass(500 + 10_000);
    expect(tries).toBe(2);
    await w.clock.pass(20_000);
    expect(tries).toBe(3);
    await w.clock.pass(5 * HOUR);
    expect(tries).toBe(11);
    expect(w.posts.filter((post) => post.url === LIFE).map((post) => post.body.value[0]?.['lifecycleEvent'])).toEqual(['missed']);
    expect(w.simulator.state().notifications).toMatchObject({ sent: 0, dropped: 1, lifecycle: 1, pending: 0 });
  });

  it('reach an endpoint that recovers', async () => {
    const w = await subscribed();
    w.endpoint.answer = () => Promise.reject(new TypeError('fetch failed'));
    await w.ask('POST', EVENTS, lunch());
    await w.clock.pass(500);
    w.endpoint.answer = echoValidation;
    await w.clock.pass(10_000);
    expect(w.simulator.state().notifications).toMatchObject({ sent: 1, failed: 1 });
  });

  it('can be lost, doubled and put out of order', async () => {
    const lost = await subscribed({ notificationLoss: 1 });
    await lost.ask('POST', EVENTS, lunch());
    await lost.clock.pass(500);
    expect(lost.posts).toEqual([]);
    const doubled = await subscribed({ notificationDuplication: 1 });
    await doubled.ask('POST', EVENTS, lunch());
    await doubled.clock.pass(500);
    expect(told(doubled)).toHaveLength(2);
    const mixed = await subscribed({ notificationReorder: true });
    const ids: string[] = [];
    for (let n = 0; n < 8; n++) ids.push((await mixed.ask('POST', EVENTS, lunch(), IMMUTABLE)).body.id);
    await mixed.clock.pass(500);
    const order = told(mixed).map((one) => (one['resourceData'] as { id: string }).id);
    expect(order).not.toEqual(ids);
    expect([...order].sort()).toEqual([...ids].sort());
  });
});

describe('lifecycle', () => {
  it('a subscription can vanish with or without a word', async () => {
    const w = await subscribed();
    w.simulator.removeSubscription(w.id, true);
    await w.clock.pass(500);
    expect(w.posts).toMatchObject([{ url: LIFE, body: { value: [{ lifecycleEvent: 'subscriptionRemoved', subscriptionId: w.id, clientState: 'secret' }] } }]);
    const quiet = await subscribed();
    quiet.simulator.removeSubscription(quiet.id, false);
    await quiet.ask('POST', EVENTS, lunch());
    await quiet.clock.pass(500);
    expect(quiet.posts).toEqual([]);
  });

  it('sends reauthorizationRequired and missed on demand', async () => {
    const w = await subscribed();
    w.simulator.sendLifecycle(w.id, 'reauthorizationRequired');
    w.simulator.sendLifecycle(w.id, 'missed');
    await w.clock.pass(500);
    expect(told(w).map((one) => one['lifecycleEvent'])).toEqual(['reauthorizationRequired', 'missed']);
  });
});
