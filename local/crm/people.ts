import type { Logins } from './logins.ts';
import type { CrmQuirks } from './quirks.ts';
import { readRecordId } from './record-id.ts';
import type { Records } from './records.ts';
import { Refused } from './refused.ts';
import { createSeries } from './series.ts';
import { findTable } from './schema.ts';
import type { Table } from './schema.ts';
import type { CrmRecord, Store } from './store.ts';
import { parseValue } from './values.ts';
import type { ValueFormat } from './values.ts';

/** Field values as a person types them: dates `yyyy-mm-dd`, times `hh:mm`, catalog values by number, null or '' = empty. */
export type FieldValues = Record<string, string | number | boolean | null>;

/** A record as it stands, every field of its table present; times always as `hh:mm:ss`. */
export interface RecordView {
  table: string;
  tableshort: string;
  id: string;
  statNo: number;
  seqNo: number;
  deleted: boolean;
  values: Record<string, string>;
}

/** Somebody who works in the CRM itself. Tables are named by XML name or info area. */
export interface CrmUser {
  /** As UpdBy shows it. */
  readonly name: string;
  create(table: string, values: FieldValues, key?: { statNo?: number; seqNo?: number }): RecordView;
  update(table: string, id: string, values: FieldValues): RecordView;
  /** Marks the record as deleted. */
  delete(table: string, id: string): RecordView;
  restore(table: string, id: string): RecordView;
  /** Marks an activity by its marker field, as the connectors do (connector-se 1.10). */
  markActivity(id: string, marker?: string): RecordView;
  addParticipant(activityId: string, values: FieldValues): RecordView;
  /** A main activity and one generated record per date, `yyyy-mm-dd`, each with the participants [D: connector-se 1.5]. */
  createSeries(values: FieldValues & { Date: string }, dates: string[], participants?: FieldValues[]): Series;
}

export interface Series {
  main: RecordView;
  generated: RecordView[];
}

/** What people type is read the same way everywhere, whatever the interface's quirks. */
const TYPED: Omit<ValueFormat, 'times'> = { byNumber: true, dateIn: 'ymd', dateOut: 'ymd', longTexts: 'refuse', outerBlanks: 'keep' };

export interface ActOptions {
  /** The changes bear a stamp that old: those of a long transaction that commits only now. Default 0. */
  stampedMsAgo?: number;
}

/** Field values as they came in JSON. */
export function readValues(values: unknown): FieldValues {
  if (typeof values !== 'object' || values === null) throw new Refused(422, 'The record stands in values, an object.');
  const read: FieldValues = {};
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && !['string', 'number', 'boolean'].includes(typeof value)) {
      throw new Refused(422, 'A field holds a text, a number, true, false or null.', name);
    }
    read[name] = value as string | number | boolean | null;
  }
  return read;
}

export interface PeopleOptions {
  store: Store;
  records: Records;
  logins: Logins;
  quirks: CrmQuirks;
}

/** `by`: a login name, a rep's name or a rep's SeqNo; anybody else is a 404. */
export function crmUser(options: PeopleOptions, by: string | number): CrmUser {
  const { store, records } = options;
  const name = nameOf(options, by);
  const read = (table: Table, values: FieldValues): Record<string, string> => typed(table, values, options.quirks.times);
  const find = (table: string, id: string): CrmRecord => {
    const record = store.byId(tableNamed(store, table).name, readRecordId(id) ?? '');
    if (record === undefined) throw new Refused(404, `There is no such record of ${table}.`);
    return record;
  };
  const user: CrmUser = {
    name,
    create(table, values, key) {
      const known = tableNamed(store, table);
      return viewOf(store, records.insert(known.name, read(known, values), name, key));
    },
    update(table, id, values) {
      const record = find(table, id);
      if (record.deleted) throw new Refused(404, `The record of ${table} is marked as deleted; restore it first.`);
      records.update(record, read(tableNamed(store, table), values), name);
      return viewOf(store, record);
    },
    delete(table, id) {
      const record = find(table, id);
      records.remove(record, name);
      return viewOf(store, record);
    },
    restore(table, id) {
      const record = find(table, id);
      records.restore(record, name);
      return viewOf(store, record);
    },
    markActivity: (id, marker = 'gelöscht') => user.update('Contact', id, { FreeC1: marker }),
    addParticipant(activityId, values) {
      const activity = find('Contact', activityId);
      return user.create('Participant', { ...values, ActStatNo: activity.statNo, ActSeqNo: activity.seqNo });
    },
    createSeries: (values, dates, participants = []) => createSeries(user, options.quirks.seriesMain, values, dates, participants),
  };
  return user;
}

export function tableNamed(store: Store, nameOrShort: string): Table {
  const table = findTable(store.schema, nameOrShort);
  if (table === undefined) throw new Refused(404, 'There is no such table; name one of the schema profile.');
  return table;
}

export function viewOf(store: Store, record: CrmRecord): RecordView {
  const { table, id, statNo, seqNo, deleted } = record;
  const known = tableNamed(store, table);
  const values: Record<string, string> = {};
  for (const name of known.fields.keys()) values[name] = record.values[name] ?? '';
  return { table, tableshort: known.short, id, statNo, seqNo, deleted, values };
}

function nameOf({ store, logins }: PeopleOptions, by: string | number): string {
  if (typeof by === 'string') {
    const login = logins.find(by);
    if (login !== undefined) return login.user;
  }
  const rep = [...store.all('RepUser')].find((candidate) =>
    typeof by === 'number' ? candidate.seqNo === by : candidate.values.Name?.toLowerCase() === by.toLowerCase(),
  );
  if (rep === undefined) throw new Refused(404, 'Nobody of that name works in this CRM; name a login or a rep.');
  return logins.ofRep(rep.seqNo)?.user ?? rep.values.Name ?? '';
}

function typed(table: Table, values: FieldValues, times: ValueFormat['times']): Record<string, string> {
  const read: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    const field = table.fields.get(name);
    if (field === undefined) throw new Refused(422, `The table ${table.name} has no such field.`, name);
    if (field.readOnly) throw new Refused(422, `${name} of ${table.name} is read-only; leave it out.`, name);
    const parsed = parseValue(field, value === null ? '' : String(value), { ...TYPED, times });
    if (typeof parsed !== 'string') throw new Refused(422, `${name} of ${table.name} ${parsed.reason}.`, name);
    read[name] = parsed;
  }
  return read;
}
