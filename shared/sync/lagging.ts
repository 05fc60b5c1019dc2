/**
 * Graph may answer the reading of one event from a copy that is behind (graph.md 2.1): it does not show a change that was made a moment ago, nor an event
 * that was made then, and still shows one that was deleted then. So an answer that contradicts what is known already, or says nothing of what somebody
 * told, is no answer: it is asked for once more when every copy must have caught up.
 */
import type { Instant } from '../model/time/instant.ts';
import type { KindPass } from './context.ts';
import type { Pair } from './pair.ts';
import type { View } from './plan.ts';
import type { SideItem, UnreadRow } from './ports.ts';

/** When the event must be asked for again because a copy that is behind may have answered; null where the answer counts. */
export function behindUntil(pair: Pair | null, view: View, now: Instant, lagMs: number): Instant | null {
  if (pair?.state !== 'active' || (view.state !== 'deleted' && view.state !== 'present')) return null;
  const seen = pair.seen.graph;
  if (view.state === 'present' && (seen === undefined || view.item.version === seen.version || view.item.modified >= seen.modified)) return null;
  // What we made without an answer was never seen.
  const changed = seen?.modified ?? pair.creates?.at(-1)?.at;
  return changed !== undefined && changed + lagMs > now ? changed + lagMs + 1 : null;
}

/** A replayed or late row, or a list that is behind, shows what was before our own last look. */
export function isStale(pair: Pair, item: SideItem): boolean {
  const seen = pair.seen.graph;
  return pair.state === 'active' && seen !== undefined && seen.version !== item.version && item.modified < seen.modified;
}

/** Whether nothing is to be seen of what was told of this event. @param etag of the notification; null where it was told to be removed, or without one */
export function isUnanswered(pair: Pair | null, view: View, etag: string | null): boolean {
  // Of an event that we do not know only that it was told to be there.
  if (pair === null) return view.state === 'deleted' && etag !== null;
  if (pair.state === 'ended') return false;
  if (view.state === 'present') return view.item.version !== etag && view.item.version === pair.seen.graph?.version;
  return view.state === 'elsewhere' || view.state === 'unknown';
}

/** Whether this reading shows less than a row of the delta told, which says nothing else of the event. */
export function isBehindRow(pair: Pair | null, view: View, { version, modified }: UnreadRow): boolean {
  if (view.state === 'present') return view.item.version !== version && view.item.modified <= modified;
  return pair === null && (view.state === 'deleted' || view.state === 'unknown');
}

/** The view, or none where a copy that is behind gave it: then the event comes back when the copy must have caught up. */
export function caughtUp(pass: KindPass, pair: Pair | null, id: string, view: View): View {
  const again = behindUntil(pair, view, pass.now(), pass.rules.readLagMs);
  if (again === null) return view;
  pass.defer(pass.pending('graph', id, 'retry', again));
  return { state: 'unknown', behind: true };
}
