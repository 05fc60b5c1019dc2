import { TABLES } from '../config/names.ts';
import type { Cell, RowChange, Tables } from './ports.ts';
import type { KindPass } from './context.ts';

/** Records with neighbouring serial numbers share a partition, so that a bulk of new ones is few transactions. */
export function crmIndexPartition(tenantId: string, infoArea: string, recordId: string): string {
  const serial = BigInt(recordId) & 0xffff_ffffn;
  return `${tenantId}|${infoArea}|${serial / 1_000n}`;
}

export function mailboxCell(mailboxId: string): string {
  return `m_${mailboxId.replaceAll('-', '')}`;
}

/**
 * Which mailboxes hold a record, and the fingerprint of its row as last seen: a poll hit equal to it rings nobody (design 2). These rows are written cell
 * by cell and by every version at once, so they carry no version: what a cell means never changes, and a version that needs another meaning takes
 * another name. A fingerprint made otherwise equals none: one ring too many.
 */
export interface CrmIndexChange {
  readonly id: string;
  readonly fingerprint: string | null;
  readonly mailboxId: string | null;
}

export async function writeCrmIndex(tables: Tables, tenantId: string, infoArea: string, changes: readonly CrmIndexChange[]): Promise<void> {
  const byPartition = new Map<string, Map<string, Record<string, Cell>>>();
  for (const change of changes) {
    const partition = crmIndexPartition(tenantId, infoArea, change.id);
    const rows = byPartition.get(partition) ?? new Map<string, Record<string, Cell>>();
    const cells = rows.get(change.id) ?? {};
    if (change.fingerprint !== null) cells['fp'] = change.fingerprint;
    if (change.mailboxId !== null) cells[mailboxCell(change.mailboxId)] = true;
    rows.set(change.id, cells);
    byPartition.set(partition, rows);
  }
  for (const [partition, rows] of byPartition) {
    const merges: RowChange[] = [...rows].map(([rowKey, cells]) => ({ op: 'merge', row: { rowKey, cells } }));
    for (let start = 0; start < merges.length; start += 100) await tables.transact(TABLES.crmIndex, partition, merges.slice(start, start + 100));
  }
}

/** Called after records were written and before the pairs are confirmed. */
export async function indexCrmRecords(pass: KindPass, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const { tenantId, mailboxId } = pass.mailbox;
  await writeCrmIndex(pass.services.tables, tenantId, pass.kind.infoArea, ids.map((id) => ({ id, fingerprint: pass.sides.crm.rowFingerprint(id), mailboxId })));
}
