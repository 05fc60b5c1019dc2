import { describe, expect, it } from 'vitest';
import type { RecordView } from '../../local/crm/people.ts';
import { crmSeeder } from '../../local/crm/seed.ts';
import { World, type Employee, type WorldOptions } from '../world/world.ts';

/** Three employees who are synchronized, and a customer in the CRM. */
async function office(options: WorldOptions = {}): Promise<{ world: World; chair: Employee; colleague: Employee; other: Employee; customer: RecordView }> {
  const world = new World({ users: 3, ...options });
  const seeder = crmSeeder(world.crm, 'SYNC');
  const customer = seeder.person({ FirstName: 'Cora', LastName: 'Customer', Email1: 'cora@customer.example' }, seeder.company({ Company: 'Customer Ltd.' }));
  await world.start();
  const [chair, colleague, other] = world.employees as [Employee, Employee, Employee];
  return { world, chair, colleague, other, customer };
}

const attendee = (address: string, type = 'required'): Record<string, unknown> => ({ emailAddress: { address, name: address }, type });

function participants(world: World, activityId: string | undefined): string[] {
  return world.crm
    .records('Participant')
    .filter((row) => !row.deleted && row.values['ActSeqNo'] === String(BigInt(activityId ?? '0') & 0xffffffffn))
    .map(({ values }) => `${values['RepId'] === '' || values['RepId'] === '0' ? `person ${values['PeNo']}` : `rep ${values['RepId']}`} role ${values['Role']} status ${values['Status'] || '0'}`)
    .sort();
}

function attendees(world: World, employee: Employee): string[] {
  return world.outlook(employee).events().flatMap((event) => (event['attendees'] as { type: string; emailAddress: { address: string } }[]).map(({ type, emailAddress }) => `${emailAddress.address} ${type}`)).sort();
}

describe('A1, A7: a meeting that a synchronized user organizes in Outlook', () => {
  it('becomes one activity with its participants by e-mail, however many attendees are synchronized; nobody is mailed by us', async () => {
    const { world, chair, colleague, customer } = await office();
    await world.outlook(chair).create({ subject: 'Together', attendees: [attendee(colleague.mail.toUpperCase()), attendee('cora@customer.example', 'optional')] });
    const mails = world.graph.state().mails.length;
    await world.settle();
    const all = world.crm.records('Contact').filter((record) => !record.deleted);
    expect(all).toHaveLength(1);
    expect(participants(world, all[0]?.id)).toEqual([`person ${customer.seqNo} role 1 status 0`, `rep ${colleague.rep.repId} role 0 status 0`].sort());
    expect(world.graph.state().mails).toHaveLength(mails);
    expect(world.violations()).toEqual([]);
  });

  it('shows who cannot be found as a mark of the record, and takes the mark away when the person exists', async () => {
    const { world, chair } = await office();
    await world.outlook(chair).create({ subject: 'With a stranger', attendees: [attendee('stranger@elsewhere.example')] });
    await world.settle();
    const [activity] = world.crmUser(chair).activities();
    expect(participants(world, activity?.id)).toEqual([]);
    expect(activity?.values['FreeL1']).toBe('true');
    const seeder = crmSeeder(world.crm, 'SYNC');
    const found = seeder.person({ FirstName: 'Sam', LastName: 'Stranger', Email1: 'stranger@elsewhere.example' }, seeder.company({ Company: 'Elsewhere' }));
    const [event] = world.outlook(chair).events();
    await world.outlook(chair).patch(String(event?.id), { location: { displayName: 'Room 1' } });
    await world.settle();
    expect(participants(world, activity?.id)).toEqual([`person ${found.seqNo} role 0 status 0`]);
    expect(world.crmUser(chair).activities()[0]?.values['FreeL1']).not.toBe('true');
  });

  it('follows who is added and who is removed, and merges both sides person by person', async () => {
    const { world, chair, colleague, other, customer } = await office();
    const event = await world.outlook(chair).create({ subject: 'Changing', attendees: [attendee(colleague.mail)] });
    await world.settle();
    const [activity] = world.crmUser(chair).activities();
    const patching = world.outlook(chair).patch(event.id, { attendees: [attendee(colleague.mail), attendee('cora@customer.example')] });
    world.crm.act(chair.rep.user).addParticipant(String(activity?.id), { RepId: other.rep.repId, Role: 1 });
    await patching;
    await world.settle();
    expect(participants(world, activity?.id)).toEqual([`person ${customer.seqNo} role 0 status 0`, `rep ${colleague.rep.repId} role 0 status 0`, `rep ${other.rep.repId} role 1 status 0`].sort());
    expect(attendees(world, chair)).toEqual([`cora@customer.example required`, `${colleague.mail} required`, `${other.mail} optional`].sort());
    await world.outlook(chair).patch(event.id, { attendees: [attendee('cora@customer.example')] });
    await world.settle();
    expect(participants(world, activity?.id)).toEqual([`person ${customer.seqNo} role 0 status 0`]);
    world.expectMails(1);
  });

  it('A8: an answer goes to the CRM and never back; who did not answer says nothing', async () => {
    const { world, chair, colleague, other, customer } = await office();
    await world.outlook(chair).create({ subject: 'Come?', attendees: [attendee(colleague.mail), attendee(other.mail), attendee('cora@customer.example')] });
    await world.settle();
    const [activity] = world.crmUser(chair).activities();
    // A customer and a colleague have answered by telephone, and somebody entered it.
    const rows = world.crm.records('Participant').filter(({ values }) => values['RepId'] !== String(colleague.rep.repId));
    for (const { id } of rows) world.crm.act(chair.rep.user).update('Participant', id, { Status: 2 });
    const [copy] = world.outlook(colleague).events();
    const mails = world.graph.state().mails.length;
    const writes = world.writes();
    await world.outlook(colleague).answer(String(copy?.id), 'accept');
    await world.settle();
    const answered = [`person ${customer.seqNo} role 0 status 2`, `rep ${colleague.rep.repId} role 0 status 1`, `rep ${other.rep.repId} role 0 status 2`].sort();
    expect(participants(world, activity?.id)).toEqual(answered);
    expect(world.writes()).toEqual({ graph: writes.graph, crm: writes.crm + 1 });
    expect((await world.journal(chair)).filter(({ action }) => action === 'notStored' || action === 'held')).toEqual([]);
    world.crmUser(chair).update(String(activity?.id), { Location: 'Elsewhere' });
    await world.days(1);
    expect(participants(world, activity?.id)).toEqual(answered);
    expect((world.outlook(chair).events()[0]?.['attendees'] as { status: { response: string } }[]).map(({ status }) => status.response)).toEqual(['accepted', 'none', 'none']);
    world.expectMails(3);
    expect(world.graph.state().mails.slice(mails).map(({ kind }) => kind)).toEqual(['response', 'update', 'update', 'update']);
  });
});

describe('invitations from the CRM: only because a person changed a meeting', () => {
  it('colleagues are invited once, customers are not unless the rule says so', async () => {
    const { world, chair, colleague, customer } = await office();
    const activity = world.crmUser(chair).create({ Subject: 'From the CRM' });
    await world.settle();
    world.crm.act(chair.rep.user).addParticipant(activity.id, { RepId: colleague.rep.repId, Role: 0 });
    world.crm.act(chair.rep.user).addParticipant(activity.id, { PeGrp: customer.statNo, PeNo: customer.seqNo, Role: 0 });
    await world.settle();
    expect(attendees(world, chair)).toEqual([`${colleague.mail} required`]);
    expect(world.graph.state().mails).toHaveLength(1);
    world.expectMails(1);
    await world.settle();
    expect(participants(world, activity.id)).toHaveLength(2);
  });

  it.each(['nobody', 'everybody'] as const)('the rule %s is kept', async (rule) => {
    const { world, chair, colleague, customer } = await office({ rules: { appointments: { inviteFromCrm: rule } } });
    const activity = world.crmUser(chair).create({ Subject: 'By rule' });
    world.crm.act(chair.rep.user).addParticipant(activity.id, { RepId: colleague.rep.repId, Role: 0 });
    world.crm.act(chair.rep.user).addParticipant(activity.id, { PeGrp: customer.statNo, PeNo: customer.seqNo, Role: 0 });
    await world.settle();
    expect(attendees(world, chair)).toEqual(rule === 'nobody' ? [] : ['cora@customer.example required', `${colleague.mail} required`].sort());
    expect(participants(world, activity.id)).toHaveLength(2);
    world.expectMails(rule === 'nobody' ? 0 : 2);
  });

  it('a first synchronization invites nobody, and later changes of other fields invite nobody either', async () => {
    const world = new World({ users: 2 });
    const [chair, colleague] = world.employees as [Employee, Employee];
    const activity = world.crmUser(chair).create({ Subject: 'Was there before' });
    world.crm.act(chair.rep.user).addParticipant(activity.id, { RepId: colleague.rep.repId, Role: 0 });
    await world.start();
    await world.settle();
    expect(attendees(world, chair)).toEqual([]);
    world.crmUser(chair).update(activity.id, { Location: 'Room 2' });
    await world.settle();
    expect(attendees(world, chair)).toEqual([]);
    expect(world.graph.state().mails).toEqual([]);
    expect(participants(world, activity.id)).toHaveLength(1);
  });

  it('nothing is written a second time, and touching a meeting writes and mails nothing', async () => {
    const { world, chair, colleague } = await office();
    const event = await world.outlook(chair).create({ subject: 'Quiet', attendees: [attendee(colleague.mail), attendee('stranger@elsewhere.example')] });
    await world.settle();
    const before = { ...world.writes(), mails: world.graph.state().mails.length };
    world.outlook(chair).touch(event.id);
    await world.settle();
    await world.days(1);
    expect({ ...world.writes(), mails: world.graph.state().mails.length }).toEqual(before);
  });
});
