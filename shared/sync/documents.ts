import type { Instant } from '../model/time/instant.ts';
import { StopPass, type KindPass } from './context.ts';
import { DocumentWork } from './document-work.ts';
import { documentsMoved, eventDecidesAnew, planDocuments, type DocumentStep, type PairDocuments } from './documents-plan.ts';
import { PortFailure } from './failures.ts';
import { behindUntil, isStale } from './lagging.ts';
import { hasIntent, type Pair } from './pair.ts';
import type { DocumentSides, LinkedDocument, SideItem } from './ports.ts';
import { viewOf, type Work } from './work.ts';

/**
 * Documents that people link to a record in the CRM, as attachments of its event (scope A11), where nobody else is invited. Like attachments they are no
 * field group: the appointment is brought in step first, and a pair whose record shows other documents than before says so in its row.
 */

type Read = Pick<Work, 'graph' | 'crm'>;

/** The pair with the mark that its documents are to be looked at, where its record, or its event, as they were read ask for it. */
export function withDocumentsDue(pass: KindPass, pair: Pair, { graph, crm }: Read): Pair {
  if (pass.sides.documents === undefined || pair.filesLeft === true || pair.series !== undefined) return pair;
  const known = pair.documents ?? NONE;
  const documents = crm.state === 'present' ? (crm.item.documents ?? null) : null;
  const asked = known.due === true || (documents !== null && documentsMoved(known, documents, pass.rules.documents)) || (graph.state === 'present' && eventDecidesAnew(known, graph.item));
  if (!asked) return pair;
  pass.openDocuments.set(pair.pairId, documents ?? pass.openDocuments.get(pair.pairId) ?? null);
  // Found again by this, whatever becomes of the pass.
  pass.lease.note({ reserved: true });
  return { ...pair, documents: { ...known, due: true } };
}

const NONE: PairDocuments = { mark: '', members: {} };

/** Whether the net has to bring this record because of its documents: its content says nothing of them. */
export function documentsDiffer(pass: KindPass, pair: Pair, { documents }: SideItem): boolean {
  return pass.sides.documents !== undefined && pair.filesLeft !== true && pair.series === undefined && documents !== undefined && documentsMoved(pair.documents ?? NONE, documents, pass.rules.documents);
}

/** What an earlier pass did not get to. */
export async function findOpenDocuments(pass: KindPass): Promise<void> {
  if (pass.sides.documents === undefined) return;
  for (const pair of await pass.pairs.all()) if (pair.documents?.due === true && mayBeWorked(pair)) pass.openDocuments.set(pair.pairId, null);
}

/** Only where both items are there, and nothing else of them waits: what does comes back, and brings its documents with it. */
function mayBeWorked(pair: Pair): boolean {
  return pair.state === 'active' && pair.graphId !== null && pair.crmId !== null && !hasIntent(pair) && pair.told === null && pair.concealed !== true && pair.series === undefined;
}

/** Looks at every pair that is due. Throws StopPass where one of the two systems is in trouble: what was done is saved. */
export async function syncDocuments(pass: KindPass): Promise<void> {
  const { documents: sides } = pass.sides;
  if (sides === undefined || pass.openDocuments.size === 0) return;
  const shown = await shownByRecords(pass);
  for (const pairId of [...pass.openDocuments.keys()]) {
    pass.checkBudget();
    const pair = pass.pairs.get(pairId);
    const documents = shown.get(pairId);
    // A record that is not there is told of by others, and what it was due for with it.
    if (pair?.documents?.due === true && documents !== undefined && mayBeWorked(pair)) {
      const again = await syncOne(pass, sides, pair, pair.documents, documents);
      if (again !== null && pair.crmId !== null) pass.defer(pass.pending('crm', pair.crmId, 'retry', again));
    }
    pass.openDocuments.delete(pairId);
  }
}

/** What the records show: as this pass read them, or read now, many to a request. */
async function shownByRecords(pass: KindPass): Promise<ReadonlyMap<string, readonly LinkedDocument[]>> {
  const shown = new Map<string, readonly LinkedDocument[]>();
  const unread = new Map<string, string>();
  for (const [pairId, documents] of pass.openDocuments) {
    const crmId = pass.pairs.get(pairId)?.crmId ?? null;
    if (documents !== null) shown.set(pairId, documents);
    else if (crmId !== null) unread.set(pairId, crmId);
  }
  if (unread.size === 0) return shown;
  const readings = await pass.sides.crm.read([...unread.values()]);
  for (const [pairId, crmId] of unread) {
    const reading = readings.get(crmId);
    if (reading?.state === 'present' && reading.item.documents !== undefined) shown.set(pairId, reading.item.documents);
  }
  return shown;
}

/** When it must be looked at again; null = it is done. */
async function syncOne(pass: KindPass, sides: DocumentSides, pair: Pair, known: PairDocuments, documents: readonly LinkedDocument[]): Promise<Instant | null> {
  const work = new DocumentWork(pass, sides, pair, known);
  // Copies of other people's meetings are asked nothing.
  const isCopy = pair.published === true;
  const anew = known.mark !== pass.rules.documents.mark;
  const steps = (isMeeting: boolean, isPrivate: boolean): DocumentStep[] => planDocuments({ members: work.members, documents, rules: pass.rules.documents, isMeeting, isPrivate, anew });
  if (isCopy || !(work.isOpen || [true, false].some((isPrivate) => steps(false, isPrivate).some(sends)))) {
    for (const step of steps(isCopy, false)) work.note(step);
    await work.save(true);
    return null;
  }
  // Whether somebody else is invited is asked right before anything is written (design 6.6): what was read of it before may be over.
  const graphId = pair.graphId ?? '';
  const reading = (await pass.sides.graph.read([graphId])).get(graphId);
  // A copy that is behind does not show an event that was made a moment ago.
  const shownAt = behindUntil(pair, viewOf(reading), pass.now(), pass.rules.readLagMs);
  if (shownAt !== null) return shownAt;
  // Whoever tells what became of it tells the rest, too.
  if (reading?.state !== 'present') return null;
  const event = reading.item;
  if (isStale(pair, event)) return (pair.seen.graph?.modified ?? 0) + pass.rules.readLagMs + 1;
  if (event.outOfScope !== null || event.series !== undefined || event.masked === true) return null;
  const attachments = await sides.graph.list(graphId);
  if (attachments === null) return behindUntil(pair, { state: 'deleted' }, pass.now(), pass.rules.readLagMs);
  let failure: PortFailure | null = null;
  try {
    await work.see(attachments, event);
    for (const step of steps(event.meeting !== undefined, event.content['privacy'] === 'private')) await work.carryOut(step);
  } catch (caught) {
    if (!(caught instanceof PortFailure)) throw caught;
    failure = caught;
  }
  await work.save(failure === null);
  if (failure !== null) throw new StopPass(failure, null);
  return work.again;
}

function sends({ kind }: DocumentStep): boolean {
  return kind !== 'forget' && kind !== 'keep';
}
