import { ACTIVITY_FIELDS, B, D, K, KEY_FIELDS, L, S, T, text, X, type FieldDefault, type FieldType } from '../config/activity-fields.ts';
import type { CrmRules } from '../config/rules.ts';
import { PortFailure } from '../sync/failures.ts';

/**
 * The schema profile: logical record and field -> table and field of the CRM (docs/crm-interface-dialect: 8 and 9). A logical name is the
 * name in the default profile; a tenant's rules change what it stands for. Lengths are UTF-16 units.
 */

export interface FieldProfile {
  /** XML name. */
  readonly name: string;
  readonly type: FieldType;
  /** Longest text; null = not a text, or not limited. */
  readonly length: number | null;
}

export interface RecordProfile<Logical extends string> {
  readonly infoArea: string;
  readonly table: string;
  readonly fields: Readonly<Record<Logical, FieldProfile>>;
}

const DEFAULTS = {
  activity: {
    infoArea: 'MA',
    table: 'Contact',
    fields: ACTIVITY_FIELDS,
  },
  participant: { infoArea: 'MB', table: 'Participant', fields: { ...KEY_FIELDS, ActStatNo: S, ActSeqNo: L, PeGrp: S, PeNo: L, RepId: L, Email: text(128), Role: X, Status: X, IsToDo: B } },
  person: {
    infoArea: 'KP',
    table: 'Person',
    fields: {
      ...KEY_FIELDS,
      ...{ PeGrp: S, PeNo: L, CoGrp: S, CoNo: L, FirstName: text(40), LastName: text(60), Email1: text(128), Email2: text(128), Email3: text(128), Phone: text(40), Mobile: text(40), Fax: text(40), Function: text(60) },
      ...{ Department: text(60), Salutation: text(40), Title: text(40), Text: text(4_000), Categories: text(255), Street: text(60), Zip: text(10), City: text(60), Country: text(40), Birthday: D, RepId: L },
    },
  },
  company: { infoArea: 'FI', table: 'Company', fields: { ...KEY_FIELDS, CoGrp: S, CoNo: L, Company: text(120), Street: text(60), Zip: text(10), City: text(60), Country: text(40), Phone: text(40), RepId: L } },
  favourite: { infoArea: 'FV', table: 'Favorite', fields: { ...KEY_FIELDS, RepId: L, PeGrp: S, PeNo: L } },
  rep: {
    infoArea: 'ID',
    table: 'RepUser',
    fields: { ...KEY_FIELDS, Name: text(40), Email1: text(128), ConnectorSettings: B, SyncEmails: B, SyncAppointments: B, PeGrp: S, PeNo: L, UserSettings: text(2_048), Type: X, SalesGroup: L, Active: B },
  },
  task: { infoArea: 'A1', table: 'Task', fields: { ...KEY_FIELDS, RepId: L, CreatedByRep: L, StartDate: D, DueDate: D, Status: X, Priority: X, Complete: S, Subject: text(120), Text: text(4_000) } },
  absence: { infoArea: 'AB', table: 'Absence', fields: { ...KEY_FIELDS, RepId: L, StartDate: D, StartTime: T, EndDate: D, EndTime: T, Subject: text(120), Text: text(4_000), Type: K, Approval: X } },
  document: { infoArea: 'D1', table: 'Document', fields: { ...KEY_FIELDS, Title: text(120), FileName: text(255), MimeType: text(100), Private: B, Content: text(null), ExtSystem: text(10), ExtKey: text(64) } },
  documentLink: { infoArea: 'D3', table: 'DocumentLink', fields: { ...KEY_FIELDS, ParentInfoArea: text(2), ParentId: text(20), DocumentId: text(20) } },
  opportunity: { infoArea: 'Y1', table: 'Opportunity', fields: KEY_FIELDS },
} as const;

type LogicalRecord = keyof typeof DEFAULTS;

export type SchemaProfile = { readonly [R in LogicalRecord]: RecordProfile<keyof (typeof DEFAULTS)[R]['fields'] & string> };

/** The default profile with the tenant's names and lengths. Throws PortFailure 'configuration' that names the mistake. */
export function schemaProfile(rules: Pick<CrmRules, 'profile' | 'lengths'>): SchemaProfile {
  const names = Object.keys(DEFAULTS) as LogicalRecord[];
  for (const name of Object.keys(rules.profile)) if (!names.some((each) => each === name)) throw mistake(`crm.profile names the record '${name}', which does not exist: use one of ${names.join(', ')}.`);
  const lengths = lengthsByField(rules.lengths, names);
  return Object.fromEntries(names.map((name) => [name, recordProfile(name, rules.profile[name], lengths)])) as unknown as SchemaProfile;
}

/** A field that the rules name freely (markers): a logical name of the record, or else the XML name itself. */
export function freeField<Logical extends string>(record: RecordProfile<Logical>, name: string): string {
  const fields: Readonly<Partial<Record<string, FieldProfile>>> = record.fields;
  return (Object.hasOwn(fields, name) ? fields[name]?.name : undefined) ?? xmlName(name, 'appointments');
}

function recordProfile(name: LogicalRecord, override: CrmRules['profile'][string] | undefined, lengths: ReadonlyMap<string, number>): RecordProfile<string> {
  const { infoArea, table, fields } = DEFAULTS[name];
  const defaults = new Map(Object.entries<FieldDefault>(fields));
  for (const field of Object.keys(override?.fields ?? {})) {
    if (!defaults.has(field)) throw mistake(`crm.profile.${name}.fields names the field '${field}', which does not exist: use one of ${[...defaults.keys()].join(', ')}.`);
  }
  const merged = [...defaults].map(([field, known]) => {
    const xml = override?.fields[field];
    return [field, { ...known, name: xml === undefined ? field : xmlName(xml, `crm.profile.${name}.fields.${field}`), length: lengths.get(`${name}.${field}`) ?? known.length }] as const;
  });
  return {
    infoArea: override?.infoArea ?? infoArea,
    table: override?.table === undefined ? table : xmlName(override.table, `crm.profile.${name}.table`),
    fields: Object.fromEntries(merged),
  };
}

/** 'activity.Subject' is that field; 'Subject' is every text of that name. */
function lengthsByField(lengths: Readonly<Record<string, number>>, records: readonly LogicalRecord[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const [name, length] of Object.entries(lengths).sort(([a], [b]) => Number(a.includes('.')) - Number(b.includes('.')))) {
    const fields = records.flatMap((record) => Object.entries<FieldDefault>(DEFAULTS[record].fields).filter(([, field]) => field.type === 'C').map(([field]) => ({ record, field })));
    const meant = fields.filter(({ record, field }) => name === field || name === `${record}.${field}`);
    if (meant.length === 0) throw mistake(`crm.lengths names the text '${name}', which does not exist: write it like 'Subject' or 'activity.Subject'.`);
    for (const { record, field } of meant) found.set(`${record}.${field}`, length);
  }
  return found;
}

function xmlName(name: string, where: string): string {
  if (/^[A-Za-z_][\w.-]*$/.test(name)) return name;
  throw mistake(`${where} holds a name that is not an XML name: use the name that the CRM's data model gives (letters, digits, '_').`);
}

function mistake(sentence: string): PortFailure {
  return new PortFailure('crm', 'configuration', sentence);
}
