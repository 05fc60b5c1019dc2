import type { HttpHandler, HttpResponseInit } from '@azure/functions';
import type { AppOf } from '../shared/compose.ts';
import { handshake } from './graph-handshake.ts';

/** Graph's word on our subscriptions (graph.md 1.4): 202 whatever it was, unless it could not be stored, because then Graph sends it again. */
export function graphLifecycle(appOf: AppOf): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const answer = handshake(request);
    if (answer !== null) return answer;
    const body: unknown = await request.json().catch(() => null);
    await appOf(context).takeLifecycle(body, context.traceContext?.traceParent);
    return { status: 202 };
  };
}
