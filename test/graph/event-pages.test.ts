import { describe, it, expect } from 'vitest';
import { BASE, failureOf, graphEvent, json, MAILBOX, openScripted, refusal, tenantRules } from './scripted-graph.ts';

const window = { start: Date.UTC(2026, 9, 24), end: Date.UTC(2027, 5, 1) };
const link = (name: string) => `${BASE}/v1.0/users('${MAILBOX}')/calendarView/delta?$skiptoken=${name}%3D&x=1&x=2`;

describe('pulling changes', () => {
  it('begins with the window and goes on by exactly the links that came', async () => {
    const { side, sent } = openScripted(
      (_one, index) =>
        index === 0
          ? json({ value: [graphEvent()], '@odata.nextLink': link('a') })
          : json({ value: [graphEvent({ id: 'two' }), { id: 'gone', '@removed': { reason: 'deleted' } }], '@odata.deltaLink': link('b') }),
      { rules: tenantRules({ pageSize: 123 }) },
    );
    const first = await side.pull({ window });
    expect(first).toMatchObject({ removed: [], odd: [], next: link('a'), delta: null });
    const second = await side.pull({ link: link('a') });
    expect(second).toMatchObject({ removed: ['gone'], next: null, delta: link('b') });
    expect(second.items.map((item) => item.id)).toEqual(['two']);
    expect(sent[0]?.asked).toBe(`/users/${MAILBOX}/calendarView/delta?startDateTime=2026-10-24T00:00:00Z&endDateTime=2027-06-01T00:00:00Z`);
    expect(sent[1]?.url).toBe(link('a'));
    for (const one of sent) expect(one.headers.get('prefer')).toBe('IdType="ImmutableId", odata.maxpagesize=123');
  });

  it('is not stopped by an odd row, nor by an empty page', async () => {
    const { subject: _subject, ...sparse } = graphEvent({ id: 'sparse' });
    const { side } = openScripted((_one, index) =>
      index === 0 ? json({ value: [graphEvent({ id: 'good' }), sparse, 'nonsense', { id: 'occ', type: 'occurrence', seriesMasterId: 'm', '@odata.etag': 'W/"s"' }], '@odata.nextLink': link('a') }) : json({ value: [], '@odata.nextLink': link('b') }),
    );
    const page = await side.pull({ window });
    expect(page.items.map((item) => [item.id, item.outOfScope])).toEqual([
      ['good', null],
    ]);
    expect(page.series).toEqual([{ id: 'occ', masterId: 'm', version: 'W/"s"' }]);
    expect(page.odd).toEqual([
      { id: 'sparse', why: 'missing or not understood: subject' },
      { id: null, why: 'missing or not understood: the row' },
    ]);
    expect(await side.pull({ link: link('a') })).toEqual({ items: [], removed: [], series: [], odd: [], next: link('b'), delta: null });
  });

  it('starts anew when pages run in circles', async () => {
    const { side, sent } = openScripted((_one, index) => json({ value: [graphEvent()], '@odata.nextLink': link(`n${index}`) }));
    let next: string | null = (await side.pull({ window })).next;
    next = (await side.pull({ link: next ?? '' })).next;
    expect((await failureOf(side.pull({ link: next ?? '' }))).reason).toBe('gone');
    expect(sent).toHaveLength(3);
  });

  it('starts anew when a link comes back', async () => {
    const { side } = openScripted((_one, index) => json({ value: [graphEvent({ id: `e${index}` })], '@odata.nextLink': link('same') }));
    await side.pull({ window });
    expect((await failureOf(side.pull({ link: link('same') }))).reason).toBe('gone');
  });

  it.each([
    [410, 'SyncStateNotFound'],
    [400, 'syncStateNotFound'],
    [410, 'resyncRequired'],
    [400, 'ErrorInvalidUrlQuery'],
  ])('starts anew where Graph no longer takes the link: %i %s', async (status, code) => {
    const { side } = openScripted(() => refusal(status, code));
    expect((await failureOf(side.pull({ link: link('old') }))).reason).toBe('gone');
  });

  it('does not take a refused window for an old link', async () => {
    const { side } = openScripted(() => refusal(400, 'ErrorInvalidRequest'));
    expect((await failureOf(side.pull({ window }))).reason).toBe('recordRejected');
  });

  it('finds no mailbox where its calendar is not found', async () => {
    const { side } = openScripted(() => refusal(404, 'ErrorItemNotFound'));
    expect((await failureOf(side.pull({ window }))).reason).toBe('mailboxUnavailable');
  });

  it('takes an answer that is no page for a breakdown', async () => {
    const { side } = openScripted(() => json({ values: [] }));
    expect((await failureOf(side.pull({ window }))).reason).toBe('transient');
  });

  it('never follows a link to another host', async () => {
    const { side, sent } = openScripted(() => json({ value: [], '@odata.nextLink': 'https://example.org/v1.0/x' }));
    const page = await side.pull({ window });
    expect((await failureOf(side.pull({ link: page.next ?? '' }))).reason).toBe('gone');
    expect(sent).toHaveLength(1);
  });
});

describe('listing the calendar', () => {
  it('asks for whole rows in large pages', async () => {
    const next = `${BASE}/v1.0/users/${MAILBOX}/calendarView?$skip=500`;
    const { side, sent } = openScripted((_one, index) => json({ value: [graphEvent({ id: `e${index}` })], ...(index === 0 ? { '@odata.nextLink': next } : {}) }));
    expect((await side.list({ window })).next).toBe(next);
    expect((await side.list({ link: next })).next).toBeNull();
    expect(sent[0]?.asked).toBe(`/users/${MAILBOX}/calendarView?$top=500&startDateTime=2026-10-24T00:00:00Z&endDateTime=2027-06-01T00:00:00Z`);
    expect(sent[1]?.url).toBe(next);
  });

  it('has an end', async () => {
    const { side } = openScripted(() => json({ value: [graphEvent()], '@odata.nextLink': link('same') }));
    await side.list({ window });
    expect((await failureOf(side.list({ link: link('same') }))).reason).toBe('gone');
  });
});
