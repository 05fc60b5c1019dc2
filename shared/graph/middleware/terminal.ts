import type { Middleware } from '@microsoft/microsoft-graph-client';
import { classify } from '../classify.ts';
import { PortFailure } from '../../sync/failures.ts';
import type { Clock } from '../../sync/ports.ts';
import { middleware, type Method } from './exchange.ts';

/** The network: the global `fetch` in Azure, a simulator or a script in tests. */
export type Fetch = (request: string, init: RequestInit) => Promise<Response>;

/** Last step: sends, and reads the answer to its end while the slot and the timeout still hold. Redirects are not followed: a token goes with the request. */
export function terminal(fetch: Fetch, clock: Clock, onRequest: (method: Method) => void): Middleware {
  return middleware(async (context, _next, exchange) => {
    onRequest(exchange.method);
    let response: Response;
    try {
      const url = typeof context.request === 'string' ? context.request : context.request.url;
      response = await fetch(url, { ...context.options, redirect: 'manual' });
    } catch (failure) {
      // Held back before it left.
      if (failure instanceof PortFailure) throw failure;
      throw classify({ kind: 'network', sent: !neverConnected(failure) }, exchange, clock.now());
    }
    const head = { status: response.status, contentType: response.headers.get('content-type') ?? '', retryAfter: response.headers.get('retry-after'), date: response.headers.get('date') };
    if (exchange.consume !== null && response.status === 200) {
      await exchange.consume(response);
      exchange.answer = { ...head, text: '' };
      context.response = response;
      return;
    }
    try {
      exchange.answer = { ...head, text: await response.text() };
    } catch {
      throw classify({ kind: 'network', sent: true }, exchange, clock.now());
    }
    context.response = response;
  });
}

const BEFORE_SENDING = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Only what surely failed before the first byte left: everything else may have been carried out. */
function neverConnected(failure: unknown): boolean {
  const cause: unknown = failure instanceof Error ? failure.cause : null;
  const code: unknown = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : null;
  return typeof code === 'string' && BEFORE_SENDING.has(code);
}
