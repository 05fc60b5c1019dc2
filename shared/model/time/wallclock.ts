import { civilMs, day } from './instant.ts';
import type { Instant } from './instant.ts';
import { offsetSpan, spansBetween } from './offsets.ts';

/** What a clock on the wall shows: `date` as YYYY-MM-DD, `time` as HH:mm:ss. */
export interface Wall {
  date: string;
  time: string;
}

/** No offset is larger, so every reading of a wall-clock time lies within a day of the same time in UTC. */
const largestOffset = day;

/** What the clock shows; parts of a second are dropped. */
export function toWall(instant: Instant, iana: string): Wall {
  return wallOf(instant + offsetSpan(iana, instant).offset);
}

function wallOf(local: number): Wall {
  const iso = new Date(local).toISOString();
  const t = iso.indexOf('T');
  return { date: iso.slice(0, t), time: iso.slice(t + 1, t + 9) };
}

const wallForm = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?)?$/;

/**
 * Graph's `dateTime` without an offset (`2026-11-23T09:00:00.0000000`), its zone standing beside it.
 * @throws RangeError where the text is no such time
 */
export function parseWall(text: string): Wall {
  return wallOf(localMs(text));
}

function localMs(text: string): number {
  const [, years, months, days, hours = '0', minutes = '0', seconds = '0'] = wallForm.exec(text) ?? [];
  const local = civilMs(Number(years), Number(months), Number(days), Number(hours), Number(minutes), Number(seconds));
  if (local === undefined) throw new RangeError('This is not a wall-clock time: write the date like 2026-11-23 and the time like 09:00:00.');
  return local;
}

/**
 * The instant at which the clock shows this; `time` may be HH:mm. Where the clock leaps over it (02:30 in March), it is as much later as the clock
 * leaps (03:30), as Outlook and RFC 5545 read it (azure.md 1.3). In a repeated hour it is the earlier of the two unless `later` is asked for.
 * @throws RangeError where date or time do not exist in the calendar
 */
export function toInstant(wall: Wall, iana: string, repeated: 'earlier' | 'later' = 'earlier'): Instant {
  const local = localMs(`${wall.date}T${wall.time}`);
  const found = readingsOf(local, iana);
  return found.at(repeated === 'earlier' ? 0 : -1) ?? pastTheGap(local, iana);
}

/** Every instant at which the clock shows this, in order: none in a gap, two in a repeated hour. */
export function readings(wall: Wall, iana: string): Instant[] {
  return readingsOf(localMs(`${wall.date}T${wall.time}`), iana);
}

function readingsOf(local: number, iana: string): Instant[] {
  return spansBetween(iana, local - largestOffset, local + largestOffset)
    .filter((span) => span.from <= local - span.offset && local - span.offset < span.until)
    .map((span) => local - span.offset);
}

/** The clock before the gap, going on as if there were none. */
function pastTheGap(local: number, iana: string): Instant {
  const before = spansBetween(iana, local - largestOffset, local + largestOffset).findLast((span) => local - span.offset >= span.until);
  return local - (before ?? offsetSpan(iana, local)).offset;
}

/** The first instant of the gap in which the clock never shows this; undefined where there is no gap. */
export function endOfGap(wall: Wall, iana: string): Instant | undefined {
  const local = localMs(`${wall.date}T${wall.time}`);
  if (readingsOf(local, iana).length > 0) return undefined;
  return spansBetween(iana, local - largestOffset, local + largestOffset).findLast((span) => local - span.offset >= span.until)?.until;
}

/** Whether the clock shows this instant's time twice, so that a stamp of it may mean another instant. */
export function inRepeatedHour(instant: Instant, iana: string): boolean {
  return nearRepeatedHour(instant, iana, 0);
}

/** Whether an instant at most `marginMs` away is in a repeated hour. */
export function nearRepeatedHour(instant: Instant, iana: string, marginMs: number): boolean {
  const spans = spansBetween(iana, instant - marginMs - 2 * day, instant + marginMs + 2 * day);
  return spans.some((before, index) => {
    const after = spans[index + 1];
    if (after === undefined || after.offset >= before.offset) return false;
    const repeated = before.offset - after.offset;
    const from = before.until - repeated;
    const until = before.until + repeated;
    return from <= instant + marginMs && instant - marginMs < until;
  });
}

/**
 * The smallest wall-clock reading of any instant from `since` to `now`, both included: where the clock was set back meanwhile, it is smaller than the
 * reading of `since`. The lower bound of a poll for stamps (crm-interface-dialect.md 3).
 */
export function smallestReadingSince(since: Instant, now: Instant, iana: string): Wall {
  const from = Math.min(since, now);
  // Inside a span the clock only goes forward, so the smallest reading stands at the beginning of one of them.
  const beginnings = spansBetween(iana, from, Math.max(since, now)).map((span) => Math.max(span.from, from) + span.offset);
  return wallOf(Math.min(...beginnings));
}
