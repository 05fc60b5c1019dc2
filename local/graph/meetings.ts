import { copiedAttachments } from './attachments.ts';
import type { EventRequest } from './event-input.ts';
import type { Attendee, EmailAddress, EventContent, Item, ResponseKind, SeriesException, StoredEvent, TimeSlot } from './event-model.ts';
import { addressesOf, commit, defaultCalendar, mailboxByAddress, mailboxesBehind, membersOf, nextVersion } from './exchange.ts';
import type { Exchange, Mail, Mailbox } from './exchange.ts';
import { badRequest, GraphFailure } from './failure.ts';
import type { WallTime } from './zones.ts';

/** What the organizer's next update overwrites on an attendee's copy; the rest stays the attendee's own (graph.md 5.4). */
const SHARED_MEMBERS = [
  'subject', 'html', 'start', 'end', 'isAllDay', 'locations', 'importance', 'sensitivity', 'responseRequested', 'allowNewTimeProposals', 'hideAttendees',
  'isOnlineMeeting', 'onlineMeetingProvider', 'joinUrl', 'attendees',
] as const satisfies readonly (keyof EventContent)[];

const sameAddress = (a: Attendee, b: Attendee) => a.emailAddress.address.toLowerCase() === b.emailAddress.address.toLowerCase();

function isOwn(mailbox: Mailbox, attendee: Attendee): boolean {
  return addressesOf(mailbox.user).includes(attendee.emailAddress.address.toLowerCase());
}

function mail(exchange: Exchange, kind: Mail['kind'], mailbox: Mailbox, recipient: string, eventId: string): void {
  exchange.mails.push({ kind, mailbox: mailbox.user.id, recipient, eventId, at: exchange.clock.now(), by: exchange.servedFor ?? 'person' });
}

function isIn({ tenant }: Mailbox, one: Attendee, list: Attendee): boolean {
  return membersOf(tenant, list.emailAddress.address).includes(one.emailAddress.address.toLowerCase());
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
 * Mails of an organizer's PATCH. Only `attendees` in the body: mail goes to changed attendees alone, but where one who goes is in a distribution list that
 * stays (event-update): he is mailed the cancellation, and everybody an update, he too by his list (support article 2732379). Members that no attendee sees
 * send none; everything else mails everybody.
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
    cancelCopy(exchange, mailbox, after, gone, is);
  }
  const leavesList = was.some((one) => !is.some((other) => sameAddress(one, other)) && is.some((other) => isIn(mailbox, one, other)));
  const onlyAttendees = loud.every((member) => member === 'attendees') && !leavesList;
  for (const attendee of is) {
    const isNew = !was.some((one) => sameAddress(one, attendee));
    if (onlyAttendees && !isNew) continue;
    mail(exchange, isNew ? 'invitation' : 'update', mailbox, attendee.emailAddress.address, after.id);
    deliverCopy(exchange, mailbox, after, attendee);
  }
}

/** Where an attachment that comes or goes is told of at once. */
export function mailAttachments(exchange: Exchange, mailbox: Mailbox, eventId: string): void {
  const event = mailbox.events.get(eventId);
  if (event === undefined || !exchange.quirks().attachmentsMailAttendees || !event.isOrganizer || event.isDraft) return;
  for (const attendee of inviteesOf(event, mailbox)) {
    mail(exchange, 'update', mailbox, attendee.emailAddress.address, event.id);
    deliverCopy(exchange, mailbox, event, attendee);
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
  for (const box of mailboxesBehind(exchange, mailbox.tenant, attendee.emailAddress.address)) if (box !== mailbox) putCopy(exchange, box, event);
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
      attachments: copiedAttachments(exchange, event.attachments),
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
    attachments: copiedAttachments(exchange, event.attachments),
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

/** @param staying of a list that goes, whoever is invited by himself stays */
function cancelCopy(exchange: Exchange, mailbox: Mailbox, event: StoredEvent, attendee: Attendee, staying: readonly Attendee[] = []): void {
  for (const box of mailboxesBehind(exchange, mailbox.tenant, attendee.emailAddress.address)) {
    const copy = box === mailbox || staying.some((one) => isOwn(box, one)) ? undefined : copyIn(box, event.iCalUId);
    if (copy !== undefined) cancelOwnCopy(exchange, box, copy);
  }
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
  proposal?: TimeSlot;
}

/** accept, decline, tentativelyAccept on an attendee's copy; without sendResponse the organizer learns nothing (contrib issue 2624). */
export function respond(exchange: Exchange, mailbox: Mailbox, item: Item, request: ResponseRequest): void {
  const { event } = item;
  if (event.isOrganizer) throw badRequest("Your request can't be completed. You can't respond to this meeting because you're the meeting organizer.");
  if (request.proposal !== undefined && !event.content.allowNewTimeProposals) throw badRequest('The organizer does not allow proposals of a new time.');
  if (request.proposal !== undefined && !request.sendResponse) throw badRequest('A new time can only be proposed with a response to the organizer.');
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
  const answer = { status, ...(request.proposal === undefined ? {} : { proposal: request.proposal }) };
  const { attendees: invited } = original.content;
  const attendees = invited.map((one) => (isOwn(mailbox, one) ? { type: one.type, emailAddress: one.emailAddress, ...answer } : one));
  if (!invited.some((one) => isOwn(mailbox, one))) attendees.push(...listedBy(exchange, mailbox, invited).map((one) => ({ ...one, ...answer })));
  commit(exchange, organizer, original, nextVersion(exchange, original, answered(original, attendees, item.occurrence?.date)));
}

/** Invited by a list alone, and listed beside it since he answered: that it happens is known, when is not (quirk). */
function listedBy(exchange: Exchange, { user, tenant }: Mailbox, invited: readonly Attendee[]): Pick<Attendee, 'type' | 'emailAddress'>[] {
  const list = invited.find((one) => membersOf(tenant, one.emailAddress.address).some((member) => addressesOf(user).includes(member)));
  return list === undefined || !exchange.quirks().listMemberListedByAnswer ? [] : [{ type: list.type, emailAddress: { name: user.displayName, address: user.mail } }];
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

/** Members of a copy that are the attendee's own; the organizer governs the others (graph.md 5.4). */
const OWN_MEMBERS = ['categories', 'showAs', 'isReminderOn', 'reminderMinutesBeforeStart', 'sensitivity', 'singleValueExtendedProperties'];

/** What Graph answers to an attendee who edits what the organizer governs is open; false: it takes the edit and stores nothing. */
export function mayEdit(exchange: Exchange, event: StoredEvent, request: EventRequest): boolean {
  const { attendeeEdits } = exchange.quirks();
  if (event.isOrganizer || attendeeEdits === 'local' || request.members.every((member) => OWN_MEMBERS.includes(member))) return true;
  if (attendeeEdits === 'ignored') return false;
  throw new GraphFailure(403, 'ErrorAccessDenied', 'Access is denied. Only the organizer can change this meeting.');
}

/** Somebody passes the meeting on: the recipients are invited, and the organizer's copy names them from then on (event-forward). */
export function forward(exchange: Exchange, mailbox: Mailbox, event: StoredEvent, recipients: readonly EmailAddress[]): void {
  const owner = event.isOrganizer ? mailbox : mailboxByAddress(exchange, mailbox.tenant, event.organizer.address);
  const original = event.isOrganizer ? event : [...(owner?.events.values() ?? [])].find((one) => one.isOrganizer && one.iCalUId === event.iCalUId && one.place === 'calendar');
  const source = original ?? event;
  const added = recipients
    .map((emailAddress): Attendee => ({ type: 'required', emailAddress, status: { response: 'none', at: null } }))
    .filter((one) => !source.content.attendees.some((other) => sameAddress(one, other)));
  const known = { ...source, content: { ...source.content, attendees: [...source.content.attendees, ...added] } };
  if (owner !== undefined && original !== undefined) commit(exchange, owner, original, nextVersion(exchange, original, { content: known.content }));
  for (const { address } of recipients) {
    mail(exchange, 'forward', mailbox, address, event.id);
    const box = mailboxByAddress(exchange, mailbox.tenant, address);
    if (box !== undefined && box !== owner && box !== mailbox) putCopy(exchange, box, known);
  }
  if (!event.isOrganizer) mail(exchange, 'forwardNotice', mailbox, event.organizer.address, event.id);
}

const PHONE_ZONE = 'tzone://Microsoft/Custom';

/** A phone sends the whole event back: the same content under a zone name of its own (docs issue 812), and everybody hears of it. */
export function saveOnPhone(exchange: Exchange, mailbox: Mailbox, event: StoredEvent): void {
  const renamed = (time: WallTime): WallTime => ({ ...time, zone: { ...time.zone, name: PHONE_ZONE } });
  const { start, end } = event.content;
  const after = nextVersion(exchange, event, { content: { ...event.content, start: renamed(start), end: renamed(end) } });
  commit(exchange, mailbox, event, after);
  if (!event.isOrganizer || event.isDraft) return;
  for (const attendee of inviteesOf(after, mailbox)) {
    mail(exchange, 'update', mailbox, attendee.emailAddress.address, event.id);
    deliverCopy(exchange, mailbox, after, attendee);
  }
}

/** POST /cancel by the organizer: mails, then the item leaves the calendar like a deletion. */
export function checkMayCancel(event: StoredEvent): void {
  if (!event.isOrganizer) throw badRequest('You need to be an organizer to cancel a meeting.', 'ErrorInvalidRequest');
}
