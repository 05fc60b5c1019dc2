import { TABLES } from '../config/names.ts';
import type { TenantRules } from '../config/rules.ts';
import type { Instant } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Storage } from '../sync/ports.ts';
import { viewConsent, type ConsentState } from './consent.ts';
import { viewableMailboxes } from './directory.ts';
import type { Tenants } from './ports.ts';

/**
 * How far a tenant has come, from what is there: nothing is written to keep this in step. `stopped`: by an admin's rule, by itself, or for want of
 * rules; `leaving`: its off-boarding is under way; `gone`: it is over.
 */
export type TenantStatus = 'known' | 'consentAsked' | 'consented' | 'active' | 'stopped' | 'leaving' | 'gone';

export interface TenantView {
  readonly tenantId: string;
  readonly status: TenantStatus;
  readonly why: string | null;
  readonly since: Instant | null;
  readonly consent: ConsentState | 'never';
  readonly mailboxes: Readonly<Record<string, number>>;
  readonly leaving: Leaving | null;
  /** What is wrong with the rules that lie there, while the last good ones stay in force; null = nothing. */
  readonly rulesMistake: string | null;
}

/** Off-boarding as the tenant's row tells it. */
export interface Leaving {
  readonly since: Instant;
  /** Whether what we know of the tenant goes, too. */
  readonly state: 'keep' | 'remove';
  readonly step: 'subscriptions' | 'rows' | 'done';
  /** Subscriptions that are gone at Graph, and those that could not be removed there: they end by themselves within a week. */
  readonly removed: number;
  readonly left: number;
}

const ROW = 'tenant';

/** Cells of a row that all versions write; none of them is read as anything else by any. */
export async function readLeaving({ tables }: Pick<Storage, 'tables'>, tenantId: string): Promise<Leaving | null> {
  const cells = (await tables.get(TABLES.directory, tenantId, ROW))?.cells;
  const [since, state, step] = [cells?.['leave_since'], cells?.['leave_state'], cells?.['leave_step']];
  if (typeof since !== 'number' || (state !== 'keep' && state !== 'remove') || (step !== 'subscriptions' && step !== 'rows' && step !== 'done')) return null;
  return { since, state, step, removed: Number(cells?.['leave_removed'] ?? 0), left: Number(cells?.['leave_left'] ?? 0) };
}

/** What stops the tenant for every version that ever ran is the reason beside it. */
export async function writeLeaving({ tables }: Pick<Storage, 'tables'>, tenantId: string, { since, state, step, removed, left }: Leaving): Promise<void> {
  const reason = step === 'done' ? 'This tenant was let go.' : 'This tenant is being let go.';
  await tables.transact(TABLES.directory, tenantId, [{ op: 'merge', row: { rowKey: ROW, cells: { problem_stopped: reason, at_stopped: since, leave_since: since, leave_state: state, leave_step: step, leave_removed: removed, leave_left: left } } }]);
}

export async function viewTenants(services: { readonly storage: Storage; readonly tenants: Tenants }): Promise<{ readonly tenants: readonly TenantView[] }> {
  const views = await Promise.all((await services.tenants.list()).map((tenantId) => viewTenant(services, tenantId)));
  return { tenants: views.filter((view) => view !== null) };
}

/** Null for one that has no rules and was not let go: unknown. */
export async function viewTenant({ storage, tenants }: { readonly storage: Storage; readonly tenants: Tenants }, tenantId: string): Promise<TenantView | null> {
  const leaving = await readLeaving(storage, tenantId);
  if (leaving === null && !(await tenants.list()).includes(tenantId)) return null;
  const { state: consent, at: consentAt } = await viewConsent({ storage }, tenantId);
  const mailboxes: Record<string, number> = {};
  for (const { status } of await viewableMailboxes(storage.tables, tenantId)) mailboxes[status.state] = (mailboxes[status.state] ?? 0) + 1;
  const common = { tenantId, consent, mailboxes, leaving, rulesMistake: null };
  if (leaving !== null) return { ...common, status: leaving.step === 'done' ? 'gone' : 'leaving', why: leaving.state === 'remove' ? 'with all that is known of it' : 'what is known of it is kept', since: leaving.since };
  const cells = (await storage.tables.get(TABLES.directory, tenantId, ROW))?.cells ?? {};
  const rules = await rulesOrWhy(tenants, tenantId);
  const told = { ...common, rulesMistake: tenants.mistake(tenantId) };
  const reason = cells['problem_stopped'];
  if (typeof reason === 'string' && reason !== '') return { ...told, status: 'stopped', why: reason, since: Number(cells['at_stopped'] ?? 0) };
  if (typeof rules === 'string') return { ...told, status: 'stopped', why: rules, since: null };
  const joined = Object.keys(mailboxes).length > 0;
  if (joined) return rules.enabled ? { ...told, status: 'active', why: null, since: null } : { ...told, status: 'stopped', why: 'Its rules say "enabled": false.', since: null };
  if (consent === 'granted') return { ...told, status: 'consented', why: null, since: consentAt };
  const asked = Number(cells['consent_asked'] ?? 0);
  return asked > 0 ? { ...told, status: 'consentAsked', why: null, since: asked } : { ...told, status: 'known', why: null, since: null };
}

async function rulesOrWhy(tenants: Tenants, tenantId: string): Promise<TenantRules | string> {
  try {
    return await tenants.rules(tenantId);
  } catch (failure) {
    if (!(failure instanceof PortFailure)) throw failure;
    return failure.message;
  }
}
