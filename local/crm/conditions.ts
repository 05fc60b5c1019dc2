import { Refused } from './refused.ts';
import type { Field, Table } from './schema.ts';
import { byKey, comparisonKey, isNumeric } from './store.ts';
import type { CrmRecord, Store } from './store.ts';
import { parseValue } from './values.ts';
import type { ValueFormat } from './values.ts';
import type { XmlElement } from './xml-element.ts';

/** One `<cond>`: its test, and what an index can say about it. */
export interface Condition {
  field: Field;
  op: string;
  /** Canonical, as the store holds values. */
  value: string;
  wildcard: boolean;
  lupd: boolean;
  holds: (record: CrmRecord) => boolean;
}

const ORDER = new Set(['<', '>', '<=', '>=']);
const OPERATORS = new Set(['=', '!=', '<>', '()', ')(', ...ORDER]);
const STAMP = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;
const REFUSED = ['extkey', 'value2', 'extkey2', 'mnr2'];

/** Compiles a `<cond>` of the table (dialect 3). */
export function compileCondition(cond: XmlElement, table: Table, format: ValueFormat): Condition {
  const { fieldname = '', value } = cond.attributes;
  const op = cond.attributes.op ?? '=';
  const field = table.fields.get(fieldname);
  if (field === undefined) throw unknownField(table, fieldname);
  if (!OPERATORS.has(op)) throw new Refused(500, `The operator of the condition on ${fieldname} is not known.`, fieldname);
  if (value === undefined) throw new Refused(500, `The condition on ${fieldname} has no value; write value="".`, fieldname);
  for (const name of REFUSED) {
    if (cond.attributes[name] !== undefined) throw new Refused(500, `The attribute ${name} of a condition is not modelled.`);
  }
  if (cond.attributes.lupd === 'true') return stampCondition(field, op, value);
  if (op === '()' || op === ')(') {
    if (field.type !== 'C') throw new Refused(500, `Only a text contains something; ${fieldname} is none.`, fieldname);
    const wanted = value.toLowerCase();
    const contains = (record: CrmRecord): boolean => (record.values[fieldname] ?? '').toLowerCase().includes(wanted);
    const holds = op === '()' ? contains : (record: CrmRecord) => !contains(record);
    return { field, op, value, wildcard: false, lupd: false, holds };
  }
  if (field.type === 'C' && value.includes('*') && !ORDER.has(op)) return wildcardCondition(field, op, value);
  return plainCondition(field, op, value, format);
}

export function unknownField(table: Table, fieldname: string): Refused {
  return new Refused(422, `The table ${table.name} has no field ${printable(fieldname)}; see <metainfo>.`, fieldname);
}

/** A name that a request made up, fit to stand in an error. */
export function printable(name: string): string {
  return /^[\w.-]{1,64}$/.test(name) ? name : '(a name that cannot be shown)';
}

function stampCondition(field: Field, op: string, value: string): Condition {
  if (!STAMP.test(value)) throw new Refused(422, 'A time stamp is written yyyy-mm-dd hh:mm:ss.', field.name);
  if (op === '()' || op === ')(') throw new Refused(500, `A time stamp cannot be searched with ${op}.`, field.name);
  const compare = comparison(op);
  const holds = (record: CrmRecord): boolean => compare(order(record.fieldStamps[field.name] ?? record.created, value));
  return { field, op, value, wildcard: false, lupd: true, holds };
}

function wildcardCondition(field: Field, op: string, value: string): Condition {
  const parts = value.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${parts.join('[^]*')}$`, 'iu');
  const holds = (record: CrmRecord): boolean => pattern.test(record.values[field.name] ?? '') === (op === '=');
  return { field, op, value, wildcard: true, lupd: false, holds };
}

function plainCondition(field: Field, op: string, text: string, format: ValueFormat): Condition {
  // A condition may ask for seconds and for longer texts than the field holds.
  const parsed = field.type === 'C' ? text : parseValue(field, text, { ...format, times: 'hh:mm:ss' });
  if (typeof parsed !== 'string') throw new Refused(422, `${field.name} ${parsed.reason}.`, field.name);
  const wanted = comparisonKey(field, parsed);
  const compare = comparison(op);
  const numeric = isNumeric(field) || field.catalog !== undefined;
  // An empty number is 0 [D: company-level activities, connector-se 3.6]; every other empty value is neither less nor greater.
  const emptyHasNoOrder = ORDER.has(op) && !isNumeric(field);
  const holds = (record: CrmRecord): boolean => {
    const stored = record.values[field.name] ?? '';
    if (emptyHasNoOrder && stored === '') return false;
    const key = comparisonKey(field, stored);
    if (numeric && key !== '' && wanted !== '') return compare(Number(key) - Number(wanted));
    return compare(order(key, wanted));
  };
  return { field, op, value: parsed, wildcard: false, lupd: false, holds };
}

function order(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function comparison(op: string): (order: number) => boolean {
  switch (op) {
    case '=':
      return (order) => order === 0;
    case '<':
      return (order) => order < 0;
    case '>':
      return (order) => order > 0;
    case '<=':
      return (order) => order <= 0;
    case '>=':
      return (order) => order >= 0;
    default:
      return (order) => order !== 0;
  }
}

/** The records of a table that fulfil its conditions (no block: all of them), ascending by StatNo, SeqNo. */
export function* select(store: Store, table: string, blocks: Condition[][]): Generator<CrmRecord> {
  for (const record of candidates(store, table, blocks)) if (fulfils(record, blocks)) yield record;
}

/** The conds of a block are ANDed, the blocks of one table ORed (dialect 3). */
export function fulfils(record: CrmRecord, blocks: Condition[][]): boolean {
  return blocks.length === 0 || blocks.some((block) => block.every((condition) => condition.holds(record)));
}

function candidates(store: Store, table: string, blocks: Condition[][]): Iterable<CrmRecord> {
  if (blocks.length === 0) return store.all(table);
  const found = new Set<CrmRecord>();
  for (const block of blocks) {
    const indexed = fromIndex(store, table, block);
    if (indexed === undefined) return store.all(table);
    for (const record of indexed) found.add(record);
  }
  // Sorting nearly everything costs more than reading it in order.
  const all = store.all(table);
  return found.size * 4 > all.length ? all : [...found].sort(byKey);
}

/** The smallest set that an index offers for the block; undefined where none does. */
function fromIndex(store: Store, table: string, block: Condition[]): Iterable<CrmRecord> | undefined {
  let best: ReadonlySet<CrmRecord> | undefined;
  for (const { field, op, value, wildcard, lupd } of block) {
    if (op !== '=' || wildcard || lupd) continue;
    const set = store.equal(table, field.name, value);
    if (set !== undefined && (best === undefined || set.size < best.size)) best = set;
  }
  if (best !== undefined) return best;
  const since = block.find(({ field, op, lupd }) => field.name === 'UpdDate' && !lupd && (op === '>' || op === '>='));
  return since === undefined ? undefined : store.stampedSince(table, since.value);
}
