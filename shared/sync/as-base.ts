import { fingerprint } from '../model/content.ts';
import type { KindPass } from './context.ts';
import { isMissed, type Pair } from './pair.ts';
import type { Side, SideItem } from './ports.ts';

/** Nothing is to be done about this item, whatever its version says: its content is the last common one. */
export function isAsBase(pass: KindPass, side: Side, pair: Pair, item: SideItem): boolean {
  if (pair.unsettled || isMissed(pair, side) || item.outOfScope !== null) return false;
  return pass.kind.groups.every(({ name }) => pair.base[name]?.[side] === fingerprint(item.content[name] ?? null));
}
