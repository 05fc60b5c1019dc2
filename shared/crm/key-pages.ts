import { PortFailure } from '../sync/failures.ts';
import type { AnswerRecord } from './answer.ts';
import type { Blocks, Condition, Operator } from './dialect.ts';
import type { FieldProfile, RecordProfile } from './profile.ts';
import { compareRecordIds, recordKey } from './record-id.ts';

/** Conditions of the query language, and pages by key: CRM.interface has no cursor (docs/crm-interface-dialect: 3). */

type Field<Logical extends string> = readonly [field: Logical, op: Operator, value: string];

/** A block: all of these hold. */
export function all<Logical extends string>(record: RecordProfile<Logical>, ...fields: readonly Field<Logical>[]): readonly Condition[] {
  const profiles: Readonly<Record<string, FieldProfile>> = record.fields;
  return fields.map(([field, op, value]) => ({ table: record.table, field: profiles[field]?.name ?? field, op, value }));
}

/** Blocks that hold where both sides hold: the language knows OR only between blocks, so the product is written out. */
export function both(left: Blocks, right: Blocks): Blocks {
  return left.flatMap((a) => right.map((b) => [...a, ...b]));
}

/** The record of this id alone; null where the text is no record id. */
export function theRecord(record: RecordProfile<'StatNo' | 'SeqNo'>, id: string): Blocks | null {
  const key = recordKey(id);
  return key === null ? null : [all(record, ['StatNo', '=', String(key.station)], ['SeqNo', '=', String(key.serial)])];
}

/** The records of a series that name this one as its main record; null where the text is no record id. */
export function namingMain(record: RecordProfile<'MainStatNo' | 'MainSeqNo'>, id: string): Blocks | null {
  const key = recordKey(id);
  return key === null ? null : [all(record, ['MainStatNo', '=', String(key.station)], ['MainSeqNo', '=', String(key.serial)])];
}

/** Records behind this one in key order; every record where it is null. */
export function behind(record: RecordProfile<'StatNo' | 'SeqNo'>, after: string | null): Blocks {
  const key = after === null ? null : recordKey(after);
  if (key === null) return [[]];
  const station = String(key.station);
  return [all(record, ['StatNo', '>', station]), all(record, ['StatNo', '=', station], ['SeqNo', '>', String(key.serial)])];
}

/** Stamped at this wall-clock time or later: (date > d) or (date = d and time >= t). */
export function stampedSince(record: RecordProfile<'UpdDate' | 'UpdTime'>, wall: { readonly date: string; readonly time: string }): Blocks {
  return [all(record, ['UpdDate', '>', wall.date]), all(record, ['UpdDate', '=', wall.date], ['UpdTime', '>=', wall.time])];
}

/** Where to go on behind this page; null = it was the last. A page out of order would pass records over: it is a failure. */
export function nextPage(records: readonly AnswerRecord[], after: string | null, pageSize: number): string | null {
  let last = after;
  for (const { id } of records) {
    if (last !== null && compareRecordIds(id, last) <= 0) throw outOfOrder();
    last = id;
  }
  if (records.length > pageSize) throw outOfOrder();
  return records.length < pageSize ? null : last;
}

function outOfOrder(): PortFailure {
  return new PortFailure('crm', 'transient', 'The CRM answered a page that is not in the order of its keys, so records could be passed over: try again later, and report it if it stays so.', { code: 'pageOrder' });
}
