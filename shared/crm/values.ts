/** Field values as CRM.interface writes them with catbynum and date format ymd (docs/crm-interface-dialect: 5). Empty = ''. */

/** D as 'yyyy-mm-dd'; null where it is empty, undefined where it is no date. */
export function readDate(text: string): string | null | undefined {
  const value = text.trim();
  if (value === '') return null;
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  if (parts === null) return undefined;
  const date = new Date(Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3])));
  return date.toISOString().slice(0, 10) === value ? value : undefined;
}

/** T as 'hh:mm:ss'; null where it is empty, undefined where it is no time. */
export function readTime(text: string): string | null | undefined {
  const value = text.trim();
  if (value === '') return null;
  const parts = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(value);
  return parts === null ? undefined : `${parts[1]}:${parts[2]}:${parts[3] ?? '00'}`;
}

/** Seconds are left out where there are none: both forms are documented, the short one is the commoner. */
export function writeTime(time: string): string {
  return time.endsWith(':00') ? time.slice(0, 5) : time;
}

/** B: an empty field is false. */
export function readBoolean(text: string): boolean {
  return text.trim() === 'true';
}

/** L, S, K and X; null where it is empty or no whole number. */
export function readWhole(text: string): number | null {
  const value = text.trim();
  if (!/^-?\d{1,15}$/.test(value)) return null;
  return Number(value);
}

/** Text comparison of the CRM ignores case (docs/crm-interface-dialect: 9). An empty text equals none. */
export function sameText(a: string, b: string): boolean {
  return plain(a) === plain(b) && plain(b) !== '';
}

function plain(text: string): string {
  return text.normalize('NFC').trim().toLowerCase();
}
