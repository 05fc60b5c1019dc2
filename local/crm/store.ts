import { recordId } from './record-id.ts';
import type { Field, Schema, Table } from './schema.ts';

export interface CrmRecord {
  /** XML name of its table. */
  readonly table: string;
  readonly id: string;
  readonly statNo: number;
  readonly seqNo: number;
  /** Marked as deleted; nothing is ever removed. */
  deleted: boolean;
  /** Canonical text by field name (values.ts); an absent field is empty. */
  values: Record<string, string>;
  /** When the record was made and when each field last changed: `yyyy-mm-dd hh:mm:ss` of the CRM's wall clock. */
  created: string;
  fieldStamps: Record<string, string>;
}

/** Everything that the store holds; nothing is ever removed, so the numbers given follow from it. */
export interface Snapshot {
  records: CrmRecord[];
}

/** What equality conditions, parents and match-ups ask for most; everything else is a scan. */
const INDEXED = new Set(
  'ExtKey RepId ActSeqNo SeqNo PeNo CoNo ParentId DocumentId UpdDate Email1 Email2 Email3 Email Name MainSeqNo'.split(' '),
);

export function isNumeric(field: Field): boolean {
  return field.type === 'L' || field.type === 'S' || field.type === 'F';
}

/** Two values with the same key are equal to the CRM: case does not count, an empty number is 0, an empty flag false. */
export function comparisonKey(field: Field, stored: string): string {
  if (isNumeric(field)) return stored === '' ? '0' : stored;
  if (field.type === 'B') return stored === 'true' ? 'true' : 'false';
  return stored.toLowerCase();
}

export function byKey(left: CrmRecord, right: CrmRecord): number {
  return left.statNo - right.statNo || left.seqNo - right.seqNo;
}

interface Shelf {
  table: Table;
  byId: Map<string, CrmRecord>;
  /** Ascending by StatNo, SeqNo. */
  ordered: CrmRecord[];
  indexes: Map<string, Map<string, Set<CrmRecord>>>;
}

/** Records and their indexes; knows no rules and no clock. */
export class Store {
  readonly schema: Schema;
  readonly #shelves = new Map<string, Shelf>();
  #lastSeqNo = new Map<string, number>();

  constructor(schema: Schema) {
    this.schema = schema;
    for (const table of schema.values()) this.#shelves.set(table.name, emptyShelf(table));
  }

  #shelf(table: string): Shelf {
    const shelf = this.#shelves.get(table);
    if (shelf === undefined) throw new Error(`The simulated CRM has no table ${table}; name one of the schema profile.`);
    return shelf;
  }

  nextSeqNo(table: string, statNo: number): number {
    return (this.#lastSeqNo.get(`${table} ${statNo}`) ?? 0) + 1;
  }

  add(record: CrmRecord): void {
    const shelf = this.#shelf(record.table);
    if (shelf.byId.has(record.id)) {
      throw new Error(`${record.table} ${record.id} exists already; choose another SeqNo or leave it to the CRM.`);
    }
    const counter = `${record.table} ${record.statNo}`;
    this.#lastSeqNo.set(counter, Math.max(this.#lastSeqNo.get(counter) ?? 0, record.seqNo));
    shelf.byId.set(record.id, record);
    let at = shelf.ordered.length;
    while (at > 0 && byKey(shelf.ordered[at - 1] ?? record, record) > 0) at -= 1;
    shelf.ordered.splice(at, 0, record);
    for (const [name, index] of shelf.indexes) put(index, keyOf(shelf.table, name, record), record);
  }

  /** Sets fields and keeps the indexes true. */
  assign(record: CrmRecord, values: Record<string, string>): void {
    const shelf = this.#shelf(record.table);
    for (const name of Object.keys(values)) {
      const index = shelf.indexes.get(name);
      if (index !== undefined) index.get(keyOf(shelf.table, name, record))?.delete(record);
      const value = values[name] ?? '';
      record.values[name] = value;
      if (index !== undefined) put(index, keyOf(shelf.table, name, record), record);
    }
  }

  byId(table: string, id: string): CrmRecord | undefined {
    return this.#shelf(table).byId.get(id);
  }

  byNumbers(table: string, statNo: number, seqNo: number): CrmRecord | undefined {
    return this.byId(table, recordId(statNo, seqNo));
  }

  /** Every record of the table, deleted ones too, ascending by key. */
  all(table: string): readonly CrmRecord[] {
    return this.#shelf(table).ordered;
  }

  /** Records whose indexed field equals the value, in no order; undefined where the field has no index. */
  equal(table: string, field: string, stored: string): ReadonlySet<CrmRecord> | undefined {
    const shelf = this.#shelf(table);
    const index = shelf.indexes.get(field);
    const definition = shelf.table.fields.get(field);
    if (index === undefined || definition === undefined) return undefined;
    return index.get(comparisonKey(definition, stored)) ?? new Set();
  }

  /** Records stamped on that date or later. */
  stampedSince(table: string, date: string): CrmRecord[] {
    const found: CrmRecord[] = [];
    for (const [day, records] of this.#shelf(table).indexes.get('UpdDate') ?? []) {
      if (day >= date) found.push(...records);
    }
    return found;
  }

  counts(): Record<string, { alive: number; deleted: number }> {
    const counts: Record<string, { alive: number; deleted: number }> = {};
    for (const [name, shelf] of this.#shelves) {
      const deleted = shelf.ordered.reduce((sum, record) => sum + (record.deleted ? 1 : 0), 0);
      counts[name] = { alive: shelf.ordered.length - deleted, deleted };
    }
    return counts;
  }

  snapshot(): Snapshot {
    const records: CrmRecord[] = [];
    for (const shelf of this.#shelves.values()) records.push(...shelf.ordered.map(copy));
    return { records };
  }

  /** Everything since the snapshot is gone, the numbers given since are given again. */
  restore(snapshot: Snapshot): void {
    for (const [name, shelf] of this.#shelves) this.#shelves.set(name, emptyShelf(shelf.table));
    this.#lastSeqNo = new Map();
    for (const record of snapshot.records) this.add(copy(record));
  }
}

function emptyShelf(table: Table): Shelf {
  const indexes = new Map([...table.fields.keys()].filter((name) => INDEXED.has(name)).map((name) => [name, new Map()]));
  return { table, byId: new Map(), ordered: [], indexes };
}

function keyOf(table: Table, name: string, record: CrmRecord): string {
  const field = table.fields.get(name);
  return field === undefined ? '' : comparisonKey(field, record.values[name] ?? '');
}

function put(index: Map<string, Set<CrmRecord>>, key: string, record: CrmRecord): void {
  const present = index.get(key);
  if (present === undefined) index.set(key, new Set([record]));
  else present.add(record);
}

function copy(record: CrmRecord): CrmRecord {
  return { ...record, values: { ...record.values }, fieldStamps: { ...record.fieldStamps } };
}
