import { describe, expect, it } from 'vitest';
import { history } from './history.ts';
import { nextVersion } from './next-version.ts';
import type { Regression } from './regressions.ts';

/** Lives through these histories, one after the other. Each of the files that call it is a process of its own. */
export async function liveRegressions(regressions: readonly Regression[]): Promise<void> {
  const next = await nextVersion();
  describe('histories that once went wrong', () => {
    it.each(regressions)('seed $seed: $was', async ({ seed, only, meetings, sorts = [] }) => {
      const { log, problems } = await history({ seed, edits: 50, sorts, next, ...(meetings === undefined ? {} : { meetings }), ...(only === undefined ? {} : { only }) });
      expect(problems, `${problems.join('\n')}\n${log.join('\n')}`).toEqual([]);
    });
  });
}
