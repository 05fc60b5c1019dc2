import { mappedFields } from '../config/field-rules.ts';
import type { AppointmentRules } from '../config/rules.ts';
import { fingerprint, type Content, type Json } from '../model/content.ts';
import { activityFields, type ActivityFields } from './activity-fields.ts';
import { activityFilter } from './activity-filter.ts';
import type { AnswerRecord } from './answer.ts';
import { OPTIONAL_TABLE, type FieldValue, type QueryTable } from './dialect.ts';
import { linkFields, type LinkFields } from './link-fields.ts';
import { linkedDocuments, type LinkedDocuments } from './linked-documents.ts';
import { missingMark, type MissingMark } from './missing-mark.ts';
import { freeField, type FieldProfile, type SchemaProfile } from './profile.ts';
import { compareRecordIds } from './record-id.ts';
import { readWhole, sameText } from './values.ts';

/** The fields of an activity that are read, wherever one is read: the poll and a pass must see the same row to hash it alike. */
const READ = [
  'StatNo', 'SeqNo', 'UpdDate', 'UpdTime', 'UpdBy', 'Contact', 'Subject', 'Text', 'Date', 'Time', 'EndDate', 'EndTime', 'Location', 'RepId', 'Status', 'Priority', 'Private', 'Reminder',
  'ShowAs', 'Categories', 'MainStatNo', 'MainSeqNo', 'ExtSystem', 'ExtKey',
] as const; // prettier-ignore
type ActivityField = (typeof READ)[number];

const READ_OF_PARTICIPANT = ['StatNo', 'SeqNo', 'UpdDate', 'UpdTime', 'PeGrp', 'PeNo', 'RepId', 'Email', 'Role', 'Status', 'IsToDo'] as const;
type ParticipantField = (typeof READ_OF_PARTICIPANT)[number];

interface ParticipantRow {
  /** Decimal record id. */
  readonly id: string;
  field(name: ParticipantField): string;
}

/** How activities are asked for and what their answers say: the schema profile and the markers of one tenant. */
export interface ActivityRows {
  /** With the participants nested in their activity. */
  readonly table: QueryTable;
  /** The same, records marked as deleted included. */
  readonly tableWithDeleted: QueryTable;
  /** XML name of the marker field. */
  readonly deletionField: string;
  /** Sets the marker of published records. */
  readonly publishedMark: FieldValue;
  readonly missing: MissingMark;
  /** The additional ones. */
  readonly fields: ActivityFields;
  /** Null where no rule links anything. */
  readonly links: LinkFields | null;
  /** Null where the rules leave documents in the CRM. */
  readonly documents: LinkedDocuments | null;
  field(record: AnswerRecord, name: ActivityField): string;
  /** In the order of their record ids. */
  participants(record: AnswerRecord): readonly ParticipantRow[];
  isDeleted(record: AnswerRecord): boolean;
  isPublished(record: AnswerRecord): boolean;
  /** What is shown of participants' missing addresses, by `missing`. */
  readMissing(record: AnswerRecord): Json;
  /** Additional fields, by field group. */
  readFields(record: AnswerRecord): Content;
  /** Where the record leads, by relation. */
  readLinks(record: AnswerRecord): Json;
  /** Whether the rules' extra conditions hold for it. */
  meetsConditions(record: AnswerRecord): boolean;
  /** Hash over everything that is read of the activity, its participants and its documents, stamps included: the poll's measure of "already known". */
  fingerprint(record: AnswerRecord): string;
  rep(record: AnswerRecord): number | null;
}

export function activityRows(profile: SchemaProfile, rules: Pick<AppointmentRules, 'deletion' | 'published' | 'missing' | 'conditions' | 'links'> & Partial<Pick<AppointmentRules, 'fields' | 'attachments'>>, deletedFlag: number): ActivityRows {
  const { activity, participant } = profile;
  const deletionField = freeField(activity, rules.deletion.field);
  const publishedField = freeField(activity, rules.published.field);
  const missing = missingMark(profile, rules.missing);
  const filter = activityFilter(profile, rules.conditions);
  const links = rules.links.length === 0 ? null : linkFields(profile, rules.links);
  const fields = activityFields(profile, mappedFields(rules.fields ?? []));
  const names = [...new Set([...xmlNames(activity.fields, READ), deletionField, publishedField, ...missing.fields, ...filter.fields, ...(links?.fields ?? []), ...fields.names])];
  const participantNames = xmlNames(participant.fields, READ_OF_PARTICIPANT);
  const documents = rules.attachments?.toOutlook.enabled === true ? linkedDocuments(profile, deletedFlag) : null;
  const nested = [{ table: participant.table, fields: participantNames, flags: OPTIONAL_TABLE }, ...(documents === null ? [] : [documents.nested])];
  const participantsOf = (record: AnswerRecord): AnswerRecord[] => record.nested.filter((each) => each.table === participant.table && !each.deleted);
  const field = (record: AnswerRecord, name: ActivityField): string => record.fields.get(activity.fields[name].name) ?? '';
  return {
    table: { table: activity.table, fields: names, nested },
    tableWithDeleted: { table: activity.table, fields: names, nested, flags: deletedFlag },
    deletionField,
    publishedMark: { field: publishedField, value: rules.published.value },
    missing,
    fields,
    links,
    documents,
    field,
    participants: (record) =>
      participantsOf(record)
        .sort((a, b) => compareRecordIds(a.id, b.id))
        .map(({ id, fields }) => ({ id, field: (name) => fields.get(participant.fields[name].name) ?? '' })),
    isDeleted: (record) => record.deleted || sameText(record.fields.get(deletionField) ?? '', rules.deletion.value),
    isPublished: (record) => sameText(record.fields.get(publishedField) ?? '', rules.published.value),
    readFields: (record) => fields.read((name) => record.fields.get(name) ?? ''),
    readLinks: (record) => links?.read((name) => record.fields.get(name) ?? '') ?? {},
    meetsConditions: (record) => filter.holds((name) => record.fields.get(name) ?? ''),
    readMissing: (record) => missing.read((name) => record.fields.get(name) ?? ''),
    fingerprint: (record) => fingerprint([record.id, record.deleted, hashable(record, names), participantsOf(record).map((each) => [each.id, ...hashable(each, participantNames)]).sort(byFirst), ...(documents === null ? [] : documentsIn(documents, record))]),
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

/** Nothing where there are none: the rule alone makes no record another one. */
function documentsIn(documents: LinkedDocuments, record: AnswerRecord): string[][][] {
  const found = documents.moves(record);
  return found.length === 0 ? [] : [found];
}

function byFirst(a: readonly string[], b: readonly string[]): number {
  return (a[0] ?? '') < (b[0] ?? '') ? -1 : 1;
}
