import type { Item, StoredEvent } from './event-model.ts';
import type { Mailbox } from './exchange.ts';
import { badRequest } from './failure.ts';
import { shownContent } from './event-output.ts';
import type { Query } from './odata-query.ts';
import { epochShown, occurrencesWithin, overlaps } from './recurrence.ts';

const DAY = 86_400_000;
const MAX_DAYS = 1_825;

export interface Span {
  from: number;
  to: number;
}

/** startDateTime and endDateTime of a view; without an offset they are UTC (graph.md 2.2). */
export function readSpan(query: Query): Span {
  const from = readInstant(query.get('startDateTime'), 'startDateTime');
  const to = readInstant(query.get('endDateTime'), 'endDateTime');
  if (to < from) throw badRequest('The endDateTime is earlier than the startDateTime.', 'ErrorInvalidParameter');
  if (to - from > MAX_DAYS * DAY) throw badRequest(`The requested time duration specified for the calendar view is too long. Maximum number of days: ${MAX_DAYS}.`);
  return { from, to };
}

function readInstant(text: string | undefined, name: string): number {
  if (text === undefined || text === '') {
    throw badRequest(`This request requires a time window specified by the query string parameters StartDateTime and EndDateTime; ${name} is missing.`, 'ErrorInvalidParameter');
  }
  const parts = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2}(?:\.\d{1,9})?))?)?(Z|[+-]\d{2}:\d{2})?$/i.exec(text);
  const seconds = parts?.[3] ?? '00';
  const value = parts === null ? Number.NaN : Date.parse(`${parts[1]}T${parts[2] ?? '00:00'}:${seconds.slice(0, 6)}${parts[4]?.toUpperCase() ?? 'Z'}`);
  if (Number.isNaN(value)) throw badRequest(`The value of ${name} is not a date and time like 2026-11-23T00:00:00Z.`, 'ErrorInvalidParameter');
  return value;
}

/** The instances of one event inside a window: itself, or the occurrences and exceptions of a series. */
export function instancesWithin(event: StoredEvent, span: Span): Item[] {
  if (event.series !== null) return occurrencesWithin(event, span.from, span.to).map((occurrence) => ({ event, occurrence }));
  const { start, end, isAllDay } = event.content;
  return overlaps(epochShown(start, isAllDay), epochShown(end, isAllDay), span.from, span.to) ? [{ event }] : [];
}

export function itemsWithin(mailbox: Mailbox, calendarId: string, span: Span): Item[] {
  const items: Item[] = [];
  for (const event of mailbox.events.values()) {
    if (event.place === 'calendar' && event.calendarId === calendarId) items.push(...instancesWithin(event, span));
  }
  return inOrder(items);
}

export function inOrder(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, start: startOf(item) }))
    .sort((a, b) => a.start - b.start)
    .map(({ item }) => item);
}

function startOf(item: Item): number {
  const content = shownContent(item);
  return epochShown(content.start, content.isAllDay);
}
