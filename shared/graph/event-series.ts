import { z } from 'zod';
import { toIso } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { GraphSide, Reading, SeriesReading, SideItem, Span } from '../sync/ports.ts';
import { eventRows, type ReadRules } from './event-content.ts';
import { dateIn } from './event-occurrence.ts';
import { attempt } from './event-reading.ts';
import { pageSchema } from './event-schema.ts';
import { notUnderstood } from './mailbox-level.ts';
import { userPath, withQuery } from './query.ts';
import { RoundGuard } from './round-guard.ts';
import type { Target, Transport } from './transport.ts';

/** Most that Graph gives at once: one page for nearly every series. */
const INSTANCES_PAGE = 500;
/** Of more pages than this nobody waits for the end. */
const MOST_PAGES = 40;

/** Told by a GET of the master alone, and only where it is asked for by name (graph.md 4). */
const masterSchema = z.object({ '@odata.etag': z.string().nullish(), type: z.string(), cancelledOccurrences: z.array(z.string()).nullish() });

/**
 * Whole series (graph.md 2.2): what a delta shows of them is too little, and silent about occurrences that were taken out. One request tells every
 * occurrence of a span; a second one, made only where something is missed, which original dates the master holds no more.
 */
export function seriesReader(transport: Transport, rules: ReadRules, readOne: (id: string) => Promise<Reading>): Pick<GraphSide, 'readSeries'> {
  const { mailboxId } = rules.mailbox;

  /** Null: there are no occurrences to be had of this id. */
  async function instances(masterId: string, span: Span): Promise<{ readonly items: SideItem[]; readonly version: string | null } | null> {
    const guard = new RoundGuard(MOST_PAGES);
    const readRow = await eventRows(rules);
    const items: SideItem[] = [];
    let version: string | null = null;
    // No $select: stamps cannot be selected on a view (graph.md 5.1).
    let target: Target = { path: withQuery(userPath(mailboxId, 'calendar', 'events', masterId, 'instances'), { startDateTime: toIso(span.start), endDateTime: toIso(span.end), $top: INSTANCES_PAGE, ...(rules.fields?.hasProperties === true ? { $expand: rules.fields.expand } : {}) }) };
    for (;;) {
      guard.asks('link' in target ? target.link : null);
      const answer = await attempt(transport.send(target));
      if ('failure' in answer) {
        // Not a series (any more), or not here: what it is, is asked by its id.
        if (answer.failure.reason === 'notFound' || answer.failure.reason === 'recordRejected') return null;
        throw new PortFailure('graph', 'transient', 'Graph does not show the occurrences of a series at the moment: they are asked for again later.', answer.failure.details);
      }
      const page = pageSchema.safeParse(answer.value);
      if (!page.success) throw notUnderstood();
      const found = page.data.value.map((value) => readRow(value));
      for (const row of found) if (row.kind === 'item') items.push(row.item);
      version = items.at(-1)?.version ?? version;
      const next = page.data['@odata.nextLink'] ?? null;
      guard.takes({ tells: found.flatMap((row) => (row.kind === 'item' ? [`${row.item.id} ${row.item.version}`] : [])), next });
      if (next === null) return { items: [...new Map(items.map((item) => [item.id, item])).values()], version };
      target = { link: next };
    }
  }

  async function takenOut(masterId: string): Promise<ReadonlySet<string> | null> {
    const answer = await attempt(transport.send({ path: withQuery(userPath(mailboxId, 'calendar', 'events', masterId), { $select: 'id,type,cancelledOccurrences' }) }));
    if ('failure' in answer) return null;
    const master = masterSchema.safeParse(answer.value);
    if (!master.success) throw notUnderstood();
    return new Set((master.data.cancelledOccurrences ?? []).flatMap((name) => dateIn(name) ?? []));
  }

  return {
    async readSeries(masterId, span, expected): Promise<SeriesReading> {
      const found = await instances(masterId, span);
      if (found === null) {
        const reading = await readOne(masterId);
        switch (reading.state) {
          case 'present':
            return { state: 'single', item: reading.item };
          case 'series':
            return { state: 'late' };
          default:
            return reading;
        }
      }
      const ids = new Set(found.items.map(({ id }) => id));
      if (expected.every((id) => ids.has(id))) return { state: 'present', ...found, cancelled: null };
      const cancelled = await takenOut(masterId);
      return cancelled === null ? { state: 'late' } : { state: 'present', ...found, cancelled };
    },
  };
}
