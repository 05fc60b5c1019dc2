import { TABLES } from '../config/names.ts';
import { PortFailure } from '../sync/failures.ts';
import type { RowChange, StoredRow, Tables } from '../sync/ports.ts';
import { ifAsRead, mustKnow, plainRow } from '../sync/rows.ts';
import type { ChangedRecord, NewestStamp } from './ports.ts';

/** Row of `tenantState`: the newest stamp ever seen in an info area, and whose it was. */
export function newestKey(infoArea: string): string {
  return `newest|${infoArea}`;
}

export interface KnownNewest {
  readonly newest: NewestStamp | null;
  readonly row: StoredRow | null;
}

/** @throws NewerVersion */
export function readNewest(row: StoredRow | null): KnownNewest {
  mustKnow(row);
  const { id, stamp } = row?.cells ?? {};
  return { row, newest: typeof id === 'string' && typeof stamp === 'string' && id !== '' ? { id, stamp } : null };
}

/** The later of both; stamps of the future (a clock that was wrong, an import) are none: nothing would ever be as new again. */
export function newer(before: NewestStamp | null, page: readonly ChangedRecord[], latest: string): NewestStamp | null {
  return page.reduce((newest, { id, stamp }) => (stamp !== null && stamp <= latest && (newest === null || stamp > newest.stamp) ? { id, stamp } : newest), before);
}

/** The row to write together with the watermark; none where nothing newer was seen. */
export function newestChange(infoArea: string, { newest, row }: KnownNewest, now: NewestStamp | null): RowChange[] {
  if (now === null || (newest !== null && now.id === newest.id && now.stamp === newest.stamp)) return [];
  return [ifAsRead(plainRow(newestKey(infoArea), { id: now.id, stamp: now.stamp }), row?.etag)];
}

/** After an admin let the tenant go on: what the CRM shows from now on is the truth, however old. */
export async function forgetNewest(tables: Tables, tenantId: string, infoArea: string): Promise<void> {
  const row = await tables.get(TABLES.tenantState, tenantId, newestKey(infoArea));
  mustKnow(row);
  if (row === null) return;
  try {
    await tables.transact(TABLES.tenantState, tenantId, [{ op: 'delete', rowKey: row.rowKey, etag: row.etag }]);
  } catch (failure) {
    // A poll of before wrote it at this very moment: it stops the tenant once more, and says so.
    if (!(failure instanceof PortFailure) || failure.reason !== 'conflict') throw failure;
  }
}
