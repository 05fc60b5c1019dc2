import type jsonata from 'jsonata';
import { isBoundedPattern, LONGEST_MATCHED } from './bounded-pattern.ts';

/**
 * JSONata of the rules, made harmless: time and chance come from outside, steps, depth, time and sizes have bounds, and nothing that could go beyond them
 * between two steps is taken (ranges, `$eval`, long paddings, regular expressions that may never end).
 */

/** Why a transform gave no value: `transform` says that it failed by itself, the others which bound it met. */
export type TransformTrouble = 'transform' | 'tooManySteps' | 'tooDeep' | 'tooSlow' | 'tooLarge';

export class TransformFailed extends Error {
  readonly trouble: TransformTrouble;

  constructor(trouble: TransformTrouble) {
    super(`A transform of the rules gave no value: ${trouble}.`);
    this.trouble = trouble;
  }
}

export interface Surroundings {
  /** Epoch milliseconds: `$now()` and `$millis()`. */
  now(): number;
  monotonic(): number;
  random(): number;
}

/** Takes one value and gives one; throws TransformFailed. */
export type Transform = (value: unknown) => Promise<unknown>;

/** Loaded where a rule has a transform: most have none. */
export async function loadTransforms(): Promise<{ compile(source: string): { check(): string | null; bind(surroundings: Surroundings): Transform } }> {
  const { default: parse } = await import('jsonata');
  return {
    compile: (source) => ({ check: () => mistakeIn(parse, source), bind: (surroundings) => bound(parse(source, LIMITS), surroundings) }),
  };
}

const LONGEST_SOURCE = 2_000;
const STEPS = 5_000;
const DEPTH = 100;
const MILLISECONDS = 100;
const LONGEST_TEXT = 4_000;
const MOST_MEMBERS = 1_000;

const LIMITS = { stack: DEPTH, sequence: MOST_MEMBERS, RegexEngine: boundedRegExp() };

/** What is wrong with it, without its text; null where nothing is. */
function mistakeIn(parse: typeof jsonata, source: string): string | null {
  if (source.length > LONGEST_SOURCE) return `is longer than ${LONGEST_SOURCE} characters`;
  let tree: unknown;
  try {
    tree = parse(source).ast();
  } catch (failure) {
    const { code, position } = failure as { code?: unknown; position?: unknown };
    return `is no JSONata expression${typeof code === 'string' ? ` (${code}${typeof position === 'number' ? ` at ${position}` : ''})` : ''}`;
  }
  return refusedIn(tree);
}

function refusedIn(node: unknown): string | null {
  if (node instanceof RegExp) return isBoundedPattern(node.source) ? null : 'holds a regular expression that might never end: use no repetition inside of a repeated group, no reference back, and few repetitions';
  if (typeof node !== 'object' || node === null) return null;
  const { type, value } = node as { type?: unknown; value?: unknown };
  if (type === 'binary' && value === '..') return 'uses a range (..), which has no bound';
  if (type === 'variable' && value === 'eval') return 'uses $eval, which has no bound';
  for (const part of Object.values(node)) {
    const mistake = refusedIn(part);
    if (mistake !== null) return mistake;
  }
  return null;
}

const ENTRY = Symbol.for('jsonata.__evaluate_entry');
const EXIT = Symbol.for('jsonata.__evaluate_exit');

interface Run {
  steps: number;
  until: number;
}

function bound(expression: jsonata.Expression, { now, monotonic, random }: Surroundings): Transform {
  let run: Run = { steps: 0, until: 0 };
  const hook = (name: symbol, callback: (...args: unknown[]) => void): void => expression.assign(name as unknown as string, callback);
  hook(ENTRY, (_node, _input, environment) => {
    run.steps += 1;
    if (run.steps > STEPS) throw new TransformFailed('tooManySteps');
    if (monotonic() > run.until) throw new TransformFailed('tooSlow');
    // What a picture of a time leaves open is filled in from here.
    (environment as { base: { timestamp: Date } }).base.timestamp = new Date(now());
  });
  hook(EXIT, (_node, _input, _environment, result) => {
    if (isTooLarge(result)) throw new TransformFailed('tooLarge');
  });
  expression.registerFunction('now', () => new Date(now()).toISOString(), '<:s>');
  expression.registerFunction('millis', () => now(), '<:n>');
  expression.registerFunction('random', () => random(), '<:n>');
  expression.registerFunction('shuffle', (list: readonly unknown[]) => shuffled(list, random), '<a:a>');
  expression.registerFunction('pad', (text: string, width: number, sign?: string) => padded(text, width, sign), '<s-ns?:s>');
  return async (value) => {
    run = { steps: 0, until: monotonic() + MILLISECONDS };
    try {
      const result: unknown = await expression.evaluate(value);
      return result;
    } catch (failure) {
      if (failure instanceof TransformFailed) throw failure;
      // Its words may hold the value.
      const { code } = (failure ?? {}) as { code?: unknown };
      throw new TransformFailed(code === 'D1011' ? 'tooDeep' : code === 'D2015' ? 'tooLarge' : 'transform');
    }
  };
}

/**
 * Everything in it is counted as often as it stands there: an object that holds one other twice, which holds a third one twice, is small until somebody
 * writes it out or looks for something in it.
 */
function isTooLarge(result: unknown): boolean {
  if (typeof result === 'string') return result.length > LONGEST_TEXT;
  if (typeof result !== 'object' || result === null) return false;
  const open: object[] = [result];
  let members = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const values: readonly unknown[] = Array.isArray(next) ? next : isFunction(next) ? [] : Object.values(next);
    members += values.length;
    if (members > MOST_MEMBERS) return true;
    for (const value of values) if (typeof value === 'object' && value !== null) open.push(value);
  }
  return false;
}

/** Functions of JSONata know the whole of their surroundings. One that an expression made up has none that could be asked. */
function isFunction(value: object): boolean {
  const { implementation, environment } = value as { implementation?: unknown; environment?: { lookup?: unknown } | null };
  return typeof implementation === 'function' || typeof environment?.lookup === 'function' || value instanceof RegExp;
}

function shuffled(list: readonly unknown[], random: () => number): unknown[] {
  const mixed = [...list];
  for (let at = mixed.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [mixed[at], mixed[other]] = [mixed[other], mixed[at]];
  }
  return mixed;
}

function padded(text: string, width: number, sign = ' '): string {
  if (Math.abs(width) > LONGEST_TEXT) throw new TransformFailed('tooLarge');
  return width < 0 ? text.padStart(-width, sign) : text.padEnd(width, sign);
}

/** What is matched is short, so that two repetitions one behind the other end soon. */
function boundedRegExp(): RegExpConstructor {
  class BoundedRegExp extends RegExp {
    override exec(text: string): RegExpExecArray | null {
      if (text.length > LONGEST_MATCHED) throw new TransformFailed('tooLarge');
      return super.exec(text);
    }
  }
  return BoundedRegExp as unknown as RegExpConstructor;
}
