import { toIso } from '../model/time/instant.ts';
import { PortFailure, REPEATED_PAGE } from '../sync/failures.ts';
import type { GraphSide, PulledPage, SeriesRow, SideItem, Span } from '../sync/ports.ts';
import { eventRows, type ReadEventRow, type ReadRules } from './event-content.ts';
import { pageSchema, seriesOf, type GraphPage } from './event-schema.ts';
import { withProperties } from './event-properties.ts';
import { mailboxLevel, notUnderstood } from './mailbox-level.ts';
import { userPath, withQuery } from './query.ts';
import { RoundGuard } from './round-guard.ts';
import type { Target, Transport } from './transport.ts';

export interface PageOptions {
  readonly transport: Transport;
  readonly rules: ReadRules;
  readonly pageSize: number;
}

/** Whole rows in few requests: the net asks for everything at once. */
const LIST_PAGE = 500;
/** A round of changes is said to run in circles where a series has more instances than a page holds (sdk-dotnet 3070): begun anew, it gets the largest page. */
const LARGEST_PAGE = 999;

type From = { readonly window: Span } | { readonly link: string };

/** The two ways to read a calendar: what changed, and what is there. */
export function eventPages({ transport, rules, pageSize }: PageOptions): Pick<GraphSide, 'pull' | 'list'> {
  const { mailboxId } = rules.mailbox;
  const changes = new RoundGuard();
  const listing = new RoundGuard();

  const expanded: Readonly<Record<string, string>> = rules.fields?.hasProperties === true ? { $expand: rules.fields.expand } : {};
  let pullSize = pageSize;

  async function page(from: From, path: string, options: Readonly<Record<string, number | string>>, size: number, guard: RoundGuard, isDelta: boolean): Promise<PulledPage> {
    const link = 'link' in from ? from.link : null;
    guard.asks(link);
    const target: Target =
      'link' in from
        ? { link: from.link }
        : { path: withQuery(path, { startDateTime: toIso(from.window.start), endDateTime: toIso(from.window.end), ...options }) };
    const asked = await ask(target, size);
    // A delta expands nothing.
    const whole = isDelta && rules.fields?.hasProperties === true ? await withProperties(asked.value, { transport, mailboxId, fields: rules.fields }) : null;
    const read = { ...translate(whole === null ? asked : { ...asked, value: [...whole.values] }, await eventRows(rules), isDelta), ...(whole === null ? {} : { unread: whole.unread }) };
    const series = (read.series ?? []).map((row) => `~${row.id} ${row.version ?? ''}`);
    guard.takes({ tells: [...read.items.map((item) => `${item.id} ${item.version}`), ...series, ...(read.unread ?? []).map(({ id, version }) => `!${id} ${version}`), ...read.removed.map((id) => `-${id}`), ...read.odd.map((odd) => `?${odd.id ?? ''}`)], next: read.next });
    return read;
  }

  async function ask(target: Target, size: number): Promise<GraphPage> {
    const answer = await mailboxLevel(transport.send({ ...target, prefer: [`odata.maxpagesize=${size}`] })).catch((failure: unknown) => {
      // A link that Graph no longer takes, whatever it calls it, is of no use; a window that it refuses is another matter.
      if ('link' in target && failure instanceof PortFailure && failure.reason === 'recordRejected') {
        throw new PortFailure('graph', 'gone', 'Graph does not take its own link any more: start the round anew.', failure.details);
      }
      throw failure;
    });
    const page = pageSchema.safeParse(answer);
    if (!page.success) throw notUnderstood();
    return page.data;
  }

  return {
    async pull(from) {
      try {
        return await page(from, userPath(mailboxId, 'calendarView', 'delta'), {}, pullSize, changes, true);
      } catch (failure) {
        if (failure instanceof PortFailure && failure.details.code === REPEATED_PAGE) pullSize = LARGEST_PAGE;
        throw failure;
      }
    },
    async list(from) {
      const size = Math.max(pageSize, LIST_PAGE);
      // No $select: stamps cannot be selected on a view (graph.md 5.1), and without them no conflict can be judged.
      const { items, next } = await page(from, userPath(mailboxId, 'calendarView'), { $top: size, ...expanded }, size, listing, false);
      return { items, next };
    },
  };
}

function translate(page: GraphPage, readRow: ReadEventRow, isDelta: boolean): PulledPage {
  const items: SideItem[] = [];
  const series: SeriesRow[] = [];
  const removed: string[] = [];
  const odd: { id: string | null; why: string }[] = [];
  for (const value of page.value) {
    // A delta shows of a series no more than that it changed; a view shows each occurrence whole.
    const named = isDelta ? seriesOf(value) : null;
    if (named !== null) {
      series.push(named);
      continue;
    }
    const row = readRow(value);
    switch (row.kind) {
      case 'item':
        items.push(row.item);
        break;
      case 'removed':
        removed.push(row.id);
        break;
      case 'odd':
        odd.push({ id: row.id, why: row.why });
        break;
    }
  }
  const next = page['@odata.nextLink'] ?? null;
  return { items, removed, series, odd, next, delta: next === null ? (page['@odata.deltaLink'] ?? null) : null };
}
