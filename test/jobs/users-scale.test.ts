import { describe, expect, it } from 'vitest';
import { memoryStorage } from '../../local/state/memory.ts';
import { QUEUES } from '../../shared/config/names.ts';
import { parseTenantRules, type TenantRules } from '../../shared/config/rules.ts';
import { readMailboxes } from '../../shared/jobs/directory.ts';
import type { CrmTenant, DirectoryUser, GraphTenant, Rep } from '../../shared/jobs/ports.ts';
import { syncUsers, type UsersOutcome } from '../../shared/jobs/users.ts';
import { PortFailure } from '../../shared/sync/failures.ts';
import { seeded } from '../world/random.ts';
import { VirtualClock } from '../world/virtual-clock.ts';

const TENANT = '11111111-1111-4111-8111-111111111111';
const SUBSCRIPTION_MS = 6 * 86_400_000;

/** The users' job alone, against a rep table and an Entra that answer from memory and count. */
class Firm {
  readonly clock = new VirtualClock('2026-11-23T07:00:00Z');
  readonly storage = memoryStorage({ clock: this.clock, random: seeded(1) });
  readonly asked = { crm: 0, crmAtOnce: 0, users: 0, subscriptions: 0 };
  reps: Rep[];
  /** Milliseconds that each answer of Graph takes. */
  latency = 0;
  onFindUser: (address: string) => void = () => undefined;
  onSubscribe: (mailboxId: string) => void = () => undefined;
  private readonly rules: TenantRules;
  private crmRunning = 0;

  constructor(people: number, newPerRun?: number) {
    this.reps = Array.from({ length: people }, (_, i) => repOf(i + 1));
    const parsed = parseTenantRules({ tenantId: TENANT, crm: { url: 'https://crm.example.com', user: 'SYNC', passwordSetting: 'CRM_PASSWORD', timeZone: 'Europe/Berlin' }, users: newPerRun === undefined ? {} : { newPerRun } });
    if ('mistakes' in parsed) throw new Error(parsed.mistakes.join(' '));
    this.rules = parsed.rules;
  }

  async run(): Promise<UsersOutcome> {
    const services = { storage: this.storage, clock: this.clock, report: () => undefined, tenants: { companion: async () => null }, webhookSecret: 'a secret of at least 32 characters', publicBaseUrl: 'http://localhost:7071' };
    const outcome = await this.clock.drive(syncUsers(services, this.rules, this.graph(), this.crm()));
    if (outcome === null) throw new Error('The job never ended.');
    return outcome;
  }

  async states(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { status } of await readMailboxes(this.storage.tables, TENANT)) counts[status.state] = (counts[status.state] ?? 0) + 1;
    return counts;
  }

  reset(): void {
    Object.assign(this.asked, { crm: 0, crmAtOnce: 0, users: 0, subscriptions: 0 });
  }

  private crm(): CrmTenant {
    const next = async (): Promise<void> => {
      this.crmRunning += 1;
      this.asked.crm += 1;
      this.asked.crmAtOnce = Math.max(this.asked.crmAtOnce, this.crmRunning);
      await Promise.resolve();
      this.crmRunning -= 1;
    };
    const { reps } = this;
    return {
      async *reps() {
        for (let at = 0; at < reps.length; at += 200) {
          await next();
          yield reps.slice(at, at + 200);
        }
      },
      changes: () => Promise.reject(new Error('The users’ job polls nothing.')),
    };
  }

  private graph(): GraphTenant {
    const wait = async (): Promise<void> => (this.latency > 0 ? this.clock.sleep(this.latency) : undefined);
    const findUser = async (address: string): Promise<DirectoryUser | null> => {
      this.asked.users += 1;
      await wait();
      this.onFindUser(address);
      const number = /^(\d+)@/.exec(address)?.[1];
      return number === undefined ? null : { id: idOf(Number(number)), addresses: [address], purpose: 'user' };
    };
    return {
      findUser,
      subscribe: async ({ mailboxId }) => {
        this.asked.subscriptions += 1;
        await wait();
        this.onSubscribe(mailboxId);
        return { id: `s-${mailboxId}`, expiresAt: this.clock.now() + SUBSCRIPTION_MS };
      },
      renew: () => Promise.reject(new Error('The users’ job renews nothing.')),
      unsubscribe: () => Promise.reject(new Error('The users’ job ends no subscription.')),
      subscriptions: () => Promise.reject(new Error('The users’ job lists no subscriptions.')),
    };
  }
}

const idOf = (number: number): string => `22222222-2222-4222-8222-${String(number).padStart(12, '0')}`;

function repOf(seqNo: number): Rep {
  return { seqNo, name: `Rep ${seqNo}`, email: `${seqNo}@example.com`, connectorEnabled: true, syncAppointments: true, syncEmails: false, active: true, type: 0 };
}

describe('10,000 reps in the user list', () => {
  it('need a bounded number of requests per run; the run tells how many wait; a list that did not change asks Graph nothing', async () => {
    const firm = new Firm(10_000);
    expect(await firm.run()).toMatchObject({ enabledReps: 10_000, joined: 200, subscribed: 200, waiting: 9_800 });
    expect(firm.asked).toEqual({ crm: 50, crmAtOnce: 1, users: 200, subscriptions: 200 });
    expect(await firm.run()).toMatchObject({ joined: 200, waiting: 9_600 });
    expect(firm.asked).toEqual({ crm: 100, crmAtOnce: 1, users: 400, subscriptions: 400 });
    expect(await firm.storage.queues.length(QUEUES.mailboxPasses)).toBe(400);
    expect(await firm.states()).toEqual({ new: 400 });
  });

  it('that are all known cost nothing but the reading of the rep table; a changed one is one question', async () => {
    const firm = new Firm(60, 60);
    await firm.run();
    firm.reset();
    expect(await firm.run()).toMatchObject({ joined: 0, waiting: 0 });
    expect(firm.asked).toMatchObject({ users: 0, subscriptions: 0 });
    firm.reps = firm.reps.map((rep) => (rep.seqNo === 7 ? { ...rep, email: '7@example.org' } : rep));
    expect(await firm.run()).toMatchObject({ joined: 0, waiting: 0 });
    expect(firm.asked).toMatchObject({ users: 1, subscriptions: 0 });
    const changed = (await readMailboxes(firm.storage.tables, TENANT)).filter(({ mailbox }) => mailbox.rep === 7);
    expect(changed.map(({ mailbox }) => mailbox.repEmail)).toEqual(['7@example.org']);
  });

  it('do not keep a run busy for longer than a few minutes where Graph is slow', async () => {
    const firm = new Firm(500, 500);
    firm.latency = 2_000;
    const outcome = await firm.run();
    expect(outcome.waiting + outcome.joined).toBe(500);
    expect(firm.asked.users).toBe(120);
    expect(firm.clock.now()).toBeLessThan(Date.parse('2026-11-23T07:05:00Z'));
    for (let i = 0; i < 12; i += 1) await firm.run();
    expect(await firm.states()).toEqual({ new: 500 });
  });
});

describe('A run of the users’ job that meets trouble', () => {
  it('stops at a throttling answer, keeps what it has, and parks whoever leaves all the same', async () => {
    const firm = new Firm(10);
    await firm.run();
    firm.reps = [...firm.reps.filter(({ seqNo }) => seqNo !== 3), ...Array.from({ length: 10 }, (_, i) => repOf(i + 11))];
    firm.onFindUser = (address) => {
      if (address.startsWith('15@')) throw new PortFailure('graph', 'throttled', 'Graph asks to wait.', { retryAfterMs: 10_000 });
    };
    await expect(firm.run()).rejects.toMatchObject({ reason: 'throttled' });
    expect(firm.asked.users).toBe(10 + 5);
    expect(await firm.states()).toEqual({ new: 9, parked: 1 });
    firm.onFindUser = () => undefined;
    expect(await firm.run()).toMatchObject({ joined: 10, waiting: 0 });
    expect(await firm.states()).toEqual({ new: 19, parked: 1 });
  });

  it('sets a mailbox that is not opened to us aside for an hour, with the reason, and brings in the others', async () => {
    const firm = new Firm(3);
    firm.onSubscribe = (mailboxId) => {
      if (mailboxId === idOf(2)) throw new PortFailure('graph', 'permission', 'The app may not read this mailbox: open it to the app.');
    };
    expect(await firm.run()).toMatchObject({ joined: 3, subscribed: 2, failed: 1 });
    expect(await firm.states()).toEqual({ new: 2, waiting: 1 });
    firm.reset();
    await firm.run();
    expect(firm.asked.subscriptions).toBe(0);
    firm.onSubscribe = () => undefined;
    await firm.clock.until(firm.clock.now() + 3_600_000);
    expect(await firm.run()).toMatchObject({ subscribed: 1, failed: 0 });
  });

  it('that died after any call to the storage is made good by the next one', async () => {
    for (let dies = 1; dies <= 16; dies += 1) {
      const firm = new Firm(2);
      const { tables } = firm.storage;
      const transact = tables.transact.bind(tables);
      let calls = 0;
      tables.transact = async (...change) => {
        calls += 1;
        if (calls > dies) throw new PortFailure('state', 'transient', 'The worker died.');
        return transact(...change);
      };
      await firm.run().catch(() => undefined);
      tables.transact = transact;
      for (let again = 0; again < 2; again += 1) {
        await firm.clock.until(firm.clock.now() + 61 * 60_000);
        await firm.run();
      }
      expect(await firm.states()).toEqual({ new: 2 });
      expect([...new Set(await rings(firm))].sort()).toEqual([idOf(1), idOf(2)]);
    }
  });
});

async function rings({ storage }: Firm): Promise<string[]> {
  const messages = await storage.queues.receive(QUEUES.mailboxPasses, { max: 32, invisibleMs: 1 });
  for (const message of messages) await storage.queues.remove(QUEUES.mailboxPasses, message);
  return messages.map(({ text }) => String((JSON.parse(text) as { mailboxId: string }).mailboxId));
}
