/**
 * Series of Outlook (scope A2 to A4, design 4). To the rest of the engine every occurrence is an appointment of its own; here it is found out which
 * occurrences there are, what became of those that were there before, and which of the new ones they are. A series is always read whole: Graph tells too
 * little of single occurrences, and nothing of those that were taken out (graph.md 2.2).
 */
import { begunAnew } from './anew.ts';
import { isAsBase } from './as-base.ts';
import { LOOK_AGAIN_MS, type KindPass } from './context.ts';
import { doubtMailbox } from './doubt.ts';
import { isStale } from './lagging.ts';
import { inSeriesNow, type Pair } from './pair.ts';
import type { RowChange, SeriesReading, SideItem, Span } from './ports.ts';
import { bind, type Dated } from './series-binding.ts';
import { goneBefore, standingAgain } from './series-again.ts';
import { isContinuedBy } from './series-split.ts';
import { seriesRow } from './series-known.ts';
import { settle } from './settle.ts';
import { cancelledRecord } from './whose-meeting.ts';
import { readSeriesAgain, viewOf, workOn, type Work } from './work.ts';

const DAY_MS = 86_400_000;
/** So many series are read together. */
const TOGETHER = 12;
/** Outlook splits a series in two steps: what the first half lost may be in the second one, which Graph shows a moment later. */
const SPLIT_WAIT_MS = 2 * 60_000;
const SOON_MS = 5_000;
/** A list may lag behind what was just written. */
const LAG_MS = 60_000;
/** A list that leaves out what is there is believed in the end to be wrong about it. */
const CONTRADICTED_MS = 10 * 60_000;
/** Occurrences longer past than this are not listed with their series any more. */
const FOLLOWED_DAYS = 400;

/** One series as it was met: which pairs stand in it, which of its occurrences no pair knows, and which pairs it does not show. */
interface Met {
  readonly masterId: string;
  readonly reading: SeriesReading;
  readonly standing: (readonly [Pair, SideItem])[];
  fresh: SideItem[];
  lost: Pair[];
  /** What became of these is not told yet: it is read again soon. */
  doubted: readonly Pair[];
}

/** Series that nobody told a version of. */
export function untold(masterIds: readonly string[]): ReadonlyMap<string, null> {
  return new Map(masterIds.map((masterId) => [masterId, null]));
}

/** Reads these series whole and brings every occurrence in step. @param shown by master id the version that told of it; null where none did */
export async function takeSeries(pass: KindPass, shown: ReadonlyMap<string, string | null>): Promise<void> {
  if (shown.size === 0) return;
  const all = (await pass.pairs.all()).filter((pair) => pair.graphId !== null && pair.gone.graph === undefined);
  const members = new Map([...shown.keys()].map((masterId) => [masterId, all.filter((pair) => pair.series?.masterId === masterId || pair.graphId === masterId)]));
  // What a series lost before may stand in one that is met only now.
  let waiting = all.filter((pair) => pair.lostSince !== undefined && !shown.has(pair.series?.masterId ?? ''));
  // Nor does anybody begin what may go on with one of those.
  let doubted: readonly Pair[] = [];
  // Those whose series was deleted as a whole: it may have been split before.
  const over: Pair[] = [];
  const rests = new Map<string, readonly SideItem[]>();
  const known = [...members].filter(([, pairs]) => pairs.length > 0);
  const unknown = [...members].filter(([, pairs]) => pairs.length === 0);
  // Series that have pairs come first: what they lost is looked for in the others.
  const asked = new Set(shown.keys());
  for (const group of [...inGroups(known), ...inGroups(unknown)]) {
    pass.checkBudget();
    const told = await meetAll(pass, group);
    const cutOff = firstHalves(pass, all, told.filter(({ standing: still }) => still.length === 0), asked);
    const met = [...(await meetAll(pass, [...cutOff])), ...told];
    for (const masterId of cutOff.keys()) asked.add(masterId);
    const works: Work[] = [];
    const waits = new Set<Met>();
    for (const one of met) works.push(...(await standing(pass, one, shown.get(one.masterId) ?? null)));
    waiting = [...waiting, ...met.flatMap(({ lost }) => lost)];
    doubted = [...doubted, ...met.flatMap((one) => one.doubted)];
    over.push(...met.flatMap(({ reading, lost }) => (reading.state === 'deleted' ? lost : [])));
    for (const { masterId, standing: still } of met) rests.set(masterId, still.map(([, item]) => item));
    for (const one of met) {
      const rebound = await findAgain(pass, one, waiting, rests);
      works.push(...rebound);
      const found = new Set(rebound.map(({ pair }) => pair?.pairId));
      waiting = waiting.filter(({ pairId }) => !found.has(pairId));
      works.push(...(await knownBefore(pass, one)));
      if (mayGoOn(pass, one, doubted)) waits.add(one);
      else works.push(...begun(pass, one));
    }
    // Written with the first of its pairs: nobody takes a series for an event that he never met, however this pass ends.
    for (const one of met) if (one.standing.length === 0 && one.fresh.length > 0) pass.defer(seriesRow(pass, one.masterId, ''));
    await settle(pass, works);
    for (const one of met) {
      if (waits.has(one)) readSeriesAgain(pass, one.masterId, pass.now() + lagMs(pass));
      else note(pass, one, shown.get(one.masterId) ?? null);
    }
  }
  const left = waiting.filter((pair) => asked.has(pair.series?.masterId ?? '') || pair.graphId === null || asked.has(pair.graphId));
  // The other half may be among what was told and is read in a moment.
  const isOver = (pair: Pair): boolean => !pass.asksOpen && over.includes(pair);
  await settle(pass, left.filter((pair) => pair.state === 'active' && isOver(pair)).map((pair): Work => ({ pair, graph: { state: 'deleted' }, crm: { state: 'asBase' } })));
  await judgeLost(pass, left.filter((pair) => !isOver(pair)));
}

function inGroups<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / TOGETHER) }, (_, index) => items.slice(index * TOGETHER, (index + 1) * TOGETHER));
}

/** Of a series that was split the second half may be told before the first: series with the same occurrence on the same day are read with it. */
function firstHalves(pass: KindPass, all: readonly Pair[], begun: readonly Met[], asked: ReadonlySet<string>): ReadonlyMap<string, readonly Pair[]> {
  const items = new Map(begun.flatMap(({ fresh }) => fresh).map((item) => [item.series?.date, item]));
  const isCutOff = (pair: Pair): boolean => {
    const item = pair.series === undefined || asked.has(pair.series.masterId) || pair.lostSince !== undefined ? undefined : items.get(pair.series.date);
    return item !== undefined && isContinuedBy(pass.rules, pair, item, []);
  };
  const masters = new Set(all.filter((pair) => pair.state === 'active' && isCutOff(pair)).map((pair) => pair.series?.masterId ?? ''));
  return new Map([...masters].map((masterId) => [masterId, all.filter((pair) => pair.series?.masterId === masterId)]));
}

/** A series that begins, and may be the second half of one of which a copy that is behind tells nothing: it waits for that one, as long as a copy may be behind. */
function mayGoOn(pass: KindPass, { standing: still, fresh }: Met, doubted: readonly Pair[]): boolean {
  if (still.length > 0) return false;
  const young = fresh.filter(({ modified }) => pass.now() - modified < CONTRADICTED_MS);
  return doubted.some((pair) => young.some((item) => pair.series?.date === item.series?.date && isContinuedBy(pass.rules, pair, item, [])));
}

/** The rule's window, and whatever of the series is followed besides. */
function spanOf(pass: KindPass, pairs: readonly Pair[]): Span {
  const { window } = pass.rules;
  const oldest = pass.now() - FOLLOWED_DAYS * DAY_MS;
  const spans = pairs.filter(({ span }) => span.end > oldest).map(({ span }) => span);
  return { start: Math.min(window.start, ...spans.map(({ start }) => start)), end: Math.max(window.end, ...spans.map(({ end }) => end)) };
}

/** Where one cannot be read, the others are waited for all the same: no request outlives the pass that sent it. */
async function meetAll(pass: KindPass, series: readonly (readonly [string, readonly Pair[]])[]): Promise<Met[]> {
  const ended = await Promise.allSettled(series.map(([masterId, pairs]) => meet(pass, masterId, pairs)));
  return ended.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

async function meet(pass: KindPass, masterId: string, pairs: readonly Pair[]): Promise<Met> {
  const span = spanOf(pass, pairs);
  // Beyond what is listed it is nobody's loss not to be in the list.
  const expected = pairs.filter((pair) => pair.state === 'active' && pair.graphId !== null && pair.span.end > span.start && pair.span.start < span.end);
  const reading = await pass.sides.graph.readSeries(masterId, span, expected.flatMap(({ graphId }) => graphId ?? []));
  pass.count('series');
  const items = reading.state === 'present' ? reading.items : reading.state === 'single' ? [reading.item] : [];
  const byId = new Map(items.map((item) => [item.id, item]));
  const here = pairs.flatMap((pair) => {
    const item = byId.get(pair.graphId ?? '');
    return item === undefined ? [] : [[pair, item] as const];
  });
  const taken = new Set(here.map(([, { id }]) => id));
  const stays = new Set(here.map(([{ pairId }]) => pairId));
  // An over pair that is not shown is bound anew where it can be, so that its occurrence is not taken in again; and is missed by nobody.
  const lost = pairs.filter((pair) => !stays.has(pair.pairId) && (expected.includes(pair) || pair.state === 'ended' || pair.graphId === masterId));
  return { masterId, reading, standing: here, fresh: items.filter(({ id }) => !taken.has(id)), lost, doubted: [] };
}

/** Works for what is known by its id, and for everything of a series that is not there as a whole. */
async function standing(pass: KindPass, met: Met, told: string | null): Promise<Work[]> {
  const { masterId } = met;
  // A copy that is behind may answer for what was told to be there a moment ago: nothing is concluded from that.
  const isBehind = told !== null && told !== '' && (met.reading.state === 'deleted' || met.reading.state === 'unknown');
  const reading: SeriesReading = isBehind ? { state: 'late' } : met.reading;
  const works = met.standing.flatMap(([pair, item]) => workFor(pass, pair, item));
  if (reading.state === 'present') {
    const out = met.lost.filter(({ series }) => series !== undefined && reading.cancelled?.has(series.date) === true);
    met.lost = met.lost.filter((pair) => !out.includes(pair));
    return [...works, ...out.filter(({ state }) => state === 'active').map((pair): Work => ({ pair, graph: { state: 'deleted' }, crm: { state: 'asBase' } }))];
  }
  if (reading.state === 'single') return works;
  const lost = met.lost.filter(({ state }) => state === 'active');
  // What was deleted as a whole may go on in a series that is new: its other half, if it was split before.
  if (reading.state !== 'deleted') met.lost = [];
  if (reading.state === 'late' || reading.state === 'unknown') met.doubted = lost;
  if (reading.state === 'late' || reading.state === 'refused') {
    readSeriesAgain(pass, masterId, pass.now() + (reading.state === 'late' ? lagMs(pass) : LOOK_AGAIN_MS));
    if (reading.state === 'late') return works;
  }
  if (lost.length === 0) return works;
  if (reading.state === 'deleted') {
    // However many occurrences it had, one thing was deleted.
    const [first] = lost;
    if (first !== undefined) await doubtMailbox(pass, new Map([[masterId, first]]), new Map([[masterId, reading]]));
    return works;
  } else if (reading.state === 'unknown') {
    readSeriesAgain(pass, masterId, pass.now() + lagMs(pass));
  }
  return [...works, ...lost.map((pair): Work => ({ pair, graph: viewOf(reading), crm: { state: 'asBase' } }))];
}

function lagMs({ rules }: KindPass): number {
  return Math.max(LAG_MS, rules.readLagMs) + 1;
}

function workFor(pass: KindPass, pair: Pair, item: SideItem): Work[] {
  if (pair.state === 'ended') {
    const work = begunAnew(pass, pair, 'graph', item);
    return work === null ? [] : [work];
  }
  if (isStale(pair, item)) return [];
  const moved = pair.series?.date !== item.series?.date || pair.lostSince !== undefined;
  if (isAsBase(pass, 'graph', pair, item) && !moved) return [];
  return [workOn(pair, 'graph', { state: 'present', item })];
}

/** Which of the new occurrences are those that were lost: written down first, so that nothing is planned for them under their old ids. */
async function findAgain(pass: KindPass, met: Met, waiting: readonly Pair[], rests: ReadonlyMap<string, readonly SideItem[]>): Promise<Work[]> {
  const own = waiting.filter((pair) => pair.series?.masterId === met.masterId || pair.graphId === met.masterId);
  // A series that begins: the other half of one that was split, if it goes on where that was cut off.
  const begins = met.reading.state === 'present' && met.standing.length === 0 && own.length === 0;
  const goesOn = begins ? waiting.filter((pair) => met.fresh.some((item) => isContinuedBy(pass.rules, pair, item, rests.get(pair.series?.masterId ?? '') ?? []))) : [];
  // Where some of a series go on, the others do, too: an occurrence that was renamed by itself is one of them.
  const cutOff = new Set(goesOn.map(({ series }) => series?.masterId));
  const cut = waiting.filter((pair) => goesOn.includes(pair) || (pair.series !== undefined && cutOff.has(pair.series.masterId)));
  const bound = bind([...own, ...cut].map((pair) => datedPair(pair)), met.fresh.map((item) => datedItem(item)));
  if (bound.size === 0) return [];
  const rebound = [...bound].map(([pair, item]) => [bindTo(pair, item), item] as const);
  await pass.commit(rebound.map(([pair]) => pass.pairs.changes(pair)));
  const taken = new Set<string>();
  for (const [pair, item] of rebound) {
    pass.pairs.remember(pair);
    pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'adopted', side: 'graph', reason: 'boundAnew', pairId: pair.pairId, graphId: pair.graphId, crmId: pair.crmId });
    taken.add(item.id);
  }
  met.fresh = met.fresh.filter(({ id }) => !taken.has(id));
  pass.count('boundAnew', rebound.length);
  return rebound.map(([pair, item]) => workOn(pair, 'graph', { state: 'present', item }));
}

function bindTo(pair: Pair, item: SideItem): Pair {
  return { ...inSeriesNow(pair, item), graphId: item.id, unsettled: pair.state === 'active' };
}

function datedPair(pair: Pair): Dated<Pair> {
  // What is over keeps its own occurrence from being taken in again, and no other.
  return { of: pair, date: pair.series?.date ?? dateOf(pair.span), exact: pair.state === 'ended' };
}

function datedItem(item: SideItem): Dated<SideItem> {
  return { of: item, date: item.series?.date ?? dateOf(item.span) };
}

function dateOf({ start }: Span): string {
  return new Date(start).toISOString().slice(0, 10);
}

/** Occurrences with a life behind them, under the very same id. */
async function knownBefore(pass: KindPass, met: Met): Promise<Work[]> {
  const known = await pass.pairs.byIds('graph', met.fresh.map(({ id }) => id));
  if (known.size === 0) return [];
  const gone = await goneBefore(pass, met.fresh);
  const again = await standingAgain(pass, met.fresh, gone);
  const anew = met.fresh.flatMap((item) => {
    const pair = gone.has(item.id) ? undefined : known.get(item.id);
    const work = pair === undefined ? null : begunAnew(pass, pair, 'graph', item);
    return work === null ? [] : [work];
  });
  met.fresh = met.fresh.filter(({ id }) => !known.has(id));
  return [...again, ...anew];
}

/** Occurrences that are new: those in the window. The others come with the net when their day comes, without a row for each of them. */
function begun(pass: KindPass, { masterId, fresh }: Met): Work[] {
  const { window } = pass.rules;
  const inside = fresh.filter(({ span }) => span.start < window.end && span.end > window.start);
  const isTaken = (item: SideItem): boolean => cancelledRecord(item) !== undefined || (item.outOfScope === null && whyNotTakenIn(pass, item) === null);
  const left = inside.find((item) => !isTaken(item));
  // Said once for all of them.
  if (left !== undefined) pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'left', side: 'graph', reason: 'notInScope', detail: left.outOfScope ?? whyNotTakenIn(pass, left) ?? 'series', graphId: masterId });
  return inside.filter(isTaken).map((item) => ({ pair: null, graph: { state: 'present', item }, crm: { state: 'unknown' } }));
}

/** Why an event that nobody knows is left where it is, though it is in scope: somebody else's series without the rule that shows them (scope A2), or nothing new comes from Outlook. */
export function whyNotTakenIn({ rules: { publish, newFromOutlook } }: KindPass, { series, meeting, key }: SideItem): 'series' | 'onlyFromCrm' | null {
  if (series !== undefined && meeting?.role === 'attendee' && !(publish.enabled && publish.series)) return 'series';
  // What carries a key of ours may be our own, whose create was not answered.
  return !newFromOutlook && key === null ? 'onlyFromCrm' : null;
}

/** As of this version everything is in step; where Graph showed another one than it had told of, it is asked once more. */
function note(pass: KindPass, { masterId, reading }: Met, told: string | null): void {
  if (reading.state !== 'present') return;
  const isLate = told !== null && reading.version !== told;
  if (isLate) readSeriesAgain(pass, masterId, pass.now() + lagMs(pass));
  pass.defer(seriesRow(pass, masterId, isLate ? '' : (reading.version ?? '')));
}

/** What stands nowhere any more and was not taken out by anybody: asked for by its own id, and given a moment, because a series is split in two steps. */
async function judgeLost(pass: KindPass, lost: readonly Pair[]): Promise<void> {
  const active = lost.filter(({ state }) => state === 'active');
  if (active.length === 0) return;
  const readings = await pass.sides.graph.read(active.flatMap(({ graphId }) => graphId ?? []));
  const works: Work[] = [];
  const waits: Pair[] = [];
  const ask = (pair: Pair, at: number): void => {
    waits.push({ ...pair, lostSince: pair.lostSince ?? pass.now() });
    readSeriesAgain(pass, pair.series?.masterId ?? pair.graphId ?? '', at);
  };
  for (const pair of active) {
    const view = viewOf(readings.get(pair.graphId ?? ''));
    const since = pair.lostSince ?? pass.now();
    if (view.state === 'deleted' && (pass.asksOpen || pass.now() - since < SPLIT_WAIT_MS)) {
      ask(pair, Math.max(since + SPLIT_WAIT_MS, pass.now() + SOON_MS));
      continue;
    }
    // It should be in the list, and is not: one of the two comes from a copy that is behind.
    if (view.state === 'present' && isListed(pass, view.item) && pass.now() - since < CONTRADICTED_MS) {
      ask(pair, pass.now() + lagMs(pass));
      continue;
    }
    // Moved out of what is listed, by a person: it is followed.
    if (view.state === 'present') works.push(...workFor(pass, pair, view.item));
    else works.push({ pair, graph: view, crm: { state: 'asBase' } });
  }
  const changes: RowChange[][] = waits.filter((pair) => pass.pairs.get(pair.pairId)?.lostSince === undefined).map((pair) => pass.pairs.changes(pair));
  if (changes.length > 0) await pass.commit(changes);
  for (const pair of waits) pass.pairs.remember(pair);
  await settle(pass, works);
}

function isListed({ rules: { window } }: KindPass, { span }: SideItem): boolean {
  return span.start < window.end && span.end > window.start;
}
