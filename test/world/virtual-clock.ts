import type { Clock } from '../../shared/sync/ports.ts';

interface Timer {
  at: number;
  order: number;
  run: () => void;
}

/** How often the event loop must turn without an end before we believe that only a timer can help. */
const IDLE_TURNS = 25;

/** Time that moves only when a test says so, or when everything that is awaited waits for it. Serves the product and both simulators. */
export class VirtualClock implements Clock {
  private time: number;
  private order = 0;
  private timers: Timer[] = [];

  constructor(start: string) {
    this.time = Date.parse(start);
  }

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + Math.max(0, ms), order: (this.order += 1), run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const cancel = this.after(ms, resolve);
      signal?.addEventListener('abort', () => {
        cancel();
        reject(signal.reason as Error);
      });
    });
  }

  /** Lets everything run that needs no time. */
  async turn(turns = IDLE_TURNS): Promise<void> {
    for (let i = 0; i < turns; i += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** Moves on to that instant, running what is due on the way. */
  async until(instant: number): Promise<void> {
    for (;;) {
      await this.turn();
      const next = this.nextTimer();
      if (next === undefined || next.at > instant) break;
      this.fire(next);
    }
    this.time = Math.max(this.time, instant);
    await this.turn();
  }

  /** Awaits a promise; where it waits for time, time moves. `null` when nothing more can happen, or `dead` says so: it waits for ever (a crash). */
  async drive<T>(promise: Promise<T>, dead: () => boolean = () => false): Promise<T | null> {
    let settled = false;
    const watched = promise.finally(() => {
      settled = true;
    });
    watched.catch(() => undefined);
    for (;;) {
      for (let i = 0; i < IDLE_TURNS && !settled; i += 1) await this.turn(1);
      if (settled) return watched;
      if (dead()) return null;
      const next = this.nextTimer();
      if (next === undefined) {
        await this.turn(200);
        if (settled) return watched;
        if (this.nextTimer() === undefined) return null;
        continue;
      }
      this.fire(next);
    }
  }

  private nextTimer(): Timer | undefined {
    return [...this.timers].sort((a, b) => a.at - b.at || a.order - b.order)[0];
  }

  private fire(timer: Timer): void {
    this.timers = this.timers.filter((other) => other !== timer);
    this.time = Math.max(this.time, timer.at);
    timer.run();
  }
}
