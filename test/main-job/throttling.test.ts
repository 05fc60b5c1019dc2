import { describe, expect, it } from 'vitest';
import { expectInStep, paired } from '../world/paired.ts';
import { World } from '../world/world.ts';

describe('invariant 10: never before Retry-After', () => {
  it('429 with 120 s, then a notification five seconds later: no request before its time', async () => {
    const { world, eventId } = await paired();
    world.graph.addFault({ kind: 'status', status: 429, retryAfterSeconds: 120, method: 'GET', pathPattern: 'delta' });
    await world.outlook().patch(eventId, { subject: 'First' });
    await world.live(5_000);
    world.resetCounters();
    await world.outlook().patch(eventId, { subject: 'Second' });
    await world.live(100_000);
    expect(world.requests().graph).toBe(0);
    expect(world.violations()).toEqual([]);
    await world.live(120_000);
    expectInStep(world, 1);
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('Second');
  });

  it.each([503, 504, 500, 502])('%s on the delta: later, and nothing is lost', async (status) => {
    const { world, eventId } = await paired();
    world.graph.addFault({ kind: 'status', status, method: 'GET', pathPattern: 'delta', times: 3 });
    await world.outlook().patch(eventId, { subject: 'After the trouble' });
    await world.live(300_000);
    expectInStep(world, 1);
  });

  it('an expired delta link: a new round, no duplicate, and a deletion of the meantime is found', async () => {
    const { world, eventId } = await paired();
    const kept = await world.outlook().create({ subject: 'Kept' });
    await world.settle();
    world.graph.setQuirks({ notificationLoss: 1 });
    await world.outlook().remove(eventId);
    world.graph.expireDeltaTokens();
    world.graph.setQuirks({ notificationLoss: 0 });
    await world.outlook().patch(kept.id, { subject: 'Kept and edited' });
    await world.settle();
    expectInStep(world, 1);
    expect(world.outlook().events()[0]?.['subject']).toBe('Kept and edited');
  });

  it('412 and a break: read, merged, tried again', async () => {
    const { world, eventId, activityId } = await paired();
    world.graph.addFault({ kind: 'status', status: 412, code: 'ErrorIrresolvableConflict', method: 'PATCH' });
    world.crmUser().update(activityId, { Subject: 'Through a 412' });
    await world.settle();
    expectInStep(world, 1);
    await world.outlook().patch(eventId, { subject: 'And back' });
    await world.settle();
    expectInStep(world, 1);
  });

  it('the CRM is down for a quarter of an hour: everything arrives when it is back', async () => {
    const { world, eventId } = await paired();
    world.crm.addFault({ kind: 'errorBefore', status: 503, match: { times: 40 } });
    await world.outlook().patch(eventId, { subject: 'While it was down' });
    await world.rest(15 * 60_000);
    world.crm.clearFaults();
    await world.rest(20 * 60_000);
    expectInStep(world, 1);
  });

  it('no poll comes through in the first minutes: what was saved after the first listing arrives', async () => {
    const world = new World();
    await world.syncUsers();
    await world.drain();
    world.crm.addFault({ kind: 'errorBefore', status: 503, match: { times: 8 } });
    world.crmUser().create({ Subject: 'Saved before the first poll' });
    await world.rest(20 * 60_000);
    expectInStep(world, 1);
  });

  it('a login lock: transient, then the edit arrives', async () => {
    const { world, eventId } = await paired();
    world.crm.lockLogins(10 * 60_000);
    await world.outlook().patch(eventId, { subject: 'During the lock' });
    await world.rest(12 * 60_000);
    await world.rest(60 * 60_000);
    expectInStep(world, 1);
  });
});
