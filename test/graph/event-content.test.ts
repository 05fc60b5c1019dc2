import { describe, it, expect } from 'vitest';
import { eventRows, type ReadRow, type ReadRules } from '../../shared/graph/event-content.ts';
import { GRAPH_MARKER } from '../../shared/config/names.ts';
import type { SideItem } from '../../shared/sync/ports.ts';
import { graphEvent, mailbox, MAILBOX, TENANT } from './scripted-graph.ts';

const rules: ReadRules = { mailbox, showAsWhenUnknown: 'busy', privacy: 'off', maskedSubject: 'Private appointment' };

async function read(row: unknown, under: ReadRules = rules): Promise<ReadRow> {
  return (await eventRows(under))(row);
}

async function item(members: Readonly<Record<string, unknown>> = {}, under: ReadRules = rules): Promise<SideItem> {
  const row = await read(graphEvent(members), under);
  if (row.kind !== 'item') throw new Error(`An item was expected: ${JSON.stringify(row)}`);
  return row.item;
}

describe('a single event', () => {
  it('is read with all its groups', async () => {
    expect(await item({ categories: ['Red', 'Blue', 'Red '] })).toEqual({
      id: 'AAEvent1=',
      version: 'W/"v1"',
      modified: Date.UTC(2026, 10, 20, 10, 11, 12, 345),
      content: {
        time: { allDay: false, start: '2026-11-25T09:00:00Z', end: '2026-11-25T10:30:00Z' },
        subject: 'Visit',
        place: 'Room 1',
        body: 'Bring the offer',
        showAs: 'busy',
        reminder: 15,
        priority: 'normal',
        categories: ['Blue', 'Red'],
        participants: {},
        answers: {},
        privacy: 'normal',
      },
      fuller: [],
      outOfScope: null,
      key: null,
      span: { start: Date.UTC(2026, 10, 25, 9), end: Date.UTC(2026, 10, 25, 10, 30) },
    });
  });

  it('without texts is empty, not odd', async () => {
    const { content } = await item({ subject: null, location: { displayName: null }, body: { contentType: 'html', content: '' }, categories: null });
    expect(content).toMatchObject({ subject: '', place: '', body: '', categories: [] });
  });

  it('loses parts of seconds, never gains one', async () => {
    const { content } = await item({ start: { dateTime: '2026-11-25T09:00:00.9999999', timeZone: 'UTC' } });
    expect(content['time']).toMatchObject({ start: '2026-11-25T09:00:00Z' });
  });

  it.each([['0001-01-01', '2026-11-25'], ['2026-11-25', '9999-12-31'], ['9999-12-31', '9999-12-31']])('from %s to %s is odd: nobody could write it down', async (start, end) => {
    const at = (date: string) => ({ dateTime: `${date}T23:30:00.0000000`, timeZone: 'Pacific Standard Time' });
    expect(await read(graphEvent({ start: at(start), end: at(end) }))).toMatchObject({ kind: 'odd', why: 'not understood: start, end' });
    const day = (date: string) => ({ dateTime: `${date}T00:00:00.0000000`, timeZone: 'UTC' });
    expect(await read(graphEvent({ isAllDay: true, start: day(start), end: day(end) }))).toMatchObject({ kind: 'odd', why: 'not understood: start, end' });
  });

  it('holds no reminder that the CRM could not hold', async () => {
    expect((await item({ reminderMinutesBeforeStart: 1e308 })).content['reminder']).toBe(2 ** 31 - 1);
  });

  it('by an id that cannot stand in an address, or with a version that cannot stand in a header, is odd', async () => {
    expect(await read(graphEvent({ id: 'AA\ud800' }))).toEqual({ kind: 'odd', id: null, why: 'missing or not understood: id' });
    expect(await read(graphEvent({ '@odata.etag': 'W/"v\n1"' }))).toMatchObject({ kind: 'odd', why: 'missing or not understood: @odata.etag' });
    expect(await read({ id: 'AA\ud800', '@removed': { reason: 'deleted' } })).toMatchObject({ kind: 'odd', id: null });
  });

  it('has no reminder where it is switched off, whatever its minutes say', async () => {
    expect((await item({ isReminderOn: false, reminderMinutesBeforeStart: 30 })).content['reminder']).toBeNull();
    expect((await item({ reminderMinutesBeforeStart: 0 })).content['reminder']).toBe(0);
  });

  it.each([
    ['unknown', 'busy'],
    ['somethingNew', 'busy'],
    ['workingElsewhere', 'workingElsewhere'],
    ['oof', 'oof'],
  ])('shown as %s is %s', async (showAs, expected) => {
    expect((await item({ showAs })).content['showAs']).toBe(expected);
  });

  it('says when its body holds more than the text', async () => {
    expect((await item({ body: { contentType: 'html', content: '<p>Plan</p><img src="cid:1" width="300" height="200">' } })).fuller).toEqual(['body']);
    expect((await item({ isOnlineMeeting: true })).fuller).toEqual(['body']);
    expect((await item({ body: { contentType: 'text', content: 'a < b\r\n' } })).content['body']).toBe('a < b');
  });
});

describe('all-day events', () => {
  const midnights = (start: string, end: string, timeZone = 'UTC') => ({
    isAllDay: true,
    start: { dateTime: `${start}T00:00:00.0000000`, timeZone },
    end: { dateTime: `${end}T00:00:00.0000000`, timeZone },
  });

  it('are dates, the last one included, whatever the zone beside them says', async () => {
    for (const zone of ['UTC', 'W. Europe Standard Time', 'Customized Time Zone']) {
      const found = await item(midnights('2026-12-24', '2026-12-27', zone));
      expect(found.content['time']).toEqual({ allDay: true, firstDay: '2026-12-24', lastDay: '2026-12-26' });
      expect(found.span).toEqual({ start: Date.UTC(2026, 11, 24), end: Date.UTC(2026, 11, 27) });
    }
  });

  it('last a day at least', async () => {
    expect((await item(midnights('2026-12-24', '2026-12-24'))).content['time']).toEqual({ allDay: true, firstDay: '2026-12-24', lastDay: '2026-12-24' });
  });

  it('that do not begin at midnight are odd', async () => {
    const row = await read(graphEvent({ isAllDay: true }));
    expect(row).toEqual({ kind: 'odd', id: 'AAEvent1=', why: 'not understood: start, end' });
  });
});

describe('what is out of scope', () => {
  const attendee = { emailAddress: { name: 'Bob', address: 'bob@example.org' }, type: 'required', status: { response: 'none' } };
  it.each<[string, Record<string, unknown>, string | null]>([
    ['an own appointment', {}, null],
    ['a private one', { sensitivity: 'private' }, 'private'],
    ['a confidential one', { sensitivity: 'confidential' }, 'private'],
    ['a personal one', { sensitivity: 'personal' }, 'private'],
    ['an own meeting', { attendees: [attendee] }, null],
    ["somebody else's meeting", { attendees: [attendee], isOrganizer: false }, null],
    ["somebody else's meeting with hidden attendees", { isOrganizer: false, responseStatus: { response: 'notResponded' } }, null],
    ['an imported appointment', { isOrganizer: false, responseStatus: { response: 'none' } }, null],
    ['a draft', { isDraft: true }, 'draft'],
    ['an own one that was cancelled', { isCancelled: true, attendees: [attendee] }, 'cancelled'],
    ["somebody else's that was cancelled", { isCancelled: true, isOrganizer: false, attendees: [attendee] }, null],
    ['an imported one that was cancelled', { isCancelled: true, isOrganizer: false, responseStatus: { response: 'none' } }, 'cancelled'],
    ['a meeting that was not sent yet', { isDraft: true, attendees: [attendee] }, 'draft'],
    ['a private draft', { isDraft: true, sensitivity: 'private' }, 'draft'],
    ['a private meeting', { sensitivity: 'private', attendees: [attendee] }, 'private'],
    ['an occurrence that names no series', { type: 'occurrence', originalStart: '2026-11-25T08:00:00Z' }, 'series'],
    ['an exception that does not tell which one it is', { type: 'exception', seriesMasterId: 'm' }, 'series'],
    ['an occurrence', { type: 'occurrence', seriesMasterId: 'm', originalStart: '2026-11-25T08:00:00Z' }, null],
    ['one that ends before it begins', { end: { dateTime: '2026-11-25T08:00:00.0000000', timeZone: 'UTC' } }, 'invalid'],
  ])('%s', async (_name, members, expected) => {
    expect((await item(members)).outOfScope).toBe(expected);
  });

});

const midnight = (date: string): object => ({ dateTime: `${date}T00:00:00.0000000`, timeZone: 'UTC' });

describe('which occurrence of which series', () => {
  const occurrence = (members: object): Promise<unknown> => item({ type: 'occurrence', seriesMasterId: 'm', ...members }).then(({ series }) => series);

  it.each([
    ['on the series’ own clock, not on that of UTC', { originalStart: '2026-11-24T23:30:00Z', originalStartTimeZone: 'W. Europe Standard Time' }, '2026-11-25'],
    ['by its own name, where Graph tells it', { originalStart: '2026-11-24T23:30:00Z', occurrenceId: 'OID.m.2026-11-30' }, '2026-11-30'],
    ['as a date, where it lasts all day', { isAllDay: true, start: midnight('2026-11-25'), end: midnight('2026-11-26'), originalStart: '2026-11-25T00:00:00Z', originalStartTimeZone: 'Pacific Standard Time' }, '2026-11-25'],
    ['by UTC, where nobody knows the zone', { originalStart: '2026-11-24T23:30:00Z', originalStartTimeZone: 'tzone://Microsoft/Custom' }, '2026-11-24'],
  ])('%s', async (_name, members, date) => {
    expect(await occurrence(members)).toEqual({ masterId: 'm', date });
  });

  it('carries no mark of the appointment that its series was made of', async () => {
    expect((await item({ type: 'occurrence', seriesMasterId: 'm', originalStart: '2026-11-25T08:00:00Z', transactionId: 'a'.repeat(40) })).key).toBeNull();
  });
});

describe('a private event (A13)', () => {
  const secret = {
    sensitivity: 'private',
    subject: 'Secret talk',
    body: { contentType: 'html', content: '<p>Secret plan</p><img src="cid:1" width="300" height="200">' },
    location: { displayName: 'Secret room' },
    categories: ['Secret'],
    importance: 'high',
    showAs: 'oof',
    attendees: [{ emailAddress: { name: 'Secret Bob', address: 'secret.bob@example.org' }, type: 'required', status: { response: 'accepted' } }],
    iCalUId: 'ICAL',
  };
  const copy = { isOrganizer: false, organizer: { emailAddress: { name: 'Secret Eve', address: 'secret.eve@example.org' } }, responseStatus: { response: 'declined' }, isCancelled: true };
  const span = { start: Date.UTC(2026, 10, 25, 9), end: Date.UTC(2026, 10, 25, 10, 30) };

  const mask = { subject: 'Private appointment', place: '', body: '', reminder: null, priority: 'normal', categories: [], participants: {}, answers: {}, privacy: 'private' };

  it.each(['private', 'confidential', 'personal'])('where the rule is off is known, and nothing of it, neither its time nor its show-as: %s', async (sensitivity) => {
    const found = await item({ ...secret, sensitivity });
    expect(found).toMatchObject({ outOfScope: 'private', masked: true, fuller: [], span });
    expect(found.content).toEqual(mask);
    expect(JSON.stringify(found).toLowerCase()).not.toContain('secret');
  });

  it('where it is masked shows its time and show-as under a fixed subject', async () => {
    const found = await item(secret, { ...rules, privacy: 'masked', maskedSubject: 'Not\navailable ' });
    expect(found).toMatchObject({ outOfScope: null, masked: true, fuller: [], span });
    expect(found.content).toEqual({
      time: { allDay: false, start: '2026-11-25T09:00:00Z', end: '2026-11-25T10:30:00Z' },
      subject: 'Not available',
      place: '',
      body: '',
      showAs: 'oof',
      reminder: null,
      priority: 'normal',
      categories: [],
      participants: {},
      answers: {},
      privacy: 'private',
    });
    expect(found.meeting).toEqual({ role: 'organizer', organizer: 'ada@example.com', response: 'organizer', cancelled: false, iCalUId: 'ICAL' });
    expect(JSON.stringify(found).toLowerCase()).not.toContain('secret');
  });

  it("where it is masked tells of somebody else's meeting in whose mailbox it is worked, the mailbox's answer and whether it was cancelled", async () => {
    const found = await item({ ...secret, ...copy }, { ...rules, privacy: 'masked' });
    expect(found.meeting).toEqual({ role: 'attendee', organizer: 'secret.eve@example.org', response: 'declined', cancelled: true, iCalUId: 'ICAL' });
    expect(found.outOfScope).toBeNull();
    expect(JSON.stringify({ ...found, meeting: null }).toLowerCase()).not.toContain('secret');
  });

  it('tells by a fingerprint alone that it was edited behind its mask', async () => {
    const hidden = async (change: Readonly<Record<string, unknown>>) => (await item({ ...secret, ...change }, { ...rules, privacy: 'masked' })).hidden;
    expect(await hidden({})).toBe(await hidden({ '@odata.etag': 'W/"opened"' }));
    expect(await hidden({})).not.toBe(await hidden({ subject: 'Secret talk, moved' }));
  });

  it('where it is full shows everything, and that it is private', async () => {
    const found = await item({ ...secret, sensitivity: 'confidential' }, { ...rules, privacy: 'full' });
    expect(found).toMatchObject({ outOfScope: null, fuller: ['body'], meeting: { organizer: 'ada@example.com' } });
    expect(found.content).toMatchObject({ subject: 'Secret talk', privacy: 'private', participants: { 'mail:secret.bob@example.org': { role: 'required' } }, answers: { 'mail:secret.bob@example.org': 'accepted' } });
    expect(found).not.toHaveProperty('masked');
  });

  it('of a series shows no more than a single one', async () => {
    const found = await item({ ...secret, type: 'exception' });
    expect(found).toMatchObject({ outOfScope: 'series', content: mask });
    expect(JSON.stringify(found).toLowerCase()).not.toContain('secret');
  });

  it('is masked for itself alone: others are shown whatever the rule', async () => {
    const found = await item({}, { ...rules, privacy: 'masked' });
    expect(found.content).toMatchObject({ subject: 'Visit', privacy: 'normal' });
    expect(found).not.toHaveProperty('masked');
  });
});

describe('rows that cannot be understood', () => {
  it('are named by id and by members, never by content', async () => {
    const { subject: _subject, ...sparse } = graphEvent({ body: 'Quarterly secrets', attendees: 'ada@example.com' });
    const row = await read(sparse);
    expect(row).toEqual({ kind: 'odd', id: 'AAEvent1=', why: 'missing or not understood: attendees, body, subject' });
  });

  it.each([null, 7, 'text', [], {}, { id: '' }])('may have no id at all: %o', async (value) => {
    expect(await read(value)).toMatchObject({ kind: 'odd', id: null });
  });

  it.each([
    { start: { dateTime: '2026-02-30T09:00:00', timeZone: 'UTC' } },
    { start: { dateTime: '2026-11-25T09:00:00', timeZone: 'Nowhere/At All' } },
    { start: { dateTime: 'Quarterly secrets', timeZone: 'UTC' } },
  ])('include times that do not exist: %o', async (members) => {
    expect(await read(graphEvent(members))).toEqual({ kind: 'odd', id: 'AAEvent1=', why: 'not understood: start, end' });
  });

  it('do not include what Graph says is removed', async () => {
    expect(await read({ id: 'x', '@removed': { reason: 'deleted' } })).toEqual({ kind: 'removed', id: 'x' });
  });
});

describe('the key that our create left', () => {
  const marked = (value: string) => ({ singleValueExtendedProperties: [{ id: GRAPH_MARKER, value }] });

  it('is the transaction id', async () => {
    expect((await item({ transactionId: 'pair-1', ...marked(`v1|${TENANT}|${MAILBOX}|pair-2`) })).key).toBe('pair-1');
  });

  it('is the marker where there is no transaction id, if it was made for this mailbox', async () => {
    expect((await item(marked(`v1|${TENANT}|${MAILBOX}|pair-2`))).key).toBe('pair-2');
    expect((await item(marked(`v1|${TENANT}|33333333-3333-4333-8333-333333333333|pair-2`))).key).toBeNull();
    expect((await item(marked('v2|whatever'))).key).toBeNull();
  });
});
