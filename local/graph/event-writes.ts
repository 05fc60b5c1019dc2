import { checkTimes, newContent } from './event-input.ts';
import type { EventRequest } from './event-input.ts';
import { etagOf } from './event-model.ts';
import type { EventContent, ExtendedProperty, Item, Recurrence, Series, StoredEvent } from './event-model.ts';
import { commit, nextVersion, ownerAddress } from './exchange.ts';
import type { Exchange, Mailbox } from './exchange.ts';
import { badRequest, GraphFailure, itemNotFound } from './failure.ts';
import { mailUpdate, sendCancellations, sendInvitations } from './meetings.ts';
import { withOnlineMeeting } from './online-meeting.ts';
import { firstDate, neighbours, occurrenceOn } from './recurrence.ts';

export interface CreateResult {
  event: StoredEvent;
  /** False: an earlier request with the same transactionId had made it. */
  isNew: boolean;
}

export function createEvent(exchange: Exchange, mailbox: Mailbox, calendarId: string, request: EventRequest): CreateResult {
  const known = request.transactionId == null ? undefined : mailbox.transactions.get(request.transactionId);
  if (known !== undefined) {
    const event = repeatedCreate(exchange, mailbox, known);
    if (event !== undefined) return { event, isNew: false };
  }
  const asked = newContent(request.content);
  const twin = exchange.quirks().mergesIdenticalCreates ? identicalCreate(exchange, mailbox, calendarId, asked) : undefined;
  if (twin !== undefined) return { event: twin, isNew: true };
  const content = withOnlineMeeting(exchange.ids, asked, null);
  const now = exchange.clock.now();
  const series = request.recurrence == null ? null : newSeries(content, request.recurrence, 0);
  const event: StoredEvent = {
    id: exchange.ids.immutableId(),
    mutableId: exchange.ids.mutableId(),
    mailboxId: mailbox.user.id,
    calendarId,
    place: 'calendar',
    iCalUId: exchange.ids.iCalUId(),
    transactionId: request.transactionId ?? null,
    createdAt: now,
    modifiedAt: now,
    changeKey: exchange.ids.changeKey(),
    content,
    isDraft: request.isDraft === true && content.attendees.length > 0 && exchange.quirks().draftsMailNobody,
    isCancelled: false,
    isOrganizer: true,
    organizer: ownerAddress(mailbox),
    response: { response: content.attendees.length > 0 ? 'organizer' : 'none', at: null },
    extended: request.extended ?? [],
    series,
    attachments: [],
  };
  if (event.transactionId !== null) mailbox.transactions.set(event.transactionId, event.id);
  commit(exchange, mailbox, null, event);
  if (!event.isDraft) sendInvitations(exchange, mailbox, event);
  moveChangeKeyLater(exchange, mailbox, event);
  return { event, isNew: true };
}

/** "At the same moment" (docs issue 7330): within one second. */
function identicalCreate(exchange: Exchange, mailbox: Mailbox, calendarId: string, content: EventContent): StoredEvent | undefined {
  const key = JSON.stringify(content);
  for (const event of mailbox.events.values()) {
    const isHere = event.place === 'calendar' && event.calendarId === calendarId;
    if (isHere && exchange.clock.now() - event.createdAt < 1_000 && JSON.stringify(event.content) === key) return event;
  }
  return undefined;
}

function repeatedCreate(exchange: Exchange, mailbox: Mailbox, eventId: string): StoredEvent | undefined {
  const quirks = exchange.quirks();
  if (quirks.duplicateTransaction === 'makesAnother') return undefined;
  const existing = mailbox.events.get(eventId);
  const stands = existing?.place === 'calendar';
  if (!stands && !quirks.transactionRememberedAfterDeletion) return undefined;
  if (stands && quirks.duplicateTransaction === 'returnsExisting') return existing;
  throw new GraphFailure(
    quirks.duplicateTransaction === '400' ? 400 : 409,
    'ErrorDuplicateTransactionId',
    "Your request can't be completed. The transactionId was used by an earlier request.",
    {},
    stands ? { '@event.existingEventId': eventId } : {},
  );
}

/** The change key may still move after a create (graph.md 2.2). */
function moveChangeKeyLater(exchange: Exchange, mailbox: Mailbox, event: StoredEvent): void {
  const delay = exchange.quirks().changeKeyMovesAfterCreateMs;
  if (delay === null) return;
  exchange.clock.after(delay, () => {
    const current = mailbox.events.get(event.id);
    if (current !== undefined && current.place === 'calendar') {
      commit(exchange, mailbox, current, { ...current, changeKey: exchange.ids.changeKey() });
    }
  });
}

function newSeries(content: EventContent, recurrence: Recurrence, generation: number): Series {
  if (content.start.wall.slice(0, 10) !== recurrence.range.startDate && recurrence.range.recurrenceTimeZone === null) {
    throw badRequest('The recurrence range must start on the date of the event.', 'ErrorPropertyValidationFailure');
  }
  if (firstDate(recurrence) === undefined) throw badRequest('The recurrence has no occurrence.', 'ErrorRecurrenceHasNoOccurrence');
  return { recurrence, generation, cancelled: [], exceptions: new Map() };
}

export function checkIfMatch(exchange: Exchange, event: StoredEvent, ifMatch: string | null): void {
  if (ifMatch === null || ifMatch === '*' || exchange.quirks().ifMatchIgnored) return;
  const wanted = ifMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (wanted.includes(etagOf(event).slice(2))) return;
  throw new GraphFailure(412, 'ErrorIrresolvableConflict', 'The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.');
}

/** PATCH of an event, a whole series or one occurrence; the answer shows the same item afterwards. */
export function updateEvent(exchange: Exchange, mailbox: Mailbox, item: Item, request: EventRequest): Item {
  if (item.event.place !== 'calendar') throw itemNotFound();
  if (item.occurrence !== undefined && item.event.series !== null) return updateOccurrence(exchange, mailbox, item, item.event.series, request);
  const { event } = item;
  const content = withOnlineMeeting(exchange.ids, { ...event.content, ...keepAnswers(request.content, event.content) }, event.content);
  checkTimes(content);
  const after = nextVersion(exchange, event, {
    content,
    series: nextSeries(exchange, event, content, request),
    extended: mergeExtended(event.extended, request.extended),
    isDraft: event.isDraft && request.isDraft !== false,
  });
  commit(exchange, mailbox, event, after);
  if (event.isDraft && !after.isDraft) sendInvitations(exchange, mailbox, after);
  else mailUpdate(exchange, mailbox, event, after, request);
  return { event: mailbox.events.get(event.id) ?? after };
}

function nextSeries(exchange: Exchange, event: StoredEvent, content: EventContent, request: EventRequest): Series | null {
  const old = event.series;
  if (request.recurrence === null) return null;
  if (old === null) return request.recurrence === undefined ? null : newSeries(content, request.recurrence, 0);
  const startDate = content.start.wall.slice(0, 10);
  const timesChanged = content.start !== event.content.start || content.end !== event.content.end;
  if (request.recurrence === undefined && !timesChanged) return old;
  const recurrence = request.recurrence ?? { ...old.recurrence, range: { ...old.recurrence.range, startDate } };
  const next = newSeries(content, recurrence, old.generation);
  const samePattern =
    JSON.stringify(recurrence.pattern) === JSON.stringify(old.recurrence.pattern) && recurrence.range.startDate === old.recurrence.range.startDate;
  if (samePattern && (!timesReallyChanged(event.content, content) || !exchange.quirks().seriesChangeResetsExceptions)) {
    return { ...next, cancelled: old.cancelled, exceptions: old.exceptions };
  }
  const kept = exchange.quirks().seriesChangeResetsExceptions ? {} : { cancelled: old.cancelled, exceptions: old.exceptions };
  return { ...next, ...kept, generation: samePattern || exchange.quirks().occurrenceIdsSurvivePattern ? old.generation : old.generation + 1 };
}

function timesReallyChanged(before: EventContent, after: EventContent): boolean {
  const key = (content: EventContent) => JSON.stringify([content.start, content.end, content.isAllDay]);
  return key(before) !== key(after);
}

function updateOccurrence(exchange: Exchange, mailbox: Mailbox, item: Item, series: Series, request: EventRequest): Item {
  const { event, occurrence } = item;
  if (occurrence === undefined) return item;
  if (request.recurrence !== undefined) throw badRequest('The recurrence belongs to the series master.', 'ErrorInvalidPropertySet');
  const { date } = occurrence;
  const old = series.exceptions.get(date);
  const stored = Object.fromEntries(Object.entries(request.content).filter(([member]) => !exchange.quirks().exceptionsIgnore.includes(member)));
  const overrides: Partial<EventContent> = { ...old?.overrides, ...keepAnswers(stored, { ...event.content, ...old?.overrides }) };
  if (request.content.start !== undefined || request.content.end !== undefined) {
    overrides.start ??= occurrence.start;
    overrides.end ??= occurrence.end;
  }
  const content = { ...event.content, start: occurrence.start, end: occurrence.end, ...overrides };
  checkTimes(content);
  checkBoundaries(event, series, date, content);
  const exceptions = new Map(series.exceptions).set(date, { ...old, overrides, extended: mergeExtended(old?.extended ?? event.extended, request.extended) });
  const after = nextVersion(exchange, event, { series: { ...series, exceptions } });
  commit(exchange, mailbox, event, after);
  mailUpdate(exchange, mailbox, event, after, request);
  const now = mailbox.events.get(event.id) ?? after;
  return { event: now, occurrence: occurrenceOn(now, now.series ?? series, date) };
}

/** An occurrence stays between its neighbours and off their days (docs PR 2275). */
function checkBoundaries(event: StoredEvent, series: Series, date: string, content: EventContent): void {
  const { before, after } = neighbours(event, series, date);
  const day = content.start.wall.slice(0, 10);
  const crossed = (before !== undefined && day <= before.start.wall.slice(0, 10)) || (after !== undefined && day >= after.start.wall.slice(0, 10));
  if (crossed) throw badRequest('Modified occurrence is crossing or overlapping adjacent occurrence.', 'ErrorOccurrenceCrossingBoundary');
}

/** An attendee that stays in the list keeps his answer and the time he proposed. */
function keepAnswers(request: Partial<EventContent>, before: EventContent): Partial<EventContent> {
  if (request.attendees === undefined) return request;
  const known = new Map(before.attendees.map((one) => [one.emailAddress.address.toLowerCase(), one]));
  const attendees = request.attendees.map((one) => {
    const { status = one.status, proposal } = known.get(one.emailAddress.address.toLowerCase()) ?? {};
    return { ...one, status, ...(proposal === undefined ? {} : { proposal }) };
  });
  return { ...request, attendees };
}

export function mergeExtended(before: readonly ExtendedProperty[], changes: readonly ExtendedProperty[] | undefined): readonly ExtendedProperty[] {
  if (changes === undefined) return before;
  const merged = new Map(before.map((one) => [propertyKey(one.id), one]));
  for (const change of changes) merged.set(propertyKey(change.id), change);
  return [...merged.values()];
}

/** Type and GUID are compared without case, the name with it (extended-properties overview). */
export function propertyKey(id: string): string {
  const parts = /^(\w+)\s+(\{[^}]*\})\s+(\w+)\s+(.*)$/.exec(id);
  return parts === null ? id.toLowerCase() : `${parts[1]} ${parts[2]} ${parts[3]}`.toLowerCase() + ` ${parts[4]}`;
}

/** DELETE: the item goes to Deleted Items, an occurrence out of its series; attendees get cancellations. */
export function deleteItem(exchange: Exchange, mailbox: Mailbox, item: Item): void {
  const { event, occurrence } = item;
  if (event.place !== 'calendar') {
    if (exchange.quirks().secondDelete === '403') {
      throw new GraphFailure(403, 'ErrorCannotDeleteObject', 'Object cannot be deleted.');
    }
    throw itemNotFound();
  }
  if (occurrence !== undefined && event.series !== null) {
    const exceptions = new Map(event.series.exceptions);
    exceptions.delete(occurrence.date);
    const after = nextVersion(exchange, event, { series: { ...event.series, exceptions, cancelled: [...event.series.cancelled, occurrence.date].sort() } });
    commit(exchange, mailbox, event, after, true);
    sendCancellations(exchange, mailbox, event, occurrence.date);
    return;
  }
  commit(exchange, mailbox, event, { ...event, place: 'deletedItems', mutableId: exchange.ids.mutableId(), modifiedAt: exchange.clock.now(), changeKey: exchange.ids.changeKey() });
  sendCancellations(exchange, mailbox, event);
}

export function purgeItem(exchange: Exchange, mailbox: Mailbox, item: Item): void {
  if (item.occurrence !== undefined) {
    deleteItem(exchange, mailbox, item);
    return;
  }
  commit(exchange, mailbox, item.event, null);
  if (item.event.place === 'calendar') sendCancellations(exchange, mailbox, item.event);
}

export function moveEvent(exchange: Exchange, mailbox: Mailbox, event: StoredEvent, calendarId: string): StoredEvent {
  const after = nextVersion(exchange, event, { calendarId, place: 'calendar', mutableId: exchange.ids.mutableId() });
  commit(exchange, mailbox, event, after);
  return after;
}

/** Opened and closed: a new version without new content. */
export function touchEvent(exchange: Exchange, mailbox: Mailbox, event: StoredEvent): StoredEvent {
  const after = nextVersion(exchange, event, {});
  commit(exchange, mailbox, event, after);
  return after;
}
