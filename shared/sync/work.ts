import { idOn, isMissed, newPair, otherSide, pairIdFor, type Pair } from './pair.ts';
import { contentFingerprint, type Decision, type PlannedWrite, type View } from './plan.ts';
import type { KindPass } from './context.ts';
import { caughtUp } from './lagging.ts';
import type { Voices } from './left-behind.ts';
import type { Reading, RowChange, Side } from './ports.ts';
import type { Instant } from '../model/time/instant.ts';

/** One item to be brought in step: the pair that knows it (null = unknown) and what this pass knows of both sides. */
export interface Work {
  readonly pair: Pair | null;
  readonly graph: View;
  readonly crm: View;
  /** The item had a life before: its pair, which is over. */
  readonly former?: Pair;
  /** The record has ended; whether it stands in another mailbox's calendar. */
  readonly over?: { readonly shownByOthers: boolean };
  /** The record lies beyond the window; whether it stood in another mailbox's calendar. */
  readonly followed?: boolean;
  /** Of a copy whose organizer left the list: who tells of it. */
  readonly voices?: Voices;
  /** The record was marked by cancelled copies while its organizer was not on the list, and by no person. */
  readonly markedByCopies?: true;
  /** Of what its texts name now and did not name before: what the record can be linked to. */
  readonly linkable?: ReadonlySet<string>;
}

/** One item and what is to be done about it. */
export interface Planned {
  readonly work: Work;
  readonly decision: Decision;
}

/** A planned write with the pair as reserved for it. */
export interface Reserved {
  readonly work: Work;
  readonly decision: Decision;
  readonly pair: Pair;
  readonly writes: readonly PlannedWrite[];
}

export function viewOf(reading: Reading | undefined): View {
  // Of a series as a whole nothing is told here: it is taken as such (series.ts).
  if (reading === undefined || reading.state === 'series') return { state: 'unknown' };
  return reading.state === 'present' ? { state: 'present', item: reading.item } : { state: reading.state };
}

/** What was seen of an item on one side; on the other it is as it was known, if it is there at all. */
export function workOn(pair: Pair | null, side: Side, view: View): Work {
  const other: View = { state: pair === null || idOn(pair, otherSide(side)) === null ? 'unknown' : 'asBase' };
  return side === 'graph' ? { pair, graph: view, crm: other } : { pair, crm: view, graph: other };
}

/** Reads the wanted sides of these items in as few requests as possible; what was read already is not read again. */
export async function readSides(pass: KindPass, works: readonly Work[], wanted: (work: Work) => readonly Side[]): Promise<Work[]> {
  const asked = works.map((work) => ({ work, sides: wanted(work) }));
  for (const side of ['crm', 'graph'] as const) {
    const open = asked.filter(({ work, sides }) => sides.includes(side) && work[side].state === 'asBase' && work.pair !== null && idOn(work.pair, side) !== null);
    if (open.length === 0) continue;
    const ids = new Set(open.map(({ work }) => (work.pair === null ? '' : (idOn(work.pair, side) ?? ''))));
    const readings = await pass.sides[side].read([...ids]);
    for (const entry of open) {
      const id = entry.work.pair === null ? null : idOn(entry.work.pair, side);
      const view = viewOf(readings.get(id ?? ''));
      entry.work = { ...entry.work, [side]: side === 'graph' ? caughtUp(pass, entry.work.pair, id ?? '', view) : view };
      if (side === 'graph' && entry.work.graph.state !== 'present') entry.work = askSeries(pass, entry.work, readings.get(id ?? ''));
    }
  }
  return asked.map(({ work }) => work);
}

/**
 * An occurrence whose id is gone may stand in its series under another one; an appointment that became a series is one of its occurrences now. Neither
 * is told by its own id: the series is read, and what this pass would do about the item waits for that.
 */
function askSeries(pass: KindPass, work: Work, reading: Reading | undefined): Work {
  const { pair } = work;
  const master = reading?.state === 'series' ? reading.masterId : work.graph.state === 'deleted' && pair !== null && !isMissed(pair, 'graph') ? pair.series?.masterId : undefined;
  if (master === undefined) return work;
  readSeriesAgain(pass, master, pass.now());
  return { ...work, graph: { state: 'unknown' } };
}

/** The series is read whole at this time, by a row under a name of its own. */
export function readSeriesAgain(pass: KindPass, masterId: string, at: Instant): void {
  pass.defer(pass.pending('graph', `${QUESTION}${masterId}`, 'series', at));
}

/** Of a round that is not complete: this row is written by the pass alone that reads it. */
export function seriesOfPage(masterId: string): string {
  return `${PAGE}${masterId}`;
}

/** The series that a pending row asks for. */
export function seriesIn(pendingId: string): string | null {
  const prefix = [QUESTION, PAGE].find((one) => pendingId.startsWith(one));
  return prefix === undefined ? null : pendingId.slice(prefix.length);
}

const QUESTION = 'series:';
const PAGE = 'seriesOfPage:';

/** Where the item that is gone never got an id here, nobody can be asked for it: it is what it was when its deletion was held. */
export function missedAsGone(work: Work): Work {
  const { pair } = work;
  const side = pair === null ? undefined : (['graph', 'crm'] as const).find((one) => isMissed(pair, one) && idOn(pair, one) === null);
  return side === undefined || work[side].state === 'present' ? work : { ...work, [side]: { state: 'deleted' } };
}

/** What is refused is refused until this changes. */
export function refusalKey(work: Work, write: PlannedWrite): string {
  if (write.action === 'delete') return 'delete';
  const source = work[otherSide(write.side)];
  return source.state === 'present' ? contentFingerprint(source.item) : 'asBase';
}

/** It was refused as it is: nothing is sent for it until it changes. */
export function isRefused({ refused }: Pair, work: Work, write: PlannedWrite): boolean {
  return refused !== null && refused.side === write.side && refused.content === refusalKey(work, write);
}

/** The pair that an unknown item is the beginning of; null where nothing of it was read. */
export function asPair(pass: KindPass, work: Work): Pair | null {
  const side: Side = work.graph.state === 'present' ? 'graph' : 'crm';
  const view = work[side];
  if (view.state !== 'present') return null;
  const { tenantId, mailboxId } = pass.mailbox;
  const generation = (work.former?.generation ?? 0) + 1;
  const pairId = pairIdFor(tenantId, mailboxId, pass.kind.name, side, view.item.id, generation);
  return { ...newPair(pairId, pass.kind.name, side, view.item, pass.rules.normaliser), generation };
}

/** With the stamps of what this pass was the first to read. */
export function firstSeenOf(pair: Pair, work: Work): Pair['firstSeen'] {
  const seen = (side: Side): Pair['firstSeen']['graph'] => {
    const view = work[side];
    if (view.state !== 'present') return pair.firstSeen[side];
    const content = contentFingerprint(view.item);
    return pair.firstSeen[side]?.content === content ? pair.firstSeen[side] : { content, modified: view.item.modified };
  };
  const graph = seen('graph');
  const crm = seen('crm');
  return { ...(graph === undefined ? {} : { graph }), ...(crm === undefined ? {} : { crm }) };
}

/** Rows that bring an item back: for what was not sent, not settled, or changed under our hands too often. */
export function retryRows(pass: KindPass, pair: Pair | null, work: Work, due: number): RowChange[] {
  const side: Side = work.graph.state === 'present' || pair?.crmId == null ? 'graph' : 'crm';
  const view = work[side];
  const id = view.state === 'present' ? view.item.id : pair === null ? null : idOn(pair, side);
  return id === null ? [] : [pass.pending(side, id, 'retry', due)];
}

/** The pair of an item that was hidden from the CRM, when the CRM holds what Outlook shows of it now. */
export function shownAgain(pair: Pair, { graph }: Work): Pair {
  if (graph.state !== 'present' || graph.item.masked === true) return pair;
  const { concealed: _before, ...rest } = pair;
  return rest;
}
