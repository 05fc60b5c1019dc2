import { describe, expect, it } from 'vitest';
import { adminAdoption, adminAdoptionAnswer } from '../../functions/admin-adoption.ts';
import { memoryStorage } from '../../local/state/memory.ts';
import { rows } from '../series/weekly.ts';
import { TENANT } from '../world/places.ts';
import { expectInStep } from '../world/paired.ts';
import { timed } from '../world/people.ts';
import { World, type Employee, type WorldOptions } from '../world/world.ts';

const HOUR = 3_600_000;

/** Empty tables: what a lost storage account leaves. */
function loseState(world: World): void {
  world.storage.restore(memoryStorage({ clock: world.clock, random: () => 0.5 }).snapshot());
  world.replaceWorker();
}

async function get(world: World, query = `tenantId=${TENANT}`): Promise<{ adoptions: Record<string, unknown>[] }> {
  const answer = await world.clock.drive(world.call(adminAdoption, new Request(`http://localhost:7071/api/admin/adoption?${query}`)));
  return (await answer?.json()) as { adoptions: Record<string, unknown>[] };
}

async function answer(world: World, verdict: string): Promise<number> {
  const given = await world.clock.drive(world.call(adminAdoptionAnswer, new Request(`http://localhost:7071/api/admin/adoption/${verdict}?tenantId=${TENANT}`, { method: 'POST' }), { answer: verdict }));
  return given?.status ?? 0;
}

/** The same appointment on both sides, as the predecessor left it. */
async function onBoth(world: World, subject: string, day: string, more: Record<string, unknown> = {}): Promise<void> {
  await world.outlook().create({ subject, ...timed(`${day}T09:00:00`, `${day}T10:00:00`), isReminderOn: false, ...more });
  world.crmUser().create({ Subject: subject, Date: day, Time: '09:00', EndDate: day, EndTime: '10:00' });
}

/** What both systems hold of everybody, deleted items too: what an adoption must not change. */
function stores(world: World): string {
  return JSON.stringify([world.employees.map((employee) => world.graph.events(employee.id)), world.crm.records('Contact')]);
}

describe('line in the sand: beside what the predecessor synchronized', () => {
  it('the same appointment on both sides is recognised by subject, start and end: nothing is written, nobody is mailed, later edits flow', async () => {
    const world = new World();
    await onBoth(world, 'Review', '2026-11-25');
    await onBoth(world, 'Same subject, other day', '2026-11-26');
    await onBoth(world, 'Same subject, other day', '2026-11-27');
    const before = stores(world);
    await world.start();
    await world.days(1.2);
    expect(stores(world)).toBe(before);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    const [first] = world.outlook().events();
    const [, second] = world.crmUser().activities();
    await world.outlook().patch(first?.id ?? '', { location: { displayName: 'From Outlook' } });
    world.crmUser().update(second?.id ?? '', { Location: 'From the CRM' });
    await world.settle();
    expectInStep(world, 3);
    expect((await world.journal()).filter(({ reason }) => reason === 'sameContent')).toHaveLength(3);
  });

  it('what only one side has is made on the other, once', async () => {
    const world = new World();
    await onBoth(world, 'On both', '2026-11-25');
    await world.outlook().create({ subject: 'Only in Outlook' });
    world.crmUser().create({ Subject: 'Only in the CRM' });
    await world.start();
    await world.days(1.2);
    expectInStep(world, 3);
    expect(world.crm.records('Contact')).toHaveLength(3);
  });

  it('what the predecessor left different stays so until a person edits it, and the journal names the groups', async () => {
    const world = new World();
    await onBoth(world, 'Review', '2026-11-25', { location: { displayName: 'Room 1' } });
    await world.start();
    await world.days(1.2);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expect(world.crmUser().activities()[0]?.values['Location'] ?? '').toBe('');
    expect((await world.journal()).filter(({ reason }) => reason === 'sameContent')).toMatchObject([{ action: 'adopted', detail: 'different', groups: ['place'] }]);
    const [event] = world.outlook().events();
    await world.outlook().patch(event?.id ?? '', { location: { displayName: 'Room 2' } });
    await world.settle();
    expectInStep(world, 1);
  });

  it('what lies far beyond the window is recognised, too: it is not made a second time when it comes in', async () => {
    const world = new World();
    await onBoth(world, 'Far ahead', '2027-10-20');
    await onBoth(world, 'Long over', '2026-03-04');
    await world.start();
    await world.days(1.2);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    for (const [index, event] of world.outlook().events().entries()) await world.outlook().patch(event.id, timed(`2026-11-${25 + index}T09:00:00`, `2026-11-${25 + index}T10:00:00`));
    await world.settle();
    expectInStep(world, 2);
    expect(world.crm.records('Contact')).toHaveLength(2);
  });

  it('all-day appointments, though their instants differ', async () => {
    const world = new World();
    await world.outlook().create({ subject: 'Fair', isAllDay: true, ...timed('2026-11-25T00:00:00', '2026-11-27T00:00:00'), isReminderOn: false });
    world.crmUser().create({ Subject: 'Fair', Date: '2026-11-25', Time: '', EndDate: '2026-11-26', EndTime: '', ShowAs: 2 });
    await world.start();
    await world.days(1.2);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expect((await world.journal()).filter(({ reason }) => reason === 'sameContent')).toHaveLength(1);
  });

  it('a meeting: participants of both sides are taken as they are, and nobody is mailed', async () => {
    const world = new World({ users: 2 });
    const [ann, ben] = world.employees as [Employee, Employee];
    const event = await world.outlook(ann).create({ subject: 'Meeting', attendees: [{ emailAddress: { address: ben.mail }, type: 'required' }, { emailAddress: { address: 'guest@elsewhere.example' }, type: 'optional' }] });
    const mails = world.graph.state().mails.length;
    world.crmUser(ann).create({ Subject: 'Meeting', Date: '2026-11-25', Time: '09:00', EndDate: '2026-11-25', EndTime: '10:00' });
    await world.start();
    await world.days(1.2);
    expect(world.crm.records('Contact')).toHaveLength(1);
    expect(world.graph.state().mails).toHaveLength(mails);
    expect(world.outlook(ann).events()).toHaveLength(1);
    world.crmUser(ann).update(world.crmUser(ann).activities()[0]?.id ?? '', { Location: 'Room 9' });
    await world.settle();
    expect(world.outlook(ann).events()).toMatchObject([{ id: event.id, location: { displayName: 'Room 9' } }]);
    // Of the place that somebody changed.
    world.expectMails(2);
  });

  it('a series in Outlook and the activities made of its occurrences', async () => {
    const world = new World();
    await world.outlook().create({ subject: 'Weekly', ...timed('2026-11-25T09:00:00', '2026-11-25T10:00:00'), recurrence: { pattern: { type: 'weekly', interval: 1, daysOfWeek: ['wednesday'], firstDayOfWeek: 'monday' }, range: { type: 'numbered', startDate: '2026-11-25', numberOfOccurrences: 4, recurrenceTimeZone: 'W. Europe Standard Time' } } });
    for (const day of ['2026-11-25', '2026-12-02', '2026-12-09', '2026-12-16']) world.crmUser().create({ Subject: 'Weekly', Date: day, Time: '09:00', EndDate: day, EndTime: '10:00' });
    await world.start();
    await world.days(1.2);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    const second = world.crmUser().activities().find(({ values }) => values['Date'] === '2026-12-02');
    world.crmUser().update(second?.id ?? '', { Location: 'Only this one' });
    await world.settle();
    expect(world.crmUser().all()).toHaveLength(4);
    expect(rows(world).map(({ type }) => type)).toEqual(['occurrence', 'exception', 'occurrence', 'occurrence']);
  });

  it('a series that was edited and cut, and the state is lost: each occurrence keeps its record, also when the series is renamed later', async () => {
    const world = new World();
    await world.start();
    const { id } = await world.outlook().create({ subject: 'Weekly', ...timed('2026-11-25T09:00:00', '2026-11-25T10:00:00'), recurrence: { pattern: { type: 'weekly', interval: 1, daysOfWeek: ['wednesday'] }, range: { type: 'numbered', startDate: '2026-11-25', numberOfOccurrences: 4 } } });
    await world.settle();
    await world.outlook().patch(id, timed('2026-11-25T09:30:00', '2026-11-25T10:30:00'));
    await world.outlook().patch(rows(world)[1]?.id ?? '', { subject: 'A name of its own' });
    await world.outlook().remove(rows(world)[2]?.id ?? '');
    await world.settle();
    const records = (): unknown[] => world.crmUser().activities().map((one) => [one.id, one.values['Date'], one.values['Subject']]);
    const before = records();
    loseState(world);
    world.resetCounters();
    await world.start();
    await world.days(1.2);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expect(records()).toEqual(before);
    await world.outlook().patch(id, { subject: 'Renamed' });
    await world.settle();
    await world.days(0.2);
    expect(records().map((one) => (one as string[]).slice(0, 2))).toEqual(before.map((one) => (one as string[]).slice(0, 2)));
    expect(world.crmUser().all()).toHaveLength(4);
  });

  it('records that the predecessor published are taken as the copies’ own', async () => {
    const world = new World();
    world.graph.receiveInvitation(world.employee.id, { organizer: { name: 'Olga', address: 'olga@elsewhere.example' }, iCalUId: 'outside-1', event: { subject: 'Fair', ...timed('2026-11-25T09:00:00', '2026-11-25T10:00:00'), attendees: [{ emailAddress: { address: world.employee.mail }, type: 'required' }] } });
    world.crmUser().create({ Contact: 6, Subject: 'Fair', FreeC2: 'published', Date: '2026-11-25', Time: '09:00', EndDate: '2026-11-25', EndTime: '10:00' });
    await world.start();
    await world.days(1.2);
    expect(world.crm.records('Contact')).toHaveLength(1);
    expect(world.outlook().events()).toHaveLength(1);
    expect((await world.journal()).filter(({ action }) => action === 'adopted')).toHaveLength(1);
  });
});

describe('what cannot be decided is listed, not guessed', () => {
  async function twins(): Promise<World> {
    const world = new World();
    await onBoth(world, 'Twin', '2026-11-25', { location: { displayName: 'Room 1' } });
    await world.outlook().create({ subject: 'Twin', location: { displayName: 'Room 2' } });
    await world.start();
    await world.days(1.2);
    return world;
  }

  it('two could be one: all three are left alone, named by id, and everything else goes on', async () => {
    const world = await twins();
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    const { adoptions } = await get(world);
    expect(adoptions).toMatchObject([{ mailboxId: world.employee.id, state: 'done', adopted: 0, undecided: 3 }]);
    expect((adoptions[0]?.['items'] as { side: string }[]).map(({ side }) => side).sort()).toEqual(['crm', 'outlook', 'outlook']);
    expect(JSON.stringify(adoptions)).not.toContain('Twin');
    await world.outlook().create({ subject: 'Something else' });
    await world.settle();
    expect(world.crmUser().activities()).toHaveLength(2);
  });

  it('an admin says that they are different things: each is taken in', async () => {
    const world = await twins();
    expect(await answer(world, 'separate')).toBe(202);
    await world.settle();
    expectInStep(world, 3);
    expect(await answer(world, 'separate')).toBe(404);
    expect((await get(world)).adoptions).toMatchObject([{ undecided: 0, items: [] }]);
  });

  it('one of them is gone: looked at again, the others are one', async () => {
    const world = await twins();
    const [, second] = world.outlook().events();
    await world.outlook().remove(second?.id ?? '');
    expect(await answer(world, 'adopt')).toBe(202);
    world.resetCounters();
    await world.settle();
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expect(world.outlook().events()).toHaveLength(1);
    const [activity] = world.crmUser().activities();
    world.crmUser().update(activity?.id ?? '', { Subject: 'One after all' });
    await world.settle();
    expect(world.outlook().events()).toMatchObject([{ subject: 'One after all' }]);
  });

  it('twins that nobody can tell apart are paired in order', async () => {
    const world = new World();
    for (let i = 0; i < 2; i += 1) await onBoth(world, 'Twin', '2026-11-25');
    await world.start();
    await world.days(1.2);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expectInStep(world, 2);
  });

  it('a private event and a record of the same time: what the predecessor wrote of it is not made again, nor shown', async () => {
    const world = new World();
    await world.outlook().create({ subject: 'Doctor', sensitivity: 'private' });
    world.crmUser().create({ Subject: 'Doctor', Date: '2026-11-25', Time: '09:00', EndDate: '2026-11-25', EndTime: '10:00' });
    await world.start();
    await world.days(1.2);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expect(world.outlook().events()).toHaveLength(1);
    expect((await get(world)).adoptions).toMatchObject([{ undecided: 2 }]);
  });
});

describe('after the state was lost', () => {
  async function lost(options: WorldOptions = {}, more: (world: World) => Promise<void> = async () => undefined): Promise<World> {
    const world = new World(options);
    await world.start();
    await world.outlook().create({ subject: 'From Outlook' });
    world.crmUser().create({ Subject: 'From the CRM' });
    await more(world);
    await world.settle();
    await world.live(6 * 60_000);
    loseState(world);
    world.resetCounters();
    return world;
  }

  it('pairs are found by the keys that creates leave, even where a person edited one side meanwhile', async () => {
    const world = await lost();
    const [event] = world.outlook().events();
    await world.outlook().patch(event?.id ?? '', { subject: 'Edited while nothing was known' });
    const before = stores(world);
    await world.start();
    await world.days(1.2);
    expect(stores(world)).toBe(before);
    expect(world.graph.state().mails).toEqual([]);
    expect((await world.journal()).filter(({ reason }) => reason === 'sameKey')).toHaveLength(2);
    for (const { id } of world.outlook().events()) await world.outlook().patch(id, { subject: `Again ${id.slice(-4)}`, location: { displayName: 'Here' } });
    await world.settle();
    expectInStep(world, 2);
  });

  it('documents of the CRM are found on their events: nothing is attached a second time, and no documents are made of them', async () => {
    const world = await lost({ rules: { appointments: { attachments: { toOutlook: { enabled: true } } } } }, async (one) => {
      await one.settle();
      for (const { id } of one.crmUser().activities()) one.crmUser().file(id, 'offer.pdf', `A price for ${id}`);
      const [event] = one.outlook().events();
      await one.outlook().attach(event?.id ?? '', 'agenda.txt', 'One');
    });
    const shown = (): unknown => [world.outlook().events().map(({ id }) => world.graph.attachments(world.employee.id, id).map(({ name, bytes }) => [name, Buffer.from(bytes).toString()])), world.crm.records('Document').length];
    const before = shown();
    expect(JSON.stringify(before)).toContain('A price for');
    await world.start();
    await world.days(1.2);
    expect(shown()).toEqual(before);
    for (const { id, values } of world.crm.records('Document')) if (values['ExtSystem'] !== 'M365') world.crmUser().refile(id, `Another for ${id}`);
    await world.settle();
    expect(JSON.stringify(shown())).not.toContain('A price for');
    expect(world.crm.records('Document')).toHaveLength(3);
  });

  it('and what had been deleted and marked stays so', async () => {
    const world = await lost({}, async (one) => {
      await one.settle();
      const [event] = one.outlook().events();
      await one.outlook().remove(event?.id ?? '');
    });
    await world.start();
    await world.days(1.2);
    expectInStep(world, 1);
    expect(world.crm.records('Contact')).toHaveLength(2);
  });
});

describe('a rule asks before it is done', () => {
  it('numbers first: nothing is written or followed until an admin says so, then all goes on', async () => {
    const world = new World({ rules: { adoption: { ask: true } } });
    await onBoth(world, 'Review', '2026-11-25');
    await onBoth(world, 'Different', '2026-11-26', { location: { displayName: 'Room 1' } });
    await world.outlook().create({ subject: 'Only in Outlook' });
    world.crmUser().create({ Subject: 'Only in the CRM' });
    await world.outlook().create({ subject: 'Long ago', ...timed('2024-01-10T09:00:00', '2024-01-10T10:00:00') });
    await world.start();
    expect((await get(world)).adoptions).toMatchObject([{ state: 'asks', adopted: 2, different: 1, toCrm: 1, toOutlook: 1, undecided: 0 }]);
    world.resetCounters();
    await world.outlook().create({ subject: 'Meanwhile' });
    await world.rest(HOUR);
    await world.days(1.2);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expect(await answer(world, 'anew')).toBe(404);
    expect(await answer(world, 'adopt')).toBe(202);
    await world.settle();
    expect(world.crmUser().activities()).toHaveLength(5);
    expect(world.violations()).toEqual([]);
    expect((await get(world)).adoptions).toMatchObject([{ state: 'done', adopted: 2, different: 1 }]);
  });

  it('asks nothing where nothing stands on both sides', async () => {
    const world = new World({ rules: { adoption: { ask: true } } });
    await world.outlook().create({ subject: 'Only in Outlook' });
    await world.start();
    expectInStep(world, 1);
  });
});

describe('a mailbox that was made anew', () => {
  it('is adopted when an admin says so: what was restored into it is recognised, the rest comes back from the CRM, nobody is invited', async () => {
    const world = new World();
    await world.start();
    for (let i = 0; i < 4; i += 1) await world.outlook().create({ subject: `Kept ${i}`, ...timed(`2026-11-2${5 + i}T09:00:00`, `2026-11-2${5 + i}T10:00:00`) });
    await world.settle();
    await world.live(6 * 60_000);
    world.graph.remakeMailbox(world.employee.id);
    await world.outlook().create({ subject: 'Kept 0', ...timed('2026-11-25T09:00:00', '2026-11-25T10:00:00') });
    world.graph.expireDeltaTokens();
    await world.outlook().create({ subject: 'New in the new one', ...timed('2026-11-24T09:00:00', '2026-11-24T10:00:00') });
    await world.rest(30 * 60_000);
    expect((await get(world)).adoptions).toMatchObject([{ state: 'anew' }]);
    expect(await answer(world, 'adopt')).toBe(404);
    expect(await answer(world, 'anew')).toBe(202);
    await world.settle();
    await world.days(1.2);
    expectInStep(world, 5);
    expect(world.crm.records('Contact')).toHaveLength(5);
    expect(await answer(world, 'anew')).toBe(404);
  });
});

describe('a rep’s mailbox changes', () => {
  it('the new mailbox adopts what was moved into it', async () => {
    const world = new World({ users: 2 });
    const [old, next] = world.employees as [Employee, Employee];
    const rep = (employee: Employee, values: Record<string, string | boolean>): void => void world.crm.act('SYNC').update('RepUser', employee.rep.rep.id, values);
    rep(next, { Active: false, Email1: 'gone@example.com' });
    await world.start();
    await world.outlook(old).create({ subject: 'Moved along' });
    await world.settle();
    await world.live(6 * 60_000);
    expect(world.crm.records('Contact')).toHaveLength(1);
    await world.outlook(next).create({ subject: 'Moved along' });
    rep(old, { Email1: next.mail });
    world.resetCounters();
    await world.days(1.2);
    expect(world.crm.records('Contact')).toHaveLength(1);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    const [record] = world.crmUser(old).activities();
    world.crmUser(old).update(record?.id ?? '', { Subject: 'Follows the new one' });
    await world.settle();
    expect(world.outlook(next).events()).toMatchObject([{ subject: 'Follows the new one' }]);
    expect(world.outlook(old).events()).toMatchObject([{ subject: 'Moved along' }]);
  });
});

describe('after the state was lost, what one side had lost on purpose', () => {
  it.each(['Outlook', 'the CRM'])('deleted in %s and edited on the other side: it is made again there, and nothing counts as deleted', async (where) => {
    const world = new World();
    await world.start();
    const made = where === 'Outlook' ? null : await world.outlook().create({ subject: 'Survivor' });
    if (made === null) world.crmUser().create({ Subject: 'Survivor' });
    await world.settle();
    await world.live(6 * 60_000);
    const [event] = world.outlook().events();
    const [record] = world.crmUser().activities();
    if (made === null) {
      world.crmUser().update(record?.id ?? '', { Location: 'Edited' });
      await world.outlook().remove(event?.id ?? '');
    } else {
      await world.outlook().patch(made.id, { location: { displayName: 'Edited' } });
      world.crmUser().mark(record?.id ?? '');
    }
    await world.settle();
    await world.live(6 * 60_000);
    expect(world.outlook().events().length + world.crmUser().activities().length).toBe(1);
    loseState(world);
    await world.start();
    await world.days(1.2);
    expectInStep(world, 1);
    expect(world.outlook().events()).toMatchObject([{ subject: 'Survivor', location: { displayName: 'Edited' } }]);
  });
});
