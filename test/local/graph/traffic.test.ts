import { describe, expect, it } from 'vitest';
import { ANNA, BASE, BERT, CARL, IMMUTABLE, lunch, OTHER, tenants, world } from './world.ts';
import type { World } from './world.ts';

const EVENTS = `/users/${ANNA}/events`;
const violations = ({ simulator }: World) => simulator.state().violations.map((one) => one.kind);

describe('who asks', () => {
  it('is refused without a token, with an unknown one and for other versions', async () => {
    const w = world();
    expect(await w.ask('GET', EVENTS, undefined, { authorization: '' })).toMatchObject({ status: 401, body: { error: { code: 'InvalidAuthenticationToken' } } });
    expect((await w.ask('GET', EVENTS, undefined, {}, 'stolen')).status).toBe(401);
    expect((await w.ask('GET', EVENTS, undefined, {}, 'person:nobody')).status).toBe(401);
    expect((await w.ask('GET', `${BASE}/beta${EVENTS}`)).status).toBe(404);
  });

  it('is told of paths that do not exist and of methods they do not take', async () => {
    const w = world();
    expect((await w.ask('GET', `/users/${ANNA}/drive`)).status).toBe(400);
    expect((await w.ask('PUT', EVENTS, lunch())).status).toBe(405);
    expect((await w.ask('GET', `/users('${ANNA}')/events`)).status).toBe(200);
  });

  it('sees the users of its own tenant only', async () => {
    const w = world();
    expect(await w.ask('GET', `/users/${OTHER}`)).toMatchObject({ status: 404, body: { error: { code: 'Request_ResourceNotFound' } } });
    expect((await w.ask('GET', `/users/${OTHER}/events`)).status).toBe(404);
    expect((await w.ask('GET', `/users/${OTHER}`, undefined, {}, 'other-app')).status).toBe(200);
    expect(violations(w)).toEqual(['mailboxNotAllowed']);
  });

  it('a person reaches the own mailbox, also as /me, and is counted apart', async () => {
    const w = world();
    expect((await w.as(ANNA, 'GET', '/me/events')).status).toBe(200);
    expect((await w.as(ANNA, 'GET', EVENTS)).status).toBe(200);
    expect((await w.as(ANNA, 'GET', `/users/${BERT}/events`)).status).toBe(403);
    expect((await w.ask('GET', '/me/events')).status).toBe(400);
    expect(w.simulator.state()).toMatchObject({ app: {}, people: { 'GET /users/{user}/events': 3 }, mailboxes: {} });
  });

  it('an application that leaves its list of mailboxes is recorded', async () => {
    const list = tenants();
    const w = world({}, list.map((tenant) => ({ ...tenant, allowedMailboxes: [ANNA] })));
    await w.ask('GET', EVENTS);
    await w.ask('GET', '/users');
    expect(violations(w)).toEqual([]);
    await w.ask('GET', `/users/${BERT}/events`);
    expect(w.simulator.state().violations).toMatchObject([{ kind: 'mailboxNotAllowed', mailbox: BERT, request: 'GET /users/{user}/events' }]);
  });
});

describe('users', () => {
  it('are found by id, UPN, mail and proxy address, in pages', async () => {
    const { ask } = world();
    expect((await ask('GET', '/users/anna@example.com')).body.id).toBe(ANNA);
    const ids = async (filter: string) => (await ask('GET', `/users?$filter=${filter}&$select=id`)).body.value.map((user) => user.id);
    expect(await ids("mail eq 'Anna@example.com'")).toEqual([ANNA]);
    expect(await ids("userPrincipalName eq 'bert@example.com'")).toEqual([BERT]);
    expect(await ids("proxyAddresses/any(p:p eq 'smtp:anna.alias@example.com')")).toEqual([ANNA]);
    expect(await ids("startswith(displayName,'c')")).toEqual([CARL]);
    const first = await ask('GET', '/users?$top=2&$select=id,proxyAddresses');
    expect(first.body.value[0]).toEqual({ id: ANNA, proxyAddresses: ['SMTP:anna@example.com', 'smtp:anna.alias@example.com'] });
    expect((await ask('GET', first.body['@odata.nextLink'])).body.value.map((user) => user.id)).toEqual([CARL]);
    expect((await ask('GET', `/users/${ANNA}`)).body).not.toHaveProperty('proxyAddresses');
  });

  it('without a mailbox answer MailboxNotEnabledForRESTAPI, and so does a mailbox taken away', async () => {
    const { ask, simulator } = world();
    const gone = { status: 404, body: { error: { code: 'MailboxNotEnabledForRESTAPI' } } };
    expect(await ask('GET', `/users/${CARL}/events`)).toMatchObject(gone);
    expect((await ask('GET', `/users/${CARL}`)).status).toBe(200);
    simulator.setMailboxEnabled(ANNA, false);
    expect(await ask('GET', EVENTS)).toMatchObject(gone);
    simulator.setMailboxEnabled(ANNA, true);
    expect((await ask('GET', EVENTS)).status).toBe(200);
  });

  it('can ask which zones are known', async () => {
    const names = (await world().ask('GET', `/users/${ANNA}/outlook/supportedTimeZones`)).body.value.map((zone) => zone['alias']);
    expect(names).toContain('W. Europe Standard Time');
  });

  it('have mailbox settings, calendars and a default calendar that changes when the mailbox is made anew', async () => {
    const { ask, simulator } = world();
    expect((await ask('GET', `/users/${ANNA}/mailboxSettings`)).body).toMatchObject({ timeZone: 'W. Europe Standard Time', userPurpose: 'user' });
    const before = (await ask('GET', `/users/${ANNA}/calendar`)).body;
    expect(before).toMatchObject({ isDefaultCalendar: true, owner: { address: 'anna@example.com' } });
    expect((await ask('GET', `/users/${ANNA}/calendars`)).body.value.map((one) => one.id)).toEqual([before.id]);
    await ask('POST', EVENTS, lunch());
    simulator.remakeMailbox(ANNA);
    expect((await ask('GET', `/users/${ANNA}/calendar`)).body.id).not.toBe(before.id);
    expect((await ask('GET', EVENTS)).body.value).toEqual([]);
  });
});

describe('limits', () => {
  it('answer 429 to the fifth request in flight to one mailbox and record it', async () => {
    const w = world({ latencyMs: 100 });
    const five = Array.from({ length: 5 }, () => w.ask('GET', EVENTS));
    const other = w.ask('GET', `/users/${BERT}/events`);
    await w.clock.pass(100);
    expect((await Promise.all(five)).map((one) => one.status)).toEqual([200, 200, 200, 200, 429]);
    expect((await other).status).toBe(200);
    const fifth = await (five[4] as Promise<{ headers: Headers; body: { error?: { code: string; message: string } } }>);
    expect(fifth.headers.get('retry-after')).toBe('1');
    expect(fifth.body.error).toMatchObject({ code: 'ApplicationThrottled', message: expect.stringContaining('MailboxConcurrency') as unknown });
    expect(violations(w)).toEqual(['peakInFlight']);
    expect(w.simulator.state().mailboxes[ANNA]).toMatchObject({ requests: 5, peakInFlight: 5, inFlight: 0, throttled: 1 });
  });

  it('answer 429 with Retry-After over the number of requests in ten minutes', async () => {
    const w = world({ requestsPerTenMinutes: 3 });
    for (let n = 0; n < 3; n++) {
      expect((await w.ask('GET', EVENTS)).status).toBe(200);
      await w.clock.pass(60_000);
    }
    const refused = await w.ask('GET', EVENTS);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '480']);
    await w.clock.pass(480_000);
    expect((await w.ask('GET', EVENTS)).status).toBe(200);
    expect(violations(w)).toEqual([]);
  });

  it('record a request made before the told Retry-After has passed', async () => {
    const w = world();
    w.simulator.addFault({ kind: 'status', status: 503, retryAfterSeconds: 10 });
    expect((await w.ask('GET', EVENTS)).headers.get('retry-after')).toBe('10');
    await w.clock.pass(9_999);
    await w.ask('GET', `/users/${BERT}/events`);
    expect(violations(w)).toEqual([]);
    await w.ask('GET', EVENTS);
    expect(violations(w)).toEqual(['retryAfterIgnored']);
    await w.clock.pass(1);
    await w.ask('GET', EVENTS);
    expect(violations(w)).toEqual(['retryAfterIgnored']);
  });

  it('do not hold people back', async () => {
    const w = world({ requestsPerTenMinutes: 1 });
    w.simulator.addFault({ kind: 'errorBefore', status: 500, times: 9 });
    for (let n = 0; n < 3; n++) expect((await w.as(ANNA, 'GET', EVENTS)).status).toBe(200);
  });
});

describe('faults', () => {
  const create = (w: World) => w.ask('POST', EVENTS, lunch());

  it('lose an answer after the change was made', async () => {
    const w = world();
    w.simulator.addFault({ kind: 'lostAnswer', method: 'POST', pathPattern: '/events$' });
    await expect(create(w)).rejects.toThrow(new TypeError('fetch failed'));
    expect(w.simulator.events(ANNA)).toHaveLength(1);
    expect((await create(w)).status).toBe(201);
  });

  it('refuse before anything is done, or after it when told to commit', async () => {
    const w = world();
    w.simulator.addFault({ kind: 'errorBefore', status: 503 });
    expect((await create(w)).status).toBe(503);
    expect(w.simulator.events(ANNA)).toHaveLength(0);
    w.simulator.addFault({ kind: 'status', status: 504, commits: true });
    expect((await create(w)).status).toBe(504);
    expect(w.simulator.events(ANNA)).toHaveLength(1);
  });

  it('answer late, with the change made first or last', async () => {
    for (const commit of ['start', 'end'] as const) {
      const w = world();
      w.simulator.addFault({ kind: 'slow', ms: 1_000, commit });
      const answer = create(w);
      await w.clock.pass(999);
      expect(w.simulator.events(ANNA)).toHaveLength(commit === 'start' ? 1 : 0);
      await w.clock.pass(1);
      expect((await answer).status).toBe(201);
    }
  });

  it('never answer: the request stays in flight until its client closes it', async () => {
    const w = world();
    w.simulator.addFault({ kind: 'never' });
    const stop = new AbortController();
    const answer = w.simulator.fetch(new Request(`${BASE}/v1.0${EVENTS}`, { headers: { authorization: 'Bearer app' }, signal: stop.signal }));
    const refused = expect(answer).rejects.toThrow();
    await w.clock.pass(3_600_000);
    expect(w.simulator.state().mailboxes[ANNA]?.inFlight).toBe(1);
    stop.abort();
    await refused;
    expect(w.simulator.state().mailboxes[ANNA]?.inFlight).toBe(0);
  });

  it('answer rubbish: a web page, half a JSON, a wrong content type', async () => {
    const w = world();
    const raw = async () => {
      const response = await w.simulator.fetch(`${BASE}/v1.0${EVENTS}`, { headers: { authorization: 'Bearer app' } });
      return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
    };
    w.simulator.addFault({ kind: 'garbage', form: 'html' });
    expect(await raw()).toMatchObject({ status: 200, type: 'text/html' });
    w.simulator.addFault({ kind: 'garbage', form: 'truncated' });
    const half = (await raw()).text;
    expect(() => JSON.parse(half) as unknown).toThrow();
    w.simulator.addFault({ kind: 'garbage', form: 'contentType' });
    expect((await raw()).type).toBe('application/octet-stream');
  });

  it('answer 410 on demand', async () => {
    const w = world();
    w.simulator.addFault({ kind: 'gone', pathPattern: 'delta' });
    expect((await w.ask('GET', EVENTS)).status).toBe(200);
    expect((await w.ask('GET', `/users/${ANNA}/calendarView/delta?startDateTime=2026-01-01&endDateTime=2026-02-01`)).status).toBe(410);
  });

  it('begin with the nth matching request and hit as many as asked', async () => {
    const w = world();
    w.simulator.addFault({ kind: 'errorBefore', status: 500, method: 'GET', nth: 2, times: 2 });
    await create(w);
    const seen: number[] = [];
    for (let n = 0; n < 4; n++) seen.push((await w.ask('GET', EVENTS)).status);
    expect(seen).toEqual([200, 500, 500, 200]);
    w.simulator.addFault({ kind: 'errorBefore', status: 500 });
    w.simulator.clearFaults();
    expect((await w.ask('GET', EVENTS)).status).toBe(200);
  });
});

describe('$batch', () => {
  const part = (id: string, more: object = {}) => ({ id, method: 'GET', url: EVENTS, ...more });
  const send = (w: World, requests: object[]) => w.ask('POST', '/$batch', { requests });

  it('answers part by part inside one 200', async () => {
    const w = world();
    const post = part('2', { method: 'POST', headers: { 'Content-Type': 'application/json', ...IMMUTABLE }, body: lunch() });
    const { status, body } = await send(w, [part('1'), post, part('3', { url: '/users/nobody' })]);
    expect(status).toBe(200);
    expect(new Map(body.responses.map((one) => [one.id, one.status]))).toEqual(new Map([['1', 200], ['2', 201], ['3', 404]]));
    expect(body.responses.find((one) => one.id === '2')?.body.subject).toBe('Lunch');
  });

  it('refuses more than 20 parts, doubled ids and a body without Content-Type', async () => {
    const w = world();
    expect((await send(w, Array.from({ length: 21 }, (_, n) => part(`${n}`)))).status).toBe(400);
    expect((await send(w, [part('1'), part('1')])).status).toBe(400);
    expect((await send(w, [part('1', { method: 'POST', body: lunch() })])).status).toBe(400);
  });

  it('keeps the order of dependsOn and answers 424 after a failure', async () => {
    const w = world();
    const { body } = await send(w, [part('1', { url: '/users/nobody' }), part('2', { dependsOn: ['1'] }), part('3')]);
    expect(body.responses.map((one) => one.status)).toEqual([404, 424, 200]);
  });

  it('runs at most four unordered parts at a time', async () => {
    const w = world({ latencyMs: 10 });
    const answer = send(w, Array.from({ length: 12 }, (_, n) => part(`${n}`)));
    await w.clock.pass(1_000);
    expect((await answer).body.responses.every((one) => one.status === 200)).toBe(true);
    expect(w.simulator.state().mailboxes[ANNA]?.peakInFlight).toBe(4);
  });
});

describe('the control plane', () => {
  const control = async (w: World, method: string, path: string, body?: object) => {
    const response = await w.simulator.fetch(`${BASE}/_sim/${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('shows counters and users, plans faults, sets quirks and resets', async () => {
    const w = world();
    expect((await control(w, 'GET', 'users')).body).toHaveLength(4);
    await control(w, 'POST', 'faults', { kind: 'errorBefore', status: 500, times: 5 });
    expect((await w.ask('GET', EVENTS)).status).toBe(500);
    await control(w, 'DELETE', 'faults');
    expect((await w.ask('GET', EVENTS)).status).toBe(200);
    expect((await control(w, 'GET', 'state')).body).toMatchObject({ app: { 'GET /users/{user}/events': 2 }, notifications: { sent: 0 } });
    await control(w, 'POST', 'reset-counters');
    expect((await control(w, 'GET', 'state')).body).toMatchObject({ app: {}, mails: [] });
    expect((await control(w, 'POST', 'quirks', { secondDelete: '403' })).status).toBe(200);
    expect(w.simulator.state().quirks.secondDelete).toBe('403');
    expect((await control(w, 'POST', 'quirks', { none: 1 })).status).toBe(400);
    expect((await control(w, 'POST', 'faults', { kind: 'none' })).status).toBe(400);
    expect((await control(w, 'POST', 'nothing')).status).toBe(400);
    expect((await control(w, 'GET', 'events?userId=nobody')).status).toBe(400);
    expect((await control(w, 'GET', `events?userId=${ANNA}`)).body).toEqual([]);
  });

  it('lets people move, open and restore events', async () => {
    const w = world();
    const { body } = await w.as(ANNA, 'POST', '/me/events', lunch(), IMMUTABLE);
    const calendar = (await control(w, 'POST', 'calendars', { userId: ANNA, name: 'Away' })).body['id'];
    expect((await control(w, 'POST', 'move', { userId: ANNA, eventId: body.id, calendarId: calendar })).status).toBe(200);
    expect(w.simulator.events(ANNA)[0]).toMatchObject({ calendarId: calendar, isInDefaultCalendar: false });
    expect((await control(w, 'POST', 'touch', { userId: ANNA, eventId: body.id })).status).toBe(200);
    await w.as(ANNA, 'DELETE', `/me/events/${body.id}`);
    await control(w, 'POST', 'restore', { userId: ANNA, eventId: body.id });
    expect(w.simulator.events(ANNA)[0]?.place).toBe('calendar');
    expect((await control(w, 'POST', 'touch', { userId: ANNA, eventId: 'none' })).status).toBe(400);
  });
});

describe('determinism', () => {
  it('gives the same answers for the same seed and clock', async () => {
    const history = async () => {
      const w = world({ notificationReorder: true });
      await w.ask('POST', EVENTS, lunch());
      await w.ask('POST', EVENTS, lunch({ transactionId: 'x' }));
      const { body } = await w.ask('GET', `/users/${ANNA}/calendarView/delta?startDateTime=2026-11-01&endDateTime=2026-12-01`);
      return JSON.stringify([body, w.simulator.events(ANNA)]);
    };
    expect(await history()).toBe(await history());
  });
});
