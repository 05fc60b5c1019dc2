import { describe, expect, it } from 'vitest';
import { FIELD_EDITS } from '../world/fields.ts';
import { expectInStep, paired } from '../world/paired.ts';
import { World } from '../world/world.ts';

describe('invariant 5: no needless write', () => {
  it('an appointment that was only opened is not written', async () => {
    const { world, eventId } = await paired();
    world.resetCounters();
    world.outlook().touch(eventId);
    await world.settle();
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expectInStep(world, 1);
  });

  it('opened after the CRM was edited, it does not win over the edit', async () => {
    const { world, eventId, activityId } = await paired();
    world.crmUser().update(activityId, { Subject: 'Edited in the CRM' });
    await world.clock.until(world.clock.now() + 5_000);
    world.outlook().touch(eventId);
    await world.settle();
    expectInStep(world, 1);
    expect(world.outlook().events().map((event) => event['subject'])).toEqual(['Edited in the CRM']);
  });

  it('an activity that was saved unchanged is not written', async () => {
    const { world, activityId } = await paired();
    world.resetCounters();
    world.crmUser().update(activityId, { FreeN1: 7 });
    await world.settle();
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expectInStep(world, 1);
  });

  it.each(FIELD_EDITS)('our own write of $group does not come back', async ({ inOutlook, inCrm }) => {
    const { world, eventId, activityId } = await paired();
    world.resetCounters();
    await world.outlook().patch(eventId, inOutlook.patch);
    await world.settle();
    expect(world.writes()).toEqual({ graph: 0, crm: 1 });
    world.resetCounters();
    world.crmUser().update(activityId, inCrm.values);
    await world.settle();
    await world.settle();
    expect(world.writes()).toEqual({ graph: 1, crm: 0 });
  });

  it('a second pass over many appointments writes nothing', async () => {
    const world = new World();
    for (let i = 10; i < 30; i += 1) {
      await world.outlook().create({ subject: `O${i}`, body: { contentType: 'html', content: `<p>Body ${i}</p><p>&nbsp;</p>` } });
      world.crmUser().create({ Subject: `C${i}`, Text: `Body ${i}\r\n\r\nmore` });
    }
    await world.start();
    expectInStep(world, 40);
    world.resetCounters();
    for (const event of world.outlook().events()) world.outlook().touch(event.id);
    await world.settle();
    await world.settle();
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
  });

  it('a quiet hour asks Graph nothing and writes nothing', async () => {
    const { world } = await paired();
    world.resetCounters();
    await world.live(3_600_000);
    expect(world.requests().graph).toBe(0);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
  });
});
