import { describe, expect, it } from 'vitest';
import { askDoctor } from '../jobs/doctor-world.ts';
import { World, type Employee } from '../world/world.ts';

const PRIVATE = { subject: 'Secret talk', sensitivity: 'private' };

async function start(users: Record<string, unknown>, appointments: Record<string, unknown> = {}, options: Record<string, unknown> = {}): Promise<World> {
  const world = new World({ users: 2, rules: { appointments, users }, ...options });
  await world.start();
  return world;
}

/** An admin writes into the rep's field in the CRM; the users' job, which comes every ten minutes, and the hourly one read what follows. */
async function write(world: World, employee: Employee, settings: string): Promise<void> {
  world.crm.act('SYNC').update('RepUser', employee.rep.rep.id, { UserSettings: settings });
  await world.syncUsers();
  await world.live(60_000);
  await world.reconcile();
  await world.settle();
}

const subjects = (world: World, employee: Employee): string[] => world.crmUser(employee).activities().map(({ values }) => values['Subject'] ?? '');
const settings = (xml: string): string => `<SyncSettings>${xml}</SyncSettings>`;
const SHOWN = settings('<AppointSync_Ex2Up SyncPrivate="true"/>');
const HIDDEN = settings('<AppointSync_Ex2Up SyncPrivate="false"/>');

describe("A13, G3: the predecessor's settings of single users, in the CRM", () => {
  it('count for their user, without a restart, and change with the field', async () => {
    const world = await start({ syncSettings: { enabled: true, syncPrivate: 'full' } });
    const [one, two] = world.employees as [Employee, Employee];
    for (const employee of [one, two]) await world.outlook(employee).create(PRIVATE);
    await world.settle();
    await world.reconcile();
    await world.settle();
    expect([subjects(world, one), subjects(world, two)]).toEqual([[], []]);
    await write(world, one, SHOWN);
    expect([subjects(world, one), subjects(world, two)]).toEqual([['Secret talk'], []]);
    await write(world, one, HIDDEN);
    expect(subjects(world, one)).toEqual(['Private appointment']);
  });

  it('are masked where the rule says so', async () => {
    const world = await start({ syncSettings: { enabled: true } });
    const [one] = world.employees as [Employee, Employee];
    await write(world, one, SHOWN);
    await world.outlook(one).create(PRIVATE);
    await world.settle();
    expect(subjects(world, one)).toEqual(['Private appointment']);
  });

  it('are not read where no rule asks for them: not every CRM has the field', async () => {
    const world = await start({}, {}, { crmFields: { 'RepUser.UserSettings': 'absent' } });
    await world.outlook().create({ subject: 'Arrives' });
    await world.settle();
    expect(subjects(world, world.employee)).toEqual(['Arrives']);
    expect((await askDoctor(world)).findings.map(({ check }) => check)).not.toContain('users.settings');
  });

  it('stop nobody when a CRM without the field is asked for it: the user list stays, and doctor names the field', async () => {
    const world = await start({}, {}, { crmFields: { 'RepUser.UserSettings': 'absent' } });
    Object.assign(world.rules, { users: { syncSettings: { enabled: true } } });
    await world.live(60_000);
    await world.syncUsers();
    await world.outlook().create({ subject: 'Arrives' });
    await world.settle();
    expect(subjects(world, world.employee)).toEqual(['Arrives']);
    const { findings } = await askDoctor(world);
    expect(findings.filter(({ state }) => state === 'wrong').map(({ says }) => says).join(' ')).toMatch(/UserSettings \(crm\.profile\.rep\.fields\.UserSettings\)/);
  });

  it('that nobody understands do not count, and doctor says so by the rep, without their values', async () => {
    const world = await start({ syncSettings: { enabled: true } });
    const [one, two] = world.employees as [Employee, Employee];
    await write(world, one, settings('<AppointSync_Ex2Up SyncPrivate="Smith"/><TaskSync/>'));
    await write(world, two, settings('<AppointSync_Ex2Up SyncPrivate="true" AttachSizeLimit="4096"/>'));
    const found = (await askDoctor(world)).findings.filter(({ check }) => check === 'users.settings');
    expect(found.map(({ state }) => state)).toEqual(['warning', 'warning']);
    expect(found[0]?.says).toBe(`UserSettings of reps say what nobody understands, and it does not count: rep ${one.rep.repId}: AppointSync_Ex2Up/@SyncPrivate has a value that it cannot have; rep ${one.rep.repId}: TaskSync is not known there. Mend it in the CRM.`);
    expect(found[1]?.says).toBe('UserSettings of reps say what changes nothing yet: AppointSync_Ex2Up/@AttachSizeLimit.');
    await write(world, one, SHOWN);
    await write(world, two, '');
    expect((await askDoctor(world)).findings.filter(({ check }) => check === 'users.settings')).toEqual([{ check: 'users.settings', state: 'ok', says: 'The settings that the CRM keeps with one rep are understood.' }]);
  });

  it('of a rep who was written again without a change ring nobody', async () => {
    const world = await start({ syncSettings: { enabled: true } });
    await write(world, world.employee, SHOWN);
    world.resetCounters();
    await world.syncUsers();
    await world.settle();
    expect(world.events.filter(({ evt }) => evt === 'pass')).toEqual([]);
  });
});
