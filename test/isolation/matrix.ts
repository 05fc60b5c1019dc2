import type { HttpHandler, StorageQueueHandler } from '@azure/functions';
import { adminAdoption, adminAdoptionAnswer } from '../../functions/admin-adoption.ts';
import { adminGuard, adminGuardAnswer, adminMailGuard, adminMailGuardAnswer } from '../../functions/admin-guard.ts';
import { adminJobs } from '../../functions/admin-jobs.ts';
import { adminJournal, adminMailboxes } from '../../functions/admin-mailboxes.ts';
import { adminRules, adminRulesVersion, adminRulesVersions } from '../../functions/admin-rules.ts';
import { adminOffboard, adminTenant, adminTenants } from '../../functions/admin-tenants.ts';
import { adminConsent, consentCallback, consentStart } from '../../functions/consent.ts';
import { crmChanged } from '../../functions/crm-changed.ts';
import { graphLifecycle } from '../../functions/graph-lifecycle.ts';
import { graphNotifications } from '../../functions/graph-notifications.ts';
import { health } from '../../functions/health.ts';
import type { AppOf } from '../../shared/compose.ts';
import type { CONTAINERS, QUEUES, ROUTES, TABLES } from '../../shared/config/names.ts';
import { TENANT_JOBS } from '../../shared/jobs/messages.ts';
import { QUEUE_HANDLERS } from '../world/host-rules.ts';

/**
 * What belongs to whom, for every table, container, queue and route that there is: a name without a row here does not compile. The test goes through
 * all of them with one tenant's ids in the other's place.
 */

/** The tenant that a row belongs to, by its keys. */
export const TENANT_OF_ROW: Record<keyof typeof TABLES, (partition: string, rowKey: string) => string> = {
  mailbox: (partition) => first(partition),
  directory: (partition) => partition,
  crmIndex: (partition) => first(partition),
  tenantState: (partition) => partition,
  subscriptions: (partition) => partition,
  due: (_bucket, rowKey) => rowKey.split('|')[1] ?? '',
};

/** The tenant that a blob belongs to, by its name. */
export const TENANT_OF_BLOB: Record<keyof typeof CONTAINERS, (name: string) => string> = {
  conflicts: (name) => name.split('/')[0] ?? '',
  cursors: (name) => name.split('/')[0] ?? '',
};

function first(key: string): string {
  return key.split('|')[0] ?? '';
}

export interface Meant {
  readonly tenantId: string;
  readonly mailboxId: string;
}

type Message = (meant: Meant) => unknown;

const RINGS: readonly Message[] = [({ tenantId, mailboxId }) => ({ v: 1, tenantId, mailboxId, why: 'due' }), ({ tenantId, mailboxId }) => ({ v: 99, tenantId, mailboxId, why: 'newer' })];
const JOBS: readonly Message[] = [...TENANT_JOBS.map((job): Message => ({ tenantId, mailboxId }) => ({ v: 1, tenantId, mailboxId, job, why: 'push' })), ({ tenantId }) => ({ v: 99, tenantId, job: 'crmPoll' })];

/** Every form of message that a queue carries. `named`: by what it says whose it is. */
export const MESSAGES: Record<keyof typeof QUEUES, { readonly named: 'mailbox' | 'tenant'; readonly handler: (appOf: AppOf) => StorageQueueHandler; readonly messages: readonly Message[] }> = {
  mailboxPasses: { named: 'mailbox', handler: handlerOf('mailbox-passes'), messages: RINGS },
  mailboxPassesPoison: { named: 'mailbox', handler: handlerOf('mailbox-passes-poison'), messages: RINGS },
  tenantJobs: { named: 'tenant', handler: handlerOf('tenant-jobs'), messages: JOBS },
  tenantJobsPoison: { named: 'tenant', handler: handlerOf('tenant-jobs-poison'), messages: JOBS },
};

function handlerOf(queue: string): (appOf: AppOf) => StorageQueueHandler {
  const [, handler] = QUEUE_HANDLERS.find(([name]) => name === queue) ?? [];
  if (handler === undefined) throw new Error(`The queue ${queue} has no handler.`);
  return handler;
}

export interface Asking {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly query?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface RouteRow {
  readonly handler: (appOf: AppOf) => HttpHandler;
  /** By what a request says whose data it means; null = it names nobody, or proves by a signature of ours. */
  readonly named: 'mailbox' | 'tenant' | null;
  readonly ask: (meant: Meant) => readonly Asking[];
}

const byQuery = (method: 'GET' | 'POST', params: readonly Record<string, string>[] = [{}]) => ({ tenantId, mailboxId }: Meant): Asking[] => params.map((one) => ({ method, query: { tenantId, mailboxId }, params: one }));
const byTenant = (method: 'GET' | 'POST') => ({ tenantId }: Meant): Asking[] => [{ method, query: { tenantId }, params: { tenantId } }];

export const ASKED: Record<keyof typeof ROUTES, RouteRow> = {
  notifications: { handler: graphNotifications, named: null, ask: forged },
  lifecycle: { handler: graphLifecycle, named: null, ask: forged },
  crmChanged: { handler: crmChanged, named: 'tenant', ask: byTenant('POST') },
  health: { handler: health, named: null, ask: () => [{ method: 'GET' }] },
  adminJobs: { handler: adminJobs, named: 'tenant', ask: ({ tenantId }) => [...TENANT_JOBS, 'resume', 'doctor'].map((job) => ({ method: 'POST', query: { tenantId }, params: { job } })) },
  adminTenants: { handler: adminTenants, named: null, ask: () => [{ method: 'GET' }] },
  adminTenant: { handler: adminTenant, named: 'tenant', ask: byTenant('GET') },
  adminOffboard: { handler: adminOffboard, named: 'tenant', ask: ({ tenantId }) => [{ method: 'POST', params: { tenantId } }, { method: 'POST', params: { tenantId }, query: { state: 'remove' }, body: { tenant: tenantId } }] },
  adminMailboxes: { handler: adminMailboxes, named: 'tenant', ask: byTenant('GET') },
  adminJournal: { handler: adminJournal, named: 'mailbox', ask: ({ tenantId, mailboxId }) => [{ method: 'GET', params: { tenantId, mailboxId } }] },
  adminRules: { handler: adminRules, named: 'tenant', ask: ({ tenantId }) => [{ method: 'GET', params: { tenantId } }, { method: 'PUT', params: { tenantId }, body: { tenantId } }] },
  adminRulesVersions: { handler: adminRulesVersions, named: 'tenant', ask: byTenant('GET') },
  adminRulesVersion: { handler: adminRulesVersion, named: 'tenant', ask: ({ tenantId }) => (['GET', 'POST'] as const).map((method) => ({ method, params: { tenantId, version: '0000000000001-000000000000' } })) },
  adminAdoption: { handler: adminAdoption, named: 'mailbox', ask: byQuery('GET') },
  adminAdoptionAnswer: { handler: adminAdoptionAnswer, named: 'mailbox', ask: byQuery('POST', [{ answer: 'adopt' }, { answer: 'separate' }, { answer: 'anew' }]) },
  adminGuard: { handler: adminGuard, named: 'mailbox', ask: byQuery('GET') },
  adminGuardAnswer: { handler: adminGuardAnswer, named: 'mailbox', ask: byQuery('POST', [{ answer: 'confirm' }, { answer: 'reject' }]) },
  adminMailGuard: { handler: adminMailGuard, named: 'mailbox', ask: byQuery('GET') },
  adminMailGuardAnswer: { handler: adminMailGuardAnswer, named: 'mailbox', ask: byQuery('POST', [{ answer: 'release' }, { answer: 'reject' }]) },
  adminConsent: { handler: adminConsent, named: 'tenant', ask: (meant) => [...byTenant('GET')(meant), ...byTenant('POST')(meant)] },
  consentStart: { handler: consentStart, named: null, ask: ({ tenantId }) => [{ method: 'GET', query: { invitation: `${tenantId}.9999999999999.x` } }] },
  consentCallback: { handler: consentCallback, named: null, ask: ({ tenantId }) => [{ method: 'GET', query: { tenant: tenantId, admin_consent: 'True', state: `${tenantId}.1.x.x` } }] },
};

/** What names a mailbox, and is not signed by us. */
function forged({ tenantId, mailboxId }: Meant): Asking[] {
  const item = { subscriptionId: '1', tenantId, organizationId: tenantId, lifecycleEvent: 'subscriptionRemoved', changeType: 'updated', resource: `Users/${mailboxId}/Events/1`, resourceData: { id: '1' } };
  return [{ method: 'POST', body: { value: [item, { ...item, clientState: `1.${tenantId}.${mailboxId}.a.x` }] } }];
}
