import { InvocationContext } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { tenantJobs } from '../../functions/tenant-jobs.ts';
import { QUEUES } from '../../shared/config/names.ts';
import { readMailbox, readMailboxes, readTenantProblems } from '../../shared/jobs/directory.ts';
import { shownInCrm, shownInOutlook, sorted } from '../world/judge.ts';
import { paired } from '../world/paired.ts';
import { timed } from '../world/people.ts';
import { TENANT } from '../world/places.ts';
import { World, type Employee, type WorldOptions } from '../world/world.ts';

type Values = Record<string, string | number | boolean | null>;

const changeRep = (world: World, employee: Employee, values: Values): unknown => world.crm.act('SYNC').update('RepUser', employee.rep.rep.id, values);
const stateOf = async (world: World, employee: Employee) => (await readMailbox(world.storage.tables, TENANT, employee.id))?.status ?? null;
const lastUsersRun = (world: World) => world.events.filter((event) => event['evt'] === 'users').at(-1);

/** The users' job, and enough time for the passes it rings for. */
async function usersRun(world: World): Promise<void> {
  await world.syncUsers();
  await world.live(60_000);
}

/** The job, and none of the passes that it rings for. */
async function usersJobAlone(world: World): Promise<void> {
  await world.syncUsers();
  const handler = tenantJobs(world.newWorker());
  for (const message of await world.storage.queues.receive(QUEUES.tenantJobs, { max: 8, invisibleMs: 600_000 })) {
    const context = new InvocationContext({ invocationId: 'test', functionName: QUEUES.tenantJobs });
    await world.clock.drive(Promise.resolve(handler(JSON.parse(message.text), context)));
    await world.storage.queues.remove(QUEUES.tenantJobs, message);
  }
}

async function problems(world: World): Promise<string> {
  return (await readTenantProblems(world.storage.tables, TENANT)).join(' ');
}

function employeeAt(world: World, index: number): Employee {
  const employee = world.employees[index];
  if (employee === undefined) throw new Error(`This world has no employee ${index}.`);
  return employee;
}

/** Two employees, each with one appointment on both sides. */
async function twoPaired(options: WorldOptions = {}): Promise<{ world: World; first: Employee; second: Employee }> {
  const world = new World({ users: 2, ...options });
  await world.start();
  const [first, second] = [employeeAt(world, 0), employeeAt(world, 1)];
  for (const employee of [first, second]) await world.outlook(employee).create({ subject: `Of ${employee.rep.user}` });
  await world.settle();
  return { world, first, second };
}

function expectUntouched(world: World, employee: Employee, count = 1): void {
  expect(world.outlook(employee).events()).toHaveLength(count);
  expect(world.crmUser(employee).activities()).toHaveLength(count);
}

/** Neither a request for the mailbox nor one to the CRM as its rep, whatever happens on both sides. */
async function expectLeftAlone(world: World, employee: Employee): Promise<void> {
  world.resetCounters();
  await world.outlook(employee).create({ subject: 'Nobody reads this', ...timed('2026-12-01T09:00:00', '2026-12-01T10:00:00') });
  world.crmUser(employee).create({ Subject: 'Nor this' });
  await world.settle();
  await usersRun(world);
  expect(world.events.filter((event) => event['evt'] === 'pass' && event['mailbox'] === employee.id)).toEqual([]);
  expect(world.crmUser(employee).activities().some(({ values }) => values['Subject'] === 'Nobody reads this')).toBe(false);
  expect(world.outlook(employee).events().some((event) => event['subject'] === 'Nor this')).toBe(false);
}

describe('G3: the rep table decides who is synchronized', () => {
  it.each<[string, Values, RegExp]>([
    ['is deactivated', { Active: false }, /^Rep \d+ is not active in the CRM/],
    ['loses the connector setting', { ConnectorSettings: false }, /connector setting/],
    ['has no appointments synchronized any more', { SyncAppointments: false }, /appointments/],
    ['becomes a resource', { Type: 2 }, /only employees/],
    ['loses the address', { Email1: '' }, /no e-mail address/],
  ])('a rep who %s is parked with the reason, and no appointment is touched', async (_name, values, reason) => {
    const { world, eventId, activityId } = await paired();
    changeRep(world, world.employee, values);
    await usersRun(world);
    const state = await stateOf(world, world.employee);
    expect(state).toMatchObject({ state: 'parked' });
    expect(state?.reason).toMatch(reason);
    expectUntouched(world, world.employee);
    await expectLeftAlone(world, world.employee);
    expect(world.outlook().events().map(({ id }) => id)).toContain(eventId);
    expect(world.crmUser().activities().map(({ id }) => id)).toContain(activityId);
    expect(world.violations()).toEqual([]);
  });

  it('a rep whose record is deleted is parked too', async () => {
    const { world } = await paired();
    world.crm.act('SYNC').create('RepUser', { Name: 'Somebody else' });
    world.crm.act('SYNC').delete('RepUser', world.employee.rep.rep.id);
    await usersRun(world);
    expect(await stateOf(world, world.employee)).toMatchObject({ state: 'parked' });
    expectUntouched(world, world.employee);
  });

  it('a rep table that shows nobody at all is a problem of the CRM, and parks nobody', async () => {
    const { world } = await paired();
    world.crm.act('SYNC').delete('RepUser', world.employee.rep.rep.id);
    await usersRun(world);
    expect(await stateOf(world, world.employee)).toMatchObject({ state: 'ok' });
    expect(world.events.some((event) => event['evt'] === 'job.failed' && event['job'] === 'users' && event['reason'] === 'configuration')).toBe(true);
  });

  it('what was edited before is carried over in the one last pass', async () => {
    const { world, eventId } = await paired();
      world.webhookDown = true;
    await world.outlook().patch(eventId, { subject: 'The last word' });
    changeRep(world, world.employee, { ConnectorSettings: false });
    await usersRun(world);
    expect(world.crmUser().activities().map(({ values }) => values['Subject'])).toEqual(['The last word']);
    expect(await stateOf(world, world.employee)).toMatchObject({ state: 'parked' });
  });

  it('a last pass that finds the CRM down is tried again, and given up after two hours', async () => {
    let down = false;
    const { world } = await paired({ wire: (request, send) => (down && request.url.includes('/interface/') ? crmDownForReps(request, send) : send(request)) });
    down = true;
    changeRep(world, world.employee, { ConnectorSettings: false });
    await world.outlook().create({ subject: 'Not carried over any more', ...timed('2026-12-01T09:00:00', '2026-12-01T10:00:00') });
    await usersRun(world);
    expect(await stateOf(world, world.employee)).toMatchObject({ state: 'leaving' });
    await world.rest(125 * 60_000);
    await usersRun(world);
    expect(await stateOf(world, world.employee)).toMatchObject({ state: 'parked' });
    expect(world.outlook().events()).toHaveLength(2);
    expect(world.crmUser().activities()).toHaveLength(1);
  });

  it('a mailbox that never had a pass is parked without one', async () => {
    const world = new World();
    world.crmUser().create();
    await usersJobAlone(world);
    changeRep(world, world.employee, { ConnectorSettings: false });
    await usersJobAlone(world);
    await world.live(60_000);
    expect(await stateOf(world, world.employee)).toMatchObject({ state: 'parked', lastPassAt: null });
    expect(world.outlook().events()).toEqual([]);
  });

  it('who comes back goes on where he was: edits of both sides made meanwhile arrive, nothing is doubled', async () => {
    const { world, eventId, activityId } = await paired();
    changeRep(world, world.employee, { Active: false });
    await usersRun(world);
    await world.outlook().patch(eventId, { subject: 'Edited in Outlook meanwhile' });
    world.crmUser().update(activityId, { Location: 'Edited in the CRM meanwhile' });
    world.crmUser().create({ Subject: 'New in the CRM meanwhile' });
    await world.outlook().create({ subject: 'New in Outlook meanwhile', ...timed('2026-12-01T09:00:00', '2026-12-01T10:00:00') });
    await world.rest(30 * 60_000);
    expect(world.crmUser().activities()).toHaveLength(2);
    changeRep(world, world.employee, { Active: true });
    await usersRun(world);
    await world.settle();
    expect(await stateOf(world, world.employee)).toMatchObject({ state: 'ok', reason: null });
    const outlook = world.outlook().events().map(shownInOutlook);
    expect(sorted(outlook)).toEqual(sorted(world.crmUser().activities().map((activity) => shownInCrm(activity))));
    expect(outlook).toHaveLength(3);
    expect(outlook.find(({ subject }) => subject === 'Edited in Outlook meanwhile')?.place).toBe('Edited in the CRM meanwhile');
    expect(world.violations()).toEqual([]);
  });

  it('mail domains narrow it', async () => {
    const { world, first, second } = await twoPaired();
    const rules = world.rules as { users?: unknown };
    world.people.find(({ id }) => id === second.id)!.proxyAddresses = [`SMTP:${second.mail}`, 'smtp:second@example.org'];
    changeRep(world, second, { Email1: 'second@example.org' });
    rules.users = { mailDomains: ['example.com'] };
    await world.live(60_000);
    await usersRun(world);
    expect((await stateOf(world, second))?.reason).toMatch(/mail domain of rep \d+/);
    expect(await stateOf(world, first)).toMatchObject({ state: 'ok' });
  });

  it('extra conditions of the rules narrow it, and a wrong one stops the job with a sentence that names them', async () => {
    const { world, first, second } = await twoPaired();
    const rules = world.rules as { users?: unknown };
    changeRep(world, first, { SalesGroup: 5 });
    rules.users = { conditions: [{ field: 'SalesGroup', op: '=', value: '5' }, { field: 'Name', op: '()', value: 'Employee' }] };
    await world.live(60_000);
    await usersRun(world);
    expect(await stateOf(world, first)).toMatchObject({ state: 'ok' });
    expect(await stateOf(world, second)).toMatchObject({ state: 'parked', reason: expect.stringContaining('users.conditions') as string });
    rules.users = { conditions: [{ field: 'NoSuchField', op: '=', value: '5' }] };
    await world.live(60_000);
    await usersRun(world);
    expect(await stateOf(world, first)).toMatchObject({ state: 'ok' });
    expect(await problems(world)).toMatch(/users\.conditions/);
  });
});

describe('G3: CollectedMailboxes.xml narrows it while it exists', () => {
  const file = (...employees: Employee[]): string => `<Mailboxes>${employees.map(({ mail }) => `<Mailbox Smtp="${mail.toUpperCase()}"/>`).join('')}</Mailboxes>`;

  it('only who is enabled and listed is synchronized; without the file everybody who is enabled', async () => {
    const { world, first, second } = await twoPaired();
    world.companions.set('CollectedMailboxes.xml', file(first));
    await usersRun(world);
    expect(await stateOf(world, first)).toMatchObject({ state: 'ok' });
    expect((await stateOf(world, second))?.reason).toMatch(/not in CollectedMailboxes\.xml/);
    expectUntouched(world, second);
    world.companions.delete('CollectedMailboxes.xml');
    await usersRun(world);
    expect(await stateOf(world, second)).toMatchObject({ state: 'ok' });
    expectUntouched(world, second);
  });

  it('who is not listed from the start is never asked for', async () => {
    const world = new World({ users: 2 });
    const [first, second] = [employeeAt(world, 0), employeeAt(world, 1)];
    world.companions.set('CollectedMailboxes.xml', file(first));
    await world.outlook(second).create();
    await world.start();
    expect(await readMailboxes(world.storage.tables, TENANT)).toHaveLength(1);
    expect(Object.keys(world.graph.state().app).filter((request) => request.includes(second.id))).toEqual([]);
    expect(world.crmUser(second).activities()).toEqual([]);
  });

  it('a file that cannot be used is told of, and what the last good one decided stays in force', async () => {
    const { world, first, second } = await twoPaired();
    world.companions.set('CollectedMailboxes.xml', file(first));
    await usersRun(world);
    world.companions.set('CollectedMailboxes.xml', '<Mailboxes><Mailbox Smtp="');
    await usersRun(world);
    expect(await stateOf(world, first)).toMatchObject({ state: 'ok' });
    expect(await stateOf(world, second)).toMatchObject({ state: 'parked' });
    expect(await problems(world)).toMatch(/CollectedMailboxes\.xml is not well-formed XML/);
    world.companions.set('CollectedMailboxes.xml', file(first, second));
    await usersRun(world);
    expect(await stateOf(world, second)).toMatchObject({ state: 'ok' });
    expect(await problems(world)).toBe('');
  });
});

describe('A13, G3: rules of single users', () => {
  it('that mean nobody are told of by their place, and everybody is worked all the same', async () => {
    const { world } = await twoPaired();
    world.rules['users'] = { overrides: [{ user: 'employee0@example.com', appointments: { privacy: 'full' } }, { user: 'nobody@example.com' }, { user: 4711 }] };
    await world.live(60_000);
    await usersRun(world);
    expect(await problems(world)).toMatch(/users\.overrides\[1\], users\.overrides\[2\]/);
    await world.outlook().create({ subject: 'As usual', sensitivity: 'private' });
    await world.settle();
    expect(world.crmUser().activities().map(({ values }) => values['Subject'])).toContain('As usual');
    world.rules['users'] = {};
    await world.live(60_000);
    await usersRun(world);
    expect(await problems(world)).toBe('');
  });
});

describe('G3: people and their mailboxes', () => {
  it('a person who is renamed on both sides keeps the mailbox and every appointment', async () => {
    const { world, eventId, activityId } = await paired();
    const [person] = world.people;
    person!.mail = 'married@example.com';
    person!.userPrincipalName = 'married@example.com';
    person!.proxyAddresses = ['SMTP:married@example.com', `smtp:${world.employee.mail}`];
    changeRep(world, world.employee, { Email1: 'Married@example.com' });
    await usersRun(world);
    const rows = await readMailboxes(world.storage.tables, TENANT);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.mailbox).toMatchObject({ mailboxId: world.employee.id, repEmail: 'married@example.com', addresses: ['married@example.com', world.employee.mail] });
    await world.outlook().patch(eventId, { subject: 'After the wedding' });
    world.crmUser().create({ Subject: 'New after the wedding' });
    await world.settle();
    const outlook = world.outlook().events().map(shownInOutlook);
    expect(sorted(outlook)).toEqual(sorted(world.crmUser().activities().map((activity) => shownInCrm(activity))));
    expect(outlook).toHaveLength(2);
    expect(world.crmUser().activities().map(({ id }) => id)).toContain(activityId);
    expect(world.violations()).toEqual([]);
  });

  it('an address that changes in Entra alone is learned within a month, without a second mailbox', async () => {
    const { world } = await paired();
    world.people[0]!.proxyAddresses = ['SMTP:new@example.com', `smtp:${world.employee.mail}`];
    await usersRun(world);
    expect((await readMailbox(world.storage.tables, TENANT, world.employee.id))?.mailbox.addresses).toEqual([world.employee.mail]);
    await world.clock.until(world.clock.now() + 31 * 86_400_000);
    await usersRun(world);
    expect((await readMailbox(world.storage.tables, TENANT, world.employee.id))?.mailbox.addresses).toEqual(['new@example.com', world.employee.mail]);
    expect(await readMailboxes(world.storage.tables, TENANT)).toHaveLength(1);
  });

  it.each(['room', 'equipment'])('the mailbox of a %s is never synchronized', async (purpose) => {
    const world = new World();
    world.people[0]!.userPurpose = purpose;
    await world.outlook().create();
    await world.start();
    expect(await readMailboxes(world.storage.tables, TENANT)).toEqual([]);
    expect(world.crmUser().activities()).toEqual([]);
    expect(lastUsersRun(world)).toMatchObject({ enabledReps: 1, joined: 0, unknown: 1 });
  });

  it('an address that nobody has is asked for once a day, not at every run', async () => {
    const world = new World();
    changeRep(world, world.employee, { Email1: 'nobody@example.com' });
    await usersRun(world);
    world.resetCounters();
    await usersRun(world);
    expect(world.requests().graph).toBe(0);
    expect(lastUsersRun(world)).toMatchObject({ unknown: 1 });
    world.people[0]!.proxyAddresses = [`SMTP:${world.employee.mail}`, 'smtp:nobody@example.com'];
    await world.clock.until(world.clock.now() + 86_400_000);
    await usersRun(world);
    expect(await stateOf(world, world.employee)).toMatchObject({ state: 'ok' });
  });

  it('two active reps with one address are parked with a sentence that names both, and go on when it is settled', async () => {
    const { world, first, second } = await twoPaired();
    changeRep(world, second, { Email1: first.mail });
    await usersRun(world);
    const sentence = `Reps ${first.rep.repId} and ${second.rep.repId} are active in the CRM with the same e-mail address`;
    for (const employee of [first, second]) {
      const state = await stateOf(world, employee);
      expect(state?.state).toBe('parked');
      expect(state?.reason).toContain(sentence);
      expectUntouched(world, employee);
    }
    expect(lastUsersRun(world)).toMatchObject({ held: 2 });
    changeRep(world, second, { Email1: second.mail });
    await usersRun(world);
    for (const employee of [first, second]) {
      expect(await stateOf(world, employee)).toMatchObject({ state: 'ok' });
      expectUntouched(world, employee);
    }
  });

  it('two reps whose addresses are one mailbox’s are parked with a sentence that names both', async () => {
    const { world, first, second } = await twoPaired();
    world.people[0]!.proxyAddresses = [`SMTP:${first.mail}`, 'smtp:alias@example.com'];
    changeRep(world, second, { Email1: 'alias@example.com' });
    await usersRun(world);
    for (const employee of [first, second]) expect((await stateOf(world, employee))?.reason).toContain(`Reps ${first.rep.repId} and ${second.rep.repId} have the same mailbox`);
  });

  it('a rep with two mailboxes is parked with a sentence that names both', async () => {
    const { world, first, second } = await twoPaired();
    for (const person of world.people) person.proxyAddresses = [`SMTP:${person.mail}`, 'smtp:both@example.com'];
    changeRep(world, first, { Email1: 'both@example.com' });
    await usersRun(world);
    const state = await stateOf(world, first);
    expect(state?.state).toBe('parked');
    expect(state?.reason).toContain(`Rep ${first.rep.repId} has 2 mailboxes`);
    expect(state?.reason).toContain(first.id);
    expect(state?.reason).toContain(second.id);
    expectUntouched(world, first);
  });

  it('a rep who gets another mailbox leaves the former one before the new one joins: never two passes for one rep', async () => {
    const { world, first, second } = await twoPaired();
    changeRep(world, second, { Active: false });
    await usersRun(world);
    changeRep(world, second, { Email1: 'gone@example.com' });
    changeRep(world, first, { Email1: second.mail });
    await usersJobAlone(world);
    expect(await stateOf(world, first)).toMatchObject({ state: 'leaving', reason: expect.stringContaining(second.id) as string });
    expect(await stateOf(world, second)).toMatchObject({ state: 'parked' });
    expect(lastUsersRun(world)).toMatchObject({ waiting: 1 });
    await world.live(60_000);
    expect(await stateOf(world, first)).toMatchObject({ state: 'parked' });
    await usersRun(world);
    expect(await stateOf(world, second)).toMatchObject({ state: 'ok' });
    expect((await readMailbox(world.storage.tables, TENANT, second.id))?.mailbox.rep).toBe(first.rep.repId);
    expect(world.outlook(first).events()).toHaveLength(1);
    expect(world.violations()).toEqual([]);
  });

  it('a mailbox whose rep record was made anew for the same person stays, with the new rep', async () => {
    const { world, first, second } = await twoPaired();
    changeRep(world, first, { Active: false });
    changeRep(world, second, { Email1: first.mail });
    await usersRun(world);
    expect((await readMailbox(world.storage.tables, TENANT, first.id))?.mailbox).toMatchObject({ rep: second.rep.repId, membership: { state: 'active' } });
    expect(world.outlook(first).events().map((event) => event['subject'])).toContain(`Of ${first.rep.user}`);
  });
});

/** The CRM answers its master user only. */
async function crmDownForReps(request: Request, send: (request: Request) => Promise<Response>): Promise<Response> {
  const text = await request.clone().text();
  return text.includes('impersonate=') ? new Response('down', { status: 503 }) : send(request);
}
