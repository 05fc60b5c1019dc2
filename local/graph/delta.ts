import { instancesWithin, readSpan } from './calendar-view.ts';
import type { Span } from './calendar-view.ts';
import { linkTo, mailboxOf, preferredPageSize, viewOf } from './call.ts';
import type { Call } from './call.ts';
import type { Item, StoredEvent } from './event-model.ts';
import { itemId, itemType, showThinOccurrence } from './event-output.ts';
import type { Row, View } from './event-output.ts';
import { isHidden } from './event-routes.ts';
import { showRows } from './event-rows.ts';
import type { LogEntry, Mailbox } from './exchange.ts';
import { badRequest, GraphFailure } from './failure.ts';
import type { Answer } from './failure.ts';
import { allowOptions, refuseOptions } from './odata-query.ts';
import type { Quirks } from './quirks.ts';

type DeltaRow = { item: Item } | { removed: Item };

/** What a link stands for; the client sees only its opaque name. */
interface Token {
  mailboxId: string;
  calendarId: string;
  span: Span;
  mintedAt: number;
  expired: boolean;
  /** The query of the link byte for byte: links are used verbatim (graph.md 2.1). */
  query: string;
  /** Entries of the mailbox's log that the client has seen when it uses this token. */
  position: number;
  /** A page of a running round; absent in delta links. */
  page?: { rows: readonly DeltaRow[]; at: number; emptyPages: number; endless: boolean; expand: string | undefined };
}

export interface DeltaTokens {
  byName: Map<string, Token>;
}

export const createDeltaTokens = (): DeltaTokens => ({ byName: new Map() });

export function expireDeltaTokens(tokens: DeltaTokens, mailboxId?: string): void {
  for (const token of tokens.byName.values()) if (mailboxId === undefined || token.mailboxId === mailboxId) token.expired = true;
}

const DEFAULT_PAGE = 10;
const REFUSED = ['$select', '$filter', '$expand', '$orderby', '$search'];

export interface DeltaPlace {
  tokens: DeltaTokens;
  calendarId: string;
  /** Told when a link came back changed. */
  onAlteredLink: (mailboxId: string) => void;
}

export function answerDelta(call: Call, place: DeltaPlace): Answer {
  const mailbox = mailboxOf(call);
  const name = call.query.get('$deltatoken') ?? call.query.get('$skiptoken');
  const { view, applied } = viewOf(call);
  if (view.quirks.deltaForbidden) throw new GraphFailure(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
  if (name === undefined || name === '') {
    const expand = expandOf(call);
    refuseOptions(call.query, expand === undefined ? REFUSED : REFUSED.filter((option) => option !== '$expand'), 'the delta function of calendarView');
    allowOptions(call.query, ['$deltatoken', '$skiptoken', ...(expand === undefined ? [] : ['$expand'])], 'the delta function of calendarView');
    const span = readSpan(call.query);
    const position = visibleEntries(call, mailbox);
    const rows = fullRound(mailbox, place.calendarId, span, position, view.quirks);
    return sendPage(call, place, view, applied, newRound(call, mailbox, place.calendarId, span, position, rows, expand));
  }
  const token = place.tokens.byName.get(name);
  // Of a mailbox that was made anew its calendar is another one, and the token is spent whoever kept it.
  if (token?.mailboxId === mailbox.user.id) refuseExpired(call, token);
  if (token === undefined || token.mailboxId !== mailbox.user.id || token.calendarId !== place.calendarId || token.query !== call.query.raw) {
    place.onAlteredLink(mailbox.user.id);
    throw badRequest('Badly formed token.', 'ErrorInvalidUrlQuery');
  }
  if (token.page !== undefined) return sendPage(call, place, view, applied, { ...token, page: token.page });
  const position = visibleEntries(call, mailbox);
  const since = Math.max(0, Math.min(token.position, position) - view.quirks.deltaReplays);
  const rows = changesSince(mailbox.log.slice(since, position), token, view);
  return sendPage(call, place, view, applied, newRound(call, mailbox, token.calendarId, token.span, position, rows));
}

/** Extended properties are said to come with the first round where they are asked for (sdk-dotnet 3070). */
function expandOf(call: Call): string | undefined {
  const expand = call.query.get('$expand');
  return call.exchange.quirks().deltaExpandsExtended && /^singleValueExtendedProperties\b/i.test(expand ?? '') ? expand : undefined;
}

function refuseExpired(call: Call, token: Token): void {
  const { deltaTokenLifeMs, goneCode, goneStatus } = call.exchange.quirks();
  const old = deltaTokenLifeMs !== null && call.exchange.clock.now() - token.mintedAt > deltaTokenLifeMs;
  if (!token.expired && !old) return;
  throw new GraphFailure(goneStatus, goneCode, 'The sync state generation is not found; a full synchronization is needed.', {
    location: linkTo(call, `startDateTime=${new Date(token.span.from).toISOString()}&endDateTime=${new Date(token.span.to).toISOString()}`),
  });
}

/** The log is in order of visibility, so the visible part is a beginning of it. */
function visibleEntries(call: Call, mailbox: Mailbox): number {
  const now = call.exchange.clock.now();
  let count = mailbox.log.length;
  while (count > 0 && (mailbox.log[count - 1]?.visibleAt ?? 0) > now) count--;
  return count;
}

type Round = Token & { page: NonNullable<Token['page']> };

function newRound(call: Call, mailbox: Mailbox, calendarId: string, span: Span, position: number, all: DeltaRow[], expand?: string): Round {
  const quirks = call.exchange.quirks();
  const found = all.filter((row) => !('item' in row && isHidden(call, row.item)));
  const rows = quirks.deltaRepeatsRows ? [...found, ...found.slice(0, Math.ceil(found.length / 2))] : found;
  const size = pageSize(call);
  const endless = quirks.deltaEndlessLoop === 'always' || (quirks.deltaEndlessLoop === 'longSeries' && hasLongSeries(rows, size));
  const now = call.exchange.clock.now();
  return { mailboxId: mailbox.user.id, calendarId, span, mintedAt: now, expired: false, query: '', position, page: { rows, at: 0, emptyPages: quirks.deltaEmptyPages, endless, expand } };
}

function hasLongSeries(rows: readonly DeltaRow[], size: number): boolean {
  const counts = new Map<string, number>();
  for (const row of rows) {
    if ('item' in row && row.item.occurrence !== undefined) counts.set(row.item.event.id, (counts.get(row.item.event.id) ?? 0) + 1);
  }
  return [...counts.values()].some((count) => count > size);
}

function pageSize(call: Call): number {
  const wanted = call.exchange.quirks().deltaIgnoresMaxPageSize ? undefined : preferredPageSize(call);
  return wanted ?? DEFAULT_PAGE;
}

function sendPage(call: Call, place: DeltaPlace, view: View, applied: Record<string, string>, round: Round): Answer {
  const { page } = round;
  const isEmpty = page.emptyPages > 0;
  const size = pageSize(call);
  const end = isEmpty ? page.at : page.at + size;
  const rows = page.rows.slice(page.at, end);
  const mint = (option: string, token: Token): string => {
    const name = call.exchange.ids.token();
    // An encoded sign and a repeated option: a client that takes links apart and builds them anew spoils them.
    const query = `${option}=${encodeURIComponent(name)}&sync=a%2Bb&sync=c%3D`;
    place.tokens.byName.set(name, { ...token, query });
    return linkTo(call, query);
  };
  const base: Token = { mailboxId: round.mailboxId, calendarId: round.calendarId, span: round.span, mintedAt: call.exchange.clock.now(), expired: false, query: '', position: round.position };
  const isLast = !isEmpty && end >= page.rows.length;
  const link =
    isLast && !page.endless
      ? { '@odata.deltaLink': mint('$deltatoken', base) }
      : { '@odata.nextLink': mint('$skiptoken', { ...base, page: { ...page, at: isLast ? page.at : end, emptyPages: Math.max(0, page.emptyPages - 1) } }) };
  return {
    status: 200,
    headers: applied,
    body: {
      '@odata.context': `${call.baseUrl}/v1.0/$metadata#Collection(event)`,
      value: rows.map((row) => showRow(row, view, page.expand)),
      ...link,
    },
  };
}

function showRow(row: DeltaRow, view: View, expand: string | undefined): Row {
  const type = { '@odata.type': '#microsoft.graph.event' };
  if ('removed' in row) return { ...type, id: itemId(row.removed, view.immutableIds), '@removed': { reason: 'deleted' } };
  if (itemType(row.item) === 'occurrence') return { ...type, ...showThinOccurrence(row.item, view) };
  return { ...type, ...showRows([row.item], view, { select: null, expand, single: false })[0] };
}

function fullRound(mailbox: Mailbox, calendarId: string, span: Span, position: number, quirks: Quirks): DeltaRow[] {
  const rows: DeltaRow[] = [];
  for (const event of eventsAt(mailbox, calendarId, position)) rows.push(...rowsOf(event, span, quirks));
  return rows;
}

function eventsAt(mailbox: Mailbox, calendarId: string, position: number): StoredEvent[] {
  if (position === mailbox.log.length) {
    return [...mailbox.events.values()].filter((event) => event.place === 'calendar' && event.calendarId === calendarId);
  }
  const visible = new Map<string, StoredEvent>();
  for (const entry of mailbox.log.slice(0, position)) {
    if (entry.calendarId !== calendarId) continue;
    if (entry.after === null) visible.delete(entry.eventId);
    else visible.set(entry.eventId, entry.after);
  }
  return [...visible.values()];
}

/** An event inside the window: itself; a series: its master, then all its instances there. */
function rowsOf(event: StoredEvent, span: Span, quirks: Quirks): DeltaRow[] {
  const instances = instancesWithin(event, span);
  if (instances.length === 0) return [];
  const rows = instances.map((item) => ({ item }));
  return event.series === null || quirks.deltaOmitsMasters ? rows : [{ item: { event } }, ...rows];
}

function changesSince(log: readonly LogEntry[], token: Token, view: View): DeltaRow[] {
  const byEvent = new Map<string, { before: StoredEvent | null; after: StoredEvent | null; onlyOccurrencesDeleted: boolean }>();
  for (const entry of log) {
    if (entry.calendarId !== token.calendarId || entry.untold) continue;
    const known = byEvent.get(entry.eventId);
    // The last change decides the place in the round.
    byEvent.delete(entry.eventId);
    byEvent.set(entry.eventId, {
      before: known === undefined ? entry.before : known.before,
      after: entry.after,
      onlyOccurrencesDeleted: (known?.onlyOccurrencesDeleted ?? true) && entry.occurrenceDeleted,
    });
  }
  const lastSeen = lastVersions(log, token.calendarId);
  const rows: DeltaRow[] = [];
  for (const [id, change] of byEvent) {
    // "No indication" of a deleted occurrence in one careful test (graph.md 2.2).
    if (change.onlyOccurrencesDeleted && view.quirks.deltaSilentAboutDeletedOccurrence) continue;
    rows.push(...changeRows(change.before, change.after, lastSeen.get(id), token.span, view));
  }
  return rows;
}

function lastVersions(log: readonly LogEntry[], calendarId: string): Map<string, StoredEvent> {
  const last = new Map<string, StoredEvent>();
  for (const entry of log) {
    const version = entry.after ?? entry.before;
    if (entry.calendarId === calendarId && version !== null) last.set(entry.eventId, version);
  }
  return last;
}

function changeRows(before: StoredEvent | null, after: StoredEvent | null, last: StoredEvent | undefined, span: Span, view: View): DeltaRow[] {
  const former = before === null ? [] : instancesWithin(before, span);
  if (after === null) {
    const gone = before ?? last;
    if (gone === undefined) return [];
    if (former.length === 0 && !view.quirks.deltaRemovesOutsideWindow) return [];
    const occurrences = gone.series !== null && view.quirks.deltaRemovedSeriesListsOccurrences ? former.filter((item) => item.occurrence !== undefined) : [];
    return [{ removed: { event: gone } }, ...occurrences.map((removed) => ({ removed }))];
  }
  const present = rowsOf(after, span, view.quirks);
  const shown = new Set(present.flatMap((row) => ('item' in row ? [itemId(row.item, true)] : [])));
  const left = former.filter((item) => item.occurrence !== undefined && !shown.has(itemId(item, true)) && !isSilentlyCancelled(item, after, view));
  const removed = left.map((item): DeltaRow => ({ removed: item }));
  if (present.length > 0) return [...present, ...removed];
  // Outside the window and changed: told as removed although it stands (graph.md 2.2, case b).
  return former.length > 0 || view.quirks.deltaRemovesOutsideWindow ? [{ removed: { event: after } }, ...removed] : [];
}

function isSilentlyCancelled(item: Item, after: StoredEvent, view: View): boolean {
  return view.quirks.deltaSilentAboutDeletedOccurrence && item.occurrence !== undefined && after.series?.cancelled.includes(item.occurrence.date) === true;
}
