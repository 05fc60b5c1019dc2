import { EXTERNAL_SYSTEM } from '../config/names.ts';
import type { AppointmentRules } from '../config/rules.ts';
import type { Content } from '../model/content.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Reading, Write, Written } from '../sync/ports.ts';
import { fieldsOf, type ActivityTranslation } from './activity-content.ts';
import type { PersonKey } from './activity-item.ts';
import type { ActivityRows } from './activity-row.ts';
import type { AnswerRecord, CommandAnswer } from './answer.ts';
import { commandFailure, errorOf, type CommandError } from './classify.ts';
import { countIsNot, type Blocks, type Command, type FieldValue, type QueryCommand } from './dialect.ts';
import { all, theRecord } from './key-pages.ts';
import type { SchemaProfile } from './profile.ts';
import { wallOfVersion } from './stamp.ts';

/** What each write of an activity sends, and what its answers mean. Pure. */

export interface ActivityWriting {
  readonly profile: SchemaProfile;
  readonly rows: ActivityRows;
  readonly rules: Pick<AppointmentRules, 'deletion' | 'typeForNew'>;
  readonly translation: ActivityTranslation;
  readonly rep: number;
}

/** Reads (and remembers) a record that an answer brought. */
type Take = (record: AnswerRecord) => Reading;

export interface WritePlan {
  /** Correlations carry the given prefix, so that many plans fit into one request. */
  commands(prefix: string): readonly Command[];
  /** null: a break of an earlier plan ended the request before this one; it was not run. */
  judge(answers: readonly CommandAnswer[], take: Take): Written | null;
}

/** Keys that we make: text comparison ignores case, and `*` would be a wildcard. */
const PAIR_ID = /^[0-9a-z-]{1,64}$/;

export function byExternalKey(profile: SchemaProfile, pairId: string): Blocks {
  if (!PAIR_ID.test(pairId)) throw new RangeError('A pair id that becomes an external key holds lower-case letters, digits and hyphens, 64 at most.');
  return [all(profile.activity, ['ExtSystem', '=', EXTERNAL_SYSTEM], ['ExtKey', '=', pairId])];
}

/** A plan, or the outcome that is known without sending anything. */
export function planWrite(write: Write, writing: ActivityWriting, ownPerson: PersonKey | null): WritePlan | Written {
  switch (write.kind) {
    case 'create':
      // An activity needs a person; without a known participant it is the rep's own (docs/crm-interface-dialect: 9).
      return ownPerson === null ? { outcome: 'rejected', code: 'noOwnPerson', field: 'PeNo' } : createPlan(write, writing, ownPerson);
    case 'update':
      return guardedPlan(write, writing, contentFields(write.content, writing), (reading) => judgeStored(reading));
    case 'delete':
      return guardedPlan(write, writing, [{ field: writing.rows.deletionField, value: writing.rules.deletion.value }], judgeMarked);
  }
}

function createPlan(write: Write & { kind: 'create' }, writing: ActivityWriting, ownPerson: PersonKey): WritePlan {
  const { profile, rows } = writing;
  const where = byExternalKey(profile, write.pairId);
  return {
    commands: (prefix) => {
      const lookUp: Command[] = [
        { kind: 'query', corr: `${prefix}k`, table: rows.tableWithDeleted, where },
        { kind: 'break', corr: `${prefix}b`, when: countIsNot(`${prefix}k`, 0) },
      ];
      return [
        ...(write.repeated ? lookUp : []),
        { kind: 'import', corr: `${prefix}i`, forceInternalMatchup: true, records: [{ table: profile.activity.table, fields: newFields(write, writing, ownPerson) }] },
        { kind: 'query', corr: `${prefix}r`, table: rows.tableWithDeleted, where },
      ];
    },
    judge: (answers, take) => {
      if (answers[0]?.state !== 'answered') return null;
      const [lookUp, guard] = write.repeated ? answers : [];
      const refused = lookUp === undefined ? null : judgeGuard(lookUp, guard, () => judgeFound(recordsOf(lookUp), take));
      if (refused !== null) return refused;
      const [made, behind] = write.repeated ? answers.slice(2) : answers;
      return judgeCreate(made, behind, take);
    },
  };
}

function newFields({ pairId, content }: Write & { kind: 'create' }, writing: ActivityWriting, ownPerson: PersonKey): FieldValue[] {
  const { fields } = writing.profile.activity;
  return [
    { field: fields.ExtSystem.name, value: EXTERNAL_SYSTEM, matchup: true },
    { field: fields.ExtKey.name, value: pairId, matchup: true },
    { field: fields.Contact.name, value: String(writing.rules.typeForNew) },
    { field: fields.Status.name, value: SCHEDULED },
    { field: fields.RepId.name, value: String(writing.rep) },
    { field: fields.PeGrp.name, value: ownPerson.group },
    { field: fields.PeNo.name, value: ownPerson.number },
    ...contentFields(content, writing),
  ];
}

/** Activity status of the default profile. */
const SCHEDULED = '0';

function contentFields(content: Content, { profile, translation }: ActivityWriting): FieldValue[] {
  return [...fieldsOf(content, translation)].map(([field, value]) => ({ field: profile.activity.fields[field].name, value }));
}

function judgeFound(hits: readonly AnswerRecord[], take: Take): Written {
  // A hit marked deleted is a person's deletion: a key has no second life (docs/crm-interface-dialect: 4).
  return { outcome: hits.map(take).some((reading) => reading.state === 'present') ? 'exists' : 'gone' };
}

function judgeCreate(made: CommandAnswer | undefined, behind: CommandAnswer | undefined, take: Take): Written {
  const error = failureOf(made);
  const hits = recordsOf(behind).map((record) => ({ id: record.id, reading: take(record) }));
  const live = hits.filter((hit) => hit.reading.state === 'present');
  if (error !== null) {
    const unsure = failureOf(behind) !== null;
    if (live.length > 0) return { outcome: 'exists' };
    return refusal(error, unsure);
  }
  // Somebody else's record cannot have this key: what was matched is what an earlier attempt of ours made.
  if (made?.state === 'answered' && made.returns.some((each) => each.type !== 'insert')) return { outcome: 'exists' };
  const madeIds = new Set(recordsOf(made).map((record) => record.id));
  return stored(behind, hits.find((hit) => madeIds.has(hit.id)) ?? hits[0], judgeStored);
}

type Guarded = Write & { readonly kind: 'update' | 'delete' };

/** Query with the stamp that was read, break, update, query: the CRM has no If-Match (docs/crm-interface-dialect: 4). */
function guardedPlan(write: Guarded, writing: ActivityWriting, fields: readonly FieldValue[], judge: (reading: Reading) => Written): WritePlan | Written {
  const { profile, rows } = writing;
  const { activity } = profile;
  const record = theRecord(activity, write.id);
  const stamp = wallOfVersion(write.version);
  if (record === null) return { outcome: 'gone' };
  if (stamp === null) return { outcome: 'conflict' };
  const unchanged = record.map((block) => [...block, ...all(activity, ['UpdDate', '=', stamp.date], ['UpdTime', '=', stamp.time])]);
  const guardTable = { table: activity.table, fields: [activity.fields.StatNo.name, activity.fields.SeqNo.name, rows.deletionField] };
  return {
    commands: (prefix) => {
      const guard: QueryCommand = { kind: 'query', corr: `${prefix}g`, table: guardTable, where: unchanged };
      const update: Command = { kind: 'update', corr: `${prefix}u`, records: [{ table: activity.table, id: write.id, fields }] };
      return [
        guard,
        { kind: 'break', corr: `${prefix}b`, when: countIsNot(guard.corr, 1) },
        ...(fields.length === 0 ? [] : [update]),
        { kind: 'query', corr: `${prefix}r`, table: rows.tableWithDeleted, where: record },
      ];
    },
    judge: (answers, take) => {
      const [guard, broken] = answers;
      if (guard?.state !== 'answered') return null;
      const refused = judgeGuard(guard, broken, () => ({ outcome: 'conflict' }));
      if (refused !== null) return refused;
      if (recordsOf(guard).some((each) => rows.isDeleted(each))) return { outcome: 'gone' };
      const behind = answers.at(-1);
      const [now] = recordsOf(behind).map(take);
      const error = fields.length === 0 ? null : failureOf(answers[2]);
      if (error === null) return stored(behind, now === undefined ? undefined : { reading: now }, judge);
      if (error.code === '404') return { outcome: 'gone' };
      return refusal(error, now?.state !== 'present' || now.item.version !== write.version);
    },
  };
}

/** null where the guard let the write pass. */
function judgeGuard(question: CommandAnswer, guard: CommandAnswer | undefined, fired: () => Written): Written | null {
  const error = errorOf(question);
  if (error !== null) return refusal(error, false);
  if (guard?.state === 'answered' && guard.returns.some((each) => each.broken)) return fired();
  const unguarded = failureOf(guard);
  if (unguarded === null) return null;
  // The write behind a break that could not be evaluated was run without its guard: nothing more may be written like this.
  const failure = new PortFailure('crm', 'configuration', `The CRM cannot evaluate the break that guards a write (code ${unguarded.code}): writing stops until CRM.interface can.`, { code: unguarded.code, outcomeUnknown: true });
  return { outcome: 'lost', failure };
}

/** What the query behind a write that was accepted shows. */
function stored(behind: CommandAnswer | undefined, hit: { readonly reading: Reading } | undefined, judge: (reading: Reading) => Written): Written {
  const error = failureOf(behind);
  if (error !== null) return { outcome: 'lost', failure: withUnknownOutcome(commandFailure(error)) };
  // Stored, but hidden from the user who wrote it: to try again would not show it either.
  return hit === undefined ? { outcome: 'rejected', code: 'unreadable' } : judge(hit.reading);
}

function judgeStored(reading: Reading): Written {
  return reading.state === 'present' ? { outcome: 'written', item: reading.item } : { outcome: 'gone' };
}

/** A marker that the CRM accepted and did not keep (a trigger took it back) is no deletion. */
function judgeMarked(reading: Reading): Written {
  return reading.state === 'deleted' ? { outcome: 'written', item: null } : { outcome: 'rejected', code: 'notMarked' };
}

function refusal(error: CommandError, unsure: boolean): Written {
  const failure = commandFailure(error);
  if (failure.reason === 'recordRejected' || failure.reason === 'notFound') return { outcome: 'rejected', code: error.code, ...(error.field === null ? {} : { field: error.field }) };
  return unsure ? { outcome: 'lost', failure: withUnknownOutcome(failure) } : { outcome: 'notSent', failure };
}

function withUnknownOutcome(failure: PortFailure): PortFailure {
  return new PortFailure(failure.port, failure.reason, failure.message, { ...failure.details, outcomeUnknown: true });
}

function recordsOf(answer: CommandAnswer | undefined): readonly AnswerRecord[] {
  return answer?.state === 'answered' ? answer.returns.flatMap((each) => each.records) : [];
}

/** An answer that is missing where one must be counts as a command that failed. */
function failureOf(answer: CommandAnswer | undefined): CommandError | null {
  return answer?.state === 'answered' ? errorOf(answer) : { code: 'unknown', field: null };
}
