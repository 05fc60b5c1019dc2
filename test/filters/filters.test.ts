import { describe, expect, it } from 'vitest';
import { World } from '../world/world.ts';
import { troubles } from '../meetings/office.ts';

type Rules = Record<string, unknown>;

async function start(appointments: Rules): Promise<World> {
  const world = new World({ rules: { appointments } });
  await world.start();
  return world;
}

const subjects = (world: World): string[] => world.outlook().events().map((event) => String(event['subject'])).sort();
const inCrm = (world: World): string[] => world.crmUser().activities().map(({ values }) => values['Subject'] ?? '').sort();

/** An admin changes the rules; they count within half a minute, and the net looks at everything at the next hourly visit. */
async function change(world: World, rules: Rules): Promise<void> {
  Object.assign(world.rules, rules);
  await world.live(60_000);
  await world.reconcile();
  await world.settle();
}

/** The net notes by which rules it was here. */
async function visited(world: World): Promise<void> {
  await world.reconcile();
  await world.settle();
}

describe('G3: which activities go out', () => {
  it('those of the chosen types, and no others', async () => {
    const world = await start({ types: [1] });
    world.crmUser().create({ Subject: 'A visit' });
    world.crmUser().create({ Subject: 'A call', Contact: 0 });
    world.crmUser().create({ Subject: 'An event', Contact: 3 });
    await world.settle();
    expect(subjects(world)).toEqual(['A visit']);
    expect((await world.journal()).filter(({ detail }) => detail === 'otherType')).toHaveLength(2);
    expect(troubles(world)).toEqual([]);
  });

  it('those for which every extra condition holds', async () => {
    const world = await start({ conditions: [{ field: 'FreeN1', op: '>=', value: '5' }, { field: 'Subject', op: ')(', value: 'internal' }] });
    world.crmUser().create({ Subject: 'Shown', FreeN1: 7 });
    world.crmUser().create({ Subject: 'Too small', FreeN1: 4 });
    world.crmUser().create({ Subject: 'An Internal one', FreeN1: 9 });
    await world.settle();
    expect(subjects(world)).toEqual(['Shown']);
    expect((await world.journal()).filter(({ detail }) => detail === 'filtered')).toHaveLength(2);
  });

  it('what was made of an Outlook appointment is not asked', async () => {
    const world = await start({ conditions: [{ field: 'FreeN1', op: '=', value: '5' }] });
    const event = await world.outlook().create({ subject: 'From Outlook' });
    await world.settle();
    const [activity] = world.crmUser().activities();
    world.crmUser().update(activity?.id ?? '', { Subject: 'Renamed in the CRM' });
    await world.settle();
    expect(subjects(world)).toEqual(['Renamed in the CRM']);
    await world.outlook().patch(event.id, { subject: 'And in Outlook' });
    await world.settle();
    expect(inCrm(world)).toEqual(['And in Outlook']);
  });

  it('the echo of a write of ours is known to the poll also where conditions read further fields', async () => {
    const world = await start({ conditions: [{ field: 'FreeN1', op: '=', value: '5' }] });
    world.crmUser().create({ FreeN1: 5 });
    await world.settle();
    const [event] = world.outlook().events();
    await world.outlook().patch(event?.id ?? '', { subject: 'Edited' });
    await world.live(20_000);
    world.resetCounters();
    await world.settle();
    expect(world.events.filter(({ evt, rung }) => evt === 'crm.poll' && Number(rung) > 0)).toEqual([]);
  });
});

describe('G3: a record that enters or leaves a filter', () => {
  it('is taken in when it enters', async () => {
    const world = await start({ types: [1] });
    const call = world.crmUser().create({ Subject: 'A call', Contact: 0 });
    await world.settle();
    expect(subjects(world)).toEqual([]);
    world.crmUser().update(call.id, { Contact: 1 });
    await world.settle();
    expect(subjects(world)).toEqual(['A call']);
  });

  it.each([
    ['a type', { Contact: 0 }, { Contact: 1 }],
    ['a condition', { FreeN1: 9 }, { FreeN1: 0 }],
  ])('rests when it leaves by %s: nothing is deleted, and coming back it is the same pair with the edits of both sides', async (_what, out, back) => {
    const world = await start({ types: [1], conditions: [{ field: 'FreeN1', op: '<', value: '5' }] });
    const activity = world.crmUser().create({ Subject: 'Theirs', Location: 'Here' });
    await world.settle();
    const [event] = world.outlook().events();
    world.crmUser().update(activity.id, out);
    await world.settle();
    world.crmUser().update(activity.id, { Subject: 'Edited in the CRM' });
    await world.outlook().patch(event?.id ?? '', { location: { displayName: 'Edited in Outlook' } });
    await world.settle();
    await visited(world);
    expect(subjects(world)).toEqual(['Theirs']);
    expect(world.crmUser().activities()[0]?.values['Location']).toBe('Here');
    expect((await world.journal()).filter(({ action }) => action === 'rests')).toHaveLength(1);
    world.crmUser().update(activity.id, back);
    await world.settle();
    expect(world.outlook().events().map(({ id }) => id)).toEqual([event?.id]);
    expect(subjects(world)).toEqual(['Edited in the CRM']);
    expect(world.crmUser().activities()[0]?.values['Location']).toBe('Edited in Outlook');
    expect(troubles(world)).toEqual([]);
  });

  it('that was deleted in Outlook while it was outside is marked when it comes back', async () => {
    const world = await start({ types: [1] });
    const activity = world.crmUser().create();
    await world.settle();
    world.crmUser().update(activity.id, { Contact: 0 });
    await world.settle();
    await world.outlook().remove(world.outlook().events()[0]?.id ?? '');
    await world.settle();
    expect(world.crmUser().activities()).toHaveLength(1);
    world.crmUser().update(activity.id, { Contact: 1 });
    await world.settle();
    expect(world.crmUser().activities()).toEqual([]);
    expect(world.outlook().events()).toEqual([]);
  });
});

describe('G3: rules of filters that change while it works', () => {
  it('a wider filter takes in what it shows now, without a restart; a narrower one deletes nothing, and both know their pairs', async () => {
    const world = await start({ types: [1] });
    world.crmUser().create({ Subject: 'A visit' });
    world.crmUser().create({ Subject: 'An event', Contact: 3 });
    await world.settle();
    await visited(world);
    await change(world, { appointments: { types: [1, 3] } });
    expect(subjects(world)).toEqual(['A visit', 'An event']);
    await change(world, { appointments: { types: [3] } });
    expect(subjects(world)).toEqual(['A visit', 'An event']);
    const [visit] = world.crmUser().activities();
    world.crmUser().update(visit?.id ?? '', { Subject: 'Edited outside' });
    await world.settle();
    expect(subjects(world)).toEqual(['A visit', 'An event']);
    await change(world, { appointments: { types: [1, 3] } });
    expect(subjects(world)).toEqual(['An event', 'Edited outside']);
    expect(inCrm(world)).toEqual(['An event', 'Edited outside']);
    expect(troubles(world)).toEqual([]);
  });

  it('what came to rest after its day was over is found, too, when the filter shows it again', async () => {
    const world = await start({ types: [1], window: { daysBack: 1, daysAhead: 5 } });
    const activity = world.crmUser().create();
    await world.settle();
    await world.days(7);
    await change(world, { appointments: { types: [3], window: { daysBack: 1, daysAhead: 5 } } });
    world.crmUser().update(activity.id, { Subject: 'Minutes added' });
    await world.settle();
    expect(subjects(world)).toEqual(['From the CRM']);
    await change(world, { appointments: { types: [1], window: { daysBack: 1, daysAhead: 5 } } });
    expect(subjects(world)).toEqual(['Minutes added']);
  });

  it('rules of one user count for him alone', async () => {
    const world = new World({ users: 2, rules: { users: { overrides: [{ user: 'employee1@example.com', appointments: { types: [0] } }] } } });
    await world.start();
    for (const employee of world.employees) {
      world.crmUser(employee).create({ Subject: 'A call', Contact: 0 });
      world.crmUser(employee).create({ Subject: 'A visit' });
    }
    await world.settle();
    const seen = world.employees.map((employee) => world.outlook(employee).events().map((event) => event['subject']));
    expect(seen).toEqual([['A visit'], ['A call']]);
  });
});

describe('G3: new appointments from the CRM only', () => {
  it('what is new in Outlook stays there; what is known goes both ways, deletions too', async () => {
    const world = await start({ newFromOutlook: false });
    await world.outlook().create({ subject: 'Stays' });
    const activity = world.crmUser().create({ Subject: 'Goes out' });
    await world.settle();
    expect(inCrm(world)).toEqual(['Goes out']);
    expect(subjects(world)).toEqual(['Goes out', 'Stays']);
    const event = world.outlook().events().find((one) => one['subject'] === 'Goes out');
    await world.outlook().patch(event?.id ?? '', { subject: 'Changed in Outlook' });
    await world.settle();
    expect(inCrm(world)).toEqual(['Changed in Outlook']);
    await world.outlook().remove(event?.id ?? '');
    await world.settle();
    expect(world.crmUser().activities()).toEqual([]);
    expect(activity.id).not.toBe('');
    expect((await world.journal()).some(({ detail }) => detail === 'onlyFromCrm')).toBe(true);
    expect(troubles(world)).toEqual([]);
  });

  it('also of series, and the daily visit says nothing of them again', async () => {
    const world = await start({ newFromOutlook: false });
    await world.outlook().create({ subject: 'Weekly', recurrence: { pattern: { type: 'weekly', interval: 1, daysOfWeek: ['wednesday'] }, range: { type: 'numbered', startDate: '2026-11-25', numberOfOccurrences: 4 } } });
    await world.outlook().create({ subject: 'Single' });
    await world.settle();
    const told = (await world.journal()).filter(({ detail }) => detail === 'onlyFromCrm');
    // The series is one.
    expect(told).toHaveLength(2);
    await world.days(2);
    expect(world.crmUser().activities()).toEqual([]);
    // Two days, and once after the subscription was made, because there is a series.
    expect(world.events.filter(({ reconciled }) => reconciled === 1)).toHaveLength(3);
    expect((await world.journal()).filter(({ detail }) => detail === 'onlyFromCrm')).toHaveLength(2);
  });

  it('comes in at once when the rule lets it', async () => {
    const world = await start({ newFromOutlook: false });
    await world.outlook().create({ subject: 'Waits' });
    await world.settle();
    await visited(world);
    await change(world, { appointments: { newFromOutlook: true } });
    expect(inCrm(world)).toEqual(['Waits']);
  });
});
