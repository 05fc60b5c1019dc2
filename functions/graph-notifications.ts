import type { HttpHandler, HttpResponseInit } from '@azure/functions';
import { notificationBodySchema } from '../shared/jobs/notifications.ts';
import type { AppOf } from '../shared/compose.ts';

/** Graph's webhook: the handshake, or notifications that are marked and rung before they are answered (graph.md 1.5 to 1.7). */
export function graphNotifications(appOf: AppOf): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const token = request.query.get('validationToken');
    if (token !== null) return handshake(token);
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

/** The token comes back as plain text and as nothing else, so that it cannot become a page. */
function handshake(token: string): HttpResponseInit {
  if (token.length > 4_096) return { status: 400, body: 'The validation token is too long.' };
  return { status: 200, body: token, headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' } };
}
