import type { Content } from '../model/content.ts';
import { membersIn } from '../model/content.ts';
import type { Kind } from './kind.ts';
import { membersOf, type Members } from './people-sides.ts';
import type { PlannedWrite } from './plan.ts';
import type { Work } from './work.ts';

export type GraphWrite = PlannedWrite & { readonly side: 'graph' };

/**
 * How many people Graph mails for a write (graph.md 5.3): all of them for a creation, for a deletion and wherever more than attendees is changed; only
 * those who come, go or get another role where attendees alone are; nobody for quiet groups. A meeting in the past mails like any other. A distribution
 * list counts as one.
 */
export function recipients(kind: Kind, write: GraphWrite, now: Members): number {
  const everybody = Object.keys(now);
  if (write.action === 'delete') return everybody.length;
  const loud = loudGroups(kind, write.content);
  if (loud.length === 0) return 0;
  const set = peopleGroup(kind);
  const after = set !== null && write.content[set] !== undefined ? membersOf(write.content[set]) : now;
  const concerned = new Set([...everybody, ...Object.keys(after)]);
  if (loud.some((group) => group !== set)) return concerned.size;
  return [...concerned].filter((key) => now[key] !== after[key]).length;
}

/** Who is at the meeting: as read in this pass, or else as last known (a write that rests on it fails where it is not true any more). */
export function attendees(kind: Kind, { pair, graph }: Work): Members {
  const set = peopleGroup(kind);
  if (set === null) return {};
  if (graph.state === 'present') return membersOf(graph.item.content[set]);
  return membersIn(pair?.base[set]?.graph ?? '') ?? {};
}

/** Those groups of a content for which somebody may be mailed. */
export function loudGroups(kind: Kind, content: Content): string[] {
  return Object.keys(content).filter((name) => kind.groups.find((group) => group.name === name)?.quiet !== true);
}

/** What of an update goes without mail; null where nothing does. */
export function quietPart(kind: Kind, write: GraphWrite): GraphWrite | null {
  if (write.action !== 'update') return null;
  const loud = new Set(loudGroups(kind, write.content));
  const only = <T>(of: Readonly<Record<string, T>>): Record<string, T> => Object.fromEntries(Object.entries(of).filter(([group]) => !loud.has(group)));
  const content = only(write.content);
  if (Object.keys(content).length === 0 && write.webLink === undefined) return null;
  return { ...write, content, source: only(write.source), held: only(write.held), putsRight: write.putsRight.filter((group) => !loud.has(group)) };
}

function peopleGroup(kind: Kind): string | null {
  return kind.groups.find((group) => group.members === true && group.direction === 'both')?.name ?? null;
}
