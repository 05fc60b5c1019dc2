import { ROUTES, TABLES } from '../config/names.ts';
import type { TenantRules } from '../config/rules.ts';
import { PortFailure } from '../sync/failures.ts';
import { appointmentKind } from '../sync/kinds/appointment.ts';
import type { Clock, Report, Storage } from '../sync/ports.ts';
import { decodeRow, encodeRow } from '../sync/rows.ts';
import { makeClientState } from './client-state.ts';
import { readMailboxes, writeMailbox, type DirectoryMailbox } from './directory.ts';
import { withCrmMaster } from './job-lease.ts';
import { markAndRing } from './marking.ts';
import type { CrmTenant, GraphTenant, Rep } from './ports.ts';

/** Outlook subscriptions live under seven days (graph.md 1.2); the expiry that Graph answers is what counts. */
const SUBSCRIPTION_MS = 6.5 * 86_400_000;

export interface UsersServices {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly report: Report;
  readonly webhookSecret: string;
  /** Where Graph reaches our webhooks, without a trailing slash. */
  readonly publicBaseUrl: string;
}

export interface UsersOutcome {
  readonly state: 'done' | 'busy';
  readonly enabledReps: number;
  readonly joined: number;
  readonly subscribed: number;
  /** Reps whose address no Entra user has. */
  readonly unknown: number;
  /** Reps whose mailbox could not be opened or subscribed: tried again at the next run. */
  readonly failed: number;
}

interface StoredSubscription {
  readonly subscriptionId: string;
  readonly mailboxId: string;
  readonly kind: string;
  readonly expiresAt: number;
}

/** Reps with the connector setting become directory rows with one subscription each; a new subscription is followed by a delta round. */
export async function syncUsers(services: UsersServices, rules: TenantRules, graph: GraphTenant, crm: CrmTenant): Promise<UsersOutcome> {
  const { storage, clock } = services;
  const { tenantId } = rules;
  const reps = await withCrmMaster(storage.tables, clock, tenantId, rules.crm.maxRunSeconds * 1_000, () => enabledReps(rules, crm));
  if (reps === 'busy') return { state: 'busy', enabledReps: 0, joined: 0, subscribed: 0, unknown: 0, failed: 0 };
  const known = new Map((await readMailboxes(storage.tables, tenantId)).map(({ mailbox }) => [mailbox.rep, mailbox]));
  const subscribed = await readSubscriptions(storage, tenantId);
  const counts = { joined: 0, subscribed: 0, unknown: 0, failed: 0 };
  for (const rep of reps) {
    try {
      await bringIn(services, rules, graph, rep, known.get(rep.seqNo) ?? null, subscribed, counts);
    } catch (failure) {
      if (!(failure instanceof PortFailure) || !ONE_MAILBOX.has(failure.reason)) throw failure;
      counts.failed += 1;
      services.report('job.failed', { tenant: tenantId, job: 'users', port: failure.port, reason: failure.reason, code: failure.details.code ?? null });
    }
  }
  const outcome: UsersOutcome = { state: 'done', enabledReps: reps.length, ...counts };
  services.report('users', { tenant: tenantId, ...outcome });
  return outcome;
}

/** What concerns one mailbox alone: the others are brought in all the same. */
const ONE_MAILBOX: ReadonlySet<string> = new Set(['permission', 'mailboxUnavailable', 'notFound', 'recordRejected', 'conflict']);

async function bringIn(
  services: UsersServices,
  rules: TenantRules,
  graph: GraphTenant,
  rep: Rep,
  known: DirectoryMailbox | null,
  subscribed: ReadonlyMap<string, StoredSubscription>,
  counts: { joined: number; subscribed: number; unknown: number },
): Promise<void> {
  const { storage, clock } = services;
  const isNew = known === null || known.repEmail !== rep.email;
  const mailbox = isNew ? await findMailbox(rules, graph, rep, clock) : known;
  if (mailbox === null) {
    counts.unknown += 1;
    return;
  }
  if (isNew) {
    await writeMailbox(storage.tables, mailbox);
    counts.joined += 1;
  }
  const hasSubscription = subscribed.has(mailbox.mailboxId);
  if (!hasSubscription) {
    await subscribe(services, graph, mailbox);
    counts.subscribed += 1;
  }
  if (isNew || !hasSubscription) await markAndRing(storage, clock, { tenantId: rules.tenantId, mailboxId: mailbox.mailboxId, kind: appointmentKind.name, why: 'joined', asked: [], always: true });
}

async function enabledReps(rules: TenantRules, crm: CrmTenant): Promise<Rep[]> {
  const enabled: Rep[] = [];
  for await (const page of crm.reps()) enabled.push(...page.filter((rep) => isEnabled(rules, rep)));
  return enabled;
}

/** connector-se.md 1.3: the connector setting and at least one item type; employees only, in the mail domains of the rules. */
function isEnabled(rules: TenantRules, rep: Rep): boolean {
  const domain = rep.email.slice(rep.email.lastIndexOf('@') + 1);
  const inDomain = rules.users.mailDomains.length === 0 || rules.users.mailDomains.includes(domain);
  return rep.active && rep.type === 0 && rep.connectorEnabled && rep.syncAppointments && rep.email.includes('@') && inDomain;
}

async function findMailbox(rules: TenantRules, graph: GraphTenant, rep: Rep, clock: Clock): Promise<DirectoryMailbox | null> {
  const user = await graph.findUser(rep.email);
  if (user === null || user.purpose === 'room' || user.purpose === 'equipment') return null;
  return { tenantId: rules.tenantId, mailboxId: user.id.toLowerCase(), addresses: user.addresses, rep: rep.seqNo, repEmail: rep.email, joinedAt: clock.now() };
}

async function readSubscriptions(storage: Storage, tenantId: string): Promise<Map<string, StoredSubscription>> {
  const { rows } = await storage.tables.range(TABLES.subscriptions, tenantId);
  const found = new Map<string, StoredSubscription>();
  for (const row of rows) {
    const value = decodeRow<StoredSubscription>(row);
    if (value !== null) found.set(value.mailboxId, value);
  }
  return found;
}

async function subscribe({ storage, clock, report, webhookSecret, publicBaseUrl }: UsersServices, graph: GraphTenant, mailbox: DirectoryMailbox): Promise<void> {
  const kind = appointmentKind.name;
  const { tenantId, mailboxId } = mailbox;
  const created = await graph.subscribe({
    mailboxId,
    kind,
    clientState: makeClientState({ tenantId, mailboxId, kind }, webhookSecret),
    notificationUrl: `${publicBaseUrl}/api/${ROUTES.notifications}`,
    lifecycleUrl: `${publicBaseUrl}/api/${ROUTES.lifecycle}`,
    expiresAt: clock.now() + SUBSCRIPTION_MS,
  });
  const value: StoredSubscription = { subscriptionId: created.id, mailboxId, kind, expiresAt: created.expiresAt };
  await storage.tables.transact(TABLES.subscriptions, tenantId, [{ op: 'put', row: encodeRow(created.id, value) }]);
  report('subscribed', { tenant: tenantId, mailbox: mailboxId, kind });
}
