import type { Json } from '../../shared/model/content.ts';

/** A parser of bytes from outside, with what must hold of it whatever it is given. */
export interface Target {
  readonly name: string;
  /** Good inputs, which are then spoilt. Texts are spoilt as texts, everything else as JSON. */
  readonly corpus: readonly Json[];
  /** Words of its own language, put in anywhere. */
  readonly words?: readonly string[];
  /** Parses and judges: whatever it throws has been found. */
  run(input: Json): 'accepted' | 'refused' | Promise<'accepted' | 'refused'>;
}

/** What a target promises and an input breaks. */
export class BrokenLaw extends Error {
  override readonly name = 'BrokenLaw';
}

export function law(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new BrokenLaw(sentence);
}

/** Null where it is refused in the way that the parser promises. */
export function unlessRefused<T>(parse: () => T, isRefusal: (failure: unknown) => boolean): T | null {
  try {
    return parse();
  } catch (failure) {
    if (isRefusal(failure)) return null;
    throw failure;
  }
}

/** Longest text that a parser may make of an input, of which it may make so many times as much. */
export function lawOfSize(output: unknown, input: Json, times: number, more = 5_000): void {
  const [made, given] = [sizeOf(output), sizeOf(input)];
  law(made <= given * times + more, `makes more than ${times} times as much of what it is given`);
}

function sizeOf(value: unknown): number {
  return typeof value === 'string' ? value.length : (JSON.stringify(value) ?? '').length;
}

/** Without halves of surrogate pairs, which no encoding can carry. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** Members of an input that is to be an object. */
export function membersOf(input: Json): Readonly<Record<string, Json>> {
  return typeof input === 'object' && input !== null && !Array.isArray(input) ? (input as Readonly<Record<string, Json>>) : {};
}

export function textOf(input: Json | undefined, otherwise = ''): string {
  return typeof input === 'string' ? input : otherwise;
}

export function listOf(input: Json | undefined): readonly Json[] {
  return Array.isArray(input) ? (input as readonly Json[]) : [];
}
