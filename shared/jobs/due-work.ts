import { TABLES } from '../config/names.ts';
import { DUE_BUCKETS, type DueRing } from '../sync/due.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Clock, Report, Storage } from '../sync/ports.ts';
import { decodeRow } from '../sync/rows.ts';
import { ring } from './marking.ts';

/**
 * Rings for every due row whose time has come, by the storage's clock: a row that goes before its time is one that nobody waits for any more. It goes
 * only when the queue took the message.
 */
export async function ringDue(services: { storage: Storage; clock: Clock; report: Report }): Promise<{ rung: number }> {
  const { storage, clock } = services;
  let now = clock.now();
  let rung = 0;
  const buckets = Array.from({ length: DUE_BUCKETS }, (_, bucket) => String(bucket).padStart(2, '0'));
  for (const bucket of buckets) {
    const { rows, date } = await storage.tables.range(TABLES.due, bucket, { to: `${String(now).padStart(13, '0')}~` });
    // Told in whole seconds, cut off.
    now = date + 999;
    for (const row of rows) {
      const due = decodeRow<DueRing>(row);
      if (due === null || due.at > now) continue;
      await ring(storage, due, 'due');
      rung += 1;
      try {
        await storage.tables.transact(TABLES.due, bucket, [{ op: 'delete', rowKey: row.rowKey, etag: row.etag }]);
      } catch (failure) {
        // Rung for by another worker, or written anew: then it rings once more.
        if (!(failure instanceof PortFailure) || failure.reason !== 'conflict') throw failure;
      }
    }
  }
  if (rung > 0) services.report('due', { rung });
  return { rung };
}
