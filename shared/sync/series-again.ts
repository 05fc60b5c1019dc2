import type { KindPass } from './context.ts';
import type { Pair } from './pair.ts';
import type { SideItem } from './ports.ts';
import { readSeriesAgain, viewOf, type Work } from './work.ts';

/**
 * Occurrences that were taken out and stand again: Outlook brings them back where a person gives their series another time (docs/assumptions). Lists lag
 * behind deletions, so each is asked for by its id; then its record follows it again, or, where that is deleted for good, it begins a new life.
 */
export async function standingAgain(pass: KindPass, items: readonly SideItem[], formers: ReadonlyMap<string, Pair>): Promise<Work[]> {
  const again = items.flatMap((item) => {
    const former = formers.get(item.id);
    if (former === undefined) return [];
    // A copy that is behind shows both lists and single items as they were before the deletion.
    const caughtUpAt = (former.gone.graph ?? 0) + pass.rules.readLagMs + 1;
    if (caughtUpAt <= pass.now()) return [former];
    if (item.series !== undefined) readSeriesAgain(pass, item.series.masterId, caughtUpAt);
    return [];
  });
  if (again.length === 0) return [];
  const readings = await pass.sides.graph.read(again.flatMap(({ graphId }) => graphId ?? []));
  const records = await pass.sides.crm.read(again.flatMap(({ crmId }) => crmId ?? []));
  const revived: Pair[] = [];
  const works = again.flatMap((former): Work[] => {
    const graph = viewOf(readings.get(former.graphId ?? ''));
    if (graph.state !== 'present') return [];
    const crm = viewOf(records.get(former.crmId ?? ''));
    if (crm.state !== 'present') return [{ pair: null, former, graph, crm: { state: 'unknown' } }];
    const pair: Pair = { ...former, state: 'active', gone: {}, unsettled: true };
    revived.push(pair);
    return [{ pair, graph, crm }];
  });
  if (revived.length > 0) await pass.commit(revived.map((pair) => pass.pairs.changes(pair)));
  for (const pair of revived) pass.pairs.remember(pair);
  return works;
}

/** Those of these occurrences that were known to be gone from Outlook. */
export async function goneBefore(pass: KindPass, items: readonly SideItem[]): Promise<ReadonlyMap<string, Pair>> {
  const occurrences = items.filter(({ series }) => series !== undefined);
  const known = await pass.pairs.byIds('graph', occurrences.map(({ id }) => id));
  return new Map([...known].filter(([, pair]) => pair.state === 'ended' && pair.gone.graph !== undefined && pair.published !== true));
}
