import type { Middleware } from '@microsoft/microsoft-graph-client';
import type { TokenProvider } from '../tokens.ts';
import { middleware, setHeader } from './exchange.ts';

/** A 401 is asked once more with a fresh token (graph.md 3.2): the request was not carried out. */
export function authentication(token: TokenProvider): Middleware {
  return middleware(async (context, next, exchange) => {
    const first = await token();
    setHeader(context, 'Authorization', `Bearer ${first}`);
    await next();
    if (exchange.answer?.status !== 401) return;
    const fresh = await token(first);
    setHeader(context, 'Authorization', `Bearer ${fresh}`);
    exchange.answer = null;
    await next();
  });
}
