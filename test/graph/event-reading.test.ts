import { describe, it, expect } from 'vitest';
import { GRAPH_MARKER } from '../../shared/config/names.ts';
import { BASE, failureOf, graphEvent, json, MAILBOX, openScripted, refusal, TENANT, type Script } from './scripted-graph.ts';

const USER = `/users/${MAILBOX}`;
const missing = () => refusal(404, 'ErrorItemNotFound');

/** A mailbox by paths: what each request is answered. Everything else is not found. */
function mailboxOf(paths: Readonly<Record<string, () => Response>>): Script {
  const calendars = () => json({ value: [{ id: 'home', isDefaultCalendar: true }, { id: 'other', isDefaultCalendar: false }, { id: 'third', isDefaultCalendar: false }] });
  const known: Record<string, () => Response> = { [`${USER}/calendars`]: calendars, [`${USER}/calendar`]: () => json({ id: 'home' }), ...paths };
  return (one) => (known[one.asked.split('?')[0] ?? ''] ?? missing)();
}

describe('an id that is asked for', () => {
  it('is present in the default calendar', async () => {
    const { side, sent } = openScripted(mailboxOf({ [`${USER}/calendar/events/e1=`]: () => json(graphEvent({ id: 'e1=' })) }));
    const found = await side.read(['e1=']);
    expect(found.get('e1=')).toMatchObject({ state: 'present', item: { id: 'e1=', content: { subject: 'Visit' } } });
    expect(sent).toHaveLength(1);
    expect(sent[0]?.asked).toContain('$select=id,type,lastModifiedDateTime,subject,body,');
    expect(sent[0]?.asked).toContain(`$expand=singleValueExtendedProperties($filter=id eq '${GRAPH_MARKER}')`);
  });

  it('is deleted where it answers nowhere', async () => {
    const { side } = openScripted(mailboxOf({}));
    expect((await side.read(['e1'])).get('e1')).toEqual({ state: 'deleted' });
  });

  it('is deleted where it answers, but through none of the calendars: it lies in Deleted Items', async () => {
    const { side, sent } = openScripted(mailboxOf({ [`${USER}/events/e1`]: () => json({ '@odata.etag': 'W/"1"', id: 'e1' }) }));
    expect((await side.read(['e1'])).get('e1')).toEqual({ state: 'deleted' });
    expect(sent.map((one) => one.asked.split('?')[0])).toContain(`${USER}/calendars/third/events/e1`);
  });

  it('is elsewhere where another calendar holds it', async () => {
    const { side } = openScripted(mailboxOf({ [`${USER}/events/e1`]: () => json({ '@odata.etag': 'W/"1"', id: 'e1' }), [`${USER}/calendars/third/events/e1`]: () => json({ id: 'e1' }) }));
    expect((await side.read(['e1'])).get('e1')).toEqual({ state: 'elsewhere' });
  });

  it('is unknown where it came back into the default calendar meanwhile', async () => {
    const { side } = openScripted(mailboxOf({ [`${USER}/events/e1`]: () => json({ '@odata.etag': 'W/"1"', id: 'e1' }), [`${USER}/calendars/home/events/e1`]: () => json({ id: 'e1' }) }));
    expect((await side.read(['e1'])).get('e1')).toEqual({ state: 'unknown' });
  });

  it('costs one list of calendars, however many are missing, and that list is younger than their versions', async () => {
    const ids = ['e1', 'e2', 'e3', 'e4', 'e5', 'e6'];
    const { side, sent } = openScripted(mailboxOf(Object.fromEntries(ids.map((id) => [`${USER}/events/${id}`, () => json({ '@odata.etag': 'W/"1"', id })]))));
    expect([...(await side.read(ids)).values()]).toEqual(ids.map(() => ({ state: 'deleted' })));
    const paths = sent.map((one) => one.asked.split('?')[0] ?? '');
    const listed = paths.flatMap((path, index) => (path === `${USER}/calendars` ? [index] : []));
    expect(listed).toHaveLength(1);
    expect(ids.every((id) => paths.indexOf(`${USER}/events/${id}`) < (listed[0] ?? 0))).toBe(true);
  });

  it('is looked for in all pages of calendars', async () => {
    const next = `${BASE}/v1.0/users/${MAILBOX}/calendars?$skip=1`;
    const { side } = openScripted((one) => {
      if (one.url === next) return json({ value: [{ id: 'late' }] });
      const path = one.asked.split('?')[0];
      if (path === `${USER}/calendars`) return json({ value: [{ id: 'home', isDefaultCalendar: true }], '@odata.nextLink': next });
      return path === `${USER}/events/e1` ? json({ '@odata.etag': 'W/"1"' }) : path === `${USER}/calendars/late/events/e1` ? json({ id: 'e1' }) : missing();
    });
    expect((await side.read(['e1'])).get('e1')).toEqual({ state: 'elsewhere' });
  });

  it('is unknown where it moved while its calendars were asked', async () => {
    let version = 0;
    const { side } = openScripted(mailboxOf({ [`${USER}/events/e1`]: () => json({ '@odata.etag': `W/"${(version += 1)}"`, id: 'e1' }) }));
    expect((await side.read(['e1'])).get('e1')).toEqual({ state: 'unknown' });
  });

  it('is unknown where the 404 does not speak of an item', async () => {
    const { side } = openScripted(mailboxOf({ [`${USER}/calendar/events/e1`]: () => refusal(404, 'ErrorSomethingElse'), [`${USER}/events/e1`]: () => refusal(404, 'ErrorSomethingElse') }));
    expect((await side.read(['e1'])).get('e1')).toEqual({ state: 'unknown' });
  });

  it.each<[string, () => Response, string]>([
    ['forbidden', () => refusal(403, 'ErrorAccessDenied'), 'permission'],
    ['malformed', () => refusal(400, 'ErrorInvalidIdMalformed'), 'recordRejected'],
    ['odd', () => json({ ...graphEvent(), start: null }), 'recordRejected'],
  ])('is refused by itself where it is %s: the others are read', async (_name, answer, reason) => {
    const { side } = openScripted(mailboxOf({ [`${USER}/calendar/events/e1`]: answer, [`${USER}/calendar/events/e2`]: () => json(graphEvent({ id: 'e2' })) }));
    const found = await side.read(['e1', 'e2']);
    expect(found.get('e1')).toEqual({ state: 'refused', reason });
    expect(found.get('e2')).toMatchObject({ state: 'present' });
  });

  it.each<[string, () => Response, string]>([
    ['Graph asks to wait', () => refusal(429, 'ApplicationThrottled', { 'retry-after': '9' }), 'throttled'],
    ['Graph breaks down', () => refusal(500, 'ErrorInternalServerError'), 'transient'],
    ['there is no mailbox', () => refusal(404, 'MailboxNotEnabledForRESTAPI'), 'mailboxUnavailable'],
    ['a proxy says 404', () => new Response('Not found', { status: 404 }), 'transient'],
  ])('stops everything where %s', async (_name, answer, reason) => {
    const { side, sent } = openScripted(answer);
    const ids = Array.from({ length: 20 }, (_, index) => `e${index}`);
    expect((await failureOf(side.read(ids))).reason).toBe(reason);
    expect(sent.length).toBeLessThanOrEqual(4);
  });

  it('is asked for once, however often it is named', async () => {
    const { side, sent } = openScripted(mailboxOf({ [`${USER}/calendar/events/e1`]: () => json(graphEvent({ id: 'e1' })) }));
    expect((await side.read(['e1', 'e1'])).size).toBe(1);
    expect(sent).toHaveLength(1);
    expect((await side.read([])).size).toBe(0);
  });
});

describe('the default calendar', () => {
  it('is asked for once', async () => {
    const { side, sent } = openScripted(mailboxOf({}));
    expect(await Promise.all([side.home(), side.home()])).toEqual(['home', 'home']);
    expect(sent).toHaveLength(1);
  });

  it('is asked for again after a failure', async () => {
    const { side } = openScripted((_one, index) => (index === 0 ? refusal(503, 'Busy', { 'retry-after': '1' }) : json({ id: 'home' })));
    expect((await failureOf(side.home())).reason).toBe('throttled');
    expect(await side.home()).toBe('home');
  });
});

describe('a key that is looked for', () => {
  const value = (pairId: string) => `v1|${TENANT}|${MAILBOX}|${pairId}`;
  const row = (id: string, pairId: string, transactionId: string | null) => ({ id, type: 'singleInstance', transactionId, singleValueExtendedProperties: [{ id: GRAPH_MARKER, value: value(pairId) }] });

  it('is found by our marker, and the event is read where it is', async () => {
    const { side, sent } = openScripted(mailboxOf({ [`${USER}/events`]: () => json({ value: [row('copy', 'P1', null), row('e1', 'P1', 'P1')] }), [`${USER}/calendar/events/e1`]: () => json(graphEvent({ id: 'e1', transactionId: 'P1' })) }));
    expect((await side.findByKey(['P1'])).get('P1')).toMatchObject({ state: 'present', item: { id: 'e1', key: 'P1' } });
    expect(sent[0]?.asked).toContain(`$filter=singleValueExtendedProperties/Any(ep: ep/id eq '${GRAPH_MARKER}' and ep/value eq '${value('P1')}')`);
  });

  it('is unknown where nothing carries it', async () => {
    const { side } = openScripted(() => json({ value: [] }));
    expect((await side.findByKey(['P1'])).get('P1')).toEqual({ state: 'unknown' });
  });

  it('is another key where only the case differs', async () => {
    const { side } = openScripted(mailboxOf({ [`${USER}/events`]: () => json({ value: [row('e1', 'p1', 'p1')] }) }));
    expect((await side.findByKey(['P1'])).get('P1')).toEqual({ state: 'unknown' });
  });

  it('of an event in another calendar leads elsewhere', async () => {
    const { side } = openScripted(
      mailboxOf({
        [`${USER}/events`]: () => json({ value: [row('e1', 'P1', 'P1')] }),
        [`${USER}/events/e1`]: () => json({ '@odata.etag': 'W/"1"', id: 'e1' }),
        [`${USER}/calendars/other/events/e1`]: () => json({ id: 'e1' }),
      }),
    );
    expect((await side.findByKey(['P1'])).get('P1')).toEqual({ state: 'elsewhere' });
  });
});
