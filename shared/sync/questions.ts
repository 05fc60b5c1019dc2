import type { Instant } from '../model/time/instant.ts';
import { begunAnew, mayBeginAnew } from './anew.ts';
import { LOOK_AGAIN_MS, type KindPass } from './context.ts';
import { doubtMailbox } from './doubt.ts';
import { caughtUp, isBehindRow, isStale, isUnanswered } from './lagging.ts';
import { isMissed, type Pair } from './pair.ts';
import type { PulledPage, RowChange, Side, SideItem, UnreadRow } from './ports.ts';
import { takeSeries } from './series.ts';
import { changedSeries, knownSeries } from './series-known.ts';
import { settle } from './settle.ts';
import { viewOf, workOn, type Work } from './work.ts';

/**
 * Works one page of a pull: what it shows is planned, what it reports as removed or shows oddly is read by id first. Returns the series that it says have
 * changed, with the versions that it shows: they are read whole when the round is complete, because one may continue another.
 */
export async function takePage(pass: KindPass, page: PulledPage, brought: Map<string, string>): Promise<ReadonlyMap<string, string | null>> {
  pass.count('pages');
  const latest = new Map<string, SideItem>();
  for (const item of page.items) latest.set(item.id, item);
  for (const item of latest.values()) brought.set(item.id, item.version);
  const odd = page.odd.flatMap(({ id }) => (id === null ? [] : [id]));
  for (const { id, why } of page.odd) pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'left', side: 'graph', reason: 'oddRow', detail: why, graphId: id });

  const pairs = await pass.pairs.byIds('graph', [...latest.keys(), ...page.removed, ...odd]);
  // An id that we do not know tells us nothing where it is removed (it may never have been in the window), unless it was a series.
  const strangers = [...latest.keys(), ...page.removed].filter((id) => !pairs.has(id));
  const series = await changedSeries(pass, page.series ?? [], strangers);
  const works: Work[] = [];
  const unread = new Map((page.unread ?? []).map((row) => [row.id, row]));
  const ask = new Set([...odd, ...unread.keys()]);
  for (const item of latest.values()) {
    if (series.has(item.id)) continue;
    const pair = pairs.get(item.id) ?? null;
    if (pair !== null && isStale(pair, item)) ask.add(item.id);
    else if (pair?.state === 'ended') works.push(...anew(begunAnew(pass, pair, 'graph', item)));
    else if (pair === null || needsWork(pair, item)) works.push({ pair, graph: { state: 'present', item }, crm: { state: pair === null ? 'unknown' : 'asBase' } });
  }
  for (const row of page.series ?? []) if (row.version !== null && row.id === row.masterId) brought.set(row.id, row.version);
  for (const id of page.removed) {
    const pair = pairs.get(id);
    if (pair?.state === 'active' && !isMissed(pair, 'graph') && !latest.has(id)) ask.add(id);
  }
  // Questions first: where the mailbox itself is in doubt, nothing of its list is believed.
  await takeReadings(pass, 'graph', [...ask], new Map(page.removed.map((id) => [id, null])), unread);
  // What was read there may have bound an event that nobody knew a moment ago: what is left of a series that is none any more.
  const stillToDo = works.flatMap((work): Work[] => {
    const { pair, former, graph } = work;
    const bound = pair === null && former === undefined && graph.state === 'present' ? pass.pairs.holding('graph', graph.item.id) : undefined;
    if (bound === undefined || graph.state !== 'present') return [work];
    return needsWork(bound, graph.item) ? [workOn(bound, 'graph', graph)] : [];
  });
  await settle(pass, stillToDo);
  return series;
}

function needsWork(pair: Pair, item: SideItem): boolean {
  return pair.state === 'active' && (pair.unsettled || isMissed(pair, 'graph') || pair.seen.graph?.version !== item.version);
}

/**
 * Reads items by id and brings them in step.
 * @param told ids of which somebody told that they were changed (the notified ETag) or removed (null): an answer that shows nothing of it is asked for once more
 * @param unread rows of a delta that tell of these events no more than their version
 */
export async function takeReadings(pass: KindPass, side: Side, ids: readonly string[], told: ReadonlyMap<string, string | null> = new Map(), unread: ReadonlyMap<string, UnreadRow> = new Map()): Promise<void> {
  if (ids.length === 0) return;
  const pairs = await pass.pairs.byIds(side, ids);
  // What became of an occurrence its series tells: its own id ends when the series is shifted.
  const series = new Map<string, string | null>();
  if (side === 'graph') for (const id of ids) noteSeries(series, pairs.get(id)?.series?.masterId, told.get(id));
  const asked = ids.filter((id) => !isOver(pairs.get(id), side) && (side === 'crm' || pairs.get(id)?.series === undefined));
  if (asked.length === 0) return takeSeries(pass, series);
  const readings = await pass.sides[side].read(asked);
  if (side === 'graph') {
    await doubtMailbox(pass, pairs, readings);
    const former = await knownSeries(pass, asked.filter((id) => !pairs.has(id) && readings.get(id)?.state !== 'series'));
    for (const id of former.keys()) series.set(id, '');
  }
  const works: Work[] = [];
  const later: RowChange[] = [];
  for (const id of asked) {
    const pair = pairs.get(id) ?? null;
    const reading = readings.get(id);
    if (series.has(id)) continue;
    const master = reading?.state === 'series' ? reading.masterId : pair === null && reading?.state === 'present' ? reading.item.series?.masterId : undefined;
    if (master !== undefined) {
      noteSeries(series, master, told.has(id) ? told.get(id) : reading?.state === 'series' ? reading.version : undefined);
      continue;
    }
    const read = viewOf(reading);
    const view = side === 'graph' ? caughtUp(pass, pair, id, read) : read;
    if (view !== read) continue;
    const etag = told.get(id);
    if (etag !== undefined && isUnanswered(pair, view, etag)) later.push(pass.pending(side, id, 'removed', pass.now() + pass.rules.readLagMs));
    const row = unread.get(id);
    if (row !== undefined && isBehindRow(pair, view, row)) later.push(pass.pending(side, id, 'retry', pass.now() + pass.rules.readLagMs));
    if (view.state === 'refused') later.push(pass.pending(side, id, 'odd', pass.now() + LOOK_AGAIN_MS));
    if ((pair === null || pair.state === 'ended') && view.state !== 'present') continue;
    if (pair?.state === 'ended') {
      if (view.state === 'present') works.push(...anew(begunAnew(pass, pair, side, view.item)));
      continue;
    }
    // Held, and still gone: that is known.
    if (pair !== null && view.state === 'deleted' && isMissed(pair, side)) continue;
    works.push(workOn(pair, side, view));
  }
  if (later.length > 0) pass.defer(...later);
  await settle(pass, works);
  await takeSeries(pass, series);
}

/** @param version that was told of it; null where it was told to be removed: whatever it shows then is another one; undefined where nobody told anything */
function noteSeries(series: Map<string, string | null>, masterId: string | undefined, version: string | null | undefined): void {
  if (masterId === undefined) return;
  if (version !== undefined) series.set(masterId, version ?? '');
  else if (!series.has(masterId)) series.set(masterId, null);
}

function isOver(pair: Pair | undefined, side: Side): boolean {
  return pair?.state === 'ended' && !mayBeginAnew(pair, side);
}

function anew(work: Work | null): Work[] {
  return work === null ? [] : [work];
}

/** Moved beyond a listing's window by a person: no list and no delta shows it, so that whoever missed a notification must ask for it. */
export async function takeBeyond(pass: KindPass, end: Instant): Promise<void> {
  await takeReadings(pass, 'graph', (await pass.pairs.all()).flatMap((pair) => (pair.state === 'active' && pair.graphId !== null && pair.span.start >= end ? [pair.graphId] : [])));
}
