import { describe, expect, it } from 'vitest';
import { graphLifecycle } from '../../functions/graph-lifecycle.ts';
import { makeClientState } from '../../shared/jobs/client-state.ts';
import { QUEUES } from '../../shared/config/names.ts';
import { PortFailure } from '../../shared/sync/failures.ts';
import { expectInStep, paired } from '../world/paired.ts';
import { TENANT } from '../world/places.ts';
import { World } from '../world/world.ts';

const DAY = 86_400_000;

function post(world: World, body: string, query = ''): Promise<Response> {
  return world.call(graphLifecycle, new Request(`http://localhost:7071/api/graph/lifecycle${query}`, { method: 'POST', body, headers: { 'content-type': 'application/json' } }));
}

/** As Graph says it, signed by us unless a test says otherwise. */
function word(world: World, members: Record<string, unknown> = {}): Record<string, unknown> {
  const clientState = makeClientState({ tenantId: TENANT, mailboxId: world.employee.id, kind: 'appointment' }, world.env['WEBHOOK_SECRET'] ?? '');
  return { subscriptionId: world.graph.subscriptions()[0]?.id ?? 'none', subscriptionExpirationDateTime: '2026-11-29T07:00:00Z', tenantId: TENANT, organizationId: TENANT, clientState, lifecycleEvent: 'missed', ...members };
}

const say = (world: World, ...words: Record<string, unknown>[]): Promise<Response> => post(world, JSON.stringify({ value: words }));

async function queued(world: World): Promise<{ passes: number; jobs: number }> {
  return { passes: await world.storage.queues.length(QUEUES.mailboxPasses), jobs: await world.storage.queues.length(QUEUES.tenantJobs) };
}

async function quiet(): Promise<{ world: World; eventId: string }> {
  const made = await paired();
  await made.world.clock.until(made.world.clock.now() + 300_000);
  await made.world.drain();
  return made;
}

describe('the handshake', () => {
  it('answers the decoded token as plain text and nothing else', async () => {
    const answer = await post(new World(), '', '?validationToken=Validation%3a+Testing+%3cb%3e');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await answer.text()).toBe('Validation: Testing <b>');
  });
});

describe('missed', () => {
  it('what Graph could not deliver arrives', async () => {
    const { world, eventId } = await quiet();
    world.graph.setQuirks({ notificationLoss: 1 });
    await world.outlook().patch(eventId, { subject: 'Nobody was told' });
    await world.live(10_000);
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('Paired');
    world.graph.sendLifecycle(world.graph.subscriptions()[0]?.id ?? '', 'missed');
    await world.live(20_000);
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('Nobody was told');
    expectInStep(world, 1);
  });

  it('many words about one mailbox in one POST ring once, and no upkeep is needed', async () => {
    const { world } = await quiet();
    expect((await say(world, word(world), word(world), word(world, { subscriptionId: 'earlier-one' }))).status).toBe(202);
    expect(await queued(world)).toEqual({ passes: 1, jobs: 0 });
  });
});

describe('reauthorizationRequired', () => {
  it('the subscription is renewed at once, however long it still lives, and nothing else happens', async () => {
    const { world } = await quiet();
    await world.clock.until(world.clock.now() + DAY);
    const [before] = world.graph.subscriptions();
    world.graph.sendLifecycle(before?.id ?? '', 'reauthorizationRequired');
    await world.live(5_000);
    const [after] = world.graph.subscriptions();
    expect(after?.id).toBe(before?.id);
    expect((after?.expiresAt ?? 0) - world.clock.now()).toBeGreaterThan(6 * DAY);
    expect(world.events.filter((line) => line['evt'] === 'subscribed')).toHaveLength(1);
  });

  it('is renewed once per word, not for ever', async () => {
    const { world } = await quiet();
    world.graph.sendLifecycle(world.graph.subscriptions()[0]?.id ?? '', 'reauthorizationRequired');
    await world.live(5_000);
    world.resetCounters();
    await world.keepSubscriptions();
    await world.drain();
    expect(Object.keys(world.graph.state().app).filter((request) => request.startsWith('PATCH'))).toEqual([]);
  });
});

describe('subscriptionRemoved', () => {
  it('the row goes, the mailbox is rung and the upkeep asked for', async () => {
    const { world } = await quiet();
    expect((await say(world, word(world, { lifecycleEvent: 'subscriptionRemoved' }))).status).toBe(202);
    expect((await world.storage.tables.range('subscriptions', TENANT)).rows).toEqual([]);
    expect(await queued(world)).toEqual({ passes: 1, jobs: 1 });
  });

  it('told while the upkeep renews it: the answer to the renewal does not bring it back to life', async () => {
    let renewed = 0;
    const { world, eventId } = await paired({
      wire: async (request, send) => {
        const answer = await send(request);
        const id = /\/subscriptions\/([^/]+)$/.exec(new URL(request.url).pathname)?.[1];
        if (request.method === 'PATCH' && id !== undefined && (renewed += 1) === 1) {
          world.graph.removeSubscription(id, true);
          await world.clock.sleep(5_000);
        }
        return answer;
      },
    });
    await world.rest(5 * 60_000);
    world.graph.sendLifecycle(world.graph.subscriptions()[0]?.id ?? '', 'reauthorizationRequired');
    await world.rest(10 * 60_000);
    expect(renewed).toBeGreaterThan(0);
    expect(world.graph.subscriptions()).toHaveLength(1);
    await world.outlook().patch(eventId, { subject: 'Told again' });
    await world.settle();
    expectInStep(world, 1);
  });

  it('a word that is wrong does no harm: the standing subscription is adopted', async () => {
    const { world } = await quiet();
    const [before] = world.graph.subscriptions();
    await say(world, word(world, { lifecycleEvent: 'subscriptionRemoved' }));
    await world.drain();
    expect(world.graph.subscriptions().map((one) => one.id)).toEqual([before?.id]);
    expect((await world.storage.tables.range('subscriptions', TENANT)).rows.map((row) => row.rowKey)).toEqual([before?.id]);
  });

  it('of another mailbox’s subscription leaves that one’s row alone', async () => {
    const world = new World({ users: 2 });
    await world.start();
    const [first, second] = world.employees;
    const theirs = world.graph.subscriptions().find((one) => one.mailboxId === second?.id);
    expect(first?.id).not.toBe(second?.id);
    await say(world, word(world, { lifecycleEvent: 'subscriptionRemoved', subscriptionId: theirs?.id }));
    expect((await world.storage.tables.range('subscriptions', TENANT)).rows).toHaveLength(2);
  });
});

describe('the upkeep is asked for at most once a minute', () => {
  it('and the last word within it is not too late: one more runs at its end', async () => {
    const world = new World({ users: 2 });
    await world.start();
    await world.clock.until(world.clock.now() + 300_000);
    await world.drain();
    world.resetCounters();
    const runs = (): number => world.events.filter((line) => line['evt'] === 'subscriptions').length;
    const [one, two] = world.graph.subscriptions();
    world.graph.removeSubscription(one?.id ?? '', true);
    await world.clock.until(world.clock.now() + 1_000);
    await world.drain();
    expect(runs()).toBe(1);
    world.graph.removeSubscription(two?.id ?? '', true);
    for (let i = 0; i < 5; i += 1) world.graph.sendLifecycle(world.graph.subscriptions()[0]?.id ?? '', 'reauthorizationRequired');
    await world.clock.until(world.clock.now() + 2_000);
    await say(world, word(world, { lifecycleEvent: 'reauthorizationRequired' }));
    await world.drain();
    expect(runs()).toBe(1);
    expect(await queued(world)).toMatchObject({ jobs: 1 });
    await world.clock.until(world.clock.now() + 60_000);
    await world.drain();
    expect(runs()).toBe(2);
    expect(world.graph.subscriptions()).toHaveLength(2);
  });
});

describe('what is not ours is dropped, and the caller is not told', () => {
  it.each([
    ['not signed', { clientState: 'somebody else' }],
    ['without a client state', { clientState: undefined }],
    ['signed by another secret', { clientState: makeClientState({ tenantId: TENANT, mailboxId: '22222222-2222-4222-8222-222222222220', kind: 'appointment' }, 'another secret of at least 32 characters') }],
    ['an event nobody knows', { lifecycleEvent: 'somethingNew' }],
    ['an id that could be no row', { subscriptionId: 'a/b', lifecycleEvent: 'subscriptionRemoved' }],
  ])('%s', async (_what, members) => {
    const { world } = await quiet();
    expect((await say(world, word(world, { lifecycleEvent: 'subscriptionRemoved', ...members }))).status).toBe(202);
    expect(await queued(world)).toEqual({ passes: 0, jobs: 0 });
    expect((await world.storage.tables.range('subscriptions', TENANT)).rows).toHaveLength(1);
  });

  it.each(['', 'no JSON', '{}', '{"value":7}', '[]'])('a body like %s', async (body) => {
    const { world } = await quiet();
    expect((await post(world, body)).status).toBe(202);
    expect(await queued(world)).toEqual({ passes: 0, jobs: 0 });
  });

  it('one bad word among good ones takes nothing from them', async () => {
    const { world } = await quiet();
    expect((await say(world, { odd: true }, word(world), word(world, { clientState: 'x' }))).status).toBe(202);
    expect(await queued(world)).toEqual({ passes: 1, jobs: 0 });
  });
});

describe('what could not be stored is not confirmed', () => {
  it('Graph sends it again, and then it counts', async () => {
    let broken = false;
    const world = new World({
      hooks: {
        before: () => {
          if (broken) throw new PortFailure('state', 'transient', 'The storage does not answer.');
        },
      },
    });
    await world.start();
    await world.clock.until(world.clock.now() + 300_000);
    await world.drain();
    broken = true;
    await expect(say(world, word(world))).rejects.toThrow('The storage does not answer.');
    broken = false;
    expect(await queued(world)).toEqual({ passes: 0, jobs: 0 });
    expect((await say(world, word(world))).status).toBe(202);
    expect(await queued(world)).toEqual({ passes: 1, jobs: 0 });
  });
});
