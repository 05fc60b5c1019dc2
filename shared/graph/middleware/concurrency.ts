import type { Middleware } from '@microsoft/microsoft-graph-client';
import { middleware } from './exchange.ts';

/** Outlook takes four requests of one app to one mailbox at a time (graph.md 3.1). */
export const REQUESTS_IN_FLIGHT = 4;

/** At most so many at a time, first come, first served. */
export function concurrency(limit: number = REQUESTS_IN_FLIGHT): Middleware {
  const waiting: (() => void)[] = [];
  let inFlight = 0;

  async function enter(): Promise<void> {
    if (inFlight < limit) {
      inFlight += 1;
      return;
    }
    // The slot is handed over, never set free in between: a newcomer cannot overtake.
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  function leave(): void {
    const next = waiting.shift();
    if (next === undefined) inFlight -= 1;
    else next();
  }

  return middleware(async (_context, next) => {
    await enter();
    try {
      await next();
    } finally {
      leave();
    }
  });
}
