import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppointmentContent, CalendarSide } from '../../../local/playground/page/appointment.ts';
import { crmCalendar } from '../../../local/playground/page/crm.ts';
import { sender, type Send } from '../../../local/playground/page/http.ts';
import { outages } from '../../../local/playground/page/outages.ts';
import { outlookCalendar } from '../../../local/playground/page/outlook.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let send: Send;
const sides = {} as Record<'outlook' | 'crm', CalendarSide>;

beforeAll(async () => {
  world = await openWorld();
  send = sender((input, init) => fetch(`${world.playground.url}${String(input)}`, init));
  const [employee] = world.options.employees;
  sides.outlook = outlookCalendar(send, employee!.id, world.options.timeZone);
  sides.crm = crmCalendar(send, employee!.rep);
});
afterAll(() => world.close());

// In the gap of the spring: the day on which a clock of another zone would show it.
const CONTENT: AppointmentContent = {
  subject: 'Tea & <b>cake</b>', place: 'Room Elbe', body: 'First line\nSecond line', showAs: 'tentative', reminder: 30, categories: ['Customer', 'Service'],
  allDay: false, start: '2027-03-28T23:30', end: '2027-03-29T00:15',
}; // prettier-ignore
const RANGE = { from: '2027-03-22', to: '2027-04-05' };

describe.each(['outlook', 'crm'] as const)('the calendar of %s', (name) => {
  const find = async (id: string) => (await sides[name].list(RANGE)).find((item) => item.id === id);

  it('shows what was created as it was meant', async () => {
    const id = await sides[name].create(CONTENT);
    expect(await find(id)).toEqual({ id, madeFor: null, traits: [], ...CONTENT });
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
