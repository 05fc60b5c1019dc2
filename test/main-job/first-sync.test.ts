import { describe, expect, it } from 'vitest';
import { expectInStep, paired } from '../world/paired.ts';
import { World } from '../world/world.ts';
import { timed } from '../world/people.ts';

function day(i: number): string {
  return new Date(Date.parse('2026-11-24T00:00:00Z') + (i % 150) * 86_400_000).toISOString().slice(0, 10);
}

describe('design 9: 1,000 appointments at the first synchronization', () => {
  it('500 on each side: every one once on both, no mail, requests within the numbers', async () => {
    const world = new World();
    for (let i = 0; i < 500; i += 1) {
      await world.outlook().create({ subject: `Outlook ${i}`, ...timed(`${day(i)}T0${8 + (i % 2)}:00:00`, `${day(i)}T0${8 + (i % 2)}:30:00`) });
      world.crmUser().create({ Subject: `CRM ${i}`, Date: day(i), EndDate: day(i), Time: '13:00', EndTime: '14:00' });
    }
    world.resetCounters();
    await world.start();
    await world.rest(5 * 60_000);
    expectInStep(world, 1_000);
    const { app } = world.graph.state();
    const writes = world.writes();
    const requests = world.requests();
    console.info(`first synchronization of 1,000: ${JSON.stringify({ ...requests, graphWrites: writes.graph, crmCommands: writes.crm, storageCalls: world.worker.calls.filter(({ name }) => /^(tables|queues|blobs)/.test(name)).length })}`);
    expect(writes.graph).toBe(500);
    expect(writes.crm).toBe(500);
    // Reading 500 and later our own 500 back, in pages of 200, the users' job and the handshake beside it.
    const reads = Object.entries(app).filter(([request]) => request.startsWith('GET') && request.includes('/users/{')).reduce((sum, [, count]) => sum + count, 0);
    expect(reads).toBeLessThanOrEqual(30);
    expect(world.worker.calls.filter(({ name }) => /^(tables|queues|blobs)/.test(name)).length).toBeLessThanOrEqual(1_000 * 0.2 + 200);
  });

  it('storage calls per change: bulk at most 0.2, lone at most 30 with ring and echo', async () => {
    const { world, eventId, activityId } = await paired();
    const calls = () => world.worker.calls.filter(({ name }) => /^(tables|queues|blobs)/.test(name)).length;
    const quiet = async (): Promise<number> => {
      const before = calls();
      await world.settle();
      return calls() - before;
    };
    const idle = await quiet();
    await world.outlook().patch(eventId, { subject: 'Lone, from Outlook' });
    const inbound = (await quiet()) - idle;
    world.crmUser().update(activityId, { Subject: 'Lone, from the CRM' });
    const outbound = (await quiet()) - idle;
    console.info(`storage calls of a lone change: ${inbound} from Outlook, ${outbound} from the CRM`);
    expect(inbound).toBeLessThanOrEqual(30);
    expect(outbound).toBeLessThanOrEqual(30);

    for (let i = 0; i < 100; i += 1) await world.outlook().create({ subject: `Bulk ${i}` });
    await world.settle();
    world.graph.setQuirks({ notificationLoss: 1 });
    const events = world.outlook().events().filter((event) => String(event['subject']).startsWith('Bulk')).slice(1);
    for (const event of events) await world.outlook().patch(event.id, { subject: `${String(event['subject'])} edited` });
    world.graph.setQuirks({ notificationLoss: 0 });
    await world.outlook().patch(eventId, { subject: 'And the one that rings' });
    const before = calls();
    const graphBefore = world.requests().graph;
    const bulk = (await quiet()) - idle;
    console.info(`bulk of 100: ${bulk} storage calls, ${world.requests().graph - graphBefore} Graph requests`);
    expect(calls()).toBeGreaterThan(before);
    expectInStep(world, 101);
    expect(bulk / 100).toBeLessThanOrEqual(0.2);
  });

  it('a lone inbound change costs at most two Graph requests', async () => {
    const { world, eventId } = await paired();
    world.resetCounters();
    await world.outlook().patch(eventId, { subject: 'Lone' });
    await world.settle();
    expect(world.requests().graph).toBeLessThanOrEqual(2);
  });

});
