import { describe, expect, it } from 'vitest';
import { timed } from '../world/people.ts';
import { World, type Employee, type WorldOptions } from '../world/world.ts';

async function office(appointments: Record<string, unknown> = {}, options: WorldOptions = {}): Promise<{ world: World; chair: Employee; colleague: Employee }> {
  const world = new World({ users: 2, ...options, rules: { appointments, ...options.rules } });
  await world.start();
  const [chair, colleague] = world.employees as [Employee, Employee];
  return { world, chair, colleague };
}

/** One appointment a day, known to both sides, by subject. */
async function appointments(world: World, days: readonly string[]): Promise<void> {
  for (const day of days) await world.outlook().create({ subject: day, ...timed(`${day}T09:00:00`, `${day}T10:00:00`) });
  await world.settle();
}

const outlookSubjects = (world: World): unknown[] => world.outlook().events().map((event) => event['subject']).sort();
const crmSubjects = (world: World): unknown[] => world.crmUser().activities().map(({ values }) => values['Subject']).sort();

async function removeAll(world: World, where: 'outlook' | 'crm'): Promise<void> {
  if (where === 'outlook') for (const { id } of world.outlook().events()) await world.outlook().remove(id);
  else for (const { id } of world.crmUser().activities()) world.crmUser().mark(id);
  await world.settle();
}

/** Today is 2026-11-23. */
const DAYS = ['2026-11-01', '2026-11-20', '2026-11-25', '2026-12-20'];

describe('A12: the time frame of deletions', () => {
  it.each(['outlook', 'crm'] as const)('without one of its own, whatever is followed is deleted (deleted in %s)', async (where) => {
    const { world } = await office();
    await appointments(world, DAYS);
    await removeAll(world, where);
    expect([outlookSubjects(world), crmSubjects(world)]).toEqual([[], []]);
  });

  it.each(['outlook', 'crm'] as const)('with one, what is scheduled outside it stays on the other side, and is neither made nor taken in again (deleted in %s)', async (where) => {
    const { world } = await office({ deletion: { daysBack: 10, daysAhead: 14 } });
    await appointments(world, DAYS);
    await removeAll(world, where);
    const left = ['2026-11-01', '2026-12-20'];
    expect(where === 'outlook' ? crmSubjects(world) : outlookSubjects(world)).toEqual(left);
    expect((await world.journal()).filter(({ action }) => action === 'ended').map(({ reason }) => reason)).toEqual(['deletionOutsideFrame', 'deletionOutsideFrame']);
    await world.days(2);
    expect(where === 'outlook' ? outlookSubjects(world) : crmSubjects(world)).toEqual([]);
    expect(where === 'outlook' ? crmSubjects(world) : outlookSubjects(world)).toEqual(left);
  });

  it('may be open at one end; what counts is when the item is scheduled now, not when it was made', async () => {
    const { world } = await office({ deletion: { daysBack: 0 } });
    await appointments(world, DAYS);
    const [past] = world.outlook().events().filter((event) => event['subject'] === '2026-11-01');
    await world.outlook().patch(past?.id ?? '', timed('2026-12-28T09:00:00', '2026-12-28T10:00:00'));
    await world.settle();
    await removeAll(world, 'outlook');
    expect(crmSubjects(world)).toEqual(['2026-11-20']);
  });

  it('holds for published records, too; a cancelled meeting is no deletion of its reader and goes', async () => {
    const { world, chair } = await office({ deletion: { daysAhead: 3 } });
    const invitation = { organizer: { name: 'Olga Outside', address: 'olga@outside.example' }, event: { subject: 'Far', ...timed('2026-12-20T09:00:00', '2026-12-20T10:00:00'), attendees: [{ emailAddress: { address: chair.mail }, type: 'required' }] } };
    const kept = world.graph.receiveInvitation(chair.id, { ...invitation, iCalUId: 'outside-1' });
    const cancelled = world.graph.receiveInvitation(chair.id, { ...invitation, iCalUId: 'outside-2', event: { ...invitation.event, subject: 'Cancelled' } });
    await world.settle();
    expect(crmSubjects(world)).toEqual(['Cancelled', 'Far']);
    await world.outlook().remove(kept);
    world.graph.cancelInvitation(chair.id, cancelled);
    await world.settle();
    expect(crmSubjects(world)).toEqual(['Far']);
  });
});

describe('A12: what a deletion is', () => {
  it.each(['outlook', 'crm'] as const)('switched off, the other item stays, the pair is over and nothing is made again (deleted in %s)', async (where) => {
    const { world } = await office({ deletion: { enabled: false } });
    await appointments(world, ['2026-11-25']);
    await removeAll(world, where);
    await world.days(2);
    expect([outlookSubjects(world), crmSubjects(world)]).toEqual(where === 'outlook' ? [[], ['2026-11-25']] : [['2026-11-25'], []]);
    expect((await world.journal()).filter(({ action }) => action === 'ended')).toMatchObject([{ reason: 'deletionOff' }]);
    expect(world.graph.events(world.employee.id)).toHaveLength(1);
    expect(world.crmUser().all()).toHaveLength(1);
  });

  it('an event really goes, to Deleted Items; an activity is only marked', async () => {
    const { world } = await office();
    await appointments(world, ['2026-11-25', '2026-11-26']);
    const [first, second] = world.crmUser().activities();
    world.crmUser().mark(first?.id ?? '');
    await world.settle();
    expect(world.graph.events(world.employee.id).filter(({ place }) => place === 'calendar')).toHaveLength(1);
    expect(world.graph.events(world.employee.id).filter(({ place }) => place === 'deletedItems')).toHaveLength(1);
    for (const { id } of world.outlook().events()) await world.outlook().remove(id);
    await world.settle();
    expect(world.crmUser().all().find(({ id }) => id === second?.id)).toMatchObject({ deleted: false, values: { FreeC1: 'gelöscht', Subject: '2026-11-26' } });
  });

  it('field and value of the mark are the rules’: both are written and read', async () => {
    const { world } = await office({ deletion: { field: 'FreeC2', value: 'entfernt' }, published: { field: 'FreeC1', value: 'fremd' } });
    await appointments(world, ['2026-11-25', '2026-11-26']);
    const [marked] = world.crmUser().activities();
    world.crmUser().update(marked?.id ?? '', { FreeC2: 'Entfernt' });
    await world.settle();
    expect(world.outlook().events()).toHaveLength(1);
    for (const { id } of world.outlook().events()) await world.outlook().remove(id);
    await world.settle();
    expect(world.crmUser().all().map(({ deleted, values }) => [deleted, values['FreeC2'], values['FreeC1']])).toEqual([[false, 'Entfernt', ''], [false, 'entfernt', '']]);
  });

  it('the default mark is no deletion where the rules name another one', async () => {
    const { world } = await office({ deletion: { field: 'FreeC2', value: 'entfernt' }, published: { field: 'FreeC1', value: 'fremd' } });
    await appointments(world, ['2026-11-25']);
    world.crmUser().mark(world.crmUser().activities()[0]?.id ?? '');
    await world.settle();
    expect(world.outlook().events()).toHaveLength(1);
  });
});

describe('A12: whose deletion it is', () => {
  it('an attendee who deletes his copy deletes no activity of the organizer, and no event', async () => {
    const { world, chair, colleague } = await office();
    await world.outlook(chair).create({ subject: 'Ours', attendees: [{ emailAddress: { address: colleague.mail }, type: 'required' }] });
    await world.settle();
    const before = { mails: world.graph.state().mails.length, writes: world.writes() };
    for (const { id } of world.outlook(colleague).events()) await world.outlook(colleague).remove(id);
    await world.settle();
    await world.days(2);
    expect(world.outlook(colleague).events()).toEqual([]);
    expect(crmSubjects(world)).toEqual(['Ours']);
    expect(world.outlook(chair).events()).toHaveLength(1);
    expect({ mails: world.graph.state().mails.length, writes: world.writes() }).toEqual(before);
  });

  it('nor does one whose copy was published before its organizer was on the list', async () => {
    const world = new World({ users: 2 });
    const [chair, colleague] = world.employees as [Employee, Employee];
    world.companions.set('CollectedMailboxes.xml', `<Mailboxes><Mailbox Smtp="${colleague.mail}"/></Mailboxes>`);
    await world.start();
    await world.outlook(chair).create({ subject: 'Ours', attendees: [{ emailAddress: { address: colleague.mail }, type: 'required' }] });
    await world.settle();
    expect(world.crmUser(colleague).activities()).toHaveLength(1);
    world.companions.clear();
    await world.syncUsers();
    await world.settle();
    for (const { id } of world.outlook(colleague).events()) await world.outlook(colleague).remove(id);
    await world.settle();
    expect(world.crmUser(chair).activities().map(({ values }) => values['Subject'])).toEqual(['Ours']);
    expect(world.outlook(chair).events()).toHaveLength(1);
  });

  it('the organizer who deletes deletes the activity once, and his attendees hear of it from him alone', async () => {
    const { world, chair, colleague } = await office();
    const { id } = await world.outlook(chair).create({ subject: 'Ours', attendees: [{ emailAddress: { address: colleague.mail }, type: 'required' }] });
    await world.settle();
    await world.outlook(chair).remove(id);
    const mails = world.graph.state().mails.length;
    await world.settle();
    expect(crmSubjects(world)).toEqual([]);
    expect(world.graph.state().mails).toHaveLength(mails);
  });

  it('who only takes part in the CRM and is taken out of it loses his invitation, not the meeting', async () => {
    const { world, chair, colleague } = await office();
    await world.outlook(chair).create({ subject: 'Ours', attendees: [{ emailAddress: { address: colleague.mail }, type: 'required' }] });
    await world.settle();
    const [row] = world.crm.records('Participant');
    world.crm.act(chair.rep.user).delete('Participant', row?.id ?? '');
    await world.settle();
    expect(crmSubjects(world)).toEqual(['Ours']);
    expect(world.outlook(chair).events().map((event) => event['attendees'])).toEqual([[]]);
    world.expectMails(1);
  });
});

describe('A12: what is no deletion', () => {
  it('leaving the window: time goes by, and both items stay', async () => {
    const { world } = await office({ window: { daysBack: 5, daysAhead: 30 } });
    await appointments(world, ['2026-11-24']);
    await world.days(40);
    expect([outlookSubjects(world), crmSubjects(world)]).toEqual([['2026-11-24'], ['2026-11-24']]);
    expect(world.writes().graph).toBe(0);
  });

  it('leaving the window: a rule that makes it smaller, and an item that a person moves out of it', async () => {
    const { world } = await office();
    await appointments(world, ['2026-11-24', '2027-03-01']);
    world.rules['appointments'] = { window: { daysBack: 1, daysAhead: 10 } };
    await world.days(2);
    const [near] = world.outlook().events().filter((event) => event['subject'] === '2026-11-24');
    await world.outlook().patch(near?.id ?? '', timed('2029-01-10T09:00:00', '2029-01-10T10:00:00'));
    await world.days(2);
    expect([outlookSubjects(world), crmSubjects(world)]).toEqual([['2026-11-24', '2027-03-01'], ['2026-11-24', '2027-03-01']]);
    expect(world.crmUser().activities().map(({ values }) => values['Date']).sort()).toEqual(['2027-03-01', '2029-01-10']);
  });

  it('leaving the list of users: nothing of his is deleted, and what he deletes afterwards stays where it is', async () => {
    const { world, chair, colleague } = await office();
    await appointments(world, ['2026-11-25', '2026-11-26']);
    world.companions.set('CollectedMailboxes.xml', `<Mailboxes><Mailbox Smtp="${colleague.mail}"/></Mailboxes>`);
    await world.days(1);
    world.allowed.splice(world.allowed.indexOf(chair.id), 1);
    expect([outlookSubjects(world), crmSubjects(world)]).toEqual([['2026-11-25', '2026-11-26'], ['2026-11-25', '2026-11-26']]);
    const [first] = world.outlook().events();
    await world.outlook().remove(first?.id ?? '');
    await world.days(2);
    expect(crmSubjects(world)).toEqual(['2026-11-25', '2026-11-26']);
    expect(world.violations()).toEqual([]);
  });

  it('an activity type or a calendar that is not in scope any more', async () => {
    const { world } = await office({ types: [1, 3] });
    await appointments(world, ['2026-11-25']);
    world.crmUser().update(world.crmUser().activities()[0]?.id ?? '', { Contact: 2 });
    await world.settle();
    await world.days(2);
    expect(outlookSubjects(world)).toEqual(['2026-11-25']);
    expect(world.crmUser().activities()).toHaveLength(1);
  });
});
