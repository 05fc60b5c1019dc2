import { describe, expect, it } from 'vitest';
import { ANNA, BASE, BERT, IMMUTABLE, lunch, weekly, world } from '../../local/graph/world.ts';
import type { World } from '../../local/graph/world.ts';

const EVENTS = `/users/${ANNA}/events`;
const VIEW = `/users/${ANNA}/calendarView?startDateTime=2026-01-01&endDateTime=2027-01-01`;
const subjects = async ({ ask }: World, path: string) => (await ask('GET', path)).body.value.map((row) => row.subject);

describe('own writes are seen late', () => {
  it('by lists, views, instances and searches, while the item itself answers', async () => {
    const w = world();
    const old = (await w.ask('POST', EVENTS, lunch({ subject: 'old' }), IMMUTABLE)).body.id;
    const gone = (await w.ask('POST', EVENTS, lunch({ subject: 'gone' }), IMMUTABLE)).body.id;
    const series = (await w.ask('POST', EVENTS, weekly(), IMMUTABLE)).body.id;
    const instances = `${EVENTS}/${series}/instances?startDateTime=2026-03-01&endDateTime=2026-05-01`;
    const [first] = (await w.ask('GET', instances, undefined, IMMUTABLE)).body.value;
    await w.clock.pass(60_000);
    w.simulator.setQuirks({ listLagMs: 5_000 });
    const made = (await w.ask('POST', EVENTS, lunch({ subject: 'made' }), IMMUTABLE)).body.id;
    await w.ask('PATCH', `${EVENTS}/${old}`, { subject: 'new' });
    await w.ask('DELETE', `${EVENTS}/${gone}`);
    await w.ask('DELETE', `${EVENTS}/${first?.id}`);
    expect(await subjects(w, EVENTS)).toEqual(['old', 'gone', 'Jour fixe']);
    expect(await subjects(w, `${VIEW}&$filter=subject eq 'made'`)).toEqual([]);
    expect((await w.ask('GET', instances)).body.value).toHaveLength(4);
    expect((await w.ask('GET', `${EVENTS}/${made}`)).body.subject).toBe('made');
    expect((await w.ask('GET', `${EVENTS}/${old}`)).body.subject).toBe('new');
    await w.clock.pass(5_000);
    expect(await subjects(w, EVENTS)).toEqual(['new', 'Jour fixe', 'made']);
    expect((await w.ask('GET', instances)).body.value).toHaveLength(3);
  });

  it('by the reading of one item: 404 after a create, the old version after a change, alive after a deletion', async () => {
    const w = world();
    const old = (await w.ask('POST', EVENTS, lunch({ subject: 'old' }), IMMUTABLE)).body;
    await w.clock.pass(60_000);
    w.simulator.setQuirks({ readLagMs: 5_000 });
    const made = (await w.ask('POST', EVENTS, lunch(), IMMUTABLE)).body.id;
    const changed = await w.ask('PATCH', `${EVENTS}/${old.id}`, { subject: 'new' });
    expect(changed.body.subject).toBe('new');
    expect((await w.ask('GET', `${EVENTS}/${made}`)).status).toBe(404);
    expect((await w.ask('GET', `${EVENTS}/${old.id}`)).body).toMatchObject({ subject: 'old', changeKey: old.changeKey });
    await w.clock.pass(5_000);
    expect((await w.ask('GET', `${EVENTS}/${made}`)).status).toBe(200);
    await w.ask('DELETE', `${EVENTS}/${old.id}`);
    expect((await w.ask('GET', `/users/${ANNA}/calendar/events/${old.id}`)).status).toBe(200);
    await w.clock.pass(5_000);
    expect((await w.ask('GET', `/users/${ANNA}/calendar/events/${old.id}`)).status).toBe(404);
  });

  it('a write is never judged by what a lagging read shows', async () => {
    const w = world({ readLagMs: 5_000 });
    const { id, '@odata.etag': etag } = (await w.ask('POST', EVENTS, lunch(), IMMUTABLE)).body;
    await w.ask('PATCH', `${EVENTS}/${id}`, { subject: 'new' });
    expect((await w.ask('PATCH', `${EVENTS}/${id}`, { subject: 'x' }, { 'if-match': etag })).status).toBe(412);
  });
});

describe('success that stored nothing', () => {
  const nothing = (w: World, method: string, answer?: 'asked' | 'kept') => w.simulator.addFault({ kind: 'storesNothing', method, ...(answer === undefined ? {} : { answer }) });
  const subscribe = (w: World) =>
    w.ask('POST', '/subscriptions', { changeType: 'created,updated,deleted', resource: `users/${ANNA}/events`, notificationUrl: 'https://hook.example.com', expirationDateTime: '2026-11-29T08:00:00Z' });

  it('a PATCH answers the new content, or the old, and changes nothing: no version, no delta row, no notification, no mail', async () => {
    for (const answer of ['asked', 'kept'] as const) {
      const w = world();
      const made = (await w.ask('POST', EVENTS, lunch({ attendees: [{ emailAddress: { address: 'bert@example.com' } }] }), IMMUTABLE)).body;
      const { '@odata.deltaLink': link } = (await w.ask('GET', `/users/${ANNA}/calendarView/delta?startDateTime=2026-01-01&endDateTime=2027-01-01`)).body;
      await w.clock.pass(60_000);
      await subscribe(w);
      nothing(w, 'PATCH', answer);
      const { status, body } = await w.ask('PATCH', `${EVENTS}/${made.id}`, { subject: 'new' });
      expect([status, body.subject]).toEqual([200, answer === 'asked' ? 'new' : 'Lunch']);
      expect((await w.ask('GET', `${EVENTS}/${made.id}`)).body).toMatchObject({ subject: 'Lunch', changeKey: made.changeKey });
      expect((await w.ask('GET', link)).body.value).toEqual([]);
      await w.clock.pass(60_000);
      expect(w.posts).toEqual([]);
      expect(w.simulator.state().mails.map((mail) => mail.kind)).toEqual(['invitation']);
      expect((await w.ask('GET', `/users/${BERT}/events`)).body.value[0]?.subject).toBe('Lunch');
      expect((await w.ask('PATCH', `${EVENTS}/${made.id}`, { subject: 'new' })).body.subject).toBe('new');
    }
  });

  it('a POST answers an event that nobody finds, and its transactionId is free', async () => {
    const w = world();
    nothing(w, 'POST');
    const { status, body } = await w.ask('POST', EVENTS, lunch({ transactionId: 't' }));
    expect([status, body.subject]).toEqual([201, 'Lunch']);
    expect((await w.ask('GET', `${EVENTS}/${body.id}`)).status).toBe(404);
    expect((await w.ask('POST', EVENTS, lunch({ transactionId: 't' }))).status).toBe(201);
  });

  it('a DELETE answers 204 and the event stands', async () => {
    const w = world();
    const { id } = (await w.ask('POST', EVENTS, lunch())).body;
    nothing(w, 'DELETE');
    expect((await w.ask('DELETE', `${EVENTS}/${id}`)).status).toBe(204);
    expect((await w.ask('GET', `/users/${ANNA}/calendar/events/${id}`)).status).toBe(200);
  });

  it('a request that would be refused is refused', async () => {
    const w = world();
    nothing(w, 'PATCH', 'kept');
    expect((await w.ask('PATCH', `${EVENTS}/none`, { subject: 'x' })).status).toBe(404);
  });
});

describe('a client that gives up', () => {
  const patient = (w: World, stop: AbortController) =>
    w.simulator.fetch(`${BASE}/v1.0${EVENTS}`, { method: 'POST', headers: { authorization: 'Bearer app', 'content-type': 'application/json' }, body: JSON.stringify(lunch()), signal: stop.signal });

  it('closes its request while the service goes on and stores the change later', async () => {
    const w = world();
    w.simulator.addFault({ kind: 'slow', ms: 120_000, commit: 'end' });
    const stop = new AbortController();
    const refused = expect(patient(w, stop)).rejects.toThrow();
    await w.clock.pass(100_000);
    stop.abort();
    await refused;
    expect(w.simulator.events(ANNA)).toHaveLength(0);
    expect(w.simulator.state().mailboxes[ANNA]?.inFlight).toBe(0);
    await w.clock.pass(20_000);
    expect(w.simulator.events(ANNA)).toHaveLength(1);
  });

  it('gets no answer to a request that was stored at once, or never', async () => {
    for (const commits of [true, false]) {
      const w = world();
      w.simulator.addFault({ kind: 'never', commits });
      const stop = new AbortController();
      const refused = expect(patient(w, stop)).rejects.toThrow();
      await w.clock.pass(600_000);
      stop.abort();
      await refused;
      await w.clock.pass(600_000);
      expect(w.simulator.events(ANNA)).toHaveLength(commits ? 1 : 0);
    }
  });
});

describe('the control plane', () => {
  it('saves on a phone and renames calendars over HTTP too', async () => {
    const w = world();
    const { id } = (await w.ask('POST', EVENTS, lunch(), IMMUTABLE)).body;
    const before = (await w.ask('GET', `/users/${ANNA}/calendar`)).body.id;
    for (const name of ['save-on-phone', 'renew-calendar-ids']) {
      expect((await w.simulator.fetch(`${BASE}/_sim/${name}`, { method: 'POST', body: JSON.stringify({ userId: ANNA, eventId: id }) })).status).toBe(200);
    }
    expect((await w.ask('GET', `${EVENTS}/${id}`)).body).toHaveProperty('originalStartTimeZone', 'tzone://Microsoft/Custom');
    expect((await w.ask('GET', `/users/${ANNA}/calendar`)).body.id).not.toBe(before);
  });
});

describe('chance', () => {
  it('draws the same with the same seed, whatever may be lost, late or lagging', async () => {
    const history = async () => {
      const w = world({ deltaLosesDeletions: 0.5, notificationDelayMs: { min: 10, max: 90_000 }, notificationLoss: 0.3, notificationDuplication: 0.3, listLagMs: 2_000, latencyMs: { min: 0, max: 50 } });
      const asked = async (method: string, path: string, body?: unknown) => {
        const answer = w.ask(method, path, body, IMMUTABLE);
        await w.clock.pass(100);
        return answer;
      };
      await asked('POST', '/subscriptions', { changeType: 'created,updated,deleted', resource: `users/${ANNA}/events`, notificationUrl: 'https://hook.example.com', expirationDateTime: '2026-11-29T08:00:00Z' });
      const link = (await asked('GET', `/users/${ANNA}/calendarView/delta?startDateTime=2026-01-01&endDateTime=2027-01-01`)).body['@odata.deltaLink'] ?? '';
      for (let n = 0; n < 8; n++) {
        const { id } = (await asked('POST', EVENTS, lunch({ subject: `${n}` }))).body;
        await asked('DELETE', `${EVENTS}/${id}`);
      }
      const list = (await asked('GET', EVENTS)).body;
      const delta = (await asked('GET', link)).body;
      await w.clock.pass(100_000);
      return JSON.stringify([list, delta, w.posts, w.simulator.events(ANNA), w.simulator.state()]);
    };
    expect(await history()).toBe(await history());
  });
});
