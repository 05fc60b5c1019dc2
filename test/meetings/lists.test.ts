import { describe, expect, it } from 'vitest';
import { timed } from '../world/people.ts';
import type { Employee, World } from '../world/world.ts';
import { attendee, forgetMails, invitedBy, mailed, office, ownEvents, troubles, type Office } from './office.ts';

const LIST = 'team@example.com';

/** Ben and somebody outside are in the list; the CRM knows nothing of it. */
async function team(graphQuirks: NonNullable<Parameters<typeof office>[0]>['graphQuirks'] = {}): Promise<Office> {
  return office({ graphQuirks }, ({ world, ben }) => void world.lists.push({ address: LIST, members: [ben.mail, 'zoe@elsewhere.example'] }));
}

async function meet({ world, ann }: Office, more: readonly Record<string, unknown>[] = []): Promise<string> {
  const event = await world.outlook(ann).create({ subject: 'With the team', attendees: [attendee(LIST), ...more] });
  await world.settle();
  forgetMails(world);
  return event.id;
}

function shown(world: World): string[] {
  return world.crm.records('Participant').filter(({ deleted }) => !deleted).map(({ values }) => `rep ${values['RepId']} status ${values['Status'] || '0'}`).sort();
}

function activity(world: World, employee: Employee): { id: string; values: Record<string, string> } {
  const [first, ...more] = world.crmUser(employee).activities();
  if (first === undefined || more.length > 0) throw new Error('There is not just one activity.');
  return first;
}

const join = (world: World, by: Employee, who: Employee): void => void world.crm.act(by.rep.user).addParticipant(activity(world, by).id, { RepId: who.rep.repId, Role: 0 });

function takeOff(world: World, by: Employee, who: Employee): void {
  const row = world.crm.records('Participant').find(({ deleted, values }) => !deleted && values['RepId'] === String(who.rep.repId));
  world.crm.act(by.rep.user).delete('Participant', row?.id ?? '');
}

describe('A7: a distribution list among the attendees', () => {
  it('is one who cannot be found; its members’ copies make no records of their own, and nothing is written for them', async () => {
    const all = await team();
    const { world, ann, ben } = all;
    await meet(all);
    expect(world.outlook(ben).events()).toHaveLength(1);
    expect([shown(world), activity(world, ann).values['FreeL1'], world.crmUser(ben).activities()]).toEqual([[], 'true', []]);
    const before = world.writes();
    await world.days(1);
    expect([world.writes(), mailed(world), troubles(world)]).toEqual([before, [], []]);
  });

  it('stays through every edit that people make in the CRM: of members, of others, of anything else', async () => {
    const all = await team();
    const { world, ann, cem } = all;
    await meet(all, [attendee('cora@customer.example')]);
    world.crmUser(ann).update(activity(world, ann).id, { Categories: 'Blue' });
    join(world, ann, cem);
    await world.settle();
    expect([invitedBy(world, ann), mailed(world)]).toEqual([['cora@customer.example', cem.mail, LIST], [`invitation to ${cem.mail}`]]);
    for (const row of world.crm.records('Participant')) world.crm.act(ann.rep.user).delete('Participant', row.id);
    await world.settle();
    expect(invitedBy(world, ann)).toEqual([LIST]);
    await world.days(1);
    expect([invitedBy(world, ann), activity(world, ann).values['FreeL1'], troubles(world)]).toEqual([[LIST], 'true', []]);
    expect(mailed(world)).toHaveLength(3);
  });

  it('a member whom its organizer’s event comes to name when he answers takes part with his answer; he is not invited again', async () => {
    const all = await team();
    const { world, ann, ben } = all;
    await meet(all);
    await world.outlook(ben).answer(world.outlook(ben).events()[0]?.id ?? '', 'accept');
    await world.settle();
    await world.days(1);
    expect([shown(world), activity(world, ann).values['FreeL1']]).toEqual([[`rep ${ben.rep.repId} status 1`], 'true']);
    expect([invitedBy(world, ann), mailed(world), troubles(world)]).toEqual([[ben.mail, LIST], [], []]);
  });

  it('a member whom Graph never names stays unknown to the CRM', async () => {
    const all = await team({ listMemberListedByAnswer: false });
    const { world, ann, ben } = all;
    await meet(all);
    await world.outlook(ben).answer(world.outlook(ben).events()[0]?.id ?? '', 'accept');
    await world.days(1);
    expect([shown(world), invitedBy(world, ann), mailed(world)]).toEqual([[], [LIST], []]);
  });

  it('a member who leaves the list, or joins it, changes no meeting', async () => {
    const all = await team();
    const { world, ann, ben, cem } = all;
    await meet(all);
    await world.outlook(ben).answer(world.outlook(ben).events()[0]?.id ?? '', 'accept');
    await world.settle();
    const before = world.writes();
    world.lists[0]?.members.splice(0, 1, cem.mail);
    await world.days(1);
    expect([world.writes(), invitedBy(world, ann), mailed(world)]).toEqual([before, [ben.mail, LIST], []]);
  });

  it('a member who is taken off in the CRM is taken off by name once, and not again though he stays in the list', async () => {
    const all = await team();
    const { world, ann, ben } = all;
    await meet(all);
    await world.outlook(ben).answer(world.outlook(ben).events()[0]?.id ?? '', 'accept');
    await world.settle();
    takeOff(world, ann, ben);
    await world.settle();
    await world.days(1);
    expect([invitedBy(world, ann), shown(world)]).toEqual([[LIST], []]);
    // As Graph does where the list stays: he hears twice, the list once (graph.md 5.3).
    expect(mailed(world)).toEqual([`cancellation to ${ben.mail}`, `update to ${LIST}`]);
    expect(world.outlook(ben).events()).toMatchObject([{ isCancelled: false }]);
    expect(troubles(world)).toEqual([]);
  });

  it('a member whom somebody adds to the record in the CRM is invited by name, once, as any colleague is', async () => {
    const { world, ann, ben } = await team();
    const before = world.crmUser(ann).create({ Subject: 'Known to both' });
    await world.settle();
    const [event] = ownEvents(world, ann);
    await world.outlook(ann).patch(event?.id ?? '', { attendees: [attendee(LIST)] });
    await world.settle();
    forgetMails(world);
    world.crm.act(ann.rep.user).addParticipant(before.id, { RepId: ben.rep.repId, Role: 0 });
    await world.settle();
    await world.outlook(ann).patch(event?.id ?? '', { categories: ['Blue'] });
    await world.days(1);
    expect([invitedBy(world, ann), shown(world), mailed(world)]).toEqual([[ben.mail, LIST], [`rep ${ben.rep.repId} status 0`], [`invitation to ${ben.mail}`]]);
  });
});

describe('A5: an outsider who invites a distribution list', () => {
  it('is published for each synchronized member, once', async () => {
    const { world, ben, cem } = await team();
    const event = { subject: 'For the team', ...timed('2026-11-25T09:00:00', '2026-11-25T10:00:00'), attendees: [attendee(LIST)] };
    for (const { id } of [ben, cem]) world.graph.receiveInvitation(id, { organizer: { name: 'Olga Outside', address: 'olga@outside.example' }, iCalUId: 'outside-1', event });
    await world.settle();
    expect([ben, cem].map((employee) => world.crmUser(employee).activities().map(({ values }) => [values['Subject'], values['FreeC2'], values['FreeL1'] === 'true']))).toEqual([[['For the team', 'published', false]], [['For the team', 'published', false]]]);
    expect([shown(world), mailed(world), troubles(world)]).toEqual([[], [], []]);
  });
});
