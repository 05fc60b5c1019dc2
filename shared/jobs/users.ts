import { COLLECTED_MAILBOXES, parseCollectedMailboxes } from '../config/collected-mailboxes.ts';
import { unknownOverrides } from '../config/personal-rules.ts';
import type { TenantRules } from '../config/rules.ts';
import { minute, type Instant } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Clock, Report, Storage } from '../sync/ports.ts';
import { readMailboxes, type DirectoryEntry } from './directory.ts';
import { forgetResolvedReps, readResolvedReps } from './directory-reps.ts';
import { withCrmMaster } from './job-lease.ts';
import type { CrmTenant, GraphTenant, Rep, Tenants } from './ports.ts';
import { applyChanges, type Applied } from './users-apply.ts';
import { userList } from './users-list.ts';
import { planUsers } from './users-plan.ts';
import { lookUp } from './users-resolve.ts';

export interface UsersServices {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly report: Report;
  readonly tenants: Pick<Tenants, 'companion'>;
  readonly webhookSecret: string;
  /** Where Graph reaches our webhooks, without a trailing slash. */
  readonly publicBaseUrl: string;
}

export interface UsersOutcome extends Applied {
  readonly state: 'done' | 'busy';
  /** Reps that are on the list: enabled in the CRM, and named in CollectedMailboxes.xml where there is one. */
  readonly enabledReps: number;
  /** Reps on the list who have no mailbox that could be synchronized: nobody has their address, or it is a room. */
  readonly unknown: number;
  /** Reps on the list who are parked because two lay claim to one address, or to one mailbox. */
  readonly held: number;
}

/** A run ends in good order after this long; what is left waits for the next. */
const RUN_MS = 4 * minute;
/** Within the lease of the CRM's master user (job-lease.ts), with room for the request that is being answered. */
const READ_REPS_MS = 7 * minute;

/**
 * Brings the directory in line with the list: the rep table, narrowed by the rules and by CollectedMailboxes.xml. Only new and changed reps are
 * looked up, `users.newPerRun` of them per run; whoever leaves the list is parked after a last pass.
 */
export async function syncUsers(services: UsersServices, rules: TenantRules, graph: GraphTenant, crm: CrmTenant): Promise<UsersOutcome> {
  const { storage, clock } = services;
  const { tables } = storage;
  const { tenantId } = rules;
  const reps = await withCrmMaster(tables, clock, tenantId, rules.crm.maxRunSeconds * 1_000, () => readReps(crm, clock));
  if (reps === 'busy') return { state: 'busy', enabledReps: 0, joined: 0, left: 0, parked: 0, subscribed: 0, unknown: 0, held: 0, failed: 0, waiting: 0 };
  const entries = await readMailboxes(tables, tenantId);
  const active = new Set(entries.flatMap(({ mailbox }) => (mailbox.membership.state === 'active' ? [mailbox.rep] : [])));
  if (reps.length === 0 && active.size > 0 && rules.users.conditions.length === 0) {
    throw new PortFailure('crm', 'configuration', 'The CRM shows no rep at all: check the rights of crm.user. Until it does, everybody stays on the user list.');
  }
  const filter = await readFilter(services, tenantId, active);
  const list = userList(reps, rules.users, filter.isListed);

  const started = clock.monotonic();
  const isOver = (): boolean => clock.monotonic() - started >= RUN_MS;
  const known = await readResolvedReps(tables, tenantId);
  const { resolved, waiting, failure } = await lookUp({ tables, clock, tenantId, graph, people: new Set(entries.map(({ mailbox }) => mailbox.mailboxId.toLowerCase())), unreachable: unreachableIn(entries, clock.now()), atMost: rules.users.newPerRun, isOver }, list.wanted, known);
  const plan = planUsers({ tenantId, list, resolved, unasked: waiting, entries, now: clock.now() });
  const applied = await applyChanges({ ...services, graph, atMost: rules.users.newPerRun, isOver, graphFailure: failure }, tenantId, plan.changes);
  await forgetOthers(services, tenantId, [...known.keys()], list.wanted);

  const { counts } = applied;
  const outcome: UsersOutcome = { state: 'done', enabledReps: list.wanted.length + list.held.size, unknown: plan.unknown, held: plan.held, ...counts, waiting: counts.waiting + plan.waiting + waiting.length };
  services.report('users', { tenant: tenantId, ...outcome });
  const problem = filter.problem ?? applied.graphFailure ?? (await overridesForNobody(tables, rules));
  if (problem !== null) throw problem;
  return outcome;
}

/** On the list, and set aside by their last pass (design 8), or because their subscription was refused. */
function unreachableIn(entries: readonly DirectoryEntry[], now: Instant): ReadonlySet<string> {
  const isUnreachable = ({ mailbox, status }: DirectoryEntry): boolean => mailbox.membership.state === 'active' && (status.state === 'parked' || mailbox.subscribeAfter > now);
  return new Set(entries.filter(isUnreachable).map(({ mailbox }) => mailbox.mailboxId.toLowerCase()));
}

/** Rules for somebody who is not there change nothing: told, because it may be a slip of the pen. Everything else was done. */
async function overridesForNobody(tables: Storage['tables'], rules: TenantRules): Promise<PortFailure | null> {
  if (rules.users.overrides.length === 0) return null;
  const unknown = unknownOverrides(rules, (await readMailboxes(tables, rules.tenantId)).map(({ mailbox }) => mailbox));
  if (unknown.length === 0) return null;
  const where = unknown.slice(0, 5).map((index) => `users.overrides[${index}]`).join(', ');
  return new PortFailure('state', 'configuration', `The rules name users who were never synchronized (${where}${unknown.length > 5 ? ` and ${unknown.length - 5} more` : ''}): correct their address or rep, or remove them. Everybody else is worked as usual.`);
}

async function readReps(crm: CrmTenant, clock: Clock): Promise<Rep[]> {
  const started = clock.monotonic();
  const reps: Rep[] = [];
  for await (const page of crm.reps()) {
    if (clock.monotonic() - started >= READ_REPS_MS) throw new PortFailure('crm', 'transient', 'The CRM answers the rep table too slowly: raise crm.pageSize, or look at its load. The user list stays as it is.');
    reps.push(...page.filter(({ seqNo }) => seqNo > 0));
  }
  return reps;
}

interface Filter {
  readonly isListed: (rep: Rep) => boolean;
  readonly problem: PortFailure | null;
}

/** With a file that cannot be used, what the last good one decided stays in force: nobody comes, and nobody goes because of it. */
async function readFilter({ tenants }: UsersServices, tenantId: string, active: ReadonlySet<number>): Promise<Filter> {
  const text = await tenants.companion(tenantId, COLLECTED_MAILBOXES);
  if (text === null) return { isListed: () => true, problem: null };
  const file = parseCollectedMailboxes(text);
  if ('addresses' in file) return { isListed: ({ email }) => file.addresses.has(email), problem: null };
  const problem = new PortFailure('state', 'configuration', `The file ${tenantId}.${COLLECTED_MAILBOXES} ${file.mistake}. Until then the user list takes in nobody new.`);
  return { isListed: ({ seqNo }) => active.has(seqNo), problem };
}

/** Answers for reps that are on the list no more are worth nothing. */
async function forgetOthers({ storage, report }: UsersServices, tenantId: string, known: readonly number[], wanted: readonly Rep[]): Promise<void> {
  const still = new Set(wanted.map(({ seqNo }) => seqNo));
  try {
    await forgetResolvedReps(storage.tables, tenantId, known.filter((seqNo) => !still.has(seqNo)));
  } catch (failure) {
    // Another run forgets the same ones: what it left goes with the next.
    if (!(failure instanceof PortFailure) || (failure.reason !== 'conflict' && failure.reason !== 'notFound')) throw failure;
    report('job.failed', { tenant: tenantId, job: 'users', port: failure.port, reason: failure.reason, code: failure.details.code ?? null });
  }
}

