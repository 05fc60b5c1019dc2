import type { Event } from '@microsoft/microsoft-graph-types';
import { GRAPH_MARKER } from '../config/names.ts';
import { asAppointment, canonicalCategories, type AppointmentContent, type AppointmentTime } from '../model/appointment.ts';
import type { Content, Json } from '../model/content.ts';
import { canonicalLine, canonicalText } from '../model/text/canonical-text.ts';
import { cutVisibly } from '../model/text/cut.ts';
import { textToHtml } from '../model/text/text-to-html.ts';
import { endAfter } from '../model/time/allday.ts';
import { parseIso, second, toIso } from '../model/time/instant.ts';
import { toInstant, toWall } from '../model/time/wallclock.ts';
import { toWindows } from '../model/time/zones.ts';
import type { MailboxRef } from '../sync/ports.ts';
import { attendeeList, heldParticipants, type AttendeeRow } from './event-attendees.ts';
import { markerValue, type MarkedMailbox } from './marker.ts';

/** Checked against the official types of v1.0: a misspelt member does not compile. */
export type EventBody = Readonly<Event>;

/** Exchange keeps 255 characters of a subject and of a place. */
const LINE_LIMIT = 255;
/** Escaped and in UTF-8 still far below the 4 MB that a request may hold (graph.md 3.1). */
const BODY_LIMIT = 200_000;

/** Of the event as it is: who is at it already, who never is, and what of its body must stay. */
export interface Attending {
  /** The mailbox's own addresses: it does not invite itself. */
  readonly own: readonly string[];
  readonly read: readonly AttendeeRow[];
  /** The body as it goes to Graph, where it is not simply its text. */
  readonly html?: string;
  /** Members for the additional fields of the content, categories included. */
  readonly fields?: EventBody;
}

const ALONE: Attending = { own: [], read: [] };

/**
 * The members of an event for the groups that are there. This is the one place that decides what a PATCH holds, and with it who gets mail
 * (graph.md 5.3; no member suppresses it):
 * - an event without attendees mails nobody, whatever is in it;
 * - attendees alone: those who come are invited, those who go get a cancellation, the others hear nothing (all of them do where a member of a
 *   distribution list goes). Therefore attendees are in it only where `participants` are;
 * - categories, reminder and our marker, alone or beside attendees, add nobody (docs/assumptions G32);
 * - time, subject, place, body, showAs, priority or privacy mail everybody, changed or not. Answers are never written: they are the attendees'.
 * A POST with attendees invites all of them, a DELETE cancels for all of them.
 */
export function eventBody(content: Content, zone: string | null, { own, read, html, fields = {} }: Attending = ALONE): EventBody {
  const appointment: Partial<AppointmentContent> = asAppointment(content);
  const { time, subject, place, body, showAs, reminder, priority, categories, participants, privacy } = appointment;
  return {
    ...(time === undefined ? {} : timeMembers(time, zone)),
    ...(subject === undefined ? {} : { subject }),
    ...(place === undefined ? {} : { location: { displayName: place } }),
    ...(body === undefined ? {} : { body: { contentType: 'html', content: html ?? textToHtml(body) } }),
    ...(showAs === undefined ? {} : { showAs }),
    ...(reminder === undefined ? {} : reminder === null ? { isReminderOn: false } : { isReminderOn: true, reminderMinutesBeforeStart: reminder }),
    ...(priority === undefined ? {} : { importance: priority }),
    ...(categories === undefined ? {} : { categories: [...categories] }),
    ...(participants === undefined ? {} : { attendees: attendeeList(heldParticipants(participants, own), read) }),
    ...(privacy === undefined ? {} : { sensitivity: privacy }),
    ...fields,
  };
}

/** With the key that makes a repeated create harmless, and the marker by which the event is found again (design 5.2). */
export function newEventBody(content: Content, pairId: string, mailbox: MarkedMailbox & Pick<MailboxRef, 'addresses'>, zone: string | null, fields: EventBody = {}): EventBody {
  const marker = { id: GRAPH_MARKER, value: markerValue(mailbox, pairId) };
  return { ...eventBody(content, zone, { own: mailbox.addresses, read: [], fields }), transactionId: pairId, singleValueExtendedProperties: [marker, ...(fields.singleValueExtendedProperties ?? [])] };
}

function timeMembers(time: AppointmentTime, zone: string | null): EventBody {
  if (time.allDay) {
    const timeZone = zone === null ? 'UTC' : nameOf(zone);
    const midnight = (date: string) => ({ dateTime: `${date}T00:00:00`, timeZone });
    return { isAllDay: true, start: midnight(time.firstDay), end: midnight(endAfter(time.firstDay, time.lastDay)) };
  }
  return { isAllDay: false, start: dateTime(time.start, zone), end: dateTime(time.end, zone) };
}

/** On the clock of the customer's zone, which Outlook shows as the event's own; in UTC where that clock shows the time twice. */
function dateTime(iso: string, zone: string | null): { readonly dateTime: string; readonly timeZone: string } {
  const instant = parseIso(iso);
  if (zone !== null) {
    const wall = toWall(instant, zone);
    if (toInstant(wall, zone, 'earlier') === instant && toInstant(wall, zone, 'later') === instant) {
      return { dateTime: `${wall.date}T${wall.time}`, timeZone: nameOf(zone) };
    }
  }
  return { dateTime: toIso(instant).slice(0, 19), timeZone: 'UTC' };
}

/** Windows names are accepted everywhere, IANA names only some (graph.md 5.8). */
function nameOf(iana: string): string {
  return toWindows(iana) ?? iana;
}

/**
 * What Graph would hold of a content: cut lines, whole seconds, one form of everything; of participants those whom it can invite, under its own keys.
 * Answers stay as they are: none is ever written, so there is nothing that they would become.
 */
export function heldByGraph(content: Content, own: readonly string[] = []): Content {
  const appointment: Partial<AppointmentContent> = asAppointment(content);
  const held: Record<string, Json> = { ...content };
  if (appointment.time !== undefined) held['time'] = heldTime(appointment.time);
  if (appointment.subject !== undefined) held['subject'] = line(appointment.subject);
  if (appointment.place !== undefined) held['place'] = line(appointment.place);
  if (appointment.body !== undefined) held['body'] = canonicalText(cutVisibly(canonicalText(appointment.body), BODY_LIMIT).text);
  if (typeof appointment.reminder === 'number') held['reminder'] = Math.max(0, Math.round(appointment.reminder));
  if (appointment.categories !== undefined) held['categories'] = canonicalCategories(appointment.categories);
  if (appointment.participants !== undefined) held['participants'] = heldParticipants(appointment.participants, own);
  return held;
}

function line(text: string): string {
  return canonicalLine(cutVisibly(canonicalLine(text), LINE_LIMIT).text);
}

function heldTime(time: AppointmentTime): AppointmentTime {
  if (time.allDay) return { allDay: true, firstDay: time.firstDay, lastDay: time.lastDay < time.firstDay ? time.firstDay : time.lastDay };
  return { allDay: false, start: wholeSeconds(time.start), end: wholeSeconds(time.end) };
}

function wholeSeconds(iso: string): string {
  return toIso(Math.floor(parseIso(iso) / second) * second);
}
