import type { Occurrence, Recurrence, RecurrencePattern, Series, StoredEvent } from './event-model.ts';
import { epochOf, findZone, wallAt } from './zones.ts';
import type { WallTime, Zone } from './zones.ts';

const DAY = 86_400_000;
/** A pattern that never fits (30 February) must end too. */
const MAX_EMPTY_PERIODS = 2_000;

const dayNumber = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY;
export const dateOfDay = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);
const weekday = (day: number): number => (((day + 4) % 7) + 7) % 7;
const monthDay = (year: number, month: number, day: number): number => Date.UTC(year, month, day) / DAY;
const monthLength = (year: number, month: number): number => new Date(Date.UTC(year, month + 1, 0)).getUTCDate();

/** The local dates of a series, in order, cancelled ones included; ends with the range or after `lastDate`. */
export function* seriesDates(recurrence: Recurrence, lastDate: string): Generator<string> {
  const { range } = recurrence;
  const first = dayNumber(range.startDate);
  const last = Math.min(dayNumber(lastDate), range.type === 'endDate' && range.endDate !== null ? dayNumber(range.endDate) : Infinity);
  const most = range.type === 'numbered' ? range.numberOfOccurrences : Infinity;
  let count = 0;
  for (const day of patternDays(recurrence.pattern, first)) {
    if (day > last || count >= most) return;
    if (day < first) continue;
    count++;
    yield dateOfDay(day);
  }
}

function* patternDays(pattern: RecurrencePattern, first: number): Generator<number> {
  let empty = 0;
  for (let period = 0; empty < MAX_EMPTY_PERIODS; period++) {
    const days = daysOfPeriod(pattern, first, period);
    empty = days.some((day) => day >= first) ? 0 : empty + 1;
    yield* days;
  }
}

function daysOfPeriod(pattern: RecurrencePattern, first: number, period: number): number[] {
  const start = new Date(first * DAY);
  const step = period * pattern.interval;
  switch (pattern.type) {
    case 'daily':
      return [first + step];
    case 'weekly': {
      const weekStart = first - ((weekday(first) - pattern.firstDayOfWeek + 7) % 7) + step * 7;
      return pattern.daysOfWeek.map((day) => weekStart + ((day - pattern.firstDayOfWeek + 7) % 7)).sort((a, b) => a - b);
    }
    case 'absoluteMonthly':
      return [dayInMonth(pattern, start.getUTCFullYear(), start.getUTCMonth() + step)];
    case 'relativeMonthly':
      return weekdayInMonth(pattern, start.getUTCFullYear(), start.getUTCMonth() + step);
    case 'absoluteYearly':
      return [dayInMonth(pattern, start.getUTCFullYear() + step, pattern.month - 1)];
    case 'relativeYearly':
      return weekdayInMonth(pattern, start.getUTCFullYear() + step, pattern.month - 1);
  }
}

/** A 31st falls on the last day of a shorter month, as in Exchange. */
function dayInMonth(pattern: RecurrencePattern, year: number, month: number): number {
  return monthDay(year, month, Math.min(pattern.dayOfMonth, monthLength(year, month)));
}

/** With several days of the week "the event falls on the first day that satisfies the pattern" (recurrencePattern resource). */
function weekdayInMonth(pattern: RecurrencePattern, year: number, month: number): number[] {
  const length = monthLength(year, month);
  const fitting: number[] = [];
  for (let day = 1; day <= length; day++) {
    const candidate = monthDay(year, month, day);
    if (pattern.daysOfWeek.includes(weekday(candidate))) fitting.push(candidate);
  }
  const wanted = pattern.index === 'last' ? fitting.at(-1) : fitting[['first', 'second', 'third', 'fourth'].indexOf(pattern.index)];
  return wanted === undefined ? [] : [wanted];
}

/** The zone on whose clock the series repeats. */
export function seriesZone(event: StoredEvent, series: Series): Zone {
  const named = series.recurrence.range.recurrenceTimeZone;
  return (named === null ? undefined : findZone(named)) ?? event.content.start.zone;
}

function inZone(time: WallTime, zone: Zone): string {
  return time.zone.iana === zone.iana ? time.wall : wallAt(epochOf(time.wall, time.zone.iana), zone.iana);
}

/** Occurrences, exceptions put in place, cancelled ones left out, whose time meets the window; in order of their original dates. */
export function occurrencesWithin(event: StoredEvent, from: number, to: number): Occurrence[] {
  const { series } = event;
  if (series === null) return [];
  const found: Occurrence[] = [];
  const length = spanOf(event);
  const firstDate = wallAt(Math.max(from - length - 2 * DAY, -6e13), 'UTC').slice(0, 10);
  const lastDate = wallAt(Math.min(to + 2 * DAY, 6e13), 'UTC').slice(0, 10);
  for (const date of seriesDates(series.recurrence, latestOf(lastDate, series))) {
    const moved = series.exceptions.has(date);
    if (!moved && (date < firstDate || date > lastDate)) continue;
    if (series.cancelled.includes(date)) continue;
    const occurrence = occurrenceOn(event, series, date);
    if (meets(occurrence, event.content.isAllDay, from, to)) found.push(occurrence);
  }
  return found;
}

/** An exception may have moved into the window from a later original date. */
function latestOf(lastDate: string, series: Series): string {
  let latest = lastDate;
  for (const date of series.exceptions.keys()) if (date > latest) latest = date;
  return latest;
}

function spanOf(event: StoredEvent): number {
  const { start, end } = event.content;
  return Math.max(0, epochOf(end.wall, end.zone.iana) - epochOf(start.wall, start.zone.iana));
}

function meets(occurrence: Occurrence, isAllDay: boolean, from: number, to: number): boolean {
  return overlaps(epochShown(occurrence.start, isAllDay), epochShown(occurrence.end, isAllDay), from, to);
}

export function overlaps(start: number, end: number, from: number, to: number): boolean {
  return start < to && (end > from || (start === end && start >= from));
}

/** All-day times count as midnight UTC, which is how they are shown (graph.md 5.7). */
export const epochShown = (time: WallTime, isAllDay: boolean): number => epochOf(time.wall, isAllDay ? 'UTC' : time.zone.iana);

/** The occurrence of an original date, whether or not the pattern holds that date. */
export function occurrenceOn(event: StoredEvent, series: Series, date: string): Occurrence {
  const zone = seriesZone(event, series);
  const { isAllDay } = event.content;
  const startWall = isAllDay ? event.content.start.wall : inZone(event.content.start, zone);
  const endWall = isAllDay ? event.content.end.wall : inZone(event.content.end, zone);
  const shift = dayNumber(date) - dayNumber(startWall.slice(0, 10));
  const place = (wall: string): WallTime => ({ wall: `${dateOfDay(dayNumber(wall.slice(0, 10)) + shift)}${wall.slice(10)}`, zone });
  const start = place(startWall);
  const exception = series.exceptions.get(date);
  return {
    date,
    originalStart: epochShown(start, isAllDay),
    start: exception?.overrides.start ?? start,
    end: exception?.overrides.end ?? place(endWall),
  };
}

export function hasDate(series: Series, date: string): boolean {
  for (const known of seriesDates(series.recurrence, date)) if (known === date) return true;
  return false;
}

export function firstDate(recurrence: Recurrence): string | undefined {
  for (const date of seriesDates(recurrence, '9999-01-01')) return date;
  return undefined;
}

/** The last occurrence before and the first one after a date that still stand. */
export function neighbours(event: StoredEvent, series: Series, date: string): { before?: Occurrence; after?: Occurrence } {
  const around: { before?: Occurrence; after?: Occurrence } = {};
  for (const other of seriesDates(series.recurrence, '9999-01-01')) {
    if (other === date || series.cancelled.includes(other)) continue;
    const occurrence = occurrenceOn(event, series, other);
    if (other < date) around.before = occurrence;
    else return { ...around, after: occurrence };
  }
  return around;
}
