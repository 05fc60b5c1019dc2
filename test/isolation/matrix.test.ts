import { describe, expect, it } from 'vitest';
import { graphLifecycle } from '../../functions/graph-lifecycle.ts';
import { graphNotifications } from '../../functions/graph-notifications.ts';
import { CONTAINERS, QUEUES, TABLES, type ROUTES } from '../../shared/config/names.ts';
import { makeClientState } from '../../shared/jobs/client-state.ts';
import { TENANT_JOBS } from '../../shared/jobs/messages.ts';
import { invocation } from '../world/host-rules.ts';
import { World } from '../world/world.ts';
import { ASKED, MESSAGES, TENANT_OF_BLOB, TENANT_OF_ROW, type Asking, type Meant } from './matrix.ts';

const UNKNOWN = 'eeeeeeee-0000-4000-8000-00000000000e';
const NOBODY = 'dddddddd-0000-4000-8000-00000000000d';
const STRANGER = 'cccccccc-0000-4000-8000-00000000000c';
const SECRET = 'a secret of at least 32 characters';

type Rows = Map<string, { readonly tenant: string; readonly text: string }>;

/** Every row and blob, and whose it is. */
async function rowsOf({ storage }: World): Promise<Rows> {
  const rows: Rows = new Map();
  for (const [name, table] of Object.entries(TABLES)) {
    for await (const { partition, row } of storage.tables.scan(table)) rows.set(`${table} ${partition} ${row.rowKey}`, { tenant: TENANT_OF_ROW[name as keyof typeof TABLES](partition, row.rowKey), text: JSON.stringify([row.cells, row.etag]) });
  }
  for (const [name, container] of Object.entries(CONTAINERS)) {
    for (const blob of await storage.blobs.list(container, '')) {
      const stored = await storage.blobs.get(container, blob.name);
      rows.set(`${container} ${blob.name}`, { tenant: TENANT_OF_BLOB[name as keyof typeof CONTAINERS](blob.name), text: new TextDecoder().decode(stored?.bytes) });
    }
  }
  return rows;
}

function ofTenant(rows: Rows, tenantId: string): [string, string][] {
  return [...rows].filter(([, { tenant }]) => tenant === tenantId).map(([key, { text }]) => [key, text]);
}

/** Two tenants at work, each with something in every table. */
async function atWork(): Promise<{ a: World; b: World; storage: World['storage'] }> {
  const a = new World({ users: 2 });
  const b = new World({ users: 2, beside: a, zone: 'America/New_York', seed: 2 });
  await a.start();
  for (const world of [a, b]) {
    const event = await world.outlook().create({ subject: `Kept of ${world.tenantId.slice(0, 1)}` });
    await a.settle();
    const [activity] = world.crmUser().activities();
    await world.outlook().patch(event.id, { subject: 'Older' });
    await a.clock.until(a.clock.now() + 4_000);
    world.crmUser().update(activity?.id ?? '', { Subject: 'Newer' });
    await a.settle();
    // Whatever is asked of Graph must wait now: a due row stands.
    world.graph.addFault({ kind: 'status', status: 429, retryAfterSeconds: 3_600, times: 1 });
    await world.outlook().patch(event.id, { subject: 'Waits' });
  }
  await a.live(30_000);
  for (const world of [a, b]) world.graph.clearFaults();
  await a.keepSubscriptions();
  await a.drain();
  return { a, b, storage: a.storage };
}

/** What an act did, with ids and times left out: equal for ids that mean somebody else and for ids that mean nobody. */
async function effectOf(world: World, meant: Meant, act: () => Promise<unknown>): Promise<{ said: unknown; wrote: string[]; told: string[]; sent: number[] }> {
  const plain = (text: string): string => text.replaceAll(meant.mailboxId, '<mailbox>').replaceAll(meant.tenantId, '<tenant>').replaceAll(/\d{13}/g, '<time>').replace(/^due \d\d /, 'due ').replaceAll(/"0x[0-9A-F]+"|W\/\\"[^"]*\\"/g, '<etag>');
  const before = await rowsOf(world);
  const told = world.events.length;
  const sent = [...Object.values(QUEUES)];
  const lengths = async (): Promise<number[]> => Promise.all(sent.map((queue) => world.storage.queues.length(queue)));
  const queued = await lengths();
  const said = await act();
  const after = await rowsOf(world);
  const wrote = [...after].filter(([key, { text }]) => before.get(key)?.text !== text).map(([key, { text }]) => plain(`${key} ${text}`));
  const gone = [...before.keys()].filter((key) => !after.has(key)).map((key) => plain(`- ${key}`));
  const now = await lengths();
  return { said: JSON.parse(plain(JSON.stringify(said ?? null))) as unknown, wrote: [...wrote, ...gone].sort(), told: world.events.slice(told).map((event) => plain(JSON.stringify(event))), sent: now.map((length, index) => length - (queued[index] ?? 0)) };
}

async function answerTo(world: World, route: keyof typeof ROUTES, { method, query = {}, params = {}, body }: Asking): Promise<unknown> {
  const url = `http://localhost:7071/api/x?${new URLSearchParams(query).toString()}`;
  const request = new Request(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) });
  const answer = await world.clock.drive(world.call(ASKED[route].handler, request, { ...params }));
  return { status: answer?.status, text: await answer?.text() };
}

/** Marks of a tenant: what must stand in nothing of another. */
const marksOf = (world: World): string[] => [world.tenantId, ...world.employees.flatMap(({ id, mail }) => [id, mail])];

describe('invariant 9: tenant x tenant x table', () => {
  it('every row and blob belongs to one tenant, by its key, and holds nothing of another', async () => {
    const { a, b } = await atWork();
    const rows = await rowsOf(a);
    for (const table of Object.values(TABLES)) expect(new Set([...rows].filter(([key]) => key.startsWith(`${table} `)).map(([, { tenant }]) => tenant)), table).toEqual(new Set([a.tenantId, b.tenantId]));
    expect([...rows].some(([key]) => key.startsWith(`${CONTAINERS.conflicts} `))).toBe(true);
    for (const [key, { tenant, text }] of rows) for (const mark of marksOf(tenant === a.tenantId ? b : a)) expect(`${key} ${text}`, key).not.toContain(mark);
  });
});

describe('invariant 9: tenant x tenant x queue', () => {
  it.each(Object.keys(MESSAGES) as (keyof typeof QUEUES)[])('%s: another tenant’s mailbox is nobody’s', async (queue) => {
    const { a, b } = await atWork();
    const { handler, messages } = MESSAGES[queue];
    const appOf = a.newWorker();
    const take = (message: unknown): Promise<unknown> => a.clock.drive(Promise.resolve(handler(appOf)(message, invocation(queue))));
    const theirs = ofTenant(await rowsOf(a), b.tenantId);
    for (const message of messages) {
      const strange: Meant[] = MESSAGES[queue].named === 'mailbox' ? [{ tenantId: a.tenantId, mailboxId: b.employee.id }, { tenantId: UNKNOWN, mailboxId: b.employee.id }] : [{ tenantId: UNKNOWN, mailboxId: b.employee.id }];
      for (const meant of strange) {
        const nobody = { tenantId: MESSAGES[queue].named === 'mailbox' ? meant.tenantId : NOBODY, mailboxId: STRANGER };
        for (const world of [a, b]) world.resetCounters();
        const effect = await effectOf(a, meant, () => take(message(meant)));
        expect(effect).toEqual(await effectOf(a, nobody, () => take(message(nobody))));
        expect([a, b].map((world) => world.requests())).toEqual([{ graph: 0, crm: 0 }, { graph: 0, crm: 0 }]);
      }
    }
    expect(ofTenant(await rowsOf(a), b.tenantId)).toEqual(theirs);
  });

  it.each(TENANT_JOBS)('the job %s of one tenant asks nothing of another’s systems and writes nothing of it', async (job) => {
    const { a, b } = await atWork();
    const theirs = ofTenant(await rowsOf(a), b.tenantId);
    b.resetCounters();
    await a.clock.drive(Promise.resolve(MESSAGES.tenantJobs.handler(a.newWorker())({ v: 1, tenantId: a.tenantId, job, why: 'admin' }, invocation('tenantJobs'))));
    expect(b.requests()).toEqual({ graph: 0, crm: 0 });
    expect(ofTenant(await rowsOf(a), b.tenantId)).toEqual(theirs);
  });
});

describe('invariant 9: tenant x tenant x endpoint', () => {
  it.each(Object.keys(ASKED) as (keyof typeof ROUTES)[])('%s', async (route) => {
    const { a, b } = await atWork();
    const { named, ask } = ASKED[route];
    const theirs = ofTenant(await rowsOf(a), b.tenantId);
    const unknown = { tenantId: UNKNOWN, mailboxId: UNKNOWN };
    const pairs: readonly (readonly [Meant, Meant])[] =
      named === 'mailbox'
        ? [[{ tenantId: a.tenantId, mailboxId: b.employee.id }, { tenantId: a.tenantId, mailboxId: UNKNOWN }], [{ tenantId: UNKNOWN, mailboxId: b.employee.id }, unknown]]
        : named === 'tenant'
          ? [[unknown, { tenantId: NOBODY, mailboxId: b.employee.id }]]
          : [[{ tenantId: b.tenantId, mailboxId: b.employee.id }, unknown]];
    for (const [meant, nobody] of pairs) {
      const asked = ask(meant);
      for (const [index, asking] of asked.entries()) {
        for (const world of [a, b]) world.resetCounters();
        const [other] = ask(nobody).slice(index);
        // What asks for nobody names nobody in its answer, either.
        const namesNobody = JSON.stringify(asking) === JSON.stringify(other);
        const effect = await effectOf(a, namesNobody ? nobody : meant, () => answerTo(a, route, asking));
        expect(effect, JSON.stringify(asking)).toEqual(await effectOf(a, nobody, () => answerTo(a, route, other ?? asking)));
        expect(effect.wrote, 'for somebody else’s ids nothing is written').toEqual([]);
        expect([a, b].map((world) => world.requests())).toEqual([{ graph: 0, crm: 0 }, { graph: 0, crm: 0 }]);
      }
    }
    if (named !== null) {
      b.resetCounters();
      for (const asking of ask({ tenantId: a.tenantId, mailboxId: a.employee.id })) {
        const { text } = (await answerTo(a, route, asking)) as { text: string };
        for (const mark of marksOf(b)) expect(text).not.toContain(mark);
      }
      expect(b.requests()).toEqual({ graph: 0, crm: 0 });
    }
    expect(ofTenant(await rowsOf(a), b.tenantId)).toEqual(theirs);
  });

  it('a signature of one tenant’s mailbox moves nothing of another’s, whatever else the item names', async () => {
    const { a, b } = await atWork();
    const clientState = makeClientState({ tenantId: a.tenantId, mailboxId: a.employee.id, kind: 'appointment' }, SECRET);
    const [subscription] = ofTenant(await rowsOf(a), b.tenantId).filter(([key]) => key.startsWith('subscriptions '));
    const subscriptionId = subscription?.[0].split(' ')[2] ?? '';
    expect(subscriptionId).not.toBe('');
    const theirs = ofTenant(await rowsOf(a), b.tenantId);
    const item = { clientState, subscriptionId, tenantId: b.tenantId, organizationId: b.tenantId, resource: `Users/${b.employee.id}/Events/1`, resourceData: { id: 'theirs' } };
    for (const [handler, value] of [[graphNotifications, [item]], [graphLifecycle, ['subscriptionRemoved', 'reauthorizationRequired', 'missed'].map((lifecycleEvent) => ({ ...item, lifecycleEvent }))]] as const) {
      await a.clock.drive(a.call(handler, new Request('http://localhost:7071/api/x', { method: 'POST', body: JSON.stringify({ value }) })));
    }
    expect(ofTenant(await rowsOf(a), b.tenantId)).toEqual(theirs);
    expect(ofTenant(await rowsOf(a), a.tenantId).some(([key]) => key.includes('mark|'))).toBe(true);
  });
});
