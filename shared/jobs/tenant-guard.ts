import { TABLES } from '../config/names.ts';
import { PortFailure } from '../sync/failures.ts';
import { allowed, type TenantGuard } from '../sync/guard.ts';
import type { Clock, Tables } from '../sync/ports.ts';
import { encodeRow, ifAsRead, readRow } from '../sync/rows.ts';
import { added, pruned, withinDay, type DayCount } from '../sync/sliding-day.ts';
import type { Limit } from '../sync/tally.ts';
import { readMailboxes } from './directory.ts';

const GUARD_ROW = 'guard|deletions';
/** Passes of other mailboxes that delete at this moment write the same row. */
const TRIES = 12;
const PAUSE_MS = 50;

/**
 * The tenant's deletions of the last day, one row for all its mailboxes. Counted before they are written, so a pass that died may have counted what it
 * never wrote: that errs on the safe side and is over within a day. The number of pairs is summed up only where the plain number is exceeded.
 */
export function tenantGuard(tables: Tables, clock: Clock, tenantId: string, limit: Limit): TenantGuard {
  const reserve = async (deletions: number): Promise<boolean> => {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const row = await tables.get(TABLES.tenantState, tenantId, GUARD_ROW);
      // Counted by a newer version: nothing is let through and nothing held for it, the pass is left to a newer worker.
      const counts = row === null ? {} : readRow<DayCount>(row);
      const now = clock.now();
      const day = withinDay(counts, now) + deletions;
      if (day > limit.count && day > allowed(limit, await pairsOf(tables, tenantId))) return false;
      const next = encodeRow(GUARD_ROW, added(pruned(counts, now), now, deletions));
      try {
        await tables.transact(TABLES.tenantState, tenantId, [ifAsRead(next, row?.etag)]);
        return true;
      } catch (failure) {
        if (!(failure instanceof PortFailure) || failure.reason !== 'conflict') throw failure;
        await clock.sleep(PAUSE_MS * (attempt + 1));
      }
    }
    throw new PortFailure('state', 'transient', 'Too many mailboxes of this tenant delete at this moment to count them: this one comes again shortly.');
  };
  return { reserve };
}

async function pairsOf(tables: Tables, tenantId: string): Promise<number> {
  return (await readMailboxes(tables, tenantId)).reduce((sum, { status }) => sum + (status.pairs ?? 0), 0);
}
