/**
 * What is private in Outlook and not for the CRM (scope A13): with `masked` the CRM's record shows time and show-as under a neutral subject, with `off`
 * a record that was there before shows what it showed of these two and follows them no more. Nothing of such a record ever flows back, so the record is
 * compared with what it should show, not with what it showed last: whatever was interrupted or edited, the next look ends it. Pure, like the plan.
 */
import { fingerprint } from '../model/content.ts';
import { current, differsFromBase, GroupWrites, merge, NOTHING, plan, publishedGroups, whyNotDeleted, whyNotPublished, type Decision, type PlanInput, type View } from './plan.ts';
import type { GroupDescription, Kind } from './kind.ts';
import type { Base, Pair } from './pair.ts';
import type { SideItem } from './ports.ts';

/** The plan, for pairs of which something is private, too. */
export function planAny(input: PlanInput): Decision {
  const { pair, graph } = input;
  if (pair === null || pair.state === 'ended' || pair.graphId === null || pair.crmId === null) return plan(input);
  if (graph.state === 'present' && graph.item.masked === true) return conceal(input, pair, graph.item);
  if (pair.concealed !== true || pair.published === true) return plan(input);
  if (isElsewise(input.crm)) return plan(input);
  if (graph.state === 'deleted') return retire(input);
  const isKnown = (graph.state === 'present' && graph.item.outOfScope === null) || graph.state === 'asBase';
  return isKnown && (input.crm.state === 'present' || input.crm.state === 'asBase') ? reveal(input, pair) : plan(input);
}

/** Whether values of this item must not be kept anywhere: it is private on a side whose privacy the rule does not lift. */
export function isWithheld(pair: Pair | null, views: readonly View[]): boolean {
  return pair?.concealed === true || views.some((view) => view.state === 'present' && (view.item.masked === true || view.item.outOfScope === 'private'));
}

/** Private on one of its sides when it was last looked at. */
export function isPrivatePair({ concealed, base, told }: Pair): boolean {
  const known = base['privacy'];
  return concealed === true || known?.graph === PRIVATE || known?.crm === PRIVATE || told === 'notInScope:private';
}

/** Once its mask stood, the record led nowhere, whether anybody looked at it since or not. */
export function asMasked({ groups }: Kind, pair: Pair): Pair {
  const links = groups.find(({ yields }) => yields === true);
  const none = fingerprint({});
  if (links === undefined || pair.concealed !== true || pair.base['privacy']?.crm !== PRIVATE || pair.base[links.name] === undefined || pair.base[links.name]?.graph === none) return pair;
  return { ...pair, base: { ...pair.base, [links.name]: { graph: none, crm: none } } };
}

const PRIVATE = fingerprint('private');

function conceal(input: PlanInput, pair: Pair, item: SideItem): Decision {
  const { crm, kind, holds } = input;
  const why = pair.published === true ? whyNotPublished(item, input.rules) : null;
  if (why !== null && why !== 'private') return plan(input);
  if (crm.state !== 'present' && crm.state !== 'asBase') {
    // Edited behind the mask and deleted in the CRM: the edit stays where it is (design 5.6).
    const edited = crm.state === 'deleted' && item.outOfScope === null && pair.published !== true && pair.seen.graph?.hidden !== item.hidden;
    return edited ? { ...NOTHING, verdict: 'end', reason: 'deletedHereEditedThere', detail: 'private' } : plan(input);
  }
  const inCrm = crm.state === 'present' ? crm.item : null;
  // An edit that writes nothing would not notice that somebody has deleted the record.
  const hiddenEdit = pair.seen.graph?.hidden !== undefined && pair.seen.graph.hidden !== item.hidden;
  if (hiddenEdit && inCrm === null && item.outOfScope === null && pair.published !== true) return { ...NOTHING, verdict: 'read', reason: 'private', read: ['crm'] };
  const shown = holds.crm(item.content);
  const settled: Record<string, Base> = {};
  const writes = new GroupWrites();
  // Only a mask that stood is put right, three times a day: to hide what somebody wrote before that is not counted, and never held.
  const stood = pair.base['privacy']?.crm === PRIVATE;
  let differs = false;
  for (const group of pair.published === true ? publishedGroups(kind) : kind.groups) {
    const { name } = group;
    if (item.content[name] === undefined || (group.shownMasked === true && item.outOfScope !== null)) continue;
    // A link goes with the write of the mask: until that stands, it leads where it led.
    if (group.yields === true && !stood) continue;
    const graphNow = fingerprint(item.content[name]);
    const crmNow = current(pair, 'crm', name, inCrm);
    const wanted = fingerprint(shown[name] ?? null);
    const graphMoved = pair.base[name]?.graph !== graphNow;
    // Of what the mask hides, what stands there counts; of what it shows, a difference that the CRM makes by itself is none.
    const isWrong = crmNow !== wanted && (group.shownMasked !== true || graphMoved || pair.base[name]?.crm !== crmNow);
    // Answers go with the rows of those who gave them.
    if (isWrong && !isAnswers(group)) {
      differs = true;
      writes.add(name, shown[name] ?? null, graphNow, crmNow, !graphMoved && stood);
    } else if (differsFromBase(pair, name, graphNow, wanted)) settled[name] = { graph: graphNow, crm: isAnswers(group) ? wanted : crmNow };
  }
  if (differs && inCrm === null) return { ...NOTHING, verdict: 'read', reason: 'private', read: ['crm'] };
  const planned = writes.planned('crm');
  if (planned !== null) return { verdict: 'write', reason: 'private', writes: [planned], settled, conflicts: [], conceals: true };
  if (isElsewise(crm)) return plan(input);
  if (item.outOfScope === null) return { verdict: 'settle', reason: 'same', writes: [], settled, conflicts: [], conceals: true };
  return { ...NOTHING, verdict: 'rest', reason: 'notInScope', detail: item.outOfScope, conceals: true };
}

/** Out of scope, and not only because a mask is private. */
function isElsewise(crm: View): boolean {
  return crm.state === 'present' && crm.item.outOfScope !== null && crm.item.outOfScope !== 'private';
}

function isAnswers(group: GroupDescription): boolean {
  return group.members === true && group.derived === true;
}

/** Public again, or shown by the rule: all of it goes to the CRM, over whatever somebody wrote into the mask. */
function reveal(input: PlanInput, pair: Pair): Decision {
  const groups = input.kind.groups.map((group): GroupDescription => (isAnswers(group) || (group.additional === true && group.direction === 'toGraph') ? group : { ...group, direction: 'toCrm', members: false }));
  return merge({ ...input, kind: { ...input.kind, groups } }, pair);
}

/** Deleted in Outlook: a record that only shows a mask goes, whatever was done to it. */
function retire(input: PlanInput): Decision {
  const { crm, rules } = input;
  if (crm.state === 'asBase') return { ...NOTHING, verdict: 'read', reason: 'changed', read: ['crm'] };
  if (crm.state !== 'present') return plan(input);
  const kept = whyNotDeleted(rules, crm.item);
  if (kept !== null) return { ...NOTHING, verdict: 'end', reason: kept };
  return { ...NOTHING, verdict: 'write', reason: 'deletedInOutlook', writes: [{ side: 'crm', action: 'delete' }] };
}
