import type { Instant } from '../model/time/instant.ts';
import { offsetSpan } from '../model/time/offsets.ts';
import { toInstant } from '../model/time/wallclock.ts';
import type { CrmRules } from '../config/rules.ts';
import { wallOfVersion } from './stamp.ts';

/** A CRM that was restored from a backup shows an old state as if it was today's: its stamps go back, which nothing else makes them do (design 6.7). */

const HOUR_MS = 3_600_000;
/** Three hours before and after the hour that occurs twice. */
const UNCLEAR_MS = 4 * HOUR_MS;

/** Not near an hour that occurs twice: there stamps go back by themselves. */
export function isJudged(at: Instant, timeZone: string): boolean {
  return offsetSpan(timeZone, at - UNCLEAR_MS).offset <= offsetSpan(timeZone, at + UNCLEAR_MS).offset;
}

/**
 * Whether the newest record that was ever seen is not there any more (records are marked as deleted, never removed) or carries an earlier stamp than it
 * did. Less than what clocks may differ by is no sign: a clock that is put right, a transaction that took long.
 * @param seen, now 'yyyy-mm-dd hh:mm:ss' of the CRM's wall clock; `now` null where the record is not there
 */
export function wentBack(seen: string, now: string | null, { timeZone, clockSkewSeconds }: Pick<CrmRules, 'timeZone' | 'clockSkewSeconds'>): boolean {
  if (now === null) return true;
  const [before, after] = [instantOf(seen, timeZone), instantOf(now, timeZone)];
  return before !== null && after !== null && before - after > clockSkewSeconds * 1_000 && isJudged(before, timeZone);
}

function instantOf(stamp: string, timeZone: string): Instant | null {
  const wall = wallOfVersion(stamp);
  return wall === null ? null : toInstant(wall, timeZone);
}
