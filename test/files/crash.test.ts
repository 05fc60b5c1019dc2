import { describe, expect, it } from 'vitest';
import { crashPlans, surviveEach } from '../world/crashes.ts';
import { expectInStep, paired } from '../world/paired.ts';
import type { CrashPlan, Worker } from '../world/worker.ts';
import type { World } from '../world/world.ts';
import { namesAndContents } from './documents.ts';

interface Setting {
  readonly world: World;
  readonly eventId: string;
  readonly activityId: string;
  /** The attachment that was there before. */
  readonly first: string;
}

interface Scenario {
  readonly name: string;
  readonly change: (setting: Setting) => Promise<void>;
  /** What the record shows in the end. */
  readonly shown: readonly (readonly [string, string])[];
  /** Documents that were ever made. */
  readonly made: number;
}

const STEP = 3;

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'two are added',
    change: async ({ world, eventId }) => {
      await world.outlook().attach(eventId, 'b.txt', 'B');
      await world.outlook().attach(eventId, 'c.txt', 'C');
    },
    shown: [['a.txt', 'A'], ['b.txt', 'B'], ['c.txt', 'C']],
    made: 3,
  },
  {
    name: 'one is replaced',
    change: async ({ world, eventId, first }) => {
      await world.outlook().detach(eventId, first);
      await world.outlook().attach(eventId, 'a.txt', 'Another');
    },
    shown: [['a.txt', 'Another']],
    made: 1,
  },
  { name: 'one is removed', change: ({ world, eventId, first }) => world.outlook().detach(eventId, first), shown: [], made: 1 },
  { name: 'the appointment becomes private', change: async ({ world, eventId }) => void (await world.outlook().patch(eventId, { sensitivity: 'private' })), shown: [], made: 1 },
];

async function pass(scenario: Scenario, crash: CrashPlan | null): Promise<Setting & { worker: Worker }> {
  const { world, eventId, activityId } = await paired();
  const first = await world.outlook().attach(eventId, 'a.txt', 'A');
  await world.settle();
  world.graph.setQuirks({ notificationDelayMs: 100 });
  await scenario.change({ world, eventId, activityId, first });
  await world.clock.until(world.clock.now() + 30_000);
  const worker = await world.drainWith(crash);
  return { world, eventId, activityId, first, worker };
}

function expectDone({ world, activityId }: Setting, { shown, made }: Scenario): void {
  expect(namesAndContents(world, activityId)).toEqual(shown);
  expect(world.crm.records('Document')).toHaveLength(made);
}

describe('invariant 11, of attachments: a process killed before or after any external call changes nothing in the end', () => {
  it.each(SCENARIOS)('$name', async (scenario) => {
    const whole = await pass(scenario, null);
    await whole.world.settle();
    expectDone(whole, scenario);
    const calls = whole.worker.calls.length;
    expect(calls).toBeGreaterThan(8);
    await surviveEach(crashPlans(calls, STEP), (crash) => pass(scenario, crash), 25, (crashed) => {
      expectDone(crashed, scenario);
      if (scenario.shown.length > 0) expectInStep(crashed.world, 1);
    });
  }, 600_000);

  it('an answer that is lost makes no second document, on either side of the transfer', async () => {
    for (const lost of ['crm', 'graph'] as const) {
      const { world, eventId, activityId } = await paired();
      if (lost === 'crm') world.crm.addFault({ kind: 'lostAnswer', match: { command: 'import' } });
      else world.graph.addFault({ kind: 'garbage', form: 'truncated', pathPattern: '\\$value$' });
      await world.outlook().attach(eventId, 'a.txt', 'A');
      await world.rest(30 * 60_000);
      expect(namesAndContents(world, activityId)).toEqual([['a.txt', 'A']]);
      expect(world.crm.records('Document')).toHaveLength(1);
      expect(world.violations()).toEqual([]);
    }
  });

  it('one that is taken away before the answer of its making was known leaves no link', async () => {
    const { world, eventId, activityId } = await paired();
    world.crm.addFault({ kind: 'lostAnswer', match: { command: 'import' } });
    const id = await world.outlook().attach(eventId, 'a.txt', 'A');
    await world.live(60_000);
    expect(namesAndContents(world, activityId)).toEqual([['a.txt', 'A']]);
    await world.outlook().detach(eventId, id);
    await world.rest(30 * 60_000);
    expect(namesAndContents(world, activityId)).toEqual([]);
  });
});
