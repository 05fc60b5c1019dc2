import { format } from 'date-fns-tz';
import { lastDayOf } from './allday.ts';
import type { DateText } from './allday.ts';
import { parseIso } from './instant.ts';
import type { Instant } from './instant.ts';
import { offsetSpan } from './offsets.ts';
import { inRepeatedHour, toWall } from './wallclock.ts';
import type { Wall } from './wallclock.ts';

/**
 * `formatInTimeZone` carries the fields of a time in a Date of the process's zone, which leaps over some of them (an hour each spring in New York, the
 * whole 30 December 2011 in Apia). This Date answers with the wall clock's fields whatever the process's zone; date-fns keeps its class by the symbol.
 */
class WallDate extends Date {
  override getFullYear(): number {
    return this.getUTCFullYear();
  }
  override getMonth(): number {
    return this.getUTCMonth();
  }
  override getDate(): number {
    return this.getUTCDate();
  }
  override getDay(): number {
    return this.getUTCDay();
  }
  override getHours(): number {
    return this.getUTCHours();
  }
  override getMinutes(): number {
    return this.getUTCMinutes();
  }
  override getSeconds(): number {
    return this.getUTCSeconds();
  }
  override getTimezoneOffset(): number {
    return 0;
  }
  [Symbol.for('constructDateFrom')](value: Date | number | string): WallDate {
    return new WallDate(value);
  }
}

const dayPattern = 'EEE d MMM yyyy';

function formatWall(wall: Wall, pattern: string): string {
  return format(new WallDate(parseIso(`${wall.date}T${wall.time}Z`)), pattern);
}

/** `+02:00` */
function formatOffset(instant: Instant, iana: string): string {
  const minutes = Math.round(offsetSpan(iana, instant).offset / 60_000);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}

/** `09:00`, and `02:30 (+02:00)` where the clock shows it twice. */
export function formatTime(instant: Instant, iana: string): string {
  const time = formatWall(toWall(instant, iana), 'HH:mm');
  return inRepeatedHour(instant, iana) ? `${time} (${formatOffset(instant, iana)})` : time;
}

/** `Mon 23 Nov 2026` */
export function formatDay(date: DateText): string {
  return formatWall({ date, time: '00:00:00' }, dayPattern);
}

/** `Mon 23 Nov 2026, 09:00 Europe/Berlin` */
export function formatMoment(instant: Instant, iana: string): string {
  return `${dayAndTime(instant, iana)} ${iana}`;
}

function dayAndTime(instant: Instant, iana: string): string {
  return `${formatDay(toWall(instant, iana).date)}, ${formatTime(instant, iana)}`;
}

/** `Mon 23 Nov 2026, 09:00-10:00 Europe/Berlin`; both days where they differ. */
export function formatSpan(start: Instant, end: Instant, iana: string): string {
  if (start === end) return formatMoment(start, iana);
  const sameDay = toWall(start, iana).date === toWall(end, iana).date;
  return sameDay ? `${dayAndTime(start, iana)}-${formatTime(end, iana)} ${iana}` : `${dayAndTime(start, iana)} - ${dayAndTime(end, iana)} ${iana}`;
}

/** `Mon 23 Nov 2026, all day`; first and last day where they differ. */
export function formatAllDay(start: DateText, endExclusive: DateText): string {
  const last = lastDayOf(start, endExclusive);
  return last === start ? `${formatDay(start)}, all day` : `${formatDay(start)} - ${formatDay(last)}, all day`;
}
