import { describe, expect, it } from 'vitest';
import { memoryStorage } from '../../local/state/memory.ts';
import { tenantGuard } from '../../shared/jobs/tenant-guard.ts';
import { seeded } from '../world/random.ts';
import { VirtualClock } from '../world/virtual-clock.ts';
import { TENANT } from '../world/places.ts';
import { type World } from '../world/world.ts';
import { alive, answer, deleteInCrm, deleteInOutlook, guarded, HOUR, listed, states, told, troubles } from './guarded.ts';

function deletedOnTheOtherSide(world: World, before: number): number {
  return world.employees.reduce((sum, employee) => sum + before - alive(world, employee).crm, 0);
}

describe('invariant 7: more deletions in a day than the larger of 100 and 2 % of the tenant are held, however few each mailbox has', () => {
  it('twelve deletions in each of nine mailboxes: the ninth is held, its other changes go on', async () => {
    const world = await guarded(16, { users: 9, rules: { deletionGuard: { mailbox: { count: 15 } } } });
    for (const employee of world.employees) {
      await deleteInOutlook(world, 12, employee);
      const [left] = world.outlook(employee).events();
      await world.outlook(employee).patch(left?.id ?? '', { location: { displayName: 'Edited too' } });
    }
    await world.settle();
    expect(deletedOnTheOtherSide(world, 16)).toBe(96);
    const { held } = await listed(world);
    expect(held).toHaveLength(12);
    expect(new Set(held.map(({ mailboxId }) => mailboxId)).size).toBe(1);
    expect(held[0]).toMatchObject({ limit: 'tenant' });
    expect(told(world, 'guard.tripped')).toMatchObject([{ limit: 'tenant', held: 12 }]);
    expect((await states(world)).health).toMatchObject({ status: 'degraded', tenants: [{ mailboxes: { ok: 8, guard: 1 } }] });
    for (const employee of world.employees) expect(world.crmUser(employee).activities().filter(({ values }) => values['Location'] === 'Edited too')).toHaveLength(1);
    await answer(world, 'confirm');
    await world.settle();
    expect(deletedOnTheOtherSide(world, 16)).toBe(108);
    expect((await listed(world)).held).toEqual([]);
    expect(troubles(world)).toEqual([]);
  });

  it.each([
    { share: 0.4, left: [8, 8, 8] },
    { share: 0.25, left: [8, 8, 12] },
    { share: 0.1, left: [8, 12, 12] },
  ])('a share of the tenant’s pairs ($share) counts where it is more than the number', async ({ share, left }) => {
    const world = await guarded(12, { users: 3, rules: { deletionGuard: { tenant: { count: 4, share } } } });
    for (const employee of world.employees) deleteInCrm(world, 4, employee);
    await world.settle();
    expect(world.employees.map((employee) => alive(world, employee).outlook).sort((a, b) => a - b)).toEqual(left);
  });

  it('an answer for one mailbox leaves the others waiting', async () => {
    const world = await guarded(6, { users: 3, rules: { deletionGuard: { mailbox: { count: 2, share: 0 } } } });
    for (const employee of world.employees) await deleteInOutlook(world, 3, employee);
    await world.settle();
    const [first, second, third] = world.employees;
    await answer(world, 'confirm', `?tenantId=${TENANT}&mailboxId=${first?.id}`);
    await answer(world, 'reject', `?tenantId=${TENANT}&mailboxId=${second?.id}`);
    await world.settle();
    expect([first, second, third].map((employee) => alive(world, employee).crm)).toEqual([3, 6, 6]);
    expect((await listed(world)).held.map(({ mailboxId }) => mailboxId)).toEqual([third?.id, third?.id, third?.id]);
    expect((await listed(world, `&mailboxId=${second?.id}`)).held).toEqual([]);
  });

  it('the day slides for the tenant too', async () => {
    const world = await guarded(10, { users: 2, rules: { deletionGuard: { tenant: { count: 5, share: 0 } } } });
    const [first, second] = world.employees;
    await deleteInOutlook(world, 5, first);
    await world.settle();
    await world.days(1.1);
    await deleteInOutlook(world, 5, second);
    await world.settle();
    expect(deletedOnTheOtherSide(world, 10)).toBe(10);
    await world.rest(HOUR);
    await deleteInOutlook(world, 1, first);
    await world.settle();
    expect(deletedOnTheOtherSide(world, 10)).toBe(10);
  });

  it('mailboxes that delete at the same moment never pass it together', async () => {
    const clock = new VirtualClock('2026-11-23T07:00:00Z');
    const storage = memoryStorage({ clock, random: seeded(3) });
    const guard = () => tenantGuard(storage.tables, clock, TENANT, { count: 100, share: 0.02 });
    const asked = await clock.drive(Promise.allSettled(Array.from({ length: 20 }, () => guard().reserve(9))));
    const yes = (asked ?? []).filter((result) => result.status === 'fulfilled' && result.value).length;
    expect(yes).toBeGreaterThan(0);
    expect(yes).toBeLessThanOrEqual(11);
    // Those that were refused for the crowd come again.
    const later = await clock.drive(Promise.allSettled(Array.from({ length: 11 - yes }, () => guard().reserve(9))));
    expect(later ?? []).not.toContainEqual({ status: 'fulfilled', value: false });
    expect(await clock.drive(guard().reserve(100))).toBe(false);
  });
});
