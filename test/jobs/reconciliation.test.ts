import { describe, expect, it } from 'vitest';
import { expectInStep, paired } from '../world/paired.ts';
import type { World } from '../world/world.ts';

const HOUR = 3_600_000;

/** Hours in which only the net works: no poll, no notification. */
async function netOnly(world: World, hours: number): Promise<void> {
  for (let hour = 0; hour < hours; hour += 1) {
    await world.clock.until(world.clock.now() + HOUR);
    await world.reconcile();
    await world.drain();
  }
}

describe('reconciliation: once a day, for what nobody rang for', () => {
  it('an edit, a creation and a deletion in Outlook whose notifications never came', async () => {
    const { world, eventId } = await paired();
    const doomed = await world.outlook().create({ subject: 'Doomed' });
    await world.settle();
    world.graph.setQuirks({ notificationLoss: 1 });
    await world.outlook().patch(eventId, { subject: 'Edited in silence' });
    await world.outlook().create({ subject: 'Made in silence' });
    await world.outlook().remove(doomed.id);
    await netOnly(world, 26);
    expectInStep(world, 2);
    expect(world.crmUser().activities().map((activity) => activity.values['Subject']).sort()).toEqual(['Edited in silence', 'Made in silence']);
  });

  it('an edit, a creation and a deletion in the CRM that no poll showed', async () => {
    const { world, activityId } = await paired();
    const doomed = world.crmUser().create({ Subject: 'Doomed' });
    await world.settle();
    world.crmUser().update(activityId, { Subject: 'Edited in silence' });
    world.crmUser().create({ Subject: 'Made in silence' });
    world.crmUser().remove(doomed.id);
    await netOnly(world, 26);
    expectInStep(world, 2);
  });

  it('costs an idle mailbox one Graph request a day and writes nothing', async () => {
    const { world } = await paired();
    world.resetCounters();
    await netOnly(world, 24 * 5);
    const { app } = world.graph.state();
    const mailboxRequests = Object.entries(app).filter(([request]) => request.includes('/users/{')).reduce((sum, [, count]) => sum + count, 0);
    expect(mailboxRequests / 5).toBeLessThanOrEqual(1.2);
    expect(mailboxRequests).toBeGreaterThanOrEqual(4);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
  });

  it('forgets a pair only 90 days after both items are gone', async () => {
    const { world, eventId } = await paired();
    await world.outlook().remove(eventId);
    await world.settle();
    const pairs = async (): Promise<number> => (await world.storage.tables.range('mailbox', `11111111-1111-4111-8111-111111111111|${world.employee.id}`, { from: 'p|', to: 'p|~' })).rows.length;
    const days = async (count: number): Promise<void> => {
      for (let day = 0; day < count; day += 1) {
        await world.clock.until(world.clock.now() + 24 * HOUR);
        await world.reconcile();
        await world.drain();
      }
    };
    await days(85);
    expect(await pairs()).toBe(1);
    await days(8);
    expect(await pairs()).toBe(0);
  });
});

describe('poison: nothing is lost, and ops can see it', () => {
  it('a ring that keeps failing becomes a due row and a visible state, and goes on when the mistake is gone', async () => {
    let broken = false;
    const { world, eventId } = await paired({
      hooks: {
        before: (op, details) => {
          if (broken && op === 'tables.range' && details.place === 'mailbox') throw new Error('a mistake of ours');
        },
      },
    });
    broken = true;
    await world.outlook().patch(eventId, { subject: 'Edited during the mistake' });
    await world.rest(10 * 60_000);
    const states = async (): Promise<string[]> => {
      const { rows } = await world.storage.tables.range('directory', '11111111-1111-4111-8111-111111111111', { from: 'mailbox|', to: 'mailbox|~' });
      return rows.map((row) => String(row.cells['state']));
    };
    expect(await states()).toEqual(['failing']);
    broken = false;
    await world.rest(40 * 60_000);
    expect(await states()).toEqual(['ok']);
    expectInStepButFailures(world);
  });
});

function expectInStepButFailures(world: World): void {
  world.events.splice(0, world.events.length, ...world.events.filter((event) => event['evt'] !== 'handler.failed'));
  expectInStep(world, 1);
}

describe('a list that is behind what is known already (graph.md 2.1)', () => {
  it('shows nothing that counts: an edit that came over is not taken back in between', async () => {
    const { world, eventId } = await paired();
    await world.days(2);
    await world.outlook().patch(eventId, { subject: 'Edited' });
    await world.settle();
    const shown: string[] = [];
    world.crm.onChange(({ record }) => shown.push(record.values['Subject'] ?? ''));
    world.graph.setQuirks({ listLagMs: 30 * HOUR });
    await netOnly(world, 26);
    expect(shown).toEqual([]);
    expectInStep(world, 1);
  });
});
