import type { TenantRules } from '../config/rules.ts';
import type { ChangedRecord, CrmTenant, NewestStamp, Rep } from '../jobs/ports.ts';
import type { Instant } from '../model/time/instant.ts';
import { smallestReadingSince } from '../model/time/wallclock.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Clock } from '../sync/ports.ts';
import { activityRows } from './activity-row.ts';
import type { AnswerRecord, CommandAnswer } from './answer.ts';
import { changedDocuments, type ChangedDocuments } from './changed-documents.ts';
import { errorOf, queryFailure } from './classify.ts';
import type { Blocks, QueryCommand, QueryTable } from './dialect.ts';
import { behind, both, nextPage, stampedSince, theRecord } from './key-pages.ts';
import { freeField, type SchemaProfile } from './profile.ts';
import { recordId } from './record-id.ts';
import { isJudged, wentBack } from './restored.ts';
import { readStamp } from './stamp.ts';
import type { CrmTransport } from './transport.ts';
import { readBoolean, readWhole } from './values.ts';

export interface TenantOptions {
  readonly rules: Pick<TenantRules, 'crm' | 'appointments'> & Partial<Pick<TenantRules, 'users'>>;
  readonly profile: SchemaProfile;
  /** Acting as the master user. */
  readonly transport: CrmTransport;
  readonly clock: Clock;
}

interface Page {
  readonly records: readonly AnswerRecord[];
  /** Key behind which the next page begins; null = this was the last. */
  readonly next: string | null;
}

/** What tenant jobs ask of the CRM. */
export function crmTenantPort({ rules, profile, transport, clock }: TenantOptions): CrmTenant {
  const { crm } = rules;
  const conditions = rules.users?.conditions ?? [];
  const rows = activityRows(profile, rules.appointments, crm.deletedFlag);
  const { links, documents } = changedDocuments(profile, crm.deletedFlag);
  const documentTables: readonly (readonly [string, ChangedDocuments])[] = rules.appointments.attachments.toOutlook.enabled ? [['documentLinks', links], ['documents', documents]] : [];

  function pageQuery(corr: string, table: QueryTable, where: Blocks): QueryCommand {
    return { kind: 'query', corr, table, where, maxRecords: crm.pageSize };
  }

  async function* reps(): AsyncIterable<readonly Rep[]> {
    const { rep } = profile;
    // Customers add that field themselves: not every CRM has it.
    const read = rules.users?.syncSettings.enabled === true ? [...REP_FIELDS, 'UserSettings' as const] : REP_FIELDS;
    const table = { table: rep.table, fields: read.map((name) => rep.fields[name].name) };
    const wanted: Blocks = [conditions.map(({ field, op, value }) => ({ table: rep.table, field: freeField(rep, field), op, value }))];
    let after: string | null = null;
    do {
      const { answers } = await transport.send([pageQuery('reps', table, both(wanted, behind(rep, after)))]);
      const { records, next } = repPage(answers[0], after);
      if (records.length > 0) yield records.map((record) => readRep((name) => record.fields.get(rep.fields[name].name) ?? '', read.length > REP_FIELDS.length));
      after = next;
    } while (after !== null);
  }

  function repPage(answer: CommandAnswer | undefined, after: string | null): Page {
    try {
      return readPage(answer, profile.rep.table, after, crm.pageSize);
    } catch (failure) {
      if (conditions.length === 0 || !(failure instanceof PortFailure) || failure.reason !== 'configuration') throw failure;
      throw new PortFailure('crm', 'configuration', `The CRM does not take the query of the reps (code ${failure.details.code ?? 'unknown'}): check users.conditions, then crm.profile.`, failure.details);
    }
  }

  async function changes(since: Instant | null, newest: NewestStamp | null = null): Promise<{ startedAt: Instant; restored: boolean; pages: AsyncIterable<readonly ChangedRecord[]> }> {
    if (since === null) {
      const { startedAt } = await transport.send([{ kind: 'nop', corr: 'clock' }]);
      return { startedAt, restored: false, pages: noPages() };
    }
    const { activity, participant } = profile;
    // Until later than the CRM's clock can be now: a clock that is set back in between only makes the bound smaller.
    const now = Math.max(since, clock.now()) + crm.clockSkewSeconds * 1_000;
    const from = smallestReadingSince(since, now, crm.timeZone);
    const changedActivities = (after: string | null): QueryCommand => pageQuery('activities', rows.tableWithDeleted, both(stampedSince(activity, from), behind(activity, after)));
    const parentFields = [participant.fields.ActStatNo.name, participant.fields.ActSeqNo.name];
    const participantTable = { table: participant.table, fields: parentFields, flags: crm.deletedFlag };
    const changedParticipants = (after: string | null): QueryCommand => pageQuery('participants', participantTable, both(stampedSince(participant, from), behind(participant, after)));

    const known = newest === null ? null : theRecord(activity, newest.id);
    const stampsOf: QueryTable = { table: activity.table, fields: [activity.fields.UpdDate.name, activity.fields.UpdTime.name], flags: crm.deletedFlag };
    // One more command, no request more: most polls find nothing, and would not tell a quiet CRM from one that was set back.
    const asked: QueryCommand[] = known === null ? [] : [{ kind: 'query', corr: 'newest', table: stampsOf, where: known }];
    const ofDocuments = documentTables.map(([corr, tables]) => ({ ...tables, query: (after: string | null) => pageQuery(corr, tables.table, tables.where(from, after)) }));
    const { answers, startedAt } = await transport.send([changedActivities(null), changedParticipants(null), ...asked, ...ofDocuments.map(({ query }) => query(null))]);
    const firstOfDocuments = ofDocuments.map((each, index) => ({ ...each, first: readPage(answers[2 + asked.length + index], each.table.table, null, crm.pageSize) }));
    const firstActivities = readPage(answers[0], activity.table, null, crm.pageSize);
    const firstParticipants = readPage(answers[1], participant.table, null, crm.pageSize);

    async function* pages(): AsyncIterable<readonly ChangedRecord[]> {
      const told = new Set<string>();
      const tell = (records: readonly AnswerRecord[]): ChangedRecord[] => {
        for (const { id } of records) told.add(id);
        return records.map(changedRecord);
      };
      for await (const records of following(firstActivities, changedActivities, activity.table)) yield tell(records);
      for await (const records of following(firstParticipants, changedParticipants, participant.table)) {
        // What changes behind this point is stamped later than startedAt: the next poll sees it.
        yield* parentsOf(records.flatMap((record) => parentId(record, parentFields) ?? []));
      }
      for (const { first, query, table, activities } of firstOfDocuments) {
        for await (const records of following(first, query, table.table)) yield* parentsOf(records.flatMap(activities));
      }

      async function* parentsOf(ids: readonly string[]): AsyncIterable<readonly ChangedRecord[]> {
        const unknown = [...new Set(ids)].filter((id) => !told.has(id));
        for (let at = 0; at < unknown.length; at += crm.commandsPerRequest) {
          const found = tell(await activitiesById(unknown.slice(at, at + crm.commandsPerRequest)));
          if (found.length > 0) yield found;
        }
      }
    }
    return { startedAt, restored: newest !== null && known !== null && isRestored(answers[2], newest, startedAt), pages: pages() };
  }

  function isRestored(answer: CommandAnswer | undefined, newest: NewestStamp, at: Instant): boolean {
    const [record] = readRecords(answer, profile.activity.table);
    return isJudged(at, crm.timeZone) && wentBack(newest.stamp, record === undefined ? null : stampOf(record), crm);
  }

  function stampOf(record: AnswerRecord): string | null {
    const { UpdDate, UpdTime } = profile.activity.fields;
    return readStamp(record.fields.get(UpdDate.name) ?? '', record.fields.get(UpdTime.name) ?? '', crm.timeZone)?.version ?? null;
  }

  async function* following(first: Page, query: (after: string | null) => QueryCommand, table: string): AsyncIterable<readonly AnswerRecord[]> {
    let page = first;
    for (;;) {
      if (page.records.length > 0) yield page.records;
      if (page.next === null) return;
      const { answers } = await transport.send([query(page.next)]);
      page = readPage(answers[0], table, page.next, crm.pageSize);
    }
  }

  async function activitiesById(ids: readonly string[]): Promise<readonly AnswerRecord[]> {
    const commands = ids.flatMap((id, index): QueryCommand[] => {
      const where = theRecord(profile.activity, id);
      return where === null ? [] : [{ kind: 'query', corr: `a${index}`, table: rows.tableWithDeleted, where }];
    });
    const { answers } = await transport.send(commands);
    return answers.flatMap((answer) => readRecords(answer, profile.activity.table));
  }

  /** The same hash as a pass makes of what it reads and writes, so that our own writes ring nobody. A participant's change changes its activity's hash. */
  function changedRecord(record: AnswerRecord): ChangedRecord {
    return { infoArea: profile.activity.infoArea, id: record.id, fingerprint: rows.fingerprint(record), rep: rows.rep(record), deleted: rows.isDeleted(record), stamp: stampOf(record) };
  }

  return { reps, changes };
}

const REP_FIELDS = ['StatNo', 'SeqNo', 'Name', 'Email1', 'ConnectorSettings', 'SyncAppointments', 'SyncEmails', 'Active', 'Type'] as const;

function readRep(value: (name: (typeof REP_FIELDS)[number] | 'UserSettings') => string, withSettings: boolean): Rep {
  return {
    seqNo: readWhole(value('SeqNo')) ?? 0,
    name: value('Name').trim(),
    email: value('Email1').trim().toLowerCase(),
    connectorEnabled: readBoolean(value('ConnectorSettings')),
    syncAppointments: readBoolean(value('SyncAppointments')),
    syncEmails: readBoolean(value('SyncEmails')),
    active: readBoolean(value('Active')),
    type: readWhole(value('Type')) ?? 0,
    ...(withSettings ? { userSettings: value('UserSettings') } : {}),
  };
}

function readRecords(answer: CommandAnswer | undefined, table: string): readonly AnswerRecord[] {
  const error = answer === undefined ? { code: 'unknown', field: null } : errorOf(answer);
  if (error !== null) throw queryFailure(error, table);
  return answer?.state === 'answered' ? answer.returns.flatMap((each) => each.records) : [];
}

function readPage(answer: CommandAnswer | undefined, table: string, after: string | null, pageSize: number): Page {
  const records = readRecords(answer, table);
  return { records, next: nextPage(records, after, pageSize) };
}

function parentId(record: AnswerRecord, [stationField = '', serialField = '']: readonly string[]): string | null {
  const station = readWhole(record.fields.get(stationField) ?? '');
  const serial = readWhole(record.fields.get(serialField) ?? '');
  return station === null || serial === null || serial <= 0 || station < 0 ? null : recordId({ station, serial });
}

async function* noPages(): AsyncIterable<readonly ChangedRecord[]> {
  // Nothing is read but the clock.
}
