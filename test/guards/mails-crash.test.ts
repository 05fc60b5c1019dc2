import { describe, expect, it } from 'vitest';
import type { CrashPlan, Worker } from '../world/worker.ts';
import type { World } from '../world/world.ts';
import { everMade } from './guarded.ts';
import { mailed, meetInCrm, meetInOutlook, office, say, subjects, waiting } from './mailing.ts';

const ONLY_READS = /^(tables\.(get|range|pick)|blobs\.(get|list)|queues\.length|GET) /;

interface Scenario {
  readonly name: string;
  /** Makes what is to be worked, after what had to be there before. */
  readonly change: (world: World) => Promise<void>;
  readonly check: (world: World) => Promise<void>;
}

/** A limit of two people. */
const SCENARIOS: readonly Scenario[] = [
  {
    name: 'two meetings of one are sent and counted once each, and a third one that day is held',
    change: async (world) => {
      meetInCrm(world, 1, { Subject: 'One' });
      meetInCrm(world, 1, { Subject: 'Two' });
    },
    check: async (world) => {
      expect(mailed(world)).toEqual({ invitation: 2 });
      meetInCrm(world, 1, { Subject: 'Three' });
      await world.settle();
      expect(mailed(world)).toEqual({ invitation: 2 });
      expect(everMade(world)).toEqual({ outlook: 2, crm: 3 });
    },
  },
  {
    name: 'a meeting of three is held in the end, and nobody hears of it',
    change: async (world) => void meetInCrm(world, 3),
    check: async (world) => {
      expect(mailed(world)).toEqual({});
      expect((await waiting(world)).held).toMatchObject([{ action: 'create', recipients: 3 }]);
      expect(everMade(world)).toEqual({ outlook: 0, crm: 1 });
    },
  },
  {
    name: 'a released change is sent in the end, once',
    change: async (world) => {
      const { activity } = await meetInOutlook(world, 3);
      world.crmUser().update(activity, { Subject: 'Released' });
      await world.settle();
      await say(world, 'release');
    },
    check: async (world) => {
      expect(mailed(world)).toEqual({ update: 3 });
      expect(subjects(world)).toEqual(['Released']);
      expect((await waiting(world)).held).toEqual([]);
    },
  },
  {
    name: 'a rejected change is rejected in the end, and its value kept',
    change: async (world) => {
      const { activity } = await meetInOutlook(world, 3);
      world.crmUser().update(activity, { Subject: 'Rejected' });
      await world.settle();
      await say(world, 'reject');
    },
    check: async (world) => {
      expect(mailed(world)).toEqual({});
      expect(subjects(world)).toEqual(['Made in Outlook']);
      expect((await waiting(world)).held).toEqual([]);
      expect(await world.conflicts()).toHaveLength(1);
    },
  },
];

async function pass(scenario: Scenario, crash: CrashPlan | null): Promise<{ world: World; worker: Worker }> {
  const world = await office(2, { users: 4 });
  await scenario.change(world);
  await world.clock.until(world.clock.now() + 30_000);
  await world.pollCrm();
  await world.workTenantJobs();
  const worker = await world.drainWith(crash);
  return { world, worker };
}

describe('invariants 6 and 11: a process killed between counting and writing mails nobody too much, and loses nothing', () => {
  it.each(SCENARIOS)('$name', async (scenario) => {
    const { world, worker } = await pass(scenario, null);
    await world.settle();
    await scenario.check(world);
    const calls = worker.calls.flatMap(({ name }, index) => (ONLY_READS.test(name) ? [] : [index + 1]));
    expect(calls.length).toBeGreaterThan(5);
    for (const call of calls) {
      const crashed = await pass(scenario, { call, when: 'after' });
      if (!crashed.worker.dead) {
        // Its calls came in another order, and it lives: as the one above.
        crashed.world.lookedAtMails();
        continue;
      }
      crashed.world.replaceWorker();
      // The message of the dead comes again after ten minutes.
      await crashed.world.clock.until(crashed.world.clock.now() + 10 * 60_000);
      await crashed.world.rest(5 * 60_000);
      try {
        await scenario.check(crashed.world);
      } catch (failure) {
        throw new Error(`Killed after call ${call} (${crashed.worker.calls.at(-1)?.name}): ${(failure as Error).message}`);
      }
    }
  }, 600_000);
});
