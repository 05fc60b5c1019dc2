/**
 * An update of an event whose answer was lost, that was looked up and not found, may still take effect: Graph goes on with a request whose connection is
 * gone. Then it is not a person's edit. It can be only the first version after the one that it was sent for (`If-Match`), so it is remembered until the
 * event shows another version. A CRM request has ended before its CRM user is asked again (design 6.10), so that nothing of the kind happens there.
 */
import { fingerprint, membersIn } from '../model/content.ts';
import type { Kind } from './kind.ts';
import { baseAfter } from './merge-members.ts';
import { baseOf, withoutMailLetGo, type Base, type Intent, type Pair } from './pair.ts';
import type { Members } from './people-sides.ts';
import type { View } from './plan.ts';
import type { Side, SideItem } from './ports.ts';

/** Each was sent for the same version: a fourth says nothing new. */
const REMEMBERED = 3;

/** Looked up, and the event shows what it showed before. */
export function rememberUnfound(pair: Pair, intent: Intent, item: SideItem): Pair {
  const version = pair.seen.graph?.version;
  if (intent.action !== 'update' || version === undefined || item.version !== version) return pair;
  const before = (pair.unfound ?? []).filter((one) => one.version === version);
  return { ...pair, unfound: [...before, { version, intent }].slice(-REMEMBERED) };
}

/**
 * The pair once it is known whether the event's newest version is what such an update made of it: its groups are the base, as if it had been answered.
 * Where a group shows neither, a person edited it, perhaps what our update had made of it: his edit stays, whatever the rule.
 */
export function recogniseLate(kind: Kind, pair: Pair, graph: View): Pair {
  const { unfound, ...known } = pair;
  const seen = pair.seen.graph;
  if (unfound === undefined || seen === undefined || graph.state !== 'present') return pair;
  const { item } = graph;
  // As it was, or older than what was seen: a late copy.
  if (item.version === seen.version || item.modified < seen.modified) return pair;
  let after: Pair = known;
  const writtenOver: Record<string, string> = { ...pair.writtenOver };
  for (const { version, intent } of unfound) {
    if (version !== seen.version) continue;
    const arrived = Object.keys(intent.intended).filter((group) => fingerprint(item.content[group] ?? null) === intent.intended[group]);
    const moved = arrived.filter((group) => pair.base[group]?.graph !== intent.intended[group]);
    after = { ...after, base: { ...after.base, ...Object.fromEntries(moved.map((group) => [group, asWritten(kind, pair, 'graph', group, intent)])) } };
    for (const group of Object.keys(intent.intended)) {
      const now = fingerprint(item.content[group] ?? null);
      const before = pair.base[group]?.graph;
      if (before !== undefined && !arrived.includes(group) && now !== (intent.held?.[group] ?? before)) writtenOver[group] = before;
    }
    if (arrived.length === Object.keys(intent.intended).length) after = withoutMailLetGo(after);
  }
  return Object.keys(writtenOver).length === 0 ? after : { ...after, writtenOver };
}

/**
 * A create that took effect after its record was known to be deleted, and its pair over: the deletion still has to reach what was made. Null where the
 * pair is over for another reason.
 */
export function bornLate(kind: Kind, pair: Pair, { id, content }: SideItem): Pair | null {
  const made = madeBy(pair.creates ?? [], content)[0];
  if (made === undefined || pair.crmId === null || pair.gone.crm === undefined || pair.givenAway === true) return null;
  const base = Object.fromEntries(Object.keys(made.intended).map((group) => [group, asWritten(kind, pair, 'graph', group, made)]));
  return { ...pair, graphId: id, state: 'active', base: { ...pair.base, ...base }, unsettled: false };
}

/**
 * Of the attempts of a create, those that what stands there looks like most: one of them made it. More than one where they differ in nothing that shows,
 * oldest first.
 */
export function madeBy(creates: readonly Intent[], content: SideItem['content']): readonly Intent[] {
  const alike = creates.map(({ intended }) => Object.entries(intended).filter(([group, print]) => print === fingerprint(content[group] ?? null)).length);
  return creates.filter((_attempt, position) => alike[position] === Math.max(...alike));
}

/** The base of a group after an update or create that took effect as it was meant. */
export function asWritten(kind: Kind, pair: Pair, side: Side, group: string, intent: Intent): Base {
  const intended = intent.intended[group] ?? '';
  const members = kind.groups.find(({ name }) => name === group)?.members === true ? membersIn(intended) : null;
  return members === null ? baseOf(side, intended, intent.source[group] ?? '') : setAsWritten(pair, side, group, members, intent);
}

/** The base of a set after a write that took effect, whatever was to be written to the other side at the same time. */
function setAsWritten(pair: Pair, side: Side, group: string, intended: Members, intent: Intent): Base {
  const known = (print: string | undefined): Members => membersIn(print ?? '') ?? {};
  const base = pair.base[group];
  const sentToOther = intent.toOther?.[group];
  const after = baseAfter({
    side,
    held: known(intent.held?.[group]),
    intended,
    stored: intended,
    source: known(intent.source[group]),
    sentToOther: side === 'crm' && pair.mailHeld !== undefined ? 'waits' : sentToOther === undefined ? null : known(sentToOther),
    before: { graph: known(base?.graph), crm: known(base?.crm) },
  });
  return { graph: fingerprint({ ...after.graph }), crm: fingerprint({ ...after.crm }) };
}
