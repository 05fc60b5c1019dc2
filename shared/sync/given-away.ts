import { isAnother, type Pair } from './pair.ts';
import { contentFingerprint, merge, type Conflict, type Decision, type PlanInput } from './plan.ts';
import type { KindPass } from './context.ts';
import type { GroupDescription } from './kind.ts';
import { planLeftBehind } from './left-behind.ts';
import { isOfFormerRep } from './new-rep.ts';
import { membersOf } from './people-sides.ts';
import { planAny } from './private.ts';
import type { Instant } from '../model/time/instant.ts';
import type { SideItem } from './ports.ts';
import type { Work } from './work.ts';

/** The record that this pair follows belongs to another rep now. */
export function isGivenAway({ crm }: Pick<Work, 'crm'>): boolean {
  return crm.state === 'present' && crm.item.outOfScope === 'otherRep';
}

/** The plan for an item, whosever it is now. */
export function planWhose(input: PlanInput): Decision {
  const { pair, crm } = input;
  if (pair?.leftBehind !== undefined) return planLeftBehind(input, pair, pair.leftBehind);
  if (pair?.state === 'undecided') return { ...NOTHING, verdict: 'leave', reason: 'undecided' };
  if (pair?.state === 'active' && crm.state === 'present' && isAnother(pair, crm.item)) return { ...NOTHING, verdict: 'rest', reason: 'numberUsedAgain' };
  const followed = pair?.state === 'active' && pair.published !== true && pair.graphId !== null && pair.crmId !== null;
  if (followed && isOfFormerRep(input)) return planFormer(input);
  return followed && crm.state === 'present' && isGivenAway(input) ? planGivenAway(input, pair, crm.item) : planAny(input);
}

/** Nothing moves and nothing is deleted because a mailbox has another rep. Where one of the two items is gone, the other lives on, and comes with its activity when that is given to him. */
function planFormer({ graph, crm }: PlanInput): Decision {
  const isOver = graph.state === 'deleted' || crm.state === 'deleted';
  return { ...NOTHING, verdict: isOver ? 'end' : 'rest', reason: 'givenAway', detail: 'formerRep' };
}

/**
 * The event leaves this mailbox; the other rep's mailbox makes its own, in whatever order the two are worked. What was edited here at the same moment goes
 * to the record first. Nothing moves that has ended, nor to somebody who is not synchronized: then both items stay as they are.
 */
function planGivenAway(input: PlanInput, pair: Pair, record: SideItem): Decision {
  const { graph, kind, rules, over } = input;
  const rests = (detail: string): Decision => ({ ...NOTHING, verdict: 'rest', reason: 'givenAway', detail });
  if (record.repSynchronized !== true) return rests('repNotSynchronized');
  if (graph.state === 'asBase') return { ...NOTHING, verdict: 'read', reason: 'givenAway', read: ['graph'] };
  if (graph.state === 'deleted') return { ...NOTHING, verdict: 'end', reason: 'givenAway' };
  if (graph.state !== 'present') return rests(graph.state);
  const { item } = graph;
  if (item.outOfScope !== null) return rests(item.outOfScope);
  // The other rep would get the mask, and nobody what was behind it.
  if (item.masked === true || pair.concealed === true) return rests('private');
  // What both calendars show already is not left twice because it ended meanwhile.
  if (over !== undefined && !over.shownByOthers) return rests('ended');
  if (!rules.deletion) return rests('deletionOff');

  const groups = kind.groups.filter((group) => group.derived !== true);
  const merged = merge({ ...input, graph: { state: 'present', item: withoutOwner(item, groups, record) }, kind: { ...kind, groups } }, pair);
  const toCrm = merged.writes.find((write) => write.side === 'crm' && write.action === 'update');
  if (toCrm?.action !== 'update') return taken(merged.conflicts);
  const content = contentFingerprint(item);
  const refused = pair.refused?.side === 'crm' && pair.refused.content === content;
  if (!refused && pair.handedOver !== content) return { ...merged, verdict: 'write', reason: 'changed', writes: [toCrm], conflicts: merged.conflicts.filter(({ loser }) => loser === 'crm') };
  // The record is another's, and the CRM does not let this rep change it, or did not keep what he wrote: his edit is kept where every overruled value is.
  return taken([...merged.conflicts.filter(({ loser }) => loser === 'graph'), ...Object.keys(toCrm.content).map((group): Conflict => ({ group, loser: 'graph', value: item.content[group] ?? null, why: 'oneWay' }))]);
}

/** Whoever is asked to the meeting and has its record now is its owner there, and no participant. */
function withoutOwner(item: SideItem, groups: readonly GroupDescription[], { rep }: SideItem): SideItem {
  const sets = groups.filter((group) => group.members === true).flatMap(({ name }) => (item.content[name] === undefined ? [] : [name]));
  const others = sets.map((name) => [name, Object.fromEntries(Object.entries(membersOf(item.content[name])).filter(([key]) => key !== `rep:${rep ?? ''}`))] as const);
  return { ...item, content: { ...item.content, ...Object.fromEntries(others) } };
}

const NOTHING = { writes: [], settled: {}, conflicts: [] } as const;

function taken(conflicts: readonly Conflict[]): Decision {
  return { ...NOTHING, verdict: 'write', reason: 'givenAway', writes: [{ side: 'graph', action: 'delete' }], conflicts: conflicts.filter(({ loser }) => loser === 'graph') };
}

/** Our deletion of an event whose record was given away is over: wherever the record is now, no person deleted anything. */
export function takenAway(pair: Pair, at: number): Pair {
  const { graph: _done, ...intents } = pair.intents;
  return { ...pair, state: 'ended', givenAway: true, intents, gone: { ...pair.gone, graph: at }, firstSeen: {}, refused: null, told: null };
}

/** So long Graph may go on with a deletion whose connection is gone (assumptions O100). */
const LATE_MS = 15 * 60_000;

/** Nobody answered our deletion, and the event is there still. Graph may go on with it, as long as nobody changes the event (`If-Match`). */
export function notTakenYet(pair: Pair): Pair {
  const [intent, version] = [pair.intents.graph, pair.seen.graph?.version];
  return { ...notTaken(pair), ...(intent === undefined || version === undefined ? {} : { mayGo: { version, at: intent.at } }) };
}

/** The event is gone by what is probably our own deletion. */
export function isTakenLate({ pair, graph }: Pick<Work, 'pair' | 'graph'>, now: Instant): boolean {
  const mayGo = pair?.mayGo;
  return mayGo !== undefined && pair?.state === 'active' && graph.state === 'deleted' && pair.seen.graph?.version === mayGo.version && now - mayGo.at < LATE_MS;
}

/** The event is there still. */
export function notTaken(pair: Pair): Pair {
  const { givenAway: _not, ...rest } = pair;
  return rest;
}

/** The pair of a deletion that was reserved because of it, before and after it is known what became of it. */
export function isTaking(pair: Pair): boolean {
  return pair.givenAway === true && pair.intents.graph?.action === 'delete';
}

/**
 * Looks up what other mailboxes have of records that do not lie ahead in the window: what has ended stays where it is, and what stood in a calendar is
 * followed however far it was moved (design 2).
 */
export async function withOthers(pass: KindPass, works: readonly Work[]): Promise<readonly Work[]> {
  const now = pass.now();
  const open = works.flatMap((work) => {
    const item = work.crm.state === 'present' && work.crm.item.published !== true && work.pair?.leftBehind === undefined ? work.crm.item : null;
    if (item === null) return [];
    const isNew = (work.pair === null || work.pair.graphId === null) && item.outOfScope === null;
    const ended = item.span.end <= now;
    return (ended && (isNew || isGivenAway(work))) || (isNew && item.span.start >= pass.rules.window.end) ? [{ work, id: item.id, ended }] : [];
  });
  if (open.length === 0) return works;
  const others = await pass.colleagues.withOthers(pass.mailbox.mailboxId, pass.kind.name, pass.kind.infoArea, open.map(({ id }) => id));
  const known = new Map(open.map(({ work, id, ended }) => [work, ended ? { over: { shownByOthers: others.get(id) === 'shown' } } : { followed: others.has(id) }]));
  return works.map((work) => ({ ...work, ...known.get(work) }));
}
