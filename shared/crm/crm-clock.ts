import type { Instant } from '../model/time/instant.ts';
import type { Clock } from '../sync/ports.ts';

/**
 * The CRM's clock as its answers tell it: the HTTP `Date` header (docs/crm-interface-dialect: 3). The header has whole seconds, rounded down,
 * so every answer gives a lower bound of the CRM's time at its arrival; the best bound so far is kept against our monotonic clock.
 */
export class CrmClock {
  private readonly clock: Clock;
  private readonly skewMs: number;
  private best: number | null = null;

  constructor(clock: Clock, clockSkewSeconds: number) {
    this.clock = clock;
    this.skewMs = clockSkewSeconds * 1_000;
  }

  /** Whether an answer has told the CRM's time; until then it is our clock minus `crm.clockSkewSeconds`. */
  get known(): boolean {
    return this.best !== null;
  }

  learn(dateHeader: string | null): void {
    const told = dateHeader === null ? Number.NaN : Date.parse(dateHeader);
    if (Number.isNaN(told)) return;
    const bound = told - this.clock.monotonic();
    this.best = this.best === null ? bound : Math.max(this.best, bound);
  }

  /** Not later than the CRM's time at a moment of our monotonic clock (default: now). */
  at(monotonic: number = this.clock.monotonic()): Instant {
    if (this.best !== null) return Math.floor(this.best + monotonic);
    return Math.floor(this.clock.now() - this.clock.monotonic() + monotonic - this.skewMs);
  }
}
