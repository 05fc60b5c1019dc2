import type { HttpHandler, HttpResponseInit } from '@azure/functions';
import type { AppOf } from '../shared/compose.ts';

/** A summary without content: 200 while the parts answer, 503 when the connector cannot work at all. */
export function health(appOf: AppOf): HttpHandler {
  return async (_request, context): Promise<HttpResponseInit> => {
    const summary = await appOf(context).health();
    return { status: summary.status === 'down' ? 503 : 200, jsonBody: summary, headers: { 'cache-control': 'no-store' } };
  };
}
