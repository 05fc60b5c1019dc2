import { parseIso } from '../model/time/instant.ts';
import { toWall } from '../model/time/wallclock.ts';
import { resolveZone } from '../model/time/zones.ts';
import type { InSeries } from '../sync/ports.ts';
import type { GraphEvent } from './event-schema.ts';

/** Of an occurrence or an exception: of which series, and of which original date. Null for all others, and where Graph does not tell. */
export function occurrenceOf({ type, seriesMasterId, originalStart, originalStartTimeZone, occurrenceId, isAllDay }: GraphEvent): InSeries | null {
  if ((type !== 'occurrence' && type !== 'exception') || seriesMasterId == null || seriesMasterId === '') return null;
  const date = dateIn(occurrenceId) ?? (originalStart == null ? null : localDate(originalStart, isAllDay === true ? 'UTC' : originalStartTimeZone));
  return date === null ? null : { masterId: seriesMasterId, date };
}

/** The date at the end of `OID.{masterId}.{date}`, as occurrences and the list of cancelled ones carry it (graph.md 4). */
export function dateIn(occurrenceId: string | null | undefined): string | null {
  return /\.(\d{4}-\d{2}-\d{2})$/.exec(occurrenceId ?? '')?.[1] ?? null;
}

/** On the clock on which the series repeats; on that of UTC where nobody knows the zone (docs issue 812). */
function localDate(originalStart: string, zone: string | null | undefined): string | null {
  const instant = /(?:Z|[+-]\d{2}:\d{2})$/.test(originalStart) ? originalStart : `${originalStart}Z`;
  try {
    return toWall(parseIso(instant), zone == null ? 'UTC' : (resolveZone(zone).iana ?? 'UTC')).date;
  } catch (failure) {
    if (failure instanceof RangeError) return null;
    throw failure;
  }
}
