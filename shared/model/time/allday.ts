import { civilMs, day } from './instant.ts';
import type { Instant } from './instant.ts';
import { endOfGap, readings } from './wallclock.ts';

/** A day of the calendar, `YYYY-MM-DD`, without a zone: all-day items are dates and are never converted (graph.md 5.7). */
export type DateText = string;

const dateForm = /^(\d{4})-(\d\d)-(\d\d)$/;

function dayNumber(date: DateText): number {
  const [, years, months, days] = dateForm.exec(date) ?? [];
  const ms = civilMs(Number(years), Number(months), Number(days));
  if (ms === undefined) throw new RangeError('This is not a date: write it like 2026-11-23.');
  return ms / day;
}

function dateOf(number: number): DateText {
  return new Date(number * day).toISOString().slice(0, 10);
}

/** Whether the text is a day that exists. */
export function isDate(text: string): boolean {
  const [, years, months, days] = dateForm.exec(text) ?? [];
  return civilMs(Number(years), Number(months), Number(days)) !== undefined;
}

export function addDaysToDate(date: DateText, days: number): DateText {
  return dateOf(dayNumber(date) + days);
}

/** Days from one date to the other; negative where `to` comes first. */
export function daysApart(from: DateText, to: DateText): number {
  return dayNumber(to) - dayNumber(from);
}

/** The CRM's last day of what Graph ends before `endExclusive`; never before the start, because a range holds at least one day. */
export function lastDayOf(start: DateText, endExclusive: DateText): DateText {
  return addDaysToDate(start, Math.max(1, daysApart(start, endExclusive)) - 1);
}

/** Graph's end of what the CRM ends on `lastDay`; a missing or earlier last day means one day. */
export function endAfter(start: DateText, lastDay: DateText | undefined): DateText {
  return addDaysToDate(start, Math.max(0, lastDay === undefined ? 0 : daysApart(start, lastDay)) + 1);
}

/** Every day from `start` to before `endExclusive`. */
export function datesBetween(start: DateText, endExclusive: DateText): DateText[] {
  const first = dayNumber(start);
  return Array.from({ length: Math.max(0, dayNumber(endExclusive) - first) }, (_, index) => dateOf(first + index));
}

/** The first instant of the day in the zone: midnight, or what the clock leaps to where it leaps over midnight, or the next day where it leaps over the whole day. */
export function startOfDay(date: DateText, iana: string): Instant {
  const midnight = { date, time: '00:00:00' };
  const [first] = readings(midnight, iana);
  const start = first ?? endOfGap(midnight, iana);
  if (start === undefined) throw new RangeError(`The day ${date} has no beginning in this time zone: pass a zone that resolveZone knows.`);
  return start;
}

/** The instants that an all-day range covers in a zone: `end` is the first one after it. */
export function allDaySpan(start: DateText, endExclusive: DateText, iana: string): { start: Instant; end: Instant } {
  return { start: startOfDay(start, iana), end: startOfDay(endExclusive, iana) };
}
