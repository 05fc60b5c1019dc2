import { describe, expect, it } from 'vitest';
import { history } from './history.ts';
import { nextVersion } from './next-version.ts';

/** More with `HISTORIES=500 SEED=1000 npx vitest run test/simulation`, or `npm run simulate`; a failing history names its seed and what happened. */
const first = Number(process.env['SEED'] ?? 20_000);
const count = Number(process.env['HISTORIES'] ?? 6);

const next = await nextVersion();

describe('histories: people work on both sides while everything fails', () => {
  it.each(Array.from({ length: count }, (_, i) => first + i))('seed %i ends converged, without duplicates, lost edits, mails or broken limits', async (seed) => {
    const { log, problems } = await history({ seed, edits: 50, next });
    expect(problems, `${problems.join('\n')}\n${log.join('\n')}\nReplay: npm run simulate -- --seed ${seed}`).toEqual([]);
  });
});
