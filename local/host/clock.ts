/** What the host knows of time; a test passes one that it turns by hand. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00Z. */
  now(): number;
  /** Calls `fn` once after `ms` milliseconds; the answer cancels it. */
  after(ms: number, fn: () => void): () => void;
}

/** setTimeout fires at once when its delay does not fit into 31 bits (24.8 days), and a yearly timer needs more. */
const LONGEST_TIMEOUT = 2_147_483_647;

export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    after: (ms, fn) => {
      let handle: NodeJS.Timeout;
      const arm = (left: number): void => {
        const step = Math.min(Math.max(0, left), LONGEST_TIMEOUT);
        handle = setTimeout(() => (left > step ? arm(left - step) : fn()), step);
      };
      arm(ms);
      return () => clearTimeout(handle);
    },
  };
}
