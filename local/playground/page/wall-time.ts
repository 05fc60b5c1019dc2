/** The house's clock as plain text: `YYYY-MM-DDTHH:mm`. No instant is kept, so no zone can shift it. */

/** What the clock shows at an instant (milliseconds). */
export function wallAt(instant: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' }).formatToParts(instant);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`;
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

export function addMinutes(wall: string, minutes: number): string {
  return new Date(Date.parse(`${wall}:00Z`) + minutes * 60_000).toISOString().slice(0, 16);
}

/** Where a new appointment starts: the next full hour of a working day among the days shown, else 9 o'clock of the next or the first day. */
export function nextStart(wallNow: string, from: string, to: string): string {
  const next = addMinutes(`${wallNow.slice(0, 13)}:00`, 60);
  const hour = Number(next.slice(11, 13));
  const day = next.slice(0, 10);
  const start = hour >= 8 && hour <= 17 ? next : `${hour > 17 ? addDays(day, 1) : day}T09:00`;
  return start.slice(0, 10) >= from && start.slice(0, 10) < to ? start : `${from}T09:00`;
}

/** `Tue 24 Nov, 09:00`, or the day alone for a date. */
export function readable(wallOrDate: string): string {
  const day = new Date(`${wallOrDate.slice(0, 10)}T00:00:00Z`).toLocaleDateString('en-GB', { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short' });
  return wallOrDate.length > 10 ? `${day}, ${wallOrDate.slice(11, 16)}` : day;
}
