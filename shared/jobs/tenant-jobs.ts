import { QUEUES } from '../config/names.ts';
import { NewerVersion, PortFailure } from '../sync/failures.ts';
import type { Clock, Report, Storage } from '../sync/ports.ts';
import { sendAgain } from './again.ts';
import { pollCrm } from './crm-poll.ts';
import { writeTenantState } from './directory.ts';
import { MESSAGE_VERSION, type TenantJob, type TenantJobName } from './messages.ts';
import { NEWER_MS } from './newer-messages.ts';
import { continueOffboarding, type OffboardingServices } from './offboarding.ts';
import type { TenantPorts, Tenants } from './ports.ts';
import { NO_RULES } from './tenants.ts';
import { judgeLogin, type Stops } from './stopping.ts';
import { askForNets } from './reconciliation.ts';
import { keepSubscriptions } from './subscription-upkeep.ts';
import { syncUsers } from './users.ts';

export interface TenantJobServices {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly report: Report;
  readonly tenants: Tenants;
  readonly ports: TenantPorts;
  readonly stops: Stops;
  readonly leaving: OffboardingServices;
  readonly knownFingerprints: Map<string, string>;
  readonly webhookSecret: () => string;
  readonly publicBaseUrl: () => string;
}

/** Timers only enqueue one job per tenant, so that a slow or broken tenant delays no other (design 2). */
export async function enqueueTenantJobs(services: Pick<TenantJobServices, 'storage' | 'tenants' | 'report'>, job: TenantJobName, why: string): Promise<{ enqueued: number }> {
  const tenantIds = await services.tenants.list();
  for (const tenantId of tenantIds) {
    const message: TenantJob = { v: MESSAGE_VERSION, tenantId, job, why };
    // A job that waited longer than its timer's period is of no use to anybody: the next one is on the queue already.
    await services.storage.queues.send(QUEUES.tenantJobs, JSON.stringify(message), { timeToLiveMs: 5 * 60_000 });
  }
  services.report('heartbeat', { job, tenants: tenantIds.length });
  return { enqueued: tenantIds.length };
}

/** The CRM says that something changed: its poll is asked for at once. What changed is read by the poll, never taken from the caller. */
export async function askForPoll(services: Pick<TenantJobServices, 'storage' | 'tenants'>, tenantId: string): Promise<void> {
  if (!(await services.tenants.list()).includes(tenantId)) return;
  const message: TenantJob = { v: MESSAGE_VERSION, tenantId, job: 'crmPoll', why: 'push' };
  await services.storage.queues.send(QUEUES.tenantJobs, JSON.stringify(message), { timeToLiveMs: 5 * 60_000 });
}

/** Carries out one job at an admin's word; tenants that are not in the configuration are told as such. */
export async function startTenantJob(services: TenantJobServices, tenantId: string, job: TenantJobName): Promise<Readonly<Record<string, string | number>>> {
  if (!(await services.tenants.list()).includes(tenantId)) return { state: 'unknown' };
  return runTenantJob(services, { v: MESSAGE_VERSION, tenantId, job, why: 'admin' });
}

/** Carries out one job; what concerns the whole tenant is told in its state, in one sentence, and tried again at the timer's next tick. */
export async function runTenantJob(services: TenantJobServices, message: TenantJob): Promise<Readonly<Record<string, string | number>>> {
  const { storage, clock, report } = services;
  const { tenantId, job } = message;
  try {
    const rules = await services.tenants.rules(tenantId);
    // Work goes on by the last good rules: told for as long as nobody mends the others, by one of the jobs alone, whose timer comes every ten minutes.
    if (job === 'users' && services.tenants.mistake(tenantId) !== null) report('rules.wrong', { tenant: tenantId, inForce: 'lastGood' });
    if (!rules.enabled) return { state: (await lettingGo(services, message))?.state ?? 'disabled' };
    if ((await services.stops.of(tenantId)) !== null) return { state: (await lettingGo(services, message))?.state ?? 'stopped' };
    const outcome = await carryOut(services, job, rules);
    // A job that found another at work says nothing about itself.
    if ('state' in outcome && outcome.state === 'busy') await comeBack(services, message, job === 'crmPoll' ? PUSHED_COME_BACK_MS : COME_BACK_MS);
    else await writeTenantState(storage.tables, tenantId, job, '', clock.now());
    if (job === 'crmPoll' && 'state' in outcome && outcome.state === 'done') await judgeLogin(services, tenantId, false);
    return { ...outcome };
  } catch (failure) {
    if (!(failure instanceof PortFailure)) throw failure;
    if (failure instanceof NewerVersion) {
      // No problem of the tenant's: a newer worker does it.
      await comeBack(services, message, NEWER_MS);
      report('version.newer', { tenant: tenantId, mailbox: null, job });
      return { state: 'newer' };
    }
    const hasRules = failure.details.code !== NO_RULES;
    if (!hasRules) {
      const leaving = await lettingGo(services, message);
      if (leaving !== null) return leaving;
    }
    // Of a tenant without rules nobody looks at a state: a message that names just any id leaves nothing behind.
    if (hasRules) await writeTenantState(storage.tables, tenantId, job, failure.message, clock.now());
    if (failure.port === 'crm' && failure.details.code === '401') await judgeLogin(services, tenantId, true);
    report('job.failed', { tenant: tenantId, job, port: failure.port, reason: failure.reason, code: failure.details.code ?? null });
    return { state: 'failed', reason: failure.message };
  }
}

/** Whatever keeps a tenant from its work, its off-boarding goes on: with the job that keeps subscriptions, whose timer comes again for as long as it has rules. */
async function lettingGo(services: TenantJobServices, { tenantId, job }: TenantJob): Promise<{ state: string } | null> {
  return job === 'subscriptions' ? continueOffboarding(services.leaving, tenantId) : null;
}

const COME_BACK_MS = 5_000;
const PUSHED_COME_BACK_MS = 1_000;

/**
 * The poll's timer comes again by itself; the other jobs' would let a new user wait for long, and a push is made to wait for no timer: the poll that is
 * at work may have looked before the change.
 */
async function comeBack({ storage }: TenantJobServices, message: TenantJob, afterMs: number): Promise<void> {
  if (message.job === 'crmPoll' && message.why !== 'push') return;
  await sendAgain(storage, message, JSON.stringify(message.job === 'crmPoll' ? message : { ...message, why: 'busy' }), afterMs);
}

async function carryOut(services: TenantJobServices, job: TenantJobName, rules: Parameters<typeof pollCrm>[1]): Promise<object> {
  switch (job) {
    case 'crmPoll':
      return pollCrm(services, rules, await services.ports.crm(rules.tenantId));
    case 'reconcile':
      return askForNets(services, rules);
    case 'subscriptions':
      return keepSubscriptions({ ...services, webhookSecret: services.webhookSecret(), publicBaseUrl: services.publicBaseUrl() }, rules, await services.ports.graph(rules.tenantId));
    case 'users':
      return syncUsers(
        { ...services, webhookSecret: services.webhookSecret(), publicBaseUrl: services.publicBaseUrl() },
        rules,
        await services.ports.graph(rules.tenantId),
        await services.ports.crm(rules.tenantId),
      );
  }
}
