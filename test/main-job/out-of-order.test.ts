import { describe, it } from 'vitest';
import { expectInStep, paired } from '../world/paired.ts';

describe('notifications out of order', () => {
  // The order is drawn: in some of these worlds the older notification comes last.
  it.each([1, 2, 3, 4, 5, 6])('two edits of one event, and a delta that shows the older one alone: both arrive before any net (seed %i)', async (seed) => {
    const { world, eventId } = await paired({ seed });
    world.graph.setQuirks({ notificationDelayMs: 4_000, notificationReorder: true, deltaLagMs: 4_200 });
    await world.outlook().patch(eventId, { subject: 'First edit' });
    await world.clock.until(world.clock.now() + 900);
    await world.outlook().patch(eventId, { categories: ['Second edit'] });
    await world.settle();
    expectInStep(world, 1);
  });
});
