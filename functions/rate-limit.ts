const MINUTE_MS = 60_000;

/**
 * Counts callers by the minute, each from his first request on. In the memory of this instance: with more instances a caller may come as often to each.
 * @param mostCallers who comes beyond so many is counted together with everybody else who does: memory has a bound
 * @returns how long the caller has to wait, in milliseconds; 0 = he may go on
 */
export function rateLimit(clock: { monotonic(): number }, perMinute: number, mostCallers = 1_000): (caller: string) => number {
  const minutes = new Map<string, { readonly since: number; count: number }>();

  function minuteOf(caller: string, now: number): { readonly since: number; count: number } {
    const known = minutes.get(caller);
    if (known !== undefined && now - known.since < MINUTE_MS) return known;
    if (known === undefined && minutes.size >= mostCallers) {
      for (const [other, { since }] of minutes) if (now - since >= MINUTE_MS) minutes.delete(other);
    }
    const counted = known === undefined && minutes.size >= mostCallers ? EVERYBODY_ELSE : caller;
    const running = minutes.get(counted);
    if (counted === EVERYBODY_ELSE && running !== undefined && now - running.since < MINUTE_MS) return running;
    const fresh = { since: now, count: 0 };
    minutes.set(counted, fresh);
    return fresh;
  }

  return (caller) => {
    const now = clock.monotonic();
    const minute = minuteOf(caller, now);
    minute.count += 1;
    return minute.count <= perMinute ? 0 : minute.since + MINUTE_MS - now;
  };
}

const EVERYBODY_ELSE = '';
