import { Temporal } from 'temporal-polyfill';
import type { Instant } from './instant.ts';
import { convertibleName } from './zones.ts';

/** A time between two changes of a zone's offset: `from` inclusive, `until` exclusive. Wall-clock time is `instant + offset`. */
export interface OffsetSpan {
  from: Instant;
  until: Instant;
  /** milliseconds, east positive */
  offset: number;
}

interface Zone {
  id: string;
  /** in order, not necessarily adjacent: only what was asked for */
  spans: OffsetSpan[];
  last?: OffsetSpan;
}

const zones = new Map<string, Zone>();

/** A hundred years of changes twice a year fit; more are asked for only by nonsense dates. */
const rememberedSpans = 256;

function zoneOf(iana: string): Zone {
  const known = zones.get(iana);
  if (known !== undefined) return known;
  const id = convertibleName(iana);
  if (id === undefined) throw new RangeError('This time zone is unknown here: resolve its name with resolveZone and use the zone of the mailbox instead.');
  const zone: Zone = { id, spans: [] };
  zones.set(iana, zone);
  return zone;
}

/** The span that holds the instant. Temporal is asked once per span (about a millisecond); after that it costs a look-up. */
export function offsetSpan(iana: string, instant: Instant): OffsetSpan {
  const zone = zoneOf(iana);
  if (zone.last !== undefined && zone.last.from <= instant && instant < zone.last.until) return zone.last;
  const index = firstEndingAfter(zone.spans, instant);
  let span = zone.spans[index];
  if (span === undefined || span.from > instant) {
    span = askTemporal(zone.id, instant);
    if (zone.spans.length >= rememberedSpans) zone.spans = [span];
    else zone.spans.splice(index, 0, span);
  }
  zone.last = span;
  return span;
}

function firstEndingAfter(spans: OffsetSpan[], instant: Instant): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((spans[middle]?.until ?? Infinity) > instant) high = middle;
    else low = middle + 1;
  }
  return low;
}

function askTemporal(id: string, instant: Instant): OffsetSpan {
  // Whole milliseconds: Temporal looks strictly before the instant, and a span begins at its first one.
  const at = Temporal.Instant.fromEpochMilliseconds(Math.floor(instant)).toZonedDateTimeISO(id);
  return {
    from: at.add({ milliseconds: 1 }).getTimeZoneTransition('previous')?.epochMilliseconds ?? -Infinity,
    until: at.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity,
    offset: at.offsetNanoseconds / 1e6,
  };
}

/** The spans that touch [from, to], in order. */
export function spansBetween(iana: string, from: Instant, to: Instant): OffsetSpan[] {
  const spans = [offsetSpan(iana, from)];
  for (let last = spans[0]; last !== undefined && last.until <= to; last = spans.at(-1)) spans.push(offsetSpan(iana, last.until));
  return spans;
}
