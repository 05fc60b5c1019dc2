import type { Recurrence, RecurrencePattern, RecurrenceRange } from './event-model.ts';
import { badRequest } from './failure.ts';
import { isRecord, oneOf, refuseOtherMembers } from './request-json.ts';
import { findZone } from './zones.ts';

const PATTERNS = ['daily', 'weekly', 'absoluteMonthly', 'relativeMonthly', 'absoluteYearly', 'relativeYearly'] as const;
const RANGES = ['endDate', 'noEnd', 'numbered'] as const;
const INDEXES = ['first', 'second', 'third', 'fourth', 'last'] as const;
export const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/** Members that each pattern type may carry beside type and interval (recurrencePattern resource). */
const MEMBERS: Record<RecurrencePattern['type'], readonly string[]> = {
  daily: [],
  weekly: ['daysOfWeek', 'firstDayOfWeek'],
  absoluteMonthly: ['dayOfMonth'],
  relativeMonthly: ['daysOfWeek', 'index'],
  absoluteYearly: ['dayOfMonth', 'month'],
  relativeYearly: ['daysOfWeek', 'index', 'month'],
};

/** What Graph itself answers for members a type does not use: clients may send an answer back as it came. */
const EMPTY: Record<string, (value: unknown) => boolean> = {
  month: (value) => value === 0,
  dayOfMonth: (value) => value === 0,
  daysOfWeek: (value) => Array.isArray(value) && value.length === 0,
  firstDayOfWeek: () => true,
  index: (value) => typeof value === 'string' && value.toLowerCase() === 'first',
};

const refused = (message: string) => badRequest(message, 'ErrorPropertyValidationFailure');

export function readRecurrence(input: unknown): Recurrence {
  if (!isRecord(input) || !isRecord(input['pattern']) || !isRecord(input['range'])) {
    throw refused('A recurrence needs a pattern and a range.');
  }
  refuseOtherMembers(input, ['pattern', 'range'], [], 'microsoft.graph.patternedRecurrence');
  refuseOtherMembers(input['range'], ['type', 'startDate', 'endDate', 'numberOfOccurrences', 'recurrenceTimeZone'], [], 'microsoft.graph.recurrenceRange');
  return { pattern: readPattern(input['pattern']), range: readRange(input['range']) };
}

function readPattern(input: Record<string, unknown>): RecurrencePattern {
  const type = oneOf(input['type'], PATTERNS, 'recurrence.pattern.type');
  const uses = MEMBERS[type];
  for (const [member, value] of Object.entries(input)) {
    if (member === 'type' || member === 'interval' || member.includes('@odata') || value === null || uses.includes(member)) continue;
    const empty = EMPTY[member];
    if (empty === undefined || !empty(value)) throw refused(`The pattern type ${type} does not use the member ${member}.`);
  }
  const days = input['daysOfWeek'];
  if (uses.includes('daysOfWeek') && (!Array.isArray(days) || days.length === 0)) throw refused(`The pattern type ${type} needs daysOfWeek.`);
  return {
    type,
    interval: whole(input['interval'], 1, 999, 'interval'),
    month: uses.includes('month') ? whole(input['month'], 1, 12, 'month') : 0,
    dayOfMonth: uses.includes('dayOfMonth') ? whole(input['dayOfMonth'], 1, 31, 'dayOfMonth') : 0,
    daysOfWeek: uses.includes('daysOfWeek') && Array.isArray(days) ? [...new Set(days.map(weekdayOf))].sort() : [],
    firstDayOfWeek: input['firstDayOfWeek'] == null ? 0 : weekdayOf(input['firstDayOfWeek']),
    index: input['index'] == null ? 'first' : oneOf(input['index'], INDEXES, 'recurrence.pattern.index'),
  };
}

function readRange(input: Record<string, unknown>): RecurrenceRange {
  const type = oneOf(input['type'], RANGES, 'recurrence.range.type');
  const startDate = dateIn(input['startDate'], 'startDate');
  const endDate = type === 'endDate' ? dateIn(input['endDate'], 'endDate') : null;
  if (endDate !== null && endDate < startDate) throw refused('The recurrence range ends before it starts.');
  if (type !== 'endDate' && input['endDate'] != null && input['endDate'] !== '0001-01-01') throw refused(`The range type ${type} does not use endDate.`);
  if (type !== 'numbered' && input['numberOfOccurrences'] != null && input['numberOfOccurrences'] !== 0) {
    throw refused(`The range type ${type} does not use numberOfOccurrences.`);
  }
  const zone = input['recurrenceTimeZone'];
  if (typeof zone === 'string' && zone !== '' && findZone(zone) === undefined) {
    throw badRequest(`The time zone ${JSON.stringify(zone)} is not supported.`, 'TimeZoneNotSupportedException');
  }
  return {
    type,
    startDate,
    endDate,
    numberOfOccurrences: type === 'numbered' ? whole(input['numberOfOccurrences'], 1, 999, 'numberOfOccurrences') : 0,
    recurrenceTimeZone: typeof zone === 'string' && zone !== '' ? zone : null,
  };
}

const weekdayOf = (value: unknown): number => WEEKDAYS.indexOf(oneOf(value, WEEKDAYS, 'recurrence.pattern.daysOfWeek'));

function whole(value: unknown, least: number, most: number, member: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw refused(`The recurrence member ${member} must be a whole number from ${least} to ${most}.`);
}

function dateIn(value: unknown, member: string): string {
  if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && new Date(`${value}T00:00:00Z`).toJSON()?.startsWith(value) === true) return value;
  throw refused(`The recurrence member ${member} must be a date like 2026-11-23.`);
}

export function showRecurrence(recurrence: Recurrence, eventZone: string): unknown {
  const { pattern, range } = recurrence;
  return {
    pattern: {
      type: pattern.type,
      interval: pattern.interval,
      month: pattern.month,
      dayOfMonth: pattern.dayOfMonth,
      ...(pattern.daysOfWeek.length > 0 ? { daysOfWeek: pattern.daysOfWeek.map((day) => WEEKDAYS[day]) } : {}),
      firstDayOfWeek: WEEKDAYS[pattern.firstDayOfWeek],
      index: pattern.index,
    },
    range: {
      type: range.type,
      startDate: range.startDate,
      endDate: range.endDate ?? '0001-01-01',
      recurrenceTimeZone: range.recurrenceTimeZone ?? eventZone,
      numberOfOccurrences: range.numberOfOccurrences,
    },
  };
}
