import { describe, expect, it } from 'vitest';
import { crashPlans, surviveEach } from '../world/crashes.ts';
import { expectInStep } from '../world/paired.ts';
import { timed } from '../world/people.ts';
import type { CrashPlan, Worker } from '../world/worker.ts';
import { World } from '../world/world.ts';

const STEP = 3;

/** Before the connector comes: three on both sides, one on each. */
async function firstPass(crash: CrashPlan | null): Promise<{ world: World; worker: Worker }> {
  const world = new World();
  for (const day of ['2026-11-25', '2026-11-26', '2026-11-27']) {
    await world.outlook().create({ subject: `On both ${day}`, ...timed(`${day}T09:00:00`, `${day}T10:00:00`), isReminderOn: false });
    world.crmUser().create({ Subject: `On both ${day}`, Date: day, Time: '09:00', EndDate: day, EndTime: '10:00' });
  }
  await world.outlook().create({ subject: 'Only in Outlook' });
  world.crmUser().create({ Subject: 'Only in the CRM' });
  await world.syncUsers();
  await world.workTenantJobs();
  const worker = await world.drainWith(crash);
  return { world, worker };
}

describe('invariant 11, of adoption: a process killed before or after any external call makes nothing twice', () => {
  it('what stood on both sides is adopted, what stood on one is made on the other, once', async () => {
    const { world, worker } = await firstPass(null);
    await world.settle();
    expectInStep(world, 5);
    const calls = worker.calls.length;
    expect(calls).toBeGreaterThan(10);
    await surviveEach(crashPlans(calls, STEP), (crash) => firstPass(crash), 20, (crashed) => {
      expectInStep(crashed.world, 5);
      expect(crashed.world.crm.records('Contact')).toHaveLength(5);
    });
  }, 600_000);
});
