import { describe, expect, it } from 'vitest';
import { history } from './history.ts';

describe('a history', () => {
  it('is the same whenever it is lived through again, byte for byte: every call with its time, and both systems at the end', async () => {
    const first = await history({ seed: 12, edits: 25, sorts: [], keepTrace: true });
    const again = await history({ seed: 12, edits: 25, sorts: [], keepTrace: true });
    expect(again.trace).toEqual(first.trace);
    expect(again.digest).toBe(first.digest);
    expect(again.log).toEqual(first.log);
    expect(first.trace.length).toBeGreaterThan(500);
  });

  it('is another one under another seed', async () => {
    const [one, other] = [await history({ seed: 13, edits: 5, sorts: [] }), await history({ seed: 14, edits: 5, sorts: [] })];
    expect(one.digest).not.toBe(other.digest);
  });
});
