import { TABLES } from '../config/names.ts';
import type { TenantRules } from '../config/rules.ts';
import { hour, minute, second, type Instant } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import { appointmentKind } from '../sync/kinds/appointment.ts';
import type { Clock, Storage } from '../sync/ports.ts';
import { mustKnow, plainRow } from '../sync/rows.ts';
import { mayBeTouched, readMailboxes, writeTenantState, type DirectoryEntry } from './directory.ts';
import { withJobLease } from './job-lease.ts';
import { REMOVED } from './lifecycle.ts';
import { markAndRing, type MailboxAddress } from './marking.ts';
import type { GraphTenant, ListedSubscription } from './ports.ts';
import { planUpkeep, type Task } from './subscription-plan.ts';
import { askedExpiry, createSubscription, endpointOf, forgetSubscription, readAllSubscriptions, storeSubscription, subscriptionRow, webhookAddresses, type StoredSubscription, type SubscriptionServices } from './subscriptions.ts';

export interface SubscriptionsOutcome {
  /**
   * 'throttled': Graph asked to wait, the rest comes later. 'refused': so many in a row failed that it is not a matter of single mailboxes
   * (our webhook cannot be reached, Graph is down). 'more': the time of one run was used up. 'busy': another run is at it.
   */
  readonly state: 'done' | 'throttled' | 'refused' | 'more' | 'busy';
  /** Mailboxes that shall have a subscription. */
  readonly mailboxes: number;
  /** Created or adopted; each was followed by a mark and a ring. */
  readonly subscribed: number;
  /** Rows behind which Graph had nothing any more, though nobody had told. */
  readonly lost: number;
  readonly renewed: number;
  readonly removed: number;
  readonly failed: number;
  /** Tasks that this run did not come to. */
  readonly waiting: number;
  /** Mailboxes that have no subscription now: Graph does not tell of their changes. */
  readonly unnotified: number;
}

/** The list of all subscriptions is asked for so often: a request per hundred mailboxes finds what was removed without a word. */
const LIST_EVERY_MS = 6 * hour;
const REQUESTS_PER_SECOND = 20;
const RUN_MS = 4 * minute;
/** From a run that died the others keep away so long: its last request has been answered by then. */
const HELD_MS = RUN_MS + 2 * minute;
/** So long after a removal was told, a run that was at work then may store what Graph had answered before. */
const AT_WORK_MS = 10 * minute;
const FAILURES_IN_A_ROW = 5;
/** Where Graph asks to wait and does not say how long. */
const WAIT_MS = minute;
const STATE = 'subscriptions';
/** The part of the tenant's state that tells of mailboxes without a subscription: beside the job's own, which tells whether it ran. */
const PART = 'notifications';
const TURN_MS = 10 * minute;

type Counts = { -readonly [K in 'subscribed' | 'lost' | 'renewed' | 'removed' | 'failed']: SubscriptionsOutcome[K] };

interface Run {
  readonly services: SubscriptionServices;
  readonly tenantId: string;
  readonly graph: GraphTenant;
  readonly counts: Counts;
  /** Mailboxes that have no subscription at this moment. */
  readonly unnotified: Set<string>;
  readonly pace: () => Promise<void>;
}

/**
 * Keeps one subscription per mailbox and kind: creates, renews in time, makes anew what lapsed or was removed, removes what nobody needs. What
 * concerns one mailbox does not stop the others. One run at a time: two would not know of each other's Retry-After.
 * @throws PortFailure for what concerns the tenant as a whole
 */
export async function keepSubscriptions(services: SubscriptionServices, rules: TenantRules, graph: GraphTenant): Promise<SubscriptionsOutcome> {
  const { storage, clock } = services;
  const { tenantId } = rules;
  let throttling: PortFailure | null = null;
  const outcome = await withJobLease(
    storage.tables,
    clock,
    { tenantId, name: 'subscriptions', holdMs: HELD_MS },
    () => upkeep(services, rules, graph, (failure) => (throttling = failure)),
    // So that no later run breaks it either.
    () => (throttling === null ? 0 : clock.now() + (throttling.details.retryAfterMs ?? WAIT_MS)),
  );
  if (outcome === 'early') return tell(services, tenantId, { ...NOTHING, state: 'throttled' });
  return outcome === 'busy' ? { ...NOTHING, state: 'busy' } : tell(services, tenantId, outcome);
}

async function upkeep(services: SubscriptionServices, rules: TenantRules, graph: GraphTenant, isThrottled: (failure: PortFailure) => void): Promise<SubscriptionsOutcome> {
  const { storage, clock } = services;
  const { tenantId } = rules;
  const startedAt = clock.now();
  const before = await readState(storage, tenantId);
  const pace = pacer(clock, REQUESTS_PER_SECOND);
  const counts = { subscribed: 0, lost: 0, renewed: 0, removed: 0, failed: 0 };
  // The list first: whoever subscribes meanwhile stands in the rows and in the directory that are read after it.
  const outOfDate = before.listedAt + LIST_EVERY_MS <= startedAt || before.removedAt > before.listedAt - AT_WORK_MS;
  const standing = outOfDate ? await list(services, tenantId, graph, pace, counts) : null;
  if (standing instanceof PortFailure) {
    isThrottled(standing);
    return { ...NOTHING, state: 'throttled' };
  }
  const rows = await readAllSubscriptions(storage, tenantId);
  const entries = await readMailboxes(storage.tables, tenantId);
  const mailboxes = rules.appointments.enabled ? inTurn(entries, startedAt) : { wanted: [], resting: [] };
  const tasks = planUpkeep({ ...mailboxes, rows, standing, now: startedAt, endpointOf: (mailboxId) => endpointOf(services, { tenantId, mailboxId }), ...webhookAddresses(services.publicBaseUrl) });
  // At once, and not only when their turn comes: the list is not asked again in the next run, which has to know what this one did not come to.
  const dead = tasks.flatMap((task) => (task.do === 'subscribe' ? task.dead : []));
  for (const id of dead) await forgetSubscription(storage, tenantId, id);
  counts.lost = dead.length;
  const missing = new Set(tasks.flatMap((task) => (task.do === 'subscribe' ? [task.mailboxId] : [])));
  const worked = await work({ services, tenantId, graph, counts, unnotified: missing, pace }, tasks, startedAt + RUN_MS);
  const listedAt = standing === null ? before.listedAt : startedAt;
  if (worked.throttling !== null) isThrottled(worked.throttling);
  if (listedAt !== before.listedAt) await storage.tables.transact(TABLES.tenantState, tenantId, [{ op: 'put', row: plainRow(STATE, { listedAt }) }]);
  const { state, done, because } = worked;
  const unnotified = missing.size;
  const problem = `Graph does not tell of changes in ${unnotified === 1 ? 'one mailbox' : `${unnotified} mailboxes`}, because no subscription could be made; it is tried again every half hour. ${because}`;
  await writeTenantState(storage.tables, tenantId, PART, unnotified === 0 ? '' : problem.trim(), clock.now());
  return { ...counts, state, mailboxes: mailboxes.wanted.length, waiting: tasks.length - done, unnotified };
}

const NOTHING = { mailboxes: 0, subscribed: 0, lost: 0, renewed: 0, removed: 0, failed: 0, waiting: 0, unnotified: 0 };

/** Who shall have a subscription, and who is left alone. Every run begins with another mailbox, so that those that always fail keep nobody from his turn. */
function inTurn(entries: readonly DirectoryEntry[], now: Instant): { readonly wanted: readonly string[]; readonly resting: readonly string[] } {
  const listed = entries.filter(({ mailbox }) => mayBeTouched(mailbox));
  // A pass found the mailbox shut. It is looked at daily; until then its subscription is neither made nor renewed, and may end by itself.
  const resting = listed.filter(({ status }) => status.state === 'parked').map(({ mailbox }) => mailbox.mailboxId);
  const wanted = listed.filter(({ status }) => status.state !== 'parked').map(({ mailbox }) => mailbox.mailboxId);
  const first = wanted.length === 0 ? 0 : Math.floor(now / TURN_MS) % wanted.length;
  return { wanted: [...wanted.slice(first), ...wanted.slice(0, first)], resting };
}

function tell({ report }: SubscriptionServices, tenantId: string, outcome: SubscriptionsOutcome): SubscriptionsOutcome {
  const { state, subscribed, renewed, removed, failed } = outcome;
  // A run that found nothing to do is no news.
  if (state !== 'done' || subscribed + renewed + removed + failed > 0) report('subscriptions', { tenant: tenantId, ...outcome });
  return outcome;
}

/** A throttling is returned. A list that cannot be had for another reason is done without: renewals must not wait for it. */
async function list(services: SubscriptionServices, tenantId: string, graph: GraphTenant, pace: Run['pace'], counts: Counts): Promise<readonly ListedSubscription[] | PortFailure | null> {
  await pace();
  try {
    return await graph.subscriptions();
  } catch (failure) {
    if (!(failure instanceof PortFailure) || failure.reason === 'configuration') throw failure;
    if (failure.reason === 'throttled') return failure;
    counts.failed += 1;
    reportFailure(services, tenantId, null, failure);
    return null;
  }
}

interface Worked {
  readonly state: SubscriptionsOutcome['state'];
  readonly done: number;
  /** Why the last of them has no subscription. */
  readonly because: string;
  readonly throttling: PortFailure | null;
}

async function work(run: Run, tasks: readonly Task[], until: Instant): Promise<Worked> {
  let done = 0;
  let inARow = 0;
  let because = '';
  const end = (state: Worked['state'], throttling: PortFailure | null = null): Worked => ({ state, done, because, throttling });
  for (const task of tasks) {
    if (run.services.clock.now() >= until) return end('more');
    try {
      await carryOut(run, task);
      inARow = 0;
    } catch (failure) {
      if (!(failure instanceof PortFailure) || failure.port !== 'graph' || failure.reason === 'configuration') throw failure;
      if (run.unnotified.has(task.mailboxId)) because = failure.message;
      if (failure.reason === 'throttled') return end('throttled', failure);
      run.counts.failed += 1;
      reportFailure(run.services, run.tenantId, task.mailboxId, failure);
      // A mailbox that is forbidden or gone says nothing of the next one.
      if (failure.reason === 'transient' || failure.reason === 'recordRejected') inARow += 1;
    }
    done += 1;
    if (inARow >= FAILURES_IN_A_ROW) return end('refused');
  }
  return end('done');
}

async function carryOut(run: Run, task: Task): Promise<void> {
  const { graph, counts, pace } = run;
  switch (task.do) {
    case 'remove':
      await remove(run, task.subscriptionId, task.atGraph);
      counts.removed += 1;
      return;
    case 'renew':
      return renew(run, task);
    case 'subscribe':
      if (task.adopt !== null && (await adopt(run, task, task.adopt))) return;
      if (task.instead !== null) {
        await pace();
        await graph.unsubscribe(task.instead);
      }
      return subscribe(run, task, task.instead);
  }
}

async function renew(run: Run, task: Extract<Task, { do: 'renew' }>): Promise<void> {
  const { services, tenantId, graph, counts, pace } = run;
  const { subscriptionId } = task.row;
  await pace();
  const granted = await graph.renew(subscriptionId, askedExpiry(services.clock));
  if (granted === 'gone') {
    counts.lost += 1;
    run.unnotified.add(task.mailboxId);
    return subscribe(run, task, subscriptionId);
  }
  await storeSubscription(services.storage, tenantId, subscriptionRow(services, { tenantId, mailboxId: task.mailboxId }, granted));
  counts.renewed += 1;
}

/** One that Graph has and we had no row of. False where it ended meanwhile. */
async function adopt(run: Run, task: Extract<Task, { do: 'subscribe' }>, subscriptionId: string): Promise<boolean> {
  await run.pace();
  const granted = await run.graph.renew(subscriptionId, askedExpiry(run.services.clock));
  if (granted === 'gone') return false;
  await settle(run, task, subscriptionRow(run.services, { tenantId: run.tenantId, mailboxId: task.mailboxId }, granted), null);
  return true;
}

async function subscribe(run: Run, task: Exclude<Task, { do: 'remove' }>, replaced: string | null): Promise<void> {
  await run.pace();
  await settle(run, task, await createSubscription(run.services, run.graph, { tenantId: run.tenantId, mailboxId: task.mailboxId }), replaced);
}

/** Marked and rung before the row is stored: after a crash in between the next run adopts it and rings again, so that the delta round is never left out. */
async function settle(run: Run, task: Exclude<Task, { do: 'remove' }>, made: StoredSubscription, replaced: string | null): Promise<void> {
  const { services, tenantId, counts, unnotified } = run;
  const { storage, clock, report } = services;
  const mailbox: MailboxAddress = { tenantId, mailboxId: task.mailboxId };
  await markAndRing(storage, clock, { ...mailbox, kind: appointmentKind.name, why: 'subscribed', asked: [], again: true, always: true });
  await storeSubscription(storage, tenantId, made);
  if (replaced !== null && replaced !== made.subscriptionId) await forgetSubscription(storage, tenantId, replaced);
  unnotified.delete(task.mailboxId);
  counts.subscribed += 1;
  report('subscribed', { tenant: tenantId, mailbox: task.mailboxId, kind: made.kind });
}

async function remove({ services, tenantId, graph, pace }: Run, subscriptionId: string, atGraph: boolean): Promise<void> {
  if (atGraph) {
    await pace();
    await graph.unsubscribe(subscriptionId);
  }
  await forgetSubscription(services.storage, tenantId, subscriptionId);
}

function reportFailure({ report }: SubscriptionServices, tenantId: string, mailboxId: string | null, failure: PortFailure): void {
  report('subscription.failed', { tenant: tenantId, mailbox: mailboxId, reason: failure.reason, code: failure.details.code ?? null });
}

interface UpkeepState {
  readonly listedAt: Instant;
  readonly removedAt: Instant;
}

async function readState(storage: Storage, tenantId: string): Promise<UpkeepState> {
  const rows = await storage.tables.pick(TABLES.tenantState, tenantId, [STATE, REMOVED]);
  mustKnow([...rows.values()]);
  const cells = rows.get(STATE)?.cells;
  return { listedAt: Number(cells?.['listedAt'] ?? 0), removedAt: Number(rows.get(REMOVED)?.cells['at'] ?? 0) };
}

/** Lets so many through per second, one by one. */
function pacer(clock: Clock, perSecond: number): () => Promise<void> {
  let free = Number.NEGATIVE_INFINITY;
  return async () => {
    const now = clock.monotonic();
    const turn = Math.max(now, free);
    free = turn + second / perSecond;
    if (turn > now) await clock.sleep(turn - now);
  };
}
