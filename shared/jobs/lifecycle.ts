import { z } from 'zod';
import { QUEUES, TABLES } from '../config/names.ts';
import { minute } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Clock, Report, RowChange, Storage } from '../sync/ports.ts';
import { encodeRow, isNewer, mustKnow, plainRow, readRow } from '../sync/rows.ts';
import { readClientState, type SubscriptionPurpose } from './client-state.ts';
import { markAndRing } from './marking.ts';
import { MESSAGE_VERSION, type TenantJob } from './messages.ts';
import type { StoredSubscription } from './subscriptions.ts';

/** graph.md 1.4; members we do not need are not read. */
const lifecycleSchema = z.object({
  clientState: z.unknown().optional(),
  subscriptionId: z.string().min(1).max(128).regex(/^[\w.-]+$/),
  lifecycleEvent: z.enum(['reauthorizationRequired', 'subscriptionRemoved', 'missed']),
});
type Told = z.output<typeof lifecycleSchema>['lifecycleEvent'];
const lifecycleBodySchema = z.object({ value: z.array(z.unknown()).max(10_000) });

export interface LifecycleServices {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly report: Report;
  readonly webhookSecret: string;
}

export interface LifecycleOutcome {
  readonly missed: number;
  readonly removed: number;
  readonly reauthorize: number;
  /** Not signed by us, or nothing we know: dropped, and the caller is not told. */
  readonly dropped: number;
}

const EVERY_MS = minute;
const TIME_TO_LIVE_MS = 5 * minute;
const ASKED = 'asked|subscriptions';
/** When a subscription was last told to be removed: the upkeep then reads Graph's own list, because one of its answers may have come before that and be stored after it. */
export const REMOVED = 'removed|subscriptions';

/**
 * What Graph says of subscriptions instead of changes: rows first, then marks and rings, then the job that mends them, so that it sees what was
 * told. Throws only when something could not be stored (Graph then sends again).
 */
export async function takeLifecycle(services: LifecycleServices, body: unknown, traceparent?: string): Promise<LifecycleOutcome> {
  const { storage, clock, report, webhookSecret } = services;
  const told = new Map<string, { purpose: SubscriptionPurpose; subscriptionId: string; event: Told }>();
  const parsedBody = lifecycleBodySchema.safeParse(body);
  let dropped = parsedBody.success ? 0 : 1;
  for (const item of parsedBody.data?.value ?? []) {
    const parsed = lifecycleSchema.safeParse(item);
    const purpose = parsed.success ? readClientState(parsed.data.clientState, webhookSecret) : null;
    if (!parsed.success || purpose === null) {
      dropped += 1;
      continue;
    }
    const { subscriptionId, lifecycleEvent: event } = parsed.data;
    told.set(`${purpose.tenantId}|${subscriptionId}|${event}`, { purpose, subscriptionId, event });
  }
  const all = [...told.values()];
  for (const { purpose, subscriptionId, event } of all) if (event !== 'missed') await noteInRow(storage, purpose, subscriptionId, event);
  const incomplete = new Map(all.filter(({ event }) => event !== 'reauthorizationRequired').map(({ purpose, event }) => [`${purpose.tenantId}|${purpose.mailboxId}|${purpose.kind}`, { purpose, event }]));
  const trace = traceparent === undefined ? {} : { traceparent };
  for (const { purpose, event } of incomplete.values()) await markAndRing(storage, clock, { ...purpose, why: event, asked: [], again: true, ...trace });
  const toMend = new Set(all.filter(({ event }) => event !== 'missed').map(({ purpose }) => purpose.tenantId));
  for (const tenantId of new Set(all.filter(({ event }) => event === 'subscriptionRemoved').map(({ purpose }) => purpose.tenantId))) {
    mustKnow(await storage.tables.get(TABLES.tenantState, tenantId, REMOVED));
    await storage.tables.transact(TABLES.tenantState, tenantId, [{ op: 'put', row: plainRow(REMOVED, { at: clock.now() }) }]);
  }
  for (const tenantId of toMend) await askForUpkeep(storage, clock, tenantId, traceparent);
  const count = (event: Told): number => all.filter((one) => one.event === event).length;
  const outcome = { missed: count('missed'), removed: count('subscriptionRemoved'), reauthorize: count('reauthorizationRequired'), dropped };
  report('lifecycle', { ...outcome });
  return outcome;
}

/**
 * A removed one loses its row, one to be reauthorized says so in its row. A row that is not there yet, or is another mailbox's, is left alone: the job finds out.
 * @throws NewerVersion where a newer version's row must say it: Graph then sends again, to a newer instance in the end
 */
async function noteInRow({ tables }: Storage, { tenantId, mailboxId }: SubscriptionPurpose, subscriptionId: string, event: Exclude<Told, 'missed'>): Promise<void> {
  const stored = await tables.get(TABLES.subscriptions, tenantId, subscriptionId);
  const known = stored === null ? null : readRow<StoredSubscription>(stored);
  if (stored === null || known?.mailboxId !== mailboxId) return;
  const { etag } = stored;
  const change: RowChange = event === 'subscriptionRemoved' ? { op: 'delete', rowKey: subscriptionId, etag } : { op: 'replace', row: encodeRow(subscriptionId, { ...known, renewNow: true }), etag };
  try {
    await tables.transact(TABLES.subscriptions, tenantId, [change]);
  } catch (failure) {
    // Renewed or replaced at this very moment: then the job knows better.
    if (!(failure instanceof PortFailure) || failure.reason !== 'conflict') throw failure;
  }
}

/**
 * Enqueues the tenant's upkeep at once, and at most once per minute: within that time one more is asked for at its end. It is left out only while
 * one is on its way that has not begun, so that no word comes too late for the last of them.
 */
async function askForUpkeep({ tables, queues }: Storage, clock: Clock, tenantId: string, traceparent?: string): Promise<void> {
  const row = await tables.get(TABLES.tenantState, tenantId, ASKED);
  const newer = row !== null && isNewer(row);
  const asked = newer ? 0 : Number(row?.cells['at'] ?? 0);
  const now = clock.now();
  if (asked > now) return;
  const at = Math.max(now, asked + EVERY_MS);
  const message: TenantJob = { v: MESSAGE_VERSION, tenantId, job: 'subscriptions', why: 'lifecycle', ...(traceparent === undefined ? {} : { traceparent }) };
  await queues.send(QUEUES.tenantJobs, JSON.stringify(message), { visibleAfterMs: at - now, timeToLiveMs: at - now + TIME_TO_LIVE_MS });
  if (!newer) await tables.transact(TABLES.tenantState, tenantId, [{ op: 'put', row: plainRow(ASKED, { at }) }]);
}
