import type { Clock } from '../sync/ports.ts';

/** How whatever the probe makes begins, on both sides. */
export const PROBE_TITLE = '[connector probe]';

/** A part of a tenant's rules, as it would stand in the document. */
export interface RulesPart {
  readonly [name: string]: string | number | boolean | null | RulesPart;
}

export type Tried =
  /** `seen`: statuses, codes and durations, never contents. `rules`: what fits a system that answers like this. */
  | { readonly outcome: 'holds' | 'doesNotHold'; readonly seen: string; readonly rules?: RulesPart }
  | { readonly outcome: 'notTried'; readonly why: string };

/** One line of docs/assumptions.md that a program can try. */
export interface Fact<Side> {
  /** The line. */
  readonly line: string;
  readonly says: string;
  /** What the connector does in each case. */
  readonly either: { readonly holds: string; readonly otherwise: string };
  try(side: Side): Promise<Tried>;
}

/** A fact with what became of it. */
export type Told = Omit<Fact<never>, 'try'> & { readonly tried: Tried };

/** Why a fact could not be tried: no access, no answer, a side that is not what the steps need. Its message is ours. */
export class CannotTry extends Error {
  override readonly name = 'CannotTry';
}

export function holds(seen: string, rules?: RulesPart): Tried {
  return { outcome: 'holds', seen, ...(rules === undefined ? {} : { rules }) };
}

export function doesNotHold(seen: string, rules?: RulesPart): Tried {
  return { outcome: 'doesNotHold', seen, ...(rules === undefined ? {} : { rules }) };
}

export function judged(isSo: boolean, seen: string, rules?: RulesPart): Tried {
  return isSo ? holds(seen, rules) : doesNotHold(seen, rules);
}

/** Asks until the answer is not null, at most so long; null = it never came. The first question is asked at once. */
export async function within<T>(clock: Clock, longestMs: number, ask: () => Promise<T | null>, signal?: AbortSignal): Promise<{ readonly value: T; readonly afterMs: number } | null> {
  const began = clock.monotonic();
  for (let pause = 250; ; pause = Math.min(pause * 2, 10_000)) {
    const value = await ask();
    const afterMs = Math.round(clock.monotonic() - began);
    if (value !== null) return { value, afterMs };
    if (afterMs + pause > longestMs) return null;
    await clock.sleep(pause, signal);
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
