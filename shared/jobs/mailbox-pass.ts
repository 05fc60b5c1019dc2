import { mappedFields } from '../config/field-rules.ts';
import { intakeOf, rulesFor } from '../config/personal-rules.ts';
import type { TenantRules } from '../config/rules.ts';
import { fingerprint, FORMER, NORMALISER_VERSION } from '../model/content.ts';
import type { Instant } from '../model/time/instant.ts';
import { whenNewerComes, writeDue } from '../sync/due.ts';
import { NewerVersion, PortFailure } from '../sync/failures.ts';
import { appointmentKindFor } from '../sync/kinds/appointment.ts';
import { runPass, type PassResult } from '../sync/pass.ts';
import type { PlanRules } from '../sync/plan.ts';
import type { Clock, Random, Report, Sides, Storage } from '../sync/ports.ts';
import { colleaguesOf } from './colleagues.ts';
import { crmSlots } from './crm-slots.ts';
import { mayBeTouched, parkAfterLastPass, readMailbox, writeStatus, type MailboxStatus } from './directory.ts';
import { ring } from './marking.ts';
import type { Ring } from './messages.ts';
import type { Tenants } from './ports.ts';
import { readLeaving } from './tenant-record.ts';
import { NO_RULES } from './tenants.ts';
import { countErrors, type Stops } from './stopping.ts';
import { tenantGuard } from './tenant-guard.ts';

export interface MailboxPassServices {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
  readonly report: Report;
  readonly tenants: Tenants;
  readonly sides: (rules: TenantRules) => Promise<Sides>;
  readonly stops: Stops;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Command errors of the CRM that tell of an unhealthy system (dialect 7). */
const ERROR_CODES: ReadonlySet<string> = new Set(['500', '511']);
const STATUS_FRESH_MS = 5 * 60_000;

/** One ring: the pass it asks for, and what became of it in the directory and in one wide telemetry event. A ring that only a newer worker can follow comes again. */
export async function passMailbox(services: MailboxPassServices, message: Ring, delivery: { readonly dequeueCount: number }): Promise<PassResult | null> {
  try {
    return await passKnown(services, message, delivery);
  } catch (failure) {
    if (!(failure instanceof NewerVersion)) throw failure;
    const { tenantId, mailboxId } = message;
    await writeDue(services.storage.tables, { tenantId, mailboxId, at: whenNewerComes(services.clock.now()) });
    services.report('version.newer', { tenant: tenantId, mailbox: mailboxId, job: null });
    return null;
  }
}

async function passKnown(services: MailboxPassServices, message: Ring, delivery: { readonly dequeueCount: number }): Promise<PassResult | null> {
  const { storage, clock, report } = services;
  const { tenantId, mailboxId } = message;
  let tenantRules: TenantRules;
  try {
    tenantRules = await services.tenants.rules(tenantId);
  } catch (failure) {
    if (!(failure instanceof PortFailure)) throw failure;
    // Nobody waits for a tenant that was let go, where a late notification rang, or for a mailbox that nobody knows.
    if (failure.details.code === NO_RULES && ((await readLeaving(storage, tenantId)) !== null || (await readMailbox(storage.tables, tenantId, mailboxId)) === null)) return null;
    // Rules that are missing or wrong are the admin's to mend (health says so): the mailbox waits, nothing is lost.
    await writeDue(storage.tables, { tenantId, mailboxId, at: clock.now() + HOUR_MS });
    report('rules.wrong', { tenant: tenantId, inForce: 'none' });
    return null;
  }
  const known = await readMailbox(storage.tables, tenantId, mailboxId);
  // No request touches a mailbox that is not on its tenant's list (design 6.9).
  const rules = known === null ? tenantRules : rulesFor(known.mailbox, tenantRules);
  if (known === null || !mayBeTouched(known.mailbox) || !rules.enabled || !rules.appointments.enabled) return null;
  // Stopped: the mark stays, and resuming rings every mailbox.
  if ((await services.stops.of(tenantId)) !== null) return null;
  const { mailbox } = known;

  const started = clock.now();
  const holder = `${started.toString(36)}-${Math.floor(services.random() * 2 ** 48).toString(36)}`;
  const result = await runPass(
    {
      tables: storage.tables,
      blobs: storage.blobs,
      clock,
      random: services.random,
      report,
      sides: await services.sides(rules),
      slots: crmSlots(storage.tables, clock, tenantId, rules.crm.maxConcurrent, holder),
      tenantGuard: tenantGuard(storage.tables, clock, tenantId, rules.deletionGuard.tenant),
      colleagues: colleaguesOf(storage.tables, tenantId),
      ring: (why) => ring(storage, mailbox, why, message.traceparent),
    },
    {
      mailbox,
      kinds: [{ kind: appointmentKindFor(rules.appointments, mappedFields(rules.appointments.fields)), rules: planRules(rules, started) }],
      holder,
      // A due row goes with its ring: where that finds the mailbox leased by somebody who died, nobody else would come.
      redelivered: delivery.dequeueCount > 1 || message.why === 'due',
      crmTimeoutMs: rules.crm.timeoutSeconds * 1_000,
      crmMaxRunMs: rules.crm.maxRunSeconds * 1_000,
      deletionLimits: rules.deletionGuard,
      mailLimit: rules.mailGuard.enabled ? rules.mailGuard.recipients : null,
    },
  );
  const { state, failure, at, rounds, counts } = result;
  await countErrors(services, rules, (counts['rejected.crm'] ?? 0) + (failure !== null && ERROR_CODES.has(failure.details.code ?? '') ? 1 : 0));
  const status = { ...wellOrNot(result), lastPassAt: clock.now(), nextAt: at, ...counted(result) };
  if ((state === 'done' || state === 'later') && isNews(known.status, status)) await writeStatus(storage.tables, tenantId, mailboxId, status);
  if (mailbox.membership.state === 'leaving' && endsLastPass(result)) await parkAfterLastPass(storage.tables, mailbox, clock.now());
  report('pass', { tenant: tenantId, mailbox: mailboxId, why: message.why, state, reason: failure?.reason ?? null, port: failure?.port ?? null, code: failure?.details.code ?? null, rounds, ms: clock.now() - started, ...counts });
  return result;
}

/** All was brought to an end, or cannot be: a rep who may not log in, a mailbox that is gone. Passing trouble is waited for (users-plan.ts says how long). */
function endsLastPass({ state, failure }: PassResult): boolean {
  if (failure === null) return state === 'done';
  return !PASSING.has(failure.reason);
}

const PASSING: ReadonlySet<string> = new Set(['throttled', 'transient', 'crmBusy', 'conflict']);

/** A pass that found all well minutes after another that did is no news: the echo of our own write is such a one. */
function isNews(before: MailboxStatus, now: MailboxStatus): boolean {
  const recent = before.lastPassAt !== null && (now.lastPassAt ?? 0) - before.lastPassAt < STATUS_FRESH_MS;
  return !recent || before.state !== now.state || before.reason !== now.reason || before.nextAt !== now.nextAt || before.held !== now.held || before.mailsHeld !== now.mailsHeld || hasGrown(before.pairs ?? 0, now.pairs ?? 0);
}

/** The deletion guard sums up the pairs of a tenant's mailboxes: roughly right is enough. */
function hasGrown(before: number, now: number): boolean {
  return Math.abs(now - before) > Math.max(10, before / 10);
}

function wellOrNot({ failure, guard, adoption }: PassResult): Pick<MailboxStatus, 'state' | 'reason'> {
  if (failure !== null) return { state: stateOf(failure), reason: failure.message };
  if (guard === null) return { state: 'ok', reason: null };
  if (adoption?.state === 'asks') return { state: 'adoption', reason: `Before it is synchronized for the first time an admin is asked: ${adoption.adopted} appointments stand on both sides already and would be adopted, ${adoption.toCrm} made in the CRM, ${adoption.toOutlook} in Outlook (GET /api/admin/adoption?tenantId=… tells more, POST /api/admin/adoption/adopt goes on).` };
  const { held, mails } = guard;
  const deletions = `${held} ${held === 1 ? 'deletion waits' : 'deletions wait'} for an answer (GET /api/admin/guard?tenantId=… shows them, POST /api/admin/guard/confirm or …/reject answers)`;
  const changes = `${mails.writes} ${mails.writes === 1 ? 'change waits' : 'changes wait'} for an answer because ${mails.recipients} people would be mailed (GET /api/admin/mail-guard?tenantId=… shows them, POST /api/admin/mail-guard/release or …/reject answers)`;
  const waiting = [...(held > 0 ? [deletions] : []), ...(mails.writes > 0 ? [changes] : [])];
  const open = adoption?.undecided ?? 0;
  if (waiting.length === 0 && open > 0) return { state: 'adoption', reason: `${open} ${open === 1 ? 'item' : 'items'} could not be told apart when this mailbox was adopted (GET /api/admin/adoption?tenantId=… shows them, POST /api/admin/adoption/separate takes each in as a thing of its own); everything else goes on.` };
  return waiting.length === 0 ? { state: 'ok', reason: null } : { state: 'guard', reason: `${waiting.join('; ')}; everything else goes on.` };
}

function counted({ guard }: PassResult): Pick<MailboxStatus, 'pairs' | 'held' | 'mailsHeld'> {
  return guard === null ? {} : { pairs: guard.pairs, held: guard.held, mailsHeld: guard.mails.writes };
}

/** What a mailbox's state is called where ops see it. */
function stateOf(failure: PortFailure): string {
  switch (failure.reason) {
    case 'permission':
    case 'mailboxUnavailable':
      return 'parked';
    case 'configuration':
      return 'stopped';
    default:
      return 'waiting';
  }
}

function fileRules(rules: TenantRules, direction: 'toCrm' | 'toOutlook'): PlanRules['files'] {
  const { [direction]: { maxMegabytes }, types, exceptTypes } = rules.appointments.attachments;
  const limits = { largest: maxMegabytes * 1024 * 1024, types, exceptTypes };
  return { ...limits, mark: fingerprint([limits, rules.appointments.privacy]).slice(0, 8) };
}

/** A mailbox's rules as the planner needs them. The window follows the clock, in whole days, so that a pass at noon and one at night agree. */
export function planRules(rules: TenantRules, now: Instant): PlanRules {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const daysBack = (days: number): Instant => today - days * DAY_MS;
  const daysAhead = (days: number): Instant => today + (days + 1) * DAY_MS;
  const { window, deletion, published } = rules.appointments;
  return {
    conflict: rules.conflict,
    deletion: deletion.enabled,
    deletionByLastCopy: deletion.byLastCopy,
    deletionFrame: { start: deletion.daysBack === null ? -Infinity : daysBack(deletion.daysBack), end: deletion.daysAhead === null ? Infinity : daysAhead(deletion.daysAhead) },
    window: { start: daysBack(window.daysBack), end: daysAhead(window.daysAhead) },
    normaliser: NORMALISER_VERSION,
    readLagMs: rules.graph.readLagSeconds * 1_000,
    ...(rules.graph.transactionIds === 'untrusted' ? { keysRepeat: true } : {}),
    ...(FORMER === null ? {} : { former: FORMER }),
    inviteFromCrm: rules.appointments.inviteFromCrm,
    inviteFromCrmSeries: rules.appointments.inviteFromCrmSeries,
    unheldByOccurrence: rules.appointments.unheldByOccurrence,
    publish: { enabled: published.enabled, unanswered: published.unanswered, series: published.series },
    adoption: { asks: rules.adoption.ask, span: { start: daysBack(rules.adoption.daysBack), end: daysAhead(rules.adoption.daysAhead) } },
    files: fileRules(rules, 'toCrm'),
    documents: fileRules(rules, 'toOutlook'),
    webLink: { inBody: rules.appointments.webLink.show === 'body', guests: rules.appointments.webLink.guests },
    newFromOutlook: rules.appointments.newFromOutlook,
    intake: intakeOf(rules),
  };
}
