import { describe, expect, it } from 'vitest';
import { adminOffboard, adminTenant } from '../../functions/admin-tenants.ts';
import { CONTAINERS, TABLES } from '../../shared/config/names.ts';
import { TENANT_OF_ROW } from '../isolation/matrix.ts';
import { Worker } from '../world/worker.ts';
import { World } from '../world/world.ts';

async function twoAtWork(): Promise<{ a: World; b: World }> {
  const a = new World({ users: 2 });
  const b = new World({ users: 1, beside: a, seed: 2 });
  await a.start();
  for (const world of [a, b]) await world.outlook().create({ subject: 'Kept' });
  await a.settle();
  await a.keepSubscriptions();
  await a.drain();
  return { a, b };
}

async function offboard(world: World, query: string, body?: unknown): Promise<Response | null> {
  const request = new Request(`http://localhost:7071/api/x${query}`, { method: 'POST', ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return world.clock.drive(world.call(adminOffboard, request, { tenantId: world.tenantId }));
}

async function statusOf(world: World): Promise<unknown> {
  const answer = await world.clock.drive(world.call(adminTenant, new Request('http://localhost:7071/api/x'), { tenantId: world.tenantId }));
  return answer?.status === 200 ? ((await answer.json()) as { status: string }).status : answer?.status;
}

async function rowsOf(world: World, tenantId = world.tenantId): Promise<string[]> {
  const found: string[] = [];
  for (const [name, table] of Object.entries(TABLES)) {
    for await (const { partition, row } of world.storage.tables.scan(table)) if (TENANT_OF_ROW[name as keyof typeof TABLES](partition, row.rowKey) === tenantId) found.push(`${table} ${row.rowKey}`);
  }
  for (const container of Object.values(CONTAINERS)) for (const { name } of await world.storage.blobs.list(container, `${tenantId}/`)) found.push(`${container} ${name}`);
  return found;
}

/** What people see on both sides. */
const seen = (world: World): unknown => [world.employees.map((employee) => world.outlook(employee).events()), world.crm.records('Contact')];

async function untilQuiet(world: World): Promise<void> {
  for (let step = 0; step < 4; step += 1) {
    await world.clock.until(world.clock.now() + 8 * 60_000);
    await world.keepSubscriptions();
    await world.drain();
  }
}

describe('letting a tenant go', () => {
  it('ends its subscriptions and its work, keeps what is known, and touches nobody’s calendar or record', async () => {
    const { a, b } = await twoAtWork();
    expect(await statusOf(a)).toBe('active');
    const held = (await rowsOf(a)).length;
    a.resetCounters();
    expect((await offboard(a, ''))?.status).toBe(202);
    expect(await statusOf(a)).toBe('leaving');
    await untilQuiet(a);
    expect(await statusOf(a)).toBe('gone');
    expect((await rowsOf(a)).filter((row) => row.startsWith('subscriptions'))).toEqual([]);
    expect((await rowsOf(a)).length).toBeGreaterThan(held / 2);
    await a.outlook().create({ subject: 'Afterwards' });
    await a.rest(5 * 60_000);
    expect(a.writes()).toEqual({ graph: 0, crm: 0 });
    expect(a.outlook().events()).toHaveLength(2);
    expect(await statusOf(b)).toBe('active');
  });

  it('removes what is known of it only where its name is repeated', async () => {
    const { a, b } = await twoAtWork();
    expect((await offboard(a, '?state=remove'))?.status).toBe(409);
    expect((await offboard(a, '?state=remove', { tenant: b.tenantId }))?.status).toBe(409);
    expect((await offboard(a, '?state=everything'))?.status).toBe(400);
    expect(await statusOf(a)).toBe('active');
    const [before, others] = [seen(a), await rowsOf(a, b.tenantId)];
    a.resetCounters();
    expect((await offboard(a, '?state=remove', { tenant: a.tenantId }))?.status).toBe(202);
    await untilQuiet(a);
    expect(await statusOf(a)).toBe('gone');
    expect(await rowsOf(a)).toEqual(['directory tenant']);
    expect(seen(a)).toEqual(before);
    expect(a.writes()).toEqual({ graph: 0, crm: 0 });
    expect(await rowsOf(a, b.tenantId)).toEqual(expect.arrayContaining(others.filter((row) => !/again|due/.test(row))));
  });

  it('goes on where its grant is gone: what cannot be removed at Graph ends by itself', async () => {
    const { a } = await twoAtWork();
    a.graph.addFault({ kind: 'status', status: 403, method: 'GET', times: 0 });
    a.graph.addFault({ kind: 'status', status: 403, method: 'DELETE', times: 0 });
    await offboard(a, '?state=remove', { tenant: a.tenantId });
    await untilQuiet(a);
    expect(await rowsOf(a)).toEqual(['directory tenant']);
  });

  it('comes to its end although a worker dies at any call', async () => {
    for (const when of ['before', 'after'] as const) {
      for (let call = 1; call < 60; call += 7) {
        const { a, b } = await twoAtWork();
        const before = seen(a);
        await offboard(a, '?state=remove', { tenant: a.tenantId });
        await a.clock.until(a.clock.now() + 13 * 60_000);
        const worker = new Worker({ call, when });
        a.replaceWorker(worker);
        await a.drain();
        a.replaceWorker();
        await untilQuiet(a);
        expect(await rowsOf(a), `${when} ${call}`).toEqual(['directory tenant']);
        expect(seen(a)).toEqual(before);
        expect(await statusOf(b)).toBe('active');
      }
    }
  });
});
