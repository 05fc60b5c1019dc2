import { TABLES } from '../config/names.ts';
import type { Instant } from '../model/time/instant.ts';
import type { RowChange, Tables } from '../sync/ports.ts';
import { encodeRow, readRow } from '../sync/rows.ts';
import type { DirectoryUser } from './ports.ts';

/** What Entra answered for a rep's address, so that a run asks for new and changed reps only. */
export interface ResolvedRep {
  readonly rep: number;
  /** The address that was asked for. */
  readonly email: string;
  readonly checkedAt: Instant;
  /** null where nobody has the address, or the question failed. */
  readonly user: DirectoryUser | null;
  /** Graph refused the question: asked again sooner. */
  readonly failed: boolean;
}

const PREFIX = 'rep|';
const CHANGES_PER_TRANSACTION = 100;

/** @throws NewerVersion */
export async function readResolvedReps(tables: Tables, tenantId: string): Promise<Map<number, ResolvedRep>> {
  const { rows } = await tables.range(TABLES.directory, tenantId, { from: PREFIX, to: `${PREFIX}~` });
  const found = rows.map((row) => readRow<ResolvedRep>(row, { user: null, failed: false, checkedAt: 0 }));
  return new Map(found.map((resolved) => [resolved.rep, resolved]));
}

export async function writeResolvedRep(tables: Tables, tenantId: string, resolved: ResolvedRep): Promise<void> {
  await tables.transact(TABLES.directory, tenantId, [{ op: 'put', row: encodeRow(`${PREFIX}${resolved.rep}`, resolved) }]);
}

/** Of reps that are asked for no more; whoever removed a row meanwhile did the same. */
export async function forgetResolvedReps(tables: Tables, tenantId: string, reps: readonly number[]): Promise<void> {
  for (let start = 0; start < reps.length; start += CHANGES_PER_TRANSACTION) {
    const changes = reps.slice(start, start + CHANGES_PER_TRANSACTION).map((rep): RowChange => ({ op: 'delete', rowKey: `${PREFIX}${rep}` }));
    await tables.transact(TABLES.directory, tenantId, changes);
  }
}
