import type { Middleware } from '@microsoft/microsoft-graph-client';
import type { Gate } from '../../sync/ports.ts';
import { middleware } from './exchange.ts';

/** Asked with the slot in hand, right before sending: the lease must outlive this request, not the wait for a slot. */
export function leaseGate(gate: Gate, timeoutMs: number): Middleware {
  return middleware(async (_context, next, exchange) => {
    await gate.enter('graph', exchange.timeoutMs ?? timeoutMs);
    await next();
  });
}
