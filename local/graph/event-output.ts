import { previewOf, textFromHtml } from './body-text.ts';
import { etagOf } from './event-model.ts';
import type { Attendee, EmailAddress, EventContent, ExtendedProperty, Item, Location, ResponseStatus, SeriesException, StoredEvent } from './event-model.ts';
import { occurrenceIdOf } from './identifiers.ts';
import type { Quirks } from './quirks.ts';
import { firstDate, occurrenceOn, seriesZone } from './recurrence.ts';
import { showRecurrence } from './recurrence-input.ts';
import { epochOf, sevenDigits, stampOf, wallAt } from './zones.ts';
import type { WallTime, Zone } from './zones.ts';

/** How a request wants its answer: Prefer headers and where links point. */
export interface View {
  zone: Zone | null;
  textBody: boolean;
  immutableIds: boolean;
  quirks: Quirks;
}

export type Row = Record<string, unknown>;

export function itemId(item: Item, immutable: boolean): string {
  const own = immutable ? item.event.id : item.event.mutableId;
  if (item.occurrence === undefined || item.event.series === null) return own;
  return occurrenceIdOf(own, item.occurrence.date, item.event.series.generation);
}

export function itemType(item: Item): 'singleInstance' | 'seriesMaster' | 'occurrence' | 'exception' {
  if (item.event.series === null) return 'singleInstance';
  if (item.occurrence === undefined) return 'seriesMaster';
  return item.event.series.exceptions.has(item.occurrence.date) ? 'exception' : 'occurrence';
}

/** The content a row shows: a master at its first occurrence, an exception with its own values. */
export function shownContent(item: Item): EventContent {
  const { event, occurrence } = item;
  if (event.series === null) return event.content;
  if (occurrence !== undefined) {
    return { ...event.content, ...event.series.exceptions.get(occurrence.date)?.overrides, start: occurrence.start, end: occurrence.end };
  }
  const first = firstDate(event.series.recurrence);
  if (first === undefined) return event.content;
  const { start, end } = occurrenceOn(event, { ...event.series, exceptions: new Map<string, SeriesException>() }, first);
  return { ...event.content, start, end };
}

export function extendedOf(item: Item): readonly ExtendedProperty[] {
  const own = item.occurrence === undefined ? undefined : item.event.series?.exceptions.get(item.occurrence.date)?.extended;
  return own ?? item.event.extended;
}

export function showTime(time: WallTime, isAllDay: boolean, view: Pick<View, 'zone' | 'quirks'>): { dateTime: string; timeZone: string } {
  const zone = view.zone;
  if (isAllDay) {
    // Midnight stays midnight whatever zone is asked for (docs issue 1802).
    return { dateTime: sevenDigits(time.wall), timeZone: zone !== null && view.quirks.allDayZone === 'preferred' ? zone.name : 'UTC' };
  }
  const instant = epochOf(time.wall, time.zone.iana);
  return { dateTime: sevenDigits(wallAt(instant, zone?.iana ?? 'UTC')), timeZone: zone?.name ?? 'UTC' };
}

export function showEvent(item: Item, view: View): Row {
  const { event } = item;
  const content = shownContent(item);
  const type = itemType(item);
  const id = itemId(item, view.immutableIds);
  const isInstance = item.occurrence !== undefined;
  const zoneName = event.series !== null && isInstance ? seriesZone(event, event.series).name : content.start.zone.name;
  return {
    '@odata.etag': etagOf(event),
    id,
    createdDateTime: stampOf(event.createdAt),
    lastModifiedDateTime: stampOf(event.modifiedAt),
    changeKey: event.changeKey,
    categories: content.categories,
    ...(event.transactionId !== null && !isInstance ? { transactionId: event.transactionId } : {}),
    originalStartTimeZone: content.start.zone.name,
    originalEndTimeZone: content.end.zone.name,
    iCalUId: iCalUIdOf(item, view.quirks),
    reminderMinutesBeforeStart: content.reminderMinutesBeforeStart,
    isReminderOn: content.isReminderOn,
    // Inline ones do not count (graph.md 6).
    hasAttachments: event.attachments.some((one) => !one.isInline),
    subject: content.subject,
    bodyPreview: previewOf(content.html),
    importance: content.importance,
    sensitivity: content.sensitivity,
    isAllDay: content.isAllDay,
    isCancelled: event.isCancelled,
    isOrganizer: event.isOrganizer,
    responseRequested: content.responseRequested,
    seriesMasterId: isInstance ? (view.immutableIds ? event.id : event.mutableId) : null,
    showAs: content.showAs,
    type,
    webLink: `https://outlook.office365.com/owa/?itemid=${encodeURIComponent(id)}&exvsurl=1&path=/calendar/item`,
    onlineMeetingUrl: null,
    isOnlineMeeting: content.isOnlineMeeting,
    onlineMeetingProvider: content.onlineMeetingProvider,
    allowNewTimeProposals: content.allowNewTimeProposals,
    isDraft: event.isDraft,
    hideAttendees: content.hideAttendees,
    ...(item.occurrence !== undefined ? { originalStart: `${wallAt(item.occurrence.originalStart, 'UTC').slice(0, 19)}Z` } : {}),
    ...(item.occurrence !== undefined && view.quirks.occurrenceIdReturned ? { occurrenceId: occurrenceName(event, item.occurrence.date, view.immutableIds) } : {}),
    responseStatus: showResponse(responseOf(item)),
    body: { contentType: view.textBody ? 'text' : 'html', content: view.textBody ? textFromHtml(content.html) : content.html },
    start: showTime(content.start, content.isAllDay, view),
    end: showTime(content.end, content.isAllDay, view),
    location: showLocation(content.locations),
    locations: content.locations.map(showOneLocation),
    recurrence: event.series === null || isInstance ? null : showRecurrence(event.series.recurrence, zoneName),
    attendees: content.attendees.map((attendee) => showAttendee(attendee, view)),
    organizer: { emailAddress: event.organizer },
    onlineMeeting: content.joinUrl === null ? null : { joinUrl: content.joinUrl },
  };
}

/** "Different for each occurrence" by the event page; one per series by an older text (graph.md 13). */
function iCalUIdOf(item: Item, quirks: Quirks): string {
  if (item.occurrence === undefined || quirks.iCalUIdOfOccurrence === 'series') return item.event.iCalUId;
  // Bytes 17 to 20 of a GlobalObjectId carry the original date (MS-OXOCAL 2.2.1.27).
  const [year = 0, month = 0, day = 0] = item.occurrence.date.split('-').map(Number);
  const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');
  return `${item.event.iCalUId.slice(0, 32)}${hex(year, 4)}${hex(month, 2)}${hex(day, 2)}${item.event.iCalUId.slice(40)}`;
}

/** The rows of occurrences that delta shows: no subject, no iCalUId (docs issues 7632, 1716). */
export function showThinOccurrence(item: Item, view: View): Row {
  const content = shownContent(item);
  return {
    '@odata.etag': etagOf(item.event),
    id: itemId(item, view.immutableIds),
    seriesMasterId: view.immutableIds ? item.event.id : item.event.mutableId,
    type: itemType(item),
    start: showTime(content.start, content.isAllDay, view),
    end: showTime(content.end, content.isAllDay, view),
  };
}

/** `OID.{masterId}.{date}`, the form of cancelledOccurrences. */
export const occurrenceName = (event: StoredEvent, date: string, immutable: boolean): string =>
  `OID.${immutable ? event.id : event.mutableId}.${date}`;

function responseOf(item: Item): ResponseStatus {
  const own = item.occurrence === undefined ? undefined : item.event.series?.exceptions.get(item.occurrence.date)?.response;
  return own ?? item.event.response;
}

export const showResponse = (status: ResponseStatus): Row => ({
  response: status.response,
  time: status.at === null ? '0001-01-01T00:00:00Z' : stampOf(status.at),
});

const showAttendee = (attendee: Attendee, view: View): Row => ({
  type: attendee.type,
  status: showResponse(attendee.status),
  emailAddress: showAddress(attendee.emailAddress),
  ...(attendee.proposal === undefined
    ? {}
    : { proposedNewTime: { start: showTime(attendee.proposal.start, false, view), end: showTime(attendee.proposal.end, false, view) } }),
});

const showAddress = (mail: EmailAddress): Row => ({ name: mail.name, address: mail.address });

const showOneLocation = (location: Location): Row => ({ ...location });

function showLocation(locations: readonly Location[]): Row {
  const first = locations[0];
  if (first === undefined) return { displayName: '', locationType: 'default', uniqueIdType: 'unknown', address: {}, coordinates: {} };
  if (locations.length === 1) return { ...first };
  return { displayName: locations.map((one) => one.displayName).join('; '), locationType: 'default', uniqueIdType: 'unknown' };
}
