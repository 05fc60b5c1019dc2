import type { RulesPart, Told } from './fact.ts';

export interface Report {
  readonly facts: readonly Told[];
  /** What the rules should say and do not say yet; null = they fit as they are. */
  readonly rules: RulesPart | null;
  /** Whether all that was made is gone again. */
  readonly clean: boolean;
  /** Things of earlier runs that were removed at the start. */
  readonly leftovers: number;
  /** Ended before its time. */
  readonly interrupted: boolean;
}

const WORDS = { holds: 'holds', doesNotHold: 'DOES NOT HOLD', notTried: 'could not be tried' } as const;

/** One fact as people read it. */
export function factLines({ line, says, either, tried }: Told): string[] {
  const head = `${WORDS[tried.outcome].padEnd(20)}${line.padEnd(7)}${says}`;
  const below = (word: string, text: string): string => `${' '.repeat(27)}${word}: ${text}`;
  switch (tried.outcome) {
    case 'notTried':
      return [head, below('why', tried.why)];
    case 'holds':
      return [head, below('seen', tried.seen)];
    case 'doesNotHold':
      return [head, below('seen', tried.seen), below('then', either.otherwise)];
  }
}

export function summary({ facts, rules, clean, leftovers, interrupted }: Report): string[] {
  const count = (outcome: Told['tried']['outcome']): number => facts.filter(({ tried }) => tried.outcome === outcome).length;
  return [
    '',
    `${count('holds')} hold, ${count('doesNotHold')} do not hold, ${count('notTried')} could not be tried.`,
    ...(interrupted ? ['The run was interrupted: the facts behind are missing.'] : []),
    ...(leftovers === 0 ? [] : [`${leftovers} things of an earlier run were removed.`]),
    clean ? 'All that was made is deleted again.' : 'NOT all that was made is deleted again: run the probe once more.',
    rules === null ? 'The rules fit as they are.' : `The rules should say: ${JSON.stringify(rules)}`,
  ];
}

/** 0 = all that was tried holds, 2 = something does not hold, 1 = it did not come to its end or left something behind. */
export function exitCode({ facts, clean, interrupted }: Report): 0 | 1 | 2 {
  if (!clean || interrupted) return 1;
  return facts.some(({ tried }) => tried.outcome === 'doesNotHold') ? 2 : 0;
}
