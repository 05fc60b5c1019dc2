import type { AppointmentRules } from '../config/rules.ts';
import { fingerprint } from '../model/content.ts';
import type { AnswerRecord } from './answer.ts';
import { OPTIONAL_TABLE, type QueryTable } from './dialect.ts';
import { freeField, type FieldProfile, type SchemaProfile } from './profile.ts';
import { readWhole } from './values.ts';

/** The fields of an activity that are read, wherever one is read: the poll and a pass must see the same row to hash it alike. */
const READ = [
  'StatNo', 'SeqNo', 'UpdDate', 'UpdTime', 'UpdBy', 'Contact', 'Subject', 'Text', 'Date', 'Time', 'EndDate', 'EndTime', 'Location', 'RepId', 'Status', 'Priority', 'Private', 'Reminder',
  'ShowAs', 'Categories', 'MainStatNo', 'MainSeqNo', 'ExtSystem', 'ExtKey',
] as const; // prettier-ignore
type ActivityField = (typeof READ)[number];

const READ_OF_PARTICIPANT = ['StatNo', 'SeqNo', 'UpdDate', 'UpdTime', 'PeGrp', 'PeNo', 'RepId', 'Email', 'Role', 'Status'] as const;
type ParticipantField = (typeof READ_OF_PARTICIPANT)[number];

/** How activities are asked for and what their answers say: the schema profile and the markers of one tenant. */
export interface ActivityRows {
  /** With the participants nested in their activity. */
  readonly table: QueryTable;
  /** The same, records marked as deleted included. */
  readonly tableWithDeleted: QueryTable;
  /** XML name of the marker field. */
  readonly deletionField: string;
  field(record: AnswerRecord, name: ActivityField): string;
  participants(record: AnswerRecord): readonly ((name: ParticipantField) => string)[];
  isDeleted(record: AnswerRecord): boolean;
  isPublished(record: AnswerRecord): boolean;
  /** Hash over everything that is read of the activity and its participants, stamps included: the poll's measure of "already known". */
  fingerprint(record: AnswerRecord): string;
  rep(record: AnswerRecord): number | null;
}

export function activityRows(profile: SchemaProfile, rules: Pick<AppointmentRules, 'deletion' | 'published'>, deletedFlag: number): ActivityRows {
  const { activity, participant } = profile;
  const deletionField = freeField(activity, rules.deletion.field);
  const publishedField = freeField(activity, rules.published.field);
  const names = [...new Set([...xmlNames(activity.fields, READ), deletionField, publishedField])];
  const participantNames = xmlNames(participant.fields, READ_OF_PARTICIPANT);
  const nested = [{ table: participant.table, fields: participantNames, flags: OPTIONAL_TABLE }];
  const participantsOf = (record: AnswerRecord): AnswerRecord[] => record.nested.filter((each) => each.table === participant.table && !each.deleted);
  const field = (record: AnswerRecord, name: ActivityField): string => record.fields.get(activity.fields[name].name) ?? '';
  return {
    table: { table: activity.table, fields: names, nested },
    tableWithDeleted: { table: activity.table, fields: names, nested, flags: deletedFlag },
    deletionField,
    field,
    participants: (record) => participantsOf(record).map((each) => (name) => each.fields.get(participant.fields[name].name) ?? ''),
    isDeleted: (record) => record.deleted || holdsMarker(record.fields.get(deletionField), rules.deletion.value),
    isPublished: (record) => holdsMarker(record.fields.get(publishedField), rules.published.value),
    fingerprint: (record) => fingerprint([record.id, record.deleted, hashable(record, names), participantsOf(record).map((each) => [each.id, ...hashable(each, participantNames)]).sort(byFirst)]),
    rep: (record) => readWhole(field(record, 'RepId')),
  };
}

function xmlNames<Logical extends string>(fields: Readonly<Record<Logical, FieldProfile>>, read: readonly Logical[]): string[] {
  return read.map((name) => fields[name].name);
}

/** An empty field is an empty element or absent, and line ends may come back either way. */
function hashable(record: AnswerRecord, names: readonly string[]): string[] {
  return names.map((name) => (record.fields.get(name) ?? '').replaceAll('\r\n', '\n'));
}

function byFirst(a: readonly string[], b: readonly string[]): number {
  return (a[0] ?? '') < (b[0] ?? '') ? -1 : 1;
}

/** Text comparison of the CRM ignores case (docs/crm-interface-dialect: 9). */
function holdsMarker(value: string | undefined, marker: string): boolean {
  return value !== undefined && plain(value) === plain(marker) && plain(marker) !== '';
}

function plain(text: string): string {
  return text.normalize('NFC').trim().toLowerCase();
}
