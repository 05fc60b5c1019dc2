import { QUEUES, TABLES } from '../config/names.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Storage } from '../sync/ports.ts';
import { ifAsRead, isNewer, plainRow, touched } from '../sync/rows.ts';

const TIME_TO_LIVE_MS = 5 * 60_000;

/**
 * Puts a tenant job's message back onto its queue for later. However many messages of one job are put back (they arrive at least once, timers and admins
 * add theirs), one of them comes: else each delivered twice would double what comes after it.
 */
export async function sendAgain(storage: Storage, { tenantId, job }: { readonly tenantId: string; readonly job: string }, text: string, afterMs: number): Promise<void> {
  const rowKey = `again|${job}`;
  const { rows, date } = await storage.tables.range(TABLES.tenantState, tenantId, { from: rowKey, to: `${rowKey}~` });
  const row = rows.find((one) => one.rowKey === rowKey);
  // Its age is all that it says, whoever wrote it.
  if (row !== undefined && date - row.timestamp < afterMs) return;
  try {
    await storage.tables.transact(TABLES.tenantState, tenantId, [row !== undefined && isNewer(row) ? touched(row) : ifAsRead(plainRow(rowKey, {}), row?.etag)]);
  } catch (failure) {
    if (failure instanceof PortFailure && failure.reason === 'conflict') return;
    throw failure;
  }
  await storage.queues.send(QUEUES.tenantJobs, text, { visibleAfterMs: afterMs + 1_000, timeToLiveMs: TIME_TO_LIVE_MS });
}
