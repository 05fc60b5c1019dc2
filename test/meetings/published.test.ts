import { describe, expect, it } from 'vitest';
import { timed } from '../world/people.ts';
import { World, type Employee } from '../world/world.ts';

const OUTSIDER = { name: 'Olga Outside', address: 'olga@outside.example' };

async function office(rules: Record<string, unknown> = {}): Promise<{ world: World; one: Employee; two: Employee }> {
  const world = new World({ users: 2, rules: { appointments: rules } });
  await world.start();
  const [one, two] = world.employees as [Employee, Employee];
  return { world, one, two };
}

function invite(world: World, employee: Employee, more: Record<string, unknown> = {}, iCalUId = 'outside-1'): string {
  const event = { subject: 'Invited', ...timed('2026-11-25T09:00:00', '2026-11-25T10:00:00'), attendees: [{ emailAddress: { address: employee.mail }, type: 'required' }], ...more };
  return world.graph.receiveInvitation(employee.id, { organizer: OUTSIDER, iCalUId, event });
}

const records = (world: World, employee: Employee) => world.crmUser(employee).activities();

describe('A5, A6: meetings that somebody else organizes', () => {
  it('are published: one record of the type Info with the marker for each synchronized mailbox, under its owner, without participants; nobody is mailed', async () => {
    const { world, one, two } = await office();
    invite(world, one);
    invite(world, two);
    await world.settle();
    for (const employee of [one, two]) {
      const [record, ...more] = records(world, employee);
      expect(more).toEqual([]);
      expect(record?.values).toMatchObject({ Subject: 'Invited', Contact: '6', FreeC2: 'published', PeNo: String(employee.rep.person.seqNo) });
    }
    expect(world.crm.records('Participant')).toEqual([]);
    expect(world.graph.state().mails).toEqual([]);
  });

  it('follow the organizer, and what people change in the record is put right; nothing is ever written to Outlook', async () => {
    const { world, one } = await office();
    invite(world, one);
    await world.settle();
    const outlook = world.writes().graph;
    invite(world, one, { subject: 'Moved', ...timed('2026-11-26T09:00:00', '2026-11-26T10:00:00') });
    await world.settle();
    const [record] = records(world, one);
    expect(record?.values).toMatchObject({ Subject: 'Moved', Date: '2026-11-26' });
    world.crmUser(one).update(record?.id ?? '', { Subject: 'Changed in the CRM' });
    await world.settle();
    expect(records(world, one)[0]?.values['Subject']).toBe('Moved');
    expect(world.writes().graph).toBe(outlook);
  });

  it.each([false, true])('that are cancelled or declined are marked as deleted in the CRM, and only there (declined ones stay in the calendar: %s)', async (declinedStaysInCalendar) => {
    const { world, one, two } = await office();
    world.graph.setQuirks({ declinedStaysInCalendar });
    const [first, second] = [invite(world, one), invite(world, two)];
    await world.settle();
    world.graph.cancelInvitation(one.id, first);
    await world.outlook(two).answer(second, 'decline');
    await world.settle();
    expect(records(world, one)).toEqual([]);
    expect(records(world, two)).toEqual([]);
    expect(world.crm.records('Contact').every((record) => !record.deleted)).toBe(true);
  });

  it('deleted in the CRM stay deleted, and Outlook keeps them', async () => {
    const { world, one } = await office();
    invite(world, one);
    await world.settle();
    world.crmUser(one).mark(records(world, one)[0]?.id ?? '');
    await world.settle();
    await world.days(2);
    expect(records(world, one)).toEqual([]);
    expect(world.outlook(one).events()).toHaveLength(1);
  });

  it('deleted in the CRM are made again once when their organizer moves them, and stay deleted whatever else he changes', async () => {
    const { world, one } = await office();
    invite(world, one);
    await world.settle();
    const [first] = records(world, one);
    world.crmUser(one).mark(first?.id ?? '');
    await world.settle();
    invite(world, one, { subject: 'Renamed only' });
    await world.settle();
    expect(records(world, one)).toEqual([]);
    const moved = { subject: 'Moved', ...timed('2026-11-26T09:00:00', '2026-11-26T10:00:00') };
    invite(world, one, moved);
    await world.settle();
    await world.days(2);
    const again = records(world, one);
    expect(again.map(({ values }) => [values['Subject'], values['Date'], values['FreeC2']])).toEqual([['Moved', '2026-11-26', 'published']]);
    expect(again[0]?.id).not.toBe(first?.id);
    // The new one is followed as the first was: renamed, deleted, moved again.
    invite(world, one, { ...moved, subject: 'Renamed again' });
    await world.settle();
    expect(records(world, one)[0]?.values['Subject']).toBe('Renamed again');
    world.crmUser(one).mark(again[0]?.id ?? '');
    await world.settle();
    invite(world, one, { subject: 'Third', ...timed('2026-11-27T09:00:00', '2026-11-27T10:00:00') });
    await world.settle();
    expect(records(world, one).map(({ values }) => values['Subject'])).toEqual(['Third']);
    expect(world.crmUser(one).all()).toHaveLength(3);
    expect(world.graph.state().mails).toEqual([]);
    expect(world.violations()).toEqual([]);
  });

  it('are made again by the daily net, too, where nobody told of the move', async () => {
    const { world, one } = await office();
    invite(world, one);
    await world.settle();
    world.crmUser(one).mark(records(world, one)[0]?.id ?? '');
    await world.settle();
    world.graph.setQuirks({ notificationLoss: 1 });
    invite(world, one, timed('2026-11-26T09:00:00', '2026-11-26T10:00:00'));
    await world.days(2);
    expect(records(world, one)).toHaveLength(1);
  });

  it('are left alone where publishing is off, and unanswered ones where the rule says so', async () => {
    const off = await office({ published: { enabled: false } });
    invite(off.world, off.one);
    await off.world.settle();
    expect(records(off.world, off.one)).toEqual([]);
    const answered = await office({ published: { unanswered: false } });
    const event = invite(answered.world, answered.one);
    await answered.world.settle();
    expect(records(answered.world, answered.one)).toEqual([]);
    await answered.world.outlook(answered.one).answer(event, 'accept');
    await answered.world.settle();
    expect(records(answered.world, answered.one)).toHaveLength(1);
  });

  it('cost nothing once they are published: the daily net lists them and asks for none of them by id', async () => {
    const { world, one } = await office();
    await world.outlook(one).create({ subject: 'His own' });
    await world.settle();
    await world.days(1);
    world.resetCounters();
    await world.days(1);
    const before = world.requests();
    for (const n of [1, 2, 3]) invite(world, one, { subject: `Invited ${n}` }, `outside-${n}`);
    await world.settle();
    await world.days(1);
    world.resetCounters();
    await world.days(1);
    expect(records(world, one)).toHaveLength(4);
    expect(world.requests()).toEqual(before);
  });

  it.each(['declined', 'cancelled', 'switched off'] as const)('are marked by the daily net where nobody told that they are %s', async (how) => {
    const { world, one } = await office();
    const event = invite(world, one);
    await world.settle();
    expect(records(world, one)).toHaveLength(1);
    world.graph.setQuirks({ notificationLoss: 1, declinedStaysInCalendar: true });
    if (how === 'declined') await world.outlook(one).answer(event, 'decline');
    if (how === 'cancelled') world.graph.cancelInvitation(one.id, event);
    if (how === 'switched off') world.rules['appointments'] = { published: { enabled: false } };
    await world.days(2);
    expect(records(world, one)).toEqual([]);
  });

  it('of a synchronized organizer are no records of their own', async () => {
    const { world, one, two } = await office();
    await world.outlook(one).create({ subject: 'Ours', attendees: [{ emailAddress: { address: two.mail }, type: 'required' }] });
    await world.settle();
    expect(records(world, one)).toHaveLength(1);
    expect(records(world, two)).toEqual([]);
  });
});
