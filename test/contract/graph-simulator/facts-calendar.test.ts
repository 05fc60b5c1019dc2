import { describe, expect, it } from 'vitest';
import { ANNA, at, BERT, IMMUTABLE, lunch, MARK, OTHER, weekly, world } from '../../local/graph/world.ts';
import type { Body, World } from '../../local/graph/world.ts';
import type { Quirks } from '../../../local/graph/quirks.ts';

const EVENTS = `/users/${ANNA}/events`;
const VIEW = `/users/${ANNA}/calendarView?startDateTime=2026-01-01&endDateTime=2027-01-01&$top=99`;
const expand = (id: string) => `?$expand=${encodeURIComponent(`singleValueExtendedProperties($filter=id eq '${id}')`)}`;

async function series(quirks: Partial<Quirks> = {}, more: object = {}): Promise<World & { master: string; rows(): Promise<Body[]> }> {
  const w = world(quirks);
  const { body } = await w.ask('POST', EVENTS, weekly(more), IMMUTABLE);
  return { ...w, master: body.id, rows: async () => (await w.ask('GET', VIEW, undefined, IMMUTABLE)).body.value };
}

describe('graph.md 4 Identity and concurrency', () => {
  it('the ids of folders are the same under both kinds of id', async () => {
    const { ask } = world();
    const plain = (await ask('GET', `/users/${ANNA}/calendar`)).body.id;
    expect((await ask('GET', `/users/${ANNA}/calendar`, undefined, IMMUTABLE)).body.id).toBe(plain);
  });

  it('ids of calendars may change all the same: events, delta links and subscriptions go on', async () => {
    const { ask, simulator, clock, posts } = world({ calendarSubscriptions: true, createNotifiesTwice: false });
    const before = (await ask('GET', `/users/${ANNA}/calendar`)).body.id;
    const { id } = (await ask('POST', EVENTS, lunch(), IMMUTABLE)).body;
    const link = (await ask('GET', `/users/${ANNA}/calendarView/delta?startDateTime=2026-01-01&endDateTime=2027-01-01`)).body['@odata.deltaLink'];
    await ask('POST', '/subscriptions', { changeType: 'updated', resource: `users/${ANNA}/calendars/${before}/events`, notificationUrl: 'https://hook.example.com', expirationDateTime: '2026-11-29T08:00:00Z' });
    simulator.renewCalendarIds(ANNA);
    const after = (await ask('GET', `/users/${ANNA}/calendar`)).body.id;
    expect(after).not.toBe(before);
    expect((await ask('GET', `/users/${ANNA}/calendars/${before}/events/${id}`)).status).toBe(404);
    expect((await ask('GET', `/users/${ANNA}/calendars/${after}/events/${id}`)).status).toBe(200);
    await ask('PATCH', `${EVENTS}/${id}`, { subject: 'x' });
    await clock.pass(1_000);
    expect(posts).toHaveLength(1);
    const later = await ask('GET', link, undefined, IMMUTABLE);
    expect([later.status, later.body.value.map((row) => row.subject)]).toEqual([200, ['x']]);
  });

  it('occurrenceId is answered by v1.0, or not; uid never is', async () => {
    for (const occurrenceIdReturned of [true, false]) {
      const { rows } = await series({ occurrenceIdReturned });
      const [first] = await rows();
      expect('occurrenceId' in (first ?? {})).toBe(occurrenceIdReturned);
      expect(first).not.toHaveProperty('uid');
    }
  });

  it('[U] 12.4 cancelledOccurrences may name the master by the id that is not immutable', async () => {
    for (const cancelledOccurrencesName of ['askedId', 'mutableId'] as const) {
      const { ask, rows, master } = await series({ cancelledOccurrencesName });
      await ask('DELETE', `${EVENTS}/${(await rows())[1]?.id}`);
      const mutable = (await ask('GET', `${EVENTS}/${master}`)).body.id;
      const { body } = await ask('GET', `${EVENTS}/${master}?$select=cancelledOccurrences`, undefined, IMMUTABLE);
      expect(body['cancelledOccurrences']).toEqual([`OID.${cancelledOccurrencesName === 'askedId' ? master : mutable}.2026-03-23`]);
    }
  });

  it('originalStart exists only on occurrences and exceptions', async () => {
    const { ask, rows, master } = await series();
    expect((await ask('GET', `${EVENTS}/${master}`)).body).not.toHaveProperty('originalStart');
    expect((await ask('POST', EVENTS, lunch())).body).not.toHaveProperty('originalStart');
    expect((await rows())[0]).toHaveProperty('originalStart', '2026-03-16T08:00:00Z');
  });

  it('identical creates of one moment are merged where told so (docs 7330), and never otherwise', async () => {
    for (const mergesIdenticalCreates of [true, false]) {
      const { ask, simulator, clock } = world({ mergesIdenticalCreates });
      const first = await ask('POST', EVENTS, lunch(), IMMUTABLE);
      const second = await ask('POST', EVENTS, lunch(), IMMUTABLE);
      expect([second.status, second.body.id === first.body.id]).toEqual([201, mergesIdenticalCreates]);
      await ask('POST', EVENTS, lunch({ subject: 'other' }));
      await clock.pass(2_000);
      await ask('POST', EVENTS, lunch());
      expect(simulator.events(ANNA)).toHaveLength(mergesIdenticalCreates ? 3 : 4);
    }
  });

  it('an extended property is set beside those that are there', async () => {
    const other = MARK.replace('crmId', 'other');
    const { ask } = world();
    const { id } = (await ask('POST', EVENTS, lunch({ singleValueExtendedProperties: [{ id: MARK, value: 'a' }] }))).body;
    await ask('PATCH', `${EVENTS}/${id}`, { singleValueExtendedProperties: [{ id: other, value: 'b' }] });
    expect((await ask('GET', `${EVENTS}/${id}${expand(MARK)}`)).body['singleValueExtendedProperties']).toEqual([{ id: MARK, value: 'a' }]);
    expect((await ask('GET', `${EVENTS}/${id}${expand(other)}`)).body['singleValueExtendedProperties']).toEqual([{ id: other, value: 'b' }]);
  });

  it('a later change of an extended property reaches a copy only when the request is sent again', async () => {
    const { ask, simulator } = world();
    const { id } = (await ask('POST', EVENTS, lunch({ attendees: [{ emailAddress: { address: 'bert@example.com' } }], singleValueExtendedProperties: [{ id: MARK, value: 'a' }] }))).body;
    const copied = () => simulator.events(BERT)[0]?.extended[0]?.value;
    await ask('PATCH', `${EVENTS}/${id}`, { singleValueExtendedProperties: [{ id: MARK, value: 'b' }] });
    expect(copied()).toBe('a');
    await ask('PATCH', `${EVENTS}/${id}`, { subject: 'x' });
    expect(copied()).toBe('b');
  });

  it('isOnlineMeeting initializes onlineMeeting; a body that keeps the block keeps the meeting, one that loses it disables it', async () => {
    const { ask } = world();
    const made = await ask('POST', EVENTS, lunch({ isOnlineMeeting: true, body: { contentType: 'text', content: 'Hello' } }));
    const { joinUrl } = made.body['onlineMeeting'] as { joinUrl: string };
    expect(made.body.body.content).toContain(joinUrl);
    const path = `${EVENTS}/${made.body.id}`;
    const kept = await ask('PATCH', path, { body: { contentType: 'html', content: made.body.body.content.replace('Hello', 'Good day') } });
    expect(kept.body).toMatchObject({ isOnlineMeeting: true, onlineMeeting: { joinUrl } });
    const lost = await ask('PATCH', path, { body: { contentType: 'text', content: 'Good day' } });
    expect(lost.body).toMatchObject({ isOnlineMeeting: false, onlineMeeting: null });
  });
});

describe('graph.md 5.1 and 5.2 Reading and fields', () => {
  it('times come in UTC unless Prefer says otherwise, and bodies as HTML unless Prefer says otherwise, in lists too', async () => {
    const { ask } = world();
    await ask('POST', EVENTS, lunch({ body: { contentType: 'text', content: 'x' } }));
    const prefer = { prefer: 'outlook.timezone="Europe/Vienna", outlook.body-content-type="text"' };
    for (const path of [EVENTS, VIEW]) {
      expect((await ask('GET', path)).body.value[0]).toMatchObject({ start: { dateTime: '2026-11-24T12:00:00.0000000', timeZone: 'UTC' }, body: { contentType: 'html' } });
      expect((await ask('GET', path, undefined, prefer)).body.value[0]).toMatchObject({ start: { dateTime: '2026-11-24T13:00:00.0000000', timeZone: 'Europe/Vienna' }, body: { contentType: 'text', content: 'x' } });
    }
  });

  it('defaults: allowNewTimeProposals and responseRequested true, hideAttendees false', async () => {
    expect((await world().ask('POST', EVENTS, lunch())).body).toMatchObject({ allowNewTimeProposals: true, responseRequested: true, hideAttendees: false });
  });

  it('instances can only be expanded from a master', async () => {
    const { ask, rows } = await series();
    const expandAt = async (id: string | undefined) => (await ask('GET', `${EVENTS}/${id}/instances?startDateTime=2026-01-01&endDateTime=2027-01-01`)).status;
    expect(await expandAt((await rows())[0]?.id)).toBe(400);
    expect(await expandAt((await ask('POST', EVENTS, lunch())).body.id)).toBe(400);
  });
});

describe('graph.md 5.6 and 13 Series', () => {
  it('weeks begin on sunday and the index is first where nothing is said', async () => {
    const { ask } = world();
    const made = async (pattern: object) => (await ask('POST', EVENTS, weekly({ recurrence: { pattern: { interval: 1, ...pattern }, range: { type: 'noEnd', startDate: '2026-03-16' } } }))).body['recurrence'];
    expect(await made({ type: 'weekly', daysOfWeek: ['monday'] })).toMatchObject({ pattern: { firstDayOfWeek: 'sunday' } });
    expect(await made({ type: 'relativeMonthly', daysOfWeek: ['monday'] })).toMatchObject({ pattern: { index: 'first' } });
  });

  it('recurrenceTimeZone is the event\'s zone where nothing is said', async () => {
    const { ask, master } = await series();
    expect((await ask('GET', `${EVENTS}/${master}`)).body['recurrence']).toMatchObject({ range: { recurrenceTimeZone: 'W. Europe Standard Time' } });
  });

  it('[U] 12.5 a new pattern gives the occurrences new ids, or keeps them', async () => {
    for (const occurrenceIdsSurvivePattern of [false, true]) {
      const { ask, rows, master } = await series({ occurrenceIdsSurvivePattern });
      const before = (await rows()).map((row) => row.id);
      await ask('PATCH', `${EVENTS}/${master}`, { recurrence: { pattern: { type: 'weekly', interval: 2, daysOfWeek: ['monday'] }, range: { type: 'numbered', startDate: '2026-03-16', numberOfOccurrences: 2 } } });
      const after = (await rows()).map((row) => row.id);
      expect(after).toHaveLength(2);
      expect(after.every((id) => before.includes(id))).toBe(occurrenceIdsSurvivePattern);
    }
  });

  it('a PATCH of an occurrence may be answered 200 and leave out what an exception does not keep (docs 12141)', async () => {
    for (const exceptionsIgnore of [[], ['sensitivity', 'categories']]) {
      const { ask, rows } = await series({ exceptionsIgnore });
      const { status, body } = await ask('PATCH', `${EVENTS}/${(await rows())[1]?.id}`, { subject: 'Special', sensitivity: 'private', categories: ['Blue'] });
      expect(status).toBe(200);
      expect(body).toMatchObject(exceptionsIgnore.length === 0 ? { subject: 'Special', sensitivity: 'private', categories: ['Blue'] } : { subject: 'Special', sensitivity: 'normal', categories: [] });
    }
  });

  it('[U] a changed time of the series drops deleted occurrences as well, or keeps them', async () => {
    for (const seriesChangeResetsExceptions of [true, false]) {
      const { ask, rows, master } = await series({ seriesChangeResetsExceptions });
      await ask('DELETE', `${EVENTS}/${(await rows())[1]?.id}`);
      const zone = 'W. Europe Standard Time';
      await ask('PATCH', `${EVENTS}/${master}`, { start: at('2026-03-16T11:00:00', zone), end: at('2026-03-16T12:00:00', zone) });
      expect(await rows()).toHaveLength(seriesChangeResetsExceptions ? 4 : 3);
    }
  });
});

describe('graph.md 5.7 to 5.9 Whole days, zones, absences', () => {
  const day = { isAllDay: true, start: at('2026-11-24T00:00:00', 'Tokyo Standard Time'), end: at('2026-11-25T00:00:00', 'Tokyo Standard Time') };

  it('[U] the zone named beside a whole day\'s midnight is UTC, or the preferred one', async () => {
    for (const allDayZone of ['UTC', 'preferred'] as const) {
      const { body } = await world({ allDayZone }).ask('POST', EVENTS, lunch(day), { prefer: 'outlook.timezone="Pacific Standard Time"' });
      expect(body.start).toEqual({ dateTime: '2026-11-24T00:00:00.0000000', timeZone: allDayZone === 'UTC' ? 'UTC' : 'Pacific Standard Time' });
    }
  });

  it('zones are listed by Windows names, or by IANA names where that standard is asked for', async () => {
    const names = async (standard: string) => (await world().ask('GET', `/users/${ANNA}/outlook/supportedTimeZones${standard}`)).body.value.map((zone) => zone['alias']);
    expect(await names('')).toContain('Tokyo Standard Time');
    const iana = await names("(TimeZoneStandard=microsoft.graph.timeZoneStandard'Iana')");
    expect(iana).toContain('Asia/Tokyo');
    expect(iana).not.toContain('Tokyo Standard Time');
  });

  it('an absence is an out-of-office event without attendees and mails nobody', async () => {
    const { ask, simulator } = world();
    const { status, body } = await ask('POST', EVENTS, lunch({ ...day, showAs: 'oof', isReminderOn: false, responseRequested: false, transactionId: 't', singleValueExtendedProperties: [{ id: MARK, value: 'x' }] }));
    expect(status).toBe(201);
    expect(body).toMatchObject({ showAs: 'oof', isReminderOn: false, responseRequested: false, isAllDay: true, attendees: [] });
    await ask('PATCH', `${EVENTS}/${body.id}`, { subject: 'x' });
    await ask('DELETE', `${EVENTS}/${body.id}`);
    expect(simulator.state().mails).toEqual([]);
  });
});

describe('graph.md 9, 12 and 13 Permissions and what people see', () => {
  it('[U] 12.17 private items are shown to an application, or not at all; to their owner always', async () => {
    for (const privateItemsHidden of [false, true]) {
      const { ask, as } = world({ privateItemsHidden });
      const { id } = (await as(ANNA, 'POST', '/me/events', lunch({ sensitivity: 'private' }), IMMUTABLE)).body;
      const delta = `/users/${ANNA}/calendarView/delta?startDateTime=2026-01-01&endDateTime=2027-01-01`;
      const counts = [];
      for (const path of [EVENTS, VIEW, delta]) counts.push((await ask('GET', path)).body.value.length);
      expect(counts).toEqual(privateItemsHidden ? [0, 0, 0] : [1, 1, 1]);
      expect((await ask('GET', `${EVENTS}/${id}`)).status).toBe(privateItemsHidden ? 404 : 200);
      expect((await as(ANNA, 'GET', `/me/events/${id}`)).status).toBe(200);
    }
  });

  it('User.ReadBasic.All gives mail and UPN but no proxyAddresses', async () => {
    const { ask, simulator } = world();
    const filtered = async () => (await ask('GET', "/users?$filter=proxyAddresses/any(p:p eq 'smtp:anna.alias@example.com')")).status;
    const read = async () => (await ask('GET', `/users/${ANNA}?$select=mail,proxyAddresses`)).body;
    expect([await filtered(), 'proxyAddresses' in (await read())]).toEqual([200, true]);
    simulator.setQuirks({ proxyAddressesShown: false });
    expect([await filtered(), await read()]).toEqual([403, expect.not.objectContaining({ proxyAddresses: expect.anything() as unknown })]);
    expect(await read()).toHaveProperty('mail', 'anna@example.com');
  });

  it('a token works in its own tenant only', async () => {
    const { ask } = world();
    expect((await ask('GET', '/users', undefined, {}, 'other-app')).body.value.map((user) => user.id)).toEqual([OTHER]);
    expect((await ask('GET', EVENTS, undefined, {}, 'other-app')).status).toBe(404);
  });
});
