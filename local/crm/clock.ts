/** What the simulator knows of time: tests pass a virtual clock, the local start passes the machine's. */
export interface SimClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `run` once, `ms` milliseconds from now; the answer cancels it. */
  after(ms: number, run: () => void): () => void;
}

/** The machine's clock. Its timers keep no process alive. */
export function systemClock(): SimClock {
  return {
    now: () => Date.now(),
    after(ms, run) {
      const timer = setTimeout(run, ms);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
