import { describe, expect, it } from 'vitest';
import { mailboxPasses } from '../../functions/mailbox-passes.ts';
import { InvocationContext } from '@azure/functions';
import { expectInStep, paired } from '../world/paired.ts';
import { TENANT } from '../world/places.ts';
import { World } from '../world/world.ts';
import { Worker } from '../world/worker.ts';

const context = () => new InvocationContext({ invocationId: 'test', functionName: 'mailboxPasses', triggerMetadata: { dequeueCount: '1' } });

describe('one pass per mailbox', () => {
  it('two workers on one mailbox: one works, the other completes its message and writes nothing', async () => {
    const { world, eventId } = await paired({ graphQuirks: { latencyMs: 2_000 } });
    await world.outlook().patch(eventId, { subject: 'Edited' });
    await world.clock.until(world.clock.now() + 5_000);
    const ring = { v: 1, tenantId: TENANT, mailboxId: world.employee.id, why: 'test' };
    const first = mailboxPasses(world.newWorker())(ring, context());
    await world.clock.turn();
    const before = JSON.stringify([...world.storage.snapshot().tables]);
    const second = new Worker();
    await world.clock.drive(Promise.resolve(mailboxPasses(world.newWorker(second, () => 0.5))(ring, context())));
    expect(second.calls.filter(({ name }) => /transact|POST|PATCH|DELETE/.test(name))).toHaveLength(0);
    expect(before.length).toBeGreaterThan(0);
    await world.clock.drive(Promise.resolve(first));
    await world.settle();
    expectInStep(world, 1);
  });

  it('a holder that stalled and wakes after its mailbox was taken over writes nothing more, to nobody', async () => {
    let stall: (() => void) | null = null;
    let stalling = false;
    const { world, eventId, activityId } = await paired({
      wire: async (request, send) => {
        const answer = await send(request);
        if (stalling && request.url.includes('delta')) {
          stalling = false;
          await new Promise<void>((resolve) => {
            stall = resolve;
          });
        }
        return answer;
      },
    });
    await world.outlook().patch(eventId, { subject: 'Edited before the stall' });
    await world.clock.until(world.clock.now() + 5_000);
    stalling = true;
    const sleeper = new Worker();
    const ring = { v: 1, tenantId: TENANT, mailboxId: world.employee.id, why: 'test' };
    // Its event loop is blocked: even its timeouts do not fire while it stalls.
    const asleep = mailboxPasses(world.newWorker(sleeper, () => 0.25))(ring, context());
    await world.clock.turn();
    expect(stall).not.toBeNull();
    // Past the lease, another worker takes over (its ring was delivered again) and finishes the work.
    world.crmUser().update(activityId, { Location: 'Edited during the stall' });
    await world.rest(15 * 60_000);
    const callsWhenAwoken = sleeper.calls.length;
    const writes = world.writes();
    (stall as unknown as () => void)();
    await world.clock.drive(Promise.resolve(asleep).catch(() => undefined));
    expect(sleeper.calls.slice(callsWhenAwoken).filter(({ name }) => /POST|PATCH|DELETE|GET/.test(name))).toEqual([]);
    expect(world.writes()).toEqual(writes);
    await world.settle();
    expectInStep(world, 1);
    expect(world.outlook().events()[0]).toMatchObject({ subject: 'Edited before the stall', location: { displayName: 'Edited during the stall' } });
  });

  it('a holder that stalled after its reservation does not send what it had reserved', async () => {
    let stall: (() => void) | null = null;
    let armed = false;
    const { world, activityId } = await paired({
      hooks: {
        after: async (_op, details) => {
          const reserving = details.changes?.some((change) => change.op === 'put' && change.row.rowKey.startsWith('p|')) ?? false;
          if (!armed || !reserving) return;
          armed = false;
          await new Promise<void>((resolve) => {
            stall = resolve;
          });
        },
      },
    });
    world.crmUser().update(activityId, { Subject: 'Edited in the CRM' });
    await world.clock.until(world.clock.now() + 5_000);
    await world.pollCrm();
    armed = true;
    const sleeper = new Worker();
    // The poll's own job is worked by the world; its ring is taken by the one that will stall, and comes back after ten minutes.
    await world.clock.drive(world.workTenantJobs());
    const [message] = await world.storage.queues.receive('mailbox-passes', { max: 1, invisibleMs: 600_000 });
    const asleep = mailboxPasses(world.newWorker(sleeper, () => 0.25))(JSON.parse(message?.text ?? ''), context());
    await world.clock.turn(200);
    expect(stall, sleeper.calls.map(({ name }) => name).join(', ')).not.toBeNull();
    await world.rest(30 * 60_000);
    expectInStep(world, 1);
    const calls = sleeper.calls.length;
    (stall as unknown as () => void)();
    await world.clock.drive(Promise.resolve(asleep).catch(() => undefined));
    expect(sleeper.calls.slice(calls).filter(({ name }) => /POST|PATCH|DELETE|GET/.test(name))).toEqual([]);
    await world.settle();
    expectInStep(world, 1);
  });

  it('marked while a pass that had nothing to do holds the lease: its ring finds the mailbox taken, and is sent again', async () => {
    let stall: (() => void) | null = null;
    let armed = false;
    const { world, eventId } = await paired({
      hooks: {
        after: async (op, details) => {
          if (!armed || op !== 'tables.transact' || details.place !== 'mailbox') return;
          armed = false;
          await new Promise<void>((resolve) => {
            stall = resolve;
          });
        },
      },
    });
    await world.outlook().patch(eventId, { subject: 'Edited first' });
    await world.clock.until(world.clock.now() + 2_000);
    const [ring] = await world.storage.queues.receive('mailbox-passes', { max: 1, invisibleMs: 1_000 });
    await world.settle();
    // The same ring once more, when all is done.
    armed = true;
    const sleeper = new Worker();
    const asleep = mailboxPasses(world.newWorker(sleeper, () => 0.25))(JSON.parse(ring?.text ?? ''), context());
    await world.clock.turn(200);
    expect(stall).not.toBeNull();
    await world.outlook().patch(eventId, { subject: 'Edited meanwhile' });
    await world.live(10_000);
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('Edited first');
    (stall as unknown as () => void)();
    await world.clock.drive(Promise.resolve(asleep));
    await world.live(30_000);
    expectInStep(world, 1);
  });

  it('marked while the lease is being freed: nothing is lost', async () => {
    // Before and after each storage call of the pass somebody edits the event; each edit is marked (and its ring left out, because one was accepted just now).
    for (const moment of ['before', 'after'] as const) {
      for (let call = 1; call <= 14; call += 1) {
        let armed = false;
        let seen = 0;
        let editing = false;
        const edit = async (): Promise<void> => {
          if (!armed || editing) return;
          editing = true;
          seen += 1;
          if (seen === call) {
            armed = false;
            // Another event, whose id no pending row of this pass names: only the mark can tell.
            await world.outlook().patch(otherId, { subject: `Edited ${moment} call ${call}` });
            await world.clock.until(world.clock.now() + 200);
          }
          editing = false;
        };
        const { world, eventId } = await paired({ hooks: moment === 'before' ? { before: edit } : { after: edit }, graphQuirks: { notificationDelayMs: 50 } });
        const otherId = (await world.outlook().create({ subject: 'Other' })).id;
        await world.settle();
        await world.outlook().patch(eventId, { subject: 'First edit' });
        await world.clock.until(world.clock.now() + 1_000);
        armed = true;
        await world.drain();
        armed = false;
        await world.settle();
        expectInStep(world, 2);
        const shown = world.crmUser().activities().map((activity) => activity.values['Subject']);
        expect(shown).toContain('First edit');
        expect(shown).toContain(seen >= call ? `Edited ${moment} call ${call}` : 'Other');
      }
    }
  });
});

describe('a CRM that only lets a few in', () => {
  it('at most crm.maxConcurrent passes use it at once; the others come again shortly', async () => {
    const world = new World({ users: 3, crmRules: { maxConcurrent: 1 } });
    for (const employee of world.employees) world.crmUser(employee).create();
    await world.start();
    await world.settle();
    for (const employee of world.employees) expect(world.outlook(employee).events()).toHaveLength(1);
    expect(world.violations()).toEqual([]);
  });
});
