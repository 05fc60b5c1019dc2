import { canonicalCategories, SHOW_AS, type AppointmentContent, type AppointmentTime, type Priority, type ShowAs } from '../model/appointment.ts';
import { GRAPH_MARKER } from '../config/names.ts';
import { canonicalLine, canonicalText } from '../model/text/canonical-text.ts';
import { loadHtml, type HtmlReader } from '../model/text/html.ts';
import { holdsMeetingBlock } from '../model/text/meeting-block.ts';
import { lastDayOf } from '../model/time/allday.ts';
import { parseIso, toIso, type Instant } from '../model/time/instant.ts';
import { parseWall, toInstant } from '../model/time/wallclock.ts';
import { resolveZone } from '../model/time/zones.ts';
import type { OutOfScope, SideItem, Span } from '../sync/ports.ts';
import { parseEventRow, type EventRow, type GraphEvent, type GraphSeriesRow } from './event-schema.ts';
import { pairIdIn, type MarkedMailbox } from './marker.ts';

export interface ReadRules {
  readonly mailbox: MarkedMailbox;
  readonly showAsWhenUnknown: ShowAs;
}

export type ReadRow = { readonly kind: 'item'; readonly item: SideItem } | Extract<EventRow, { kind: 'removed' | 'odd' }>;

/** One row of Graph, translated. */
export type ReadEventRow = (value: unknown) => ReadRow;

/** The HTML parser comes with the first answer that needs it: most cold starts need none. */
export async function eventRows(rules: ReadRules): Promise<ReadEventRow> {
  const html = await loadHtml();
  return (value) => readRow(value, rules, html);
}

function readRow(value: unknown, rules: ReadRules, html: HtmlReader): ReadRow {
  const row = parseEventRow(value);
  switch (row.kind) {
    case 'event':
      try {
        return { kind: 'item', item: itemOf(row.event, rules, html) };
      } catch (failure) {
        // Dates that do not exist, zones that nobody knows.
        if (failure instanceof RangeError) return { kind: 'odd', id: row.event.id, why: 'not understood: start, end' };
        throw failure;
      }
    case 'seriesRow':
      return { kind: 'item', item: seriesItem(row.row) };
    case 'removed':
    case 'odd':
      return row;
  }
}

function itemOf(event: GraphEvent, rules: ReadRules, html: HtmlReader): SideItem {
  const body = bodyOf(event, html);
  const time = timeOf(event);
  const content: AppointmentContent = {
    time,
    subject: canonicalLine(event.subject ?? ''),
    place: canonicalLine(event.location?.displayName ?? ''),
    body: body.text,
    showAs: SHOW_AS.find((known) => known === event.showAs) ?? rules.showAsWhenUnknown,
    reminder: event.isReminderOn === true ? Math.max(0, Math.round(event.reminderMinutesBeforeStart ?? 0)) : null,
    priority: priorityOf(event.importance),
    categories: canonicalCategories(event.categories ?? []),
  };
  const span = spanOf(time);
  return {
    id: event.id,
    version: event['@odata.etag'],
    modified: parseIso(event.lastModifiedDateTime),
    content,
    fuller: body.partial ? ['body'] : [],
    outOfScope: outOfScope(event) ?? (span.end < span.start ? 'invalid' : null),
    key: keyOf(event, rules.mailbox),
    span,
  };
}

/** An occurrence in a delta: neither content nor stamp (graph.md 2.2). It can be known, not compared. */
function seriesItem(row: GraphSeriesRow): SideItem {
  return {
    id: row.id,
    version: row['@odata.etag'] ?? '',
    modified: row.lastModifiedDateTime == null ? 0 : orElse(() => parseIso(row.lastModifiedDateTime ?? ''), 0),
    content: {},
    fuller: [],
    outOfScope: 'series',
    key: null,
    span: orElse(() => ({ start: instantOf(row.start), end: instantOf(row.end) }), { start: 0, end: 0 }),
  };
}

function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** The online-meeting block is part of the body: losing it disables the meeting (graph.md 13). */
function bodyOf({ body, isOnlineMeeting }: GraphEvent, html: HtmlReader): { readonly text: string; readonly partial: boolean } {
  const content = body?.content ?? '';
  const read = body?.contentType.toLowerCase() === 'text' ? { text: canonicalText(content), partial: holdsMeetingBlock(content) } : html.htmlToText(content);
  return { text: read.text, partial: read.partial || isOnlineMeeting === true };
}

/** All-day times are midnights whatever zone is asked for: they are read as dates (graph.md 5.7). Others are asked for in UTC and cut to seconds. */
function timeOf({ isAllDay, start, end }: GraphEvent): AppointmentTime {
  if (isAllDay === true) {
    const first = midnight(start.dateTime);
    return { allDay: true, firstDay: first, lastDay: lastDayOf(first, midnight(end.dateTime)) };
  }
  return { allDay: false, start: toIso(instantOf(start)), end: toIso(instantOf(end)) };
}

function midnight(dateTime: string): string {
  const { date, time } = parseWall(dateTime);
  if (time !== '00:00:00') throw new RangeError('An all-day event does not begin at midnight.');
  return date;
}

function instantOf(time: { readonly dateTime: string; readonly timeZone: string } | null | undefined): Instant {
  if (time == null) throw new RangeError('A time is missing.');
  const wall = parseWall(time.dateTime);
  if (time.timeZone === 'UTC') return parseIso(`${wall.date}T${wall.time}Z`);
  const zone = resolveZone(time.timeZone);
  if (zone.iana === undefined) throw new RangeError('A time zone is not known.');
  return toInstant(wall, zone.iana);
}

function spanOf(time: AppointmentTime): Span {
  if (!time.allDay) return { start: parseIso(time.start), end: parseIso(time.end) };
  return { start: parseIso(`${time.firstDay}T00:00:00Z`), end: parseIso(`${time.lastDay}T00:00:00Z`) + 86_400_000 };
}

function priorityOf(importance: string | null): Priority {
  return importance === 'low' || importance === 'high' ? importance : 'normal';
}

function outOfScope(event: GraphEvent): OutOfScope | null {
  if (event.type !== 'singleInstance') return 'series';
  if (event.isDraft === true) return 'draft';
  // `personal` too: who marks an appointment as not for others at all does not expect it in the CRM.
  if (event.sensitivity === 'private' || event.sensitivity === 'confidential' || event.sensitivity === 'personal') return 'private';
  if (event.isCancelled === true) return 'cancelled';
  if ((event.attendees ?? []).length > 0) return event.isOrganizer === false ? 'copyOfMeeting' : 'meeting';
  return isInvitation(event) ? 'copyOfMeeting' : null;
}

/** A meeting whose attendees are hidden from us: somebody else's all the same. */
function isInvitation({ isOrganizer, responseStatus }: GraphEvent): boolean {
  const response = responseStatus?.response ?? 'none';
  return isOrganizer === false && response !== 'none' && response !== 'organizer';
}

/** Our transaction id, or where Graph does not tell it the marker made for this very mailbox. */
function keyOf(event: GraphEvent, mailbox: MarkedMailbox): string | null {
  if (typeof event.transactionId === 'string' && event.transactionId !== '') return event.transactionId;
  const marker = event.singleValueExtendedProperties?.find((property) => property.id === GRAPH_MARKER)?.value;
  return typeof marker === 'string' ? pairIdIn(marker, mailbox) : null;
}
