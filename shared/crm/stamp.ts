import type { Instant } from '../model/time/instant.ts';
import { readings, toInstant } from '../model/time/wallclock.ts';
import { readDate, readTime } from './values.ts';

/** A record's UpdDate and UpdTime: whole seconds of the CRM's wall clock, so one hour of the year occurs twice. */
export interface Stamp {
  /** 'yyyy-mm-dd hh:mm:ss' */
  readonly version: string;
  /** The earlier reading. */
  readonly instant: Instant;
  readonly ambiguous: boolean;
}

/** null where the record carries no stamp. */
export function readStamp(date: string, time: string, timeZone: string): Stamp | null {
  const wall = { date: readDate(date), time: readTime(time) };
  if (wall.date === null || wall.date === undefined || wall.time === null || wall.time === undefined) return null;
  const shown = { date: wall.date, time: wall.time };
  return { version: `${shown.date} ${shown.time}`, instant: toInstant(shown, timeZone), ambiguous: readings(shown, timeZone).length !== 1 };
}

/** The two fields of a version; null where it is none. */
export function wallOfVersion(version: string): { readonly date: string; readonly time: string } | null {
  const [date = '', time = ''] = version.split(' ');
  const wall = { date: readDate(date), time: readTime(time) };
  return wall.date == null || wall.time == null ? null : { date: wall.date, time: wall.time };
}

const SETTLED_AFTER_MS = 2_000;
/** How much later than its lower bound the CRM's clock may be: the header's second, and the way of one answer. */
export const CLOCK_SLACK_MS = 120_000;

/**
 * The instant from which on a read of this version can guard a write: a version read in the second of its stamp may change once more without
 * changing its stamp (docs/crm-interface-dialect: 4). null = a read at `readAt` was late enough. `slackMs` is how much later than `readAt`
 * the CRM's clock may have been: a stamp beyond that was not made now (the other reading of a repeated hour, an imported record).
 */
export function settledFrom(version: string, readAt: Instant, timeZone: string, slackMs: number): Instant | null {
  const wall = wallOfVersion(version);
  if (wall === null) return null;
  const found = readings(wall, timeZone);
  const stamps = (found.length === 0 ? [toInstant(wall, timeZone)] : found).filter((stamp) => stamp <= readAt + slackMs);
  const latest = Math.max(...stamps) + SETTLED_AFTER_MS;
  return latest > readAt ? latest : null;
}
