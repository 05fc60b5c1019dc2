import { describe, expect, it } from 'vitest';
import { rateLimit } from '../../functions/rate-limit.ts';

describe('the rate limit', () => {
  it('counts each caller by himself, from his first request on', () => {
    let now = 0;
    const take = rateLimit({ monotonic: () => now }, 2);
    expect([take('a'), take('a'), take('a'), take('b')]).toEqual([0, 0, 60_000, 0]);
    now = 45_000;
    expect([take('a'), take('b'), take('b')]).toEqual([15_000, 0, 15_000]);
    now = 60_000;
    expect(take('a')).toBe(0);
  });

  it('remembers no more callers than it may: those beyond share one count, until others are forgotten', () => {
    let now = 0;
    const take = rateLimit({ monotonic: () => now }, 2, 2);
    expect([take('a'), take('b'), take('c'), take('d'), take('e')]).toEqual([0, 0, 0, 0, 60_000]);
    expect(take('a')).toBe(0);
    now = 61_000;
    expect([take('e'), take('e'), take('e')]).toEqual([0, 0, 60_000]);
  });
});
