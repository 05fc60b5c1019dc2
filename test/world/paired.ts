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
