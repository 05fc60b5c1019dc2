import { inOrder, instancesWithin, itemsWithin, readSpan } from './calendar-view.ts';
import { bodyOf, linkTo, mailboxOf, preferredPageSize, viewOf } from './call.ts';
import type { Call } from './call.ts';
import { readEventRequest, READABLE_MEMBERS, readProposal, readRecipients } from './event-input.ts';
import { etagOf } from './event-model.ts';
import type { Item } from './event-model.ts';
import { filterAndOrder, showRows } from './event-rows.ts';
import { checkIfMatch, createEvent, deleteItem, purgeItem, updateEvent } from './event-writes.ts';
import { shownContent } from './event-output.ts';
import { defaultCalendar, mailboxBehind } from './exchange.ts';
import type { Calendar, Mailbox } from './exchange.ts';
import { badRequest, GraphFailure, itemNotFound, notModelled } from './failure.ts';
import type { Answer } from './failure.ts';
import { readOccurrenceId } from './identifiers.ts';
import { checkMayCancel, forward, mayEdit, respond } from './meetings.ts';
import { allowOptions, pageBySkip, readCount, readSelect } from './odata-query.ts';
import { hasDate, occurrenceOn } from './recurrence.ts';
import { isRecord, readBoolean } from './request-json.ts';

const DEFAULT_PAGE = 10;
const MOST = 1_000;
const LIST_OPTIONS = ['$select', '$filter', '$orderby', '$top', '$skip', '$expand', '$count'];
const EVENT = 'microsoft.graph.event';
/** Read only from a master that is asked for by id (event resource). */
const MASTER_ONLY = ['cancelledOccurrences', 'exceptionOccurrences'];

/** The calendar a path names; null: `/events/{id}` reaches every calendar of the mailbox. */
export function calendarOf(call: Call, mailbox: Mailbox): Calendar | null {
  const id = call.params['calendar'];
  if (id === undefined) return null;
  if (id === '') return defaultCalendar(mailbox);
  const found = mailbox.calendars.find((calendar) => calendar.id === id);
  if (found === undefined) throw itemNotFound();
  return found;
}

/** Both forms of id are accepted in paths; the mutable one only as long as the item stays where it is. */
export function findItem(mailbox: Mailbox, id: string): Item | undefined {
  const key = readOccurrenceId(id);
  const masterId = key?.masterId ?? id;
  const event = mailbox.events.get(masterId) ?? mailbox.events.get(mailbox.byMutableId.get(masterId) ?? '');
  if (event === undefined || key === undefined) return event === undefined ? undefined : { event };
  const { series } = event;
  if (series === null || series.generation !== key.generation || series.cancelled.includes(key.date) || !hasDate(series, key.date)) return undefined;
  return { event, occurrence: occurrenceOn(event, series, key.date) };
}

export function itemOf(call: Call, purpose: 'read' | 'list' | 'write' | 'delete'): { mailbox: Mailbox; item: Item } {
  const mailbox = mailboxOf(call);
  const calendar = calendarOf(call, mailbox);
  const { readLagMs, listLagMs } = call.exchange.quirks();
  const seen = mailboxBehind(call.exchange, mailbox, purpose === 'read' ? readLagMs : purpose === 'list' ? listLagMs : 0);
  const item = findItem(seen, call.params['event'] ?? '');
  if (item === undefined || isHidden(call, item)) throw itemNotFound();
  const { place, calendarId } = item.event;
  if (calendar !== null && (place !== 'calendar' || calendarId !== calendar.id)) throw itemNotFound();
  if (place === 'deletedItems' && (purpose === 'write' || !call.exchange.quirks().deletedStillReadable)) throw itemNotFound();
  return { mailbox, item };
}

/** Whether an application sees private events with every kind of grant is open (graph.md 12.17). */
export const isHidden = (call: Call, item: Item): boolean =>
  call.caller.kind === 'app' && call.exchange.quirks().privateItemsHidden && shownContent(item).sensitivity === 'private';

/** Lists, views and searches may lag behind what was written (graph.md 2.1). */
const listedMailbox = (call: Call): Mailbox => mailboxBehind(call.exchange, mailboxOf(call), call.exchange.quirks().listLagMs);

function answerItem(call: Call, item: Item, status: number): Answer {
  const { view, applied } = viewOf(call);
  const select = readSelect(call.query.get('$select'), READABLE_MEMBERS, EVENT);
  const [row] = showRows([item], view, { select, expand: call.query.get('$expand'), single: true });
  const context = `${call.baseUrl}/v1.0/$metadata#users('${encodeURIComponent(call.params['user'] ?? '')}')/events/$entity`;
  return { status, headers: { ...applied, etag: etagOf(item.event) }, body: { '@odata.context': context, ...row } };
}

export function getEvent(call: Call): Answer {
  allowOptions(call.query, ['$select', '$expand'], EVENT);
  return answerItem(call, itemOf(call, 'read').item, 200);
}

export function postEvent(call: Call): Answer {
  const mailbox = mailboxOf(call);
  const calendar = calendarOf(call, mailbox) ?? defaultCalendar(mailbox);
  const request = readEventRequest(bodyOf(call), { mode: 'create', ...customZone(call, mailbox) });
  viewOf(call);
  const { event, isNew } = createEvent(call.exchange, mailbox, calendar.id, request);
  return answerItem(call, { event }, isNew ? 201 : 200);
}

export function patchEvent(call: Call): Answer {
  const { mailbox, item } = itemOf(call, 'write');
  const request = readEventRequest(bodyOf(call), { mode: 'update', draftWritable: call.exchange.quirks().draftPatchSends, ...customZone(call, mailbox) });
  viewOf(call);
  checkIfMatch(call.exchange, item.event, call.headers.get('if-match'));
  if (!mayEdit(call.exchange, item.event, request)) return answerItem(call, item, 200);
  return answerItem(call, updateEvent(call.exchange, mailbox, item, request), 200);
}

/** Outlook on a desk writes zones of its own (docs issue 812); an application cannot. */
const customZone = (call: Call, mailbox: Mailbox) => (call.caller.kind === 'person' ? { customZone: mailbox.zone } : {});

export function deleteEvent(call: Call): Answer {
  const { mailbox, item } = itemOf(call, 'delete');
  if (item.event.place === 'calendar') checkIfMatch(call.exchange, item.event, call.headers.get('if-match'));
  deleteItem(call.exchange, mailbox, item);
  return { status: 204 };
}

export function listEvents(call: Call): Answer {
  allowOptions(call.query, LIST_OPTIONS, 'the events of a calendar');
  const mailbox = listedMailbox(call);
  const calendar = calendarOf(call, mailbox) ?? defaultCalendar(mailbox);
  const items = [...mailbox.events.values()]
    .filter((event) => event.place === 'calendar' && event.calendarId === calendar.id)
    .map((event): Item => ({ event }));
  return answerList(call, items, false);
}

export function listView(call: Call): Answer {
  allowOptions(call.query, LIST_OPTIONS, 'a calendar view');
  const mailbox = listedMailbox(call);
  const calendar = calendarOf(call, mailbox) ?? defaultCalendar(mailbox);
  return answerList(call, itemsWithin(mailbox, calendar.id, readSpan(call.query)), true);
}

export function listInstances(call: Call): Answer {
  allowOptions(call.query, LIST_OPTIONS, 'the instances of a series');
  const { item } = itemOf(call, 'list');
  if (item.event.series === null || item.occurrence !== undefined) {
    throw badRequest('Expand series can only be performed against a series master.', 'ErrorInvalidRequest');
  }
  return answerList(call, inOrder(instancesWithin(item.event, readSpan(call.query))), true);
}

function answerList(call: Call, items: Item[], isView: boolean): Answer {
  const { view, applied } = viewOf(call);
  const select = readSelect(call.query.get('$select'), READABLE_MEMBERS, EVENT)?.filter((member) => !MASTER_ONLY.includes(member)) ?? null;
  const stamps = ['createdDateTime', 'lastModifiedDateTime'];
  const shown = isView && select !== null && !view.quirks.viewSelectsStamps ? select.filter((member) => !stamps.includes(member)) : select;
  const size = readCount(call.query.get('$top'), '$top', MOST) ?? preferredPageSize(call) ?? DEFAULT_PAGE;
  const found = filterAndOrder(items.filter((item) => !isHidden(call, item)), view, call.query.get('$filter'), call.query.get('$orderby'));
  const page = pageBySkip(found, call.query, Math.max(1, size));
  return {
    status: 200,
    headers: applied,
    body: {
      '@odata.context': `${call.baseUrl}/v1.0/$metadata#users('${encodeURIComponent(call.params['user'] ?? '')}')/${isView ? 'calendarView' : 'events'}`,
      ...(call.query.get('$count') === 'true' ? { '@odata.count': found.length } : {}),
      value: showRows(page.rows, view, { select: shown, expand: call.query.get('$expand'), single: false }),
      ...(page.nextQuery === null ? {} : { '@odata.nextLink': linkTo(call, page.nextQuery) }),
    },
  };
}

/** Parameters of the actions, in whatever letter case (metadata and reference pages differ in it). */
const PARAMETERS: Record<string, readonly string[]> = {
  accept: ['comment', 'sendresponse'],
  decline: ['comment', 'sendresponse', 'proposednewtime'],
  tentativelyAccept: ['comment', 'sendresponse', 'proposednewtime'],
  cancel: ['comment'],
  forward: ['comment', 'torecipients'],
};

function refuseOtherParameters(input: Record<string, unknown>, action: string): void {
  const other = Object.keys(input).find((name) => PARAMETERS[action]?.includes(name.toLowerCase()) !== true);
  if (other !== undefined) throw badRequest(`The parameter '${other}' in the request payload is not a valid parameter for the operation '${action}'.`, 'BadRequest');
}

export function actOnEvent(call: Call): Answer {
  const { mailbox, item } = itemOf(call, 'write');
  const input = bodyOf(call);
  if (!isRecord(input)) throw badRequest('The request body must be a JSON object.', 'BadRequest');
  refuseOtherParameters(input, call.params['action'] ?? '');
  const member = (name: string) => Object.entries(input).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  switch (call.params['action']) {
    case 'accept':
    case 'decline':
    case 'tentativelyAccept': {
      const response = ({ accept: 'accepted', decline: 'declined', tentativelyAccept: 'tentativelyAccepted' } as const)[call.params['action']];
      const asked = member('sendResponse');
      const proposed = member('proposedNewTime');
      const proposal = proposed == null ? {} : { proposal: readProposal(proposed) };
      respond(call.exchange, mailbox, item, { response, sendResponse: asked == null ? true : readBoolean(asked, 'sendResponse'), ...proposal });
      return { status: 202 };
    }
    case 'forward':
      if (item.occurrence !== undefined) throw notModelled('forwarding of one occurrence');
      forward(call.exchange, mailbox, item.event, readRecipients(member('toRecipients')));
      return { status: 202 };
    case 'cancel':
      checkMayCancel(item.event);
      deleteItem(call.exchange, mailbox, item);
      return { status: 202 };
    case 'permanentDelete':
      purgeItem(call.exchange, mailbox, item);
      return { status: 204 };
    default:
      throw new GraphFailure(400, 'BadRequest', `Resource not found for the segment '${call.params['action'] ?? ''}'.`);
  }
}

