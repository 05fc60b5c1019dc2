/**
 * What is to be done about one item: a three-way merge per field group between the last common content and what both sides hold now.
 *
 * The idea is that of every honest two-way synchronizer (see vdirsyncer's description of its algorithm): a side changed only if its own content
 * moved against its own base; one side changed: it flows to the other; both changed alike: that is the new base; both changed differently: a rule
 * decides and the loser is kept. Here this is done field group by field group, with one base per side, because neither side can hold everything
 * the other can. Pure: no clock, no network, no storage; a dry run stops here.
 */
import { fingerprint, fingerprints, membersIn, type Content, type Former, type Json } from '../model/content.ts';
import { isEmptyValue } from '../model/field-value.ts';
import type { Instant } from '../model/time/instant.ts';
import type { GroupDescription, Kind } from './kind.ts';
import type { Voices } from './left-behind.ts';
import { mergeLinks, type LinksInput, type Unlinked } from './merge-links.ts';
import { mergeMembers } from './merge-members.ts';
import { otherSide, type Base, type Pair } from './pair.ts';
import { unabridged } from './unabridged.ts';
import { membersOf, type Members } from './people-sides.ts';
import type { FileRules } from './files-plan.ts';
import { linkKey, type OutOfScope, type Side, type SideItem, type Span } from './ports.ts';

/** What is known of one side in this pass. `asBase`: not read, and nothing said that it changed since the base was taken. */
export type View =
  | { readonly state: 'present'; readonly item: SideItem }
  | { readonly state: 'asBase' }
  | { readonly state: 'deleted' | 'elsewhere' | 'unknown' | 'refused'; /** A copy that is behind answered: the item comes back (lagging.ts). */ readonly behind?: true };

export interface PlanRules {
  readonly conflict: { readonly rule: 'newer' | 'crm' | 'outlook'; readonly tie: 'crm' | 'outlook' };
  readonly deletion: boolean;
  /** Whether the last copy of a meeting whose organizer left the list marks its record, when it is cancelled. */
  readonly deletionByLastCopy: boolean;
  /** Only deletions of what is scheduled in here go across; open ends are infinite. */
  readonly deletionFrame: Span;
  readonly window: Span;
  readonly normaliser: number;
  /** So long after a change of an event a reading of it may show how it was before (lagging.ts). */
  readonly readLagMs: number;
  /** A create that is repeated under its key may make a second event: only a search that had its time may say that it was not done (assumptions G4). */
  readonly keysRepeat?: boolean;
  /** The form before that, where it is known how it was made. */
  readonly former?: Former;
  /** Who is invited to a meeting that was made in the CRM. */
  readonly inviteFromCrm: 'nobody' | 'colleagues' | 'everybody';
  /** The same for the records of a series that was made in the CRM. */
  readonly inviteFromCrmSeries: 'nobody' | 'colleagues' | 'everybody';
  /** What an occurrence cannot hold of what was changed in the CRM: it stays there, or Outlook's value is put back. */
  readonly unheldByOccurrence: 'keep' | 'putBack';
  /** Whether copies of other people's meetings are shown in the CRM, and those that the user did not answer yet. */
  readonly publish: { readonly enabled: boolean; readonly unanswered: boolean; /** Occurrences of series, too (scope A2). */ readonly series: boolean };
  /** Whether an admin is asked before a mailbox is synchronized whose appointments stand on both sides already. */
  readonly adoption: { readonly asks: boolean; /** Searched on both sides, beside the window. */ readonly span: Span };
  /** Which attachments go into the CRM; `mark` moves where they are to be looked at anew. */
  readonly files: FileRules;
  /** The same of documents that go to Outlook. */
  readonly documents: FileRules;
  /** Whether an event's link to CRM.web may stand in its text, and where others are invited, too. */
  readonly webLink: { readonly inBody: boolean; readonly guests: boolean };
  /** Whether what is new in Outlook comes into the CRM. */
  readonly newFromOutlook: boolean;
  /** Fingerprint of the rules that say which items are taken in and what is shown of them: where it changes, all of them are looked at. */
  readonly intake: string;
}

export interface PlanInput {
  /** Null for an item that no pair knows. */
  readonly pair: Pair | null;
  readonly graph: View;
  readonly crm: View;
  readonly kind: Kind;
  readonly rules: PlanRules;
  /** What each side would hold of a content. */
  readonly holds: Readonly<Record<Side, (content: Content) => Content>>;
  /** Whether a text can be written into an event that holds more than it shows. */
  readonly canEdit: (item: SideItem, group: string, value: Json) => boolean;
  /** Whether this member of a set may be added in Outlook: whoever is invited gets mail. */
  readonly mayInvite: (key: string) => boolean;
  /** The record has ended; whether it stands in another mailbox's calendar. */
  readonly over?: { readonly shownByOthers: boolean };
  /** The record lies beyond the window; whether it stood in another mailbox's calendar. */
  readonly followed?: boolean;
  /** Of a copy whose organizer left the list: who tells of it. */
  readonly voices?: Voices;
  /** The record was marked by cancelled copies while its organizer was not on the list, and by no person. */
  readonly markedByCopies?: true;
  /** Records that a text names now and did not name before, as far as they can be linked (`linkKey`). */
  readonly linkable?: ReadonlySet<string>;
}

export type PlannedWrite =
  | { readonly side: Side; readonly action: 'create'; readonly content: Content; readonly source: Readonly<Record<string, string>>; readonly webLink?: string }
  | { readonly side: Side; readonly action: 'update'; readonly content: Content; readonly source: Readonly<Record<string, string>>; /** Fingerprints of the written side as it was read. */ readonly held: Readonly<Record<string, string>>; readonly putsRight: readonly string[]; /** Address in CRM.web; it may stand alone, without content. */ readonly webLink?: string }
  | { readonly side: Side; readonly action: 'delete' };

/** A value that loses: kept in the conflict log before it is overwritten. */
export interface Conflict {
  readonly group: string;
  readonly loser: Side;
  readonly value: Content[string];
  readonly why: 'bothChanged' | 'heldInPart' | 'oneWay' | 'mailRejected';
}

export type Reason =
  | 'new'
  | 'changed'
  | 'merged'
  | 'same'
  | 'deletedInOutlook'
  | 'deletedInCrm'
  | 'deletedOnBothSides'
  | 'deletedHereEditedThere'
  | 'deletionOff'
  | 'deletionOutsideFrame'
  | 'givenAway'
  | 'numberUsedAgain'
  | 'undecided'
  | 'takenOff'
  | 'invitedAgain'
  | 'deletionConfirmed'
  | 'deletionRejected'
  | 'mailReleased'
  | 'mailRejected'
  | 'notInScope'
  | 'notYetInWindow'
  | 'beforeWindow'
  | 'movedElsewhere'
  | 'noTrace'
  | 'unreadable'
  | 'private'
  | 'webLink'
  | 'over';

export interface Decision {
  /** `hold` is said by the deletion guard, never by the plan: the deletion waits for an answer, `detail` names the limit. */
  readonly verdict: 'write' | 'settle' | 'rest' | 'leave' | 'wait' | 'end' | 'read' | 'hold';
  readonly reason: Reason;
  readonly detail?: OutOfScope | string;
  readonly writes: readonly PlannedWrite[];
  /** Bases to take as they are now, nothing written for them. */
  readonly settled: Readonly<Record<string, Base>>;
  readonly conflicts: readonly Conflict[];
  /** The CRM is shown a mask instead of what it may have shown before: values that were kept of the item go, too. */
  readonly conceals?: true;
  /** Groups whose value stays in the CRM, because an occurrence cannot hold it. */
  readonly kept?: readonly string[];
  /** Additional fields whose value stays where it is. */
  readonly unfit?: readonly UnfitValue[];
  /** Texts that name a record and lead to none. */
  readonly unlinked?: readonly Unlinked[];
  /** `read`: sides that must be read before this can be decided. */
  readonly read?: readonly Side[];
  /** `wait`: milliseconds until the item enters the window. */
  readonly entersInMs?: number;
}

/** `wouldMail`: to be written by nobody's hand, and Graph would mail everybody for it (design 6.6). */
export interface UnfitValue {
  readonly group: string;
  readonly side: Side;
  readonly why: 'notTranslated' | 'wouldMail';
  /** Fingerprint of the value. */
  readonly value: string;
}

export const NOTHING = { writes: [], settled: {}, conflicts: [] } as const;

export function plan(input: PlanInput): Decision {
  if (isPublished(input)) return planPublished(input);
  if (input.pair === null) return planNew(input);
  if (input.pair.state === 'ended') return { ...NOTHING, verdict: 'leave', reason: 'over' };
  if (input.pair.graphId === null || input.pair.crmId === null) return planHalf(input, input.pair);
  for (const side of ['graph', 'crm'] as const) {
    const view = input[side];
    if (view.state === 'refused') return { ...NOTHING, verdict: 'rest', reason: 'unreadable', detail: side };
    if (view.state === 'elsewhere') return { ...NOTHING, verdict: 'rest', reason: 'movedElsewhere', detail: side };
    if (view.state === 'unknown') return { ...NOTHING, verdict: 'rest', reason: 'noTrace', detail: side };
    if (view.state === 'present' && view.item.outOfScope !== null) return { ...NOTHING, verdict: 'rest', reason: 'notInScope', detail: view.item.outOfScope };
  }
  const { graph, crm } = input;
  if (graph.state === 'deleted' && crm.state === 'deleted') return { ...NOTHING, verdict: 'end', reason: 'deletedOnBothSides' };
  if (graph.state === 'deleted') return planDeletion(input, input.pair, 'crm');
  if (crm.state === 'deleted') return planDeletion(input, input.pair, 'graph');
  return merge(input, input.pair);
}

/** A copy of somebody else's meeting, or a record that was made of one. */
function isPublished({ pair, graph, crm }: PlanInput): boolean {
  if (pair !== null) return pair.published === true;
  return (graph.state === 'present' && graph.item.meeting?.role === 'attendee') || (crm.state === 'present' && crm.item.published === true);
}

/**
 * One way, from the copy in Outlook to a record of its own (scope A5, A6). Nothing is ever written to Outlook: the meeting is its organizer's. What people
 * change in the record is put right; where they delete it, it stays deleted.
 */
function planPublished(input: PlanInput): Decision {
  const { pair, graph, crm, rules, kind, holds } = input;
  if (pair?.state === 'ended') return { ...NOTHING, verdict: 'leave', reason: 'over' };
  if (graph.state === 'asBase') return { ...NOTHING, verdict: 'read', reason: 'changed', read: ['graph'] };
  if (pair !== null && (crm.state === 'deleted' || graph.state === 'elsewhere' || graph.state === 'unknown' || graph.state === 'refused')) {
    return crm.state === 'deleted' ? { ...NOTHING, verdict: 'end', reason: 'deletedInCrm' } : { ...NOTHING, verdict: 'rest', reason: graph.state === 'elsewhere' ? 'movedElsewhere' : 'noTrace', detail: 'graph' };
  }
  const why = graph.state === 'present' ? whyNotPublished(graph.item, rules) : null;
  if (pair === null || pair.crmId === null) {
    if (graph.state !== 'present' || why !== null) return pair === null ? { ...NOTHING, verdict: 'leave', reason: 'notInScope', detail: why ?? 'published' } : { ...NOTHING, verdict: 'end', reason: 'deletedInOutlook' };
    return planNew({ ...input, pair: null, kind: { ...kind, groups: publishedGroups(kind) }, holds: { ...holds, crm: (content) => pick(holds.crm(content), publishedGroups(kind)) } });
  }
  // Deleted, cancelled, declined, or worked in its organizer's mailbox now: the record goes, whatever was done to it.
  if (graph.state === 'deleted' || why !== null) {
    if (crm.state === 'asBase') return { ...NOTHING, verdict: 'read', reason: 'changed', read: ['crm'] };
    if (crm.state !== 'present') return { ...NOTHING, verdict: 'rest', reason: 'noTrace', detail: 'crm' };
    const kept = graph.state === 'deleted' ? whyNotDeleted(rules, crm.item) : null;
    if (kept !== null) return { ...NOTHING, verdict: 'end', reason: kept };
    return { ...NOTHING, verdict: 'write', reason: 'deletedInOutlook', ...(why === null ? {} : { detail: why }), writes: [{ side: 'crm', action: 'delete' }] };
  }
  if (crm.state === 'unknown' || crm.state === 'refused' || crm.state === 'elsewhere') return { ...NOTHING, verdict: 'rest', reason: 'noTrace', detail: 'crm' };
  return merge({ ...input, kind: { ...kind, groups: publishedGroups(kind) } }, pair);
}

export function publishedGroups(kind: Kind): GroupDescription[] {
  return kind.groups.filter((group) => group.members !== true && (group.direction === 'both' || (group.additional === true && group.direction === 'toCrm'))).map((group) => ({ ...group, direction: 'toCrm' }));
}

function pick(content: Content, groups: readonly GroupDescription[]): Content {
  return Object.fromEntries(groups.flatMap(({ name }) => (content[name] === undefined ? [] : [[name, content[name]]])));
}

/** Cancelled is a deletion, declined is not published, unanswered and series by rule. That it is private comes last: its record stays, and hides it. */
export function whyNotPublished({ meeting, outOfScope, series }: SideItem, rules: PlanRules): string | null {
  if (series !== undefined && !rules.publish.series) return 'series';
  if (outOfScope !== null && outOfScope !== 'private') return outOfScope;
  if (meeting?.organizerSynchronized === true) return 'copyOfMeeting';
  if (!rules.publish.enabled) return 'published';
  if (meeting?.cancelled === true) return 'cancelled';
  if (meeting?.response === 'declined') return 'declined';
  if (!rules.publish.unanswered && (meeting?.response === 'none' || meeting?.response === 'notResponded')) return 'unanswered';
  return outOfScope;
}

/** A pair whose second item could not be made so far (refused, not sent): made now, unless the first is gone or was refused as it still is. */
function planHalf(input: PlanInput, pair: Pair): Decision {
  const origin: Side = pair.graphId !== null ? 'graph' : 'crm';
  const view = input[origin];
  if (view.state === 'asBase') return { ...NOTHING, verdict: 'read', reason: 'changed', read: [origin] };
  if (view.state === 'deleted') return { ...NOTHING, verdict: 'end', reason: origin === 'graph' ? 'deletedInOutlook' : 'deletedInCrm' };
  // Our create had taken effect, and a person deleted what it made before we knew.
  if (input[otherSide(origin)].state === 'deleted') return planDeletion(input, pair, origin);
  return planNew({ ...input, pair: null, [otherSide(origin)]: { state: 'unknown' } });
}

/** An item that only one side knows: made on the other, if it is in scope and in the window. */
function planNew(input: PlanInput): Decision {
  const { graph, crm, rules, holds, kind, mayInvite, over, followed } = input;
  const side: Side = graph.state === 'present' ? 'graph' : 'crm';
  const view = side === 'graph' ? graph : crm;
  if (view.state !== 'present') return { ...NOTHING, verdict: 'leave', reason: 'noTrace' };
  const { item } = view;
  if (item.outOfScope !== null) return { ...NOTHING, verdict: 'leave', reason: 'notInScope', detail: item.outOfScope };
  if (side === 'graph' && !rules.newFromOutlook) return { ...NOTHING, verdict: 'leave', reason: 'notInScope', detail: 'onlyFromCrm' };
  // An occurrence comes with the net when its day comes: a row for each of them would never end.
  if (item.span.start >= rules.window.end && item.series !== undefined) return { ...NOTHING, verdict: 'leave', reason: 'notYetInWindow' };
  if (item.span.start >= rules.window.end && followed !== true) {
    return { ...NOTHING, verdict: 'wait', reason: 'notYetInWindow', entersInMs: item.span.start - rules.window.end + 1 };
  }
  if (item.span.end <= rules.window.start) return { ...NOTHING, verdict: 'leave', reason: 'beforeWindow' };
  // Given to this rep after it had ended: it stays where it is.
  if (over?.shownByOthers === true) return { ...NOTHING, verdict: 'leave', reason: 'notInScope', detail: 'shownByOthers' };
  const target = otherSide(side);
  const links = newLinks(input, side, item);
  const content = target === 'graph' ? withoutUninvited(kind, holds.graph(item.content), mayInvite) : holds.crm(item.content);
  return {
    ...NOTHING,
    verdict: 'write',
    reason: 'new',
    writes: [{ side: target, action: 'create', content: links.in(content), source: fingerprints(item.content) }],
    ...(links.settled === undefined ? {} : { settled: links.settled }),
    ...(links.unlinked.length === 0 ? {} : { unlinked: links.unlinked }),
  };
}

/** A new record leads where the texts say. What a record leads to that was there before us is its people's, until a text of its event names something. */
function newLinks(input: PlanInput, side: Side, item: SideItem): { in(content: Content): Content; readonly settled?: Decision['settled']; readonly unlinked: readonly Unlinked[] } {
  const group = input.kind.groups.find(({ yields }) => yields === true);
  if (group === undefined || item.content[group.name] === undefined) return { in: (content) => content, unlinked: [] };
  const { name } = group;
  if (side === 'crm') {
    const settled = { [name]: { graph: fingerprint({}), crm: fingerprintOf(item.content, name) } };
    return { in: ({ [name]: _inCrm, ...others }) => others, settled, unlinked: [] };
  }
  const { crm, unlinked } = mergeLinks({ named: membersOf(item.content[name]), shown: {}, before: {}, exists: isLinkable(input) });
  return { in: (content) => ({ ...content, [name]: { ...crm } }), unlinked };
}

function isLinkable({ linkable }: PlanInput): (relation: string, id: string) => boolean {
  return (relation, id) => linkable?.has(linkKey({ relation, id })) === true;
}

/** Whoever may not be invited is left out, and remembered with the base: the source still shows him. */
function withoutUninvited(kind: Kind, content: Content, mayInvite: (key: string) => boolean): Content {
  const sets = kind.groups.filter((group) => group.members === true && group.direction === 'both').map((group) => group.name);
  return Object.fromEntries(Object.entries(content).map(([name, value]) => [name, sets.includes(name) ? Object.fromEntries(Object.entries(membersOf(value)).filter(([key]) => mayInvite(key))) : value]));
}

/** One side is gone. The other is deleted too, unless a person edited it meanwhile: then it stays, and the pair is over (design 5.6). */
function planDeletion(input: PlanInput, pair: Pair, survivor: Side): Decision {
  const view = survivor === 'graph' ? input.graph : input.crm;
  if (view.state === 'asBase') return { ...NOTHING, verdict: 'read', reason: 'changed', read: [survivor] };
  const reason: Reason = survivor === 'crm' ? 'deletedInOutlook' : 'deletedInCrm';
  if (view.state !== 'present') return { ...NOTHING, verdict: 'end', reason };
  // It lives, though its copies were all cancelled: they knew no better.
  if (input.markedByCopies === true) return { ...NOTHING, verdict: 'end', reason, detail: 'lastCopy' };
  const edited = input.kind.groups.filter((group) => group.derived !== true && !isNewField(pair, group) && changedSince(pair, survivor, group, view.item, input.rules));
  if (edited.length > 0) return { ...NOTHING, verdict: 'end', reason: 'deletedHereEditedThere', detail: edited.map((group) => group.name).join(',') };
  const kept = whyNotDeleted(input.rules, view.item);
  if (kept !== null) return { ...NOTHING, verdict: 'end', reason: kept };
  return { ...NOTHING, verdict: 'write', reason, writes: [{ side: survivor, action: 'delete' }] };
}

/** What counts is when it is scheduled, not when it was made or deleted (scope A12). */
export function whyNotDeleted({ deletion, deletionFrame: { start, end } }: PlanRules, { span }: SideItem): Reason | null {
  if (!deletion) return 'deletionOff';
  return span.end <= start || span.start >= end ? 'deletionOutsideFrame' : null;
}

/** What both sides need of each other. */
export function merge(input: PlanInput, pair: Pair): Decision {
  const { kind, graph, crm, holds } = input;
  // Of a base that another normaliser made nothing can be told but by looking at both sides: once per pair, and none of its groups is left in the old form.
  const otherForm = pair.normaliser !== input.rules.normaliser;
  const unread = (['graph', 'crm'] as const).filter((side) => input[side].state === 'asBase');
  if (otherForm && unread.length > 0) return { ...NOTHING, verdict: 'read', reason: 'changed', read: unread };
  const graphItem = graph.state === 'present' ? graph.item : null;
  const crmItem = crm.state === 'present' ? crm.item : null;
  const onCrm = graphItem === null ? null : holds.crm(graphItem.content);
  const onGraph = crmItem === null ? null : holds.graph(crmItem.content);
  const settled: Record<string, Base> = {};
  const conflicts: Conflict[] = [];
  const read = new Set<Side>();
  const toCrm = new GroupWrites();
  const toGraph = new GroupWrites();
  const kept: string[] = [];
  const unfit: UnfitValue[] = [];
  const unlinked: Unlinked[] = [];

  for (const group of kind.groups) {
    const name = group.name;
    if (group.members === true) {
      mergeSet(input, pair, group, { graph: graphItem, crm: crmItem }, { settled, conflicts, read, toCrm, toGraph, unlinked });
      continue;
    }
    if (isNewField(pair, group) && unread.length > 0) {
      // What a field that the rules have just added holds on either side is known only where both are read.
      for (const side of unread) read.add(side);
      continue;
    }
    const graphNow = current(pair, 'graph', name, graphItem);
    const crmNow = current(pair, 'crm', name, crmItem);
    const graphMoved = changedSince(pair, 'graph', group, graphItem, input.rules);
    const crmMoved = changedSince(pair, 'crm', group, crmItem, input.rules);
    if (!graphMoved && !crmMoved) {
      if (differsFromBase(pair, name, graphNow, crmNow)) settled[name] = { graph: graphNow, crm: crmNow };
      continue;
    }
    const alike = shows(group, onCrm, crmNow) || shows(group, onGraph, graphNow);
    if (alike || hasNothingToSay(pair, group, graphItem, crmItem)) {
      settled[name] = { graph: graphNow, crm: crmNow };
      continue;
    }
    const whole = crmMoved && !graphMoved ? editOfFuller(input, pair, group, graphItem, crmItem, onCrm) : null;
    if (whole !== null) {
      toGraph.add(name, whole, crmNow, graphNow, false);
      continue;
    }
    const unheld = crmMoved && staysInCrm(pair, group, crmNow);
    if (unheld && !graphMoved && input.rules.unheldByOccurrence === 'keep') {
      settled[name] = { graph: graphNow, crm: crmNow };
      kept.push(name);
      continue;
    }
    const winner: Winner = unheld ? { side: 'graph', why: 'oneWay' } : (filledSide(pair, group, graphItem, crmItem) ?? winnerOf(input, pair, group, graphMoved, crmMoved, graphItem, crmItem));
    // The side that did not move takes its base along; the other's stays in the form in which it is seen to have moved.
    const known = pair.base[name];
    if (otherForm && known !== undefined) settled[name] = { graph: graphMoved ? known.graph : graphNow, crm: crmMoved ? known.crm : crmNow };
    const source = winner.side === 'graph' ? graphItem : crmItem;
    if (source === null) {
      // The side whose value must be written was not read in this pass: its base is known, its value is not.
      read.add(winner.side);
      continue;
    }
    const held = winner.side === 'graph' ? onCrm : onGraph;
    const why = whyUnfit(pair, group, held, winner.side, crmMoved, graphItem);
    if (why !== null) {
      unfit.push({ group: name, side: winner.side, why, value: winner.side === 'graph' ? graphNow : crmNow });
      if (why === 'wouldMail') settled[name] = { graph: graphNow, crm: crmNow };
      continue;
    }
    const loserItem = winner.side === 'graph' ? crmItem : graphItem;
    const loserMoved = winner.side === 'graph' ? crmMoved : graphMoved;
    if (loserMoved && loserItem !== null && !(isNewField(pair, group) && isEmptyValue(loserItem.content[name]))) conflicts.push({ group: name, loser: otherSide(winner.side), value: loserItem.content[name] ?? null, why: winner.why });
    const writes = winner.side === 'graph' ? toCrm : toGraph;
    writes.add(name, held?.[name] ?? null, fingerprint(source.content[name] ?? null), winner.side === 'graph' ? crmNow : graphNow, winner.why !== 'bothChanged' && loserMoved);
  }

  if (read.size > 0) return { ...NOTHING, verdict: 'read', reason: 'changed', read: [...read] };
  const writes = [toCrm.planned('crm'), toGraph.planned('graph')].filter((write) => write !== null);
  const told = { ...(kept.length === 0 ? {} : { kept }), ...(unfit.length === 0 ? {} : { unfit }), ...(unlinked.length === 0 ? {} : { unlinked }) };
  if (writes.length === 0) return { verdict: 'settle', reason: 'same', writes, settled, conflicts, ...told };
  return { verdict: 'write', reason: writes.length === 2 || conflicts.length > 0 ? 'merged' : 'changed', writes, settled, conflicts, ...told };
}

/**
 * A text of which the CRM shows a part, edited there: what the event's text is then, where the edit can be written into the event without losing what the
 * CRM does not show (design 4). Null where it cannot, and for what is held in full on both sides.
 */
function editOfFuller({ kind, holds, canEdit }: PlanInput, pair: Pair, group: GroupDescription, graphItem: SideItem | null, crmItem: SideItem | null, onCrm: Content | null): string | null {
  if (group.text !== true || group.direction !== 'both' || graphItem === null || crmItem === null || onCrm === null) return null;
  const { name } = group;
  if (!fullerGroups(kind, 'graph', graphItem, holds).includes(name)) return null;
  const [full, shown, edited] = [graphItem.content[name], onCrm[name], crmItem.content[name]];
  // What the CRM showed before must be what we know it to have shown: otherwise nobody can tell what was edited.
  if (typeof full !== 'string' || typeof shown !== 'string' || typeof edited !== 'string' || pair.base[name]?.crm !== fingerprint(shown)) return null;
  const whole = unabridged(full, shown, edited);
  if (whole === null || whole === full) return null;
  // Graph cuts no additional field.
  if (group.additional !== true && fingerprintOf(holds.graph({ [name]: whole }), name) !== fingerprint(whole)) return null;
  return !graphItem.fuller.includes(name) || canEdit(graphItem, name, whole) ? whole : null;
}

/** A field that the rules have added since the pair was last in step. */
function isNewField({ base }: Pair, { additional, name }: GroupDescription): boolean {
  return additional === true && base[name] === undefined;
}

/** Whether the other side's content is shown here as it stands; what cannot be shown is left out of it. */
function shows({ additional, name }: GroupDescription, shown: Content | null, now: string): boolean {
  return shown !== null && !(additional === true && shown[name] === undefined) && fingerprintOf(shown, name) === now;
}

/** A new field that is empty where it would come from changes nothing: nobody has emptied it. */
function hasNothingToSay(pair: Pair, group: GroupDescription, graphItem: SideItem | null, crmItem: SideItem | null): boolean {
  if (!isNewField(pair, group)) return false;
  const [inGraph, inCrm] = [!isEmptyValue(graphItem?.content[group.name]), !isEmptyValue(crmItem?.content[group.name])];
  return !((inGraph && group.direction !== 'toGraph') || (inCrm && group.direction !== 'toCrm'));
}

/** Of a new field the side that holds something goes before the one that is empty; null where both do, or neither. */
function filledSide(pair: Pair, group: GroupDescription, graphItem: SideItem | null, crmItem: SideItem | null): Winner | null {
  if (!isNewField(pair, group) || group.direction !== 'both') return null;
  const [inGraph, inCrm] = [!isEmptyValue(graphItem?.content[group.name]), !isEmptyValue(crmItem?.content[group.name])];
  return inGraph === inCrm ? null : { side: inGraph ? 'graph' : 'crm', why: 'bothChanged' };
}

/** Of an additional field: its value cannot be shown on the other side, or only with a mail that no person caused. */
function whyUnfit(pair: Pair, group: GroupDescription, held: Content | null, winner: Side, crmMoved: boolean, graphItem: SideItem | null): UnfitValue['why'] | null {
  if (group.additional !== true) return null;
  if (held?.[group.name] === undefined) return 'notTranslated';
  const changedInCrm = crmMoved && !isNewField(pair, group);
  return winner === 'crm' && group.quiet !== true && !changedInCrm && isMeeting(graphItem) ? 'wouldMail' : null;
}

function isMeeting(item: SideItem | null): boolean {
  return item === null || item.meeting !== undefined || Object.keys(membersOf(item.content['participants'])).length > 0;
}

/** Changed in the CRM to what an occurrence cannot hold: never written to the series (scope A4). */
function staysInCrm(pair: Pair, group: GroupDescription, crmNow: string): boolean {
  return pair.series !== undefined && (group.wholeSeries === true || pair.unheld?.[group.name] === crmNow);
}

interface Merging {
  readonly settled: Record<string, Base>;
  readonly conflicts: Conflict[];
  readonly read: Set<Side>;
  readonly toCrm: GroupWrites;
  readonly toGraph: GroupWrites;
  readonly unlinked: Unlinked[];
}

/** A set against its base, member by member: what was not read is as its base. */
function mergeSet(input: PlanInput, pair: Pair, group: GroupDescription, items: Readonly<Record<Side, SideItem | null>>, into: Merging): void {
  const { name } = group;
  const known = pair.base[name];
  const before = { graph: rebasedMembers(input, pair, 'graph', items.graph, name) ?? membersIn(known?.graph ?? ''), crm: rebasedMembers(input, pair, 'crm', items.crm, name) ?? membersIn(known?.crm ?? '') };
  const now = (side: Side): Members => {
    const item = items[side];
    return item === null ? (before[side] ?? {}) : membersOf(item.content[name]);
  };
  const [graph, crm] = [now('graph'), now('crm')];
  const base = before.graph === null || before.crm === null ? null : { graph: before.graph, crm: before.crm };
  // Texts of the event that are to be another in a moment name what they name then: the answer shows it, and it is merged at once.
  if (group.madeOf?.some((source) => into.toGraph.has(source)) === true) return;
  if (group.yields === true) return mergeYielding(input, pair, name, { named: graph, shown: crm, before: before.graph ?? {} }, into);
  const held = membersOf(input.holds.crm({ [name]: { ...graph } })[name]);
  const winner = (): Side => winnerOf(input, pair, group, true, true, items.graph, items.crm).side;
  const merged = mergeMembers({ graph, crm, base, direction: group.direction, winner, mayInvite: input.mayInvite, crmHolds: (key) => key in held });
  for (const loser of merged.losers) into.conflicts.push({ group: name, loser, value: loser === 'graph' ? { ...graph } : { ...crm }, why: 'bothChanged' });
  if (!merged.writesGraph && !merged.writesCrm) {
    const [graphNow, crmNow] = [fingerprint({ ...graph }), fingerprint({ ...crm })];
    if (differsFromBase(pair, name, graphNow, crmNow)) into.settled[name] = { graph: graphNow, crm: crmNow };
    return;
  }
  // The list of attendees is written as a whole, from a read of this pass.
  if (merged.writesGraph && items.graph === null) into.read.add('graph');
  if (merged.writesCrm) into.toCrm.add(name, { ...merged.crm }, fingerprint({ ...graph }), fingerprint({ ...crm }), false);
  if (merged.writesGraph) into.toGraph.add(name, { ...merged.graph }, fingerprint({ ...crm }), fingerprint({ ...graph }), false);
}

function mergeYielding(input: PlanInput, pair: Pair, name: string, links: Omit<LinksInput, 'exists'>, into: Merging): void {
  const { crm, unlinked } = mergeLinks({ ...links, exists: isLinkable(input) });
  const [graphNow, crmNow] = [fingerprint({ ...links.named }), fingerprint({ ...links.shown })];
  into.unlinked.push(...unlinked);
  if (fingerprint({ ...crm }) !== crmNow) into.toCrm.add(name, { ...crm }, graphNow, crmNow, false);
  else if (differsFromBase(pair, name, graphNow, crmNow)) into.settled[name] = { graph: graphNow, crm: crmNow };
}

/** The members as they are, where only the normaliser is another and the item's version did not move; else null. */
function rebasedMembers({ rules }: PlanInput, pair: Pair, side: Side, item: SideItem | null, name: string): Members | null {
  return item !== null && isSameInOtherForm(pair, side, item, rules) && pair.base[name] !== undefined ? membersOf(item.content[name]) : null;
}

/** Collects the groups that go to one side. */
export class GroupWrites {
  private readonly content: Record<string, Content[string]> = {};
  private readonly source: Record<string, string> = {};
  private readonly held: Record<string, string> = {};
  private readonly putsRight: string[] = [];

  add(group: string, value: Content[string], source: string, held: string, putsRight: boolean): void {
    this.content[group] = value;
    this.source[group] = source;
    this.held[group] = held;
    if (putsRight) this.putsRight.push(group);
  }

  has(group: string): boolean {
    return group in this.content;
  }

  planned(side: Side): PlannedWrite | null {
    if (Object.keys(this.content).length === 0) return null;
    return { side, action: 'update', content: this.content, source: this.source, held: this.held, putsRight: this.putsRight };
  }
}

type Winner = { readonly side: Side; readonly why: Conflict['why'] };

function winnerOf(input: PlanInput, pair: Pair, group: GroupDescription, graphMoved: boolean, crmMoved: boolean, graphItem: SideItem | null, crmItem: SideItem | null): Winner {
  if (group.direction === 'toCrm') return { side: 'graph', why: 'oneWay' };
  if (group.direction === 'toGraph') return { side: 'crm', why: 'oneWay' };
  if (group.kept !== undefined) return keeperOf(group.kept, group.name, graphMoved, crmMoved, graphItem, crmItem);
  if (group.text === true) {
    // An edit of the short form never overwrites the full one (design 4).
    const graphFuller = fullerThan(input, pair, 'graph', group.name, graphItem);
    const crmFuller = fullerThan(input, pair, 'crm', group.name, crmItem);
    if (crmMoved && graphFuller && !crmFuller) return { side: 'graph', why: 'heldInPart' };
    if (graphMoved && crmFuller && !graphFuller) return { side: 'crm', why: 'heldInPart' };
  }
  if (!crmMoved) return { side: 'graph', why: 'bothChanged' };
  if (!graphMoved) return { side: 'crm', why: 'bothChanged' };
  if (pair.writtenOver?.[group.name] !== undefined && pair.writtenOver[group.name] === pair.base[group.name]?.graph) return { side: 'graph', why: 'bothChanged' };
  const { rule, tie } = input.rules.conflict;
  if (rule === 'crm') return { side: 'crm', why: 'bothChanged' };
  if (rule === 'outlook') return { side: 'graph', why: 'bothChanged' };
  const tieSide: Side = tie === 'crm' ? 'crm' : 'graph';
  if (graphItem === null || crmItem === null || crmItem.modifiedAmbiguous === true) return { side: tieSide, why: 'bothChanged' };
  const lead = stampOf(pair, 'graph', graphItem) - stampOf(pair, 'crm', crmItem);
  if (Math.abs(lead) < 2_000) return { side: tieSide, why: 'bothChanged' };
  return { side: lead > 0 ? 'graph' : 'crm', why: 'bothChanged' };
}

/** Whoever sets the value that is kept wins; the CRM alone cannot take it away. */
function keeperOf(kept: Json, name: string, graphMoved: boolean, crmMoved: boolean, graphItem: SideItem | null, crmItem: SideItem | null): Winner {
  if (!crmMoved) return { side: 'graph', why: 'bothChanged' };
  const setInCrm = crmItem?.content[name] === kept;
  if (!graphMoved) return setInCrm ? { side: 'crm', why: 'bothChanged' } : { side: 'graph', why: 'oneWay' };
  return { side: setInCrm && graphItem?.content[name] !== kept ? 'crm' : 'graph', why: 'bothChanged' };
}

/** The stamp of the first read that showed this content: opening an item later does not make it newer. */
function stampOf(pair: Pair, side: Side, item: SideItem): Instant {
  const first = pair.firstSeen[side];
  return first !== undefined && first.content === contentFingerprint(item) ? first.modified : item.modified;
}

export function contentFingerprint(item: SideItem): string {
  return fingerprint(item.content);
}

/** Whether this side holds more of a text than the other can show. */
function fullerThan(input: PlanInput, pair: Pair, side: Side, group: string, item: SideItem | null): boolean {
  if (item === null) return pair.fuller[side]?.includes(group) ?? false;
  return fullerGroups(input.kind, side, item, input.holds).includes(group);
}

export function fullerGroups(kind: Kind, side: Side, item: SideItem, holds: PlanInput['holds']): string[] {
  const onOther = holds[otherSide(side)](item.content);
  return kind.groups
    .filter((group) => group.text === true)
    .map((group) => group.name)
    .filter((name) => item.fuller.includes(name) || fingerprintOf(onOther, name) !== fingerprintOf(item.content, name));
}

function fingerprintOf(content: Content, group: string): string {
  return fingerprint(content[group] ?? null);
}

/** The group's fingerprint now; what was not read is as its base. */
export function current(pair: Pair, side: Side, group: string, item: SideItem | null): string {
  return item === null ? (pair.base[group]?.[side] ?? '') : fingerprintOf(item.content, group);
}

/**
 * Whether a side's canonical content of a group moved against its own base. A base made by another normaliser says nothing about content whose
 * version did not move: that is rebased silently.
 */
function changedSince(pair: Pair, side: Side, group: GroupDescription, item: SideItem | null, rules: PlanRules): boolean {
  if (item === null) return false;
  const base = pair.base[group.name];
  if (base === undefined) return true;
  if (fingerprintOf(item.content, group.name) === base[side]) return false;
  return !isSameInOtherForm(pair, side, item, rules);
}

/** Not where something that was read could not be applied: its version was seen, its content is still to flow. */
function isSameInOtherForm(pair: Pair, side: Side, item: SideItem, rules: PlanRules): boolean {
  return !pair.unsettled && pair.normaliser !== rules.normaliser && pair.seen[side]?.version === item.version;
}

export function differsFromBase(pair: Pair, group: string, graphNow: string, crmNow: string): boolean {
  const base = pair.base[group];
  return base === undefined || base.graph !== graphNow || base.crm !== crmNow;
}
