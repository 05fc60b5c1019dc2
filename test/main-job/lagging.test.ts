import { describe, expect, it } from 'vitest';
import { expectInStep, paired } from '../world/paired.ts';

describe('single events are read from a copy that is half a minute behind', () => {
  const LAG = { graphQuirks: { readLagMs: 30_000 } } as const;
  /** What is notified and not shown by the delta yet is read by id. */
  const BOTH_LAG = { readLagMs: 30_000, deltaLagMs: 20_000 } as const;

  it('an event that was made a moment ago and is not there yet was deleted by nobody', async () => {
    const { world } = await paired({ graphQuirks: BOTH_LAG });
    world.crmUser().create({ Subject: 'Made in the CRM' });
    for (let seconds = 0; seconds < 90 && world.outlook().events().length < 2; seconds += 1) await world.live(1_000);
    const made = world.outlook().events().find((event) => event['subject'] === 'Made in the CRM');
    world.outlook().touch(made?.id ?? '');
    await world.settle();
    await world.settle();
    expectInStep(world, 2);
    expect(world.crmUser().all()).toHaveLength(2);
  });

  it('an event that was made without an answer, and is shown by the delta before it can be read, is one pair with its record', async () => {
    const { world } = await paired(LAG);
    world.graph.addFault({ kind: 'lostAnswer', method: 'POST', pathPattern: '/events' });
    world.crmUser().create({ Subject: 'Made in the CRM' });
    await world.settle();
    await world.settle();
    const made = world.outlook().events().find((event) => event['subject'] === 'Made in the CRM');
    await world.outlook().patch(made?.id ?? '', { subject: 'Edited' });
    await world.settle();
    await world.settle();
    expectInStep(world, 2);
    expect(world.crmUser().all()).toHaveLength(2);
  });

  it('an event that a person deleted and that still answers is asked for once more', async () => {
    const { world, eventId } = await paired(LAG);
    await world.outlook().remove(eventId);
    await world.settle();
    expectInStep(world, 0);
  });

  it('an event that a person deleted just after it was edited is deleted all the same', async () => {
    const { world, eventId } = await paired(LAG);
    await world.outlook().patch(eventId, { subject: 'Edited' });
    await world.live(10_000);
    await world.outlook().remove(eventId);
    await world.settle();
    await world.settle();
    expectInStep(world, 0);
  });

  it('an older state of an event never goes over a newer one', async () => {
    const { world, eventId, activityId } = await paired({ graphQuirks: BOTH_LAG, rules: { conflict: { rule: 'outlook' } } });
    world.crmUser().update(activityId, { Subject: 'Written to Outlook' });
    for (let seconds = 0; seconds < 90 && world.outlook().events()[0]?.['subject'] === 'Paired'; seconds += 1) await world.live(1_000);
    world.outlook().touch(eventId);
    await world.settle();
    await world.settle();
    expectInStep(world, 1);
    expect(world.outlook().events()[0]?.['subject']).toBe('Written to Outlook');
  });

  // In which order the two are looked at, their names say.
  it.each([1, 2, 3, 4])('two edits are notified together, and the first one is known already: the second is asked for until it shows (%i)', async (seed) => {
    const { world, eventId, activityId } = await paired({ seed, graphQuirks: { readLagMs: 5_000, deltaLagMs: 40_000, notificationDelayMs: 20_000 } });
    await world.live(60_000);
    await world.outlook().patch(eventId, { subject: 'First edit' });
    await world.live(6_000);
    // Both sides show the same: so the event is read, and nothing is written.
    world.crmUser().update(activityId, { Subject: 'First edit' });
    await world.pollCrm();
    await world.live(11_000);
    await world.outlook().patch(eventId, { subject: 'Second edit' });
    await world.live(3 * 60_000);
    expectInStep(world, 1);
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('Second edit');
  });

  it('an event that was edited in another calendar and is back rests no longer', async () => {
    const { world, eventId } = await paired({ graphQuirks: BOTH_LAG });
    const { id } = world.employee;
    const home = world.graph.events(id)[0]?.calendarId ?? '';
    world.graph.moveEvent(id, eventId, world.graph.createCalendar(id, 'Elsewhere'));
    await world.outlook().patch(eventId, { subject: 'Back again' });
    await world.settle();
    world.graph.moveEvent(id, eventId, home);
    await world.settle();
    await world.settle();
    expectInStep(world, 1);
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('Back again');
  });
});
