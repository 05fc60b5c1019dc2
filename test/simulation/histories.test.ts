import { describe, expect, it } from 'vitest';
import { history } from './history.ts';

/** HISTORIES=500 SEED=1 npx vitest run test/simulation: more of them; a failing one prints its seed and what happened. */
const first = Number(process.env['SEED'] ?? 1);
const count = Number(process.env['HISTORIES'] ?? 20);

describe('histories: people work on both sides while everything fails', () => {
  it.each(Array.from({ length: count }, (_, i) => first + i))('seed %i ends converged, without duplicates, mails or broken limits', async (seed) => {
    const { log, problems } = await history({ seed, steps: 40 });
    expect(problems, `${problems.join('\n')}\n${log.join('\n')}\nReplay: SEED=${seed} HISTORIES=1 npx vitest run test/simulation`).toEqual([]);
  }, 120_000);
});
