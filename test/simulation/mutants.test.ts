import { readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { MUTANTS } from './run/mutants/list.ts';
import { patched } from './run/mutants/mutant.ts';

/** What `npm run mutants` needs to begin at all: it takes long, and nobody shall find out at its end that a patch is of yesterday. */
describe('known ways to break the product', () => {
  it('are at least thirty, each with a name of its own', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(30);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  it.each(MUTANTS)("fit today's source: $name", (mutant) => {
    for (const { file } of mutant.edits) {
      const source = readFileSync(file, 'utf8');
      const broken = patched(mutant, file, source);
      expect(broken).not.toBe(source);
      // What does not even compile would stop the hunt.
      expect(() => transformSync(broken, { loader: 'ts', logLevel: 'silent' })).not.toThrow();
    }
  });

  it('that do not fit are named with the place that is missing', () => {
    const mutant = { name: 'old', breaks: '', edits: [{ file: 'a.ts', find: 'once', replace: '' }] };
    expect(() => patched(mutant, 'a.ts', 'once and once')).toThrow("The mutant 'old' no longer fits: 'once' stands 2 times in a.ts and must stand there once.");
    expect(() => patched(mutant, 'a.ts', 'never')).toThrow('stands 0 times');
    expect(patched(mutant, 'b.ts', 'never')).toBe('never');
  });
});
