import fc from 'fast-check';
import { describe, it, expect } from 'vitest';
import { heldByGraph } from '../../shared/graph/event-body.ts';
import { eventRows, type ReadRules } from '../../shared/graph/event-content.ts';
import { asAppointment } from '../../shared/model/appointment.ts';
import { comparable, smtpAddress, type Participants } from '../../shared/model/participants.ts';
import type { SideItem } from '../../shared/sync/ports.ts';
import { graphEvent, mailbox as ada } from './scripted-graph.ts';

const mailbox = { ...ada, addresses: ['ada@example.com', 'a.l@example.org'] };
const rules: ReadRules = { mailbox, showAsWhenUnknown: 'busy', privacy: 'off', maskedSubject: 'Private appointment' };

const DN = '/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=bdc77b18-Kristina';

type Row = Readonly<Record<string, unknown>>;
const guest = (address: string | null, name: string | null = address, more: Row = {}): Row => ({ type: 'required', status: { response: 'none', time: '0001-01-01T00:00:00Z' }, emailAddress: { name, address }, ...more });
const answered = (address: string, response: string): Row => guest(address, address, { status: { response, time: '2026-11-20T08:00:00Z' } });

async function item(attendees: readonly Row[], members: Row = {}): Promise<SideItem> {
  const row = (await eventRows(rules))(graphEvent({ attendees, iCalUId: 'ICAL', ...members }));
  if (row.kind !== 'item') throw new Error(`An item was expected: ${JSON.stringify(row)}`);
  return row.item;
}

async function people(attendees: readonly Row[], members: Row = {}): Promise<Participants> {
  return asAppointment((await item(attendees, members)).content).participants;
}

describe('participants of a meeting (A7)', () => {
  it('have the role that Graph gives them; a room is a resource', async () => {
    const room = guest('room1@example.com', 'Room 1', { type: 'resource' });
    expect(await people([guest('bob@example.org', 'Bob'), guest('carl@example.org', 'Carl', { type: 'optional' }), room, guest('dora@example.org', 'Dora', { type: 'somethingNew' })])).toEqual({
      'mail:bob@example.org': { role: 'required', address: 'bob@example.org', name: 'Bob' },
      'mail:carl@example.org': { role: 'optional', address: 'carl@example.org', name: 'Carl' },
      'mail:room1@example.com': { role: 'resource', address: 'room1@example.com', name: 'Room 1' },
      'mail:dora@example.org': { role: 'required', address: 'dora@example.org', name: 'Dora' },
    });
  });

  it.each<[string, string | null, string | null, string, string | null]>([
    ['capital letters', 'Bob.Builder@Example.ORG', 'Bob', 'mail:bob.builder@example.org', 'bob.builder@example.org'],
    ['a plus sign', 'bob+crm@example.org', 'Bob', 'mail:bob+crm@example.org', 'bob+crm@example.org'],
    ['blanks around it', ' bob@example.org ', 'Bob', 'mail:bob@example.org', 'bob@example.org'],
    ['the name beside it in brackets', 'Bob B. <Bob@example.org>', 'Bob', 'mail:bob@example.org', 'bob@example.org'],
    ['a domain in its own letters', 'jo@MÜLLER.example', 'Jo', 'mail:jo@müller.example', 'jo@müller.example'],
    ['the same domain as the network spells it', 'jo@xn--mller-kva.example', 'Jo', 'mail:jo@müller.example', 'jo@müller.example'],
    ['letters that can be written in two ways', 'rene\u0301@example.org', 'R', 'mail:rené@example.org', 'rené@example.org'],
    ['an inner address of Exchange', DN, 'Kristina', `x500:${DN.toLowerCase()}`, null],
    ['an inner address with an @ in it', '/O=Labs/CN=Kristina@Labs', 'Kristina', 'x500:/o=labs/cn=kristina@labs', null],
    ['a name instead of an address', 'Jane Doe', 'Jane', 'name:jane', null],
    ['nothing but that', 'Jane  Doe', null, 'name:jane  doe', null],
    ['nothing but a name', null, ' Jane Doe ', 'name:jane doe', null],
    ['a member of every object', 'constructor', null, 'name:constructor', null],
  ])('are known by their address: %s', async (_name, address, name, key, expected) => {
    const found = await people([guest(address, name)]);
    expect(Object.keys(found)).toEqual([key]);
    expect(found[key]?.address).toBe(expected);
  });

  it('who are there twice count once, with the stronger role and the first answer given', async () => {
    const twice = [guest('bob@example.org', 'Bob', { type: 'optional' }), { ...answered('BOB@example.org', 'accepted'), type: 'required' }];
    const found = asAppointment((await item(twice)).content);
    expect(comparable(found.participants)).toEqual({ 'mail:bob@example.org': 'required' });
    expect(found.participants['mail:bob@example.org']?.name).toBe('Bob');
    expect(found.answers).toEqual({ 'mail:bob@example.org': 'accepted' });
  });

  it('never include the organizer, nor the organizing mailbox by any of its addresses', async () => {
    const all = [guest('ADA@example.com'), guest('a.l@example.org'), guest('assistant@example.com'), guest('bob@example.org')];
    const organizer = { emailAddress: { name: 'Office', address: 'Assistant@example.com' } };
    expect(Object.keys(await people(all, { organizer }))).toEqual(['mail:bob@example.org']);
    expect(Object.keys(await people([guest(DN.toUpperCase(), 'Office'), guest('bob@example.org')], { organizer: { emailAddress: { name: 'Office', address: DN } } }))).toEqual(['mail:bob@example.org']);
  });

  it("of somebody else's meeting include the mailbox, and not its organizer", async () => {
    const members = { isOrganizer: false, organizer: { emailAddress: { name: 'Bob', address: 'bob@example.org' } } };
    expect(Object.keys(await people([guest('ada@example.com'), guest('Bob@example.org')], members))).toEqual(['mail:ada@example.com']);
  });

  it('of whom a row tells nobody are left out, and said to be more than is shown', async () => {
    const found = await item([{ type: 'required', status: { response: 'accepted' } }, guest(null, null), guest(' ', ''), guest('bob@example.org')]);
    expect(Object.keys(asAppointment(found.content).participants)).toEqual(['mail:bob@example.org']);
    expect(found.fuller).toEqual(['participants']);
  });

  it('that the organizer hides from each other are more than a copy shows, and all that his own shows', async () => {
    expect((await item([guest('ada@example.com')], { isOrganizer: false, hideAttendees: true })).fuller).toEqual(['participants']);
    expect((await item([guest('bob@example.org')], { hideAttendees: true })).fuller).toEqual([]);
  });

  it('are compared by key and role: another name alone is no change', async () => {
    expect(comparable(await people([guest('bob@example.org', 'Bob')]))).toEqual(comparable(await people([guest('Bob@Example.org', 'Robert')])));
  });

  it('that are not a list of rows make the event odd, and nothing of them is told', async () => {
    for (const attendees of [['secret@example.com'], [{ emailAddress: 'secret@example.com' }], [{ status: { response: 7 } }]]) {
      const row = (await eventRows(rules))(graphEvent({ attendees }));
      expect(row).toMatchObject({ kind: 'odd', id: 'AAEvent1=' });
      expect(JSON.stringify(row)).not.toContain('secret');
    }
  });
});

describe('answers (A8)', () => {
  it('are those that were given; none, notResponded and what nobody knows are no answers', async () => {
    const responses = ['accepted', 'declined', 'tentativelyAccepted', 'none', 'notResponded', 'organizer', 'constructor'];
    const found = asAppointment((await item(responses.map((response) => answered(`${response}@example.org`, response)))).content);
    expect(found.answers).toEqual({ 'mail:accepted@example.org': 'accepted', 'mail:declined@example.org': 'declined', 'mail:tentativelyaccepted@example.org': 'tentative' });
    expect(Object.keys(found.participants)).toHaveLength(7);
  });
});

describe('whose meeting it is', () => {
  const bob = { emailAddress: { name: 'Bob', address: 'Bob@Example.org' } };

  it('is told of an own one with attendees', async () => {
    expect((await item([guest('bob@example.org')])).meeting).toEqual({ role: 'organizer', organizer: 'ada@example.com', response: 'organizer', cancelled: false, iCalUId: 'ICAL' });
    expect((await item([guest('bob@example.org')], { responseStatus: { response: 'none' } })).meeting?.response).toBe('organizer');
  });

  it("is told of somebody else's, with his address and the mailbox's own answer", async () => {
    const copy = { isOrganizer: false, organizer: bob, responseStatus: { response: 'tentativelyAccepted' }, isCancelled: true };
    expect((await item([guest('ada@example.com')], copy)).meeting).toEqual({ role: 'attendee', organizer: 'bob@example.org', response: 'tentative', cancelled: true, iCalUId: 'ICAL' });
    for (const response of ['notResponded', 'none', 'accepted', 'declined']) {
      expect((await item([guest('ada@example.com')], { ...copy, responseStatus: { response } })).meeting?.response).toBe(response);
    }
    expect((await item([guest('ada@example.com')], { ...copy, responseStatus: null })).meeting?.response).toBe('none');
  });

  it("is told where the attendees of somebody else's are hidden", async () => {
    expect((await item([], { isOrganizer: false, organizer: bob, responseStatus: { response: 'notResponded' } })).meeting).toMatchObject({ role: 'attendee', organizer: 'bob@example.org' });
  });

  it('is not told of an appointment without anybody else, own or imported', async () => {
    expect(await item([])).not.toHaveProperty('meeting');
    expect(await item([], { isOrganizer: false, organizer: bob, responseStatus: { response: 'none' } })).not.toHaveProperty('meeting');
  });

  it('names an organizer by his inner address where Graph tells no other', async () => {
    expect((await item([guest('ada@example.com')], { isOrganizer: false, organizer: { emailAddress: { name: 'Bob', address: DN } } })).meeting?.organizer).toBe(DN.toLowerCase());
  });

  it('names no organizer where Graph tells no address of him', async () => {
    for (const organizer of [null, { emailAddress: null }, { emailAddress: { name: 'Bob' } }]) {
      expect((await item([guest('ada@example.com')], { isOrganizer: false, organizer })).meeting?.organizer).toBeNull();
    }
  });

  it('is read from the organizer where Graph does not say it', async () => {
    expect((await item([guest('x@example.org')], { isOrganizer: null })).meeting?.role).toBe('organizer');
    expect((await item([guest('x@example.org')], { isOrganizer: null, organizer: bob })).meeting?.role).toBe('attendee');
  });
});

describe('what Graph would hold of participants', () => {
  const held = (participants: Participants) => heldByGraph({ participants }, mailbox.addresses)['participants'];

  it('is optional where somebody is only informed', () => {
    expect(comparable(held({ 'mail:bob@example.org': { role: 'informational', address: 'bob@example.org', name: 'Bob' } }) as Participants)).toEqual({ 'mail:bob@example.org': 'optional' });
  });

  it('has the keys of Graph, the stronger role of two, and nobody without an address who is not there already', () => {
    const people: Participants = {
      'rep:1': { role: 'optional', address: 'Bob@Example.org', name: 'Bob' },
      'person:1:2': { role: 'required', address: 'bob@example.org', name: 'Robert' },
      'rep:3': { role: 'required', address: null, name: 'Nobody' },
      'person:1:4': { role: 'required', address: 'no address', name: 'Nobody' },
      [`x500:${DN.toLowerCase()}`]: { role: 'required', address: null, name: 'Kristina' },
      'name:jane': { role: 'optional', address: 'jane@example.org', name: 'Jane' },
    };
    expect(comparable(held(people) as Participants)).toEqual({ 'mail:bob@example.org': 'required', [`x500:${DN.toLowerCase()}`]: 'required', 'name:jane': 'optional' });
  });

  it('stays with the key that Graph gave, whatever address came to be known', () => {
    expect(held({ 'mail:old@example.org': { role: 'required', address: 'new@example.org', name: 'Bob' } })).toEqual({ 'mail:old@example.org': { role: 'required', address: 'old@example.org', name: 'Bob' } });
  });

  it('never includes the mailbox itself', () => {
    expect(held({ 'person:1:1': { role: 'required', address: 'A.L@example.org', name: 'Ada' } })).toEqual({});
  });
});

describe('an address', () => {
  it.each(['', 'bob', '@example.org', 'bob@', 'bob@example.org, carl@example.org', 'a@b@c', '<>', DN])('is none: %s', (text) => {
    expect(smtpAddress(text)).toBeNull();
  });

  it('in its one form stays itself', () => {
    const texts = fc.oneof(fc.emailAddress(), fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })).map((parts) => parts.join('@')), fc.constant('x@xn--mller-kva.EXAMPLE'), fc.constant('İ@İ.example'));
    fc.assert(
      fc.property(texts, (text) => {
        const once = smtpAddress(text);
        if (once !== null) expect(smtpAddress(once)).toBe(once);
      }),
    );
  });
});
