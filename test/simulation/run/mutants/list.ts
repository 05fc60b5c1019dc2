import { HANDS_MUTANTS } from './hands.ts';
import type { Mutant } from './mutant.ts';
import { READING_MUTANTS } from './reading.ts';
import { STATE_MUTANTS } from './state.ts';
import { WRITING_MUTANTS } from './writing.ts';

/** Known ways to break the product; histories must find each of them. */
export const MUTANTS: readonly Mutant[] = [...STATE_MUTANTS, ...READING_MUTANTS, ...WRITING_MUTANTS, ...HANDS_MUTANTS];
