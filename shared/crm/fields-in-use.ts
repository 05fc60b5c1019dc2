import { EXTERNAL_SYSTEM } from '../config/names.ts';
import { mappedFields, type MappedField } from '../config/field-rules.ts';
import type { TenantRules } from '../config/rules.ts';
import { linkFields } from './link-fields.ts';
import { freeField, type FieldProfile, type RecordProfile, type SchemaProfile } from './profile.ts';

/**
 * What the connector asks a customer's CRM for, wherever it does: `doctor` compares it with the CRM's own list. A test holds it against the requests
 * of the whole product. Fields of the profile that nothing asks for yet are not here: a CRM may lack them.
 */

const IN_USE = {
  activity: [
    'StatNo', 'SeqNo', 'UpdDate', 'UpdTime', 'UpdBy', 'Contact', 'Subject', 'Text', 'Date', 'Time', 'EndDate', 'EndTime', 'Location', 'RepId', 'Status', 'Priority', 'Private', 'Reminder',
    'ShowAs', 'Categories', 'CoGrp', 'CoNo', 'PeGrp', 'PeNo', 'OppStatNo', 'OppSeqNo', 'MainStatNo', 'MainSeqNo', 'ExtSystem', 'ExtKey',
  ],
  participant: ['StatNo', 'SeqNo', 'UpdDate', 'UpdTime', 'ActStatNo', 'ActSeqNo', 'PeGrp', 'PeNo', 'RepId', 'Email', 'Role', 'Status', 'IsToDo'],
  person: ['PeGrp', 'PeNo', 'FirstName', 'LastName', 'Email1', 'Email2', 'Email3'],
  document: ['StatNo', 'SeqNo', 'Title', 'FileName', 'MimeType', 'Private', 'Content', 'ExtSystem', 'ExtKey'],
  documentLink: ['ParentInfoArea', 'ParentId', 'DocumentId'],
  rep: ['StatNo', 'SeqNo', 'Name', 'Email1', 'ConnectorSettings', 'SyncAppointments', 'SyncEmails', 'Active', 'Type', 'PeGrp', 'PeNo'],
} as const; // prettier-ignore

/** Of documents that go to Outlook. */
const LINKED = {
  document: ['StatNo', 'SeqNo', 'UpdDate', 'UpdTime', 'Title', 'FileName', 'MimeType', 'Private', 'Content', 'ExtSystem'],
  documentLink: ['UpdDate', 'UpdTime', 'ParentInfoArea', 'ParentId', 'DocumentId'],
} as const;

export type RecordInUse = keyof typeof IN_USE;

/** Texts that are cut to the length that the rules give. */
const CUT = ['Subject', 'Text', 'Location', 'Categories', 'Title', 'FileName', 'MimeType'] as const;
/** Characters of a key of ours (sync/pair.ts); a key is never cut. */
const KEY_LENGTH = 40;

export interface FieldInUse {
  /** The rule that decides which field it is. */
  readonly rule: string;
  /** XML name. */
  readonly field: string;
  /** The longest text that is written into it; 0 = the length does not matter. */
  readonly length: number;
  /** The rule by which what is longer is cut; null = it is never cut. */
  readonly lengthRule: string | null;
}

export interface TableInUse {
  readonly record: RecordInUse;
  readonly table: string;
  readonly fields: readonly FieldInUse[];
}

type RulesInUse = Pick<TenantRules, 'appointments'> & Partial<Pick<TenantRules, 'users'>>;

/** Without the markers: see `markersInUse`. */
export function tablesInUse(profile: SchemaProfile, rules: RulesInUse): TableInUse[] {
  const toDos = rules.appointments.generateToDos ? ['CreateToDo'] : [];
  const conditions = [...new Set((rules.users?.conditions ?? []).map(({ field }) => freeField(profile.rep, field)))];
  const settings = rules.users?.syncSettings.enabled === true ? ['UserSettings'] : [];
  const filters = [...new Set(rules.appointments.conditions.map(({ field }) => freeField(profile.activity, field)))];
  const links = rules.appointments.links.length === 0 ? [] : linkFields(profile, rules.appointments.links).fields;
  const activity = table('activity', profile.activity, [...IN_USE.activity, ...toDos]);
  const rep = table('rep', profile.rep, [...IN_USE.rep, ...settings]);
  return [
    { ...activity, fields: [...activity.fields, ...filters.map((field) => plain('appointments.conditions', field)), ...links.map((field) => plain('appointments.links', field))] },
    table('participant', profile.participant, IN_USE.participant),
    table('person', profile.person, IN_USE.person),
    ...documentTables(profile, rules),
    { ...rep, fields: [...rep.fields, ...conditions.map((field) => plain('users.conditions', field))] },
  ];
}

function documentTables(profile: SchemaProfile, { appointments: { attachments } }: RulesInUse): TableInUse[] {
  const { toCrm, toOutlook } = attachments;
  return (['document', 'documentLink'] as const).flatMap((record) => {
    const fields = new Set<string>([...(toCrm.enabled ? IN_USE[record] : []), ...(toOutlook.enabled ? LINKED[record] : [])]);
    return fields.size === 0 ? [] : [table(record, profile[record], [...fields])];
  });
}

/** Fields of the activity that the rules choose freely, with the text that is written into each. */
export function markersInUse({ activity }: SchemaProfile, { appointments: { deletion, published, missing, fields } }: RulesInUse): FieldInUse[] {
  const marker = (rule: string, field: string, length: number): FieldInUse => ({ rule, field: freeField(activity, field), length, lengthRule: null });
  return [
    marker('appointments.deletion.field', deletion.field, deletion.value.length),
    marker('appointments.published.field', published.field, published.value.length),
    ...missing.flags.map(({ field, value, cleared }, index) => marker(`appointments.missing.flags[${index}].field`, field, Math.max(value.length, cleared.length))),
    // It is cut to the field's length where the profile knows it, else to a length of its own.
    ...(missing.addressesField === undefined ? [] : [marker('appointments.missing.addressesField', missing.addressesField, 0)]),
    ...additional(activity, mappedFields(fields)),
  ];
}

/** Additional fields that are written: of those that are only read the default ones may be any. */
function additional(activity: RecordProfile<string>, fields: readonly MappedField[]): FieldInUse[] {
  return fields.flatMap(({ crm, direction }, index) => {
    const isKnown = Object.hasOwn(activity.fields, crm.field);
    return isKnown && direction === 'toOutlook' ? [] : [{ rule: `appointments.fields[${index}].crm`, field: freeField(activity, crm.field), length: direction === 'toOutlook' ? 0 : (crm.length ?? 0), lengthRule: null }];
  });
}

function table(record: RecordInUse, { table: name, fields }: RecordProfile<string>, logical: readonly string[]): TableInUse {
  return { record, table: name, fields: logical.flatMap((each) => inUse(record, each, fields[each])) };
}

function inUse(record: RecordInUse, logical: string, field: FieldProfile | undefined): FieldInUse[] {
  if (field === undefined) return [];
  const rule = `crm.profile.${record}.fields.${logical}`;
  if (record !== 'activity' && record !== 'document') return [plain(rule, field.name)];
  if (CUT.some((each) => each === logical)) return [{ rule, field: field.name, length: field.length ?? 0, lengthRule: `crm.lengths.${record}.${logical}` }];
  if (logical === 'ExtSystem') return [{ ...plain(rule, field.name), length: EXTERNAL_SYSTEM.length }];
  return [logical === 'ExtKey' ? { ...plain(rule, field.name), length: KEY_LENGTH } : plain(rule, field.name)];
}

function plain(rule: string, field: string): FieldInUse {
  return { rule, field, length: 0, lengthRule: null };
}
