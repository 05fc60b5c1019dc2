import { describe, expect, it } from 'vitest';
import { everyCrash, surviveEach } from '../world/crashes.ts';
import { expectInStep } from '../world/paired.ts';
import type { CrashPlan, Worker } from '../world/worker.ts';
import { World } from '../world/world.ts';

const RULES = { appointments: { links: [{ from: 'subject', infoArea: 'Y1' }] } };

/** Linked to the first by a subject, about to be renamed to the second; or linked by somebody in the CRM at the same moment. */
async function pass(byHand: boolean, crash: CrashPlan | null): Promise<{ world: World; worker: Worker }> {
  const world = new World({ rules: RULES });
  for (const seqNo of [100, 101, 102]) world.crm.act('SYNC').create('Opportunity', {}, { statNo: 1, seqNo });
  await world.start();
  const event = await world.outlook().create({ subject: 'About Y1-1-100' });
  await world.settle();
  world.graph.setQuirks({ notificationDelayMs: 100 });
  await world.outlook().patch(event.id, { subject: 'About Y1-1-101' });
  if (byHand) world.crmUser().update(world.crmUser().activities()[0]?.id ?? '', { OppSeqNo: 102 });
  await world.clock.until(world.clock.now() + 30_000);
  await world.pollCrm();
  return { world, worker: await world.drainWith(crash) };
}

function expectLinked(world: World, byHand: boolean): void {
  expectInStep(world, 1);
  expect(world.crmUser().all().map(({ values }) => [values['Subject'], values['OppSeqNo']])).toEqual([['About Y1-1-101', byHand ? '102' : '101']]);
}

describe('A9, invariant 11: a process killed before or after any external call links as if nothing had been', () => {
  it.each([
    ['a changed subject', false],
    ['a changed subject, while somebody links it by hand', true],
  ])('%s', async (_name, byHand) => {
    const { world, worker } = await pass(byHand, null);
    await world.settle();
    expectLinked(world, byHand);
    await surviveEach(everyCrash(worker.calls.length), (crash) => pass(byHand, crash), 25, (crashed) => expectLinked(crashed.world, byHand));
  }, 600_000);
});
