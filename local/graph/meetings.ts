import type { EventRequest } from './event-input.ts';
import type { Attendee, EventContent, Item, ResponseKind, SeriesException, StoredEvent } from './event-model.ts';
import { addressesOf, commit, defaultCalendar, mailboxByAddress, nextVersion } from './exchange.ts';
import type { Exchange, Mail, Mailbox } from './exchange.ts';
import { badRequest } from './failure.ts';

/** What the organizer's next update overwrites on an attendee's copy; the rest stays the attendee's own (graph.md 5.4). */
const SHARED_MEMBERS = [
  'subject', 'html', 'start', 'end', 'isAllDay', 'locations', 'importance', 'sensitivity', 'responseRequested', 'allowNewTimeProposals', 'hideAttendees',
  'isOnlineMeeting', 'onlineMeetingProvider', 'attendees',
] as const satisfies readonly (keyof EventContent)[];

const sameAddress = (a: Attendee, b: Attendee) => a.emailAddress.address.toLowerCase() === b.emailAddress.address.toLowerCase();

function isOwn(mailbox: Mailbox, attendee: Attendee): boolean {
  return addressesOf(mailbox.user).includes(attendee.emailAddress.address.toLowerCase());
}

function mail(exchange: Exchange, kind: Mail['kind'], mailbox: Mailbox, recipient: string, eventId: string): void {
  exchange.mails.push({ kind, mailbox: mailbox.user.id, recipient, eventId, at: exchange.clock.now() });
}

/** Everybody a version of the meeting, or one of its exceptions, invites. */
function inviteesOf(event: StoredEvent, mailbox: Mailbox): Attendee[] {
  const all = [...event.content.attendees];
  for (const exception of event.series?.exceptions.values() ?? []) {
    for (const one of exception.overrides.attendees ?? []) if (!all.some((other) => sameAddress(one, other))) all.push(one);
  }
  return all.filter((one) => !isOwn(mailbox, one));
}

export function sendInvitations(exchange: Exchange, mailbox: Mailbox, event: StoredEvent): void {
  for (const attendee of inviteesOf(event, mailbox)) {
    mail(exchange, 'invitation', mailbox, attendee.emailAddress.address, event.id);
    deliverCopy(exchange, mailbox, event, attendee);
  }
}

/**
 * Mails of an organizer's PATCH. Only `attendees` in the body: mail goes to changed attendees alone (event-update); members that
 * no attendee sees send none; everything else mails everybody.
 */
export function mailUpdate(exchange: Exchange, mailbox: Mailbox, before: StoredEvent, after: StoredEvent, request: EventRequest): void {
  if (!after.isOrganizer || after.isDraft) return;
  const quirks = exchange.quirks();
  const loud = request.members.filter((member) => !quirks.silentMembers.includes(member));
  if (loud.length === 0) return;
  if (!quirks.unchangedPatchMails && sharedKey(before) === sharedKey(after)) return;
  const was = inviteesOf(before, mailbox);
  const is = inviteesOf(after, mailbox);
  for (const gone of was.filter((one) => !is.some((other) => sameAddress(one, other)))) {
    mail(exchange, 'cancellation', mailbox, gone.emailAddress.address, after.id);
    cancelCopy(exchange, mailbox, after, gone);
  }
  const onlyAttendees = loud.every((member) => member === 'attendees');
  for (const attendee of is) {
    const isNew = !was.some((one) => sameAddress(one, attendee));
    if (onlyAttendees && !isNew) continue;
    mail(exchange, isNew ? 'invitation' : 'update', mailbox, attendee.emailAddress.address, after.id);
    deliverCopy(exchange, mailbox, after, attendee);
  }
}

function sharedKey(event: StoredEvent): string {
  const content = SHARED_MEMBERS.map((member) => event.content[member]);
  return JSON.stringify([content, event.series === null ? null : [event.series.recurrence, event.series.cancelled, [...event.series.exceptions]]]);
}

function copyIn(box: Mailbox, iCalUId: string): StoredEvent | undefined {
  for (const event of box.events.values()) if (event.iCalUId === iCalUId && !event.isOrganizer) return event;
  return undefined;
}

function deliverCopy(exchange: Exchange, mailbox: Mailbox, event: StoredEvent, attendee: Attendee): void {
  const box = mailboxByAddress(exchange, mailbox.tenant, attendee.emailAddress.address);
  if (box !== undefined && box !== mailbox) putCopy(exchange, box, event);
}

/** Writes the organizer's version over the attendee's copy, or makes the copy. Also used for organizers outside the tenant. */
export function putCopy(exchange: Exchange, box: Mailbox, event: StoredEvent): StoredEvent {
  const quirks = exchange.quirks();
  const old = copyIn(box, event.iCalUId);
  const shared = Object.fromEntries(SHARED_MEMBERS.map((member) => [member, event.content[member]])) as Partial<EventContent>;
  const extended = quirks.extendedPropertiesTravel ? event.extended : (old?.extended ?? []);
  if (old !== undefined) {
    const after = nextVersion(exchange, old, {
      content: { ...old.content, ...shared },
      series: copyOfSeries(event, old),
      extended,
      isCancelled: event.isCancelled,
      place: 'calendar',
    });
    commit(exchange, box, old, after);
    return after;
  }
  const now = exchange.clock.now();
  const copy: StoredEvent = {
    ...event,
    id: exchange.ids.immutableId(),
    mutableId: exchange.ids.mutableId(),
    mailboxId: box.user.id,
    calendarId: defaultCalendar(box).id,
    place: 'calendar',
    transactionId: null,
    createdAt: now,
    modifiedAt: now,
    changeKey: exchange.ids.changeKey(),
    content: { ...event.content, categories: [], showAs: 'tentative' },
    isDraft: false,
    isOrganizer: false,
    response: { response: 'notResponded', at: null },
    extended,
  };
  commit(exchange, box, null, copy);
  return copy;
}

function copyOfSeries(event: StoredEvent, old: StoredEvent): StoredEvent['series'] {
  if (event.series === null) return null;
  const exceptions = new Map<string, SeriesException>();
  for (const [date, exception] of event.series.exceptions) {
    const response = old.series?.exceptions.get(date)?.response;
    exceptions.set(date, { ...exception, ...(response === undefined ? {} : { response }) });
  }
  return { ...event.series, exceptions };
}

function cancelCopy(exchange: Exchange, mailbox: Mailbox, event: StoredEvent, attendee: Attendee): void {
  const box = mailboxByAddress(exchange, mailbox.tenant, attendee.emailAddress.address);
  const copy = box === undefined || box === mailbox ? undefined : copyIn(box, event.iCalUId);
  if (box !== undefined && copy !== undefined) cancelOwnCopy(exchange, box, copy);
}

export function cancelOwnCopy(exchange: Exchange, box: Mailbox, copy: StoredEvent): void {
  if (copy.place !== 'calendar' || copy.isCancelled) return;
  const subject = `Canceled: ${copy.content.subject}`.slice(0, 255);
  commit(exchange, box, copy, nextVersion(exchange, copy, { isCancelled: true, content: { ...copy.content, subject, showAs: 'free' } }));
}

/** The organizer deletes or cancels: every attendee is told; for one occurrence the copies lose that occurrence. */
export function sendCancellations(exchange: Exchange, mailbox: Mailbox, event: StoredEvent, date?: string): void {
  if (!event.isOrganizer || event.isDraft || event.isCancelled) return;
  for (const attendee of inviteesOf(event, mailbox)) {
    mail(exchange, 'cancellation', mailbox, attendee.emailAddress.address, event.id);
    if (date === undefined) cancelCopy(exchange, mailbox, event, attendee);
    else {
      const current = mailbox.events.get(event.id);
      if (current !== undefined) deliverCopy(exchange, mailbox, current, attendee);
    }
  }
}

export interface ResponseRequest {
  response: Extract<ResponseKind, 'accepted' | 'declined' | 'tentativelyAccepted'>;
  sendResponse: boolean;
}

/** accept, decline, tentativelyAccept on an attendee's copy; without sendResponse the organizer learns nothing (contrib issue 2624). */
export function respond(exchange: Exchange, mailbox: Mailbox, item: Item, request: ResponseRequest): void {
  const { event } = item;
  if (event.isOrganizer) throw badRequest("Your request can't be completed. You can't respond to this meeting because you're the meeting organizer.");
  const at = exchange.clock.now();
  const status = { response: request.response, at };
  const showAs = request.response === 'accepted' ? 'busy' : request.response === 'declined' ? 'free' : 'tentative';
  const leaves = request.response === 'declined' && !exchange.quirks().declinedStaysInCalendar;
  const after =
    item.occurrence === undefined
      ? nextVersion(exchange, event, { response: status, content: { ...event.content, showAs }, place: leaves ? 'deletedItems' : 'calendar' })
      : nextVersion(exchange, event, { series: respondedSeries(event, item.occurrence.date, status, showAs, leaves) });
  commit(exchange, mailbox, event, after);
  if (!request.sendResponse) return;
  mail(exchange, 'response', mailbox, event.organizer.address, event.id);
  const organizer = mailboxByAddress(exchange, mailbox.tenant, event.organizer.address);
  const original = organizer === undefined ? undefined : [...organizer.events.values()].find((one) => one.isOrganizer && one.iCalUId === event.iCalUId && one.place === 'calendar');
  if (organizer === undefined || original === undefined) return;
  const attendees = original.content.attendees.map((one) => (isOwn(mailbox, one) ? { ...one, status } : one));
  commit(exchange, organizer, original, nextVersion(exchange, original, answered(original, attendees, item.occurrence?.date)));
}

function answered(original: StoredEvent, attendees: readonly Attendee[], date: string | undefined): Partial<StoredEvent> {
  if (date === undefined || original.series === null) return { content: { ...original.content, attendees } };
  const old = original.series.exceptions.get(date);
  const exceptions = new Map(original.series.exceptions).set(date, { extended: original.extended, ...old, overrides: { ...old?.overrides, attendees } });
  return { series: { ...original.series, exceptions } };
}

function respondedSeries(event: StoredEvent, date: string, response: StoredEvent['response'], showAs: string, leaves: boolean): StoredEvent['series'] {
  if (event.series === null) return null;
  const exceptions = new Map(event.series.exceptions);
  if (leaves) {
    exceptions.delete(date);
    return { ...event.series, exceptions, cancelled: [...event.series.cancelled, date].sort() };
  }
  const old = exceptions.get(date);
  exceptions.set(date, { extended: event.extended, ...old, overrides: { ...old?.overrides, showAs }, response });
  return { ...event.series, exceptions };
}

/** POST /cancel by the organizer: mails, then the item leaves the calendar like a deletion. */
export function checkMayCancel(event: StoredEvent): void {
  if (!event.isOrganizer) throw badRequest('You need to be an organizer to cancel a meeting.', 'ErrorInvalidRequest');
}
