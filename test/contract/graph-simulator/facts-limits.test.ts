import { describe, expect, it } from 'vitest';
import { ANNA, BERT, lunch, tenants, world } from '../../local/graph/world.ts';
import type { World } from '../../local/graph/world.ts';

const EVENTS = `/users/${ANNA}/events`;
const violations = ({ simulator }: World) => simulator.state().violations.map((one) => one.kind);
const twoApps = () => tenants().map((tenant) => ({ ...tenant, appTokens: [...tenant.appTokens, `${tenant.appTokens[0]}-2`] }));

describe('graph.md 3.1 Numbers', () => {
  it('four at a time is for one app and one mailbox: another app has four of its own', async () => {
    const w = world({ latencyMs: 100 }, twoApps());
    const answers = [...Array.from({ length: 4 }, () => w.ask('GET', EVENTS)), ...Array.from({ length: 4 }, () => w.ask('GET', EVENTS, undefined, {}, 'app-2'))];
    await w.clock.pass(100);
    expect((await Promise.all(answers)).map((one) => one.status)).toEqual(Array(8).fill(200));
    expect(violations(w)).toEqual([]);
  });

  it('the requests of ten minutes are counted for one app and one mailbox', async () => {
    const w = world({ requestsPerTenMinutes: 2 }, twoApps());
    const status = async (path: string, token?: string) => (await w.ask('GET', path, undefined, {}, token)).status;
    expect([await status(EVENTS), await status(EVENTS), await status(EVENTS)]).toEqual([200, 200, 429]);
    expect([await status(`/users/${BERT}/events`), await status(EVENTS, 'app-2')]).toEqual([200, 200]);
  });

  it('subscriptions: 500 writes and 25 lists in 20 seconds per app, each kind by itself', async () => {
    const w = world({ subscriptionWritesPer20s: 3, subscriptionListsPer20s: 2 });
    const list = async () => w.ask('GET', '/subscriptions');
    const write = async () => (await w.ask('DELETE', '/subscriptions/none')).status;
    expect([(await list()).status, (await list()).status]).toEqual([200, 200]);
    const refused = await list();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '20']);
    expect([await write(), await write(), await write(), await write()]).toEqual([404, 404, 404, 429]);
    expect((await w.ask('GET', '/subscriptions/none')).status).toBe(404);
    expect((await w.ask('GET', '/subscriptions', undefined, {}, 'other-app')).status).toBe(200);
    expect((await w.ask('GET', '/users')).status).toBe(200);
    expect(violations(w)).toEqual([]);
    await w.clock.pass(20_000);
    expect((await list()).status).toBe(200);
    expect(world().simulator.state().quirks).toMatchObject({ subscriptionWritesPer20s: 500, subscriptionListsPer20s: 25 });
  });

  it('at most 500 attendees', async () => {
    const guests = (count: number) => lunch({ attendees: Array.from({ length: count }, (_, n) => ({ emailAddress: { address: `guest${n}@example.org` } })) });
    const { ask } = world();
    expect((await ask('POST', EVENTS, guests(500))).status).toBe(201);
    expect((await ask('POST', EVENTS, guests(501))).status).toBe(400);
  });
});

describe('graph.md 3.2 Answers', () => {
  it('429 may come without Retry-After', async () => {
    const w = world({ latencyMs: 10, concurrencyRetryAfterSeconds: null });
    const five = Array.from({ length: 5 }, () => w.ask('GET', EVENTS));
    await w.clock.pass(10);
    const last = (await Promise.all(five))[4];
    expect([last?.status, last?.headers.get('retry-after')]).toEqual([429, null]);
    w.simulator.setQuirks({ latencyMs: 0 });
    w.simulator.addFault({ kind: 'status', status: 429 });
    expect((await w.ask('GET', EVENTS)).headers.get('retry-after')).toBeNull();
    w.simulator.addFault({ kind: 'status', status: 429, retryAfterSeconds: 7 });
    expect((await w.ask('GET', EVENTS)).headers.get('retry-after')).toBe('7');
  });

  it('throttled calls still count', async () => {
    const w = world({ requestsPerTenMinutes: 2 });
    const ask = async () => (await w.ask('GET', EVENTS)).status;
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 429]);
    await w.clock.pass(300_000);
    expect(await ask()).toBe(429);
    await w.clock.pass(300_001);
    // Two of the last ten minutes' four stand there still: the throttled ones.
    expect(await ask()).toBe(200);
    expect(await ask()).toBe(429);
  });

  it('503 and 504 come with the change made or not', async () => {
    for (const status of [503, 504]) {
      for (const commits of [true, false]) {
        const w = world();
        w.simulator.addFault({ kind: 'status', status, commits, method: 'POST' });
        expect((await w.ask('POST', EVENTS, lunch())).status).toBe(status);
        expect(w.simulator.events(ANNA)).toHaveLength(commits ? 1 : 0);
      }
    }
  });
});

describe('graph.md 3.3 $batch', () => {
  it('a part is throttled on its own, with its own Retry-After, inside a 200', async () => {
    const w = world({ requestsPerTenMinutes: 2 });
    const requests = ['1', '2', '3'].map((id) => ({ id, method: 'GET', url: EVENTS }));
    const { status, body } = await w.ask('POST', '/$batch', { requests });
    expect(status).toBe(200);
    const refused = body.responses.filter((one) => one.status === 429) as unknown as { id: string; headers: Record<string, string> }[];
    expect(body.responses.map((one) => one.status).sort()).toEqual([200, 200, 429]);
    expect(refused.map((one) => [one.id, one.headers['retry-after']])).toEqual([['3', '600']]);
  });

  it('with dependsOn one part is sent at a time', async () => {
    const w = world({ latencyMs: 10 });
    const requests = ['1', '2', '3'].map((id, n) => ({ id, method: 'GET', url: EVENTS, ...(n === 0 ? {} : { dependsOn: [`${n}`] }) }));
    const answer = w.ask('POST', '/$batch', { requests });
    await w.clock.pass(1_000);
    expect((await answer).body.responses.map((one) => one.status)).toEqual([200, 200, 200]);
    expect(w.simulator.state().mailboxes[ANNA]?.peakInFlight).toBe(1);
  });

  it('a fault hits a part, not the envelope', async () => {
    const w = world();
    w.simulator.addFault({ kind: 'status', status: 503, method: 'POST', pathPattern: '/events$', commits: true });
    const requests = [{ id: '1', method: 'POST', url: EVENTS, headers: { 'content-type': 'application/json' }, body: lunch() }, { id: '2', method: 'GET', url: EVENTS }];
    const { status, body } = await w.ask('POST', '/$batch', { requests });
    expect([status, ...body.responses.map((one) => one.status).sort()]).toEqual([200, 200, 503]);
    expect(w.simulator.events(ANNA)).toHaveLength(1);
  });
});
