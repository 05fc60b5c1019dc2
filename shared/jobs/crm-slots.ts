import { TABLES } from '../config/names.ts';
import { PortFailure } from '../sync/failures.ts';
import type { CrmSlots } from '../sync/gate.ts';
import type { Clock, RowChange, Tables } from '../sync/ports.ts';
import { ifAsRead, isNewer, plainRow } from '../sync/rows.ts';

/** A holder that died keeps its place this long: longer than any pass. */
const SLOT_MS = 10 * 60_000;
const PREFIX = 'crmSlot|';

/** At most `places` passes of a tenant use the CRM at once: one row a place, taken and given back by ETag. */
export function crmSlots(tables: Tables, clock: Clock, tenantId: string, places: number, holder: string): CrmSlots {
  const take = async (): Promise<(() => Promise<void>) | null> => {
    const { rows, date } = await tables.range(TABLES.tenantState, tenantId, { from: PREFIX, to: `${PREFIX}~` });
    const taken = new Map(rows.map((row) => [row.rowKey, row]));
    for (let place = 0; place < places; place += 1) {
      const rowKey = `${PREFIX}${String(place).padStart(3, '0')}`;
      const standing = taken.get(rowKey);
      if (standing !== undefined && (isNewer(standing) || date - standing.timestamp < SLOT_MS)) continue;
      const row = plainRow(rowKey, { holder, at: clock.now() });
      const change = ifAsRead(row, standing?.etag);
      const etag = await tryOne(tables, tenantId, change);
      if (etag !== null) return () => giveBack(tables, tenantId, rowKey, etag);
    }
    return null;
  };
  return { take };
}

/** The new ETag, or null when somebody else took the place first. */
async function tryOne(tables: Tables, tenantId: string, change: RowChange): Promise<string | null> {
  try {
    const [etag] = await tables.transact(TABLES.tenantState, tenantId, [change]);
    return etag ?? '';
  } catch (failure) {
    if (failure instanceof PortFailure && failure.reason === 'conflict') return null;
    throw failure;
  }
}

async function giveBack(tables: Tables, tenantId: string, rowKey: string, etag: string): Promise<void> {
  try {
    await tables.transact(TABLES.tenantState, tenantId, [{ op: 'delete', rowKey, etag }]);
  } catch {
    // It runs out by itself.
  }
}
