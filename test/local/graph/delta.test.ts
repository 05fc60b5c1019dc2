import { describe, expect, it } from 'vitest';
import { ANNA, at, IMMUTABLE, lunch, MARK, weekly, world } from './world.ts';
import type { Body, World } from './world.ts';
import type { Quirks } from '../../../local/graph/quirks.ts';

const EVENTS = `/users/${ANNA}/events`;
const DELTA = `/users/${ANNA}/calendarView/delta`;
const WINDOW = `${DELTA}?startDateTime=2026-11-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z`;
const SPRING = `${DELTA}?startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-05-01T00:00:00Z`;

/** Follows nextLinks to the deltaLink. */
async function round({ ask }: World, link: string | undefined, headers: Record<string, string> = IMMUTABLE, pages = 50): Promise<{ rows: Body[]; link: string; pages: number[] }> {
  const rows: Body[] = [];
  const sizes: number[] = [];
  let at: string | undefined = link;
  for (let page = 0; page < pages; page++) {
    const { status, body } = await ask('GET', at, undefined, headers);
    expect(status, JSON.stringify(body)).toBe(200);
    rows.push(...body.value);
    sizes.push(body.value.length);
    if (body['@odata.deltaLink'] !== undefined) return { rows, link: body['@odata.deltaLink'], pages: sizes };
    at = body['@odata.nextLink'];
  }
  return { rows, link: '', pages: sizes };
}

const removed = (rows: Body[]) => rows.filter((row) => '@removed' in row).map((row) => row.id);
const shown = (rows: Body[]) => rows.filter((row) => !('@removed' in row)).map((row) => row.subject);

async function started(quirks: Partial<Quirks> = {}, events: object[] = [], window = WINDOW): Promise<{ w: World; ids: string[]; link: string; rows: Body[] }> {
  const w = world(quirks);
  const ids: string[] = [];
  for (const event of events) ids.push((await w.ask('POST', EVENTS, event, IMMUTABLE)).body.id);
  const first = await round(w, window);
  return { w, ids, link: first.link, rows: first.rows };
}

describe('the first round', () => {
  it('gives everything in the window with transactionId and without extended properties, then a delta link', async () => {
    const { rows } = await started({}, [lunch({ transactionId: 't', singleValueExtendedProperties: [{ id: MARK, value: 'x' }] }), lunch({ start: at('2027-03-01T00:00:00'), end: at('2027-03-01T01:00:00') })]);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ '@odata.type': '#microsoft.graph.event', subject: 'Lunch', transactionId: 't', body: { contentType: 'html' } });
    expect(rows[0]).not.toHaveProperty('singleValueExtendedProperties');
  });

  it('refuses the query options that the documents exclude', async () => {
    const { ask } = world();
    for (const option of ['$select=subject', "$filter=subject eq 'x'", '$expand=attachments', '$orderby=subject', '$search=x']) {
      expect((await ask('GET', `${WINDOW}&${option}`)).status, option).toBe(400);
    }
    expect((await ask('GET', `${DELTA}?startDateTime=2026-11-01`)).status).toBe(400);
    expect((await ask('GET', `${DELTA}()?startDateTime=2026-11-01&endDateTime=2026-12-01`)).status).toBe(200);
  });

  it('pages as Prefer asks', async () => {
    const events = Array.from({ length: 7 }, (_, n) => lunch({ subject: `${n}` }));
    const { w } = await started({}, events);
    const { pages, rows } = await round(w, WINDOW, { prefer: 'odata.maxpagesize=3' });
    expect(pages).toEqual([3, 3, 1]);
    expect(shown(rows)).toEqual(['0', '1', '2', '3', '4', '5', '6']);
  });

  it('gives a series as master with the start of its first occurrence and as thin occurrences', async () => {
    const w = world();
    const { body } = await w.ask('POST', EVENTS, weekly({ transactionId: 't' }), IMMUTABLE);
    const { rows } = await round(w, `${DELTA}?startDateTime=2026-03-25T00:00:00Z&endDateTime=2026-05-01T00:00:00Z`);
    expect(rows.map((row) => row.type)).toEqual(['seriesMaster', 'occurrence', 'occurrence']);
    expect(rows[0]).toMatchObject({ id: body.id, start: { dateTime: '2026-03-16T08:00:00.0000000' } });
    expect(Object.keys(rows[1] as object).sort()).toEqual(['@odata.etag', '@odata.type', 'end', 'id', 'seriesMasterId', 'start', 'type']);
  });
});

describe('later rounds', () => {
  it('give only what changed since the link, as often as the link is used', async () => {
    const { w, ids, link } = await started({}, [lunch({ subject: 'A' }), lunch({ subject: 'B' })]);
    expect((await round(w, link)).rows).toEqual([]);
    await w.ask('PATCH', `${EVENTS}/${ids[1]}`, { subject: 'B2' });
    expect(shown((await round(w, link)).rows)).toEqual(['B2']);
    const again = await round(w, link);
    expect(shown(again.rows)).toEqual(['B2']);
    expect((await round(w, again.link)).rows).toEqual([]);
  });

  it('say @removed for what was deleted and for what changed outside the window', async () => {
    const outside = lunch({ start: at('2027-03-01T00:00:00'), end: at('2027-03-01T01:00:00') });
    const { w, ids, link } = await started({}, [lunch(), outside, lunch({ subject: 'leaves' })]);
    await w.ask('DELETE', `${EVENTS}/${ids[0]}`);
    await w.ask('PATCH', `${EVENTS}/${ids[1]}`, { subject: 'still outside' });
    await w.ask('PATCH', `${EVENTS}/${ids[2]}`, { start: outside.start, end: outside.end });
    const { rows } = await round(w, link);
    expect(removed(rows).sort()).toEqual([...ids].sort());
    expect(rows[0]).toMatchObject({ '@removed': { reason: 'deleted' } });
  });

  it('keep silent about the outside when told so, but not about what left the window', async () => {
    const outside = { start: at('2027-03-01T00:00:00'), end: at('2027-03-01T01:00:00') };
    const { w, ids, link } = await started({ deltaRemovesOutsideWindow: false }, [lunch(outside), lunch()]);
    await w.ask('PATCH', `${EVENTS}/${ids[0]}`, { subject: 'x' });
    await w.ask('PATCH', `${EVENTS}/${ids[1]}`, outside);
    expect(removed((await round(w, link)).rows)).toEqual([ids[1]]);
  });

  it('give a moved event as removed in its old calendar and as new in the other', async () => {
    const { w, ids, link } = await started({}, [lunch()]);
    const away = w.simulator.createCalendar(ANNA, 'Away');
    const other = await round(w, WINDOW.replace('/calendarView', `/calendars/${away}/calendarView`));
    w.simulator.moveEvent(ANNA, ids[0] ?? '', away);
    expect(removed((await round(w, link)).rows)).toEqual([ids[0]]);
    expect((await round(w, other.link)).rows.map((row) => row.id)).toEqual([ids[0]]);
  });

  it('give a changed series again as a whole', async () => {
    const { w, ids, link } = await started({}, [weekly()], SPRING);
    const { body } = await w.ask('GET', `${EVENTS}/${ids[0]}/instances?startDateTime=2026-03-01&endDateTime=2026-05-01`, undefined, IMMUTABLE);
    await w.ask('PATCH', `${EVENTS}/${body.value[1]?.id}`, { subject: 'Special' });
    const { rows } = await round(w, link);
    expect(rows.map((row) => row.type)).toEqual(['seriesMaster', 'occurrence', 'exception', 'occurrence', 'occurrence']);
    expect(rows[2]).toMatchObject({ subject: 'Special', originalStart: '2026-03-23T08:00:00Z' });
  });

  it('say nothing about a deleted occurrence, or name it when told so', async () => {
    for (const silent of [true, false]) {
      const { w, ids, link } = await started({ deltaSilentAboutDeletedOccurrence: silent }, [weekly()], SPRING);
      const { body } = await w.ask('GET', `${EVENTS}/${ids[0]}/instances?startDateTime=2026-03-01&endDateTime=2026-05-01`, undefined, IMMUTABLE);
      await w.ask('DELETE', `${EVENTS}/${body.value[1]?.id}`);
      const { rows } = await round(w, link);
      expect(removed(rows)).toEqual(silent ? [] : [body.value[1]?.id]);
      expect(rows).toHaveLength(silent ? 0 : 5);
    }
  });

  it('remove the old ids of a series whose pattern changed', async () => {
    const { w, ids, link, rows: before } = await started({}, [weekly()], SPRING);
    await w.ask('PATCH', `${EVENTS}/${ids[0]}`, { recurrence: { pattern: { type: 'daily', interval: 1 }, range: { type: 'numbered', startDate: '2026-03-16', numberOfOccurrences: 2 } } });
    const { rows } = await round(w, link);
    expect(removed(rows).sort()).toEqual(before.filter((row) => row.type === 'occurrence').map((row) => row.id).sort());
    expect(rows.filter((row) => row.type === 'occurrence')).toHaveLength(2);
  });

  it('give a deleted series as one bare id, with its occurrences when told so', async () => {
    for (const lists of [false, true]) {
      const { w, ids, link } = await started({ deltaRemovedSeriesListsOccurrences: lists }, [weekly()], SPRING);
      await w.ask('DELETE', `${EVENTS}/${ids[0]}`);
      const { rows } = await round(w, link);
      expect(removed(rows)).toHaveLength(lists ? 5 : 1);
      expect(removed(rows)[0]).toBe(ids[0]);
    }
  });
});

describe('links', () => {
  it('are absolute, opaque and only good byte for byte', async () => {
    const { w, link } = await started();
    expect(link).toMatch(/^http:\/\/graph\.example\.com\/v1\.0\/users\/.*\$deltatoken=.*%2B.*&sync=a%2Bb&sync=c%3D$/);
    for (const spoiled of [link.replaceAll('%2B', '+'), link.replace('&sync=c%3D', ''), decodeURIComponent(link), link.replace('sync=a%2Bb&sync=c%3D', 'sync=c%3D&sync=a%2Bb')]) {
      expect((await w.ask('GET', spoiled)).status).toBe(400);
    }
    expect(w.simulator.state().violations.map((one) => one.kind)).toEqual(Array(4).fill('linkAltered'));
    expect((await w.ask('GET', link)).status).toBe(200);
  });

  it('work for both kinds of id', async () => {
    const { w, ids, link } = await started({}, [lunch()]);
    await w.ask('PATCH', `${EVENTS}/${ids[0]}`, { subject: 'x' });
    const plain = await round(w, link, {});
    expect(plain.rows[0]?.id).not.toBe(ids[0]);
    expect((await round(w, link)).rows[0]?.id).toBe(ids[0]);
  });

  it('answer 410 with a Location once their state is lost, on delta and next links', async () => {
    const { w, link } = await started({}, Array.from({ length: 12 }, () => lunch()));
    const next = (await w.ask('GET', WINDOW)).body['@odata.nextLink'];
    w.simulator.expireDeltaTokens(ANNA);
    for (const lost of [link, next]) {
      const { status, body, headers } = await w.ask('GET', lost);
      expect([status, body.error?.code]).toEqual([410, 'syncStateNotFound']);
      expect(headers.get('location')).toContain(`${DELTA}?startDateTime=2026-11-01`);
    }
    w.simulator.setQuirks({ goneStatus: 400, goneCode: 'resyncRequired' });
    expect(await w.ask('GET', link)).toMatchObject({ status: 400, body: { error: { code: 'resyncRequired' } } });
    expect((await w.ask('GET', WINDOW)).status).toBe(200);
  });

  it('grow old when tokens have a life', async () => {
    const { w, link } = await started({ deltaTokenLifeMs: 1_000 });
    await w.clock.pass(1_000);
    expect((await w.ask('GET', link)).status).toBe(200);
    await w.clock.pass(1);
    expect((await w.ask('GET', link)).status).toBe(410);
  });
});

describe('reported defects, when told to show them', () => {
  it('sends empty pages before the rows', async () => {
    const { w } = await started({ deltaEmptyPages: 2 }, [lunch()]);
    expect((await round(w, WINDOW)).pages).toEqual([0, 0, 1]);
  });

  it('sends rows twice in a round and replays earlier changes', async () => {
    const repeated = await started({ deltaRepeatsRows: true }, [lunch({ subject: 'A' }), lunch({ subject: 'B' })]);
    expect(shown(repeated.rows)).toEqual(['A', 'B', 'A']);
    const replayed = await started({ deltaReplays: 1 }, [lunch({ subject: 'A' }), lunch({ subject: 'B' })]);
    expect(shown((await round(replayed.w, replayed.link)).rows)).toEqual(['B']);
  });

  it('never ends a round with a series longer than a page', async () => {
    const daily = { pattern: { type: 'daily', interval: 1 }, range: { type: 'numbered', startDate: '2026-11-24', numberOfOccurrences: 12 } };
    const { w } = await started({ deltaEndlessLoop: 'longSeries' }, [lunch()]);
    expect((await round(w, WINDOW)).link).not.toBe('');
    await w.ask('POST', EVENTS, lunch({ recurrence: daily }));
    const { pages, link } = await round(w, WINDOW, IMMUTABLE, 6);
    expect([pages, link]).toEqual([[10, 4, 4, 4, 4, 4], '']);
  });

  it('ignores the wanted page size', async () => {
    const { w } = await started({ deltaIgnoresMaxPageSize: true }, Array.from({ length: 4 }, () => lunch()));
    expect((await round(w, WINDOW, { prefer: 'odata.maxpagesize=1' })).pages).toEqual([4]);
  });

  it('shows a write only some time after it', async () => {
    const { w, ids, link } = await started({}, [lunch()]);
    w.simulator.setQuirks({ deltaLagMs: 3_000 });
    await w.ask('PATCH', `${EVENTS}/${ids[0]}`, { subject: 'later' });
    const early = await round(w, link);
    expect(early.rows).toEqual([]);
    expect(shown((await round(w, WINDOW)).rows)).toEqual(['Lunch']);
    await w.clock.pass(3_000);
    expect(shown((await round(w, early.link)).rows)).toEqual(['later']);
  });
});
