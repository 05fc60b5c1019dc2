import { TABLES } from '../config/names.ts';
import type { Instant } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Clock, Tables } from '../sync/ports.ts';
import { storageMargin } from '../sync/lease.ts';
import { ifAsRead, mustKnow, plainRow } from '../sync/rows.ts';

const JOB_LEASE_MS = 10 * 60_000;
/** A refused login is not tried again at every tick: that alone may lock it. */
const LOGIN_PAUSE_MS = 2 * 60_000;

/**
 * Tenant jobs use the CRM as its master user, one request at a time: this lease is held by one of them at once. A job that lost an answer leaves
 * word until when its request may still run; one that died keeps the others out until the lease runs out by the storage's clock.
 * @throws NewerVersion once a newer version has held it: from then on the tenant's jobs are newer workers' alone
 */
export async function withCrmMaster<T>(tables: Tables, clock: Clock, tenantId: string, maxRunMs: number, job: () => Promise<T>): Promise<T | 'busy'> {
  const rowKey = 'lease|crmMaster';
  const asked = clock.now();
  const { rows, date } = await tables.range(TABLES.tenantState, tenantId, { from: rowKey, to: `${rowKey}~` });
  const answered = clock.now();
  const [row] = rows;
  mustKnow(row);
  const held = row !== undefined && row.cells['held'] === true && date - row.timestamp < JOB_LEASE_MS + maxRunMs;
  if (held || (row !== undefined && Number(row.cells['notBefore'] ?? 0) > date)) return 'busy';
  const taken = plainRow(rowKey, { held: true, notBefore: 0 });
  const change = ifAsRead(taken, row?.etag);
  let etag: string | null;
  try {
    [etag = null] = await tables.transact(TABLES.tenantState, tenantId, [change]);
  } catch (failure) {
    if (failure instanceof PortFailure && failure.reason === 'conflict') return 'busy';
    throw failure;
  }
  let notBefore: Instant = 0;
  try {
    return await job();
  } catch (failure) {
    const until = quietUntil(failure, clock.now(), maxRunMs);
    // Told in the storage's time: whoever comes next may have another clock.
    notBefore = until === 0 ? 0 : until + storageMargin(asked, answered, date);
    throw failure;
  } finally {
    const free = plainRow(rowKey, { held: false, notBefore });
    await tables.transact(TABLES.tenantState, tenantId, [{ op: 'replace', row: free, ...(etag === null ? {} : { etag }) }]).catch(() => undefined);
  }
}

/** Until when the CRM must not be asked as the master user after this failure. */
function quietUntil(failure: unknown, now: Instant, maxRunMs: number): Instant {
  if (!(failure instanceof PortFailure) || failure.port !== 'crm') return 0;
  if (failure.details.sentAt !== undefined && failure.reason === 'transient') return failure.details.sentAt + maxRunMs;
  return failure.details.code === '401' ? now + LOGIN_PAUSE_MS : 0;
}
