import { changedIn, SHOW_AS, type AppointmentContent, type CalendarSide, type Look, type Shown, type ShowAs } from './appointment.ts';
import type { Send } from './http.ts';
import { ROLES, type Answer, type Invited } from './people.ts';
import { addDays } from './wall-time.ts';

interface Mail {
  readonly name: string;
  readonly address: string;
}

/** An event as calendarView shows it, as far as the page looks (docs/simulators/graph.md). */
interface GraphEvent {
  readonly id: string;
  readonly transactionId?: string | null;
  readonly type: string;
  readonly subject: string | null;
  readonly sensitivity: string;
  readonly isOrganizer: boolean;
  readonly isCancelled: boolean;
  readonly organizer: { readonly emailAddress: Mail } | null;
  readonly responseStatus: { readonly response: string };
  readonly isAllDay: boolean;
  readonly showAs: string;
  readonly isReminderOn: boolean;
  readonly reminderMinutesBeforeStart: number;
  readonly categories: readonly string[];
  readonly attendees: readonly { readonly type: string; readonly status: { readonly response: string }; readonly emailAddress: Mail }[];
  readonly body: { readonly content: string };
  readonly location: { readonly displayName?: string };
  readonly start: { readonly dateTime: string };
  readonly end: { readonly dateTime: string };
}

const FIELDS = 'id,transactionId,type,subject,sensitivity,isOrganizer,isCancelled,organizer,responseStatus,isAllDay,showAs,isReminderOn,reminderMinutesBeforeStart,categories,attendees,body,location,start,end';
const DEFAULT_REMINDER = 15;
const ACTIONS: Readonly<Record<Answer, string>> = { accepted: 'accept', tentative: 'tentativelyAccept', declined: 'decline' };

export interface OutlookOwner {
  /** Entra object id. */
  readonly id: string;
  readonly mail: string;
}

export interface OutlookCalendar extends CalendarSide {
  /** The owner's answer to somebody else's meeting; the organizer is told. */
  answer(id: string, answer: Answer): Promise<void>;
  /** Somebody outside of the house invites the owner. */
  receive(content: AppointmentContent, organizer: string): Promise<string>;
  /** That organizer calls the meeting off. */
  callOff(id: string): Promise<void>;
}

/** A person's Outlook: the REST API of the own mailbox. `colleagues` are the addresses of all whose calendars are kept in step. */
export function outlookCalendar(send: Send, owner: OutlookOwner, colleagues: ReadonlySet<string>, timeZone: string): OutlookCalendar {
  const base = `/graph/v1.0/users/${encodeURIComponent(owner.id)}`;
  const headers = { authorization: `Bearer person:${owner.id}`, prefer: `outlook.timezone="${timeZone}", outlook.body-content-type="text", IdType="ImmutableId"` };
  const write = { who: 'Outlook', headers };
  return {
    async list({ from, to }) {
      // A day more on each side: the view's bounds are UTC, ours are days of the house.
      const query = `startDateTime=${addDays(from, -1)}T00:00:00Z&endDateTime=${addDays(to, 1)}T00:00:00Z&$top=1000&$select=${FIELDS}`;
      const { value } = (await send(`${base}/calendarView?${query}`, write)) as { value: readonly GraphEvent[] };
      return value.map((event) => shownOf(event, owner, colleagues));
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
    async answer(id, answer) {
      await send(`${base}/events/${encodeURIComponent(id)}/${ACTIONS[answer]}`, { ...write, method: 'POST', body: { sendResponse: true } });
    },
    async receive(content, organizer) {
      const invited = [{ key: null, name: '', address: owner.mail, role: 'required', answer: null } as const, ...content.invited];
      const invitation = { organizer: { name: organizer, address: organizer }, iCalUId: `outside-${crypto.randomUUID()}`, event: eventOf({ ...content, invited }, ALL, timeZone) };
      return ((await send('/graph/_sim/invitations', { who: 'Outlook', method: 'POST', body: { userId: owner.id, invitation } })) as { id: string }).id;
    },
    async callOff(id) {
      await send('/graph/_sim/cancel-invitation', { who: 'Outlook', method: 'POST', body: { userId: owner.id, eventId: id } });
    },
  };
}

const ALL: ReadonlySet<keyof AppointmentContent> = new Set(['subject', 'place', 'body', 'showAs', 'reminder', 'categories', 'isPrivate', 'invited', 'start'] as const);

function shownOf(event: GraphEvent, owner: OutlookOwner, colleagues: ReadonlySet<string>): Shown {
  const organizer = event.attendees.length === 0 && event.isOrganizer ? null : addressOf(event.organizer?.emailAddress);
  const start = event.start.dateTime;
  const end = event.end.dateTime;
  return {
    id: event.id,
    madeFor: event.transactionId ?? null,
    organizer,
    own: event.isOrganizer ? null : { answer: answerOf(event.responseStatus.response) },
    traits: traitsOf(event),
    looks: looksOf(event),
    // A colleague's meeting stands in the CRM once, as the colleague's.
    isAwaited: event.sensitivity === 'normal' && !event.isCancelled && (event.isOrganizer || !colleagues.has(organizer?.address ?? '')),
    subject: event.subject ?? '',
    place: event.location.displayName ?? '',
    body: event.body.content.replaceAll('\r\n', '\n').trim(),
    showAs: SHOW_AS.find((name) => name === event.showAs) ?? 'busy',
    reminder: event.isReminderOn ? event.reminderMinutesBeforeStart : null,
    categories: event.categories,
    isPrivate: event.sensitivity !== 'normal',
    invited: event.attendees.map(invitedOf).filter(({ address }) => address !== organizer?.address && (event.isOrganizer || address !== owner.mail)),
    allDay: event.isAllDay,
    start: event.isAllDay ? start.slice(0, 10) : start.slice(0, 16),
    end: event.isAllDay ? addDays(end.slice(0, 10), -1) : end.slice(0, 16),
  };
}

function traitsOf({ type, sensitivity, isOrganizer, isCancelled, attendees }: GraphEvent): string[] {
  return [
    ...(type === 'singleInstance' ? [] : ['part of a series']),
    ...(sensitivity === 'normal' ? [] : ['private']),
    ...(isOrganizer ? [] : ['an invitation']),
    ...(isCancelled ? ['called off'] : []),
    ...(attendees.length > 0 && isOrganizer ? ['a meeting'] : []),
  ];
}

function looksOf({ sensitivity, isOrganizer, isCancelled, responseStatus }: GraphEvent): Look[] {
  const isOpen = !isOrganizer && answerOf(responseStatus.response) === null;
  return [...(sensitivity === 'normal' ? [] : ['private' as const]), ...(isCancelled ? ['cancelled' as const] : isOpen ? ['invitation' as const] : [])];
}

function addressOf(mail: Mail | undefined): { name: string; address: string } {
  return { name: mail?.name ?? '', address: mail?.address.toLowerCase() ?? '' };
}

function invitedOf({ type, status, emailAddress }: GraphEvent['attendees'][number]): Invited {
  const { name, address } = addressOf(emailAddress);
  return { key: `mail:${address}`, name: name.toLowerCase() === address ? '' : name, address, role: ROLES.find((role) => role === type) ?? 'required', answer: answerOf(status.response) };
}

function answerOf(response: string): Answer | null {
  if (response === 'tentativelyAccepted') return 'tentative';
  return response === 'accepted' || response === 'declined' ? response : null;
}

function eventOf(content: AppointmentContent, members: ReadonlySet<keyof AppointmentContent>, timeZone: string): Record<string, unknown> {
  const { subject, place, body, showAs, reminder, categories, isPrivate, invited } = content;
  const isOneOf = (...names: (keyof AppointmentContent)[]): boolean => names.some((name) => members.has(name));
  return {
    ...(isOneOf('subject') ? { subject } : {}),
    ...(isOneOf('place') ? { location: { displayName: place } } : {}),
    ...(isOneOf('body') ? { body: { contentType: 'text', content: body } } : {}),
    ...(isOneOf('showAs') ? { showAs: showAs satisfies ShowAs } : {}),
    ...(isOneOf('reminder') ? { isReminderOn: reminder !== null, reminderMinutesBeforeStart: reminder ?? DEFAULT_REMINDER } : {}),
    ...(isOneOf('categories') ? { categories } : {}),
    ...(isOneOf('isPrivate') ? { sensitivity: isPrivate ? 'private' : 'normal' } : {}),
    ...(isOneOf('invited') ? { attendees: invited.map(attendeeOf) } : {}),
    ...(isOneOf('start', 'end', 'allDay') ? timesOf(content, timeZone) : {}),
  };
}

/** Outlook knows no role for information only. */
function attendeeOf({ name, address, role }: Invited): Record<string, unknown> {
  return { type: role === 'informational' ? 'optional' : role, emailAddress: name === '' ? { address } : { address, name } };
}

function timesOf({ allDay, start, end }: AppointmentContent, timeZone: string): Record<string, unknown> {
  const at = (dateTime: string) => ({ dateTime, timeZone });
  if (allDay) return { isAllDay: true, start: at(`${start}T00:00:00`), end: at(`${addDays(end, 1)}T00:00:00`) };
  return { isAllDay: false, start: at(`${start}:00`), end: at(`${end}:00`) };
}
