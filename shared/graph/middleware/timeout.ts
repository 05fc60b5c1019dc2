import type { Middleware } from '@microsoft/microsoft-graph-client';
import type { Clock } from '../../sync/ports.ts';
import { classify } from '../classify.ts';
import { asError, middleware } from './exchange.ts';

/** Closes a request that takes too long, its body included: afterwards it no longer counts as in flight (design 2). */
export function timeout(clock: Clock, timeoutMs: number): Middleware {
  return middleware(async (context, next, exchange) => {
    const request = new AbortController();
    const timer = new AbortController();
    context.options = { ...context.options, signal: request.signal };
    const sent: Promise<Outcome> = next().then(
      () => ({ ended: 'answered' }),
      (failure: unknown) => ({ ended: 'failed', failure }),
    );
    const late: Promise<Outcome> = clock.sleep(exchange.timeoutMs ?? timeoutMs, timer.signal).then(
      () => ({ ended: 'late' }),
      () => sent,
    );
    const first = await Promise.race([sent, late]);
    // With a reason of our own: the default one is an exception with a stack, made for every request.
    timer.abort('answered');
    if (first.ended === 'late') {
      request.abort();
      throw classify({ kind: 'timeout' }, exchange, clock.now());
    }
    if (first.ended === 'failed') throw asError(first.failure);
  });
}

type Outcome = { readonly ended: 'answered' | 'late' } | { readonly ended: 'failed'; readonly failure: unknown };
