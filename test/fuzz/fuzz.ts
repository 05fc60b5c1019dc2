import type { Json } from '../../shared/model/content.ts';
import { seeded } from '../world/random.ts';
import { cloned, spoilt } from './mutate.ts';
import { shrunk } from './shrink.ts';
import { BrokenLaw, type Target } from './target.ts';

/** A seed whose input breaks a target. */
export interface Found {
  readonly seed: number;
  readonly why: string;
  readonly input: Json;
}

/** What one input of a target came to. */
export type Outcome = 'accepted' | 'refused' | { readonly broken: string };

/** The input that a seed makes: the same always. */
export function inputOf(target: Target, seed: number): Json {
  const random = seeded(seed * 2_654_435_761 + hashOf(target.name));
  return spoilt(target.corpus, random, target.words);
}

/** Whatever a parser is given, the objects that everything else is made of stay as they are. */
const SHARED: readonly object[] = [Object.prototype, Array.prototype, String.prototype, Function.prototype, Map.prototype, Promise.prototype];

export async function tried(target: Target, input: Json): Promise<Outcome> {
  const before = SHARED.map((one) => Reflect.ownKeys(one).length);
  let outcome: Outcome;
  try {
    outcome = await target.run(cloned(input));
  } catch (failure) {
    outcome = { broken: said(failure) };
  }
  for (const [index, one] of SHARED.entries()) {
    const names = Reflect.ownKeys(one);
    if (names.length <= (before[index] ?? 0)) continue;
    for (const name of names.slice(before[index])) Reflect.deleteProperty(one, name);
    outcome = { broken: 'leaves something in a prototype' };
  }
  return outcome;
}

/** The same seed with as little in its input as still breaks it. `trying` is told before each trial, which may take as long as an input. */
export async function smallest(target: Target, seed: number, trying: () => void = () => undefined): Promise<Found | null> {
  const input = inputOf(target, seed);
  const first = await tried(target, input);
  if (typeof first === 'string') return null;
  const kind = kindOf(first.broken);
  const small = await shrunk(input, async (candidate) => {
    trying();
    const again = await tried(target, candidate);
    return typeof again !== 'string' && kindOf(again.broken) === kind;
  });
  const last = await tried(target, small);
  return { seed, why: typeof last === 'string' ? first.broken : last.broken, input: small };
}

function said(failure: unknown): string {
  if (failure instanceof BrokenLaw) return failure.message;
  if (!(failure instanceof Error)) return `throws ${String(failure)}`;
  const where = (failure.stack ?? '').split('\n').filter((line) => line.includes('/shared/') || line.includes('/functions/'))[0]?.trim() ?? (failure.stack ?? '').split('\n')[1]?.trim();
  return `throws ${failure.name}: ${failure.message} ${where ?? ''}`.trim();
}

/** By which two failures are taken for the same: not by what they quote. */
function kindOf(why: string): string {
  return why.replace(/\d+/g, '').slice(0, 40);
}

function hashOf(name: string): number {
  let hash = 0;
  for (const letter of name) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0;
  return hash;
}
