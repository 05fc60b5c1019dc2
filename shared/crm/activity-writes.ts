import { EXTERNAL_SYSTEM } from '../config/names.ts';
import type { AppointmentRules } from '../config/rules.ts';
import type { AppointmentContent } from '../model/appointment.ts';
import type { Content } from '../model/content.ts';
import { ROLES } from '../model/participants.ts';
import { startOfDay } from '../model/time/allday.ts';
import { parseIso, type Instant } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Reading, Write, Written } from '../sync/ports.ts';
import { fieldsOf, type ActivityTranslation } from './activity-content.ts';
import type { ActivityRows } from './activity-row.ts';
import type { AnswerRecord, CommandAnswer } from './answer.ts';
import { commandFailure, errorOf, type CommandError } from './classify.ts';
import { countIsNot, type Blocks, type Command, type FieldValue, type QueryCommand } from './dialect.ts';
import { all, theRecord } from './key-pages.ts';
import { personKey, type KnownRows, type Owner, type PersonKey } from './participant-rows.ts';
import { judgePeople, newRows, peopleCommands, type PeopleWriting } from './participant-writes.ts';
import type { SchemaProfile } from './profile.ts';
import { wallOfVersion } from './stamp.ts';

/** What each write of an activity sends, and what its answers mean. Pure. */

export interface ActivityWriting {
  readonly profile: SchemaProfile;
  readonly rows: ActivityRows;
  readonly rules: Pick<AppointmentRules, 'deletion' | 'typeForNew' | 'published' | 'generateToDos' | 'tentativeStatus'>;
  readonly translation: ActivityTranslation;
  readonly rep: number;
}

/** What is known when a write is planned. */
export interface Situation {
  readonly ownPerson: PersonKey | null;
  readonly owner: Owner;
  /** Rows of the activity that is updated, as last read. */
  readonly known: KnownRows;
  /** Whether this CRM takes participants' answers. */
  readonly answers: boolean;
  /** Not later than the CRM's time. */
  readonly now: Instant;
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
export function planWrite(write: Write, writing: ActivityWriting, situation: Situation): WritePlan | Written {
  switch (write.kind) {
    case 'create': {
      const parent = parentOf(write, situation);
      return parent === null ? { outcome: 'rejected', code: 'noOwnPerson', field: 'PeNo' } : createPlan(write, writing, situation, parent);
    }
    case 'update': {
      // Published records have no participants of ours.
      const people = (prefix: string): Command[] => (write.current?.published === true ? [] : peopleCommands(write, situation.known, peopleWriting(writing, situation), prefix));
      return guardedPlan(write, writing, { fields: onceEach([...contentFields(write.content, writing, write.current?.content), ...parentFields(write, writing, situation)]), people }, judgeStored);
    }
    case 'delete':
      return guardedPlan(write, writing, { fields: [{ field: writing.rows.deletionField, value: writing.rules.deletion.value }], people: () => [] }, judgeMarked);
  }
}

/**
 * An activity needs a person: the first among its participants, required before optional, or else the rep's own; a published one is always under the
 * mailbox owner's person (docs/crm-interface-dialect: 9).
 */
function parentOf({ content, mode }: Pick<Create, 'content' | 'mode'>, { ownPerson }: Pick<Situation, 'ownPerson'>): PersonKey | null {
  if (mode === 'published') return ownPerson;
  const { participants = {} } = content as Partial<AppointmentContent>;
  const persons = Object.entries(participants).flatMap(([key, { role }]) => ({ person: personKey(key), rank: ROLES.indexOf(role) }));
  const [first] = persons.filter(({ person }) => person !== null).sort((a, b) => a.rank - b.rank);
  return first?.person ?? ownPerson;
}

/** What a record of ours hangs on besides: whoever sees one of these sees whom the appointment is with. */
const OTHER_LINKS = ['CoGrp', 'CoNo', 'OppStatNo', 'OppSeqNo'] as const;

function parentFields(write: Write & { readonly kind: 'update' }, { profile: { activity }, rows }: ActivityWriting, situation: Situation): FieldValue[] {
  const parent = write.link === undefined ? null : write.link === 'own' ? situation.ownPerson : parentOf({ content: write.content }, { ownPerson: null });
  if (parent === null) return [];
  const others = write.link === 'own' ? [...OTHER_LINKS.map((field) => activity.fields[field].name), ...(rows.links?.fields ?? [])].map((field) => ({ field, value: '' })) : [];
  return [{ field: activity.fields.PeGrp.name, value: parent.group }, { field: activity.fields.PeNo.name, value: parent.number }, ...others];
}

function peopleWriting({ profile, rules }: ActivityWriting, { owner, answers }: Situation): PeopleWriting {
  return { profile, rules, owner, answers };
}

type Create = Write & { readonly kind: 'create' };

function createPlan(write: Create, writing: ActivityWriting, situation: Situation, parent: PersonKey): WritePlan {
  const { profile, rows } = writing;
  const where = byExternalKey(profile, write.pairId);
  const activity = { table: profile.activity.table, fields: newFields(write, writing, situation, parent) };
  const people = write.mode === 'published' ? [] : newRows(write.content, peopleWriting(writing, situation));
  return {
    commands: (prefix) => {
      const lookUp: Command[] = [
        { kind: 'query', corr: `${prefix}k`, table: rows.tableWithDeleted, where },
        { kind: 'break', corr: `${prefix}b`, when: countIsNot(`${prefix}k`, 0) },
      ];
      return [
        ...(write.repeated ? lookUp : []),
        { kind: 'import', corr: `${prefix}i`, forceInternalMatchup: true, records: [activity, ...people] },
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

function newFields({ pairId, content, mode = 'own' }: Create, writing: ActivityWriting, { now }: Situation, parent: PersonKey): FieldValue[] {
  const { rules, rows, profile } = writing;
  const { fields } = profile.activity;
  const isPublished = mode === 'published';
  const { missing = 'unmarked', ...others } = content;
  // There is no mark yet that could be taken away.
  const nothingMissing = rows.missing.held(missing) === 'unmarked';
  const rest = contentFields(nothingMissing ? others : content, writing, { links: {} }).filter(({ field, value }) => value !== '' || !rows.fields.names.includes(field));
  return [
    { field: fields.ExtSystem.name, value: EXTERNAL_SYSTEM, matchup: true },
    { field: fields.ExtKey.name, value: pairId, matchup: true },
    { field: fields.Contact.name, value: String(isPublished ? rules.published.type : rules.typeForNew) },
    ...(isPublished ? [rows.publishedMark] : []),
    // Where an additional field says it, it is not said twice.
    ...(rest.some(({ field }) => field === fields.Status.name) ? [] : [{ field: fields.Status.name, value: SCHEDULED }]),
    { field: fields.RepId.name, value: String(writing.rep) },
    { field: fields.PeGrp.name, value: parent.group },
    { field: fields.PeNo.name, value: parent.number },
    // To-do records can be made for appointments in the future only (connector-se 1.7).
    ...(rules.generateToDos && !isPublished && isAhead(content, writing, now) ? [{ field: fields.CreateToDo.name, value: 'true' }] : []),
    ...rest,
  ];
}

function isAhead(content: Content, { translation }: ActivityWriting, now: Instant): boolean {
  const { time } = content as Partial<AppointmentContent>;
  if (time === undefined) return false;
  return (time.allDay ? startOfDay(time.firstDay, translation.timeZone) : parseIso(time.start)) > now;
}

/** Activity status of the default profile. */
const SCHEDULED = '0';

/** @param shown what the record showed before, where that is known */
function contentFields(content: Content, { profile, translation, rows }: ActivityWriting, shown?: Content): FieldValue[] {
  const { missing, links } = content;
  return [
    ...[...fieldsOf(content, translation)].map(([field, value]) => ({ field: profile.activity.fields[field].name, value })),
    ...(missing === undefined ? [] : rows.missing.write(missing)),
    ...rows.fields.write(content),
    ...(links === undefined || rows.links === null ? [] : rows.links.write(links, shown?.['links'])),
  ];
}

/** A record names each of its fields once: a mask empties what a link rule would empty, too. */
function onceEach(fields: readonly FieldValue[]): FieldValue[] {
  return [...new Map(fields.map((each) => [each.field, each])).values()];
}

function judgeFound(hits: readonly AnswerRecord[], take: Take): Written {
  // A hit marked deleted is a person's deletion: a key has no second life (docs/crm-interface-dialect: 4).
  return { outcome: hits.map(take).some((reading) => reading.state === 'present') ? 'exists' : 'gone' };
}

function judgeCreate(made: CommandAnswer | undefined, behind: CommandAnswer | undefined, take: Take): Written {
  // What became of the activity; a participant who was not taken is seen to be missing in what is stored.
  const error = failureOf(firstOf(made));
  const hits = recordsOf(behind).map((record) => ({ id: record.id, reading: take(record) }));
  const live = hits.filter((hit) => hit.reading.state === 'present');
  if (error !== null) {
    const unsure = failureOf(behind) !== null;
    if (live.length > 0) return { outcome: 'exists' };
    return refusal(error, unsure);
  }
  // Somebody else's record cannot have this key: what was matched is what an earlier attempt of ours made.
  if (made?.state === 'answered' && made.returns[0]?.type !== 'insert') return { outcome: 'exists' };
  const madeIds = new Set(recordsOf(made).map((record) => record.id));
  return stored(behind, hits.find((hit) => madeIds.has(hit.id)) ?? hits[0], judgeStored);
}

function firstOf(answer: CommandAnswer | undefined): CommandAnswer | undefined {
  return answer?.state === 'answered' ? { ...answer, returns: answer.returns.slice(0, 1) } : answer;
}

type Guarded = Write & { readonly kind: 'update' | 'delete' };

interface Change {
  /** Of the activity itself. */
  readonly fields: readonly FieldValue[];
  /** Commands for the rows of its participants. */
  people(prefix: string): readonly Command[];
}

/** Query with the stamp that was read, break, updates, query: the CRM has no If-Match (docs/crm-interface-dialect: 4). */
function guardedPlan(write: Guarded, writing: ActivityWriting, { fields, people }: Change, judge: (reading: Reading) => Written): WritePlan | Written {
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
        ...people(prefix),
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
      const unsure = now?.state !== 'present' || now.item.version !== write.version;
      const error = fields.length === 0 ? null : failureOf(answers[2]);
      if (error !== null) return error.code === '404' ? { outcome: 'gone' } : refusal(error, unsure);
      const rowsOutcome = judgePeople(people(''), answers.slice(fields.length === 0 ? 2 : 3, -1));
      // Somebody removed a participant whom we were about to change: his edit is to be seen before it is overwritten in our books.
      if (rowsOutcome.vanished) return { outcome: 'conflict' };
      if (rowsOutcome.error !== null && fields.length === 0 && !rowsOutcome.anyDone) return refusal(rowsOutcome.error, unsure);
      return stored(behind, now === undefined ? undefined : { reading: now }, judge);
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
