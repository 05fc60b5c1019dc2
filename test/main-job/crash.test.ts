import { describe, expect, it } from 'vitest';
import { expectInStep, paired } from '../world/paired.ts';
import type { CrashPlan, Worker } from '../world/worker.ts';
import type { World } from '../world/world.ts';

interface Scenario {
  readonly name: string;
  readonly change: (world: World, eventId: string, activityId: string) => Promise<void>;
  /** What both sides show in the end. */
  readonly count: number;
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'create from Outlook', count: 2, change: async (world) => void (await world.outlook().create({ subject: 'Second' })) },
  { name: 'create from the CRM', count: 2, change: async (world) => void world.crmUser().create({ Subject: 'Second' }) },
  { name: 'update from Outlook', count: 1, change: async (world, eventId) => void (await world.outlook().patch(eventId, { subject: 'Edited' })) },
  { name: 'update from the CRM', count: 1, change: async (world, _eventId, activityId) => void world.crmUser().update(activityId, { Subject: 'Edited' }) },
  { name: 'deletion from Outlook', count: 0, change: (world, eventId) => world.outlook().remove(eventId) },
  { name: 'deletion from the CRM', count: 0, change: async (world, _eventId, activityId) => world.crmUser().remove(activityId) },
  {
    name: 'edits on both sides, of one group and of two',
    count: 1,
    change: async (world, eventId, activityId) => {
      await world.outlook().patch(eventId, { subject: 'Outlook', location: { displayName: 'Room' } });
      await world.clock.until(world.clock.now() + 4_000);
      world.crmUser().update(activityId, { Subject: 'CRM', Reminder: 5 });
    },
  },
];

/** Brings the change to the door (marked and rung), then lets one worker work the rings until it is done or dead. */
async function pass(scenario: Scenario, crash: CrashPlan | null): Promise<{ world: World; worker: Worker }> {
  const { world, eventId, activityId } = await paired();
  world.graph.setQuirks({ notificationDelayMs: 100 });
  await scenario.change(world, eventId, activityId);
  await world.clock.until(world.clock.now() + 30_000);
  await world.pollCrm();
  // The poll of the tenant is worked by a worker that lives; the pass by one that may die.
  const worker = await world.drainWith(crash);
  return { world, worker };
}

describe('invariant 11: a process killed before or after any external call changes nothing in the end', () => {
  it.each(SCENARIOS)('$name', async (scenario) => {
    const { world, worker } = await pass(scenario, null);
    await world.settle();
    expectInStep(world, scenario.count);
    const calls = worker.calls.length;
    expect(calls).toBeGreaterThan(10);
    for (let call = 1; call <= calls; call += 1) {
      for (const when of ['before', 'after'] as const) {
        const crashed = await pass(scenario, { call, when });
        const at = `${when} call ${call} of ${calls}: ${crashed.worker.calls.at(-1)?.name}`;
        if (!crashed.worker.dead) continue;
        crashed.world.replaceWorker();
        await crashed.world.rest(25 * 60_000);
        try {
          expectInStep(crashed.world, scenario.count);
          expect(crashed.world.crmUser().all().length).toBe(scenario.name.startsWith('create') ? 2 : 1);
        } catch (failure) {
          throw new Error(`Killed ${at}: ${(failure as Error).message}\n${JSON.stringify(await crashed.world.journal(), null, 1).slice(0, 3_000)}`);
        }
      }
    }
  }, 600_000);

  it('nor one killed before it writes what was edited on both sides, and the next one when that is resolved: the edit that was to be written is not overruled by the one that had lost', async () => {
    const edits: Scenario = { name: 'one group on both sides', count: 1, change: async (world, eventId, activityId) => {
      world.rules['conflict'] = { rule: 'outlook' };
      await world.clock.until(world.clock.now() + 31_000);
      world.crmUser().update(activityId, { Subject: 'CRM' });
      await world.outlook().patch(eventId, { subject: 'Outlook' });
    } };
    const { worker } = await pass(edits, null);
    const kept = worker.calls.findIndex(({ name }) => name === 'blobs.put conflicts');
    const write = worker.calls.findIndex(({ name }, at) => at > kept && name === 'POST /interface/request') + 1;
    expect(worker.calls.slice(kept, write).map(({ name }) => name)).toEqual(['blobs.put conflicts', 'tables.transact mailbox', 'POST /interface/request']);
    for (let call = 1, dead = true; dead; call += 1) {
      const { world } = await pass(edits, { call: write, when: 'before' });
      // Until the message comes again.
      await world.clock.until(world.clock.now() + 11 * 60_000);
      ({ dead } = await world.drainWith({ call, when: 'before' }));
      world.replaceWorker();
      await world.rest(25 * 60_000);
      const [event] = world.outlook().events();
      const [activity] = world.crmUser().activities();
      expect([call, event?.['subject'], activity?.values['Subject']]).toEqual([call, 'Outlook', 'Outlook']);
    }
  }, 600_000);
});
