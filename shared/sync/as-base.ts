import { fingerprint } from '../model/content.ts';
import type { KindPass } from './context.ts';
import { documentsDiffer } from './documents.ts';
import { filesDiffer } from './files.ts';
import { isMissed, type Pair } from './pair.ts';
import { publishedGroups, whyNotPublished } from './plan.ts';
import type { Side, SideItem } from './ports.ts';
import { lacksWebLink } from './web-link.ts';

/** Nothing is to be done about this item, whatever its version says: its content is the last common one. */
export function isAsBase(pass: KindPass, side: Side, pair: Pair, item: SideItem): boolean {
  if (pair.unsettled || isMissed(pair, side) || item.outOfScope !== null) return false;
  // Of what is published only some groups have a base, and its record may have to go though its content is what it was.
  if (pair.published === true && side === 'graph' && whyNotPublished(item, pass.rules) !== null) return false;
  if (side === 'graph' && filesDiffer(pass, pair, item)) return false;
  if (side === 'crm' && documentsDiffer(pass, pair, item)) return false;
  if (side === 'graph' && lacksWebLink(pass, pair, item)) return false;
  const groups = pair.published === true ? publishedGroups(pass.kind) : pass.kind.groups;
  return groups.every(({ name }) => pair.base[name]?.[side] === fingerprint(item.content[name] ?? null));
}
