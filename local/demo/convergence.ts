import type { Shown, Stores } from './stores.ts';

/** How far one employee's two calendars agree. */
export interface Agreement {
  /** Of what people made on one side and belongs on both: how many there are, and how many the other side holds. */
  readonly outlook: { readonly expected: number; readonly arrived: number };
  readonly crm: { readonly expected: number; readonly arrived: number };
  /** More than one on a side with the same subject and time. */
  readonly doubled: number;
  /** Items that the connector made on a side although nothing of the other side stands behind them. */
  readonly unexplained: number;
}

export function agreementOf({ outlook, crm }: Stores): Agreement {
  const inOutlook = countByKey(outlook);
  const inCrm = countByKey(crm);
  const arrivals = (from: readonly Shown[], to: ReadonlyMap<string, number>) => {
    const expected = from.filter(({ isOriginal, leftAlone }) => isOriginal && leftAlone === null);
    return { expected: expected.length, arrived: expected.filter(({ key }) => to.has(key)).length };
  };
  const made = (from: readonly Shown[], other: ReadonlyMap<string, number>): number => from.filter(({ isOriginal, leftAlone, key }) => !isOriginal && leftAlone === null && !other.has(key)).length;
  return {
    outlook: arrivals(outlook, inCrm),
    crm: arrivals(crm, inOutlook),
    doubled: [...inOutlook.values(), ...inCrm.values()].filter((count) => count > 1).length,
    unexplained: made(outlook, inCrm) + made(crm, inOutlook),
  };
}

/** Everything that belongs on both sides is on both sides, once. */
export function isConverged({ outlook, crm, doubled, unexplained }: Agreement): boolean {
  return outlook.arrived === outlook.expected && crm.arrived === crm.expected && doubled === 0 && unexplained === 0;
}

/** What of people's own stayed on its side, by reason, most frequent first. */
export function leftAloneIn(side: readonly Shown[], other: readonly Shown[]): { readonly why: string; readonly count: number; readonly example: string }[] {
  const elsewhere = countByKey(other);
  const reasons = new Map<string, { count: number; example: string }>();
  for (const { isOriginal, leftAlone, key, subject } of side) {
    if (!isOriginal || leftAlone === null || elsewhere.has(key)) continue;
    const known = reasons.get(leftAlone);
    if (known === undefined) reasons.set(leftAlone, { count: 1, example: subject });
    else known.count += 1;
  }
  return [...reasons].map(([why, rest]) => ({ why, ...rest })).sort((a, b) => b.count - a.count || (a.why < b.why ? -1 : 1));
}

function countByKey(items: readonly Shown[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of items) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
