import { fingerprint } from '../model/content.ts';
import type { KindPass } from './context.ts';
import type { Pair } from './pair.ts';
import { membersOf } from './people-sides.ts';
import type { Decision } from './plan.ts';
import { linkKey, type Link } from './ports.ts';
import type { Work } from './work.ts';

/** Asks for the records that the texts of an item name, where they do not name the same as when they were last looked at, many to a request; nothing where no text changed so. */
export async function withLinks(pass: KindPass, works: readonly Work[]): Promise<readonly Work[]> {
  const group = pass.kind.groups.find(({ yields }) => yields === true);
  if (group === undefined) return works;
  const asked = works.flatMap((work) => {
    const links = newlyNamed(work, group.name);
    return links.length === 0 ? [] : [{ work, links }];
  });
  if (asked.length === 0) return works;
  const linkable = await pass.sides.crm.linkable(asked.flatMap(({ links }) => links));
  const known = new Map(asked.map(({ work, links }) => [work, new Set(links.map(linkKey).filter((key) => linkable.has(key)))]));
  return works.map((work) => {
    const found = known.get(work);
    return found === undefined ? work : { ...work, linkable: found };
  });
}

function newlyNamed({ pair, graph }: Work, group: string): Link[] {
  if (graph.state !== 'present' || graph.item.outOfScope !== null || pair?.published === true) return [];
  const named = graph.item.content[group];
  if (named === undefined || pair?.base[group]?.graph === fingerprint(named)) return [];
  return Object.entries(membersOf(named)).map(([relation, id]) => ({ relation, id }));
}

/** Said once, when the text is met: from then on it is what was there before. */
export function tellUnlinked(pass: KindPass, { pairId, graphId, crmId }: Pair, { unlinked = [] }: Decision): void {
  for (const { relation, why } of unlinked) pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'left', side: 'crm', reason: why, detail: relation, pairId, graphId, crmId });
}
