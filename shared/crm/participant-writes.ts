import type { AppointmentContent } from '../model/appointment.ts';
import type { Content } from '../model/content.ts';
import type { Answer, Answers, Participants } from '../model/participants.ts';
import type { SideItem } from '../sync/ports.ts';
import type { CommandAnswer } from './answer.ts';
import { errorOf, type CommandError } from './classify.ts';
import type { Command, FieldValue, NewRecord } from './dialect.ts';
import { answering, answerNumber, isOwner, namingFields, peopleOf, roleNumber, type AnswerNumbers, type KnownRows, type Owner } from './participant-rows.ts';
import type { RecordProfile, SchemaProfile } from './profile.ts';
import { recordKey } from './record-id.ts';

/** What a write sends for the people of a meeting: only whom it adds, changes or removes. Pure. */

export interface PeopleWriting {
  readonly profile: SchemaProfile;
  readonly rules: AnswerNumbers;
  readonly owner: Owner;
  /** Whether this CRM takes answers. */
  readonly answers: boolean;
}

/** Rows to stand behind their activity in the import that makes it, strongest roles first. */
export function newRows(content: Content, writing: PeopleWriting): NewRecord[] {
  const { participants = {}, answers = {} } = content as Partial<AppointmentContent>;
  return rowsOf(Object.keys(participants), participants, answers, writing);
}

/**
 * Added members are imported behind their activity, which is matched by its own key and not changed, and matched themselves among its children; so
 * the same write sent twice makes no second row. What is there already is addressed by the id of its row: a row that somebody removed meanwhile does
 * not come back. Rows that the writer did not know of stay.
 */
export function peopleCommands(write: { readonly id: string; readonly content: Content; readonly current: SideItem | null }, known: KnownRows, writing: PeopleWriting, prefix: string): Command[] {
  const change = changeOf(write.content, write.current, known, writing);
  const { activity, participant } = writing.profile;
  const commands: Command[] = [];
  if (change.added.length > 0) commands.push({ kind: 'import', corr: `${prefix}i`, forceInternalMatchup: true, records: [matchedByKey(activity, write.id), ...change.added] });
  if (change.changed.size > 0) commands.push({ kind: 'update', corr: `${prefix}p`, records: [...change.changed].map(([id, fields]) => ({ table: participant.table, id, fields })) });
  if (change.removed.length > 0) commands.push({ kind: 'delete', corr: `${prefix}d`, records: change.removed.map((id) => ({ table: participant.table, id })) });
  return commands;
}

/** An activity that is there, as the parent of what an import brings: matched by its own key and not changed. */
export function matchedByKey(activity: RecordProfile<'StatNo' | 'SeqNo'>, id: string): NewRecord {
  const key = recordKey(id);
  return {
    table: activity.table,
    fields: [
      { field: activity.fields.StatNo.name, value: String(key?.station ?? 0), matchup: true },
      { field: activity.fields.SeqNo.name, value: String(key?.serial ?? 0), matchup: true },
    ],
  };
}

/** Whether this write needs to know the rows that are there. */
export function concernsPeople(content: Content): boolean {
  return content['participants'] !== undefined || content['answers'] !== undefined;
}

/** What became of the commands of `peopleCommands`. */
export interface PeopleOutcome {
  /** At least one row was written. */
  readonly anyDone: boolean;
  /** A row that was to be changed is not there any more: somebody removed it. */
  readonly vanished: boolean;
  readonly error: CommandError | null;
}

export function judgePeople(commands: readonly Command[], answers: readonly (CommandAnswer | undefined)[]): PeopleOutcome {
  let anyDone = false;
  let vanished = false;
  let error: CommandError | null = null;
  for (const [index, command] of commands.entries()) {
    const answer = answers[index];
    const returns = answer?.state === 'answered' ? answer.returns : [];
    if (returns.length === 0) error ??= { code: 'unknown', field: null };
    for (const [position, each] of returns.entries()) {
      const failed = errorOf({ state: 'answered', returns: [each] });
      // The first record of an import is the activity, which is only matched.
      if (failed === null) anyDone ||= command.kind !== 'import' || position > 0;
      else if (failed.code !== '404') error ??= failed;
      else if (command.kind === 'update') vanished = true;
      // A row that was to be removed and is gone is what was wanted.
      else if (command.kind === 'delete') anyDone = true;
      else error ??= failed;
    }
  }
  return { anyDone, vanished, error };
}

interface Change {
  readonly added: readonly NewRecord[];
  readonly changed: ReadonlyMap<string, readonly FieldValue[]>;
  readonly removed: readonly string[];
}

function changeOf(content: Content, current: SideItem | null, known: KnownRows, writing: PeopleWriting): Change {
  const { fields } = writing.profile.participant;
  const now = peopleOf(known);
  const before = current === null ? now : { participants: {}, answers: {}, ...(current.content as Partial<AppointmentContent>) };
  const { participants: target = before.participants, answers = {} } = content as Partial<AppointmentContent>;
  const added = Object.keys(target).filter((key) => !Object.hasOwn(before.participants, key));
  const removed = Object.keys(before.participants).filter((key) => !Object.hasOwn(target, key));
  const changed = new Map<string, FieldValue[]>();
  const set = (id: string, value: FieldValue): void => void changed.set(id, [...(changed.get(id) ?? []), value]);
  for (const [key, { role }] of Object.entries(target)) {
    const was = before.participants[key]?.role;
    if (was === undefined || was === role) continue;
    for (const row of known.get(key) ?? []) if (row.role !== role) set(row.id, { field: fields.Role.name, value: roleNumber(role) });
  }
  for (const [key, answer] of Object.entries(answers)) {
    const number = statusOf(answer, writing);
    if (number === null || added.includes(key) || removed.includes(key) || before.answers[key] === answer) continue;
    for (const row of answering(known.get(key) ?? [])) if (row.answer !== answer) set(row.id, { field: fields.Status.name, value: number });
  }
  return { added: rowsOf(added, target, answers, writing), changed, removed: removed.flatMap((key) => (known.get(key) ?? []).map((row) => row.id)) };
}

function rowsOf(keys: readonly string[], participants: Participants, answers: Answers, writing: PeopleWriting): NewRecord[] {
  const { participant } = writing.profile;
  return keys.flatMap((key): NewRecord[] => {
    const naming = namingFields(key, writing.profile);
    const role = participants[key]?.role;
    if (naming === null || role === undefined || isOwner(key, writing.owner)) return [];
    const answer = answers[key];
    const status = answer === undefined ? null : statusOf(answer, writing);
    return [{ table: participant.table, fields: [...naming, { field: participant.fields.Role.name, value: roleNumber(role) }, ...(status === null ? [] : [{ field: participant.fields.Status.name, value: status }])] }];
  });
}

function statusOf(answer: Answer, writing: PeopleWriting): string | null {
  const number = writing.answers ? answerNumber(answer, writing.rules) : null;
  return number === null ? null : String(number);
}
