import { instancesWithin } from './calendar-view.ts';
import type { ExtendedProperty, Item } from './event-model.ts';
import { extendedOf, itemType, occurrenceName, showEvent } from './event-output.ts';
import type { Row, View } from './event-output.ts';
import { propertyKey } from './event-writes.ts';
import { badRequest } from './failure.ts';
import { matches, parseFilter } from './odata-filter.ts';
import type { Filter } from './odata-filter.ts';
import { pick } from './odata-query.ts';

const FILTERABLE = [
  'subject', 'start/dateTime', 'end/dateTime', 'isAllDay', 'isCancelled', 'isOrganizer', 'type', 'iCalUId', 'showAs', 'sensitivity', 'importance',
  'createdDateTime', 'lastModifiedDateTime', 'categories', 'singleValueExtendedProperties',
];
const ORDERABLE = ['start/dateTime', 'end/dateTime', 'subject', 'createdDateTime', 'lastModifiedDateTime'];
const CASE_SENSITIVE = ['iCalUId'];

export interface RowOptions {
  select: string[] | null;
  expand: string | undefined;
  /** One item asked for by id: a master may show its cancelled and exceptional occurrences. */
  single: boolean;
}

/** Rows as `$select` and `$expand` want them. */
export function showRows(items: readonly Item[], view: View, options: RowOptions): Row[] {
  const expansions = readExpand(options.expand);
  return items.map((item) => {
    const row: Row = { ...pick(showEvent(item, view), options.select) };
    const { series } = item.event;
    const isMaster = series !== null && item.occurrence === undefined;
    if (isMaster && options.single && options.select?.includes('cancelledOccurrences') === true) {
      row['cancelledOccurrences'] = series.cancelled.map((date) => occurrenceName(item.event, date, view.immutableIds && view.quirks.cancelledOccurrencesName === 'askedId'));
    }
    if (expansions.extended !== null) {
      const wanted = expansions.extended;
      const found = extendedOf(item).filter((one) => matches(wanted, (path) => propertyMember(one, path), compareText('singleValueExtendedProperties')));
      if (found.length > 0) row['singleValueExtendedProperties'] = found.map(({ id, value }) => ({ id, value }));
    }
    if (expansions.exceptions && isMaster && options.single) row['exceptionOccurrences'] = exceptionRows(item, view, options.select);
    return row;
  });
}

function exceptionRows(item: Item, view: View, select: string[] | null): Row[] {
  return instancesWithin(item.event, { from: -6e13, to: 6e13 })
    .filter((one) => itemType(one) === 'exception')
    .map((one) => pick(showEvent(one, view), select));
}

interface Expansions {
  extended: Filter | null;
  exceptions: boolean;
}

function readExpand(text: string | undefined): Expansions {
  const found: Expansions = { extended: null, exceptions: false };
  for (const part of splitOutside(text ?? '')) {
    const parts = /^\s*(\w+)\s*(?:\((.*)\))?\s*$/s.exec(part);
    const name = parts?.[1]?.toLowerCase();
    if (name === 'exceptionoccurrences') found.exceptions = true;
    else if (name === 'singlevalueextendedproperties') found.extended = readPropertyFilter(parts?.[2] ?? '');
    else throw badRequest(`The $expand of ${JSON.stringify(part.slice(0, 40))} is not supported for events.`, 'ErrorInvalidUrlQuery');
  }
  return found;
}

function readPropertyFilter(inner: string): Filter {
  const parts = /^\s*\$?filter\s*=(.*)$/is.exec(inner);
  if (parts === null) throw badRequest("An $expand of singleValueExtendedProperties needs ($filter=id eq '...').", 'ErrorInvalidUrlQuery');
  return parseFilter(parts[1] ?? '');
}

/** Splits at commas outside parentheses and quotes. */
function splitOutside(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let current = '';
  for (const letter of text) {
    if (letter === "'") quoted = !quoted;
    if (!quoted && letter === '(') depth++;
    if (!quoted && letter === ')') depth--;
    if (letter === ',' && depth === 0 && !quoted) {
      parts.push(current);
      current = '';
    } else current += letter;
  }
  return [...parts, current].filter((part) => part.trim() !== '');
}

function propertyMember(property: ExtendedProperty, path: string): unknown {
  if (path.toLowerCase() === 'id') return property.id;
  if (path.toLowerCase() === 'value') return property.value;
  throw badRequest(`An extended property has no member ${path}.`, 'ErrorInvalidUrlQueryFilter');
}

/** Names of extended properties are compared with case, values without (extended-properties overview); times as instants. */
function compareText(within = ''): (path: string, left: string, right: string) => number {
  return (path, left, right) => {
    const full = within === '' ? path : `${within}/${path}`;
    if (/^singleValueExtendedProperties\/id$/i.test(full)) return order(propertyKey(left), propertyKey(right));
    if (/dateTime$/i.test(full)) return order(instant(left), instant(right));
    if (CASE_SENSITIVE.includes(full)) return order(left, right);
    return order(left.toLowerCase(), right.toLowerCase());
  };
}

function order<T extends string | number>(left: T, right: T): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function instant(text: string): number {
  const value = Date.parse(/(Z|[+-]\d{2}:\d{2})$/i.test(text) ? text : `${text.length === 10 ? `${text}T00:00:00` : text}Z`);
  if (Number.isNaN(value)) throw badRequest('A date and time of the filter cannot be read.', 'ErrorInvalidUrlQueryFilter');
  return value;
}

/** `$filter` and `$orderby`; rows are judged as they are in UTC, whatever zone the answer is shown in. */
export function filterAndOrder(items: readonly Item[], view: View, filter: string | undefined, orderBy: string | undefined): Item[] {
  const plain: View = { ...view, zone: null, immutableIds: true };
  const rows = new Map<Item, Row>();
  // Rendering a row is the dear part: only rows that a filter or an order looks at are rendered.
  const rowOf = (item: Item): Row => {
    const row = rows.get(item) ?? showEvent(item, plain);
    rows.set(item, row);
    return row;
  };
  const parsed = filter === undefined ? null : parseFilter(filter);
  const kept = parsed === null ? [...items] : items.filter((item) => matches(parsed, (path) => eventMember(item, rowOf, path), compareText()));
  if (orderBy === undefined) return kept;
  const keys = orderBy.split(',').map(readOrder);
  return kept.sort((a, b) => {
    for (const { path, sign } of keys) {
      const difference = sign * compareText()(path, String(at(rowOf(a), path) ?? ''), String(at(rowOf(b), path) ?? ''));
      if (difference !== 0) return difference;
    }
    return 0;
  });
}

function readOrder(text: string): { path: string; sign: number } {
  const [name = '', direction = 'asc'] = text.trim().split(/\s+/);
  const path = ORDERABLE.find((one) => one.toLowerCase() === name.toLowerCase());
  if (path === undefined || !/^(asc|desc)$/i.test(direction)) throw badRequest(`The $orderby of ${JSON.stringify(name)} is not supported for events.`, 'ErrorInvalidUrlQuery');
  return { path, sign: direction.toLowerCase() === 'desc' ? -1 : 1 };
}

function eventMember(item: Item, rowOf: (item: Item) => Row, path: string): unknown {
  const known = FILTERABLE.find((one) => one.toLowerCase() === path.toLowerCase());
  if (known === undefined) throw badRequest(`The property '${path}' does not support filtering.`, 'ErrorInvalidProperty');
  return known === 'singleValueExtendedProperties' ? extendedOf(item) : at(rowOf(item), known);
}

function at(row: Row, path: string): unknown {
  return path.split('/').reduce<unknown>((value, member) => (typeof value === 'object' && value !== null ? (value as Row)[member] : undefined), row);
}
