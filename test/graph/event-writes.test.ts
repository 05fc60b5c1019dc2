import { describe, it, expect } from 'vitest';
import { GRAPH_MARKER } from '../../shared/config/names.ts';
import { LeaseLost } from '../../shared/sync/failures.ts';
import type { ReadEvent } from '../../shared/graph/event-attendees.ts';
import { eventRows } from '../../shared/graph/event-content.ts';
import type { Content } from '../../shared/model/content.ts';
import type { SideItem, Write } from '../../shared/sync/ports.ts';
import { graphEvent, json, mailbox, MAILBOX, openScripted, refusal, TENANT, type Script } from './scripted-graph.ts';
import { settled } from './virtual-clock.ts';

const content = {
  time: { allDay: false, start: '2026-11-25T09:00:00Z', end: '2026-11-25T10:30:00Z' },
  subject: 'Visit',
  place: '',
  body: 'Line 1\nLine 2',
  showAs: 'busy',
  reminder: null,
  priority: 'normal',
  categories: ['Blue'],
};
const create = (pairId = 'P1'): Write => ({ kind: 'create', pairId, content, repeated: false });
const update = (id = 'e1'): Write => ({ kind: 'update', pairId: 'P1', id, version: 'W/"read"', content: { subject: 'New' }, current: null });
const remove = (id = 'e1'): Write => ({ kind: 'delete', pairId: 'P1', id, version: 'W/"read"' });

async function outcomes(script: Script, writes: readonly Write[]): Promise<string[]> {
  return (await openScripted(script).side.write(writes)).map((written) => written.outcome);
}

describe('a write', () => {
  it('that creates leaves its key and marker, and invites nobody', async () => {
    const { side, sent } = openScripted(() => json(graphEvent({ id: 'new', transactionId: 'P1' }), 201));
    expect(await side.write([create()])).toMatchObject([{ outcome: 'written', item: { id: 'new', version: 'W/"v1"', key: 'P1' } }]);
    expect([sent[0]?.method, sent[0]?.asked]).toEqual(['POST', `/users/${MAILBOX}/events`]);
    expect(sent[0]?.body).toEqual({
      isAllDay: false,
      start: { dateTime: '2026-11-25T10:00:00', timeZone: 'W. Europe Standard Time' },
      end: { dateTime: '2026-11-25T11:30:00', timeZone: 'W. Europe Standard Time' },
      subject: 'Visit',
      location: { displayName: '' },
      body: { contentType: 'html', content: '<div>Line 1<br>Line 2</div>' },
      showAs: 'busy',
      isReminderOn: false,
      importance: 'normal',
      categories: ['Blue'],
      transactionId: 'P1',
      singleValueExtendedProperties: [{ id: GRAPH_MARKER, value: `v1|${TENANT}|${MAILBOX}|P1` }],
    });
  });

  it('that updates sends the changed groups only, if nobody was faster', async () => {
    const { side, sent } = openScripted(() => json(graphEvent({ subject: 'New' })));
    expect(await side.write([update()])).toMatchObject([{ outcome: 'written', item: { content: { subject: 'New' } } }]);
    expect([sent[0]?.method, sent[0]?.asked, sent[0]?.headers.get('if-match')]).toEqual(['PATCH', `/users/${MAILBOX}/events/e1`, 'W/"read"']);
    expect(sent[0]?.body).toEqual({ subject: 'New' });
  });

  it('tells what is stored, even where that is not what was sent', async () => {
    const { side } = openScripted(() => json(graphEvent({ subject: 'Old' })));
    expect(await side.write([update()])).toMatchObject([{ outcome: 'written', item: { content: { subject: 'Old' } } }]);
  });

  it('that deletes does so only as read', async () => {
    const { side, sent } = openScripted(() => json(null, 204));
    expect(await side.write([remove()])).toEqual([{ outcome: 'written', item: null }]);
    expect([sent[0]?.method, sent[0]?.headers.get('if-match')]).toEqual(['DELETE', 'W/"read"']);
  });

  it.each<[string, Write, () => Response, string]>([
    ['a key that is taken (409)', create(), () => refusal(409, 'ErrorDuplicateTransactionId'), 'exists'],
    ['a key that is taken (400)', create(), () => refusal(400, 'ErrorDuplicateTransactionId'), 'exists'],
    ['a newer version', update(), () => refusal(412, 'ErrorIrresolvableConflict'), 'conflict'],
    ['a newer version to delete', remove(), () => refusal(412, 'ErrorIrresolvableConflict'), 'conflict'],
    ['nothing to change', update(), () => refusal(404, 'ErrorItemNotFound'), 'gone'],
    ['nothing to delete', remove(), () => refusal(404, 'ErrorItemNotFound'), 'gone'],
    ['nothing there for good', update(), () => refusal(410, 'ErrorItemNotFound'), 'gone'],
    ['content that is refused', create(), () => refusal(400, 'ErrorInvalidRequest'), 'rejected'],
    ['content that is too large', update(), () => refusal(413, 'RequestEntityTooLarge'), 'rejected'],
    ['an item that is forbidden', update(), () => refusal(403, 'ErrorAccessDenied'), 'rejected'],
    ['a wait', update(), () => refusal(429, 'ApplicationThrottled', { 'retry-after': '3' }), 'notSent'],
    ['a wait with 503', create(), () => refusal(503, 'Busy', { 'retry-after': '3' }), 'notSent'],
    ['a breakdown', create(), () => refusal(503, 'Busy'), 'lost'],
    ['an error on its way', update(), () => refusal(504, 'GatewayTimeout'), 'lost'],
    ['a row that is odd', create(), () => json({ id: 'new' }, 201), 'lost'],
    ['no row at all', update(), () => new Response(null, { status: 200 }), 'lost'],
    ['garbage', update(), () => new Response('<html>', { headers: { 'content-type': 'text/html' } }), 'lost'],
    ['no mailbox', create(), () => refusal(404, 'MailboxNotEnabledForRESTAPI'), 'notSent'],
    ['no calendar', create(), () => refusal(404, 'ErrorItemNotFound'), 'notSent'],
  ])('answered with %s', async (_name, write, answer, outcome) => {
    expect(await outcomes(answer, [write])).toEqual([outcome]);
  });

  it('that was refused names the code only', async () => {
    const [written] = await openScripted(() => refusal(400, 'ErrorInvalidRequest')).side.write([create()]);
    expect(written).toEqual({ outcome: 'rejected', code: 'ErrorInvalidRequest' });
  });

  it('whose deletion is refused a second time is gone if it lies among the deleted, and refused if not', async () => {
    const refused = (place: Response) => async (one: { method: string; asked: string }) =>
      one.method === 'DELETE' ? refusal(403, 'ErrorCannotDeleteObject') : one.asked.includes('/calendar/events/') ? place.clone() : refusal(404, 'ErrorItemNotFound');
    expect(await outcomes(refused(refusal(404, 'ErrorItemNotFound')), [remove()])).toEqual(['gone']);
    expect(await outcomes(refused(json(graphEvent({ id: 'e1' }))), [remove()])).toEqual(['rejected']);
  });
});

describe("a write to somebody else's meeting", () => {
  const itemOf = async (members: Readonly<Record<string, unknown>>, privacy: 'masked' | 'off' = 'off'): Promise<SideItem> => {
    const row = (await eventRows({ mailbox, showAsWhenUnknown: 'busy', privacy, maskedSubject: 'Private appointment' }))(graphEvent(members));
    if (row.kind !== 'item') throw new Error('An item was expected.');
    return row.item;
  };
  const guest = { type: 'required', status: { response: 'none' }, emailAddress: { name: 'Ada', address: 'ada@example.com' } };
  const copy = { isOrganizer: false, attendees: [guest], organizer: { emailAddress: { name: 'Bob', address: 'bob@example.org' } } };
  const writing = async (write: Write) => {
    const { side, sent } = openScripted(() => json(graphEvent(copy)));
    return { written: await side.write([write]), sent };
  };

  it.each<[string, Content]>([
    ['subject', { subject: 'Mine' }],
    ['time', { time: { allDay: true, firstDay: '2026-11-25', lastDay: '2026-11-25' } }],
    ['participants', { participants: {} }],
    ['privacy', { privacy: 'private' }],
    ['place', { categories: ['Blue'], place: 'Here' }],
  ])('is refused and not sent: %s', async (field, content) => {
    const { written, sent } = await writing({ ...update(), content, current: await itemOf(copy) } as Write);
    expect(written).toEqual([{ outcome: 'rejected', code: 'notOrganizer', field }]);
    expect(sent).toHaveLength(0);
  });

  it('is refused where it deletes it', async () => {
    const { written, sent } = await writing({ ...remove(), current: await itemOf(copy) } as Write);
    expect(written).toEqual([{ outcome: 'rejected', code: 'notOrganizer' }]);
    expect(sent).toHaveLength(0);
  });

  it("is sent where it is the attendee's own: categories, show-as and reminder", async () => {
    const { written, sent } = await writing({ ...update(), content: { categories: ['Blue'], showAs: 'free', reminder: null }, current: await itemOf(copy) } as Write);
    expect(written).toMatchObject([{ outcome: 'written' }]);
    expect(sent.map((one) => one.body)).toEqual([{ categories: ['Blue'], showAs: 'free', isReminderOn: false }]);
  });

  it('is no reason to hold back the others', async () => {
    const { side, sent } = openScripted(() => json(graphEvent()));
    const refused: Write = { kind: 'update', pairId: 'P1', id: 'copy', version: 'W/"read"', content: { subject: 'A' }, current: await itemOf(copy) };
    expect((await side.write([refused, update(), refused, create()])).map((one) => one.outcome)).toEqual(['rejected', 'written', 'rejected', 'written']);
    expect(sent).toHaveLength(2);
  });

  it('that was masked is never written back: the mask would overwrite what is behind', async () => {
    const { written, sent } = await writing({ ...update(), content: { subject: 'Private appointment' }, current: await itemOf({ sensitivity: 'private' }, 'masked') } as Write);
    expect(written).toEqual([{ outcome: 'rejected', code: 'masked' }]);
    expect(sent).toHaveLength(0);
  });

  it('names nobody as attendee before everybody who is there was read', async () => {
    const participants = { 'mail:new@example.org': { role: 'required', address: 'new@example.org', name: 'New' } };
    const own = await itemOf({ attendees: [guest, { ...guest, emailAddress: { name: 'Bob', address: 'bob@example.org' } }] });
    const { attendees: _lost, ...half } = own as ReadEvent;
    for (const current of [null, half]) {
      const { written, sent } = await writing({ ...update(), content: { participants }, current } as Write);
      expect(written).toEqual([{ outcome: 'conflict' }]);
      expect(sent).toHaveLength(0);
    }
    expect((await writing({ ...update(), content: { participants }, current: own } as Write)).sent).toHaveLength(1);
  });
});

describe('many writes', () => {
  it('run four at a time, and their results keep their order', async () => {
    const open: (() => void)[] = [];
    const { side, sent } = openScripted((one) => new Promise((resolve) => open.push(() => resolve(json(graphEvent({ id: one.asked.split('/').at(-1) }))))));
    const writing = side.write(Array.from({ length: 6 }, (_, index) => update(`e${index}`)));
    await settled();
    expect(sent).toHaveLength(4);
    for (const index of [3, 1, 0, 2, 5, 4]) {
      await settled();
      open[index]?.();
    }
    const written = await writing;
    expect(written.map((one) => (one.outcome === 'written' ? one.item?.id : one.outcome))).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e5']);
  });

  it('stop after a throttling answer: nothing more is sent, the rest carries its reason', async () => {
    const { side, sent } = openScripted((_one, index) => (index === 1 ? refusal(429, 'ApplicationThrottled', { 'retry-after': '7' }) : json(graphEvent())));
    const written = await side.write(Array.from({ length: 40 }, () => update()));
    expect(sent.length).toBeLessThanOrEqual(8);
    expect(written).toHaveLength(40);
    expect(written.filter((one) => one.outcome === 'written')).toHaveLength(sent.length - 1);
    expect(written.at(-1)).toMatchObject({ outcome: 'notSent', failure: { reason: 'throttled', details: { retryAfterMs: 7_000 } } });
  });

  it('go on after one lost answer', async () => {
    const { side, sent } = openScripted((_one, index) => (index === 1 ? refusal(502, 'BadGateway') : json(graphEvent())));
    const written = await side.write(Array.from({ length: 10 }, () => update()));
    expect(written.map((one) => one.outcome).filter((outcome) => outcome !== 'written')).toEqual(['lost']);
    expect(sent).toHaveLength(10);
  });

  it('stop when nobody answers any more: what was not sent is not open', async () => {
    const { side, sent } = openScripted(() => {
      throw new TypeError('fetch failed');
    });
    const written = await side.write(Array.from({ length: 30 }, () => update()));
    expect(sent.length).toBeLessThan(10);
    const last = written.at(-1);
    expect(last?.outcome).toBe('notSent');
    expect(last?.outcome === 'notSent' && last.failure.details.outcomeUnknown).toBeUndefined();
  });

  it('stop when the gate closes, and say so', async () => {
    let entered = 0;
    const { side, sent } = openScripted(() => json(graphEvent()), {
      gate: {
        enter: async () => {
          if ((entered += 1) > 5) throw new LeaseLost();
        },
      },
    });
    await expect(side.write(Array.from({ length: 20 }, () => update()))).rejects.toBeInstanceOf(LeaseLost);
    expect(sent).toHaveLength(5);
  });

  it('of nothing are nothing', async () => {
    const { side, sent } = openScripted(() => json({}));
    expect(await side.write([])).toEqual([]);
    expect(sent).toHaveLength(0);
  });
});
