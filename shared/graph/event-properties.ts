import { z } from 'zod';
import { parseIso, toIso } from '../model/time/instant.ts';
import type { UnreadRow } from '../sync/ports.ts';
import type { EventFields } from './event-fields.ts';
import { attempt } from './event-reading.ts';
import { pageSchema, seriesOf } from './event-schema.ts';
import { inLanes } from './lanes.ts';
import { REQUESTS_IN_FLIGHT } from './middleware/concurrency.ts';
import { mailboxLevel, notUnderstood } from './mailbox-level.ts';
import { userPath, withQuery } from './query.ts';
import type { Transport } from './transport.ts';

/** So many events are asked for one by one; more of them by a view of the time that they span. */
const FEW = 4;
const VIEW_PAGE = 500;
/** Of a view with more pages the rest is asked for one by one. */
const MOST_PAGES = 4;
/** A view of more than this is refused (graph.md 2.2). */
const LONGEST_VIEW_MS = 1_800 * 86_400_000;

const row = z.object({
  '@odata.etag': z.string(),
  id: z.string().min(1),
  start: z.object({ dateTime: z.string() }),
  end: z.object({ dateTime: z.string() }),
  lastModifiedDateTime: z.iso.datetime({ offset: true }),
});
const shown = z.object({ '@odata.etag': z.string(), id: z.string(), singleValueExtendedProperties: z.unknown().optional() });
type Shown = z.output<typeof shown>;

/**
 * Rows of a delta with the extended properties that it does not show (graph.md 4). A property belongs to the version of its row: what shows another version,
 * earlier or later, says nothing, and its row is told as one that was not read, so that the event is read by its id.
 */
export async function withProperties(values: readonly unknown[], { transport, mailboxId, fields }: { readonly transport: Transport; readonly mailboxId: string; readonly fields: EventFields }): Promise<{ readonly values: readonly unknown[]; readonly unread: readonly UnreadRow[] }> {
  const rows = values.flatMap((value) => {
    const parsed = row.safeParse(value);
    return parsed.success && seriesOf(value) === null ? [parsed.data] : [];
  });
  const known = rows.length > FEW ? await byView(rows) : new Map<string, Shown>();
  const isCurrent = (one: z.output<typeof row>): boolean => known.get(one.id)?.['@odata.etag'] === one['@odata.etag'];
  for (const found of await inLanes(REQUESTS_IN_FLIGHT, rows.filter((one) => !isCurrent(one)), byId)) if (found !== null) known.set(found.id, found);
  const wanted = new Map(rows.map((one) => [one.id, isCurrent(one)]));
  return {
    values: values.flatMap((value) => {
      const id = typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string' ? value.id : '';
      const current = wanted.get(id);
      if (current === undefined) return [value];
      return current ? [{ ...(value as object), singleValueExtendedProperties: known.get(id)?.singleValueExtendedProperties ?? [] }] : [];
    }),
    unread: rows.flatMap((one) => (wanted.get(one.id) === true ? [] : [{ id: one.id, version: one['@odata.etag'], modified: parseIso(one.lastModifiedDateTime) }])),
  };

  async function byView(asked: readonly z.output<typeof row>[]): Promise<Map<string, Shown>> {
    const found = new Map<string, Shown>();
    const times = asked.flatMap(({ start, end }) => [start.dateTime, end.dateTime]).map((time) => Date.parse(`${time.slice(0, 19)}Z`)).filter((time) => !Number.isNaN(time));
    const [from, to] = [Math.min(...times), Math.max(...times) + 1_000];
    if (times.length === 0 || to - from > LONGEST_VIEW_MS) return found;
    let target: { readonly path: string } | { readonly link: string } = { path: withQuery(userPath(mailboxId, 'calendarView'), { startDateTime: toIso(from), endDateTime: toIso(to), $select: 'id', $expand: fields.expand, $top: VIEW_PAGE }) };
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const parsed = pageSchema.safeParse(await mailboxLevel(transport.send(target)));
      if (!parsed.success) throw notUnderstood();
      for (const value of parsed.data.value) {
        const one = shown.safeParse(value);
        if (one.success) found.set(one.data.id, one.data);
      }
      const next = parsed.data['@odata.nextLink'];
      if (next === undefined) break;
      target = { link: next };
    }
    return found;
  }

  async function byId({ id }: { readonly id: string }): Promise<Shown | null> {
    const answer = await attempt(transport.send({ path: withQuery(userPath(mailboxId, 'calendar', 'events', id), { $select: 'id', $expand: fields.expand }) }));
    if ('failure' in answer) return null;
    const one = shown.safeParse(answer.value);
    return one.success ? one.data : null;
  }
}
