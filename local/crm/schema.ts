import { catalogs } from './catalogs.ts';
import type { Catalog } from './catalogs.ts';

/** B boolean, C text, D date, F float, K variable catalog, L long, S short, T time, X fixed catalog (connector-se 4.6). */
export type FieldType = 'B' | 'C' | 'D' | 'F' | 'K' | 'L' | 'S' | 'T' | 'X';

export interface Field {
  name: string;
  type: FieldType;
  /** Field number in `<metainfo>`; system fields are numbered from 4000 (connector-se 4.5). */
  fnr: number;
  /** Longest text, in UTF-16 units; 0 = not limited. Only for C. */
  length: number;
  readOnly: boolean;
  /** Key of the record itself: StatNo and SeqNo, and what equals them in person and company. */
  key: 'statNo' | 'seqNo' | undefined;
  catalog: Catalog | undefined;
  private: boolean;
  free: boolean;
  rep: boolean;
}

export interface Table {
  name: string;
  /** Info area code. */
  short: string;
  fields: Map<string, Field>;
}

/** Tables by XML name; the fields are those of the dialect's section 8, the lengths are ours (docs/simulators/crm.md). */
export type Schema = Map<string, Table>;

const FIELD = /^(\w+):([BCDFKLSTX])(\d*)(?:@(\w+))?(?:#(\d+))?(!?)$/;

/**
 * One field a word: `Name:Type`, a length behind C, `@catalog` behind K and X, `#number` where the documentation gives
 * the field number, `!` for read-only.
 */
const definitions: [name: string, short: string, fields: string][] = [
  [
    'Contact',
    'MA',
    'Contact:X@activityType Subject:C120#12 Text:C4000 Date:D Time:T EndDate:D EndTime:T Location:C120 RepId:L ' +
      'Status:X@activityStatus Priority:X@priority Private:B Reminder:L ShowAs:X@showAs Categories:C255 CoGrp:S CoNo:L ' +
      'PeGrp:S PeNo:L OppStatNo:S OppSeqNo:L MainStatNo:S MainSeqNo:L ExtSystem:C10 ExtKey:C64 CreateToDo:B ' +
      'FreeC1:C40 FreeC2:C40 FreeL1:B FreeN1:L',
  ],
  [
    'Participant',
    'MB',
    'ActStatNo:S ActSeqNo:L PeGrp:S PeNo:L RepId:L Email:C128 Role:X@role Status:X@answer IsToDo:B',
  ],
  [
    'Person',
    'KP',
    'PeGrp:S! PeNo:L! CoGrp:S CoNo:L FirstName:C40 LastName:C60 Email1:C128 Email2:C128 Email3:C128 Phone:C40 Mobile:C40 ' +
      'Fax:C40 Function:C60 Department:C60 Salutation:C40 Title:C40 Text:C4000 Categories:C255 Street:C60 Zip:C10 ' +
      'City:C60 Country:C40 Birthday:D RepId:L',
  ],
  [
    'Company',
    'FI',
    'CoGrp:S! CoNo:L! Company:C120 Street:C60 Zip:C10 City:C60 Country:C40 Phone:C40 RepId:L FreeC1:C40',
  ],
  ['Favorite', 'FV', 'RepId:L PeGrp:S PeNo:L'],
  [
    'RepUser',
    'ID',
    'Name:C40#3 Email1:C128#27 ConnectorSettings:B SyncEmails:B SyncAppointments:B PeGrp:S PeNo:L UserSettings:C2048 ' +
      'Type:X@repType SalesGroup:L Active:B',
  ],
  [
    'Task',
    'A1',
    'RepId:L#4 CreatedByRep:L#10 StartDate:D#38 DueDate:D#14 Status:X@taskStatus#2 Priority:X@priority#5 Complete:S#56 ' +
      'Subject:C120 Text:C4000',
  ],
  [
    'Absence',
    'AB',
    'RepId:L StartDate:D StartTime:T EndDate:D EndTime:T Subject:C120 Text:C4000 Type:K@absenceType Approval:X@approval',
  ],
  ['Document', 'D1', 'Title:C120 FileName:C255 MimeType:C100 Private:B Content:C ExtSystem:C10 ExtKey:C64'],
  ['DocumentLink', 'D3', 'ParentInfoArea:C2 ParentId:C20 DocumentId:C20'],
  ['Opportunity', 'Y1', 'Name:C120'],
];

const SYSTEM = 'UpdDate:D#4010! UpdTime:T#4011! UpdBy:C40#4012!';
const OWN_KEYS: Record<string, [grp: string, no: string]> = { Person: ['PeGrp', 'PeNo'], Company: ['CoGrp', 'CoNo'] };

/** How a customer's field differs from the profile: not there at all, shorter or longer, or nobody's to write; or one that the customer has added (`type`). */
export type FieldChange = 'absent' | { length?: number; readOnly?: boolean } | AddedField;

/** `catalog`: the numbers that a field of the type K or X takes, with their texts. */
export interface AddedField {
  type: FieldType;
  length?: number;
  catalog?: Catalog;
}

export interface SchemaOptions {
  /** Whether the catalog of answers has 4, tentative (dialect 8: "where the catalog has it"). */
  tentativeAnswer: boolean;
  /** By `Table.Field`, XML names. */
  fields?: Record<string, FieldChange>;
}

export function createSchema(options: SchemaOptions): Schema {
  const known = catalogs(options.tentativeAnswer);
  const changes = new Map(Object.entries(options.fields ?? {}));
  const schema: Schema = new Map(
    definitions.map(([name, short, words]) => {
      const all = [...`StatNo:S#0! SeqNo:L#1! ${words} ${SYSTEM}`.split(' ').map((word) => defineField(word, known)), ...addedFields(name, changes)];
      numberFields(all);
      const fields = new Map(all.map((field) => [field.name, field]));
      for (const field of all) applyChange(fields, field, changes.get(`${name}.${field.name}`));
      for (const field of all) changes.delete(`${name}.${field.name}`);
      const [grp, no] = OWN_KEYS[name] ?? [];
      for (const [fieldName, key] of [
        ['StatNo', 'statNo'],
        ['SeqNo', 'seqNo'],
        [grp, 'statNo'],
        [no, 'seqNo'],
      ] as const) {
        const field = fieldName === undefined ? undefined : fields.get(fieldName);
        if (field !== undefined) field.key = key;
      }
      return [name, { name, short, fields }] as const;
    }),
  );
  for (const unknown of changes.keys()) throw new Error(`There is no field ${unknown} to change; name it as Table.Field.`);
  return schema;
}

/** Takes the fields that the customer has added out of the changes. */
function addedFields(table: string, changes: Map<string, FieldChange>): Field[] {
  return [...changes].flatMap(([key, change]) => {
    if (!key.startsWith(`${table}.`) || change === 'absent' || !('type' in change)) return [];
    changes.delete(key);
    const { type, length = 0, catalog } = change;
    return [{ name: key.slice(table.length + 1), type, fnr: -1, length, readOnly: false, key: undefined, catalog, private: false, free: false, rep: false }];
  });
}

function applyChange(fields: Map<string, Field>, field: Field, change: Exclude<FieldChange, AddedField> | undefined): void {
  if (change === 'absent') fields.delete(field.name);
  else Object.assign(field, change);
}

function defineField(word: string, known: Record<string, Catalog>): Field {
  const parts = FIELD.exec(word);
  if (parts === null) throw new Error(`The field definition ${word} cannot be read; write it as Name:Type.`);
  const [, name = '', type = 'C', length = '', catalog = '', fnr = '', readOnly = ''] = parts;
  return {
    name,
    type: type as FieldType,
    fnr: fnr === '' ? -1 : Number(fnr),
    length: type === 'C' && length !== '' ? Number(length) : 0,
    readOnly: readOnly === '!',
    key: undefined,
    catalog: known[catalog],
    private: name === 'Private',
    free: name.startsWith('Free'),
    rep: name === 'RepId' || name === 'CreatedByRep',
  };
}

/** Gives the fields whose number nobody documents the next free one. */
function numberFields(fields: Field[]): void {
  const taken = new Set(fields.map((field) => field.fnr));
  let next = 2;
  for (const field of fields) {
    if (field.fnr >= 0) continue;
    while (taken.has(next)) next += 1;
    field.fnr = next;
    taken.add(next);
  }
}

/** Accepts the XML name and the info area code. */
export function findTable(schema: Schema, nameOrShort: string): Table | undefined {
  const named = schema.get(nameOrShort);
  if (named !== undefined) return named;
  for (const table of schema.values()) if (table.short === nameOrShort) return table;
  return undefined;
}
