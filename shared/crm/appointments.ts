import type { TenantRules } from '../config/rules.ts';
import { webLinkOf } from '../config/web-link.ts';
import type { Json } from '../model/content.ts';
import { smtpAddress } from '../model/participants.ts';
import type { Instant } from '../model/time/instant.ts';
import { toWall } from '../model/time/wallclock.ts';
import { PortFailure } from '../sync/failures.ts';
import { linkKey, type CrmSide, type Link, type MailboxRef, type Reading, type SideItem, type Span, type Write, type Written } from '../sync/ports.ts';
import type { ActivityTranslation } from './activity-content.ts';
import { ownerOf, participantRows, readActivity } from './activity-item.ts';
import { activityRows } from './activity-row.ts';
import { byExternalKey, planWrite, type Situation, type WritePlan } from './activity-writes.ts';
import type { AnswerRecord, CommandAnswer } from './answer.ts';
import { buildQuestion, readBuild, takesAnswers, type KnownBuilds } from './builds.ts';
import { commandFailure, errorOf, queryFailure } from './classify.ts';
import type { Blocks, Command, QueryCommand } from './dialect.ts';
import { heldContent } from './held-content.ts';
import { all, behind, both, namingMain, nextPage, theRecord } from './key-pages.ts';
import { existenceQuery } from './link-fields.ts';
import { ownPersonQuery, readOwnPerson } from './own-person.ts';
import type { KnownRows, Owner, PersonKey } from './participant-rows.ts';
import { concernsPeople } from './participant-writes.ts';
import { crmPeople } from './people.ts';
import type { SchemaProfile } from './profile.ts';
import { compareRecordIds, webLink } from './record-id.ts';
import { CLOCK_SLACK_MS, settledFrom } from './stamp.ts';
import type { CrmTransport } from './transport.ts';

export interface AppointmentsOptions {
  readonly mailbox: MailboxRef;
  readonly rules: Pick<TenantRules, 'crm' | 'appointments'>;
  readonly profile: SchemaProfile;
  /** Acting as the mailbox's rep. */
  readonly transport: CrmTransport;
  readonly builds: KnownBuilds;
  /** Addresses of synchronized mailboxes, lower case, and whose rep each is. */
  readonly aliases: () => Promise<ReadonlyMap<string, number>>;
}

/** What the engine asks of activities, and which build of the CRM answers. */
export interface CrmAppointments extends CrmSide {
  /** Version of the CRM's build, as told within the last day; null where the CRM does not tell. Answers are written to 8.1.6.5855 or newer only. */
  build(): Promise<string | null>;
}

interface Seen {
  readonly version: string;
  /** The CRM's clock when the request that read it was sent. */
  readonly readAt: Instant;
  /** Null for a record of another rep: his mailbox is still to be told of what we wrote there. */
  readonly fingerprint: string | null;
  readonly people: KnownRows;
}

/** Activities of one rep as appointments. */
export function crmAppointments({ mailbox, rules, profile, transport, builds, aliases }: AppointmentsOptions): CrmAppointments {
  const { crm, appointments } = rules;
  const rows = activityRows(profile, appointments, crm.deletedFlag);
  const link = webLinkOf(rules);
  const translation: ActivityTranslation = { profile, timeZone: crm.timeZone, showAsWhenUnknown: appointments.showAsWhenUnknown, ...(link === null ? {} : { withoutWebLink: link.strip }) };
  const reader = { rows, rules: appointments, translation, mailbox };
  const writing = { profile, rows, rules: appointments, translation, rep: mailbox.rep };
  const seen = new Map<string, Seen>();
  /** By `linkKey`: whether the record exists, as told in this pass. */
  const targets = new Map<string, boolean>();
  /** undefined = not asked yet; null = the rep has none. */
  let ownPerson: PersonKey | null | undefined;

  function take(record: AnswerRecord, readAt: Instant): Reading {
    const reading = readActivity(record, reader, ownPerson ?? null);
    seen.set(record.id, { version: reading.state === 'present' ? reading.item.version : '', readAt, fingerprint: rows.rep(record) === mailbox.rep ? rows.fingerprint(record) : null, people: participantRows(record, reader, ownPerson ?? null) });
    return reading;
  }

  /** Sends queries of one record each, many to a request, the first request with the question for the own person. */
  async function ask(queries: readonly QueryCommand[]): Promise<readonly { readonly answer: CommandAnswer | undefined; readonly readAt: Instant }[]> {
    const answered: { answer: CommandAnswer | undefined; readAt: Instant }[] = [];
    for (let from = 0; from < queries.length; ) {
      const withPerson = ownPerson === undefined && (crm.commandsPerRequest > 1 || from === 0);
      const some = queries.slice(from, from + Math.max(1, crm.commandsPerRequest - (withPerson ? 1 : 0)));
      const { answers, startedAt } = await transport.send(withPerson ? [ownPersonQuery(profile, mailbox.rep), ...some] : some);
      if (withPerson) ownPerson = readOwnPerson(answers[0], profile);
      for (const answer of withPerson ? answers.slice(1) : answers) answered.push({ answer, readAt: startedAt });
      from += some.length;
    }
    return answered;
  }

  const own = aliasesOfOwner(mailbox);
  const people = crmPeople({ profile, aliases: async () => new Map([...(await aliases()), ...own]), ask: async (queries) => (await ask(queries)).map(({ answer }) => answer) });

  async function askOwnPerson(): Promise<void> {
    ownPerson = readOwnPerson((await transport.send([ownPersonQuery(profile, mailbox.rep)])).answers[0], profile);
  }

  /** The reading that counts among the hits of one query: live before deleted, the oldest record first. */
  function readHits(answer: CommandAnswer | undefined, readAt: Instant): Reading {
    const error = answer === undefined ? { code: 'unknown', field: null } : errorOf(answer);
    if (error !== null) {
      const failure = commandFailure(error);
      // These are not the record's fault.
      if (failure.reason === 'configuration' || failure.reason === 'crmBusy' || error.code === '511') throw failure;
      return failure.reason === 'notFound' ? { state: 'unknown' } : { state: 'refused', reason: failure.reason };
    }
    const hits = answer?.state === 'answered' ? answer.returns.flatMap((each) => each.records) : [];
    const readings = [...hits].sort((a, b) => compareRecordIds(a.id, b.id)).map((record) => take(record, readAt));
    return readings.find((reading) => reading.state === 'present') ?? readings[0] ?? { state: 'unknown' };
  }

  async function readEach(wanted: readonly { readonly name: string; readonly where: Blocks }[]): Promise<Map<string, Reading>> {
    const queries = wanted.map(({ where }, index): QueryCommand => ({ kind: 'query', corr: `q${index}`, table: rows.tableWithDeleted, where }));
    const answers = await ask(queries);
    return new Map(wanted.map(({ name }, index) => [name, readHits(answers[index]?.answer, answers[index]?.readAt ?? 0)]));
  }

  async function list(window: Span, after: string | null): Promise<{ items: readonly SideItem[]; next: string | null }> {
    const { activity } = profile;
    const first = toWall(window.start, crm.timeZone).date;
    const last = toWall(window.end, crm.timeZone).date;
    const inWindow = [
      all(activity, ['RepId', '=', String(mailbox.rep)], ['Date', '<=', last], ['EndDate', '>=', first]),
      // An activity without EndDate ends on the day on which it starts.
      all(activity, ['RepId', '=', String(mailbox.rep)], ['Date', '<=', last], ['Date', '>=', first]),
    ];
    const query: QueryCommand = { kind: 'query', corr: 'list', table: rows.table, where: both(inWindow, behind(activity, after)), maxRecords: crm.pageSize };
    const [page] = await ask([query]);
    const error = page?.answer === undefined ? null : errorOf(page.answer);
    if (error !== null) throw queryFailure(error, activity.table);
    const records = page?.answer?.state === 'answered' ? page.answer.returns.flatMap((each) => each.records) : [];
    const next = nextPage(records, after, crm.pageSize);
    const items = records.map((record) => take(record, page?.readAt ?? 0)).flatMap((reading) => (reading.state === 'present' ? [reading.item] : []));
    return { items: items.filter((item) => item.outOfScope === 'invalid' || overlaps(item.span, window)), next };
  }

  /** How long until a read of this version may guard a write; null = it may now. */
  async function unsettledMs({ id, version }: { readonly id: string; readonly version: string }): Promise<number | null> {
    const known = seen.get(id);
    const { crmClock } = transport;
    const until = (readAt: Instant): Instant | null => settledFrom(version, readAt, crm.timeZone, CLOCK_SLACK_MS + (crmClock.known ? 0 : 2_000 * crm.clockSkewSeconds));
    if (known?.version === version) {
      const settled = until(known.readAt);
      return settled === null ? null : Math.max(0, settled - crmClock.at());
    }
    // Read by an earlier pass. Before the first answer our guess of the CRM's clock is a careful one: worth a question only where it matters.
    if (!crmClock.known && until(crmClock.at()) !== null) await askOwnPerson();
    const settled = until(crmClock.at());
    return settled === null ? null : settled - crmClock.at();
  }

  async function build(): Promise<string | null> {
    const known = builds.of(mailbox.tenantId);
    if (known !== undefined) return known;
    const told = readBuild((await transport.send([buildQuestion(profile)])).answers[0]);
    if (told !== undefined) builds.learn(mailbox.tenantId, told);
    return told ?? null;
  }

  async function prepare(write: Write): Promise<WritePlan | Written> {
    if (write.kind !== 'create') {
      const retryAfterMs = await unsettledMs(write);
      if (retryAfterMs !== null) return { outcome: 'unsettled', retryAfterMs };
    }
    return planWrite(write, writing, await situationOf(write));
  }

  async function situationOf(write: Write): Promise<Situation> {
    const forPeople = write.kind !== 'delete' && concernsPeople(write.content);
    const where = write.kind === 'update' && forPeople && !seen.has(write.id) ? theRecord(profile.activity, write.id) : null;
    // The rows of what an earlier pass read are not known here.
    if (where !== null && write.kind === 'update') await readEach([{ name: write.id, where }]);
    if (ownPerson === undefined && (forPeople || write.kind === 'create' || (write.kind === 'update' && write.link === 'own'))) await askOwnPerson();
    const answers = write.kind !== 'delete' && hasMembers(write.content['answers']) && takesAnswers(await build());
    const known: KnownRows = (write.kind === 'update' ? seen.get(write.id)?.people : undefined) ?? new Map();
    return { ownPerson: ownPerson ?? null, owner: ownerOfRecord(write), known, answers, now: transport.crmClock.at() };
  }

  /** A record of another rep has that one as its owner, and this one may be its participant. */
  function ownerOfRecord(write: Write): Owner {
    const rep = write.kind === 'update' ? write.current?.rep : undefined;
    return rep == null || rep === mailbox.rep ? ownerOf(mailbox, ownPerson ?? null) : { rep, person: null, addresses: new Set() };
  }

  async function write(writes: readonly Write[]): Promise<readonly Written[]> {
    const results = new Map<number, Written>();
    let waiting: Waiting[] = [];
    for (const [index, each] of writes.entries()) {
      const prepared = await prepare(each);
      if ('outcome' in prepared) results.set(index, prepared);
      else waiting.push({ index, plan: prepared });
    }
    for (let requests = 0; waiting.length > 0; requests += 1) {
      const batch = pack(waiting, crm.commandsPerRequest);
      try {
        const { answers, startedAt } = await transport.send(batch.flatMap((each) => each.commands));
        let from = 0;
        for (const { index, plan, commands } of batch) {
          const judged = plan.judge(answers.slice(from, from + commands.length), (record) => take(record, startedAt));
          const outcome = withoutRefusedLinks(writes[index] as Write, judged);
          from += commands.length;
          if (outcome !== null) results.set(index, outcome);
        }
      } catch (error) {
        if (!(error instanceof PortFailure)) throw error;
        const unknown = error.details.outcomeUnknown === true;
        // What was sent before has its outcome, which a throw would lose.
        if (!unknown && requests === 0) throw error;
        const maybeRun = new Set(unknown ? batch.map((each) => each.index) : []);
        for (const { index } of waiting) results.set(index, { outcome: maybeRun.has(index) ? 'lost' : 'notSent', failure: error });
      }
      // Behind a break that fired nothing was run: what is left goes into a further request. The first of each request is always judged.
      const left = waiting.filter(({ index }) => !results.has(index));
      if (left.length === waiting.length) throw new PortFailure('crm', 'transient', 'The CRM answered none of the writes that were sent: try again later.', { code: 'answer', outcomeUnknown: true });
      waiting = left;
    }
    return writes.map((_, index) => results.get(index) ?? { outcome: 'notSent', failure: new PortFailure('crm', 'transient', 'The write was not sent: try again later.') });
  }

  async function mainsOfSeries(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const asked = [...new Set(ids)].flatMap((id) => {
      const where = namingMain(profile.activity, id);
      return where === null ? [] : [{ id, query: { kind: 'query', corr: `m${id}`, table: rows.table, where, maxRecords: 1 } satisfies QueryCommand }];
    });
    const answers = await ask(asked.map(({ query }) => query));
    return new Set(asked.flatMap(({ id }, index) => {
      const answer = answers[index]?.answer;
      const error = answer === undefined ? null : errorOf(answer);
      if (error !== null) throw queryFailure(error, profile.activity.table);
      return answer?.state === 'answered' && answer.returns.some(({ records }) => records.length > 0) ? [id] : [];
    }));
  }

  /** A command that fails tells nothing of the record: then nothing is linked, and the pass goes on. */
  async function linkable(links: readonly Link[]): Promise<ReadonlySet<string>> {
    const asked = [...new Map(links.filter((link) => !targets.has(linkKey(link))).map((link) => [linkKey(link), link])).values()].flatMap((link) => {
      const relation = rows.links?.relations.find(({ name }) => name === link.relation);
      const query = relation === undefined ? null : existenceQuery(relation, link.id);
      return query === null ? [] : [{ link, query }];
    });
    const answers = asked.length === 0 ? [] : await ask(asked.map(({ query }, index) => ({ ...query, corr: `l${index}` })));
    for (const [index, { link }] of asked.entries()) targets.set(linkKey(link), exists(answers[index]?.answer));
    return new Set(links.map(linkKey).filter((key) => targets.get(key) === true));
  }

  function exists(answer: CommandAnswer | undefined): boolean {
    const error = answer === undefined ? { code: 'unknown', field: null } : errorOf(answer);
    if (error === null) return answer?.state === 'answered' && answer.returns.some(({ records }) => records.some(({ deleted }) => !deleted));
    const failure = commandFailure(error);
    if (failure.reason === 'configuration' || failure.reason === 'crmBusy' || error.code === '511') throw failure;
    return false;
  }

  /** The record that it was to lead to went since we looked, or is not for this user: the rest of the write is not lost for it. */
  function withoutRefusedLinks(write: Write, written: Written | null): Written | null {
    const isLinks = written?.outcome === 'rejected' && written.field !== undefined && rows.links?.fields.includes(written.field) === true;
    const refused = write.kind === 'delete' || !isLinks ? [] : Object.entries((write.content['links'] ?? {}) as Record<string, string>).filter(([relation, id]) => targets.get(linkKey({ relation, id })) === true);
    if (refused.length === 0) return written;
    for (const [relation, id] of refused) targets.set(linkKey({ relation, id }), false);
    return { outcome: 'unsettled', retryAfterMs: 0 };
  }

  return {
    mainsOfSeries,
    linkable,
    webLink: (id) => (link === null || link.show === 'off' ? null : webLink(link, id)),
    async read(ids) {
      const wanted = [...new Set(ids)].map((name) => ({ name, where: theRecord(profile.activity, name) }));
      const found = await readEach(wanted.flatMap(({ name, where }) => (where === null ? [] : [{ name, where }])));
      return new Map(wanted.map(({ name }) => [name, found.get(name) ?? { state: 'unknown' }]));
    },
    findByKey: (pairIds) => readEach([...new Set(pairIds)].map((name) => ({ name, where: byExternalKey(profile, name) }))),
    list,
    write,
    holds: (content) => {
      const known = builds.of(mailbox.tenantId);
      return heldContent(content, { rules: appointments, translation, missing: rows.missing, links: rows.links, fields: rows.fields, owner: ownerOf(mailbox, ownPerson ?? null), refusesAnswers: known !== undefined && !takesAnswers(known) });
    },
    people,
    build,
    rowFingerprint: (id) => seen.get(id)?.fingerprint ?? null,
  };
}

interface Waiting {
  readonly index: number;
  readonly plan: WritePlan;
}

/** As many whole plans as fit into one request, one at least. */
function pack(waiting: readonly Waiting[], limit: number): (Waiting & { readonly commands: readonly Command[] })[] {
  const batch: (Waiting & { readonly commands: readonly Command[] })[] = [];
  let count = 0;
  for (const { index, plan } of waiting) {
    const commands = plan.commands(`w${index}`);
    if (count > 0 && count + commands.length > limit) break;
    batch.push({ index, plan, commands });
    count += commands.length;
  }
  return batch;
}

function aliasesOfOwner({ addresses, repEmail, rep }: MailboxRef): [string, number][] {
  return [repEmail, ...addresses].flatMap((address): [string, number][] => {
    const known = smtpAddress(address);
    return known === null ? [] : [[known, rep]];
  });
}

function hasMembers(value: Json | undefined): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function overlaps(span: Span, window: Span): boolean {
  return span.start < window.end && (span.end > window.start || (span.end === span.start && span.start >= window.start));
}
