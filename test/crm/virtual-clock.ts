import type { Clock } from '../../shared/sync/ports.ts';

/** Time that passes only when a test says so; it drives the connector's clock and the simulator's alike. */
export class VirtualClock implements Clock {
  private ms: number;
  private readonly started: number;
  private timers: { at: number; run: () => void }[] = [];

  constructor(start: string) {
    this.ms = Date.parse(start);
    this.started = this.ms;
  }

  now(): number {
    return this.ms;
  }

  monotonic(): number {
    return this.ms - this.started;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.after(ms, resolve);
      signal?.addEventListener('abort', () => {
        cancel();
        reject(new Error('woken'));
      });
    });
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.ms + ms, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  }

  get waiting(): number {
    return this.timers.length;
  }

  set(instant: string): void {
    this.ms = Date.parse(instant);
  }

  /** Lets everything run that is due until then, in order. */
  async advance(ms: number): Promise<void> {
    const until = this.ms + ms;
    await quiet();
    for (;;) {
      const next = this.timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.timers = this.timers.filter((each) => each !== next);
      this.ms = Math.max(this.ms, next.at);
      next.run();
      await quiet();
    }
    this.ms = until;
  }
}

/** Promises that can settle have settled. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise<void>((resolve) => void setImmediate(resolve));
}
