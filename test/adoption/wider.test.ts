import { describe, expect, it } from 'vitest';
import { expectInStep } from '../world/paired.ts';
import { timed } from '../world/people.ts';
import { World } from '../world/world.ts';

/** The same appointment on both sides, as the predecessor left it. */
async function onBoth(world: World, subject: string, day: string, more: Record<string, unknown> = {}): Promise<void> {
  await world.outlook().create({ subject, ...timed(`${day}T09:00:00`, `${day}T10:00:00`), isReminderOn: false });
  world.crmUser().create({ Subject: subject, Date: day, Time: '09:00', EndDate: day, EndTime: '10:00', ...more });
}

async function change(world: World, appointments: Record<string, unknown>): Promise<void> {
  Object.assign(world.rules, { appointments });
  await world.live(60_000);
  await world.reconcile();
  await world.settle();
}

describe('adoption beside rules that take in only a part', () => {
  it('an appointment whose record no rule takes in is recognised all the same: it is not made in the CRM a second time', async () => {
    const world = new World({ rules: { appointments: { types: [1] } } });
    await onBoth(world, 'A call', '2026-11-25', { Contact: 0 });
    await onBoth(world, 'A visit', '2026-11-26');
    await world.start();
    await world.days(1.2);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
  });

  it('what wider rules take in is looked for on both sides before anything counts as new, whatever else is going on', async () => {
    const world = new World({ rules: { appointments: { types: [1], newFromOutlook: false } } });
    await onBoth(world, 'A call', '2026-11-25', { Contact: 0 });
    await onBoth(world, 'A visit', '2026-11-26');
    await world.start();
    await change(world, { types: [0, 1] });
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    const [first] = world.outlook().events();
    await world.outlook().patch(first?.id ?? '', { location: { displayName: 'Room 2' } });
    await world.settle();
    expectInStep(world, 2);
    expect(world.crm.records('Contact')).toHaveLength(2);
  });
});
