import { describe, expect, it } from 'vitest';
import { ANNA, at, IMMUTABLE, lunch, MARK, weekly, world } from '../../local/graph/world.ts';
import type { Body, World } from '../../local/graph/world.ts';
import type { Quirks } from '../../../local/graph/quirks.ts';

const EVENTS = `/users/${ANNA}/events`;
const DELTA = `/users/${ANNA}/calendarView/delta`;
const WINDOW = `${DELTA}?startDateTime=2026-01-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z`;

async function round({ ask }: Pick<World, 'ask'>, link: string | undefined, headers: Record<string, string> = IMMUTABLE): Promise<{ rows: Body[]; link: string; pages: number[] }> {
  const rows: Body[] = [];
  const pages: number[] = [];
  let next = link;
  for (let page = 0; page < 40; page++) {
    const { status, body } = await ask('GET', next, undefined, headers);
    expect(status, JSON.stringify(body)).toBe(200);
    rows.push(...body.value);
    pages.push(body.value.length);
    if (body['@odata.deltaLink'] !== undefined) return { rows, link: body['@odata.deltaLink'], pages };
    next = body['@odata.nextLink'];
  }
  throw new Error('The round did not end.');
}

async function started(quirks: Partial<Quirks> = {}): Promise<World & { single: string; series: string; link: string; rows: Body[] }> {
  const w = world(quirks);
  const single = (await w.ask('POST', EVENTS, lunch({ singleValueExtendedProperties: [{ id: MARK, value: 'x' }] }), IMMUTABLE)).body.id;
  const series = (await w.ask('POST', EVENTS, weekly(), IMMUTABLE)).body.id;
  const { link, rows } = await round(w, WINDOW);
  return { ...w, single, series, link, rows };
}

const removed = (rows: Body[]) => rows.filter((row) => '@removed' in row).map((row) => row.id);
const types = (rows: Body[]) => rows.map((row) => row.type);

describe('graph.md 2.1 Rules for all', () => {
  it('page size and kind of id are those of each page\'s own Prefer header', async () => {
    const { ask } = await started();
    const first = await ask('GET', WINDOW, undefined, { prefer: 'odata.maxpagesize=2' });
    expect(first.headers.get('preference-applied')).toBe('odata.maxpagesize=2');
    const second = await ask('GET', first.body['@odata.nextLink'], undefined, { prefer: 'IdType="ImmutableId", odata.maxpagesize=3' });
    expect([first.body.value.length, second.body.value.length]).toEqual([2, 3]);
    const mutable = await ask('GET', first.body['@odata.nextLink'], undefined, { prefer: 'odata.maxpagesize=3' });
    expect(mutable.body.value.map((row) => row.id)).not.toEqual(second.body.value.map((row) => row.id));
  });

  it('a round shows times and bodies as Prefer asks', async () => {
    const { rows } = await round(await started(), WINDOW, { prefer: 'outlook.timezone="Tokyo Standard Time", outlook.body-content-type="text"' });
    expect(rows[0]).toMatchObject({ start: { dateTime: '2026-11-24T21:00:00.0000000', timeZone: 'Tokyo Standard Time' }, body: { contentType: 'text' } });
  });

  it('an older link gives all that happened since it: the last state of each item, once', async () => {
    const w = await started();
    await w.ask('PATCH', `${EVENTS}/${w.single}`, { subject: 'A' });
    await round(w, w.link);
    await w.ask('PATCH', `${EVENTS}/${w.single}`, { subject: 'B' });
    expect((await round(w, w.link)).rows.map((row) => row.subject)).toEqual(['B']);
  });

  it('what is written between two pages of a round comes with the next one', async () => {
    const w = await started();
    const first = await w.ask('GET', WINDOW, undefined, { prefer: 'odata.maxpagesize=1' });
    await w.ask('PATCH', `${EVENTS}/${w.single}`, { subject: 'later' });
    const rest = await round(w, first.body['@odata.nextLink']);
    expect(rest.rows.map((row) => row.subject)).not.toContain('later');
    expect((await round(w, rest.link)).rows.map((row) => row.subject)).toEqual(['later']);
  });
});

describe('graph.md 2.2 calendarView delta', () => {
  it('startDateTime and endDateTime without offset are UTC, at most 1,825 days apart', async () => {
    const { ask } = await started();
    const count = async (from: string, to: string) => (await ask('GET', `${DELTA}?startDateTime=${from}&endDateTime=${to}`)).body.value.length;
    expect(await count('2026-11-24T12:00:00', '2026-11-24T13:00:00')).toBe(1);
    expect(await count('2026-11-24T13:00:00', '2026-11-24T14:00:00')).toBe(0);
    expect(await count('2026-11-24T13:00:00%2B01:00', '2026-11-24T14:00:00%2B01:00')).toBe(1);
    const long = await ask('GET', `${DELTA}?startDateTime=2026-01-01&endDateTime=2031-01-02`);
    expect(long).toMatchObject({ status: 400, body: { error: { code: 'ErrorInvalidRequest' } } });
    expect(long.body.error?.message).toContain('Maximum number of days: 1825');
  });

  it('the window is frozen in the token: what begins after it does not come although time has passed', async () => {
    const w = await started();
    await w.clock.pass(60 * 86_400_000);
    const { body } = await w.ask('POST', EVENTS, lunch({ start: at('2027-01-15T10:00:00'), end: at('2027-01-15T11:00:00') }), IMMUTABLE);
    expect(removed((await round(w, w.link)).rows)).toEqual([body.id]);
  });

  it('a page holds ten rows where nothing is asked for', async () => {
    const w = world();
    for (let n = 0; n < 12; n++) await w.ask('POST', EVENTS, lunch({ subject: `${n}` }));
    expect((await round(w, WINDOW)).pages).toEqual([10, 2]);
  });

  it('our own writes come back', async () => {
    const w = await started();
    const { body } = await w.ask('PATCH', `${EVENTS}/${w.single}`, { subject: 'ours' });
    const { rows } = await round(w, w.link);
    expect(rows.map((row) => [row.id, row.changeKey])).toEqual([[w.single, body.changeKey]]);
  });

  it('the change key may still move after a create: it comes once more, with the same content', async () => {
    const w = world({ changeKeyMovesAfterCreateMs: 2_000 });
    await w.ask('POST', EVENTS, lunch());
    const first = await round(w, WINDOW);
    await w.clock.pass(2_000);
    const second = await round(w, first.link);
    expect(second.rows).toHaveLength(1);
    const strip = ({ changeKey: _k, '@odata.etag': _e, ...rest }: Body) => rest;
    expect(second.rows.map(strip)).toEqual(first.rows.map(strip));
    expect(second.rows[0]?.changeKey).not.toBe(first.rows[0]?.changeKey);
  });

  it('@removed has one reason for what was deleted and what left the window: only reading the id tells them apart', async () => {
    const w = await started();
    const other = (await w.ask('POST', EVENTS, lunch(), IMMUTABLE)).body.id;
    await w.ask('DELETE', `${EVENTS}/${w.single}`);
    await w.ask('PATCH', `${EVENTS}/${other}`, { start: at('2028-01-01T10:00:00'), end: at('2028-01-01T11:00:00') });
    const { rows } = await round(w, w.link);
    expect(rows.map((row) => row['@removed'])).toEqual([{ reason: 'deleted' }, { reason: 'deleted' }]);
    expect((await w.ask('GET', `/users/${ANNA}/calendar/events/${w.single}`)).status).toBe(404);
    expect((await w.ask('GET', `/users/${ANNA}/calendar/events/${other}`)).status).toBe(200);
  });

  it('[U] a deleted event may answer by its immutable id from Deleted Items or not at all, and so may the master of a series', async () => {
    for (const deletedStillReadable of [true, false]) {
      const w = await started({ deletedStillReadable });
      for (const id of [w.single, w.series]) {
        await w.ask('DELETE', `${EVENTS}/${id}`);
        expect((await w.ask('GET', `${EVENTS}/${id}`)).status).toBe(deletedStillReadable ? 200 : 404);
      }
    }
  });

  it('[U] 12.6 $expand of extended properties is refused, or answered in the first round and in no later one', async () => {
    const expand = `&$expand=${encodeURIComponent(`singleValueExtendedProperties($filter=id eq '${MARK}')`)}`;
    const w = await started();
    expect((await w.ask('GET', `${WINDOW}${expand}`)).status).toBe(400);
    w.simulator.setQuirks({ deltaExpandsExtended: true });
    const first = await round(w, `${WINDOW}${expand}`);
    expect(first.rows.find((row) => row.id === w.single)?.['singleValueExtendedProperties']).toEqual([{ id: MARK, value: 'x' }]);
    await w.ask('PATCH', `${EVENTS}/${w.single}`, { subject: 'y' });
    expect((await round(w, first.link)).rows[0]).not.toHaveProperty('singleValueExtendedProperties');
    expect((await w.ask('GET', `${WINDOW}&$expand=attachments`)).status).toBe(400);
  });

  it('[U] 12.1 a grant that is restricted to some mailboxes may not be enough for delta', async () => {
    const w = await started();
    w.simulator.setQuirks({ deltaForbidden: true });
    expect((await w.ask('GET', w.link)).status).toBe(403);
    expect((await w.ask('GET', WINDOW)).status).toBe(403);
    expect((await w.ask('GET', EVENTS)).status).toBe(200);
  });

  it('the master of a series may be missing from the pages; it is there by its id', async () => {
    expect(types((await started()).rows)).toContain('seriesMaster');
    const w = await started({ deltaOmitsMasters: true });
    expect(new Set(types(w.rows))).toEqual(new Set(['singleInstance', 'occurrence']));
    expect((await w.ask('GET', `${EVENTS}/${w.rows.find((row) => row.type === 'occurrence')?.seriesMasterId}`)).body.type).toBe('seriesMaster');
    await w.ask('PATCH', `${EVENTS}/${w.series}`, { subject: 'x' });
    expect(types((await round(w, w.link)).rows)).toEqual(['occurrence', 'occurrence', 'occurrence', 'occurrence']);
  });
});

describe('graph.md 2.2 Known defects, when told to show them', () => {
  it('a deletion is never told of (docs 11728, 7036), a listing that begins anew lacks the item', async () => {
    const w = await started({ deltaLosesDeletions: 1 });
    await w.ask('DELETE', `${EVENTS}/${w.single}`);
    const later = await round(w, w.link);
    expect(later.rows).toEqual([]);
    expect((await round(w, later.link)).rows).toEqual([]);
    expect((await round(w, WINDOW)).rows.map((row) => row.id)).not.toContain(w.single);
  });

  it('some deletions are lost and the others told, the same ones whenever the link is read', async () => {
    const w = world({ deltaLosesDeletions: 0.5 });
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) ids.push((await w.ask('POST', EVENTS, lunch({ subject: `${n}` }), IMMUTABLE)).body.id);
    const { link } = await round(w, WINDOW);
    for (const id of ids) await w.ask('DELETE', `${EVENTS}/${id}`);
    const gone = removed((await round(w, link)).rows);
    expect(gone.length).toBeGreaterThan(2);
    expect(gone.length).toBeLessThan(18);
    expect(removed((await round(w, link)).rows)).toEqual(gone);
  });

  it('a restored event comes again although its deletion was never told of', async () => {
    const w = await started({ deltaLosesDeletions: 1 });
    await w.ask('DELETE', `${EVENTS}/${w.single}`);
    w.simulator.restoreEvent(ANNA, w.single);
    expect((await round(w, w.link)).rows.map((row) => row.id)).toEqual([w.single]);
  });

  it('a new series is missing from later rounds until it changes (contrib 7681)', async () => {
    const w = await started({ deltaLosesNewSeries: true });
    const { id } = (await w.ask('POST', EVENTS, weekly(), IMMUTABLE)).body;
    const later = await round(w, w.link);
    expect(later.rows).toEqual([]);
    await w.ask('PATCH', `${EVENTS}/${id}`, { subject: 'x' });
    expect((await round(w, later.link)).rows[0]?.id).toBe(id);
  });
});
