import type { KindPass } from './context.ts';
import { isPrintOf } from './former-form.ts';
import { idOn, type Pair } from './pair.ts';
import type { Side, SideItem } from './ports.ts';
import type { Work } from './work.ts';

/** Of a pair that is over, an item that may begin anew: to be looked at, where all others are left alone. */
export function mayBeginAnew(pair: Pair, side: Side): boolean {
  if (pair.state !== 'ended') return false;
  if (side === 'crm') return pair.givenAway === true || pair.leftBehind !== undefined;
  return hasCopyAgain(pair) || (pair.published === true && pair.gone.crm !== undefined && pair.gone.graph === undefined);
}

/** Of a meeting that was left behind: its copy had gone, and whoever is asked again has it again. */
export function hasCopyAgain({ leftBehind, state, gone }: Pair): boolean {
  return leftBehind !== undefined && state === 'ended' && gone.graph !== undefined && gone.crm === undefined;
}

/**
 * Two items have more than one life (design 5): a record that was given to another rep and comes back, and a published meeting whose record somebody deleted,
 * once its organizer moves it. The new pair is another generation, so that its keys are its own; null where nothing begins.
 */
export function begunAnew(pass: KindPass, pair: Pair, side: Side, item: SideItem): Work | null {
  if (side === 'graph' && hasCopyAgain(pair)) return { pair: { ...pair, state: 'active', gone: {} }, graph: { state: 'present', item }, crm: { state: 'asBase' } };
  if (!mayBeginAnew(pair, side) || item.outOfScope !== null) return null;
  if (side === 'crm') return { pair: null, former: pair, crm: { state: 'present', item }, graph: { state: 'unknown' } };
  return wasMoved(pass, pair, item) ? { pair: null, former: pair, graph: { state: 'present', item }, crm: { state: 'unknown' } } : null;
}

/** Not by a replayed row, nor because we read times otherwise now: of a pair in the form before, the instants must be others, too. */
function wasMoved({ kind, rules }: KindPass, pair: Pair, item: SideItem): boolean {
  if (item.modified <= (pair.seen.graph?.modified ?? 0)) return false;
  const isToldInForm = pair.normaliser === rules.normaliser || (pair.normaliser === rules.former?.normaliser && (pair.span.start !== item.span.start || pair.span.end !== item.span.end));
  return isToldInForm && kind.groups.some(({ name, when }) => when === true && pair.base[name] !== undefined && !isPrintOf(rules, pair, pair.base[name].graph, item.content[name] ?? null));
}

/** An ended pair as it stands when its item begins a new life: it answers for its other item alone. */
export function outlived(former: Pair, item: SideItem): Pair {
  return { ...former, [idOn(former, 'graph') === item.id ? 'graphId' : 'crmId']: null };
}
