import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppointmentContent, CalendarSide } from '../../../local/playground/page/appointment.ts';
import { crmCalendar } from '../../../local/playground/page/crm.ts';
import { sender, type Send } from '../../../local/playground/page/http.ts';
import { outages } from '../../../local/playground/page/outages.ts';
import { outlookCalendar, type OutlookCalendar } from '../../../local/playground/page/outlook.ts';
import type { Invited } from '../../../local/playground/page/people.ts';
import type { PlaygroundEmployee } from '../../../local/playground/server.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let send: Send;
const sides = {} as Record<'outlook' | 'crm', CalendarSide>;

beforeAll(async () => {
  world = await openWorld();
  send = sender((input, init) => fetch(`${world.playground.url}${String(input)}`, init));
  const [employee] = world.options.employees;
  sides.outlook = calendarOf(employee!);
  sides.crm = crmCalendar(send, employee!.rep);
});
afterAll(() => world.close());

function calendarOf(employee: PlaygroundEmployee): OutlookCalendar {
  return outlookCalendar(send, employee, new Set(world.options.employees.map(({ mail }) => mail)), world.options.timeZone);
}

// In the gap of the spring: the day on which a clock of another zone would show it.
const CONTENT: AppointmentContent = {
  subject: 'Tea & <b>cake</b>', place: 'Room Elbe', body: 'First line\nSecond line', showAs: 'tentative', reminder: 30, categories: ['Customer', 'Service'],
  isPrivate: false, invited: [], allDay: false, start: '2027-03-28T23:30', end: '2027-03-29T00:15',
}; // prettier-ignore
const RANGE = { from: '2027-03-22', to: '2027-04-05' };

describe.each(['outlook', 'crm'] as const)('the calendar of %s', (name) => {
  const find = async (id: string) => (await sides[name].list(RANGE)).find((item) => item.id === id);

  it('shows what was created as it was meant', async () => {
    const id = await sides[name].create(CONTENT);
    expect(await find(id)).toEqual({ id, madeFor: null, organizer: null, own: null, traits: [], looks: [], isAwaited: true, ...CONTENT });
  });

  it('shows whole days with the last one included', async () => {
    const content = { ...CONTENT, allDay: true, start: '2027-03-29', end: '2027-03-30', reminder: null };
    const id = await sides[name].create(content);
    expect(await find(id)).toMatchObject(content);
    await sides[name].update((await find(id))!, { ...content, allDay: false, start: '2027-03-29T08:00', end: '2027-03-29T09:00' });
    expect(await find(id)).toMatchObject({ allDay: false, start: '2027-03-29T08:00', end: '2027-03-29T09:00' });
  });

  it('is changed field by field and gives up what is deleted', async () => {
    const id = await sides[name].create(CONTENT);
    const changed = { ...CONTENT, subject: 'Tea', categories: [], reminder: null };
    await sides[name].update((await find(id))!, changed);
    expect(await find(id)).toMatchObject(changed);
    await sides[name].remove(id);
    expect(await find(id)).toBeUndefined();
  });

  it('says in one sentence why it refuses', async () => {
    await expect(sides[name].remove('4711')).rejects.toThrow(/^(Outlook|The CRM) refused: \S/);
  });
});

describe.each(['outlook', 'crm'] as const)('a meeting in %s', (name) => {
  const find = async (id: string) => (await sides[name].list(RANGE)).find((item) => item.id === id)!;
  const person = (address: string, role: Invited['role'] = 'required'): Invited => ({ key: null, name: '', address, role, answer: null });
  const people = async (id: string) => (await find(id)).invited.map(({ address, role }) => `${address} ${role}`).sort();

  it('has the people who are invited in their roles, whoever comes and goes later, and an organizer', async () => {
    const [own, other] = world.options.employees;
    const id = await sides[name].create({ ...CONTENT, invited: [person(other!.mail), person('ilse.marten@quellfeld.example.com', 'optional')] });
    expect(await people(id)).toEqual(['ilse.marten@quellfeld.example.com optional', `${other!.mail} required`]);
    expect((await find(id)).organizer?.address).toBe(own!.mail);
    const before = await find(id);
    await sides[name].update(before, { ...before, invited: [...before.invited.filter(({ address }) => address !== other!.mail).map((one) => ({ ...one, role: 'required' as const })), person('kim@nowhere.example.com')] });
    expect(await people(id)).toEqual(['ilse.marten@quellfeld.example.com required', 'kim@nowhere.example.com required']);
  });

  it('is private and public again, and tells so', async () => {
    const id = await sides[name].create({ ...CONTENT, isPrivate: true });
    expect(await find(id)).toMatchObject({ isPrivate: true, traits: ['private'], looks: ['private'], isAwaited: false });
    await sides[name].update(await find(id), { ...CONTENT, isPrivate: false });
    expect(await find(id)).toMatchObject({ isPrivate: false, traits: [], isAwaited: true });
  });
});

describe('somebody else’s meeting in Outlook', () => {
  it('is answered by the person, and the colleague who organizes it hears of it', async () => {
    const [organizer, attendee] = world.options.employees;
    const calendar = calendarOf(attendee!);
    const id = await sides.outlook.create({ ...CONTENT, subject: 'To be answered', invited: [{ key: null, name: '', address: attendee!.mail, role: 'required', answer: null }] });
    const copy = async () => (await calendar.list(RANGE)).find(({ subject }) => subject === 'To be answered')!;
    expect(await copy()).toMatchObject({ own: { answer: null }, organizer: { address: organizer!.mail }, looks: ['invitation'], isAwaited: false, invited: [] });
    for (const answer of ['tentative', 'accepted'] as const) {
      await calendar.answer((await copy()).id, answer);
      expect((await copy()).own).toEqual({ answer });
      expect((await sides.outlook.list(RANGE)).find((item) => item.id === id)!.invited[0]).toMatchObject({ address: attendee!.mail, answer });
    }
  });

  it('may come from outside, belongs on both sides then, and may be called off there', async () => {
    const calendar = calendarOf(world.options.employees[0]!);
    const id = await calendar.receive({ ...CONTENT, subject: 'From outside' }, 'lena@outside.example.com');
    const copy = async () => (await calendar.list(RANGE)).find((item) => item.id === id)!;
    expect(await copy()).toMatchObject({ own: { answer: null }, organizer: { address: 'lena@outside.example.com' }, isAwaited: true });
    await calendar.callOff(id);
    expect(await copy()).toMatchObject({ traits: ['an invitation', 'called off'], looks: ['cancelled'], isAwaited: false });
  });
});

describe('a record that the connector marked', () => {
  it('is shown as published, or as lacking a participant', async () => {
    const { rep } = world.options.employees[0]!;
    const by = world.crm.simulator.act(rep);
    const values = { RepId: rep, Date: '2027-03-30', EndDate: '2027-03-30', Time: '09:00', EndTime: '10:00', PeGrp: 100, PeNo: world.crm.simulator.records('Person')[0]!.seqNo };
    const published = by.create('Contact', { ...values, Contact: 6, Subject: 'Published', FreeC2: 'published' });
    const lacking = by.create('Contact', { ...values, Contact: 1, Subject: 'Lacking', FreeL1: true });
    const all = await sides.crm.list(RANGE);
    expect(all.find(({ id }) => id === published.id)).toMatchObject({ traits: ['of the type Info', 'marked “published”'], looks: ['published'], isAwaited: false });
    expect(all.find(({ id }) => id === lacking.id)).toMatchObject({ traits: ['marked because a participant could not be found'], looks: ['missing'], isAwaited: true });
  });
});

describe('a field that was not edited', () => {
  it('is not written: the page shows bodies as text, and pictures and tables must survive', async () => {
    const userId = world.options.employees[0]!.id;
    const at = (time: string) => ({ dateTime: `2027-03-30T${time}:00`, timeZone: world.options.timeZone });
    const answer = await fetch(`${world.graph.server.url}/v1.0/users/${userId}/events`, {
      method: 'POST',
      headers: { authorization: `Bearer person:${userId}`, 'content-type': 'application/json', prefer: 'IdType="ImmutableId"' },
      body: JSON.stringify({ subject: 'Tea', body: { contentType: 'html', content: '<table><tr><td>Cups</td></tr></table>' }, start: at('09:00'), end: at('10:00') }),
    });
    const { id } = (await answer.json()) as { id: string };
    const row = () => world.graph.simulator.events(userId).find((event) => event.row['id'] === id)!.row as { subject: string; changeKey: string; body: { content: string } };
    const before = (await sides.outlook.list(RANGE)).find((item) => item.id === id)!;
    expect(before.body).toBe('Cups');
    const was = row();
    await sides.outlook.update(before, { ...before });
    expect(row().changeKey).toBe(was.changeKey);
    await sides.outlook.update(before, { ...before, subject: 'Coffee' });
    expect(row()).toMatchObject({ subject: 'Coffee', body: was.body });
    expect(was.body.content).toContain('<table>');
  });
});

describe('an outage', () => {
  it('is what the simulators say, hits no person, and is healed as a whole', async () => {
    const all = outages(send);
    expect(await all.active()).toEqual(new Set());
    for (const name of ['throttled', 'graphLost', 'crmDown', 'crmLost'] as const) await all.begin(name);
    expect(await all.active()).toEqual(new Set(['throttled', 'graphLost', 'crmDown', 'crmLost']));
    for (let i = 0; i < 2; i++) {
      expect((await fetch(`${world.graph.server.url}/v1.0/users`, { headers: { authorization: 'Bearer token-of-the-playground-test' } })).status).toBe(429);
      expect((await fetch(`${world.crm.server.url}/interface/request`, { method: 'POST', body: '<request/>', headers: { 'content-type': 'text/xml; charset=utf-8' } })).status).toBe(503);
    }
    await sides.outlook.list(RANGE);
    await sides.crm.list(RANGE);
    await all.endAll();
    expect(await all.active()).toEqual(new Set());
  });
});
