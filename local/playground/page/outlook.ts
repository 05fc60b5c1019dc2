import { changedIn, SHOW_AS, type AppointmentContent, type CalendarSide, type Shown, type ShowAs } from './appointment.ts';
import type { Send } from './http.ts';
import { addDays } from './wall-time.ts';

/** An event as calendarView shows it, as far as the page looks (docs/simulators/graph.md). */
interface GraphEvent {
  readonly id: string;
  readonly transactionId?: string | null;
  readonly type: string;
  readonly subject: string | null;
  readonly sensitivity: string;
  readonly isOrganizer: boolean;
  readonly isAllDay: boolean;
  readonly showAs: string;
  readonly isReminderOn: boolean;
  readonly reminderMinutesBeforeStart: number;
  readonly categories: readonly string[];
  readonly attendees: readonly unknown[];
  readonly body: { readonly content: string };
  readonly location: { readonly displayName?: string };
  readonly start: { readonly dateTime: string };
  readonly end: { readonly dateTime: string };
}

const FIELDS = 'id,transactionId,type,subject,sensitivity,isOrganizer,isAllDay,showAs,isReminderOn,reminderMinutesBeforeStart,categories,attendees,body,location,start,end';
const DEFAULT_REMINDER = 15;

/** A person's Outlook: the REST API of the own mailbox. */
export function outlookCalendar(send: Send, userId: string, timeZone: string): CalendarSide {
  const base = `/graph/v1.0/users/${encodeURIComponent(userId)}`;
  const headers = { authorization: `Bearer person:${userId}`, prefer: `outlook.timezone="${timeZone}", outlook.body-content-type="text", IdType="ImmutableId"` };
  const write = { who: 'Outlook', headers };
  return {
    async list({ from, to }) {
      // A day more on each side: the view's bounds are UTC, ours are days of the house.
      const query = `startDateTime=${addDays(from, -1)}T00:00:00Z&endDateTime=${addDays(to, 1)}T00:00:00Z&$top=1000&$select=${FIELDS}`;
      const { value } = (await send(`${base}/calendarView?${query}`, write)) as { value: readonly GraphEvent[] };
      return value.map(shownOf);
    },
    async create(content) {
      const event = (await send(`${base}/events`, { ...write, method: 'POST', body: eventOf(content, ALL, timeZone) })) as { id: string };
      return event.id;
    },
    async update(before, content) {
      const changed = changedIn(before, content);
      if (changed.size > 0) await send(`${base}/events/${encodeURIComponent(before.id)}`, { ...write, method: 'PATCH', body: eventOf(content, changed, timeZone) });
    },
    async remove(id) {
      await send(`${base}/events/${encodeURIComponent(id)}`, { ...write, method: 'DELETE' });
    },
  };
}

const ALL: ReadonlySet<keyof AppointmentContent> = new Set(['subject', 'place', 'body', 'showAs', 'reminder', 'categories', 'start'] as const);

function shownOf(event: GraphEvent): Shown {
  const start = event.start.dateTime;
  const end = event.end.dateTime;
  return {
    id: event.id,
    madeFor: event.transactionId ?? null,
    traits: traitsOf(event),
    subject: event.subject ?? '',
    place: event.location.displayName ?? '',
    body: event.body.content.replaceAll('\r\n', '\n').trim(),
    showAs: SHOW_AS.find((name) => name === event.showAs) ?? 'busy',
    reminder: event.isReminderOn ? event.reminderMinutesBeforeStart : null,
    categories: event.categories,
    allDay: event.isAllDay,
    start: event.isAllDay ? start.slice(0, 10) : start.slice(0, 16),
    end: event.isAllDay ? addDays(end.slice(0, 10), -1) : end.slice(0, 16),
  };
}

function traitsOf({ type, sensitivity, isOrganizer, attendees }: GraphEvent): string[] {
  return [
    ...(type === 'singleInstance' ? [] : ['part of a series']),
    ...(sensitivity === 'normal' ? [] : ['private']),
    ...(isOrganizer ? [] : ['an invitation']),
    ...(attendees.length > 0 && isOrganizer ? ['a meeting'] : []),
  ];
}

function eventOf(content: AppointmentContent, members: ReadonlySet<keyof AppointmentContent>, timeZone: string): Record<string, unknown> {
  const { subject, place, body, showAs, reminder, categories } = content;
  const isOneOf = (...names: (keyof AppointmentContent)[]): boolean => names.some((name) => members.has(name));
  return {
    ...(isOneOf('subject') ? { subject } : {}),
    ...(isOneOf('place') ? { location: { displayName: place } } : {}),
    ...(isOneOf('body') ? { body: { contentType: 'text', content: body } } : {}),
    ...(isOneOf('showAs') ? { showAs: showAs satisfies ShowAs } : {}),
    ...(isOneOf('reminder') ? { isReminderOn: reminder !== null, reminderMinutesBeforeStart: reminder ?? DEFAULT_REMINDER } : {}),
    ...(isOneOf('categories') ? { categories } : {}),
    ...(isOneOf('start', 'end', 'allDay') ? timesOf(content, timeZone) : {}),
  };
}

function timesOf({ allDay, start, end }: AppointmentContent, timeZone: string): Record<string, unknown> {
  const at = (dateTime: string) => ({ dateTime, timeZone });
  if (allDay) return { isAllDay: true, start: at(`${start}T00:00:00`), end: at(`${addDays(end, 1)}T00:00:00`) };
  return { isAllDay: false, start: at(`${start}:00`), end: at(`${end}:00`) };
}
