import type { HttpRequest, HttpResponseInit } from '@azure/functions';

/** Graph's question whether the endpoint is ours (graph.md 1.5): its token comes back as plain text and as nothing else, so that it cannot become a page. Null where it asks nothing. */
export function handshake(request: HttpRequest): HttpResponseInit | null {
  const token = request.query.get('validationToken');
  if (token === null) return null;
  if (token.length > 4_096) return { status: 400, body: 'The validation token is too long.' };
  return { status: 200, body: token, headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' } };
}
