import type { Clock } from '../../shared/sync/ports.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** How often the event loop must turn without an end before we believe that only a timer can help. */
const IDLE_TURNS = 25;

/** Time that moves only when a test says so, or when everything that is awaited waits for it. Serves the product and both simulators. */
export class VirtualClock implements Clock {
  private time: number;
  private order = 0;
  /** A binary heap, the earliest first; of two at the same instant the one that was set first. */
  private readonly timers: Timer[] = [];

  constructor(start: string) {
    this.time = Date.parse(start);
  }

  /** Whole milliseconds, as every system's clock shows it. */
  now(): number {
    return Math.floor(this.time);
  }

  monotonic(): number {
    return this.time;
  }

  after(ms: number, run: () => void): () => void {
    const timer: Timer = { at: this.time + Math.max(0, ms), order: (this.order += 1), run, cancelled: false };
    this.push(timer);
    return () => {
      timer.cancelled = true;
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

  /** Moves on to that instant, running what is due on the way. `turns`: of the event loop between two timers; one is enough where all waiting is for promises and timers. */
  async until(instant: number, turns = IDLE_TURNS): Promise<void> {
    for (;;) {
      await this.turn(turns);
      const next = this.nextTimer();
      if (next === undefined || next.at > instant) break;
      this.fire(next);
    }
    this.time = Math.max(this.time, instant);
    await this.turn(turns);
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
    while (this.timers[0]?.cancelled === true) this.pop();
    return this.timers[0];
  }

  /** The earliest timer runs. */
  private fire(timer: Timer): void {
    this.pop();
    this.time = Math.max(this.time, timer.at);
    timer.run();
  }

  private push(timer: Timer): void {
    const heap = this.timers;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !earlier(timer, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = timer;
  }

  private pop(): void {
    const heap = this.timers;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      if (left === undefined) break;
      const child = right !== undefined && earlier(right, left) ? 2 * at + 2 : 2 * at + 1;
      const below = heap[child];
      if (below === undefined || !earlier(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}

function earlier(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
