/**
 * A series that was shifted, given another pattern or split has new occurrences under new ids: those that were there before are found again among them, so
 * that their records keep what hangs on them (design 4). Same original date first, then in order, each with the nearest. Pure.
 */
const DAY_MS = 86_400_000;
/** However close the days of a series are: so far an occurrence may move with it. */
const LEAST_REACH_DAYS = 4;

/** Something of a series, by its original date ('2026-04-11'). */
export interface Dated<T> {
  readonly of: T;
  readonly date: string;
  /** Bound to the same date only. */
  readonly exact?: boolean;
}

/** Which of the lost is which of the found; what is left over on either side belongs to nobody. */
export function bind<Lost, Found>(lost: readonly Dated<Lost>[], found: readonly Dated<Found>[]): ReadonlyMap<Lost, Found> {
  const bound = new Map<Lost, Found>();
  const free = [...found];
  const open: Dated<Lost>[] = [];
  for (const one of lost) {
    const same = free.findIndex(({ date }) => date === one.date);
    const [taken] = same === -1 ? [] : free.splice(same, 1);
    if (taken === undefined) open.push(...(one.exact === true ? [] : [one]));
    else bound.set(one.of, taken.of);
  }
  for (const [one, other] of inOrder(open, free, reach([...lost, ...found]))) bound.set(one, other);
  return bound;
}

const day = ({ date }: Dated<unknown>): number => Date.parse(`${date}T00:00:00Z`) / DAY_MS;

/** As far as two neighbours of the series are apart, usually. */
function reach(all: readonly Dated<unknown>[]): number {
  const days = [...new Set(all.map(day))].sort((a, b) => a - b);
  const gaps = days.slice(1).map((one, index) => one - (days[index] ?? one)).sort((a, b) => a - b);
  return Math.max(LEAST_REACH_DAYS, gaps[Math.floor(gaps.length / 2)] ?? 0);
}

/** The pairing in order that moves them least in all; whoever has nobody within reach stays alone. */
function inOrder<Lost, Found>(lost: readonly Dated<Lost>[], found: readonly Dated<Found>[], most: number): (readonly [Lost, Found])[] {
  const left = [...lost].sort((a, b) => day(a) - day(b));
  const right = [...found].sort((a, b) => day(a) - day(b));
  // cost[i][j]: the least for everything from i and j on. Alone costs more than the farthest that may be bound, shared between the two.
  const alone = most / 2 + 0.5;
  const cost = Array.from({ length: left.length + 1 }, () => new Float64Array(right.length + 1));
  const at = (i: number, j: number): number => cost[i]?.[j] ?? 0;
  const apart = (i: number, j: number): number => {
    const [one, other] = [left[i], right[j]];
    const days = one === undefined || other === undefined ? Infinity : Math.abs(day(one) - day(other));
    return days <= most ? days : Infinity;
  };
  for (let i = left.length; i >= 0; i -= 1) {
    for (let j = right.length; j >= 0; j -= 1) {
      const row = cost[i];
      if (row === undefined || (i === left.length && j === right.length)) continue;
      const skipLeft = i < left.length ? alone + at(i + 1, j) : Infinity;
      const skipRight = j < right.length ? alone + at(i, j + 1) : Infinity;
      row[j] = Math.min(apart(i, j) + at(i + 1, j + 1), skipLeft, skipRight);
    }
  }
  const bound: (readonly [Lost, Found])[] = [];
  let [i, j] = [0, 0];
  while (i < left.length && j < right.length) {
    const [one, other] = [left[i], right[j]];
    if (one === undefined || other === undefined) break;
    if (apart(i, j) + at(i + 1, j + 1) === at(i, j)) {
      bound.push([one.of, other.of]);
      i += 1;
      j += 1;
    } else if (alone + at(i + 1, j) === at(i, j)) i += 1;
    else j += 1;
  }
  return bound;
}
