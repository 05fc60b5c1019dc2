import { describe, expect, it } from 'vitest';
import { ANNA, at, IMMUTABLE, lunch, MARK, starts, weekly, world } from './world.ts';
import type { World } from './world.ts';

const EVENTS = `/users/${ANNA}/events`;
const view = (from: string, to: string, more = '') => `/users/${ANNA}/calendarView?startDateTime=${from}&endDateTime=${to}${more}`;

async function expand(pattern: object, range: object, start: string, to = new Date(Date.parse(`${start}Z`) + 1_800 * 86_400_000).toISOString()): Promise<string[]> {
  const { ask } = world();
  const startDate = start.slice(0, 10);
  const made = await ask('POST', EVENTS, { subject: 's', start: at(start), end: at(start), recurrence: { pattern, range: { startDate, ...range } } });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const { body } = await ask('GET', `${EVENTS}/${made.body.id}/instances?startDateTime=${startDate}&endDateTime=${to}&$top=999`);
  return starts(body.value).map((time) => time.slice(0, 10));
}

const three = { type: 'numbered', numberOfOccurrences: 3 };

describe('patterns and ranges', () => {
  it('expands every pattern type', async () => {
    expect(await expand({ type: 'daily', interval: 3 }, three, '2026-02-26T09:00:00')).toEqual(['2026-02-26', '2026-03-01', '2026-03-04']);
    expect(await expand({ type: 'weekly', interval: 2, daysOfWeek: ['Tuesday', 'thursday'], firstDayOfWeek: 'monday' }, { type: 'numbered', numberOfOccurrences: 4 }, '2026-11-26T09:00:00')).toEqual([
      '2026-11-26', '2026-12-08', '2026-12-10', '2026-12-22',
    ]);
    expect(await expand({ type: 'absoluteMonthly', interval: 1, dayOfMonth: 31 }, three, '2026-01-31T09:00:00')).toEqual(['2026-01-31', '2026-02-28', '2026-03-31']);
    expect(await expand({ type: 'relativeMonthly', interval: 1, daysOfWeek: ['friday'], index: 'last' }, three, '2026-01-30T09:00:00')).toEqual(['2026-01-30', '2026-02-27', '2026-03-27']);
    expect(await expand({ type: 'absoluteYearly', interval: 1, month: 2, dayOfMonth: 29 }, three, '2024-02-29T09:00:00')).toEqual(['2024-02-29', '2025-02-28', '2026-02-28']);
    expect(await expand({ type: 'relativeYearly', interval: 1, month: 11, daysOfWeek: ['thursday'], index: 'fourth' }, three, '2026-11-26T09:00:00')).toEqual(
      ['2026-11-26', '2027-11-25', '2028-11-23'],
    );
  });

  it('takes the first day that fits where a relative pattern names several', async () => {
    expect(await expand({ type: 'relativeMonthly', interval: 1, daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] }, three, '2026-08-03T09:00:00')).toEqual([
      '2026-08-03', '2026-09-01', '2026-10-01',
    ]);
  });

  it('ends with endDate, with the count, or never', async () => {
    expect(await expand({ type: 'daily', interval: 1 }, { type: 'endDate', endDate: '2026-05-03' }, '2026-05-01T09:00:00')).toHaveLength(3);
    expect(await expand({ type: 'daily', interval: 1 }, three, '2026-05-01T09:00:00')).toHaveLength(3);
    expect(await expand({ type: 'daily', interval: 1 }, { type: 'noEnd' }, '2026-05-01T09:00:00', '2026-06-01')).toHaveLength(31);
  });

  it('refuses members that the type does not use, missing ones, and a start that is not the range\'s', async () => {
    const { ask } = world();
    const status = async (pattern: object, range: object = {}) =>
      (await ask('POST', EVENTS, lunch({ recurrence: { pattern, range: { type: 'noEnd', startDate: '2026-11-24', ...range } } }))).status;
    expect(await status({ type: 'daily', interval: 1 })).toBe(201);
    expect(await status({ type: 'daily', interval: 1, daysOfWeek: ['monday'] })).toBe(400);
    expect(await status({ type: 'weekly', interval: 1 })).toBe(400);
    expect(await status({ type: 'absoluteMonthly', interval: 1 })).toBe(400);
    expect(await status({ type: 'daily', interval: 0 })).toBe(400);
    expect(await status({ type: 'hourly', interval: 1 })).toBe(400);
    expect(await status({ type: 'daily', interval: 1 }, { startDate: '2026-11-25' })).toBe(400);
    expect(await status({ type: 'daily', interval: 1 }, { type: 'numbered' })).toBe(400);
    expect(await status({ type: 'daily', interval: 1 }, { type: 'endDate', endDate: '2026-11-01' })).toBe(400);
  });

  it('keeps the local time of its zone across a change of the clocks', async () => {
    const { ask } = world();
    await ask('POST', EVENTS, weekly());
    const { body } = await ask('GET', view('2026-03-01', '2026-05-01'));
    expect(starts(body.value)).toEqual(['2026-03-16T08:00', '2026-03-23T08:00', '2026-03-30T07:00', '2026-04-06T07:00']);
  });
});

async function series(more: object = {}, quirks = {}): Promise<World & { master: string; rows(): Promise<{ id: string; subject: string; type: string; start: { dateTime: string } }[]> }> {
  const made = world(quirks);
  const { body } = await made.ask('POST', EVENTS, weekly(more), IMMUTABLE);
  return { ...made, master: body.id, rows: async () => (await made.ask('GET', view('2026-03-01', '2026-05-01'), undefined, IMMUTABLE)).body.value };
}

describe('master, occurrences and exceptions', () => {
  it('lists masters in /events and occurrences in the view, never the other way round', async () => {
    const { ask, master, rows } = await series();
    const list = await ask('GET', EVENTS, undefined, IMMUTABLE);
    expect(list.body.value.map((row) => [row.id, row.type])).toEqual([[master, 'seriesMaster']]);
    expect((await rows()).map((row) => row.type)).toEqual(['occurrence', 'occurrence', 'occurrence', 'occurrence']);
    expect((await rows())[1]).toMatchObject({ seriesMasterId: master, originalStart: '2026-03-23T08:00:00Z', occurrenceId: `OID.${master}.2026-03-23`, recurrence: null });
    expect(list.body.value[0]).toMatchObject({
      start: { dateTime: '2026-03-16T08:00:00.0000000' },
      recurrence: { pattern: { type: 'weekly', daysOfWeek: ['monday'], firstDayOfWeek: 'sunday' }, range: { type: 'numbered', numberOfOccurrences: 4, recurrenceTimeZone: 'W. Europe Standard Time' } },
    });
  });

  it('shares one change key among all of a series', async () => {
    const { ask, rows, master } = await series();
    const before = await rows();
    await ask('PATCH', `${EVENTS}/${before[2]?.id}`, { subject: 'Special' });
    const keys = new Set((await rows()).map((row) => (row as unknown as { changeKey: string }).changeKey));
    expect(keys.size).toBe(1);
    expect(keys).toContain((await ask('GET', `${EVENTS}/${master}`)).body.changeKey);
    expect((await ask('PATCH', `${EVENTS}/${before[1]?.id}`, { subject: 'x' }, { 'if-match': (before[1] as unknown as { '@odata.etag': string })['@odata.etag'] })).status).toBe(412);
  });

  it('makes an exception of a patched occurrence, with its own values and its old id', async () => {
    const { ask, rows, master } = await series();
    const third = (await rows())[2];
    const { body } = await ask('PATCH', `${EVENTS}/${third?.id}`, { subject: 'Special', start: at('2026-03-31T12:00:00'), end: at('2026-03-31T13:00:00') }, IMMUTABLE);
    expect(body).toMatchObject({ id: third?.id, type: 'exception', subject: 'Special', originalStart: '2026-03-30T07:00:00Z', seriesMasterId: master });
    await ask('PATCH', `${EVENTS}/${master}`, { categories: ['Blue'] });
    expect((await rows()).map((row) => row.subject)).toEqual(['Jour fixe', 'Jour fixe', 'Special', 'Jour fixe']);
    const { body: read } = await ask('GET', `${EVENTS}/${master}?$select=subject&$expand=exceptionOccurrences`, undefined, IMMUTABLE);
    expect((read['exceptionOccurrences'] as { id: string; subject: string }[]).map((row) => [row.id, row.subject])).toEqual([[third?.id, 'Special']]);
    expect((await ask('GET', EVENTS)).body.value).toHaveLength(1);
  });

  it('names a deleted occurrence in cancelledOccurrences, which only $select on the master returns', async () => {
    const { ask, rows, master } = await series();
    const second = (await rows())[1];
    expect((await ask('DELETE', `${EVENTS}/${second?.id}`)).status).toBe(204);
    expect(await rows()).toHaveLength(3);
    expect((await ask('GET', `${EVENTS}/${second?.id}`)).status).toBe(404);
    expect((await ask('GET', `${EVENTS}/${master}`)).body).not.toHaveProperty('cancelledOccurrences');
    const { body } = await ask('GET', `${EVENTS}/${master}?$select=cancelledOccurrences`, undefined, IMMUTABLE);
    expect(body['cancelledOccurrences']).toEqual([`OID.${master}.2026-03-23`]);
  });

  it('refuses an occurrence moved onto or beyond its neighbour', async () => {
    const { ask, rows } = await series();
    const second = (await rows())[1];
    const move = (day: string) => ask('PATCH', `${EVENTS}/${second?.id}`, { start: at(`${day}T09:00:00`), end: at(`${day}T10:00:00`) });
    expect(await move('2026-03-30')).toMatchObject({ status: 400, body: { error: { code: 'ErrorOccurrenceCrossingBoundary' } } });
    expect((await move('2026-03-15')).status).toBe(400);
    expect((await move('2026-03-17')).status).toBe(200);
  });

  it('gives new ids to all occurrences when the pattern changes and keeps them when only the range grows', async () => {
    const { ask, rows, master } = await series();
    const before = await rows();
    await ask('DELETE', `${EVENTS}/${before[1]?.id}`);
    const pattern = { type: 'weekly', interval: 1, daysOfWeek: ['monday'] };
    await ask('PATCH', `${EVENTS}/${master}`, { recurrence: { pattern, range: { type: 'numbered', startDate: '2026-03-16', numberOfOccurrences: 5 } } });
    const grown = await rows();
    expect(grown.map((row) => row.id).slice(0, 3)).toEqual([before[0]?.id, before[2]?.id, before[3]?.id]);
    await ask('PATCH', `${EVENTS}/${master}`, { recurrence: { pattern: { ...pattern, interval: 2 }, range: { type: 'numbered', startDate: '2026-03-16', numberOfOccurrences: 3 } } });
    const changed = await rows();
    expect(starts(changed).map((time) => time.slice(0, 10))).toEqual(['2026-03-16', '2026-03-30', '2026-04-13']);
    expect(changed.map((row) => row.id)).not.toContain(before[0]?.id);
    expect((await ask('GET', `${EVENTS}/${before[0]?.id}`)).status).toBe(404);
  });

  it('drops exceptions when the time of the series changes, unless told otherwise', async () => {
    const change = async (quirks: object) => {
      const { ask, rows, master } = await series({}, quirks);
      await ask('PATCH', `${EVENTS}/${(await rows())[1]?.id}`, { subject: 'Special' });
      const zone = 'W. Europe Standard Time';
      await ask('PATCH', `${EVENTS}/${master}`, { start: at('2026-03-16T11:00:00', zone), end: at('2026-03-16T12:00:00', zone) });
      return (await rows()).map((row) => row.subject);
    };
    expect(await change({})).not.toContain('Special');
    expect(await change({ seriesChangeResetsExceptions: false })).toContain('Special');
  });

  it('turns a single event into a series and back under the same id and iCalUId', async () => {
    const { ask } = world();
    const made = await ask('POST', EVENTS, lunch(), IMMUTABLE);
    const recurrence = { pattern: { type: 'daily', interval: 1 }, range: { type: 'noEnd', startDate: '2026-11-24' } };
    const master = await ask('PATCH', `${EVENTS}/${made.body.id}`, { recurrence }, IMMUTABLE);
    expect(master.body).toMatchObject({ type: 'seriesMaster', id: made.body.id, iCalUId: made.body['iCalUId'] });
    expect((await ask('PATCH', `${EVENTS}/${made.body.id}`, { recurrence: null }, IMMUTABLE)).body).toMatchObject({ type: 'singleInstance', recurrence: null });
  });

  it('gives each occurrence an iCalUId of its own, or the series\' when told so', async () => {
    const own = await series();
    expect(new Set((await own.rows()).map((row) => (row as unknown as { iCalUId: string }).iCalUId)).size).toBe(4);
    const shared = await series({}, { iCalUIdOfOccurrence: 'series' });
    expect(new Set((await shared.rows()).map((row) => (row as unknown as { iCalUId: string }).iCalUId)).size).toBe(1);
  });

  it('keeps extended properties of an occurrence apart from its master\'s', async () => {
    const { ask, rows } = await series({ singleValueExtendedProperties: [{ id: MARK, value: 'master' }] });
    const [first, second] = await rows();
    await ask('PATCH', `${EVENTS}/${first?.id}`, { singleValueExtendedProperties: [{ id: MARK, value: 'own' }] });
    const read = async (id: string | undefined) =>
      (await ask('GET', `${EVENTS}/${id}?$expand=singleValueExtendedProperties($filter=id eq '${MARK}')`)).body['singleValueExtendedProperties'];
    expect(await read(first?.id)).toEqual([{ id: MARK, value: 'own' }]);
    expect(await read(second?.id)).toEqual([{ id: MARK, value: 'master' }]);
  });

  it('repeats whole days as whole days', async () => {
    const { ask } = world();
    const zone = 'Tokyo Standard Time';
    const recurrence = { pattern: { type: 'weekly', interval: 1, daysOfWeek: ['tuesday'] }, range: { type: 'numbered', startDate: '2026-11-24', numberOfOccurrences: 2, recurrenceTimeZone: 'UTC' } };
    await ask('POST', EVENTS, lunch({ isAllDay: true, start: at('2026-11-24T00:00:00', zone), end: at('2026-11-25T00:00:00', zone), recurrence }));
    expect(starts((await ask('GET', view('2026-11-01', '2026-12-31'))).body.value)).toEqual(['2026-11-24T00:00', '2026-12-01T00:00']);
  });
});

describe('the plain calendar view', () => {
  it('needs a window, at most 1,825 days long', async () => {
    const { ask } = world();
    expect((await ask('GET', `/users/${ANNA}/calendarView`)).status).toBe(400);
    expect((await ask('GET', `/users/${ANNA}/calendarView?startDateTime=2026-01-01`)).status).toBe(400);
    expect((await ask('GET', view('2026-01-01', '2030-12-31'))).status).toBe(200);
    const long = await ask('GET', view('2026-01-01', '2031-01-02'));
    expect(long).toMatchObject({ status: 400, body: { error: { code: 'ErrorInvalidRequest' } } });
    expect(long.body.error?.message).toContain('Maximum number of days: 1825');
  });

  it('takes what overlaps the window and leaves out what only touches it', async () => {
    const { ask } = world();
    await ask('POST', EVENTS, lunch());
    const count = async (from: string, to: string) => (await ask('GET', view(from, to))).body.value.length;
    expect(await count('2026-11-24T12:30:00Z', '2026-11-24T12:31:00Z')).toBe(1);
    expect(await count('2026-11-24T13:00:00', '2026-11-25')).toBe(0);
    expect(await count('2026-11-24', '2026-11-24T12:00:00')).toBe(0);
    expect(await count('2026-11-24T14:59:00%2B02:00', '2026-11-25')).toBe(1);
  });

  it('pages by ten, or as Prefer and $top say, in order of start', async () => {
    const { ask } = world();
    await ask('POST', EVENTS, lunch({ recurrence: { pattern: { type: 'daily', interval: 1 }, range: { type: 'numbered', startDate: '2026-11-24', numberOfOccurrences: 25 } } }));
    const first = await ask('GET', view('2026-11-01', '2027-01-01'));
    expect(first.body.value).toHaveLength(10);
    const last = await ask('GET', (await ask('GET', first.body['@odata.nextLink'])).body['@odata.nextLink']);
    expect(last.body.value).toHaveLength(5);
    expect((await ask('GET', view('2026-11-01', '2027-01-01'), undefined, { prefer: 'odata.maxpagesize=20' })).body.value).toHaveLength(20);
    expect((await ask('GET', view('2026-11-01', '2027-01-01', '&$top=25'))).body).not.toHaveProperty('@odata.nextLink');
    expect((await ask('GET', view('2026-11-01', '2027-01-01', '&$top=1001'))).status).toBe(400);
  });

  it('orders what was made later but starts earlier before the rest', async () => {
    const { ask } = world();
    await ask('POST', EVENTS, lunch());
    await ask('POST', EVENTS, lunch({ start: at('2026-11-23T12:00:00'), end: at('2026-11-23T13:00:00') }));
    expect(starts((await ask('GET', view('2026-11-01', '2026-12-01'))).body.value)).toEqual(['2026-11-23T12:00', '2026-11-24T12:00']);
  });

  it('finds an exception that moved into the window and misses one that moved out', async () => {
    const { ask, rows } = await series();
    const first = (await rows())[0];
    await ask('PATCH', `${EVENTS}/${first?.id}`, { start: at('2026-03-10T09:00:00'), end: at('2026-03-10T10:00:00') });
    expect((await ask('GET', view('2026-03-09', '2026-03-11'))).body.value.map((row) => row.type)).toEqual(['exception']);
    expect((await ask('GET', view('2026-03-16', '2026-03-17'))).body.value).toEqual([]);
  });

  it('leaves out the stamps that $select asks for, unless told otherwise', async () => {
    const { ask, simulator } = world();
    await ask('POST', EVENTS, lunch());
    const read = async () => (await ask('GET', view('2026-11-01', '2026-12-01', '&$select=subject,lastModifiedDateTime'))).body.value[0];
    expect(await read()).not.toHaveProperty('lastModifiedDateTime');
    simulator.setQuirks({ viewSelectsStamps: true });
    expect(await read()).toHaveProperty('lastModifiedDateTime');
  });
});
