import type { Clock } from '../../shared/sync/ports.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that only moves when a test turns it: for the connector and for the simulator alike. */
export class VirtualClock implements Clock {
  private time: number;
  private sleepers: Sleeper[] = [];

  constructor(start = Date.UTC(2026, 10, 23, 8)) {
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper: Sleeper = { at: this.time + ms, wake: resolve };
      this.sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.sleepers = this.sleepers.filter((one) => one !== sleeper);
        reject(new Error('The sleep was cancelled.'));
      });
    });
  }

  /** The simulator's way to wait. */
  after(ms: number, run: () => void): () => void {
    const sleeper: Sleeper = { at: this.time + ms, wake: run };
    this.sleepers.push(sleeper);
    return () => {
      this.sleepers = this.sleepers.filter((one) => one !== sleeper);
    };
  }

  get sleeping(): number {
    return this.sleepers.length;
  }

  async turn(ms: number): Promise<void> {
    await settled();
    this.time += ms;
    const due = this.sleepers.filter((one) => one.at <= this.time);
    this.sleepers = this.sleepers.filter((one) => one.at > this.time);
    for (const { wake } of due) wake();
    await settled();
  }
}

/** Lets everything run that waits for nothing but other promises. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
