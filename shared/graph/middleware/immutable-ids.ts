import type { Middleware } from '@microsoft/microsoft-graph-client';
import { header, middleware, setHeader } from './exchange.ts';

const IMMUTABLE_IDS = 'IdType="ImmutableId"';

/** On every request, page and subscription (graph.md 4): one request without it would bring ids that no pair knows. */
export function immutableIds(): Middleware {
  return middleware(async (context, next) => {
    const prefer = header(context, 'Prefer');
    setHeader(context, 'Prefer', prefer === null ? IMMUTABLE_IDS : `${IMMUTABLE_IDS}, ${prefer}`);
    await next();
  });
}
