/** A point in time: milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

/** `2026-11-23T09:00:00Z`; milliseconds are written only where there are some. */
export function toIso(instant: Instant): string {
  const iso = new Date(instant).toISOString();
  return iso.endsWith('.000Z') ? `${iso.slice(0, -5)}Z` : iso;
}

const isoForm = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d\d:?\d\d)$/;

/**
 * Reads an ISO 8601 time with `Z` or an offset. Graph writes seven digits of a second: what is finer than a millisecond is dropped, never rounded
 * up into the next second. A time without an offset is a wall-clock time: see `parseWall`.
 * @throws RangeError where the text is no such time
 */
export function parseIso(text: string): Instant {
  const [, years, months, days, hours, minutes, seconds = '0', fraction = '', offset = 'Z'] = isoForm.exec(text) ?? [];
  const local = civilMs(Number(years), Number(months), Number(days), Number(hours), Number(minutes), Number(seconds));
  const offsetMs = parseOffset(offset);
  if (local === undefined || offsetMs === undefined) throw new RangeError('This is not a time with an offset: write it like 2026-11-23T09:00:00Z.');
  return local + Number(fraction.slice(0, 3).padEnd(3, '0')) - offsetMs;
}

function parseOffset(offset: string): number | undefined {
  if (offset === 'Z' || offset === 'z') return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(-2));
  if (hours > 23 || minutes > 59) return undefined;
  return (offset.startsWith('-') ? -1 : 1) * (hours * hour + minutes * minute);
}

/**
 * Date and time of day as if they were UTC; undefined where there is no such date or time. `Date.UTC` takes the years 0 to 99 for 1900 to 1999,
 * and Graph's "no date" is the year 1.
 */
export function civilMs(year: number, month: number, dayOfMonth: number, hours = 0, minutes = 0, seconds = 0): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, dayOfMonth);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== dayOfMonth || hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return date.getTime() + hours * hour + minutes * minute + seconds * second;
}
