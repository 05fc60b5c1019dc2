import { TABLES } from '../config/names.ts';
import { begunAnew } from './anew.ts';
import { isAsBase } from './as-base.ts';
import type { KindPass } from './context.ts';
import { isStale } from './lagging.ts';
import { CHANGES_PER_TRANSACTION } from './lease.ts';
import { idOn, isMissed, type Pair } from './pair.ts';
import type { RowChange, Side, SideItem } from './ports.ts';
import { isPrivatePair } from './private.ts';
import { takeBeyond, takeReadings } from './questions.ts';
import { keys, prefixBounds } from './rows.ts';
import { goneBefore } from './series-again.ts';
import { knownSeries, seriesRow } from './series-known.ts';
import { takeSeries, untold, whyNotTakenIn } from './series.ts';
import { settle } from './settle.ts';
import { countedAnew, EMPTY_TALLY } from './tally.ts';
import { cancelledRecord } from './whose-meeting.ts';
import { workOn, type Work } from './work.ts';

/** The mark that asks for the net; it stands beside the marks of the kinds. */
export const NET_MARK = 'net';

const DAY_MS = 86_400_000;
const TOMBSTONE_DAYS = 90;
const JOURNAL_DAYS = 60;
/** So many are read by id between two looks at the budget. */
const READ_TOGETHER = 100;

/**
 * The net, not the engine (design 2): what nobody rang for. Both sides are listed through the whole window, content is compared and never stamps,
 * and every paired item that should have been there is asked for by id. Old tombstones and journal rows go at the same time, under the same lease.
 */
export async function reconcile(pass: KindPass): Promise<void> {
  const { window } = pass.rules;
  pass.lease.note({ guard: countedAnew(pass.lease.state.guard ?? EMPTY_TALLY, pass.kind.name, await pass.pairs.all()) });
  for (const side of ['graph', 'crm'] as const) {
    const listed: SideItem[] = [];
    let next: string | null = null;
    do {
      pass.checkBudget();
      const page: { readonly items: readonly SideItem[]; readonly next: string | null } =
        side === 'crm' ? await pass.sides.crm.list(window, next) : await pass.sides.graph.list(next === null ? { window } : { link: next });
      listed.push(...page.items);
      next = page.next;
    } while (next !== null);
    const seen = new Set(listed.map((item) => item.id));
    const absent = (await pass.pairs.all()).flatMap((pair) => {
      const id = idOn(pair, side);
      const expected = pair.state === 'active' && id !== null && !isMissed(pair, side) && !seen.has(id) && pair.span.end > window.start && pair.span.start < window.end;
      return expected && id !== null ? [id] : [];
    });
    // First what is missing: a mailbox that was made anew must be found out before its new items are taken for new ones.
    const behind = side === 'graph' ? await staleOf(pass, listed) : new Set<string>();
    await takeReadings(pass, side, [...absent, ...behind]);
    if (side === 'graph') await takeBeyond(pass, window.end);
    await settle(pass, await worksOf(pass, side, listed.filter(({ id }) => !behind.has(id))));
  }
  await lookBeyond(pass);
  await purge(pass);
  pass.lease.note({ intake: { ...pass.lease.state.intake, [pass.kind.name]: pass.rules.intake } });
  pass.count('reconciled');
}

/**
 * Under other rules than the last time: what is private and lies outside the window is shown by no listing, and is to be hidden or shown all the same; what
 * rested there because its record was not in scope may be in it now.
 */
async function lookBeyond(pass: KindPass): Promise<void> {
  if (pass.lease.state.intake?.[pass.kind.name] === pass.rules.intake) return;
  const { window } = pass.rules;
  const rested = (pair: Pair): boolean => pair.told?.startsWith('notInScope:') === true;
  const outside = (await pass.pairs.all()).filter((pair) => pair.state === 'active' && (pair.span.end <= window.start || pair.span.start >= window.end) && (isPrivatePair(pair) || rested(pair)));
  for (let start = 0; start < outside.length; start += READ_TOGETHER) {
    pass.checkBudget();
    await takeReadings(pass, 'graph', outside.slice(start, start + READ_TOGETHER).flatMap(({ graphId }) => graphId ?? []));
  }
}

/** A list that is behind shows what was before our own last look. */
async function staleOf(pass: KindPass, items: readonly SideItem[]): Promise<ReadonlySet<string>> {
  const pairs = await pass.pairs.byIds('graph', items.map((item) => item.id));
  const isBehind = (item: SideItem): boolean => {
    const pair = pairs.get(item.id);
    return pair !== undefined && isStale(pair, item);
  };
  return new Set(items.filter(isBehind).map(({ id }) => id));
}

async function worksOf(pass: KindPass, side: Side, items: readonly SideItem[]): Promise<Work[]> {
  let pairs = await pass.pairs.byIds(side, items.map((item) => item.id));
  if (side === 'graph') {
    const former = await knownSeries(pass, items.filter(({ id, series }) => !pairs.has(id) && series === undefined).map(({ id }) => id));
    const gone = await goneBefore(pass, items);
    const again = items.flatMap(({ id, series }) => (series !== undefined && gone.has(id) ? [series.masterId] : []));
    await takeSeries(pass, untold([...former.keys(), ...again]));
    pairs = await pass.pairs.byIds(side, items.map((item) => item.id));
  }
  const works: Work[] = [];
  for (const item of items) {
    const pair = pairs.get(item.id) ?? null;
    // Left alone already, and told when it was met: the net tells only what is new.
    if (pair === null && (item.outOfScope !== null || (side === 'graph' && whyNotTakenIn(pass, item) !== null)) && cancelledRecord(item) === undefined) continue;
    if (pair?.state === 'ended') {
      const work = begunAnew(pass, pair, side, item);
      if (work !== null) works.push(work);
      continue;
    }
    if (pair !== null && isAsBase(pass, side, pair, item)) continue;
    works.push(workOn(pair, side, { state: 'present', item }));
  }
  if (side === 'graph') await noteNewSeries(pass, works);
  return works;
}

/** Series that nobody told of: known from here on, also as an event that is none any more. Rides on the transaction of their first pairs. */
async function noteNewSeries(pass: KindPass, works: readonly Work[]): Promise<void> {
  const begun = new Set(works.flatMap(({ pair, graph }) => (pair === null && graph.state === 'present' ? (graph.item.series?.masterId ?? []) : [])));
  if (begun.size === 0) return;
  const known = await knownSeries(pass, [...begun]);
  pass.defer(...[...begun].filter((masterId) => !known.has(masterId)).map((masterId) => seriesRow(pass, masterId, '')));
}

/** Tombstones go 90 days after both items are gone; the journal is kept for 60 days. */
async function purge(pass: KindPass): Promise<void> {
  const now = pass.now();
  const groups: RowChange[][] = [];
  for (const pair of await pass.pairs.all()) {
    const { graph, crm } = pair.gone;
    if (pair.state !== 'ended' || graph === undefined || crm === undefined || now - Math.max(graph, crm) < TOMBSTONE_DAYS * DAY_MS) continue;
    groups.push(pass.pairs.removal(pair));
    pass.count('purged');
  }
  const old = await pass.services.tables.range(TABLES.mailbox, pass.lease.partition, { from: keys.journal(now - JOURNAL_DAYS * DAY_MS, ''), to: prefixBounds('journal|').to, limit: 10 * CHANGES_PER_TRANSACTION });
  groups.push(...old.rows.map((row): RowChange[] => [{ op: 'delete', rowKey: row.rowKey }]));
  if (groups.length > 0) await pass.commit(groups);
}
