import { ROUTES, TABLES } from '../config/names.ts';
import { neededPermissions } from '../config/permissions.ts';
import type { TenantRules } from '../config/rules.ts';
import type { Instant } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Clock, Random, Report, Storage } from '../sync/ports.ts';
import { mustKnow, plainRow } from '../sync/rows.ts';
import { INVITATION_LIFE, makeInvitation, makeState, readInvitation, readState } from './consent-tickets.ts';
import { permissionsOf } from './permissions.ts';
import type { GraphConsent, GraphSignIn, Tenants } from './ports.ts';

export interface ConsentServices {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
  readonly report: Report;
  readonly tenants: Tenants;
  readonly graph: (rules: TenantRules) => GraphSignIn & GraphConsent;
  readonly webhookSecret: () => string;
  readonly publicBaseUrl: () => string;
}

export interface Invited {
  /** For the tenant's admin; whoever has it can begin, and nothing else. */
  readonly link: string;
  readonly expiresAt: Instant;
  /** What the tenant's rules need. */
  readonly permissions: readonly string[];
}

/** How the last consent of a tenant went. `unproven`: it was given, but no token could be had. */
export type ConsentState = 'granted' | 'incomplete' | 'unproven' | 'refused';

export interface ConsentView {
  readonly state: ConsentState | 'never';
  readonly at: Instant | null;
  /** Names of permissions that were not granted. */
  readonly missing: readonly string[];
  /** Entra's word for a refusal, or the code of a failure. */
  readonly code: string | null;
}

/** What Entra sends the browser back with, and the browser's own cookie. */
export interface Returned {
  readonly state: string;
  readonly cookie: string;
  readonly tenant: string | null;
  readonly adminConsent: string | null;
  readonly error: string | null;
}

export type Finished = { readonly tenantId: string; readonly view: ConsentView } | 'notOurs' | 'otherTenant';

const ROW = 'consent';
const STATES: readonly ConsentState[] = ['granted', 'incomplete', 'unproven', 'refused'];

/** A link for the tenant's admin; null for a tenant that is not on our list. PortFailure 'configuration' where no consent is needed or a setting is missing. */
export async function inviteToConsent(services: ConsentServices, tenantId: string): Promise<Invited | null> {
  const { tenants, clock } = services;
  if (!(await tenants.list()).includes(tenantId)) return null;
  const rules = await tenants.rules(tenantId);
  // Whether he could be sent on is told now, to the one who can mend it.
  services.graph(rules).consentAddress({ redirectUri: callbackOf(services), state: '' });
  const now = clock.now();
  const link = `${services.publicBaseUrl()}/api/${ROUTES.consentStart}?invitation=${encodeURIComponent(makeInvitation(tenantId, now, services.webhookSecret()))}`;
  await services.storage.tables.transact(TABLES.directory, tenantId, [{ op: 'merge', row: { rowKey: 'tenant', cells: { consent_asked: now } } }]);
  return { link, expiresAt: now + INVITATION_LIFE, permissions: neededPermissions(rules).filter(({ onMailboxes }) => rules.graph.mailboxAccess === 'entra' || !onMailboxes).map(({ name }) => name) };
}

/** Where the browser goes, and what it has to bring back; null for an invitation that is not ours, has run out, or invites a tenant that left the list. */
export async function beginConsent(services: ConsentServices, invitation: string): Promise<{ readonly address: string; readonly cookie: string } | null> {
  const { tenants, clock, random } = services;
  const secret = services.webhookSecret();
  const tenantId = readInvitation(invitation, clock.now(), secret);
  if (tenantId === null || !(await tenants.list()).includes(tenantId)) return null;
  const cookie = [random(), random(), random()].map((part) => Math.floor(part * 2 ** 47).toString(36)).join('-');
  const state = makeState(tenantId, cookie, clock.now(), secret);
  return { address: services.graph(await tenants.rules(tenantId)).consentAddress({ redirectUri: callbackOf(services), state }), cookie };
}

/**
 * What Entra sends back is unsigned: it counts only from the browser that we sent, in time, and for the tenant that was asked. Whether the tenant
 * really granted something is told by a token alone.
 */
export async function finishConsent(services: ConsentServices, returned: Returned): Promise<Finished> {
  const { tenants, clock, storage, report } = services;
  const tenantId = readState(returned.state, returned.cookie, clock.now(), services.webhookSecret());
  if (tenantId === null || !(await tenants.list()).includes(tenantId)) return 'notOurs';
  if (returned.tenant !== null && returned.tenant.toLowerCase() !== tenantId) {
    report('consent', { tenant: tenantId, state: 'otherTenant', code: null });
    return 'otherTenant';
  }
  const view = await judged(services, tenantId, returned);
  mustKnow(await storage.tables.get(TABLES.tenantState, tenantId, ROW));
  await storage.tables.transact(TABLES.tenantState, tenantId, [{ op: 'put', row: plainRow(ROW, { state: view.state, at: clock.now(), missing: view.missing.join(' '), code: view.code ?? '' }) }]);
  report('consent', { tenant: tenantId, state: view.state, code: view.code });
  return { tenantId, view };
}

async function judged({ tenants, graph, clock }: ConsentServices, tenantId: string, { tenant, adminConsent, error }: Returned): Promise<ConsentView> {
  const at = clock.now();
  if (error !== null || adminConsent?.toLowerCase() !== 'true' || tenant === null) {
    return { state: 'refused', at, missing: [], code: error !== null && /^[a-z_]{1,64}$/.test(error) ? error : null };
  }
  try {
    const rules = await tenants.rules(tenantId);
    const compared = await permissionsOf(graph(rules), rules);
    const missing = compared === null ? [] : [...compared.missing, ...compared.lesser.map(({ permission }) => permission)].map(({ name }) => name);
    return { state: missing.length === 0 ? 'granted' : 'incomplete', at, missing, code: null };
  } catch (failure) {
    if (!(failure instanceof PortFailure) || failure.port !== 'graph') throw failure;
    return { state: 'unproven', at, missing: [], code: failure.details.code ?? failure.reason };
  }
}

/** @throws NewerVersion */
export async function viewConsent({ storage }: Pick<ConsentServices, 'storage'>, tenantId: string): Promise<ConsentView> {
  const row = await storage.tables.get(TABLES.tenantState, tenantId, ROW);
  mustKnow(row);
  const state = STATES.find((candidate) => candidate === row?.cells['state']);
  if (row === null || state === undefined) return { state: 'never', at: null, missing: [], code: null };
  const { at, missing, code } = row.cells;
  return { state, at: Number(at), missing: String(missing).split(' ').filter((name) => name !== ''), code: code === '' ? null : String(code) };
}

function callbackOf({ publicBaseUrl }: ConsentServices): string {
  return `${publicBaseUrl()}/api/${ROUTES.consentCallback}`;
}
