import { describe, expect, it } from 'vitest';
import { BASE, failureOf, graphEvent, json, MAILBOX, openScripted, refusal } from './scripted-graph.ts';

const span = { start: Date.UTC(2026, 9, 24), end: Date.UTC(2027, 5, 1) };
const occurrence = (day: string, more: Record<string, unknown> = {}): Record<string, unknown> => graphEvent({ id: `o${day}`, type: 'occurrence', seriesMasterId: 'm', originalStart: `2026-12-${day}T08:00:00Z`, ...more });

describe('reading a series whole', () => {
  it('is one request for its occurrences, in the default calendar, without choosing members', async () => {
    const { side, sent } = openScripted(() => json({ value: [occurrence('02'), occurrence('09')] }));
    expect(await side.readSeries('m', span, ['o02', 'o09'])).toMatchObject({ state: 'present', cancelled: null, items: [{ id: 'o02', series: { masterId: 'm', date: '2026-12-02' } }, { id: 'o09' }] });
    expect(sent.map(({ asked }) => asked)).toEqual([`/users/${MAILBOX}/calendar/events/m/instances?$top=500&startDateTime=2026-10-24T00:00:00Z&endDateTime=2027-06-01T00:00:00Z`]);
  });

  it('follows its pages', async () => {
    const { side } = openScripted((_one, index) => (index === 0 ? json({ value: [occurrence('02')], '@odata.nextLink': `${BASE}/v1.0/users/${MAILBOX}/next` }) : json({ value: [occurrence('09'), occurrence('02')] })));
    const read = await side.readSeries('m', span, []);
    expect(read.state === 'present' && read.items.map(({ id }) => id)).toEqual(['o02', 'o09']);
  });

  it('asks the master where one is missed, and tells which original dates were taken out', async () => {
    const { side, sent } = openScripted((_one, index) => (index === 0 ? json({ value: [occurrence('02')] }) : json({ '@odata.etag': 'W/"s"', id: 'm', type: 'seriesMaster', cancelledOccurrences: ['OID.m.2026-12-09', 'nonsense'] })));
    const read = await side.readSeries('m', span, ['o02', 'o09']);
    expect(read.state === 'present' && [...(read.cancelled ?? [])]).toEqual(['2026-12-09']);
    expect(sent[1]?.asked).toBe(`/users/${MAILBOX}/calendar/events/m?$select=id,type,cancelledOccurrences`);
  });

  it('of an id that is no series (any more) is what a reading by id says', async () => {
    const single = openScripted((_one, index) => (index === 0 ? refusal(400, 'ErrorInvalidRequest') : json(graphEvent({ id: 'm' }))));
    expect(await single.side.readSeries('m', span, [])).toMatchObject({ state: 'single', item: { id: 'm' } });
    const gone = openScripted(() => refusal(404, 'ErrorItemNotFound'));
    expect(await gone.side.readSeries('m', span, ['o02'])).toEqual({ state: 'deleted' });
  });

  it('concludes nothing where the series is there and its occurrences are not shown yet', async () => {
    const { side } = openScripted((_one, index) => (index === 0 ? refusal(404, 'ErrorItemNotFound') : json(graphEvent({ id: 'm', type: 'seriesMaster' }))));
    expect(await side.readSeries('m', span, ['o02'])).toEqual({ state: 'late' });
  });

  it('fails as a whole where a page is no page, or runs in circles', async () => {
    expect(await failureOf(openScripted(() => json({ values: [] })).side.readSeries('m', span, []))).toMatchObject({ reason: 'transient' });
    const circle = openScripted(() => json({ value: [occurrence('02')], '@odata.nextLink': `${BASE}/v1.0/users/${MAILBOX}/next` }));
    expect(await failureOf(circle.side.readSeries('m', span, []))).toMatchObject({ reason: 'gone' });
  });
});
