import { TABLES } from '../config/names.ts';
import type { TenantRules } from '../config/rules.ts';
import type { Instant } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import { appointmentKind } from '../sync/kinds/appointment.ts';
import type { Clock, Report, Storage, Tables } from '../sync/ports.ts';
import { mayBeTouched, readMailboxes } from './directory.ts';
import { markAndRing } from './marking.ts';
import { forgetNewest } from './newest-stamp.ts';
import { readLeaving } from './tenant-record.ts';
import { ifAsRead, isNewer, mustKnow, plainRow } from '../sync/rows.ts';

/** How long a worker goes by what it read: a stop counts everywhere within this time. */
const FRESH_MS = 15_000;
const TENANT_ROW = 'tenant';

/** Whether a tenant was stopped, in one sentence; null while it works. */
export interface Stops {
  of(tenantId: string): Promise<string | null>;
}

/** What this process knows of stopped tenants, read again after a quarter of a minute. */
export function knownStops(tables: Tables, clock: Clock): Stops {
  const known = new Map<string, { reason: string | null; at: Instant }>();
  return {
    async of(tenantId) {
      const read = known.get(tenantId);
      if (read !== undefined && clock.now() - read.at < FRESH_MS) return read.reason;
      const row = await tables.get(TABLES.directory, tenantId, TENANT_ROW);
      const reason = row?.cells['problem_stopped'];
      const stopped = typeof reason === 'string' && reason !== '' ? reason : null;
      known.set(tenantId, { reason: stopped, at: clock.now() });
      return stopped;
    },
  };
}

/** Inform and stop, as the predecessor promised (scope G5): the tenant rests, with the reason where ops see it, until an admin resumes it. */
export async function stopTenant({ storage, clock, report }: { storage: Storage; clock: Clock; report: Report }, tenantId: string, cause: 'errors' | 'login' | 'restored', reason: string): Promise<void> {
  await storage.tables.transact(TABLES.directory, tenantId, [{ op: 'merge', row: { rowKey: TENANT_ROW, cells: { problem_stopped: reason, at_stopped: clock.now() } } }]);
  report('tenant.stopped', { tenant: tenantId, cause });
}

/**
 * An admin's word: the tenant goes on, and every mailbox of it is visited.
 * @throws NewerVersion, before anything is done, where a newer instance must be told
 */
export async function resumeTenant({ storage, clock, report }: { storage: Storage; clock: Clock; report: Report }, tenantId: string): Promise<{ state: 'resumed'; mailboxes: number } | { state: 'leaving' }> {
  // Whoever was let go and comes back begins anew, and not by a slip of the hand.
  if ((await readLeaving(storage, tenantId)) !== null) return { state: 'leaving' };
  const entries = await readMailboxes(storage.tables, tenantId);
  mustKnow(await storage.tables.get(TABLES.tenantState, tenantId, ERRORS_ROW));
  await storage.tables.transact(TABLES.tenantState, tenantId, [{ op: 'put', row: plainRow(ERRORS_ROW, { since: clock.now(), count: 0 }) }]);
  await forgetNewest(storage.tables, tenantId, appointmentKind.infoArea);
  await storage.tables.transact(TABLES.directory, tenantId, [{ op: 'merge', row: { rowKey: TENANT_ROW, cells: { problem_stopped: '', at_stopped: clock.now() } } }]);
  let mailboxes = 0;
  for (const { mailbox } of entries) {
    if (!mayBeTouched(mailbox)) continue;
    await markAndRing(storage, clock, { tenantId, mailboxId: mailbox.mailboxId, kind: appointmentKind.name, why: 'resumed', asked: [], always: true });
    mailboxes += 1;
  }
  report('tenant.resumed', { tenant: tenantId, mailboxes });
  return { state: 'resumed', mailboxes };
}

const ERRORS_ROW = 'errors';
const COUNT_TRIES = 3;

/** Adds errors of the CRM to the running window; too many of them stop the tenant. A count that is lost to a race of workers, or to a newer version's row, does no harm. */
export async function countErrors(services: { storage: Storage; clock: Clock; report: Report }, rules: TenantRules, errors: number): Promise<void> {
  const { errors: limit, windowMinutes } = rules.stopOnErrors;
  if (errors === 0 || limit === 0) return;
  const { tables } = services.storage;
  for (let attempt = 0; attempt < COUNT_TRIES; attempt += 1) {
    const row = await tables.get(TABLES.tenantState, rules.tenantId, ERRORS_ROW);
    if (row !== null && isNewer(row)) return;
    const now = services.clock.now();
    const since = Number(row?.cells['since'] ?? 0);
    const running = row !== null && now - since < windowMinutes * 60_000;
    const count = (running ? Number(row.cells['count'] ?? 0) : 0) + errors;
    const next = plainRow(ERRORS_ROW, { since: running ? since : now, count });
    try {
      await tables.transact(TABLES.tenantState, rules.tenantId, [ifAsRead(next, row?.etag)]);
    } catch (failure) {
      if (failure instanceof PortFailure && failure.reason === 'conflict') continue;
      throw failure;
    }
    if (count >= limit) await stopTenant(services, rules.tenantId, 'errors', `The CRM answered ${count} errors within ${windowMinutes} minutes: synchronization is stopped until an admin resumes it (POST /api/admin/jobs/resume?tenantId=…).`);
    return;
  }
}

const LOGIN_ROW = 'crmLogin';
const LOGIN_LOCK_MS = 2 * 3_600_000;

/**
 * A login that is refused after it once worked is passing trouble for two hours (CRM systems lock logins daily), then the tenant stops. One that never
 * worked is a wrong setting: told in the state, tried again at every tick, nothing to stop.
 */
export async function judgeLogin(services: { storage: Storage; clock: Clock; report: Report }, tenantId: string, refused: boolean): Promise<void> {
  const { tables } = services.storage;
  const row = await tables.get(TABLES.tenantState, tenantId, LOGIN_ROW);
  if (row !== null && isNewer(row)) return;
  const since = Number(row?.cells['refusedSince'] ?? 0);
  const worked = row?.cells['worked'] === true;
  const now = services.clock.now();
  if (refused ? worked && since === 0 : !worked || since !== 0) {
    await tables.transact(TABLES.tenantState, tenantId, [{ op: 'put', row: plainRow(LOGIN_ROW, { worked: worked || !refused, refusedSince: refused ? now : 0 }) }]);
  }
  if (refused && worked && since !== 0 && now - since >= LOGIN_LOCK_MS) {
    await stopTenant(services, tenantId, 'login', 'The CRM has refused the login for two hours: check the user and the password setting that the rules name, then resume the tenant (POST /api/admin/jobs/resume?tenantId=…).');
  }
}
