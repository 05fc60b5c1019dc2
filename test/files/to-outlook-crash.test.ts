import { describe, expect, it } from 'vitest';
import { crashPlans, surviveEach } from '../world/crashes.ts';
import { expectInStep, paired } from '../world/paired.ts';
import type { CrashPlan, Worker } from '../world/worker.ts';
import type { World, WorldOptions } from '../world/world.ts';
import { attachedTo, told } from './documents.ts';

interface Setting {
  readonly world: World;
  readonly eventId: string;
  readonly activityId: string;
  /** The document that was there before. */
  readonly first: string;
}

interface Scenario {
  readonly name: string;
  readonly change: (setting: Setting) => void;
  /** What the event shows in the end. */
  readonly shown: readonly (readonly [string, string])[];
  /** Documents that there are in the end: none of them is an echo. */
  readonly documents: number;
}

const STEP = 3;
/** What is measured, reserved and sent is the same for a large one: its calls are the parts. */
const STEP_OF_LARGE = 7;
const LARGE = 'large '.repeat(700_000);

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'two are linked',
    change: ({ world, activityId }) => {
      world.crmUser().file(activityId, 'b.txt', 'B');
      world.crmUser().file(activityId, 'c.txt', 'C');
    },
    shown: [['a.txt', 'A'], ['b.txt', 'B'], ['c.txt', 'C']],
    documents: 3,
  },
  { name: 'one gets a new version', change: ({ world, first }) => world.crmUser().refile(first, 'Another'), shown: [['a.txt', 'Another']], documents: 1 },
  { name: 'one is taken off', change: ({ world, activityId, first }) => world.crmUser().unlink(activityId, first), shown: [], documents: 1 },
  { name: 'a large one is linked', change: ({ world, activityId }) => void world.crmUser().file(activityId, 'large.bin', LARGE), shown: [['a.txt', 'A'], ['large.bin', LARGE]], documents: 2 },
];

const RULES = { rules: { appointments: { attachments: { toOutlook: { enabled: true } } } } };

async function before(wire?: WorldOptions['wire']): Promise<Setting> {
  const { world, eventId, activityId } = await paired({ ...RULES, ...(wire === undefined ? {} : { wire }) });
  const first = world.crmUser().file(activityId, 'a.txt', 'A');
  await world.settle();
  return { world, eventId, activityId, first };
}

async function pass(scenario: Scenario, crash: CrashPlan | null): Promise<Setting & { worker: Worker }> {
  const setting = await before();
  const { world } = setting;
  scenario.change(setting);
  await world.clock.until(world.clock.now() + 30_000);
  await world.pollCrm();
  return { ...setting, worker: await world.drainWith(crash) };
}

async function expectDone({ world, eventId }: Setting, { shown, documents }: Scenario): Promise<void> {
  // Without their contents where they are large: nobody reads that.
  const brief = (files: readonly (readonly [string, string])[]) => files.map(([name, content]) => [name, content.length, content.slice(0, 10)]);
  expect(brief(attachedTo(world, eventId))).toEqual(brief(shown));
  expect(world.crm.records('Document')).toHaveLength(documents);
  expect((await told(world)).filter((one) => one.startsWith('left'))).toEqual([]);
}

describe('invariant 11, of documents: a process killed before or after any external call changes nothing in the end', () => {
  it.each(SCENARIOS)('$name', async (scenario) => {
    const whole = await pass(scenario, null);
    await whole.world.settle();
    await expectDone(whole, scenario);
    const calls = whole.worker.calls.length;
    expect(calls).toBeGreaterThan(8);
    await surviveEach(crashPlans(calls, scenario.name.includes('large') ? STEP_OF_LARGE : STEP), (crash) => pass(scenario, crash), 25, async (crashed) => {
      await expectDone(crashed, scenario);
      expectInStep(crashed.world, 1);
    });
  }, 600_000);

  it.each([
    ['its making', { method: 'POST', pathPattern: '/attachments$' }],
    ['taking away the one before', { method: 'DELETE', pathPattern: '/attachments/' }],
  ])('the lost answer to %s makes no second attachment and loses none', async (_what, match) => {
    const setting = await before();
    const { world, first } = setting;
    world.graph.addFault({ kind: 'lostAnswer', ...match });
    world.crmUser().refile(first, 'Another');
    await world.rest(30 * 60_000);
    await expectDone(setting, { name: '', change: () => undefined, shown: [['a.txt', 'Another']], documents: 1 });
    expect(world.violations()).toEqual([]);
  });

  it('the lost answer to withdrawing one that became private is no deletion by a person: public again it comes back', async () => {
    const setting = await before();
    const { world, eventId, first } = setting;
    world.graph.addFault({ kind: 'lostAnswer', method: 'DELETE', pathPattern: '/attachments/' });
    world.crmUser().refile(first, null, { Private: true });
    await world.rest(30 * 60_000);
    expect(attachedTo(world, eventId)).toEqual([]);
    expect((await told(world)).filter((one) => one === 'deleted')).toHaveLength(1);
    world.crmUser().refile(first, null, { Private: false });
    await world.rest(30 * 60_000);
    expect(attachedTo(world, eventId)).toEqual([['a.txt', 'A']]);
  });

  it.each([
    ['was lost', 0],
    ['is not known, because it is still under way', 60_000],
  ])('one that is linked again while the answer to taking it off %s comes back', async (_what, wayMs) => {
    let relinks = 0;
    const setting: Setting = await before(async (request, send) => {
      if (request.method !== 'DELETE' || (relinks += 1) > 1) return send(request);
      const { world, activityId, first } = setting;
      const copy = request.clone();
      if (wayMs === 0) await send(copy);
      else void world.clock.sleep(wayMs).then(() => send(copy));
      world.crmUser().link(activityId, first);
      throw new TypeError('fetch failed');
    });
    const { world, eventId, activityId, first } = setting;
    world.crmUser().unlink(activityId, first);
    await world.rest(30 * 60_000);
    expect([relinks > 0, attachedTo(world, eventId)]).toEqual([true, [['a.txt', 'A']]]);
    expect((await told(world)).filter((one) => one.startsWith('left'))).toEqual([]);
    expect(world.crm.records('Document')).toHaveLength(1);
  });

  it('one that is taken off before the answer of its making was known goes, and no document is made of it', async () => {
    const setting = await before();
    const { world, activityId } = setting;
    world.graph.addFault({ kind: 'lostAnswer', method: 'POST', pathPattern: '/attachments$' });
    const document = world.crmUser().file(activityId, 'b.txt', 'B');
    await world.live(60_000);
    world.crmUser().unlink(activityId, document);
    await world.rest(30 * 60_000);
    await expectDone(setting, { name: '', change: () => undefined, shown: [['a.txt', 'A']], documents: 2 });
  });
});
