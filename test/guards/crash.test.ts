import { describe, expect, it } from 'vitest';
import type { CrashPlan, Worker } from '../world/worker.ts';
import type { World } from '../world/world.ts';
import { alive, answer, deleteInCrm, deleteInOutlook, everMade, guarded, listed } from './guarded.ts';

/** Two deletions a day, and a mailbox of four. */
const RULES = { deletionGuard: { mailbox: { count: 2, share: 0 } } };
const PAIRS = 4;

const ONLY_READS = /^(tables\.(get|range|pick)|blobs\.(get|list)|queues\.length|GET) /;

interface Scenario {
  readonly name: string;
  readonly change: (world: World) => Promise<void>;
  /** How it stands when everything was worked. */
  readonly check: (world: World) => Promise<void>;
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'as many as the limit, from Outlook: carried out in the end, and the next one that day is held',
    change: async (world) => void (await deleteInOutlook(world, 2)),
    check: async (world) => {
      expect(alive(world)).toEqual({ outlook: 2, crm: 2 });
      await deleteInOutlook(world, 1);
      await world.settle();
      expect(alive(world)).toEqual({ outlook: 1, crm: 2 });
    },
  },
  {
    name: 'more than the limit, from the CRM: held in the end, every one',
    change: async (world) => void deleteInCrm(world, 3),
    check: async (world) => {
      expect(alive(world)).toEqual({ outlook: 4, crm: 1 });
      expect((await listed(world)).held).toHaveLength(3);
    },
  },
  {
    name: 'a confirmation: carried out in the end, once',
    change: async (world) => {
      await deleteInOutlook(world, 3);
      await world.settle();
      await answer(world, 'confirm');
    },
    check: async (world) => {
      expect(alive(world)).toEqual({ outlook: 1, crm: 1 });
      expect((await listed(world)).held).toEqual([]);
    },
  },
  {
    name: 'a rejection: the survivors stay',
    change: async (world) => {
      deleteInCrm(world, 3);
      await world.settle();
      await answer(world, 'reject');
    },
    check: async (world) => {
      expect(alive(world)).toEqual({ outlook: 4, crm: 1 });
      expect((await listed(world)).held).toEqual([]);
    },
  },
];

/** Brings the change to the door, then lets one worker work the rings until it is done or dead. */
async function pass(scenario: Scenario, crash: CrashPlan | null): Promise<{ world: World; worker: Worker }> {
  const world = await guarded(PAIRS, { rules: RULES });
  await scenario.change(world);
  await world.clock.until(world.clock.now() + 30_000);
  await world.pollCrm();
  await world.workTenantJobs();
  const worker = await world.drainWith(crash);
  return { world, worker };
}

describe('invariants 7 and 11: a process killed between counting and writing lets nothing through, and loses nothing', () => {
  it.each(SCENARIOS)('$name', async (scenario) => {
    const { world, worker } = await pass(scenario, null);
    await world.settle();
    await scenario.check(world);
    // Killed after one call is killed before the next; a call that only reads leaves everything as the one before it did.
    const calls = worker.calls.flatMap(({ name }, index) => (ONLY_READS.test(name) ? [] : [index + 1]));
    expect(calls.length).toBeGreaterThan(5);
    for (const call of calls) {
      const crashed = await pass(scenario, { call, when: 'after' });
      if (!crashed.worker.dead) continue;
      crashed.world.replaceWorker();
      // The message of the dead comes again after ten minutes.
      await crashed.world.clock.until(crashed.world.clock.now() + 10 * 60_000);
      await crashed.world.rest(5 * 60_000);
      try {
        await scenario.check(crashed.world);
        expect(everMade(crashed.world)).toEqual({ outlook: PAIRS, crm: PAIRS });
      } catch (failure) {
        throw new Error(`Killed after call ${call} (${crashed.worker.calls.at(-1)?.name}): ${(failure as Error).message}`);
      }
    }
  }, 600_000);
});
