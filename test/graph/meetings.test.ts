import { beforeEach, describe, it, expect } from 'vitest';
import type { SimUser } from '../../local/graph/exchange.ts';
import { createGraphSimulator, type GraphSimulator } from '../../local/graph/simulator.ts';
import type { TenantRules } from '../../shared/config/rules.ts';
import { graphMailbox } from '../../shared/graph/open.ts';
import { asAppointment, type AppointmentContent } from '../../shared/model/appointment.ts';
import type { Content } from '../../shared/model/content.ts';
import { comparable, type Participants, type Role } from '../../shared/model/participants.ts';
import type { GraphSide, SideItem, Write, Written } from '../../shared/sync/ports.ts';
import { BASE, MAILBOX as ADA, mailbox, openGate, TENANT, tenantRules } from './scripted-graph.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Ada's mailbox is ours; Bob and Carl are colleagues, Dora is a customer outside. */
const BOB = '33333333-3333-4333-8333-333333333333';
const CARL = '44444444-4444-4444-8444-444444444444';
const ROOM = '55555555-5555-4555-8555-555555555555';

const window = { start: Date.UTC(2026, 9, 24), end: Date.UTC(2027, 5, 1) };
const time = { allDay: false, start: '2026-11-25T09:00:00Z', end: '2026-11-25T10:00:00Z' } as const;
const user = (id: string, name: string, more: Partial<SimUser> = {}): SimUser => ({ id, displayName: name, mail: `${name.toLowerCase()}@example.com`, userPrincipalName: `${name.toLowerCase()}@example.com`, ...more });

let simulator: GraphSimulator;
let clock: VirtualClock;
let side: GraphSide;

beforeEach(() => {
  clock = new VirtualClock();
  let state = 7;
  simulator = createGraphSimulator({
    clock,
    random: () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32,
    fetch: async () => new Response(null, { status: 202 }),
    baseUrl: BASE,
    tenants: [
      {
        id: TENANT,
        appTokens: ['app-token'],
        allowedMailboxes: [ADA],
        users: [user(ADA, 'Ada', { proxyAddresses: ['SMTP:ada@example.com', 'smtp:a.l@example.org'] }), user(BOB, 'Bob', { proxyAddresses: ['smtp:bob@sub.example.com'] }), user(CARL, 'Carl'), user(ROOM, 'Room1')],
      },
    ],
  });
  side = open();
});

function open(appointments: Partial<TenantRules['appointments']> = {}): GraphSide {
  const rules = tenantRules();
  const own = { ...mailbox, addresses: ['ada@example.com', 'a.l@example.org'] };
  return graphMailbox({ baseUrl: BASE, fetch: (url, init) => simulator.fetch(url, init), token: async () => 'app-token', clock, mailbox: own, gate: openGate, rules: { ...rules, appointments: { ...rules.appointments, ...appointments } } }).appointment;
}

const guest = (address: string, more: Readonly<Record<string, unknown>> = {}) => ({ type: 'required', emailAddress: { address, name: address.split('@')[0] }, ...more });
const member = (address: string, role: Role = 'required') => ({ [`mail:${address}`]: { role, address, name: address.split('@')[0] ?? '' } });

/** A person's Outlook. */
async function outlook(userId: string, method: string, path: string, body?: unknown): Promise<Record<string, never>> {
  const response = await simulator.fetch(`${BASE}/v1.0/users/${userId}/${path}`, {
    method,
    headers: { authorization: `Bearer person:${userId}`, 'content-type': 'application/json', prefer: 'IdType="ImmutableId"' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.status === 202 || response.status === 204 ? {} : ((await response.json()) as Record<string, never>);
}

const meeting = (more: Readonly<Record<string, unknown>> = {}) => ({
  subject: 'Planning',
  start: { dateTime: '2026-11-25T09:00:00', timeZone: 'UTC' },
  end: { dateTime: '2026-11-25T10:00:00', timeZone: 'UTC' },
  attendees: [guest('bob@example.com'), guest('Dora@Customer.example', { type: 'optional' }), guest('room1@example.com', { type: 'resource' })],
  ...more,
});

/** Ada made it in Outlook; its mails are not counted. */
async function ofAda(more: Readonly<Record<string, unknown>> = {}, over: GraphSide = side): Promise<SideItem> {
  const { id } = await outlook(ADA, 'POST', 'events', meeting(more));
  simulator.resetCounters();
  return present(id ?? '', over);
}

/** Bob made it, Ada is invited. */
async function ofBob(more: Readonly<Record<string, unknown>> = {}, over: GraphSide = side): Promise<SideItem> {
  await outlook(BOB, 'POST', 'events', meeting({ attendees: [guest('ada@example.com'), guest('carl@example.com')], ...more }));
  simulator.resetCounters();
  const [copy] = (await over.list({ window })).items;
  if (copy === undefined) throw new Error('Ada has no copy.');
  return copy;
}

async function present(id: string, over: GraphSide = side): Promise<SideItem> {
  const found = (await over.read([id])).get(id);
  if (found?.state !== 'present') throw new Error(`Not there: ${found?.state ?? 'nothing'}`);
  return found.item;
}

async function write(one: Write): Promise<Written> {
  const [written] = await side.write([one]);
  if (written === undefined) throw new Error('No result.');
  return written;
}

async function update(item: SideItem, content: Partial<AppointmentContent>): Promise<SideItem> {
  const written = await write({ kind: 'update', pairId: 'P1', id: item.id, version: item.version, content: content as Content, current: item });
  if (written.outcome !== 'written' || written.item === null) throw new Error(`Not written: ${JSON.stringify(written)}`);
  return written.item;
}

const participantsOf = (item: SideItem): Participants => asAppointment(item.content).participants;
const rolesOf = (item: SideItem) => comparable(participantsOf(item));
const mails = () => simulator.state().mails.map((mail) => `${mail.kind} ${mail.recipient}`);
const attendees = (id: string) => simulator.events(ADA).find((event) => event.row['id'] === id)?.row['attendees'] as { type: string; status: { response: string }; emailAddress: { name: string; address: string } }[];

describe('a meeting that is read', () => {
  it('tells the same by delta, list, id and key, and nobody is mailed', async () => {
    const created = await write({ kind: 'create', pairId: 'P1', content: { time, subject: 'Planning', participants: member('bob@example.com') }, repeated: false });
    if (created.outcome !== 'written' || created.item === null) throw new Error('Not written.');
    const { item } = created;
    expect(item).toMatchObject({ outOfScope: null, key: 'P1', content: { participants: member('bob@example.com'), answers: {}, privacy: 'normal' } });
    expect(item.meeting).toEqual({ role: 'organizer', organizer: 'ada@example.com', response: 'organizer', cancelled: false, iCalUId: expect.stringMatching(/^040000008200E0/) });
    simulator.resetCounters();
    expect((await side.pull({ window })).items).toEqual([item]);
    expect((await side.list({ window })).items).toEqual([item]);
    expect((await side.read([item.id])).get(item.id)).toEqual({ state: 'present', item });
    expect((await side.findByKey(['P1'])).get('P1')).toEqual({ state: 'present', item });
    expect(mails()).toEqual([]);
    expect(simulator.state().violations).toEqual([]);
  });

  it('has its people by role, without Ada', async () => {
    const item = await ofAda({ attendees: [...meeting().attendees, guest('A.L@example.org')] });
    expect(rolesOf(item)).toEqual({ 'mail:bob@example.com': 'required', 'mail:dora@customer.example': 'optional', 'mail:room1@example.com': 'resource' });
  });

  it('has the same iCalUId in every mailbox, by which a copy is known', async () => {
    const item = await ofAda();
    const bobs = graphMailbox({ baseUrl: BASE, fetch: (url, init) => simulator.fetch(url, init), token: async () => 'app-token', clock, mailbox: { ...mailbox, mailboxId: BOB, addresses: ['bob@example.com'] }, gate: openGate, rules: tenantRules() }).appointment;
    const [copy] = (await bobs.list({ window })).items;
    expect(copy?.meeting).toEqual({ role: 'attendee', organizer: 'ada@example.com', response: 'notResponded', cancelled: false, iCalUId: item.meeting?.iCalUId });
    expect(Object.keys(participantsOf(copy as SideItem))).toEqual(['mail:bob@example.com', 'mail:dora@customer.example', 'mail:room1@example.com']);
  });

  it.each([
    ['accept', 'accepted'],
    ['decline', 'declined'],
    ['tentativelyAccept', 'tentative'],
  ])("knows who answered, and Ada's own answer to others: %s", async (action, answer) => {
    simulator.setQuirks({ declinedStaysInCalendar: true });
    const own = await ofAda();
    const bobs = simulator.events(BOB)[0]?.row['id'] as string;
    await outlook(BOB, 'POST', `events/${bobs}/${action}`, { sendResponse: true });
    expect(asAppointment((await present(own.id)).content).answers).toEqual({ 'mail:bob@example.com': answer });

    const copy = await ofBob({ subject: 'Theirs' });
    const theirs = (await side.list({ window })).items.find((item) => asAppointment(item.content).subject === 'Theirs') ?? copy;
    expect(theirs.meeting?.response).toBe('notResponded');
    await outlook(ADA, 'POST', `events/${theirs.id}/${action}`, { sendResponse: false });
    expect((await present(theirs.id)).meeting).toMatchObject({ role: 'attendee', organizer: 'bob@example.com', response: answer });
  });

  it('that the organizer cancelled stays in scope as a copy, and says so', async () => {
    const copy = await ofBob();
    const bobs = simulator.events(BOB)[0]?.row['id'] as string;
    await outlook(BOB, 'DELETE', `events/${bobs}`);
    expect(await present(copy.id)).toMatchObject({ outOfScope: null, meeting: { role: 'attendee', cancelled: true } });
  });

  it('that was not sent yet is left alone', async () => {
    const item = await ofAda({ isDraft: true });
    expect(item).toMatchObject({ outOfScope: 'draft', meeting: { role: 'organizer' } });
  });

  it('of an organizer outside is a copy of his', async () => {
    const id = simulator.receiveInvitation(ADA, { organizer: { name: 'Dora', address: 'Dora@Customer.example' }, iCalUId: 'OUTSIDE', event: meeting({ attendees: [guest('ada@example.com')] }) });
    expect((await present(id)).meeting).toEqual({ role: 'attendee', organizer: 'dora@customer.example', response: 'notResponded', cancelled: false, iCalUId: 'OUTSIDE' });
  });

  it('is masked where it is private and the rule says so, in delta, list and by id', async () => {
    const masked = open({ privacy: 'masked' });
    const item = await ofAda({ sensitivity: 'private' }, masked);
    expect(item).toMatchObject({ masked: true, content: { subject: 'Private appointment', participants: {} }, meeting: { organizer: 'ada@example.com' } });
    expect((await masked.pull({ window })).items).toEqual([item]);
    expect((await masked.list({ window })).items).toEqual([item]);
    expect(JSON.stringify(item)).not.toMatch(/planning|bob|dora/i);
    expect((await open({ privacy: 'full' }).list({ window })).items).toMatchObject([{ outOfScope: null, content: { subject: 'Planning', privacy: 'private' } }]);
    expect((await side.list({ window })).items).toMatchObject([{ outOfScope: 'private', masked: true, content: { subject: 'Private appointment' } }]);
  });
});

describe('a meeting that is written', () => {
  it('is created with its people, who are invited once', async () => {
    const people: Participants = { ...member('bob@example.com'), ...member('dora@customer.example', 'informational'), ...member('room1@example.com', 'resource'), ...member('a.l@example.org') };
    const create: Write = { kind: 'create', pairId: 'P1', content: { time, subject: 'Planning', participants: people }, repeated: false };
    const written = await write(create);
    if (written.outcome !== 'written' || written.item === null) throw new Error('Not written.');
    expect(participantsOf(written.item)).toEqual(asAppointment(side.holds({ participants: people })).participants);
    expect(mails()).toEqual(['invitation bob@example.com', 'invitation dora@customer.example', 'invitation room1@example.com']);
    expect(attendees(written.item.id).map((one) => [one.emailAddress.address, one.type])).toEqual([['bob@example.com', 'required'], ['dora@customer.example', 'optional'], ['room1@example.com', 'resource']]);
    expect((await write(create)).outcome).toBe('exists');
    expect(mails()).toHaveLength(3);
  });

  it('of more than Graph takes is refused by Graph, and nobody is mailed', async () => {
    const crowd = Object.assign({}, ...Array.from({ length: 501 }, (_, index) => member(`guest${index}@example.org`))) as Participants;
    expect(await write({ kind: 'create', pairId: 'P1', content: { time, subject: 'Planning', participants: crowd }, repeated: false })).toEqual({ outcome: 'rejected', code: 'ErrorExceededMaxRecipientLimit' });
    expect(mails()).toEqual([]);
  });

  it('keeps those who stay as they were read, with their answers; who comes is invited, who goes is told, the others hear nothing', async () => {
    const item = await ofAda({ attendees: [guest('Bob@Sub.Example.com', { emailAddress: { name: 'Bob B.', address: 'Bob@Sub.Example.com' } }), guest('dora@customer.example'), guest('carl@example.com')] });
    await outlook(BOB, 'POST', `events/${simulator.events(BOB)[0]?.row['id'] as string}/accept`, { sendResponse: true });
    const now = await present(item.id);
    simulator.resetCounters();
    const { 'mail:dora@customer.example': _gone, ...rest } = participantsOf(now);
    const written = await update(now, { participants: { ...rest, ...member('eve@customer.example', 'optional') } });
    expect(rolesOf(written)).toEqual({ 'mail:bob@sub.example.com': 'required', 'mail:carl@example.com': 'required', 'mail:eve@customer.example': 'optional' });
    expect(attendees(item.id)[0]).toMatchObject({ emailAddress: { name: 'Bob B.', address: 'Bob@Sub.Example.com' }, status: { response: 'accepted' } });
    expect(mails()).toEqual(['cancellation dora@customer.example', 'invitation eve@customer.example']);
  });

  it('carries along who has no address, Ada herself and the organizer, and does not write a new one without address', async () => {
    const DN = '/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=Kristina';
    const item = await ofAda({ attendees: [guest('ada@example.com'), guest(DN, { emailAddress: { name: 'Kristina', address: DN } }), guest('Jane Doe', { type: 'optional' }), guest('bob@example.com')] });
    const people = participantsOf(item);
    expect(Object.keys(people)).toEqual([`x500:${DN.toLowerCase()}`, 'name:jane doe', 'mail:bob@example.com']);
    const { 'mail:bob@example.com': _gone, ...rest } = people;
    const nobody = { role: 'required', address: null, name: 'Nobody' } as const;
    await update(item, { participants: { ...rest, 'name:nobody': nobody, 'rep:7': nobody } });
    expect(attendees(item.id).map((one) => [one.emailAddress.address, one.type])).toEqual([['ada@example.com', 'required'], [DN, 'required'], ['Jane Doe', 'optional']]);
    expect(mails()).toEqual(['cancellation bob@example.com']);
  });

  it('changes the role of one without a word to the others', async () => {
    const item = await ofAda();
    const written = await update(item, { participants: { ...participantsOf(item), ...member('bob@example.com', 'informational') } });
    expect(rolesOf(written)).toMatchObject({ 'mail:bob@example.com': 'optional', 'mail:dora@customer.example': 'optional' });
    // Whether he himself hears of it is Graph's to say.
    expect(mails().filter((mail) => !mail.endsWith('bob@example.com'))).toEqual([]);
    expect(attendees(item.id).map((one) => one.emailAddress.address)).toEqual(['bob@example.com', 'Dora@Customer.example', 'room1@example.com']);
  });

  it('loses everybody where nobody is left, and becomes an appointment', async () => {
    const item = await ofAda();
    const written = await update(item, { participants: {} });
    expect(participantsOf(written)).toEqual({});
    expect(written).not.toHaveProperty('meeting');
    expect(mails()).toEqual(['cancellation bob@example.com', 'cancellation Dora@Customer.example', 'cancellation room1@example.com']);
  });

  it('becomes one where somebody is added to an appointment: only he hears of it', async () => {
    const item = await ofAda({ attendees: [] });
    expect(item).not.toHaveProperty('meeting');
    const written = await update(item, { participants: member('dora@customer.example') });
    expect(written.meeting).toMatchObject({ role: 'organizer', response: 'organizer' });
    expect(mails()).toEqual(['invitation dora@customer.example']);
  });

  it.each<[string, Partial<AppointmentContent>, number]>([
    ['categories', { categories: ['Blue'] }, 0],
    ['reminder', { reminder: 45 }, 0],
    ['subject', { subject: 'New' }, 3],
    ['time', { time: { allDay: true, firstDay: '2026-11-26', lastDay: '2026-11-26' } }, 3],
    ['place', { place: 'Room 2' }, 3],
    ['body', { body: 'New' }, 3],
    ['showAs', { showAs: 'free' }, 3],
    ['priority', { priority: 'high' }, 3],
    ['privacy', { privacy: 'private' }, 3],
  ])('mails everybody, or nobody, by what is in it: %s', async (_group, content, expected) => {
    const item = await ofAda();
    const before = attendees(item.id);
    await update(item, content);
    expect(mails()).toHaveLength(expected);
    expect(attendees(item.id)).toEqual(before);
  });

  it('with people and categories in one write mails only those who come', async () => {
    const item = await ofAda();
    await update(item, { participants: { ...participantsOf(item), ...member('carl@example.com') }, categories: ['Blue'], reminder: null });
    expect(mails()).toEqual(['invitation carl@example.com']);
  });

  it('never says what somebody answered', async () => {
    const item = await ofAda();
    const written = await update(item, { answers: { 'mail:bob@example.com': 'declined' }, categories: ['Blue'] });
    expect(asAppointment(written.content).answers).toEqual({});
    expect(attendees(item.id).map((one) => one.status.response)).toEqual(['none', 'none', 'none']);
    expect(mails()).toEqual([]);
  });

  it('is written as it was read or not at all', async () => {
    const item = await ofAda();
    await outlook(ADA, 'PATCH', `events/${item.id}`, { attendees: [...meeting().attendees, guest('carl@example.com')] });
    simulator.resetCounters();
    const stale: Write = { kind: 'update', pairId: 'P1', id: item.id, version: item.version, content: { participants: {} }, current: item };
    expect(await write(stale)).toEqual({ outcome: 'conflict' });
    expect(attendees(item.id)).toHaveLength(4);
    expect(mails()).toEqual([]);
  });

  it('becomes private and normal again', async () => {
    side = open({ privacy: 'full' });
    const item = await ofAda({ attendees: [] });
    const hidden = await update(item, { privacy: 'private' });
    expect(asAppointment(hidden.content).privacy).toBe('private');
    expect(asAppointment((await update(hidden, { privacy: 'normal' })).content).privacy).toBe('normal');
    expect(simulator.events(ADA)[0]?.row['sensitivity']).toBe('normal');
  });

  it("of somebody else is not: Ada's copy stays as it is, but for what is hers", async () => {
    const copy = await ofBob();
    expect(await write({ kind: 'update', pairId: 'P1', id: copy.id, version: copy.version, content: { subject: 'Mine' }, current: copy })).toEqual({ outcome: 'rejected', code: 'notOrganizer', field: 'subject' });
    expect(await write({ kind: 'delete', pairId: 'P1', id: copy.id, version: copy.version, current: copy })).toEqual({ outcome: 'rejected', code: 'notOrganizer' });
    expect(await present(copy.id)).toEqual(copy);
    const written = await update(copy, { categories: ['Blue'], showAs: 'oof', reminder: null });
    expect(asAppointment(written.content)).toMatchObject({ subject: 'Planning', categories: ['Blue'], showAs: 'oof', reminder: null });
    expect(mails()).toEqual([]);
  });

  it('that is deleted is cancelled for everybody', async () => {
    const item = await ofAda();
    expect(await write({ kind: 'delete', pairId: 'P1', id: item.id, version: item.version, current: item })).toEqual({ outcome: 'written', item: null });
    expect(mails()).toEqual(['cancellation bob@example.com', 'cancellation Dora@Customer.example', 'cancellation room1@example.com']);
  });
});
