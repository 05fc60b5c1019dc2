import { ROUTES } from '../config/names.ts';
import { parseTenantRules, type TenantRules } from '../config/rules.ts';
import { schemaProfile } from '../crm/profile.ts';
import { crmTransport, type CrmSecrets, type Fetch as CrmFetch } from '../crm/transport.ts';
import { examinedCrm } from '../crm/open.ts';
import { withinMailbox, withinTenant } from '../graph/middleware/reach.ts';
import { readClaims } from '../graph/token-claims.ts';
import type { GraphAccess } from '../graph/transport.ts';
import type { RuleSource } from '../jobs/ports.ts';
import { second } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Clock, Random } from '../sync/ports.ts';
import { adaptedDocument, wantedOf } from './adapted-rules.ts';
import { clocksAgree, type BothSides } from './clocks.ts';
import { Bench } from './crm/bench.ts';
import { CRM_FACTS } from './crm/facts.ts';
import { CannotTry, type Fact, type RulesPart, type Told, type Tried } from './fact.ts';
import { GRAPH_FACTS } from './graph/facts.ts';
import { findGuest } from './graph/guest.ts';
import { ProbedMailbox } from './graph/mailbox.ts';
import { hookAt, standing, unsubscribe } from './graph/subscriptions.ts';
import { graphWay, type GraphWay } from './graph/way.ts';
import { Refused, type ProbeOptions } from './options.ts';
import type { Report } from './report.ts';

/** Everything from outside; the connector's own ways to both systems. */
export interface Surroundings {
  readonly source: RuleSource;
  readonly graphAccess: (rules: TenantRules) => GraphAccess;
  readonly crmAccess: (rules: TenantRules) => { readonly rules: TenantRules; readonly fetch: CrmFetch; readonly clock: Clock; readonly secrets: CrmSecrets };
  /** Where Graph reaches a running connector; null = nowhere. */
  readonly publicBaseUrl: string | null;
  readonly clock: Clock;
  readonly random: Random;
  /** A token in place of the identity's; null = the identity's. */
  readonly token: string | null;
  /** Ends the run in good order: what was made is removed. */
  readonly signal: AbortSignal;
  /** Each fact as soon as it was tried. */
  readonly tell: (told: Told) => void;
}

/** Tries every fact, one after the other, and removes what it made. Throws Refused before anything is written. */
export async function probe(options: ProbeOptions, surroundings: Surroundings): Promise<Report & { readonly document: string | null }> {
  const { text, rules } = await rulesOf(options.tenantId, surroundings.source);
  const run = runId(surroundings.random);
  const { mailbox, toTheEnd } = await openMailbox(options, surroundings, rules, run);
  const bench = openBench(options, surroundings, rules, run);
  const leftovers = await refusalsFor(async () => {
    await refuseStrangers(options, mailbox);
    return (await mailbox.cleanUp(toTheEnd)).removed + (await cleanSubscriptions(mailbox, toTheEnd));
  });
  const older = bench instanceof Bench ? await bench.cleanUp().then(({ removed }) => removed, notReached) : 0;

  const facts: Told[] = [];
  try {
    await tryAll(options, surroundings, GRAPH_FACTS, mailbox, facts);
    const both: BothSides | string = bench instanceof Bench ? { mailbox, bench } : bench;
    await tryAll(options, surroundings, [clocksAgree], both, facts);
    await tryAll(options, surroundings, CRM_FACTS, bench, facts);
  } catch (failure) {
    if (!surroundings.signal.aborted) {
      await isClean(mailbox, toTheEnd);
      if (bench instanceof Bench) await isCleanCrm(bench);
      throw failure;
    }
  }
  const clean = (await isClean(mailbox, toTheEnd)) && (!(bench instanceof Bench) || (await isCleanCrm(bench)));
  const wanted = wantedOf(facts, rules);
  return { facts, rules: wanted, clean, leftovers: leftovers + older, interrupted: surroundings.signal.aborted, document: wanted === null ? null : documentOf(text, wanted) };
}

async function rulesOf(tenantId: string, source: RuleSource): Promise<{ readonly text: string; readonly rules: TenantRules }> {
  const read = await refusalsFor(() => source.read(tenantId, null));
  if (read === null || read === 'unchanged') throw new Refused('There are no rules of this tenant where CONFIG points.');
  let json: unknown;
  try {
    json = JSON.parse(read.text.replace(/^\uFEFF/, ''));
  } catch {
    throw new Refused('The rules of this tenant are no JSON.');
  }
  const parsed = parseTenantRules(json);
  if ('mistakes' in parsed) throw new Refused(`The rules of this tenant cannot be used: ${parsed.mistakes.join('; ')}`);
  if (parsed.rules.tenantId !== tenantId) throw new Refused('The rules name another tenant than their file.');
  return { text: read.text, rules: parsed.rules };
}

/** 64 bits in lower-case hex: what two runs make never has one key. */
function runId(random: Random): string {
  return Array.from({ length: 4 }, () => Math.floor(random() * 65_536).toString(16).padStart(4, '0')).join('');
}

async function openMailbox(options: ProbeOptions, { graphAccess, clock, token, signal, publicBaseUrl }: Surroundings, rules: TenantRules, run: string): Promise<{ readonly mailbox: ProbedMailbox; readonly toTheEnd: GraphWay }> {
  const known = await refusalsFor(async () => graphAccess(rules));
  const access = token === null ? known : { ...known, token: async () => token };
  const { roles } = readClaims(await refusalsFor(() => access.token())) ?? { roles: null };
  const { mailboxId } = options;
  let guestId: string | null = null;
  const way = (until: AbortSignal): GraphWay =>
    graphWay(access, (method, path) => withinMailbox(mailboxId)(method, path) || withinTenant(method, path) || (guestId !== null && method === 'GET' && withinMailbox(guestId)(method, path)), rules.graph.timeoutSeconds * second, until);
  const ask = way(signal);
  const guest =
    options.guest === null
      ? 'nobody may be invited: name an address with --guest'
      : await findGuest(options.guest, ask, clock, (id) => (guestId = id.toLowerCase()), signal).catch((failure: unknown) => {
          if (failure instanceof CannotTry || failure instanceof PortFailure) return failure.message;
          throw failure;
        });
  if (guestId === mailboxId) throw new Refused('--guest is the mailbox itself: name somebody else.');
  const hook = publicBaseUrl === null ? null : hookAt(publicBaseUrl, ROUTES);
  return { mailbox: new ProbedMailbox({ mailboxId, run, ask, clock, rules, signal, guest, hook, roles }), toTheEnd: way(new AbortController().signal) };
}

function openBench({ rep }: ProbeOptions, { crmAccess, clock, signal }: Surroundings, rules: TenantRules, run: string): Bench | string {
  if (rep === null) return 'nothing is asked of the CRM: name the e-mail address 1 of a test rep with --rep';
  try {
    const { fetch, secrets } = crmAccess(rules);
    const open = (actAs: string | null, contentType = rules.crm.contentType) => crmTransport({ rules: { ...rules.crm, contentType }, secrets, fetch, clock, actAs });
    return new Bench({ rules, profile: schemaProfile(rules.crm), clock, run, rep, open, examination: () => examinedCrm({ rules, secrets, fetch, clock }), signal });
  } catch (failure) {
    if (failure instanceof PortFailure) return failure.message;
    throw failure;
  }
}

/** Somebody's mailbox looks like one: he has appointments, or the connector is told of them. */
async function refuseStrangers({ most, mailboxId }: ProbeOptions, mailbox: ProbedMailbox): Promise<void> {
  const subscriptions = await standing(mailbox.ask, mailboxId).catch((failure: unknown) => {
    if (failure instanceof CannotTry) return { others: 0 };
    throw failure;
  });
  if (subscriptions.others > 0) throw new Refused('This mailbox is synchronized: Graph lists a subscription of this app for it. Name a mailbox that nobody needs.');
  const { others } = await mailbox.everything(most);
  if (others > most) throw new Refused(`This mailbox holds more than ${most} events, so that somebody may need it: name another one, or say --events with a larger number.`);
}

async function cleanSubscriptions({ mailboxId }: ProbedMailbox, ask: GraphWay): Promise<number> {
  const { ours } = await standing(ask, mailboxId).catch(() => ({ ours: [] as readonly string[] }));
  await unsubscribe(ask, ours);
  return ours.length;
}

/** What keeps the probe from its start, in its own words. */
async function refusalsFor<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (failure) {
    if (failure instanceof PortFailure) throw new Refused(failure.message);
    if (failure instanceof CannotTry) throw new Refused(`The probe cannot begin: ${failure.message}.`);
    throw failure;
  }
}

function notReached(failure: unknown): number {
  // The facts themselves tell why.
  if (failure instanceof PortFailure || failure instanceof CannotTry) return 0;
  throw failure;
}

/** @param side or why there is none */
async function tryAll<Side extends object>(options: ProbeOptions, { signal, tell }: Surroundings, list: readonly Fact<Side>[], side: Side | string, facts: Told[]): Promise<void> {
  for (const fact of list) {
    if (options.only.length > 0 && !options.only.includes(fact.line)) continue;
    if (signal.aborted) return;
    const tried = typeof side === 'string' ? ({ outcome: 'notTried', why: side } as const) : await tryOne(fact, side);
    if (signal.aborted) return;
    const { line, says, either } = fact;
    const told = { line, says, either, tried };
    facts.push(told);
    tell(told);
  }
}

async function tryOne<Side>(fact: Fact<Side>, side: Side): Promise<Tried> {
  try {
    return await fact.try(side);
  } catch (failure) {
    if (failure instanceof CannotTry || failure instanceof PortFailure) return { outcome: 'notTried', why: failure.message };
    throw failure;
  }
}

async function isClean(mailbox: ProbedMailbox, ask: GraphWay): Promise<boolean> {
  try {
    const { left } = await mailbox.cleanUp(ask);
    await cleanSubscriptions(mailbox, ask);
    return left === 0;
  } catch (failure) {
    if (failure instanceof CannotTry || failure instanceof PortFailure) return false;
    throw failure;
  }
}

async function isCleanCrm(bench: Bench): Promise<boolean> {
  try {
    return (await bench.cleanUp()).left === 0;
  } catch (failure) {
    if (failure instanceof PortFailure || failure instanceof CannotTry) return !bench.hasWritten;
    throw failure;
  }
}

function documentOf(text: string, wanted: RulesPart): string {
  const adapted = adaptedDocument(text, wanted);
  if ('mistakes' in adapted) throw new Refused(`The rules that fit cannot be used: ${adapted.mistakes.join('; ')}`);
  return adapted.text;
}
