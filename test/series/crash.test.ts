import { describe, expect, it } from 'vitest';
import { crashPlans, surviveEach } from '../world/crashes.ts';
import { timed } from '../world/people.ts';
import type { CrashPlan, Worker } from '../world/worker.ts';
import { World } from '../world/world.ts';
import { expectSame, on, recordIds, recordOn, running, weekly, type Running } from './weekly.ts';

interface Scenario {
  readonly name: string;
  readonly change: (here: Running) => Promise<void>;
  /** What both sides show in the end. */
  readonly days: readonly string[];
  /** Records that were ever made. */
  readonly made: number;
}

const STEP = 3;

const THREE = weekly({}, { type: 'numbered', numberOfOccurrences: 3 });
const thursdays = { ...timed('2026-11-26T09:00:00', '2026-11-26T10:00:00'), recurrence: { pattern: { type: 'weekly', interval: 1, daysOfWeek: ['thursday'] }, range: { type: 'numbered', startDate: '2026-11-26', numberOfOccurrences: 3 } } };

const SCENARIOS: readonly Scenario[] = [
  { name: 'a series is shifted to another weekday', days: ['2026-11-26', '2026-12-03', '2026-12-10'], made: 3, change: async ({ world, master }) => void (await world.outlook().patch(master, thursdays)) },
  { name: 'one occurrence is taken out', days: ['2026-11-25', '2026-12-09'], made: 3, change: async ({ world }) => void (await world.outlook().remove(on(world, '2026-12-02').id)) },
  {
    name: 'two occurrences are edited in the CRM',
    days: ['2026-11-25', '2026-12-03', '2026-12-09'],
    made: 3,
    change: async ({ world }) => {
      world.crmUser().update(recordOn(world, '2026-11-25').id, { Subject: 'Edited' });
      world.crmUser().update(recordOn(world, '2026-12-02').id, { Date: '2026-12-03', EndDate: '2026-12-03' });
    },
  },
  { name: 'two occurrences are deleted in the CRM', days: ['2026-12-09'], made: 3, change: async ({ world }) => ['2026-11-25', '2026-12-02'].forEach((day) => world.crmUser().mark(recordOn(world, day).id)) },
  { name: 'the series is deleted', days: [], made: 3, change: ({ world, master }) => world.outlook().remove(master) },
];

async function pass(scenario: Scenario, crash: CrashPlan | null): Promise<{ world: World; worker: Worker }> {
  const here = await running(THREE);
  const { world } = here;
  world.graph.setQuirks({ notificationDelayMs: 100 });
  await scenario.change(here);
  await world.clock.until(world.clock.now() + 30_000);
  await world.pollCrm();
  const worker = await world.drainWith(crash);
  return { world, worker };
}

describe('invariant 11, of series: a process killed before or after any external call changes nothing in the end', () => {
  it.each(SCENARIOS)('$name', async (scenario) => {
    const { world, worker } = await pass(scenario, null);
    await world.rest(10 * 60_000);
    expectSame(world, scenario.days);
    const calls = worker.calls.length;
    expect(calls).toBeGreaterThan(10);
    await surviveEach(crashPlans(calls, STEP), (crash) => pass(scenario, crash), 30, (crashed) => {
      expectSame(crashed.world, scenario.days);
      expect(crashed.world.crmUser().all()).toHaveLength(scenario.made);
      expect(recordIds(crashed.world)).toHaveLength(scenario.days.length);
    });
  }, 600_000);

  it('a series is taken in, and is a single appointment before anybody looks again', async () => {
    const live = async (crash: CrashPlan | null): Promise<{ world: World; worker: Worker }> => {
      const world = new World();
      await world.start();
      const { id } = await world.outlook().create(THREE);
      await world.clock.until(world.clock.now() + 30_000);
      const worker = await world.drainWith(crash);
      await world.outlook().patch(id, { recurrence: null });
      return { world, worker };
    };
    const { worker } = await live(null);
    await surviveEach(crashPlans(worker.calls.length, 1), live, 15, ({ world }) => {
      expectSame(world, ['2026-11-25']);
      expect(world.crmUser().all().length).toBeLessThanOrEqual(3);
    });
  }, 600_000);
});
