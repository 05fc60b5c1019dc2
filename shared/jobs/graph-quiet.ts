import { TABLES } from '../config/names.ts';
import type { Instant } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import { clockDoubt, CLOCKS_DIFFER_MS, clockOffset } from '../sync/lease.ts';
import type { Clock, Gate, Tables } from '../sync/ports.ts';
import { mustKnow, plainRow } from '../sync/rows.ts';

const ROW = 'notBefore|graph';

/**
 * Stands before Graph's requests that concern no mailbox (people, subscriptions): a Retry-After told to one job holds for the next one, too, whoever
 * carries it out. Times are the storage's, which all workers share.
 */
export function quietGraph(tables: Tables, clock: Clock, tenantId: string): Gate {
  let offset = 0;
  let doubt = 0;
  let notBefore: Instant = 0;

  /** Before every request: another job of this tenant may have been refused a moment ago, in this process or in another. */
  async function read(): Promise<Instant> {
    const asked = clock.now();
    const { rows, date } = await tables.range(TABLES.tenantState, tenantId, { from: ROW, to: `${ROW}~` });
    mustKnow(rows);
    const answered = clock.now();
    offset = clockOffset(asked, answered, date);
    doubt = clockDoubt(asked, answered);
    return Number(rows[0]?.cells['at'] ?? 0);
  }

  return {
    async enter() {
      notBefore = Math.max(notBefore, await read());
      const now = clock.now() + offset - doubt;
      if (now >= notBefore) return;
      throw new PortFailure('graph', 'throttled', `Graph wants to be left alone by this tenant's jobs until ${new Date(notBefore).toISOString()}: they go on by themselves.`, { retryAfterMs: notBefore - now });
    },
    async refused(_port, { reason, details: { retryAfterMs } }) {
      if (reason !== 'throttled' || retryAfterMs === undefined) return;
      const until = clock.now() + offset + doubt + retryAfterMs + CLOCKS_DIFFER_MS;
      if (until <= notBefore) return;
      notBefore = until;
      await tables.transact(TABLES.tenantState, tenantId, [{ op: 'put', row: plainRow(ROW, { at: until }) }]);
    },
  };
}
