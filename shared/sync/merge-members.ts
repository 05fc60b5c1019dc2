import { graphRole, type Members } from './people-sides.ts';
import type { Direction } from './kind.ts';
import { otherSide } from './pair.ts';
import type { Side } from './ports.ts';

export interface MemberMerge {
  /** The whole set that each side should show; the same as it shows where nothing is to be written. */
  readonly graph: Members;
  readonly crm: Members;
  readonly writesGraph: boolean;
  readonly writesCrm: boolean;
  /** Both sides changed the same member differently: whose value lost. */
  readonly losers: ReadonlySet<Side>;
}

export interface MembersInput {
  readonly graph: Members;
  readonly crm: Members;
  /** The sets as both sides last had them in common; null = not known: then nobody is taken away. */
  readonly base: { readonly graph: Members; readonly crm: Members } | null;
  readonly direction: Direction;
  /** Who wins where both changed the same member. */
  readonly winner: () => Side;
  /** Whether somebody may be invited who is not at the meeting yet. */
  readonly mayInvite: (key: string) => boolean;
  /** Whom of those in Outlook the CRM can hold. */
  readonly crmHolds: (key: string) => boolean;
}

/**
 * Three-way merge of a set, member by member (design 4): of a member only the side that changed him is followed. Whoever the other side cannot hold
 * (not resolved in the CRM, not to be invited in Outlook) is remembered with the base, and neither sent nor taken away because of the other side.
 */
export function mergeMembers({ graph, crm, base, direction, winner, mayInvite, crmHolds }: MembersInput): MemberMerge {
  const toGraph: Record<string, string> = {};
  const toCrm: Record<string, string> = {};
  const losers = new Set<Side>();
  for (const key of [...new Set([...Object.keys(graph), ...Object.keys(crm), ...Object.keys(base?.graph ?? {}), ...Object.keys(base?.crm ?? {})])].sort()) {
    const [inGraph, inCrm] = [graph[key], crm[key]];
    const graphMoved = base === null ? inGraph !== undefined : inGraph !== base.graph[key];
    const crmMoved = base === null ? inCrm !== undefined : inCrm !== base.crm[key];
    keep(toGraph, key, inGraph);
    keep(toCrm, key, inCrm);
    if ((!graphMoved && !crmMoved) || alike(inGraph, inCrm)) continue;
    const side = from(graphMoved, crmMoved, direction, inGraph, winner);
    if (side === null) continue;
    if (graphMoved && crmMoved && direction === 'both') losers.add(side === 'graph' ? 'crm' : 'graph');
    if (side === 'graph') {
      if (inGraph === undefined || crmHolds(key)) keep(toCrm, key, inGraph);
    } else if (inCrm === undefined || inGraph !== undefined || mayInvite(key)) keep(toGraph, key, inCrm === undefined ? undefined : graphRole(inCrm));
  }
  return { graph: toGraph, crm: toCrm, writesGraph: !same(toGraph, graph), writesCrm: !same(toCrm, crm), losers };
}

/** One write of a set as it was sent, and what its side shows afterwards. */
export interface MembersWritten {
  readonly side: Side;
  /** As this side was read before the write. */
  readonly held: Members;
  readonly intended: Members;
  readonly stored: Members;
  /** As the other side was read then. */
  readonly source: Members;
  /** What was sent to the other side at the same time; null = nothing, 'waits' = it is held back until somebody answers. */
  readonly sentToOther: Members | null | 'waits';
  readonly before: { readonly graph: Members; readonly crm: Members };
}

/**
 * The base after a write, member by member: of a member whom the write was about both sides are in common now; of one who flows the other way nothing is
 * known yet; of one whom somebody else changed in the same moment the change is still to be seen (`othersChanged`). `notTaken`: what was sent of them
 * changed nothing, and is still to be written.
 */
export function baseAfter({ side, held, intended, stored, source, sentToOther, before }: MembersWritten): { readonly graph: Members; readonly crm: Members; readonly othersChanged: boolean; readonly notTaken: readonly string[] } {
  const own: Record<string, string> = { ...before[side] };
  const other: Record<string, string> = { ...before[otherSide(side)] };
  const notTaken: string[] = [];
  let othersChanged = false;
  const inCommon = (key: string, here: string | undefined): void => {
    keep(own, key, here);
    keep(other, key, source[key]);
  };
  for (const key of new Set([held, intended, stored, source].flatMap((members) => Object.keys(members)).concat(Object.keys(own), Object.keys(other)))) {
    if (intended[key] !== held[key]) {
      if (stored[key] === held[key]) notTaken.push(key);
      else inCommon(key, stored[key]);
    } else if (stored[key] !== held[key]) othersChanged = true;
    else if (sentToOther === 'waits' ? held[key] === source[key] : sentToOther === null || sentToOther[key] === source[key]) inCommon(key, held[key]);
  }
  const [graph, crm] = side === 'graph' ? [own, other] : [other, own];
  return { graph, crm, othersChanged, notTaken };
}

/** Answers flow one way: a member who did not answer in Outlook says nothing about his state in the CRM. */
function from(graphMoved: boolean, crmMoved: boolean, direction: Direction, inGraph: string | undefined, winner: () => Side): Side | null {
  if (direction === 'toCrm') return inGraph === undefined ? null : 'graph';
  if (graphMoved && crmMoved) return winner();
  return graphMoved ? 'graph' : 'crm';
}

function alike(inGraph: string | undefined, inCrm: string | undefined): boolean {
  return inGraph === inCrm || (inGraph !== undefined && inCrm !== undefined && inGraph === graphRole(inCrm));
}

function keep(into: Record<string, string>, key: string, value: string | undefined): void {
  if (value === undefined) delete into[key];
  else into[key] = value;
}

function same(one: Members, other: Members): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
