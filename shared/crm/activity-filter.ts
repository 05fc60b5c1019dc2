import type { AppointmentRules, Condition } from '../config/rules.ts';
import { freeField, type FieldProfile, type SchemaProfile } from './profile.ts';

/**
 * The rules' extra conditions on an activity (scope G3; the predecessor's SyncHandler `ExchangeConnector_VeventFilter`). They are judged here and not in
 * the queries: a record that leaves the filter must be seen to leave it.
 */
export interface ActivityFilter {
  /** XML names, for reading. */
  readonly fields: readonly string[];
  holds(value: (field: string) => string): boolean;
}

export function activityFilter({ activity }: Pick<SchemaProfile, 'activity'>, conditions: AppointmentRules['conditions']): ActivityFilter {
  const types: Readonly<Partial<Record<string, FieldProfile>>> = activity.fields;
  const known = conditions.map((condition) => ({ ...condition, name: freeField(activity, condition.field), type: Object.hasOwn(types, condition.field) ? types[condition.field]?.type : undefined }));
  return {
    fields: [...new Set(known.map(({ name }) => name))],
    holds: (value) => known.every((condition) => isTrue(condition, value(condition.name))),
  };
}

/** As the CRM compares (docs/crm-interface-dialect: 3, 9): texts without their letter case, `*` as a wildcard behind `=`; numbers where both are numbers. */
function isTrue({ op, value, type }: Condition & { readonly type: FieldProfile['type'] | undefined }, read: string): boolean {
  const right = plain(value);
  const isNumber = type === 'L' || type === 'S' || (type === undefined && NUMBER.test(right));
  // An empty number is 0 (connector-se 3.6), and an empty yes or no is no.
  const left = plain(read) !== '' ? plain(read) : isNumber ? '0' : type === 'B' ? 'false' : '';
  switch (op) {
    case '=':
      return isLike(left, right);
    case '!=':
      return !isLike(left, right);
    case '()':
      return left.includes(right);
    case ')(':
      return !left.includes(right);
    default: {
      // Every other empty value is neither less nor greater.
      if (left === '') return false;
      const order = compare(left, right);
      return op === '<' ? order < 0 : op === '>' ? order > 0 : op === '<=' ? order <= 0 : order >= 0;
    }
  }
}

function isLike(left: string, right: string): boolean {
  if (!right.includes('*')) return compare(left, right) === 0;
  const [first = '', ...rest] = right.split('*');
  const last = rest.pop() ?? '';
  if (!left.startsWith(first) || left.length < first.length + last.length || !left.endsWith(last)) return false;
  const end = left.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = left.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** Dates and times of the dialect are in order as texts. */
function compare(left: string, right: string): number {
  if (NUMBER.test(left) && NUMBER.test(right)) return Number(left) - Number(right);
  return left < right ? -1 : left > right ? 1 : 0;
}

const NUMBER = /^-?\d{1,15}(\.\d{1,9})?$/;

function plain(text: string): string {
  return text.normalize('NFC').trim().toLowerCase();
}
