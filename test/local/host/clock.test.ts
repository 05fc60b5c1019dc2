import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { traceParent, uuid } from '../../../local/host/chance.ts';
import { systemClock } from '../../../local/host/clock.ts';

describe('the clock of the system', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('calls once, after the delay, unless cancelled', () => {
    const calls: string[] = [];
    const clock = systemClock();
    clock.after(500, () => calls.push('kept'));
    clock.after(500, () => calls.push('cancelled'))();
    vi.advanceTimersByTime(499);
    expect(calls).toEqual([]);
    vi.advanceTimersByTime(5_000);
    expect([calls, clock.now()]).toEqual([['kept'], 6_499]);
  });

  it('waits longer than setTimeout can, and that too can be cancelled', () => {
    const year = 366 * 86_400_000;
    let calls = 0;
    systemClock().after(year, () => (calls += 1));
    const cancel = systemClock().after(year, () => (calls += 1));
    vi.advanceTimersByTime(year - 1);
    expect(calls).toBe(0);
    cancel();
    vi.advanceTimersByTime(1);
    expect(calls).toBe(1);
  });
});

describe('names made by chance', () => {
  it('have the forms that their readers expect', () => {
    for (const random of [() => 0, () => 0.5, () => 0.999999]) {
      expect(uuid(random)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(traceParent(random)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      expect(traceParent(random, 'nonsense')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    }
  });
});
