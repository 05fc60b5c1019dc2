import { describe, expect, it } from 'vitest';
import { timed } from '../world/people.ts';
import type { Employee, World } from '../world/world.ts';
import { attendee, forgetMails, invitedBy, mailed, office, ownEvents, troubles } from './office.ts';

const OUTSIDER = { name: 'Olga Outside', address: 'olga@outside.example' };

const join = (world: World, by: Employee, activityId: string, who: Record<string, string | number>): void => void world.crm.act(by.rep.user).addParticipant(activityId, { Role: 0, ...who });
const records = (world: World, employee: Employee) => world.crmUser(employee).activities();

function rows(world: World): string[] {
  return world.crm
    .records('Participant')
    .filter(({ deleted }) => !deleted)
    .map(({ values }) => `${Number(values['RepId'] || 0) > 0 ? `rep ${values['RepId']}` : Number(values['PeNo'] || 0) > 0 ? `person ${values['PeNo']}` : values['Email']} role ${values['Role']}`)
    .sort();
}

describe('A1: one activity, whoever reports the meeting first', () => {
  it.each(['organizer', 'attendees'] as const)('the %s', async (first) => {
    const { world, ann, ben, cem } = await office();
    await world.rest(30 * 60_000);
    // Nobody is told of it but who looks into his calendar first; the others find it with the daily net.
    world.graph.setQuirks({ notificationLoss: 1 });
    await world.outlook(ann).create({ subject: 'Together', attendees: [attendee(ben.mail), attendee(cem.mail)] });
    forgetMails(world);
    await world.live(60_000);
    world.graph.setQuirks({ notificationLoss: 0 });
    for (const employee of first === 'organizer' ? [ann] : [ben, cem]) world.outlook(employee).touch(world.outlook(employee).events()[0]?.id ?? '');
    await world.settle();
    expect(world.crm.records('Contact')).toHaveLength(first === 'organizer' ? 1 : 0);
    await world.days(2);
    expect([records(world, ann).length, world.crm.records('Contact').length]).toEqual([1, 1]);
    expect(rows(world)).toEqual([`rep ${ben.rep.repId} role 0`, `rep ${cem.rep.repId} role 0`].sort());
    expect([mailed(world), troubles(world)]).toEqual([[], []]);
  });
});

describe('A7: who takes part, and as what', () => {
  it('required, optional and a room from Outlook; only informed from the CRM, who is optional in Outlook and stays what he is', async () => {
    const all = await office({}, ({ world }) => {
      world.crm.act('SYNC').create('RepUser', { Name: 'Room 1', Email1: 'room1@example.com' });
    });
    const { world, ann, ben, cem, customer } = all;
    const room = world.crm.records('RepUser').find(({ values }) => values['Email1'] === 'room1@example.com');
    await world.outlook(ann).create({ subject: 'All sorts', attendees: [attendee(ben.mail), attendee('cora@customer.example', { type: 'optional' }), attendee('room1@example.com', { type: 'resource' })] });
    await world.settle();
    const shown = [`person ${customer.seqNo} role 1`, `rep ${ben.rep.repId} role 0`, `rep ${room?.seqNo} role 3`];
    expect(rows(world)).toEqual([...shown].sort());
    forgetMails(world);
    join(world, ann, records(world, ann)[0]?.id ?? '', { RepId: cem.rep.repId, Role: 2 });
    await world.settle();
    const types = ((ownEvents(world, ann)[0]?.['attendees'] ?? []) as { type: string }[]).map(({ type }) => type);
    expect(types).toEqual(['required', 'optional', 'resource', 'optional']);
    await world.days(1);
    expect(rows(world)).toEqual([...shown, `rep ${cem.rep.repId} role 2`].sort());
    expect([mailed(world), troubles(world)]).toEqual([[`invitation to ${cem.mail}`], []]);
  });

  it('whom an attendee brings along by forwarding, takes part', async () => {
    const { world, ann, ben, cem } = await office();
    await world.outlook(ann).create({ subject: 'Passed on', attendees: [attendee(ben.mail)] });
    await world.settle();
    await world.outlook(ben).forward(world.outlook(ben).events()[0]?.id ?? '', [cem.mail]);
    forgetMails(world);
    await world.settle();
    expect(rows(world)).toEqual([`rep ${ben.rep.repId} role 0`, `rep ${cem.rep.repId} role 0`].sort());
    expect([mailed(world), troubles(world)]).toEqual([[], []]);
  });

  it('another time that somebody proposes moves nothing until the organizer takes it', async () => {
    const { world, ann, ben } = await office();
    const event = await world.outlook(ann).create({ subject: 'When?', attendees: [attendee(ben.mail)] });
    await world.settle();
    const before = records(world, ann)[0]?.values;
    const other = timed('2026-11-27T09:00:00', '2026-11-27T10:00:00');
    await world.outlook(ben).answer(world.outlook(ben).events()[0]?.id ?? '', 'tentativelyAccept', true, { proposedNewTime: other });
    await world.settle();
    expect(records(world, ann)[0]?.values).toMatchObject({ Date: before?.['Date'], Time: before?.['Time'] });
    await world.outlook(ann).patch(event.id, other);
    await world.settle();
    expect(records(world, ann)[0]?.values['Date']).toBe('2026-11-27');
    expect(troubles(world)).toEqual([]);
  });

  it('a colleague who edits the organizer’s calendar for him changes the organizer’s meeting', async () => {
    const { world, ann, ben, cem } = await office({}, ({ world: early, ann: chair, ben: assistant }) => {
      const person = early.people.find(({ id }) => id === chair.id);
      if (person !== undefined) person.delegates = [assistant.id];
    });
    const event = await world.outlook(ann, ben).create({ subject: 'By the assistant', attendees: [attendee(cem.mail)] });
    await world.settle();
    await world.outlook(ann, ben).patch(event.id, { subject: 'Renamed by the assistant', attendees: [] });
    forgetMails(world);
    await world.settle();
    expect([records(world, ann).map(({ values }) => values['Subject']), records(world, ben), rows(world)]).toEqual([['Renamed by the assistant'], [], []]);
    expect([mailed(world), troubles(world)]).toEqual([[], []]);
  });
});

describe('invariant 6: nobody is invited, and nothing written, but for what a person changed', () => {
  it('not to what is over, though somebody is added to it in the CRM', async () => {
    const { world, ann, ben } = await office();
    const activity = world.crmUser(ann).create({ Subject: 'Last week', Date: '2026-11-18', EndDate: '2026-11-18' });
    await world.settle();
    join(world, ann, activity.id, { RepId: ben.rep.repId });
    await world.settle();
    await world.days(1);
    expect([invitedBy(world, ann), rows(world), mailed(world)]).toEqual([[], [`rep ${ben.rep.repId} role 0`], []]);
    expect(ownEvents(world, ann)).toHaveLength(1);
  });

  it('whoever was not invited is remembered: another edit, a re-read and a wider rule bring him in no more; a person who adds him again does', async () => {
    const { world, ann, ben, customer } = await office();
    const who = { PeGrp: customer.statNo, PeNo: customer.seqNo };
    const activity = world.crmUser(ann).create({ Subject: 'With a customer' });
    join(world, ann, activity.id, who);
    await world.settle();
    world.rules['appointments'] = { inviteFromCrm: 'everybody' };
    world.crmUser(ann).update(activity.id, { Location: 'Room 1' });
    await world.settle();
    join(world, ann, activity.id, { RepId: ben.rep.repId });
    await world.settle();
    await world.outlook(ann).patch(ownEvents(world, ann)[0]?.id ?? '', { categories: ['Blue'] });
    await world.days(1);
    expect([invitedBy(world, ann), mailed(world)]).toEqual([[ben.mail], [`invitation to ${ben.mail}`]]);
    const row = world.crm.records('Participant').find(({ deleted, values }) => !deleted && values['PeNo'] === String(customer.seqNo));
    world.crm.act(ann.rep.user).delete('Participant', row?.id ?? '');
    await world.settle();
    join(world, ann, activity.id, who);
    await world.settle();
    expect(invitedBy(world, ann)).toEqual(['cora@customer.example', ben.mail].sort());
    expect(mailed(world)).toEqual([`invitation to ${ben.mail}`, 'invitation to cora@customer.example']);
    expect(troubles(world)).toEqual([]);
  });

  it('of an attendee’s copy nothing is taken and nothing in it is written: show-as, reminder and categories are his own', async () => {
    const { world, ann, ben } = await office();
    await world.outlook(ann).create({ subject: 'Ours', attendees: [attendee(ben.mail)] });
    await world.settle();
    const before = world.writes();
    const [copy] = world.outlook(ben).events();
    const his = { categories: ['Mine'], showAs: 'oof', isReminderOn: true, reminderMinutesBeforeStart: 5 };
    await world.outlook(ben).patch(copy?.id ?? '', his);
    await world.settle();
    expect(world.writes()).toEqual(before);
    forgetMails(world);
    // The organizer's own categories and reminder, edited in the CRM, mail nobody.
    world.crmUser(ann).update(records(world, ann)[0]?.id ?? '', { Categories: 'Blue', Reminder: 45 });
    await world.settle();
    await world.days(1);
    expect(ownEvents(world, ann)).toMatchObject([{ categories: ['Blue'], reminderMinutesBeforeStart: 45 }]);
    expect(world.outlook(ben).events()).toMatchObject([his]);
    expect([mailed(world), troubles(world)]).toEqual([[], []]);
  });

  it('a meeting that was not sent yet is left alone until its organizer sends it', async () => {
    const { world, ann, ben } = await office();
    const event = await world.outlook(ann).create({ subject: 'Not sent', attendees: [attendee(ben.mail)], isDraft: true });
    await world.settle();
    await world.days(1);
    expect([world.crm.records('Contact'), world.writes(), mailed(world)]).toEqual([[], { graph: 0, crm: 0 }, []]);
    expect(ownEvents(world, ann)).toMatchObject([{ id: event.id, isDraft: true }]);
  });

  it('a phone that sends a meeting back as it was changes nothing in the CRM', async () => {
    const { world, ann, ben } = await office();
    const event = await world.outlook(ann).create({ subject: 'Saved', attendees: [attendee(ben.mail)] });
    await world.settle();
    const before = world.writes();
    world.graph.saveOnPhone(ann.id, event.id);
    forgetMails(world);
    await world.settle();
    expect([world.writes(), mailed(world), troubles(world)]).toEqual([before, [], []]);
  });
});

describe('A5: what is published, and for whom', () => {
  const invite = (world: World, employee: Employee, more: Record<string, unknown> = {}): string =>
    world.graph.receiveInvitation(employee.id, { organizer: OUTSIDER, iCalUId: 'outside-1', event: { subject: 'Invited', ...timed('2026-11-25T09:00:00', '2026-11-25T10:00:00'), attendees: [attendee(employee.mail)], ...more } });

  it('a single user may have it otherwise than the tenant', async () => {
    const { world, ann, ben } = await office({ rules: { users: { overrides: [{ user: 'employee0@example.com', appointments: { published: { enabled: false } } }] } } });
    for (const employee of [ann, ben]) invite(world, employee);
    await world.settle();
    expect([records(world, ann).length, records(world, ben).length]).toEqual([0, 1]);
  });

  it('is put right three times a day, and on the next day again', async () => {
    const { world, ann } = await office();
    invite(world, ann);
    await world.settle();
    const id = records(world, ann)[0]?.id ?? '';
    const subjects: unknown[] = [];
    for (let edit = 1; edit <= 4; edit += 1) {
      world.crmUser(ann).update(id, { Subject: `Edit ${edit}` });
      await world.settle();
      subjects.push(records(world, ann)[0]?.values['Subject']);
    }
    expect(subjects).toEqual(['Invited', 'Invited', 'Invited', 'Edit 4']);
    await world.days(2);
    expect(records(world, ann)[0]?.values['Subject']).toBe('Invited');
    expect(troubles(world)).toEqual([]);
  });
});
