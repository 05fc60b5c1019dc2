import { canonicalCategories, isHoldableTime, SHOW_AS, type AppointmentContent, type AppointmentTime, type Priority, type ShowAs } from '../model/appointment.ts';
import { GRAPH_MARKER } from '../config/names.ts';
import { linkMatcher, type LinkMatcher } from '../config/link-patterns.ts';
import type { LinkRule } from '../config/rules.ts';
import type { WebLink } from '../config/web-link.ts';
import { fingerprint, type Content } from '../model/content.ts';
import { canonicalLine, canonicalText } from '../model/text/canonical-text.ts';
import { editedHtml, LONGEST_EDITED_HTML } from '../model/text/edited-html.ts';
import { loadHtml, type HtmlReader } from '../model/text/html.ts';
import { holdsMeetingBlock } from '../model/text/meeting-block.ts';
import { lastDayOf } from '../model/time/allday.ts';
import { parseIso, toIso, type Instant } from '../model/time/instant.ts';
import { parseWall, toInstant } from '../model/time/wallclock.ts';
import { resolveZone } from '../model/time/zones.ts';
import type { MailboxRef, OutOfScope, Span } from '../sync/ports.ts';
import { answersOf, attendeeRows, participantsOf, personKey, type ReadEvent } from './event-attendees.ts';
import type { EventFields } from './event-fields.ts';
import { meetingOf, notParticipants, roleIn, type MeetingRole } from './event-meeting.ts';
import { isPrivate, shownOfPrivate, type PrivacyRules } from './event-privacy.ts';
import { occurrenceOf } from './event-occurrence.ts';
import { parseEventRow, type EventRow, type GraphEvent } from './event-schema.ts';
import { pairIdIn, type MarkedMailbox } from './marker.ts';

export interface ReadRules extends PrivacyRules {
  /** The line that leads to CRM.web (scope G4): taken out of every text. */
  readonly webLink?: WebLink | null;
  /** Texts that name records of the CRM (scope A9). */
  readonly links?: readonly LinkRule[];
  readonly mailbox: MarkedMailbox & Pick<MailboxRef, 'addresses'>;
  readonly showAsWhenUnknown: ShowAs;
  /** Additional fields, where the rules name any. */
  readonly fields?: EventFields;
}

export type ReadRow = { readonly kind: 'item'; readonly item: ReadEvent } | Extract<EventRow, { kind: 'removed' | 'odd' }>;

/** One row of Graph, translated. */
export type ReadEventRow = (value: unknown) => ReadRow;

/** The HTML parser comes with the first answer that needs it: most cold starts need none. */
export async function eventRows(rules: ReadRules): Promise<ReadEventRow> {
  const html = await loadHtml();
  const links = rules.links === undefined || rules.links.length === 0 ? null : await linkMatcher(rules.links);
  return (value) => readRow(value, rules, { html, links });
}

/** What comes late. */
interface Readers {
  readonly html: HtmlReader;
  /** Null where no rule links anything. */
  readonly links: LinkMatcher | null;
}

function readRow(value: unknown, rules: ReadRules, readers: Readers): ReadRow {
  const row = parseEventRow(value);
  switch (row.kind) {
    case 'event':
      try {
        return { kind: 'item', item: itemOf(row.event, value, rules, readers) };
      } catch (failure) {
        // Dates that do not exist, zones that nobody knows.
        if (failure instanceof RangeError) return { kind: 'odd', id: row.event.id, why: 'not understood: start, end' };
        throw failure;
      }
    case 'removed':
    case 'odd':
      return row;
  }
}

function itemOf(event: GraphEvent, whole: unknown, rules: ReadRules, { html, links }: Readers): ReadEvent {
  const own = rules.mailbox.addresses;
  const role = roleIn(event, own);
  const attendees = attendeeRows(event.attendees ?? [], notParticipants(event, role, own));
  const body = bodyOf(event, html);
  const raw = event.body?.content ?? '';
  const text = rules.webLink?.strip(body.text) ?? body.text;
  const time = timeOf(event);
  if (!isHoldableTime(time)) throw new RangeError('An event lies where no side can hold it.');
  const categories = canonicalCategories(event.categories ?? []);
  const shown: AppointmentContent & Content = {
    ...rules.fields?.read(whole as Readonly<Record<string, unknown>>),
    time,
    subject: canonicalLine(event.subject ?? ''),
    place: canonicalLine(event.location?.displayName ?? ''),
    body: text,
    showAs: SHOW_AS.find((known) => known === event.showAs) ?? rules.showAsWhenUnknown,
    reminder: event.isReminderOn === true ? Math.min(LONGEST_REMINDER, Math.max(0, Math.round(event.reminderMinutesBeforeStart ?? 0))) : null,
    priority: priorityOf(event.importance),
    categories: categories.filter((name) => rules.fields?.categories.has(name) !== true),
    participants: participantsOf(attendees),
    answers: answersOf(attendees),
    privacy: isPrivate(event) ? 'private' : 'normal',
  };
  const content: Content = links === null ? shown : { ...shown, links: links.targetsIn({ subject: shown.subject, location: shown.place, categories }) };
  const span = spanOf(time);
  const series = occurrenceOf(event);
  const meeting = meetingOf(event, role, series);
  const item: ReadEvent = {
    id: event.id,
    version: event['@odata.etag'],
    modified: parseIso(event.lastModifiedDateTime),
    content,
    fuller: [...(body.partial ? ['body'] : []), ...(showsEverybody(event, role) ? [] : ['participants'])],
    outOfScope: outOfScope(event, role, rules) ?? (span.end < span.start ? 'invalid' : null),
    // A series shows the marks of the appointment that it was made of on each of its occurrences.
    key: event.type === 'singleInstance' ? keyOf(event, rules.mailbox) : null,
    span,
    ...(event.hasAttachments === true ? { files: true as const } : {}),
    ...(series === null ? {} : { series }),
    ...(meeting === undefined ? {} : { meeting }),
    ...(attendees.length === 0 ? {} : { attendees }),
    ...(body.withText === undefined ? {} : { withText: aroundLine(body.text, text, body.withText, rules) }),
    ...(text === body.text ? {} : { hasLine: true as const }),
    ...(rules.webLink?.show === 'body' && !body.partial && raw.length <= LONGEST_KEPT && event.body?.contentType.toLowerCase() !== 'text' ? { html: raw } : {}),
    ...(series === null ? {} : { told: fingerprint(content) }),
  };
  return isPrivate(event) ? shownOfPrivate(item, rules) : item;
}

type WithText = NonNullable<ReadEvent['withText']>;

/** Whoever edits a text does not see the line that leads to CRM.web: it stays where it is, behind the text. Null where it would not. */
function aroundLine(whole: string, text: string, withText: WithText, { webLink }: ReadRules): WithText {
  if (text === whole) return withText;
  const line = text === '' ? `\n${whole}` : whole.slice(text.length);
  return (edited) => (whole.startsWith(text) && webLink?.strip(edited + line) === edited ? withText(edited + line) : null);
}

/** Int32, as Graph and the CRM hold it. */
const LONGEST_REMINDER = 2 ** 31 - 1;

/** Longer texts are not kept for a line that could be added to them. */
const LONGEST_KEPT = 200_000;

/** Not where the organizer hides attendees from each other, and not where Graph names nobody in a row. */
function showsEverybody({ hideAttendees, attendees }: GraphEvent, role: MeetingRole): boolean {
  return !(role === 'attendee' && hideAttendees === true) && (attendees ?? []).every((one) => personKey(one.emailAddress) !== null);
}

/** The online-meeting block is part of the body: losing it disables the meeting (graph.md 13). */
function bodyOf({ body, isOnlineMeeting }: GraphEvent, html: HtmlReader): { readonly text: string; readonly partial: boolean; readonly withText?: ReadEvent['withText'] } {
  const content = body?.content ?? '';
  const isText = body?.contentType.toLowerCase() === 'text';
  const read = isText ? { text: canonicalText(content), partial: holdsMeetingBlock(content) } : html.htmlToText(content);
  const partial = read.partial || isOnlineMeeting === true;
  return { text: read.text, partial, ...(partial && !isText && content.length <= LONGEST_EDITED_HTML ? { withText: (text) => editedHtml(content, read.text, text, html) } : {}) };
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

function outOfScope(event: GraphEvent, role: MeetingRole, { privacy }: PrivacyRules): OutOfScope | null {
  if (event.type !== 'singleInstance' && occurrenceOf(event) === null) return 'series';
  // Not sent yet: a write of ours might send it.
  if (event.isDraft === true) return 'draft';
  if (privacy === 'off' && isPrivate(event)) return 'private';
  // A copy that the organizer cancelled says so in its meeting: what follows from it is not this adapter's to say.
  if (event.isCancelled === true && !(role === 'attendee' && meetingOf(event, role, null) !== undefined)) return 'cancelled';
  return null;
}

/** Our transaction id, or where Graph does not tell it the marker made for this very mailbox. */
function keyOf(event: GraphEvent, mailbox: MarkedMailbox): string | null {
  if (typeof event.transactionId === 'string' && event.transactionId !== '') return event.transactionId;
  const marker = event.singleValueExtendedProperties?.find((property) => property.id === GRAPH_MARKER)?.value;
  return typeof marker === 'string' ? pairIdIn(marker, mailbox) : null;
}
