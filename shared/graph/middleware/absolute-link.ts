import type { Middleware } from '@microsoft/microsoft-graph-client';
import { PortFailure } from '../../sync/failures.ts';
import { middleware } from './exchange.ts';
import { refuseBeyond, type Reach } from './reach.ts';

/**
 * Where a request goes. `nextLink` and `deltaLink` are opaque and travel byte for byte (graph.md 2.1), but only to the Graph we were told of, because a
 * token goes with them; and neither they nor a path of ours leave what this way to Graph is for.
 */
export function absoluteLink(baseUrl: string, reach: Reach): Middleware {
  const origin = new URL(baseUrl).origin;
  const check = refuseBeyond(reach, baseUrl);
  return middleware(async (context, next, exchange) => {
    if (exchange.link !== null) {
      if (originOf(exchange.link) !== origin) {
        throw new PortFailure('graph', 'gone', 'A stored Graph link leads to another host than the Graph base URL: it is not followed, start the round anew.', { code: 'foreignLink' });
      }
      context.request = exchange.link;
    }
    check(typeof context.request === 'string' ? context.request : context.request.url, exchange);
    await next();
  });
}

function originOf(link: string): string | null {
  try {
    const { origin, username, password } = new URL(link);
    // No link of Graph has a login in it, and none can be asked for with one.
    return username === '' && password === '' ? origin : null;
  } catch {
    return null;
  }
}
