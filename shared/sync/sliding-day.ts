import type { Instant } from '../model/time/instant.ts';

const DAY_MS = 86_400_000;
const QUARTER_MS = 15 * 60_000;

/**
 * How often something happened in the last day: quarter of an hour (since the epoch) -> count, empty quarters left out. What happened counts for a
 * day and at most a quarter of an hour more, never less.
 */
export type DayCount = Readonly<Record<string, number>>;

export function quarterOf(at: Instant): number {
  return Math.floor(at / QUARTER_MS);
}

/** Those of the last day. */
export function withinDay(counts: DayCount, now: Instant): number {
  const oldest = quarterOf(now - DAY_MS);
  return Object.entries(counts).reduce((sum, [quarter, count]) => (Number(quarter) >= oldest ? sum + count : sum), 0);
}

/** All that is counted, however long ago. */
export function total(counts: DayCount): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Adds (or with a negative number takes back) what happened at that instant; a quarter never counts less than nothing. */
export function added(counts: DayCount, at: Instant, by: number): DayCount {
  const quarter = String(quarterOf(at));
  const count = Math.max(0, (counts[quarter] ?? 0) + by);
  const { [quarter]: _before, ...others } = counts;
  return count === 0 ? others : { ...others, [quarter]: count };
}

/** Without what is older than a day. */
export function pruned(counts: DayCount, now: Instant): DayCount {
  const oldest = quarterOf(now - DAY_MS);
  return Object.fromEntries(Object.entries(counts).filter(([quarter]) => Number(quarter) >= oldest));
}
