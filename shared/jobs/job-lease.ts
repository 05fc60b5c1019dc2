import { TABLES } from '../config/names.ts';
import type { Instant } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Clock, Tables } from '../sync/ports.ts';
import { storageMargin } from '../sync/lease.ts';
import { ifAsRead, mustKnow, plainRow } from '../sync/rows.ts';

const JOB_LEASE_MS = 10 * 60_000;
/** A refused login is not tried again at every tick: that alone may lock it. */
const LOGIN_PAUSE_MS = 2 * 60_000;

/** A job that only one worker may be at, for one tenant. */
export interface SoleJob {
  readonly tenantId: string;
  readonly name: 'crmMaster' | 'subscriptions';
  /** From one that died the others keep away so long. */
  readonly holdMs: number;
}

/** How a job ended. */
export type End<T> = { readonly result: T } | { readonly failure: unknown };

/**
 * Does the job if no other worker is at it, and if none left word to wait: `quiet` says until when (by this worker's clock; 0 for no wait) nobody shall begin
 * after this end. One that died keeps the others out until the lease runs out by the storage's clock.
 * @throws NewerVersion once a newer version has held it: from then on the tenant's jobs are newer workers' alone
 */
export async function withJobLease<T>(tables: Tables, clock: Clock, { tenantId, name, holdMs }: SoleJob, job: () => Promise<T>, quiet: (end: End<T>) => Instant): Promise<T | 'busy' | 'early'> {
  const rowKey = `lease|${name}`;
  const asked = clock.now();
  const { rows, date } = await tables.range(TABLES.tenantState, tenantId, { from: rowKey, to: `${rowKey}~` });
  const answered = clock.now();
  const [row] = rows;
  mustKnow(row);
  if (row !== undefined && row.cells['held'] === true && date - row.timestamp < holdMs) return 'busy';
  if (row !== undefined && Number(row.cells['notBefore'] ?? 0) > date) return 'early';
  const taken = plainRow(rowKey, { held: true, notBefore: 0 });
  const change = ifAsRead(taken, row?.etag);
  let etag: string | null;
  try {
    [etag = null] = await tables.transact(TABLES.tenantState, tenantId, [change]);
  } catch (failure) {
    if (failure instanceof PortFailure && failure.reason === 'conflict') return 'busy';
    throw failure;
  }
  let until: Instant = 0;
  try {
    const result = await job();
    until = quiet({ result });
    return result;
  } catch (failure) {
    until = quiet({ failure });
    throw failure;
  } finally {
    // Told in the storage's time: whoever comes next may have another clock.
    const free = plainRow(rowKey, { held: false, notBefore: until === 0 ? 0 : until + storageMargin(asked, answered, date) });
    await tables.transact(TABLES.tenantState, tenantId, [{ op: 'replace', row: free, ...(etag === null ? {} : { etag }) }]).catch(() => undefined);
  }
}

/**
 * Tenant jobs use the CRM as its master user, one request at a time: this lease is held by one of them at once. A job that lost an answer leaves
 * word until when its request may still run.
 */
export async function withCrmMaster<T>(tables: Tables, clock: Clock, tenantId: string, maxRunMs: number, job: () => Promise<T>): Promise<T | 'busy'> {
  const done = await withJobLease(tables, clock, { tenantId, name: 'crmMaster', holdMs: JOB_LEASE_MS + maxRunMs }, job, (end) => ('failure' in end ? quietUntil(end.failure, clock.now(), maxRunMs) : 0));
  return done === 'early' ? 'busy' : done;
}

/** Until when the CRM must not be asked as the master user after this failure. */
function quietUntil(failure: unknown, now: Instant, maxRunMs: number): Instant {
  if (!(failure instanceof PortFailure) || failure.port !== 'crm') return 0;
  if (failure.details.sentAt !== undefined && failure.reason === 'transient') return failure.details.sentAt + maxRunMs;
  return failure.details.code === '401' ? now + LOGIN_PAUSE_MS : 0;
}
