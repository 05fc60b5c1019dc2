import { describe, expect, it } from 'vitest';
import { ANNA, at, BERT, IMMUTABLE, lunch, tenants, weekly, world } from '../../local/graph/world.ts';
import type { Body, World } from '../../local/graph/world.ts';
import type { Quirks } from '../../../local/graph/quirks.ts';

const ANNAS = `/users/${ANNA}/events`;
const BERTS = `/users/${BERT}/events`;
const guest = (address: string) => ({ emailAddress: { address, name: address } });
const later = { start: at('2026-11-25T12:00:00'), end: at('2026-11-25T13:00:00') };

interface Meeting extends World {
  id: string;
  copy: string;
  own(): Promise<Body>;
  theirs(): Promise<Body>;
  /** Mails since the last call. */
  mails(): string[];
}

async function meeting(more: object = {}, quirks: Partial<Quirks> = {}, list = tenants()): Promise<Meeting> {
  const w = world(quirks, list);
  const { body } = await w.ask('POST', ANNAS, lunch({ attendees: [guest('bert@example.com'), guest('x@example.org')], ...more }), IMMUTABLE);
  const copy = (await w.ask('GET', BERTS, undefined, IMMUTABLE)).body.value[0]?.id ?? '';
  let told = w.simulator.state().mails.length;
  return {
    ...w,
    id: body.id,
    copy,
    own: async () => (await w.ask('GET', `${ANNAS}/${body.id}`)).body,
    theirs: async () => (await w.ask('GET', `${BERTS}/${copy}`)).body,
    mails() {
      const all = w.simulator.state().mails.map((mail) => `${mail.kind} ${mail.recipient}`);
      const found = all.slice(told);
      told = all.length;
      return found;
    },
  };
}

describe('graph.md 5.3 Attendees and mails', () => {
  it('a past meeting mails like any other', async () => {
    const m = await meeting({ start: at('2020-01-01T10:00:00'), end: at('2020-01-01T11:00:00') });
    await m.ask('PATCH', `${ANNAS}/${m.id}`, { subject: 'x' });
    expect(m.mails()).toEqual(['update bert@example.com', 'update x@example.org']);
  });

  it('a body mails everybody', async () => {
    const m = await meeting();
    await m.ask('PATCH', `${ANNAS}/${m.id}`, { body: { contentType: 'text', content: 'x' } });
    expect(m.mails()).toHaveLength(2);
  });

  it('[U] 12.13 a draft mails nobody, or is sent all the same', async () => {
    const draft = await meeting({ isDraft: true });
    expect([draft.simulator.state().mails.length, (await draft.own())['isDraft'], draft.copy]).toEqual([0, true, '']);
    await draft.ask('PATCH', `${ANNAS}/${draft.id}`, { subject: 'x' });
    expect(draft.mails()).toEqual([]);
    const sent = await meeting({ isDraft: true }, { draftsMailNobody: false });
    expect([sent.simulator.state().mails.length, (await sent.own())['isDraft']]).toEqual([2, false]);
  });

  it('[U] 12.13 isDraft false sends a draft, or cannot be patched', async () => {
    for (const draftPatchSends of [true, false]) {
      const m = await meeting({ isDraft: true }, { draftPatchSends });
      expect((await m.ask('PATCH', `${ANNAS}/${m.id}`, { isDraft: false })).status).toBe(draftPatchSends ? 200 : 400);
      expect(m.mails()).toEqual(draftPatchSends ? ['invitation bert@example.com', 'invitation x@example.org'] : []);
      expect((await m.own())['isDraft']).toBe(!draftPatchSends);
    }
  });

  it('[U] 12.14 which members mail nobody is for the service to say', async () => {
    const m = await meeting({}, { silentMembers: ['subject'] });
    await m.ask('PATCH', `${ANNAS}/${m.id}`, { subject: 'x' });
    expect(m.mails()).toEqual([]);
    await m.ask('PATCH', `${ANNAS}/${m.id}`, { categories: ['Blue'] });
    expect(m.mails()).toHaveLength(2);
  });
});

describe('graph.md 5.4 Organizer\'s copy and attendee\'s copy', () => {
  it('a PATCH of attendees[].status on the organizer\'s copy is no answer', async () => {
    const m = await meeting();
    await m.ask('PATCH', `${ANNAS}/${m.id}`, { attendees: [{ ...guest('bert@example.com'), status: { response: 'declined' } }, { ...guest('new@example.org'), status: { response: 'accepted' } }] });
    expect((await m.own()).attendees.map((one) => one.status.response)).toEqual(['none', 'none']);
  });

  it('[U] 12.3 an attendee\'s edit stays local, is refused, or is answered 200 and not stored; what is the attendee\'s own is always taken', async () => {
    for (const attendeeEdits of ['local', 'refused', 'ignored'] as const) {
      const m = await meeting({}, { attendeeEdits });
      const { status } = await m.as(BERT, 'PATCH', `/me/events/${m.copy}`, { subject: 'mine' });
      expect(status).toBe(attendeeEdits === 'refused' ? 403 : 200);
      expect((await m.theirs()).subject).toBe(attendeeEdits === 'local' ? 'mine' : 'Lunch');
      expect((await m.as(BERT, 'PATCH', `/me/events/${m.copy}`, { categories: ['Blue'], showAs: 'free', isReminderOn: false })).status).toBe(200);
      expect(await m.theirs()).toMatchObject({ categories: ['Blue'], showAs: 'free', isReminderOn: false });
      expect((await m.own()).subject).toBe('Lunch');
      expect(m.mails()).toEqual([]);
    }
  });

  it('tentativelyAccept and decline may propose a new time: the organizer sees it until the next answer', async () => {
    for (const action of ['tentativelyAccept', 'decline']) {
      const m = await meeting({}, { declinedStaysInCalendar: true });
      expect((await m.as(BERT, 'POST', `/me/events/${m.copy}/${action}`, { proposedNewTime: later })).status).toBe(202);
      const [first] = (await m.own()).attendees;
      expect(first).toMatchObject({ proposedNewTime: { start: { dateTime: '2026-11-25T12:00:00.0000000', timeZone: 'UTC' } } });
      expect((await m.own()).start.dateTime).toBe('2026-11-24T12:00:00.0000000');
      await m.ask('PATCH', `${ANNAS}/${m.id}`, { attendees: [guest('bert@example.com'), guest('x@example.org'), guest('y@example.org')] });
      expect((await m.own()).attendees[0]).toHaveProperty('proposedNewTime');
      await m.as(BERT, 'POST', `/me/events/${m.copy}/accept`, {});
      expect((await m.own()).attendees[0]).not.toHaveProperty('proposedNewTime');
      expect(m.mails().filter((mail) => mail.startsWith('response'))).toHaveLength(2);
    }
  });

  it('a proposal is refused where the organizer allows none, without a response, and in an accept', async () => {
    const closed = await meeting({ allowNewTimeProposals: false });
    expect((await closed.as(BERT, 'POST', `/me/events/${closed.copy}/decline`, { proposedNewTime: later })).status).toBe(400);
    const open = await meeting();
    expect((await open.as(BERT, 'POST', `/me/events/${open.copy}/decline`, { proposedNewTime: later, sendResponse: false })).status).toBe(400);
    expect((await open.as(BERT, 'POST', `/me/events/${open.copy}/accept`, { proposedNewTime: later })).status).toBe(400);
    expect((await open.theirs())['responseStatus']).toMatchObject({ response: 'notResponded' });
    expect(open.mails()).toEqual([]);
  });

  it('an attendee who forwards invites the recipient, tells the organizer, and the organizer\'s copy names the recipient', async () => {
    const list = tenants().map((tenant) => ({ ...tenant, users: tenant.users.map((user) => ({ ...user, hasMailbox: true })) }));
    const m = await meeting({}, {}, list);
    const before = (await m.own()).changeKey;
    expect((await m.as(BERT, 'POST', `/me/events/${m.copy}/forward`, { toRecipients: [guest('carl@example.com'), guest('x@example.org')], comment: 'x' })).status).toBe(202);
    expect(m.mails()).toEqual(['forward carl@example.com', 'forward x@example.org', 'forwardNotice anna@example.com']);
    const own = await m.own();
    expect(own.attendees.map((one) => one.emailAddress.address)).toEqual(['bert@example.com', 'x@example.org', 'carl@example.com']);
    expect(own.changeKey).not.toBe(before);
    const [copy] = (await m.ask('GET', '/users/carl@example.com/events')).body.value;
    expect(copy).toMatchObject({ iCalUId: own['iCalUId'], isOrganizer: false, organizer: { emailAddress: { address: 'anna@example.com' } } });
  });

  it('the organizer may forward too; an organizer outside the tenants is only told', async () => {
    const m = await meeting();
    await m.as(ANNA, 'POST', `/me/events/${m.id}/forward`, { toRecipients: [guest('new@example.org')] });
    expect(m.mails()).toEqual(['forward new@example.org']);
    expect((await m.own()).attendees).toHaveLength(3);
    const outside = m.simulator.receiveInvitation(BERT, { organizer: { name: 'G', address: 'g@example.org' }, iCalUId: 'A', event: lunch({ attendees: [guest('bert@example.com')] }) });
    await m.as(BERT, 'POST', `/me/events/${outside}/forward`, { toRecipients: [guest('anna@example.com')] });
    expect(m.mails()).toEqual(['forward anna@example.com', 'forwardNotice g@example.org']);
    expect(m.simulator.events(ANNA).map((event) => event.row['iCalUId'])).toContain('A');
    expect((await m.ask('POST', `${ANNAS}/${m.id}/forward`, { toRecipients: [] })).status).toBe(400);
  });

  it('addresses of organizers and attendees may be X500 or names', async () => {
    const { simulator, ask } = world();
    const x500 = '/o=ExchangeLabs/ou=Exchange/cn=Recipients/cn=anna';
    const id = simulator.receiveInvitation(BERT, { organizer: { name: 'Anna', address: x500 }, iCalUId: 'A', event: lunch({ attendees: [guest('Bert'), guest(x500)] }) });
    expect((await ask('GET', `${BERTS}/${id}`)).body).toMatchObject({ organizer: { emailAddress: { address: x500 } }, attendees: [{ emailAddress: { address: 'Bert' } }, { emailAddress: { address: x500 } }] });
  });
});

describe('graph.md 5.5 Delete and cancel', () => {
  it('cancel works on one occurrence: mails, and the copies lose it', async () => {
    const w = world();
    const { id } = (await w.ask('POST', ANNAS, weekly({ attendees: [guest('bert@example.com')] }), IMMUTABLE)).body;
    const instances = async (path: string) => (await w.ask('GET', `${path}/instances?startDateTime=2026-03-01&endDateTime=2026-05-01`, undefined, IMMUTABLE)).body.value;
    const second = (await instances(`${ANNAS}/${id}`))[1];
    expect((await w.ask('POST', `${ANNAS}/${second?.id}/cancel`, { comment: 'x' })).status).toBe(202);
    expect(w.simulator.state().mails.map((mail) => mail.kind)).toEqual(['invitation', 'cancellation']);
    const copy = (await w.ask('GET', BERTS, undefined, IMMUTABLE)).body.value[0]?.id;
    expect(await instances(`${ANNAS}/${id}`)).toHaveLength(3);
    expect(await instances(`${BERTS}/${copy}`)).toHaveLength(3);
  });

  it('a cancelled meeting goes to the organizer\'s Deleted Items', async () => {
    const m = await meeting();
    await m.ask('POST', `${ANNAS}/${m.id}/cancel`, {});
    expect(m.simulator.events(ANNA)[0]?.place).toBe('deletedItems');
    expect((await m.theirs())['isCancelled']).toBe(true);
  });
});

describe('people who are not at their desk', () => {
  it('a distribution list is one mail; its members have copies, and one who is taken off by name while it stays is mailed, and so is everybody else', async () => {
    const list = tenants();
    Object.assign(list[0] ?? {}, { lists: [{ address: 'all@example.com', members: ['Bert@example.com', 'z@example.org'] }] });
    const m = await meeting({ attendees: [guest('all@example.com'), guest('x@example.org')] }, {}, list);
    expect([m.simulator.state().mails.map(({ recipient }) => recipient), m.copy === '']).toEqual([['all@example.com', 'x@example.org'], false]);
    await m.ask('PATCH', `${ANNAS}/${m.id}`, { attendees: [guest('all@example.com'), guest('x@example.org'), guest('bert@example.com')] });
    expect(m.mails()).toEqual(['invitation bert@example.com']);
    await m.ask('PATCH', `${ANNAS}/${m.id}`, { attendees: [guest('all@example.com'), guest('x@example.org')] });
    expect(m.mails()).toEqual(['cancellation bert@example.com', 'update all@example.com', 'update x@example.org']);
    expect((await m.theirs())['isCancelled']).toBe(false);
    await m.ask('PATCH', `${ANNAS}/${m.id}`, { attendees: [guest('x@example.org')] });
    expect([m.mails(), (await m.theirs())['isCancelled']]).toEqual([['cancellation all@example.com'], true]);
  });

  it.each([true, false])('[U] a member who answers stands beside his list from then on, or not: %s', async (listMemberListedByAnswer) => {
    const list = tenants();
    Object.assign(list[0] ?? {}, { lists: [{ address: 'all@example.com', members: ['bert@example.com'] }] });
    const m = await meeting({ attendees: [guest('all@example.com')] }, { listMemberListedByAnswer }, list);
    await m.ask('POST', `${BERTS}/${m.copy}/accept`, { sendResponse: true });
    const rows = ((await m.own())['attendees'] as { emailAddress: { address: string }; status: { response: string } }[]).map(({ emailAddress, status }) => `${emailAddress.address} ${status.response}`);
    expect(rows).toEqual(['all@example.com none', ...(listMemberListedByAnswer ? ['bert@example.com accepted'] : [])]);
  });

  it('an organizer\'s phone saves the meeting again: no new content, another zone name, and everybody is mailed', async () => {
    const m = await meeting();
    const [before, theirs] = [await m.own(), await m.theirs()];
    m.simulator.saveOnPhone(ANNA, m.id);
    const after = await m.own();
    expect(after.changeKey).not.toBe(before.changeKey);
    expect(after).toMatchObject({ originalStartTimeZone: 'tzone://Microsoft/Custom', start: before.start, end: before.end, subject: 'Lunch' });
    expect(m.mails()).toEqual(['update bert@example.com', 'update x@example.org']);
    expect((await m.theirs()).changeKey).not.toBe(theirs.changeKey);
  });

  it('an attendee\'s phone saves the copy again: nobody is mailed', async () => {
    const m = await meeting();
    const before = await m.own();
    m.simulator.saveOnPhone(BERT, m.copy);
    expect(m.mails()).toEqual([]);
    expect((await m.own()).changeKey).toBe(before.changeKey);
    expect(await m.theirs()).toMatchObject({ originalEndTimeZone: 'tzone://Microsoft/Custom' });
  });

  it('a series saved on a phone keeps its times across a change of the clocks', async () => {
    const w = world();
    const { id } = (await w.ask('POST', ANNAS, weekly(), IMMUTABLE)).body;
    const times = async () => (await w.ask('GET', `${ANNAS}/${id}/instances?startDateTime=2026-03-01&endDateTime=2026-05-01`)).body.value.map((row) => row.start);
    const before = await times();
    w.simulator.saveOnPhone(ANNA, id);
    expect(await times()).toEqual(before);
  });

  it('a delegate opens the mailbox of the owner and organizes in the owner\'s name; others may not', async () => {
    const list = tenants().map((tenant) => ({ ...tenant, users: tenant.users.map((user) => (user.id === ANNA ? { ...user, delegates: [BERT] } : user)) }));
    const w = world({}, list);
    const made = await w.as(BERT, 'POST', ANNAS, lunch({ attendees: [guest('x@example.org')] }));
    expect(made).toMatchObject({ status: 201, body: { isOrganizer: true, organizer: { emailAddress: { address: 'anna@example.com' } } } });
    expect(w.simulator.state().mails).toMatchObject([{ mailbox: ANNA, recipient: 'x@example.org' }]);
    expect((await w.as(BERT, 'PATCH', `${ANNAS}/${made.body.id}`, { subject: 'x' })).status).toBe(200);
    expect((await w.as(ANNA, 'GET', BERTS)).status).toBe(403);
  });
});
