import type { Clock } from '../../../../local/host/clock.ts';

export interface ManualClock extends Clock {
  /** Moves time on and calls what falls due, in order, letting promises settle between two calls. */
  advance(ms: number): Promise<void>;
  /** How many calls are still to come. */
  readonly pending: number;
}

export function manualClock(start: string): ManualClock {
  let now = Date.parse(start);
  let waiting: Array<{ at: number; fn: () => void }> = [];
  return {
    now: () => now,
    after: (ms, fn) => {
      const entry = { at: now + ms, fn };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((other) => other !== entry);
      };
    },
    advance: async (ms) => {
      const end = now + ms;
      for (;;) {
        await settle();
        const due = waiting.filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        waiting = waiting.filter((entry) => entry !== due);
        now = Math.max(now, due.at);
        due.fn();
      }
      now = end;
      await settle();
    },
    get pending() {
      return waiting.length;
    },
  };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 3; i += 1) await new Promise((resolve) => setImmediate(resolve));
}
