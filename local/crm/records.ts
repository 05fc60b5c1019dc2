import type { CrmQuirks } from './quirks.ts';
import { recordId } from './record-id.ts';
import { Refused } from './refused.ts';
import { checkRecord } from './rules.ts';
import type { CrmRecord, Store } from './store.ts';
import { alikeInSeries, fillParticipant, withoutToDo } from './to-dos.ts';
import type { ToDoRules } from './to-dos.ts';
import type { WallReading } from './wall-clock.ts';

/** A change as a trigger of the CRM sees it, before it is stored; it may write other `values`, or throw to refuse. */
export interface PendingChange {
  table: string;
  /** Undefined for a record that is being made. */
  id: string | undefined;
  /** Who writes, as UpdBy will show. */
  by: string;
  values: Record<string, string>;
}

export interface RecordChange {
  kind: 'insert' | 'update' | 'delete' | 'restore';
  record: CrmRecord;
  by: string;
}

export interface RecordsOptions {
  store: Store;
  wallNow: () => WallReading;
  station: number;
  quirks: CrmQuirks;
  /** Whether this is the interface, or a person in the CRM. */
  byInterface: boolean;
  beforeStore: ((change: PendingChange) => void) | undefined;
  changed: (change: RecordChange) => void;
}

/** The one way in which records change, for the interface and for the people in the CRM alike: rules, triggers, stamps. */
export class Records {
  readonly #options: RecordsOptions;

  constructor(options: RecordsOptions) {
    this.#options = options;
  }

  insert(table: string, given: Record<string, string>, by: string, key?: { statNo?: number; seqNo?: number }): CrmRecord {
    const { store } = this.#options;
    const values = { ...given };
    this.#trigger({ table, id: undefined, by, values });
    if (table === 'Participant') fillParticipant(this.#toDoRules(), values);
    checkRecord(store, table, values);
    const statNo = key?.statNo ?? (table === 'RepUser' ? 0 : this.#options.station);
    const seqNo = key?.seqNo ?? store.nextSeqNo(table, statNo);
    const stamp = this.#options.wallNow();
    const record: CrmRecord = {
      table,
      id: recordId(statNo, seqNo),
      statNo,
      seqNo,
      deleted: false,
      values: { ...values, ...keyValues(store, table, statNo, seqNo), ...stampValues(stamp, by) },
      created: instantText(stamp),
      fieldStamps: {},
    };
    store.add(record);
    this.#options.changed({ kind: 'insert', record, by });
    this.#stampParent(record, by);
    return record;
  }

  /** Answers whether a value changed; where none did, nothing is stamped. */
  update(record: CrmRecord, given: Record<string, string>, by: string): boolean {
    const { store } = this.#options;
    const values = { ...given };
    this.#trigger({ table: record.table, id: record.id, by, values });
    const changes: Record<string, string> = {};
    for (const [name, value] of Object.entries(values)) {
      if ((record.values[name] ?? '') !== value) changes[name] = value;
    }
    const names = Object.keys(changes);
    if (names.length > 0) checkChange(store, record, changes);
    else if (!this.#options.quirks.stampUnchanged) return false;
    const stamp = this.#options.wallNow();
    store.assign(record, { ...changes, ...stampValues(stamp, by) });
    for (const name of names) record.fieldStamps[name] = instantText(stamp);
    this.#options.changed({ kind: 'update', record, by });
    this.#stampParent(record, by);
    this.#follow(record, changes, by);
    return names.length > 0;
  }

  /** Marks as deleted; a record that is marked already stays as it is. */
  remove(record: CrmRecord, by: string): void {
    if (!record.deleted) this.#mark(record, true, by);
  }

  restore(record: CrmRecord, by: string): void {
    if (record.deleted) this.#mark(record, false, by);
  }

  #mark(record: CrmRecord, deleted: boolean, by: string): void {
    record.deleted = deleted;
    if (this.#options.quirks.stampDeleted) this.#options.store.assign(record, stampValues(this.#options.wallNow(), by));
    this.#options.changed({ kind: deleted ? 'delete' : 'restore', record, by });
    this.#stampParent(record, by);
  }

  /** The CRM's own logic behind a change: to-dos that are asked for late, an answer that counts for a whole series. */
  #follow(record: CrmRecord, changes: Record<string, string>, by: string): void {
    if (record.table === 'Contact' && changes.CreateToDo === 'true') {
      for (const participant of withoutToDo(this.#toDoRules(), record)) this.update(participant, { IsToDo: 'true' }, by);
    }
    if (record.table === 'Participant' && changes.Status !== undefined) {
      for (const alike of alikeInSeries(this.#options.store, record)) this.update(alike, { Status: changes.Status }, by);
    }
  }

  #stampParent(record: CrmRecord, by: string): void {
    const { store, quirks, wallNow, changed } = this.#options;
    if (!quirks.stampParent || record.table !== 'Participant') return;
    const activity = store.byNumbers('Contact', Number(record.values.ActStatNo ?? ''), Number(record.values.ActSeqNo ?? ''));
    if (activity === undefined) return;
    store.assign(activity, stampValues(wallNow(), by));
    changed({ kind: 'update', record: activity, by });
  }

  #toDoRules(): ToDoRules {
    const { store, wallNow, quirks, byInterface } = this.#options;
    return { store, today: wallNow().date, always: quirks.generateToDos && byInterface };
  }

  #trigger(change: PendingChange): void {
    try {
      this.#options.beforeStore?.(change);
    } catch (cause) {
      if (cause instanceof Refused) throw cause;
      throw new Refused(500, 'A trigger of the CRM refused the record.');
    }
  }
}

/** A link that stays as it is may lead to a record that is gone by now; only what changes is judged. */
function checkChange(store: Store, record: CrmRecord, changes: Record<string, string>): void {
  const after = { ...record.values, ...changes };
  const links = /^(RepId|CreatedByRep|PeGrp|PeNo|CoGrp|CoNo|OppStatNo|OppSeqNo|ActStatNo|ActSeqNo|ParentInfoArea|ParentId|DocumentId|Email|Content)$/;
  if (Object.keys(changes).some((name) => links.test(name))) checkRecord(store, record.table, after);
}

function keyValues(store: Store, table: string, statNo: number, seqNo: number): Record<string, string> {
  const values: Record<string, string> = {};
  for (const field of store.schema.get(table)?.fields.values() ?? []) {
    if (field.key !== undefined) values[field.name] = String(field.key === 'statNo' ? statNo : seqNo);
  }
  return values;
}

function stampValues(stamp: WallReading, by: string): Record<string, string> {
  return { UpdDate: stamp.date, UpdTime: stamp.time, UpdBy: by };
}

function instantText(stamp: WallReading): string {
  return `${stamp.date} ${stamp.time}`;
}
