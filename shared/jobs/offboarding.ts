import { CONTAINERS, QUEUES, TABLES } from '../config/names.ts';
import { minute, second, type Instant } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Clock, Report, Storage } from '../sync/ports.ts';
import { MESSAGE_VERSION, type TenantJob } from './messages.ts';
import type { GraphTenant, RuleSource, Tenants } from './ports.ts';
import { removeRules } from './rules-admin.ts';
import { readAllSubscriptions, forgetSubscription, webhookAddresses } from './subscriptions.ts';
import { NO_RULES } from './tenants.ts';
import { readLeaving, writeLeaving, type Leaving } from './tenant-record.ts';

export interface OffboardingServices {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly report: Report;
  readonly tenants: Tenants;
  readonly source: () => RuleSource;
  readonly graph: (tenantId: string) => Promise<GraphTenant>;
  readonly publicBaseUrl: () => string;
}

export type OffboardingAnswer = { readonly state: 'started'; readonly leaving: Leaving } | { readonly state: 'unknown' | 'notConfirmed' };

/** A pass or job that had begun may work for so long (host.json) by what it knew: then rows go, no sooner. */
const QUIET_MS = 12 * minute;
const RUN_MS = 4 * minute;
const ROWS_PER_TRANSACTION = 100;
const GAP_MS = second / 20;

/**
 * An admin's word. From the moment it is written nothing of the tenant is worked any more, by any version; the job `subscriptions` does the rest, bit by bit,
 * and is asked for again by its timer for as long as anything is left. Nothing in a calendar or in the CRM is touched.
 * @param confirmed the tenant's name, or its id where it has none: needed to remove what is known of it
 */
export async function startOffboarding(services: OffboardingServices, tenantId: string, state: Leaving['state'], confirmed: string): Promise<OffboardingAnswer> {
  const { storage, clock, tenants, report } = services;
  const before = await readLeaving(storage, tenantId);
  if (before === null && !(await tenants.list()).includes(tenantId)) return { state: 'unknown' };
  if (state === 'remove' && confirmed !== (await nameOf(tenants, tenantId)) && confirmed !== tenantId) return { state: 'notConfirmed' };
  // Once more is no new beginning, but may ask for more.
  const leaving: Leaving = before === null ? { since: clock.now(), state, step: 'subscriptions', removed: 0, left: 0 } : state === 'remove' && before.state === 'keep' ? { ...before, state, step: before.step === 'done' ? 'rows' : before.step } : before;
  await writeLeaving(storage, tenantId, leaving);
  await askAgain(services, tenantId, 0);
  report('tenant.leaving', { tenant: tenantId, state: leaving.state, step: leaving.step });
  return { state: 'started', leaving };
}

async function nameOf(tenants: Tenants, tenantId: string): Promise<string> {
  try {
    const { name } = await tenants.rules(tenantId);
    return name === '' ? tenantId : name;
  } catch (failure) {
    if (!(failure instanceof PortFailure)) throw failure;
    return tenantId;
  }
}

/** The next bit of it, safe to be done twice or to be broken off anywhere; null = the tenant is not leaving. */
export async function continueOffboarding(services: OffboardingServices, tenantId: string): Promise<{ readonly state: string } | null> {
  const { storage, clock, report } = services;
  const leaving = await readLeaving(storage, tenantId);
  if (leaving === null) return null;
  if (leaving.step === 'subscriptions') {
    const ended = await endSubscriptions(services, tenantId);
    if (ended === 'later') {
      await askAgain(services, tenantId, minute);
      return { state: 'leaving' };
    }
    const next: Leaving = { ...leaving, ...ended, step: leaving.state === 'remove' ? 'rows' : 'done' };
    await writeLeaving(storage, tenantId, next);
    report('tenant.leaving', { tenant: tenantId, state: next.state, step: next.step });
    if (next.step === 'done') return { state: 'gone' };
  }
  if (leaving.state === 'keep') return { state: 'gone' };
  const wait = leaving.since + QUIET_MS - clock.now();
  if (wait > 0) {
    await askAgain(services, tenantId, wait);
    return { state: 'leaving' };
  }
  // A notification may have come late even where it was done: what it left goes as well.
  if (!(await removeRows(storage, clock, tenantId, clock.now() + RUN_MS))) {
    await askAgain(services, tenantId, second);
    return { state: 'leaving' };
  }
  const last = await readLeaving(storage, tenantId);
  if (last !== null && last.step !== 'done') {
    await writeLeaving(storage, tenantId, { ...last, step: 'done' });
    report('tenant.leaving', { tenant: tenantId, state: last.state, step: 'done' });
  }
  // Last of all: without rules no timer asks for this tenant any more.
  await removeRules(services.source().store, services.tenants, tenantId);
  return { state: 'gone' };
}

/** As far as the grant still lives; what cannot be removed ends by itself. 'later': Graph asks to wait, or is out of order. */
async function endSubscriptions({ storage, clock, graph, publicBaseUrl }: OffboardingServices, tenantId: string): Promise<{ removed: number; left: number } | 'later'> {
  const rows = await readAllSubscriptions(storage, tenantId);
  let [removed, left] = [0, 0];
  try {
    const port = await graph(tenantId);
    const { notificationUrl } = webhookAddresses(publicBaseUrl());
    const standing = (await port.subscriptions()).filter((one) => one.notificationUrl === notificationUrl).map(({ id }) => id);
    for (const id of new Set([...standing, ...rows.map(({ subscriptionId }) => subscriptionId)])) {
      await port.unsubscribe(id);
      await forgetSubscription(storage, tenantId, id);
      removed += 1;
      await clock.sleep(GAP_MS);
    }
  } catch (failure) {
    if (!(failure instanceof PortFailure) || (failure.port !== 'graph' && failure.details.code !== NO_RULES)) throw failure;
    if (failure.reason !== 'permission' && failure.reason !== 'configuration') return 'later';
    // The grant is gone: nobody can remove them any more but Graph itself.
    left = rows.length - removed;
    for (const { subscriptionId } of rows) await forgetSubscription(storage, tenantId, subscriptionId);
  }
  return { removed, left: Math.max(0, left) };
}

/** False = time was up. The lease of a mailbox stands in its partition and goes with it: whoever held it can write nothing more. */
async function removeRows(storage: Storage, clock: Clock, tenantId: string, until: Instant): Promise<boolean> {
  const { tables, blobs } = storage;
  const inTime = (): boolean => clock.now() < until;
  for (const table of [TABLES.mailbox, TABLES.crmIndex]) {
    const partitions = new Set<string>();
    for await (const { partition } of tables.scan(table, { partitionFrom: `${tenantId}|`, partitionTo: `${tenantId}|~` })) partitions.add(partition);
    for (const partition of partitions) if (!inTime() || !(await emptied(storage, table, partition, inTime))) return false;
  }
  for await (const { partition, row } of tables.scan(TABLES.due)) {
    if (row.rowKey.split('|')[1] === tenantId) await gone(tables.transact(TABLES.due, partition, [{ op: 'delete', rowKey: row.rowKey }]));
  }
  for (const container of Object.values(CONTAINERS)) for (const { name } of await blobs.list(container, `${tenantId}/`)) await blobs.remove(container, name);
  for (const table of [TABLES.subscriptions, TABLES.tenantState]) if (!(await emptied(storage, table, tenantId, inTime))) return false;
  return emptied(storage, TABLES.directory, tenantId, inTime, 'tenant');
}

async function emptied({ tables }: Storage, table: string, partition: string, inTime: () => boolean, but = ''): Promise<boolean> {
  const { rows } = await tables.range(table, partition);
  const going = rows.filter(({ rowKey }) => rowKey !== but);
  for (let at = 0; at < going.length; at += ROWS_PER_TRANSACTION) {
    if (!inTime()) return false;
    await gone(tables.transact(table, partition, going.slice(at, at + ROWS_PER_TRANSACTION).map(({ rowKey }) => ({ op: 'delete', rowKey }))));
  }
  return true;
}

/** Somebody else was faster: the next turn finds what is left. */
async function gone(removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (failure) {
    if (!(failure instanceof PortFailure) || (failure.reason !== 'conflict' && failure.reason !== 'notFound')) throw failure;
  }
}

async function askAgain({ storage }: OffboardingServices, tenantId: string, afterMs: number): Promise<void> {
  const message: TenantJob = { v: MESSAGE_VERSION, tenantId, job: 'subscriptions', why: 'leaving' };
  await storage.queues.send(QUEUES.tenantJobs, JSON.stringify(message), { ...(afterMs > 0 ? { visibleAfterMs: afterMs } : {}), timeToLiveMs: afterMs + 5 * minute });
}
