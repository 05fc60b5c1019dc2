import { TABLES } from '../config/names.ts';
import type { KindPass } from './context.ts';
import type { RowChange, SeriesRow } from './ports.ts';
import { encodeRow, keys, prefixBounds, readRow, type KnownSeries } from './rows.ts';

/** Those of these ids that are series which were read whole before. */
export async function knownSeries(pass: KindPass, ids: readonly string[]): Promise<ReadonlyMap<string, KnownSeries>> {
  if (ids.length === 0) return new Map();
  const rowKeys = ids.map((id) => keys.series(pass.kind.name, id));
  const rows = await pass.services.tables.pick(TABLES.mailbox, pass.lease.partition, rowKeys);
  return new Map(ids.flatMap((id, index) => {
    const row = rows.get(rowKeys[index] ?? '');
    return row === undefined ? [] : [[id, readRow<KnownSeries>(row)]];
  }));
}

/** Whether any series was read whole in this mailbox. */
export async function hasSeries(pass: KindPass): Promise<boolean> {
  return (await pass.services.tables.range(TABLES.mailbox, pass.lease.partition, { ...prefixBounds(keys.allSeries(pass.kind.name)), limit: 1 })).rows.length > 0;
}

/**
 * The series that are not as they were last read, with the versions shown: of these rows (the echo of a write of ours is read no second time), and those
 * among strangers, which are gone or no series any more.
 */
export async function changedSeries(pass: KindPass, rows: readonly SeriesRow[], strangers: readonly string[]): Promise<Map<string, string | null>> {
  const shown = new Map<string, string | null>();
  for (const { masterId, version } of rows) shown.set(masterId, version);
  const known = await knownSeries(pass, [...new Set([...shown.keys(), ...strangers])]);
  const changed = new Map([...shown].filter(([masterId, version]) => version === null || known.get(masterId)?.version !== version));
  // Whatever version it is shown with from now on, it is another one.
  for (const id of strangers) if (known.has(id)) changed.set(id, '');
  return changed;
}

/** Writes of ours moved these series from a version that was in step to another: their echo is nothing new. */
export async function followOwnWrites(pass: KindPass, moved: readonly { readonly masterId: string; readonly from: string; readonly to: string }[]): Promise<void> {
  const known = await knownSeries(pass, moved.map(({ masterId }) => masterId));
  for (const { masterId, from, to } of moved) if (known.get(masterId)?.version === from) pass.defer(seriesRow(pass, masterId, to));
}

export function seriesRow(pass: KindPass, masterId: string, version: string): RowChange {
  return { op: 'put', row: encodeRow(keys.series(pass.kind.name, masterId), { masterId, version } satisfies KnownSeries) };
}
