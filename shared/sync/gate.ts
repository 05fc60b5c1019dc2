import { LeaseLost, PortFailure } from './failures.ts';
import { CLOCKS_DIFFER_MS, type HeldLease } from './lease.ts';
import type { Clock, Gate, Side } from './ports.ts';

/** Graph allows 10,000 requests per app and mailbox in ten minutes; we stop a little before. */
export const GRAPH_REQUESTS_PER_TEN_MINUTES = 9_500;

/** Permission for this pass to use the CRM: at most `crm.maxConcurrent` passes of a tenant hold one. */
export interface CrmSlots {
  /** A way to give it back, or null when all are taken. */
  take(): Promise<(() => Promise<void>) | null>;
}

/**
 * Stands before every external call of a pass: no call starts that could outlive the lease, break a Retry-After, exceed the request budget, or
 * use the CRM without a slot.
 */
export class PassGate implements Gate {
  private readonly lease: HeldLease;
  private readonly clock: Clock;
  private readonly slots: CrmSlots;
  private readonly crmMaxRunMs: number;
  private giveBack: Promise<() => Promise<void>> | null = null;
  private closed = false;

  /** @param crmMaxRunMs how long a CRM request may run, whatever became of its answer (milliseconds). */
  constructor(lease: HeldLease, slots: CrmSlots, crmMaxRunMs: number) {
    this.lease = lease;
    this.clock = lease.clock;
    this.slots = slots;
    this.crmMaxRunMs = crmMaxRunMs;
  }

  async enter(port: Side, timeoutMs: number): Promise<void> {
    if (this.closed) throw new LeaseLost();
    this.refuseTooEarly(port);
    if (port === 'crm') {
      this.giveBack ??= this.takeSlot();
      await this.giveBack;
    }
    await this.lease.cover(timeoutMs);
    if (port === 'graph') this.count();
  }

  refused(port: Side, failure: PortFailure): void {
    const { retryAfterMs, sentAt } = failure.details;
    if (port === 'graph' && failure.reason === 'throttled' && retryAfterMs !== undefined) this.lease.note({ graphNotBefore: Math.max(this.clock.now() + retryAfterMs + CLOCKS_DIFFER_MS + this.lease.clockDoubt, this.lease.state.graphNotBefore) });
    // Whatever became of its answer, the request may still run (design 2).
    if (port === 'crm' && sentAt !== undefined) this.lease.note({ crmNotBefore: Math.max(sentAt + this.lease.clockOffset + this.lease.clockDoubt + this.crmMaxRunMs, this.lease.state.crmNotBefore) });
  }

  /** Nothing more starts; the slot is given back. */
  async close(): Promise<void> {
    this.closed = true;
    const giveBack = await this.giveBack?.catch(() => null);
    await giveBack?.();
  }

  private refuseTooEarly(port: Side): void {
    const now = this.clock.now();
    const { graphNotBefore, crmNotBefore, requests } = this.lease.state;
    const notBefore = port === 'graph' ? graphNotBefore : crmNotBefore;
    // A clock that may be ahead waits for longer.
    const surely = now - this.lease.clockDoubt;
    if (surely < notBefore) {
      const reason = port === 'graph' ? 'throttled' : 'crmBusy';
      throw new PortFailure(port, reason, `This mailbox must not use ${port === 'graph' ? 'Graph' : 'the CRM'} before ${new Date(notBefore).toISOString()}.`, { retryAfterMs: notBefore - surely });
    }
    if (port !== 'graph') return;
    const minute = Math.floor(now / 60_000);
    const recent = Object.entries(requests).filter(([at]) => Number(at) > minute - 10);
    if (recent.reduce((sum, [, count]) => sum + count, 0) < GRAPH_REQUESTS_PER_TEN_MINUTES) return;
    const oldest = Math.min(...recent.map(([at]) => Number(at)));
    throw new PortFailure('graph', 'throttled', 'This mailbox used up its Graph requests of the running ten minutes.', { retryAfterMs: (oldest + 10) * 60_000 - now });
  }

  private count(): void {
    const minute = Math.floor(this.clock.now() / 60_000);
    const kept = Object.entries(this.lease.state.requests).filter(([at]) => Number(at) > minute - 10);
    const requests = Object.fromEntries(kept);
    requests[minute] = (requests[minute] ?? 0) + 1;
    this.lease.note({ requests });
  }

  private async takeSlot(): Promise<() => Promise<void>> {
    const giveBack = await this.slots.take();
    if (giveBack !== null) return giveBack;
    this.giveBack = null;
    throw new PortFailure('crm', 'crmBusy', 'All CRM slots of this tenant are in use: this mailbox comes again shortly.', { retryAfterMs: 10_000 });
  }
}
