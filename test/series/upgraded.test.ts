import { describe, expect, it } from 'vitest';
import { nextVersion } from '../simulation/next-version.ts';
import { Fleet } from '../world/fleet.ts';
import { timed } from '../world/people.ts';
import { seeded } from '../world/random.ts';
import type { World } from '../world/world.ts';
import { expectSame, running, weekly } from './weekly.ts';

const EVERY_WEDNESDAY = { type: 'weekly', interval: 1, daysOfWeek: ['wednesday'] };
const SECOND_HALF = { pattern: EVERY_WEDNESDAY, range: { type: 'numbered', startDate: '2026-12-09', numberOfOccurrences: 3 } };

const next = await nextVersion();

/** The next version alone is at work from now on, and has a quarter of an hour. */
async function upgraded(world: World): Promise<void> {
  const fleet = new Fleet(world, { instances: 1, random: seeded(1), trace: () => undefined, skewMs: 0, doubleDelivery: 0 });
  fleet.replace(0, next, false);
  fleet.start();
  await world.clock.until(world.clock.now() + 15 * 60_000, 1);
  expect(fleet.mistakes).toEqual([]);
}

async function cutOff(world: World, master: string): Promise<void> {
  await world.outlook().patch(master, { recurrence: { pattern: EVERY_WEDNESDAY, range: { type: 'endDate', startDate: '2026-11-25', endDate: '2026-12-03' } } });
}

describe('series whose pairs the version before has left (design 4)', () => {
  it('split, and its first half deleted before the next version looks: the second one keeps its records', async () => {
    const { world, master } = await running();
    const before = new Map(world.crmUser().activities().map(({ id, values }) => [values['Date'], id]));
    await cutOff(world, master);
    await world.outlook().create({ ...weekly(timed('2026-12-09T11:00:00', '2026-12-09T12:00:00')), recurrence: SECOND_HALF });
    await world.outlook().remove(master);
    await upgraded(world);
    expectSame(world, ['2026-12-09', '2026-12-16', '2026-12-23']);
    for (const { id, values } of world.crmUser().activities()) expect(id).toBe(before.get(values['Date']));
    expect(world.crmUser().all()).toHaveLength(5);
  });

  it('renamed and split: known by what else its occurrences hold', async () => {
    const { world, master } = await running(weekly({ location: { displayName: 'Room 7' } }));
    const before = world.crmUser().activities().map(({ id }) => id).sort();
    await world.outlook().patch(master, { recurrence: { pattern: EVERY_WEDNESDAY, range: { type: 'endDate', startDate: '2026-11-25', endDate: '2026-12-03' } } });
    await world.outlook().create({ ...weekly(timed('2026-12-09T11:00:00', '2026-12-09T12:00:00')), subject: 'Renamed', location: { displayName: 'Room 7' }, recurrence: SECOND_HALF });
    await upgraded(world);
    expectSame(world, ['2026-11-25', '2026-12-02', '2026-12-09', '2026-12-16', '2026-12-23']);
    expect(world.crmUser().activities().map(({ id }) => id).sort()).toEqual(before);
    expect(world.crmUser().all()).toHaveLength(5);
  });
});
