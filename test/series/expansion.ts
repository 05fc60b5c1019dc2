import { Temporal } from 'temporal-polyfill';

/**
 * What a recurrence means, written down a second time from the documents (recurrencePattern, recurrenceRange) and in another way than the simulator does it:
 * day by day it is asked whether a day belongs. The tests compare both systems with this, never the simulator with itself.
 */
export interface Pattern {
  readonly type: 'daily' | 'weekly' | 'absoluteMonthly' | 'relativeMonthly' | 'absoluteYearly' | 'relativeYearly';
  readonly interval: number;
  readonly daysOfWeek?: readonly string[];
  readonly firstDayOfWeek?: string;
  readonly dayOfMonth?: number;
  readonly month?: number;
  readonly index?: 'first' | 'second' | 'third' | 'fourth' | 'last';
}

export interface Range {
  readonly type: 'numbered' | 'endDate' | 'noEnd';
  readonly startDate: string;
  readonly endDate?: string;
  readonly numberOfOccurrences?: number;
}

const NAMES = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const nameOf = (day: Temporal.PlainDate): string => NAMES[day.dayOfWeek - 1] ?? '';

/** Original dates up to a day, in order. */
export function datesOf(pattern: Pattern, range: Range, until: string): string[] {
  const first = Temporal.PlainDate.from(range.startDate);
  const dates: string[] = [];
  for (let day = first; day.toString() <= until; day = day.add({ days: 1 })) {
    if (range.type === 'endDate' && day.toString() > (range.endDate ?? '')) break;
    if (range.type === 'numbered' && dates.length >= (range.numberOfOccurrences ?? 0)) break;
    if (belongs(pattern, first, day)) dates.push(day.toString());
  }
  return dates;
}

function belongs(pattern: Pattern, first: Temporal.PlainDate, day: Temporal.PlainDate): boolean {
  const { interval } = pattern;
  const months = (day.year - first.year) * 12 + day.month - first.month;
  switch (pattern.type) {
    case 'daily':
      return first.until(day).days % interval === 0;
    case 'weekly': {
      const week = (one: Temporal.PlainDate): Temporal.PlainDate => one.subtract({ days: (one.dayOfWeek - 1 - NAMES.indexOf(pattern.firstDayOfWeek ?? 'sunday') + 7) % 7 });
      return (pattern.daysOfWeek ?? []).includes(nameOf(day)) && (week(first).until(week(day)).days / 7) % interval === 0;
    }
    case 'absoluteMonthly':
      return months % interval === 0 && day.day === Math.min(pattern.dayOfMonth ?? 1, day.daysInMonth);
    case 'relativeMonthly':
      return months % interval === 0 && isIndexed(pattern, day);
    case 'absoluteYearly':
      return (day.year - first.year) % interval === 0 && day.month === pattern.month && day.day === Math.min(pattern.dayOfMonth ?? 1, day.daysInMonth);
    case 'relativeYearly':
      return (day.year - first.year) % interval === 0 && day.month === (pattern.month ?? first.month) && isIndexed(pattern, day);
  }
}

function isIndexed({ daysOfWeek = [], index = 'first' }: Pattern, day: Temporal.PlainDate): boolean {
  const fitting = Array.from({ length: day.daysInMonth }, (_, number) => day.with({ day: number + 1 })).filter((one) => daysOfWeek.includes(nameOf(one)));
  const wanted = index === 'last' ? fitting.at(-1) : fitting[['first', 'second', 'third', 'fourth'].indexOf(index)];
  return wanted?.equals(day) ?? false;
}

/** A wall-clock time of a zone as an instant ('2026-11-25T08:00:00Z'). */
export function instantOf(date: string, time: string, zone: string): string {
  return Temporal.PlainDateTime.from(`${date}T${time}`).toZonedDateTime(zone, { disambiguation: 'compatible' }).toInstant().toString({ smallestUnit: 'second' });
}
