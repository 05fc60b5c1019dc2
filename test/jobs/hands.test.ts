import { describe, expect, it } from 'vitest';
import { crmSeeder } from '../../local/crm/seed.ts';
import { readMailbox } from '../../shared/jobs/directory.ts';
import { markAndRing } from '../../shared/jobs/marking.ts';
import { ADOPT_MARK } from '../../shared/sync/adoption.ts';
import { shownInCrm, shownInOutlook, sorted } from '../world/judge.ts';
import { timed } from '../world/people.ts';
import { TENANT } from '../world/places.ts';
import { World, type Employee } from '../world/world.ts';

type Values = Record<string, string | number | boolean>;

const HOUR = 3_600_000;

const changeRep = (world: World, { rep }: Employee, values: Values): void => void world.crm.act('SYNC').update('RepUser', rep.rep.id, values);
const stateOf = async (world: World, { id }: Employee) => (await readMailbox(world.storage.tables, TENANT, id))?.status ?? null;
const subjects = (world: World, employee: Employee): unknown[] => world.outlook(employee).events().map((event) => event['subject']).sort();
const inCrm = (world: World, employee: Employee): (string | undefined)[] => world.crmUser(employee).activities().map(({ values }) => values['Subject']).sort();
const reasons = async (world: World, employee: Employee): Promise<string[]> => (await world.journal(employee)).map(({ action, reason, detail }) => `${action} ${reason} ${detail ?? ''}`.trim());

async function usersRun(world: World): Promise<void> {
  await world.syncUsers();
  await world.live(90_000);
}

/** Everything that was ever there is there, and no mail was sent. */
function expectNothingLost(world: World): void {
  expect(world.crm.records('Contact').filter(({ deleted, values }) => deleted || values['FreeC1'] === 'gelöscht')).toEqual([]);
  expect(world.employees.flatMap(({ id }) => world.graph.events(id)).filter(({ place }) => place !== 'calendar')).toEqual([]);
  expect(world.graph.state().mails).toEqual([]);
  expect(world.violations()).toEqual([]);
  expect(world.events.filter((event) => event['evt'] === 'handler.failed')).toEqual([]);
}

/** The mailbox's owner with another rep: the same address, another number. */
function successorOf(world: World, { id, mail }: Employee): Employee {
  return { id, mail, rep: crmSeeder(world.crm, 'SYNC').rep({ user: 'NEXT', firstName: 'Next', lastName: 'Rep', email: mail }) };
}

/** A first appointment on both sides of each; the first one's rep then has a successor. */
async function succeeded(before: (world: World, first: Employee) => void | Promise<void> = () => undefined): Promise<{ world: World; first: Employee; second: Employee; next: Employee }> {
  const world = new World({ users: 2 });
  await world.start();
  const [first, second] = world.employees as [Employee, Employee];
  for (const name of ['A', 'B', 'C']) await world.outlook(first).create({ subject: name });
  await world.settle();
  await before(world, first);
  changeRep(world, first, { ConnectorSettings: false, Active: false });
  const next = successorOf(world, first);
  await usersRun(world);
  return { world, first, second, next };
}

describe('a mailbox gets another rep', () => {
  it('what the one before has in the CRM rests with its events: nothing is deleted or made twice, the admin is told, and what is new is his successor’s', async () => {
    const { world, first, next } = await succeeded();
    await world.outlook(first).create({ subject: 'New' });
    world.crmUser(next).create({ Subject: 'His own' });
    await world.settle();
    await world.days(2);
    expect(subjects(world, first)).toEqual(['A', 'B', 'C', 'His own', 'New']);
    expect(inCrm(world, first)).toEqual(['A', 'B', 'C']);
    expect(inCrm(world, next)).toEqual(['His own', 'New']);
    expect(await reasons(world, first)).toContain(`held anotherRep rep ${first.rep.repId} before, rep ${next.rep.repId} now: 3 pairs rest until their activities are given to him`);
    expect(world.events.filter(({ evt }) => evt === 'mailbox.rep')).toMatchObject([{ before: first.rep.repId, rep: next.rep.repId, resting: 3 }]);
    expectNothingLost(world);
  });

  it('what is given to him goes on in the event that it had, with what was edited on both sides meanwhile', async () => {
    const { world, first, next } = await succeeded();
    const [a] = world.crmUser(first).activities();
    const event = world.outlook(first).events().find(({ subject }) => subject === a?.values['Subject']);
    await world.outlook(first).patch(event?.id ?? '', { location: { displayName: 'Room 1' } });
    world.crmUser(first).update(a?.id ?? '', { Text: 'More' });
    await world.settle();
    expect(world.crmUser(first).activities()[0]?.values).toMatchObject({ Location: '' });
    for (const { id } of world.crmUser(first).activities()) world.crm.act('SYNC').update('Contact', id, { RepId: next.rep.repId });
    await world.settle();
    await world.days(1);
    const [outlook, crm] = [world.outlook(first).events().map(shownInOutlook), world.crmUser(next).activities().map((activity) => shownInCrm(activity))];
    expect(sorted(outlook)).toEqual(sorted(crm));
    expect(outlook).toHaveLength(3);
    expect(outlook.find(({ place }) => place === 'Room 1')?.body).toBe('More');
    expect(world.crm.records('Contact')).toHaveLength(3);
    expectNothingLost(world);
  });

  it('who clears out the one before in the CRM takes nothing out of the calendar, and what is deleted in the calendar stays in the CRM', async () => {
    const { world, first, next } = await succeeded();
    const [a, b] = world.crmUser(first).activities();
    world.crmUser(first).mark(a?.id ?? '');
    const event = world.outlook(first).events().find(({ subject }) => subject === b?.values['Subject']);
    await world.outlook(first).remove(event?.id ?? '');
    await world.settle();
    await world.days(1);
    expect(subjects(world, first)).toHaveLength(2);
    expect(subjects(world, first)).toContain(a?.values['Subject']);
    expect(inCrm(world, first)).toHaveLength(2);
    world.crm.act('SYNC').update('Contact', b?.id ?? '', { RepId: next.rep.repId });
    await world.settle();
    expect(subjects(world, first)).toHaveLength(3);
  });

  it('a record that its rep of before gives to a third one leaves the calendar, like any other that is given away', async () => {
    const { world, first, second } = await succeeded();
    const [a] = world.crmUser(first).activities();
    world.crm.act('SYNC').update('Contact', a?.id ?? '', { RepId: second.rep.repId });
    await world.settle();
    expect(subjects(world, first)).not.toContain(a?.values['Subject']);
    expect(subjects(world, second)).toEqual([a?.values['Subject']]);
  });

  it('what the new one had in the CRM before comes into the calendar at once, and nobody is invited for it', async () => {
    const { world, first, next } = await succeeded((world, first) => {
      // Made for him before he has the mailbox: nobody is told of it again.
      const other = crmSeeder(world.crm, 'SYNC').rep({ user: 'LATE', firstName: 'Late', lastName: 'Rep', email: 'late@example.com', rep: { ConnectorSettings: false } });
      const late: Employee = { id: first.id, mail: 'late@example.com', rep: other };
      const { id } = world.crmUser(late).create({ Subject: 'Had it before' });
      world.crm.act('SYNC').addParticipant(id, { RepId: world.employees[1]?.rep.repId ?? 0, Role: 0 });
    });
    await world.live(10 * 60_000);
    changeRep(world, next, { Active: false, Email1: 'away@example.com' });
    const late = world.crm.records('RepUser').find(({ values }) => values['Email1'] === 'late@example.com');
    world.crm.act('SYNC').update('RepUser', late?.id ?? '', { Email1: first.mail, ConnectorSettings: true });
    await usersRun(world);
    await world.settle();
    expect(subjects(world, first)).toEqual(['A', 'B', 'C', 'Had it before']);
    expectNothingLost(world);
  });
});

describe('two reps swap their addresses', () => {
  it('one after the other: both are parked between, then each calendar gets what its rep has, keeps what it has, and nothing is deleted', async () => {
    const world = new World({ users: 2 });
    await world.start();
    const [first, second] = world.employees as [Employee, Employee];
    await world.outlook(first).create({ subject: 'Of the first' });
    world.crmUser(second).create({ Subject: 'Of the second' });
    await world.settle();
    const swap = async (to: readonly [string, string]): Promise<void> => {
      changeRep(world, first, { Email1: to[0] });
      await usersRun(world);
      for (const employee of [first, second]) expect(await stateOf(world, employee)).toMatchObject({ state: 'parked' });
      changeRep(world, second, { Email1: to[1] });
      await usersRun(world);
      await world.settle();
      for (const employee of [first, second]) expect(await stateOf(world, employee)).toMatchObject({ state: 'ok' });
    };
    await swap([second.mail, first.mail]);
    await world.days(1);
    expect([subjects(world, first), subjects(world, second)]).toEqual([['Of the first', 'Of the second'], ['Of the first', 'Of the second']]);
    expect([inCrm(world, first), inCrm(world, second)]).toEqual([['Of the first'], ['Of the second']]);
    // Who throws out what is not his takes it from nobody.
    const foreign = world.outlook(second).events().find(({ subject }) => subject === 'Of the second');
    await world.outlook(second).remove(foreign?.id ?? '');
    await world.settle();
    expect([inCrm(world, first), inCrm(world, second)]).toEqual([['Of the first'], ['Of the second']]);
    expect(subjects(world, first)).toEqual(['Of the first', 'Of the second']);
    await swap([first.mail, second.mail]);
    const own = world.outlook(first).events().find(({ subject }) => subject === 'Of the first');
    await world.outlook(first).patch(own?.id ?? '', { subject: 'Of the first, again' });
    await world.settle();
    expect(inCrm(world, first)).toEqual(['Of the first, again']);
    expect(world.crm.records('Contact').filter(({ deleted, values }) => deleted || values['FreeC1'] === 'gelöscht')).toEqual([]);
    expect(world.crm.records('Contact')).toHaveLength(2);
    expect(world.graph.state().mails).toEqual([]);
  });
});

describe('a rep who has another mailbox for a while', () => {
  it('and comes back to the one before: what was made for him meanwhile is in its calendar at once', async () => {
    const world = new World({ users: 2 });
    const [first, second] = world.employees as [Employee, Employee];
    changeRep(world, second, { ConnectorSettings: false, Active: false, Email1: '' });
    await world.start();
    changeRep(world, first, { Email1: second.mail });
    for (let run = 0; run < 3; run += 1) await usersRun(world);
    expect(await stateOf(world, second)).toMatchObject({ state: 'ok' });
    world.crmUser(first).create({ Subject: 'Meanwhile' });
    await world.settle();
    expect([subjects(world, first), subjects(world, second)]).toEqual([[], ['Meanwhile']]);
    changeRep(world, first, { Email1: first.mail });
    for (let run = 0; run < 3; run += 1) await usersRun(world);
    expect(await stateOf(world, first)).toMatchObject({ state: 'ok' });
    expect([subjects(world, first), subjects(world, second)]).toEqual([['Meanwhile'], ['Meanwhile']]);
    expectNothingLost(world);
  });
});

describe('a small mailbox that was made anew', () => {
  async function small(): Promise<{ world: World; employee: Employee }> {
    const world = new World();
    await world.start();
    const { employee } = world;
    for (const name of ['A', 'B', 'C']) await world.outlook().create({ subject: name });
    await world.settle();
    await world.live(6 * 60_000);
    return { world, employee };
  }

  it('is found out by the net alone, before anything of it counts as deleted', async () => {
    const { world, employee } = await small();
    world.graph.remakeMailbox(employee.id);
    await world.days(2);
    expect(await stateOf(world, employee)).toMatchObject({ state: 'parked', reason: expect.stringContaining('made anew') as string });
    expect(inCrm(world, employee)).toEqual(['A', 'B', 'C']);
    expectNothingLost(world);
  });

  it('and by a pass that comes upon an open reservation first', async () => {
    const { world, employee } = await small();
    const event = world.outlook().events()[0];
    world.crm.addFault({ kind: 'lostAnswer', match: { command: 'update' } });
    await world.outlook().patch(event?.id ?? '', { location: { displayName: 'Room 1' } });
    await world.live(40_000);
    world.crm.clearFaults();
    world.graph.remakeMailbox(employee.id);
    await world.rest(30 * 60_000);
    expect(await stateOf(world, employee)).toMatchObject({ state: 'parked' });
    expect(inCrm(world, employee)).toEqual(['A', 'B', 'C']);
    expectNothingLost(world);
    // An admin's word goes before the reservation, which would never be resolved in this mailbox.
    await markAndRing(world.storage, world.clock, { tenantId: TENANT, mailboxId: employee.id, kind: ADOPT_MARK, why: 'anew', asked: [], always: true });
    await world.settle();
    expect(await stateOf(world, employee)).toMatchObject({ state: 'ok' });
    expect(subjects(world, employee)).toEqual(['A', 'B', 'C']);
    expect(world.crm.records('Contact')).toHaveLength(3);
  });
});

describe('an admin who says twice that a mailbox was made anew', () => {
  it('is heard once: what was edited since the first word still flows', async () => {
    const world = new World();
    await world.start();
    await world.outlook().create({ subject: 'Kept' });
    await world.settle();
    world.graph.remakeMailbox(world.employee.id);
    const { id } = await world.outlook().create({ subject: 'New' });
    await world.rest(10 * 60_000);
    const say = (): Promise<void> => markAndRing(world.storage, world.clock, { tenantId: TENANT, mailboxId: world.employee.id, kind: ADOPT_MARK, why: 'anew', asked: [], always: true });
    await say();
    await world.settle();
    expect(inCrm(world, world.employee)).toEqual(['Kept', 'New']);
    await world.outlook().patch(id, { location: { displayName: 'Room 1' } });
    await say();
    await world.settle();
    expect(world.crmUser().activities().map(({ values }) => values['Location'])).toContain('Room 1');
    expect(subjects(world, world.employee)).toEqual(['Kept', 'New']);
    expect(world.crm.records('Contact')).toHaveLength(2);
    expectNothingLost(world);
  });
});

describe('an address goes to another mailbox', () => {
  it.each(['', ', whose subscription Graph has removed'])('of which the former one is gone%s: within the hour its rep is followed there, and what he has in the CRM comes with him', async (subscription) => {
    const world = new World({ users: 2 });
    const [old, next] = world.employees as [Employee, Employee];
    changeRep(world, next, { ConnectorSettings: false, Active: false, Email1: '' });
    await world.start();
    await world.outlook(old).create({ subject: 'Kept' });
    await world.settle();
    world.graph.setMailboxEnabled(old.id, false);
    const [gone, heir] = world.people;
    Object.assign(gone!, { mail: 'removed@example.com', userPrincipalName: 'removed@example.com' });
    Object.assign(heir!, { mail: old.mail, userPrincipalName: old.mail });
    world.crmUser(old).create({ Subject: 'Meanwhile' });
    if (subscription !== '') for (const { id } of world.graph.subscriptions()) world.graph.removeSubscription(id, true);
    await world.rest(10 * 60_000);
    await world.keepSubscriptions();
    await usersRun(world);
    expect(await stateOf(world, old)).toMatchObject({ state: subscription === '' ? 'parked' : 'waiting' });
    await world.clock.until(world.clock.now() + HOUR);
    for (let run = 0; run < 4; run += 1) {
      await usersRun(world);
      await world.rest(8 * 60_000);
    }
    expect(await stateOf(world, next)).toMatchObject({ state: 'ok' });
    expect(subjects(world, next)).toEqual(['Kept', 'Meanwhile']);
    expect(inCrm(world, old)).toEqual(['Kept', 'Meanwhile']);
    expect(world.crm.records('Contact')).toHaveLength(2);
    expect(world.graph.state().mails).toEqual([]);
  });

  it('and to another rep with it: the new mailbox waits for the last pass of the one before, which speaks to the CRM under that address', async () => {
    const world = new World({ users: 2 });
    const [old, heir] = world.employees as [Employee, Employee];
    changeRep(world, heir, { ConnectorSettings: false, Active: false, Email1: '' });
    await world.start();
    const address = old.mail;
    const [former, person] = world.people;
    Object.assign(former!, { mail: 'former@example.com', userPrincipalName: 'former@example.com' });
    Object.assign(person!, { mail: address, userPrincipalName: address });
    changeRep(world, old, { ConnectorSettings: false, Active: false });
    successorOf(world, old);
    await world.syncUsers();
    await world.workTenantJobs();
    expect(await stateOf(world, old)).toMatchObject({ state: 'leaving' });
    expect(await stateOf(world, heir)).toBeNull();
    await usersRun(world);
    await usersRun(world);
    expect(await stateOf(world, old)).toMatchObject({ state: 'parked' });
    expect(await stateOf(world, heir)).toMatchObject({ state: 'ok' });
  });

  it('that two reps laid claim to before: put right in Entra, both go on within the hour', async () => {
    const world = new World({ users: 2 });
    await world.start();
    const [first, second] = world.employees as [Employee, Employee];
    world.people[0]!.proxyAddresses = [`SMTP:${first.mail}`, 'smtp:alias@example.com'];
    changeRep(world, second, { Email1: 'alias@example.com' });
    await usersRun(world);
    for (const employee of [first, second]) expect((await stateOf(world, employee))?.reason).toContain('have the same mailbox');
    world.people[0]!.proxyAddresses = [`SMTP:${first.mail}`];
    world.people[1]!.proxyAddresses = [`SMTP:${second.mail}`, 'smtp:alias@example.com'];
    await world.clock.until(world.clock.now() + HOUR);
    await usersRun(world);
    await usersRun(world);
    for (const employee of [first, second]) expect(await stateOf(world, employee)).toMatchObject({ state: 'ok' });
  });
});

describe('a rep who joins under an address that somebody else still has', () => {
  it('parks both, and whoever had it goes on where he was', async () => {
    const world = new World();
    await world.start();
    const event = await world.outlook().create({ subject: 'Mine', ...timed('2026-12-01T09:00:00', '2026-12-01T10:00:00') });
    await world.settle();
    const joiner = successorOf(world, world.employee);
    await usersRun(world);
    expect(await stateOf(world, world.employee)).toMatchObject({ state: 'parked', reason: expect.stringContaining('same e-mail address') as string });
    await world.outlook().patch(event.id, { subject: 'Mine still' });
    await world.settle();
    changeRep(world, joiner, { Email1: 'joiner@example.com' });
    await usersRun(world);
    await world.settle();
    expect(inCrm(world, world.employee)).toEqual(['Mine still']);
    expect(inCrm(world, joiner)).toEqual([]);
    expectNothingLost(world);
  });
});
