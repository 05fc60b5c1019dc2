import { z } from 'zod';
import { PortFailure } from '../sync/failures.ts';
import type { Reading } from '../sync/ports.ts';
import { eventRows, type ReadRules } from './event-content.ts';
import { EVENT_MEMBERS, pageSchema, seriesOf } from './event-schema.ts';
import { inLanes } from './lanes.ts';
import { mailboxLevel, notUnderstood } from './mailbox-level.ts';
import { EXPAND_MARKER, filterByMarker, markerValue } from './marker.ts';
import { REQUESTS_IN_FLIGHT } from './middleware/concurrency.ts';
import { userPath, withQuery } from './query.ts';
import type { Transport } from './transport.ts';

/** The one code that says: this item is not there. A 404 for another reason proves nothing about it. */
const ITEM_NOT_FOUND = 'ErrorItemNotFound';
const CALENDAR_PAGES = 20;

const container = z.object({ id: z.string().min(1) });
const calendarRow = container.extend({ isDefaultCalendar: z.boolean().nullish() });
type Calendar = z.output<typeof calendarRow>;
const version = z.object({ '@odata.etag': z.string() });

export interface EventReader {
  read(ids: readonly string[]): Promise<ReadonlyMap<string, Reading>>;
  findByKey(pairIds: readonly string[]): Promise<ReadonlyMap<string, Reading>>;
  home(): Promise<string>;
  findElsewhere(pairIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** Single events by id and by key, and what became of those that are not where they should be. */
export function eventReader(transport: Transport, rules: ReadRules): EventReader {
  const { mailboxId } = rules.mailbox;
  let homeId: Promise<string> | null = null;

  /** Null where the default calendar does not have it. */
  async function readHere(id: string): Promise<Reading | null> {
    const path = withQuery(userPath(mailboxId, 'calendar', 'events', id), { $select: [EVENT_MEMBERS, ...(rules.fields?.members ?? [])].join(','), $expand: rules.fields?.expand ?? EXPAND_MARKER });
    const answer = await attempt(transport.send({ path }));
    if (!('failure' in answer)) {
      const series = seriesOf(answer.value);
      if (series !== null && series.id === series.masterId) return { state: 'series', masterId: series.masterId, version: series.version };
      const row = (await eventRows(rules))(answer.value);
      return row.kind === 'item' ? { state: 'present', item: row.item } : { state: 'refused', reason: 'recordRejected' };
    }
    return answer.failure.reason === 'notFound' ? null : { state: 'refused', reason: answer.failure.reason };
  }

  async function read(ids: readonly string[]): Promise<Map<string, Reading>> {
    const found = new Map<string, Reading>();
    const missing: string[] = [];
    const wanted = [...new Set(ids)];
    for (const [index, reading] of (await inLanes(REQUESTS_IN_FLIGHT, wanted, readHere)).entries()) {
      const id = wanted[index] ?? '';
      if (reading === null) missing.push(id);
      else found.set(id, reading);
    }
    for (const [id, reading] of await judge(missing)) found.set(id, reading);
    return found;
  }

  /**
   * Not in the default calendar: deleted, or moved (design 5.5). An immutable id still answers from Deleted Items, so every calendar is asked. The
   * calendars are listed after each item's version was seen and the version is looked at once more: what moves meanwhile cannot hide from us.
   */
  async function judge(ids: readonly string[]): Promise<Map<string, Reading>> {
    const judged = new Map<string, Reading>();
    const somewhere: { readonly id: string; readonly version: string }[] = [];
    for (const [index, state] of (await inLanes(REQUESTS_IN_FLIGHT, ids, stateOf)).entries()) {
      const id = ids[index] ?? '';
      if (typeof state === 'object') judged.set(id, state);
      else somewhere.push({ id, version: state });
    }
    if (somewhere.length === 0) return judged;
    const all = await calendars();
    const readings = await inLanes(REQUESTS_IN_FLIGHT, somewhere, async (item) => [item.id, await lookIn(all, item)] as const);
    for (const [id, reading] of readings) judged.set(id, reading);
    return judged;
  }

  async function lookIn(all: readonly Calendar[], item: { readonly id: string; readonly version: string }): Promise<Reading> {
    for (const calendar of all) {
      const answer = await attempt(transport.send({ path: withQuery(userPath(mailboxId, 'calendars', calendar.id, 'events', item.id), { $select: 'id' }) }));
      // Back in the default calendar after we did not find it there: to be read again.
      if (!('failure' in answer)) return { state: calendar.isDefaultCalendar === true ? 'unknown' : 'elsewhere' };
      if (answer.failure.reason !== 'notFound') return { state: 'refused', reason: answer.failure.reason };
    }
    const now = await stateOf(item.id);
    if (typeof now === 'object') return now;
    return { state: now === item.version ? 'deleted' : 'unknown' };
  }

  /** Its version where the id answers at all; otherwise what that means. */
  async function stateOf(id: string): Promise<string | Reading> {
    const answer = await attempt(transport.send({ path: withQuery(userPath(mailboxId, 'events', id), { $select: 'id' }) }));
    if (!('failure' in answer)) {
      const parsed = version.safeParse(answer.value);
      return parsed.success ? parsed.data['@odata.etag'] : { state: 'unknown' };
    }
    if (answer.failure.reason !== 'notFound') return { state: 'refused', reason: answer.failure.reason };
    return { state: answer.failure.details.code === ITEM_NOT_FOUND ? 'deleted' : 'unknown' };
  }

  /** Asked for anew each time: a calendar made a minute ago may hold what is looked for. */
  async function calendars(): Promise<Calendar[]> {
    const all: Calendar[] = [];
    let target: { readonly path: string } | { readonly link: string } = { path: withQuery(userPath(mailboxId, 'calendars'), { $select: 'id,isDefaultCalendar', $top: 100 }) };
    for (let page = 0; page < CALENDAR_PAGES; page += 1) {
      const parsed = pageSchema.extend({ value: z.array(calendarRow) }).safeParse(await mailboxLevel(transport.send(target)));
      if (!parsed.success) throw notUnderstood();
      all.push(...parsed.data.value);
      const next = parsed.data['@odata.nextLink'];
      if (next === undefined) return all;
      target = { link: next };
    }
    throw new PortFailure('graph', 'transient', 'This mailbox lists calendars without end: it is tried again later.', { code: 'endlessList' });
  }

  /** The id of the event in these that carries our key; null where nothing does. */
  async function findOne(pairId: string, ...events: readonly string[]): Promise<string | null> {
    const value = markerValue(rules.mailbox, pairId);
    const path = withQuery(userPath(mailboxId, ...events), { $filter: filterByMarker(value), $select: 'id,transactionId,type', $expand: EXPAND_MARKER });
    const parsed = pageSchema.extend({ value: z.array(candidate) }).safeParse(await mailboxLevel(transport.send({ path })));
    if (!parsed.success) throw notUnderstood();
    // Values are compared without case (graph.md 4), and a copy in the same calendar carries the marker too, but not the transaction id.
    const marked = parsed.data.value.filter((row) => row.singleValueExtendedProperties?.some((property) => property.value === value) ?? true);
    return (marked.find((row) => row.transactionId === pairId) ?? marked[0])?.id ?? null;
  }

  async function findByKey(pairIds: readonly string[]): Promise<Map<string, Reading>> {
    const wanted = [...new Set(pairIds)];
    const ids = await inLanes(REQUESTS_IN_FLIGHT, wanted, (pairId) => findOne(pairId, 'events'));
    const readings = await read(ids.filter((id) => id !== null));
    return new Map(wanted.map((pairId, index) => [pairId, readings.get(ids[index] ?? '') ?? { state: 'unknown' }]));
  }

  async function findElsewhere(pairIds: readonly string[]): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const calendar of (await calendars()).filter(({ isDefaultCalendar }) => isDefaultCalendar !== true)) {
      const open = pairIds.filter((pairId) => !found.has(pairId));
      const ids = await inLanes(REQUESTS_IN_FLIGHT, open, (pairId) => findOne(pairId, 'calendars', calendar.id, 'events'));
      for (const [index, id] of ids.entries()) if (id !== null) found.set(open[index] ?? '', id);
    }
    return found;
  }

  async function homeOnce(): Promise<string> {
    homeId ??= readHome().catch((failure: unknown) => {
      homeId = null;
      throw failure;
    });
    return homeId;
  }

  async function readHome(): Promise<string> {
    const parsed = container.safeParse(await mailboxLevel(transport.send({ path: withQuery(userPath(mailboxId, 'calendar'), { $select: 'id' }) })));
    if (!parsed.success) throw notUnderstood();
    return parsed.data.id;
  }

  return { read, findByKey, findElsewhere, home: homeOnce };
}

const candidate = z.object({
  id: z.string().min(1),
  transactionId: z.string().nullish(),
  singleValueExtendedProperties: z.array(z.object({ value: z.string().nullish() })).nullish(),
});

/** What concerns this one item comes back; what concerns the whole mailbox is thrown. */
export async function attempt(sent: Promise<unknown>): Promise<{ readonly value: unknown } | { readonly failure: PortFailure }> {
  try {
    return { value: await sent };
  } catch (failure) {
    const own = failure instanceof PortFailure && (failure.reason === 'notFound' || failure.reason === 'permission' || failure.reason === 'recordRejected' || failure.reason === 'gone' || failure.reason === 'conflict');
    if (own) return { failure };
    throw failure;
  }
}
