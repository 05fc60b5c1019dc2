import { describe, expect, it } from 'vitest';
import { shownInCrm, shownInOutlook, sorted } from '../world/judge.ts';
import { World } from '../world/world.ts';

function twoTenants(): { first: World; second: World } {
  const first = new World({ users: 2 });
  const second = new World({ users: 2, beside: first, zone: 'America/New_York', seed: 2, rules: { conflict: { rule: 'outlook' } } });
  return { first, second };
}

function expectEachInStep(worlds: readonly World[], count: number): void {
  for (const world of worlds) {
    for (const employee of world.employees) {
      const outlook = world.outlook(employee).events().map(shownInOutlook);
      expect(sorted(outlook)).toEqual(sorted(world.crmUser(employee).activities().map((activity) => shownInCrm(activity, world.zone))));
      expect(outlook).toHaveLength(count);
    }
    expect(world.violations()).toEqual([]);
  }
}

describe('invariant 9: two tenants in one process, with different systems, zones and rules', () => {
  it('each synchronizes with its own, and nothing of one reaches the other', async () => {
    const { first, second } = twoTenants();
    await first.start();
    for (const world of [first, second]) {
      for (const [i, employee] of world.employees.entries()) {
        await world.outlook(employee).create({ subject: `Outlook of ${world.tenantId.slice(0, 1)}-${i}` });
        world.crmUser(employee).create({ Subject: `CRM of ${world.tenantId.slice(0, 1)}-${i}` });
      }
    }
    await first.settle();
    expectEachInStep([first, second], 2);
    expect(JSON.stringify(second.crm.records('Contact'))).not.toContain('of 1-');
    expect(JSON.stringify(first.crm.records('Contact'))).not.toContain('of 3-');
    // Two o'clock in each CRM is two o'clock in its own zone.
    expect(second.outlook().events().map((event) => JSON.stringify(event['start']))).toContainEqual(expect.stringContaining('2026-11-26T19:00:00'));
  });

  it('each has its own conflict rule', async () => {
    const { first, second } = twoTenants();
    await first.start();
    for (const world of [first, second]) {
      const event = await world.outlook().create({ subject: 'Paired' });
      await first.settle();
      const [activity] = world.crmUser().activities();
      await world.outlook().patch(event.id, { subject: 'Older, in Outlook' });
      await first.clock.until(first.clock.now() + 4_000);
      world.crmUser().update(activity?.id ?? '', { Subject: 'Newer, in the CRM' });
      await first.settle();
    }
    expect(first.outlook().events().map((event) => event['subject'])).toContain('Newer, in the CRM');
    expect(second.outlook().events().map((event) => event['subject'])).toContain('Older, in Outlook');
  });

  it('a tenant whose CRM never answers, or whose rules are wrong, delays no other', async () => {
    const { first, second } = twoTenants();
    await first.start();
    second.crm.addFault({ kind: 'never', ms: 200_000, match: { times: 0 } });
    await first.outlook().create({ subject: 'Beside a slow tenant' });
    await first.rest(10 * 60_000);
    expect(first.crmUser().activities().map((activity) => activity.values['Subject'])).toEqual(['Beside a slow tenant']);
    second.crm.clearFaults();
    second.rules['surprise'] = 1;
    await first.outlook().create({ subject: 'Beside wrong rules' });
    await first.rest(5 * 60_000);
    expect(first.crmUser().activities()).toHaveLength(2);
    expect(first.violations()).toEqual([]);
  });
});
