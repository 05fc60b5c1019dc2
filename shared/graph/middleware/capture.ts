import type { Middleware } from '@microsoft/microsoft-graph-client';
import { asError, middleware } from './exchange.ts';

/** Outermost: keeps what was thrown as it was. The client would turn it into an error of its own, with texts of the server in it. */
export function capture(): Middleware {
  return middleware(async (_context, next, exchange) => {
    try {
      await next();
    } catch (failure) {
      exchange.failure = asError(failure);
    }
  });
}
