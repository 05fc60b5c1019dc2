import type { HttpHandler, HttpResponseInit } from '@azure/functions';
import { notificationBodySchema } from '../shared/jobs/notifications.ts';
import type { AppOf } from '../shared/compose.ts';
import { handshake } from './graph-handshake.ts';

/** Graph's webhook: the handshake, or notifications that are marked and rung before they are answered (graph.md 1.5 to 1.7). */
export function graphNotifications(appOf: AppOf): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const answer = handshake(request);
    if (answer !== null) return answer;
    let body: unknown;
    try {
      body = await request.json();
    } catch {
      return { status: 400, body: 'The body must be a JSON document with a list "value".' };
    }
    const parsed = notificationBodySchema.safeParse(body);
    if (!parsed.success) return { status: 400, body: 'The body must be a JSON document with a list "value".' };
    await appOf(context).takeNotifications(parsed.data.value, context.traceContext?.traceParent);
    return { status: 202 };
  };
}
