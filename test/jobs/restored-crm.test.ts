import { describe, expect, it } from 'vitest';
import { adminJobs } from '../../functions/admin-jobs.ts';
import { health } from '../../functions/health.ts';
import { isJudged, wentBack } from '../../shared/crm/restored.ts';
import { paired } from '../world/paired.ts';
import { TENANT, ZONE } from '../world/places.ts';
import type { World } from '../world/world.ts';

const HOUR = 3_600_000;

async function problem(world: World): Promise<unknown> {
  const answer = await world.clock.drive(world.call(health, new Request('http://localhost:7071/api/health')));
  return ((await answer?.json()) as { tenants: { problem: string | null }[] }).tenants[0]?.problem;
}

async function resume(world: World): Promise<void> {
  await world.clock.drive(world.call(adminJobs, new Request(`http://localhost:7071/api/admin/jobs/resume?tenantId=${TENANT}`, { method: 'POST' }), { job: 'resume' }));
}

/** Everybody works until the backup and after it; then the CRM is put back to it. */
async function restored(more: (world: World) => void | Promise<void> = () => undefined, options: Parameters<typeof paired>[0] = {}): Promise<World> {
  const { world, activityId } = await paired(options);
  const backup = world.crm.snapshot();
  await world.live(HOUR / 3);
  world.crmUser().update(activityId, { Subject: 'After the backup' });
  world.crmUser().create({ Subject: 'Made after the backup' });
  await world.outlook().create({ subject: 'Made in Outlook after the backup' });
  await world.settle();
  await world.live(6 * 60_000);
  expect(world.outlook().events()).toHaveLength(3);
  world.crm.restore(backup);
  await more(world);
  await world.live(2 * 60_000);
  return world;
}

describe('invariant 7: a CRM that was restored from a backup', () => {
  it('stops the tenant with a clear sentence before anything is believed: nothing is asked, deleted or written any more', async () => {
    const world = await restored();
    expect(await problem(world)).toContain('restored from a backup');
    expect(world.events.filter(({ evt }) => evt === 'tenant.stopped')).toMatchObject([{ cause: 'restored' }]);
    world.resetCounters();
    await world.days(1.2);
    expect(world.requests()).toEqual({ graph: 0, crm: 0 });
    expect(world.outlook().events().map((event) => event['subject']).sort()).toEqual(['After the backup', 'Made after the backup', 'Made in Outlook after the backup']);
  });

  it('is known though somebody wrote into it before the next poll', async () => {
    const world = await restored((restoredWorld) => void restoredWorld.crmUser().create({ Subject: 'The first one of the new time' }));
    expect(await problem(world)).toContain('restored from a backup');
  });

  it('goes on as it is when an admin says so, and deletes nothing in Outlook for what it lost', async () => {
    const world = await restored();
    await resume(world);
    await world.days(1.2);
    const [survivor] = world.crmUser().activities();
    world.crmUser().update(survivor?.id ?? '', { Subject: 'Life goes on' });
    await world.settle();
    expect(await problem(world)).toBeNull();
    const subjects = world.outlook().events().map((event) => event['subject']);
    expect(subjects).toHaveLength(3);
    expect(subjects).toEqual(expect.arrayContaining(['Life goes on', 'Made after the backup', 'Made in Outlook after the backup']));
    expect(world.violations()).toEqual([]);
  });

  it('gives a lost number again to a record of ours: the appointment of the lost record keeps what it shows, whoever the new one belongs to', async () => {
    for (const other of [false, true]) {
      const world = await restored(async (restoredWorld) => {
        const [first, second] = restoredWorld.employees;
        await restoredWorld.outlook(other ? second : first).create({ subject: 'The first one of the new time' });
        await restoredWorld.live(20_000);
      }, { users: 2 });
      const reused = world.crm.records('Contact').filter(({ values }) => values['Subject'] === 'The first one of the new time');
      expect(reused).toHaveLength(1);
      await resume(world);
      await world.days(1.2);
      const subjects = world.outlook().events().map((event) => event['subject']);
      expect(subjects).toEqual(expect.arrayContaining(['Made after the backup', 'Made in Outlook after the backup']));
      expect(world.violations()).toEqual([]);
    }
  });

  it('is not judged within three hours of an hour that occurs twice, and afterwards is', async () => {
    const world = await restored(undefined, { start: '2026-10-25T02:00:00Z' });
    expect(await problem(world)).toBeNull();
    await world.rest(3 * HOUR);
    expect(await problem(world)).toContain('restored from a backup');
  });

  it('is not looked for where the rules say so', async () => {
    const world = await restored(undefined, { rules: { stopOnRestore: false } });
    expect(await problem(world)).toBeNull();
  });

  it('is nothing that a clock put right, a quiet weekend or a marked record look like', async () => {
    const crm = { timeZone: ZONE, clockSkewSeconds: 300 };
    expect(wentBack('2026-11-23 10:00:00', '2026-11-23 09:56:00', crm)).toBe(false);
    expect(wentBack('2026-11-23 10:00:00', '2026-11-23 09:54:00', crm)).toBe(true);
    expect(wentBack('2026-11-23 10:00:00', null, crm)).toBe(true);
    expect(wentBack('2026-10-25 02:30:00', '2026-10-25 02:10:00', crm)).toBe(false);
    for (const [at, judged] of [['2026-10-24T20:59:00Z', true], ['2026-10-24T21:01:00Z', false], ['2026-10-25T04:59:00Z', false], ['2026-10-25T05:01:00Z', true], ['2027-03-28T01:00:00Z', true]] as const) expect(isJudged(Date.parse(at), ZONE), at).toBe(judged);
    const { world, activityId } = await paired();
    world.crmUser().remove(activityId);
    await world.days(3);
    expect(await problem(world)).toBeNull();
  });
});
