import type { SimClock } from '../../../local/crm/clock.ts';

/** A clock that moves only when it is told to. */
export interface VirtualClock extends SimClock {
  set(epochMs: number): void;
  /** Moves on and runs what is due, in order of time; then lets every answer settle. */
  advance(ms: number): Promise<void>;
}

export function virtualClock(start: string): VirtualClock {
  let now = Date.parse(start);
  let waiting: { at: number; run: () => void }[] = [];
  return {
    now: () => now,
    set(epochMs) {
      now = epochMs;
    },
    after(ms, run) {
      const entry = { at: now + ms, run };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((other) => other !== entry);
      };
    },
    async advance(ms) {
      await settle();
      const until = now + ms;
      for (;;) {
        const next = waiting.filter((entry) => entry.at <= until).sort((left, right) => left.at - right.at)[0];
        if (next === undefined) break;
        waiting = waiting.filter((entry) => entry !== next);
        now = Math.max(now, next.at);
        next.run();
        await settle();
      }
      now = until;
    },
  };
}

/** Lets what can go on without time go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
