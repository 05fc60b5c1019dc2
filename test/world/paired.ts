import { expect } from 'vitest';
import { shownInCrm, shownInOutlook, sorted } from './judge.ts';
import { World, type WorldOptions } from './world.ts';

/** A world in which one appointment stands on both sides and everything is quiet. */
export async function paired(options: WorldOptions = {}): Promise<{ world: World; eventId: string; activityId: string }> {
  const world = new World(options);
  await world.start();
  const event = await world.outlook().create({ subject: 'Paired' });
  await world.settle();
  const [activity] = world.crmUser().activities();
  return { world, eventId: event.id, activityId: activity?.id ?? '' };
}

/** Both sides show the same, nobody was mailed, no limit was broken, no function failed. */
export function expectInStep(world: World, count: number): void {
  const outlook = world.outlook().events().map(shownInOutlook);
  const crm = world.crmUser().activities().map((activity) => shownInCrm(activity));
  expect(sorted(outlook)).toEqual(sorted(crm));
  expect(outlook).toHaveLength(count);
  expect(world.violations()).toEqual([]);
  expect(world.graph.state().mails).toEqual([]);
  expect(world.events.filter((event) => event['evt'] === 'handler.failed')).toEqual([]);
}

/** Everything is opened and saved unchanged on both sides, and looked through by the daily net: nothing more is written, nothing failed. */
export async function expectQuiet(world: World): Promise<void> {
  world.resetCounters();
  for (const event of world.outlook().events()) world.outlook().touch(event.id);
  for (const { id } of world.crmUser().activities()) world.crmUser().update(id, { FreeN1: 7 });
  await world.settle();
  await world.days(1);
  expect(world.writes()).toEqual({ graph: 0, crm: 0 });
  expect(world.violations()).toEqual([]);
  expect(world.events.filter((event) => event['evt'] === 'handler.failed')).toEqual([]);
}
