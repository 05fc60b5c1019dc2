import { z } from 'zod';
import { PortFailure } from '../sync/failures.ts';
import type { Reading } from '../sync/ports.ts';
import { eventRows, type ReadRules } from './event-content.ts';
import { EVENT_MEMBERS, pageSchema } from './event-schema.ts';
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
const version = z.object({ '@odata.etag': z.string() });

export interface EventReader {
  read(ids: readonly string[]): Promise<ReadonlyMap<string, Reading>>;
  findByKey(pairIds: readonly string[]): Promise<ReadonlyMap<string, Reading>>;
  home(): Promise<string>;
}

/** Single events by id and by key, and what became of those that are not where they should be. */
export function eventReader(transport: Transport, rules: ReadRules): EventReader {
  const { mailboxId } = rules.mailbox;
  let homeId: Promise<string> | null = null;

  const anywhere = (id: string) => userPath(mailboxId, 'events', id);

  async function readOne(id: string): Promise<Reading> {
    const path = withQuery(userPath(mailboxId, 'calendar', 'events', id), { $select: EVENT_MEMBERS, $expand: EXPAND_MARKER });
    const answer = await attempt(transport.send({ path }));
    if (!('failure' in answer)) {
      const row = (await eventRows(rules))(answer.value);
      return row.kind === 'item' ? { state: 'present', item: row.item } : { state: 'refused', reason: 'recordRejected' };
    }
    if (answer.failure.reason === 'notFound') return judge(id);
    return { state: 'refused', reason: answer.failure.reason };
  }

  /** Not in the default calendar: deleted, or moved (design 5.5). An immutable id still answers from Deleted Items. */
  async function judge(id: string): Promise<Reading> {
    const before = await stateOf(id);
    if (typeof before === 'object') return before;
    const home = await homeOnce();
    for (const calendar of await calendars()) {
      if (calendar === home) continue;
      const answer = await attempt(transport.send({ path: withQuery(userPath(mailboxId, 'calendars', calendar, 'events', id), { $select: 'id' }) }));
      if (!('failure' in answer)) return { state: 'elsewhere' };
      if (answer.failure.reason !== 'notFound') return { state: 'refused', reason: answer.failure.reason };
    }
    // Somebody who moves it from one calendar to the next while we look would hide it from us: it counts as gone only if it did not move.
    const after = await stateOf(id);
    if (typeof after === 'object') return after;
    return after === before ? { state: 'deleted' } : { state: 'unknown' };
  }

  /** Its version where the id answers at all; otherwise what that means. */
  async function stateOf(id: string): Promise<string | Reading> {
    const answer = await attempt(transport.send({ path: withQuery(anywhere(id), { $select: 'id' }) }));
    if (!('failure' in answer)) {
      const parsed = version.safeParse(answer.value);
      return parsed.success ? parsed.data['@odata.etag'] : { state: 'unknown' };
    }
    if (answer.failure.reason !== 'notFound') return { state: 'refused', reason: answer.failure.reason };
    return { state: answer.failure.details.code === ITEM_NOT_FOUND ? 'deleted' : 'unknown' };
  }

  /** Asked for anew each time: a calendar made a minute ago may hold what is looked for. */
  async function calendars(): Promise<string[]> {
    const ids: string[] = [];
    let target: { readonly path: string } | { readonly link: string } = { path: withQuery(userPath(mailboxId, 'calendars'), { $select: 'id', $top: 100 }) };
    for (let page = 0; page < CALENDAR_PAGES; page += 1) {
      const parsed = pageSchema.extend({ value: z.array(container) }).safeParse(await mailboxLevel(transport.send(target)));
      if (!parsed.success) throw notUnderstood();
      ids.push(...parsed.data.value.map(({ id }) => id));
      const next = parsed.data['@odata.nextLink'];
      if (next === undefined) return ids;
      target = { link: next };
    }
    throw new PortFailure('graph', 'transient', 'This mailbox lists calendars without end: it is tried again later.', { code: 'endlessList' });
  }

  async function findOne(pairId: string): Promise<Reading> {
    const value = markerValue(rules.mailbox, pairId);
    const path = withQuery(userPath(mailboxId, 'events'), { $filter: filterByMarker(value), $select: 'id,transactionId,type', $expand: EXPAND_MARKER });
    const parsed = pageSchema.extend({ value: z.array(candidate) }).safeParse(await mailboxLevel(transport.send({ path })));
    if (!parsed.success) throw notUnderstood();
    // Values are compared without case (graph.md 4), and a copy in the same calendar carries the marker too, but not the transaction id.
    const marked = parsed.data.value.filter((row) => row.singleValueExtendedProperties?.some((property) => property.value === value) ?? true);
    const found = marked.find((row) => row.transactionId === pairId) ?? marked[0];
    return found === undefined ? { state: 'unknown' } : readOne(found.id);
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

  return {
    read: async (ids) => byKey(ids, readOne),
    findByKey: async (pairIds) => byKey(pairIds, findOne),
    home: homeOnce,
  };
}

const candidate = z.object({
  id: z.string().min(1),
  transactionId: z.string().nullish(),
  singleValueExtendedProperties: z.array(z.object({ value: z.string().nullish() })).nullish(),
});

async function byKey(keys: readonly string[], read: (key: string) => Promise<Reading>): Promise<ReadonlyMap<string, Reading>> {
  const wanted = [...new Set(keys)];
  const readings = await inLanes(REQUESTS_IN_FLIGHT, wanted, async (key) => [key, await read(key)] as const);
  return new Map(readings);
}

/** What concerns this one item comes back; what concerns the whole mailbox is thrown. */
async function attempt(sent: Promise<unknown>): Promise<{ readonly value: unknown } | { readonly failure: PortFailure }> {
  try {
    return { value: await sent };
  } catch (failure) {
    const own = failure instanceof PortFailure && (failure.reason === 'notFound' || failure.reason === 'permission' || failure.reason === 'recordRejected' || failure.reason === 'gone' || failure.reason === 'conflict');
    if (own) return { failure };
    throw failure;
  }
}
