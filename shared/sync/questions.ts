import { TABLES } from '../config/names.ts';
import type { Instant } from '../model/time/instant.ts';
import { begunAnew, mayBeginAnew } from './anew.ts';
import { LOOK_AGAIN_MS, StopPass, type KindPass } from './context.ts';
import { PortFailure } from './failures.ts';
import { caughtUp, isUnanswered } from './lagging.ts';
import { idOn, isMissed, otherSide, type Pair } from './pair.ts';
import type { PulledPage, Reading, RowChange, Side, SideItem } from './ports.ts';
import { keys, readRow, type Cursor } from './rows.ts';
import { settle } from './settle.ts';
import { viewOf, type Work } from './work.ts';

/** So many known ids that answer 404 in one pass make us doubt the mailbox itself. */
const DOUBT_FROM = 10;
const SAMPLE = 20;

/** Works one page of a pull: what it shows is planned, what it reports as removed or shows oddly is read by id first. */
export async function takePage(pass: KindPass, page: PulledPage, brought: Map<string, string>): Promise<void> {
  pass.count('pages');
  const latest = new Map<string, SideItem>();
  for (const item of page.items) latest.set(item.id, item);
  for (const item of latest.values()) brought.set(item.id, item.version);
  const odd = page.odd.flatMap(({ id }) => (id === null ? [] : [id]));
  for (const { id, why } of page.odd) pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'left', side: 'graph', reason: 'oddRow', detail: why, graphId: id });

  const pairs = await pass.pairs.byIds('graph', [...latest.keys(), ...page.removed, ...odd]);
  const works: Work[] = [];
  const ask = new Set(odd);
  for (const item of latest.values()) {
    const pair = pairs.get(item.id) ?? null;
    if (pair !== null && isStale(pair, item)) ask.add(item.id);
    else if (pair?.state === 'ended') works.push(...anew(begunAnew(pass, pair, 'graph', item)));
    else if (pair === null || needsWork(pair, item)) works.push({ pair, graph: { state: 'present', item }, crm: { state: pair === null ? 'unknown' : 'asBase' } });
  }
  // An id that we do not know and that is removed tells us nothing (it may never have been in the window).
  for (const id of page.removed) {
    const pair = pairs.get(id);
    if (pair?.state === 'active' && !isMissed(pair, 'graph') && !latest.has(id)) ask.add(id);
  }
  // Questions first: where the mailbox itself is in doubt, nothing of its list is believed.
  await takeReadings(pass, 'graph', [...ask], new Map(page.removed.map((id) => [id, null])));
  await settle(pass, works);
}

/** A replayed or late row shows what was before our own last look: the item is read by id instead. */
export function isStale(pair: Pair, item: SideItem): boolean {
  const seen = pair.seen.graph;
  return pair.state === 'active' && seen !== undefined && seen.version !== item.version && item.modified < seen.modified;
}

function needsWork(pair: Pair, item: SideItem): boolean {
  return pair.state === 'active' && (pair.unsettled || isMissed(pair, 'graph') || pair.seen.graph?.version !== item.version);
}

/**
 * Reads items by id and brings them in step.
 * @param told ids of which somebody told that they were changed (the notified ETag) or removed (null): an answer that shows nothing of it is asked for once more
 */
export async function takeReadings(pass: KindPass, side: Side, ids: readonly string[], told: ReadonlyMap<string, string | null> = new Map()): Promise<void> {
  if (ids.length === 0) return;
  const pairs = await pass.pairs.byIds(side, ids);
  const asked = ids.filter((id) => !isOver(pairs.get(id), side));
  if (asked.length === 0) return;
  const readings = await pass.sides[side].read(asked);
  if (side === 'graph') await doubtMailbox(pass, pairs, readings);
  const works: Work[] = [];
  const later: RowChange[] = [];
  for (const id of asked) {
    const pair = pairs.get(id) ?? null;
    const read = viewOf(readings.get(id));
    const view = side === 'graph' ? caughtUp(pass, pair, id, read) : read;
    if (view !== read) continue;
    const etag = told.get(id);
    if (etag !== undefined && isUnanswered(pair, view, etag)) later.push(pass.pending(side, id, 'removed', pass.now() + pass.rules.readLagMs));
    if (view.state === 'refused') later.push(pass.pending(side, id, 'odd', pass.now() + LOOK_AGAIN_MS));
    if ((pair === null || pair.state === 'ended') && view.state !== 'present') continue;
    if (pair?.state === 'ended') {
      if (view.state === 'present') works.push(...anew(begunAnew(pass, pair, side, view.item)));
      continue;
    }
    // Held, and still gone: that is known.
    if (pair !== null && view.state === 'deleted' && isMissed(pair, side)) continue;
    const other = { state: pair === null || idOn(pair, otherSide(side)) === null ? ('unknown' as const) : ('asBase' as const) };
    works.push(side === 'graph' ? { pair, graph: view, crm: other } : { pair, crm: view, graph: other });
  }
  if (later.length > 0) pass.defer(...later);
  await settle(pass, works);
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

/** So many of these, drawn by seed. */
function draw(pass: KindPass, from: readonly string[], count: number): string[] {
  const left = [...from];
  const drawn: string[] = [];
  while (drawn.length < count && left.length > 0) drawn.push(...left.splice(Math.floor(pass.services.random() * left.length), 1));
  return drawn;
}

/**
 * A mailbox that was made anew answers 404 to everything it once held. Where many known ids are gone at once, others are drawn and asked; when
 * most of them are gone too, nothing is deleted: the mailbox waits for adoption (design 5.5).
 */
async function doubtMailbox(pass: KindPass, asked: ReadonlyMap<string, Pair>, readings: ReadonlyMap<string, Reading>): Promise<void> {
  const gone = [...asked].filter(([id, pair]) => pair.state === 'active' && readings.get(id)?.state === 'deleted').length;
  pass.count('graphGone', gone);
  if (gone === 0 || (pass.counts['graphGone'] ?? 0) < DOUBT_FROM || pass.counts['mailboxSampled'] !== undefined) return;
  pass.count('mailboxSampled');
  const known = (await pass.pairs.all()).filter((pair) => pair.state === 'active' && !isMissed(pair, 'graph')).flatMap(({ graphId }) => (graphId === null ? [] : [graphId]));
  const others = draw(pass, known.filter((id) => !asked.has(id)), SAMPLE);
  // Where no others are left, those that were asked stand in for them: a mailbox that lost everything has no others.
  const again = others.length > 0 ? [] : draw(pass, known.filter((id) => asked.has(id)), SAMPLE);
  const sample = [...others, ...again];
  const sampled = others.length === 0 ? readings : new Map([...readings, ...(await pass.sides.graph.read(others))]);
  const sampleGone = sample.filter((id) => sampled.get(id)?.state === 'deleted').length;
  if (sampleGone * 2 <= sample.length) return;
  if (await isSameMailbox(pass)) {
    // Not made anew: somebody emptied this one. Whatever its number, that is a question to an admin (the deletion guard).
    pass.guard.emptied = true;
    return;
  }
  pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'held', side: 'graph', reason: 'mailboxMadeAnew', detail: `${gone} asked, ${sampleGone} of ${sample.length} drawn are gone` });
  throw new StopPass(new PortFailure('graph', 'mailboxUnavailable', 'This mailbox seems to have been made anew: it waits for adoption, nothing is deleted or created.'), pass.now() + LOOK_AGAIN_MS);
}

/** The default calendar keeps its id as long as its mailbox lives (design 5.5). */
async function isSameMailbox(pass: KindPass): Promise<boolean> {
  const row = await pass.services.tables.get(TABLES.mailbox, pass.lease.partition, keys.cursor(pass.kind.name));
  const cursor = row === null ? null : readRow<Cursor>(row);
  return cursor !== null && cursor.home === (await pass.sides.graph.home());
}
