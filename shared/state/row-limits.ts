import { PortFailure } from '../sync/failures.ts';
import type { Row, RowChange } from '../sync/ports.ts';

/**
 * What Table Storage does not take (azure.md 3.7), said before it is sent: the service's own answer names neither row nor cell, and the emulator
 * retries a bad key for seconds or takes what Azure refuses.
 */
const MAX_CHANGES = 100;
export const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024;
const MAX_ROW_BYTES = 1024 * 1024;
const MAX_STRING_UNITS = 32 * 1024;
/** 255 less PartitionKey, RowKey and Timestamp. */
const MAX_CELLS = 252;
/** 1 KiB as UTF-16. */
const MAX_KEY_UNITS = 512;

const BAD_KEY = /[/\\#?\u0000-\u001f\u007f-\u009f\p{Surrogate}]/u;
const CELL_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;
/** Names of the service, and those that the SDK gives them. */
const TAKEN = /^(partitionkey|rowkey|timestamp|etag)$/i;
const LONE_SURROGATE = /\p{Surrogate}/u;

function refuse(table: string, code: string, sentence: string): PortFailure {
  return new PortFailure('state', 'recordRejected', `Table ${table}: ${sentence}`, { code });
}

export function checkKey(table: string, key: string): void {
  if (BAD_KEY.test(key)) throw refuse(table, 'InvalidKey', 'a key holds / \\ # ? or a control character: encode or hash it.');
  if (key.length > MAX_KEY_UNITS) throw refuse(table, 'KeyValueTooLarge', `a key has ${key.length} characters, ${MAX_KEY_UNITS} are allowed: hash it.`);
}

/** Bytes as the service counts them: 4, the keys as UTF-16, and for each cell 8, its name as UTF-16 and its value. */
function rowBytes(partition: string, row: Row): number {
  let bytes = 4 + 2 * (partition.length + row.rowKey.length);
  for (const [name, cell] of Object.entries(row.cells)) {
    bytes += 8 + 2 * name.length + (typeof cell === 'string' ? 4 + 2 * cell.length : typeof cell === 'number' ? 8 : 1);
  }
  return bytes;
}

function checkRow(table: string, partition: string, row: Row): void {
  const cells = Object.entries(row.cells);
  if (cells.length > MAX_CELLS) throw refuse(table, 'TooManyProperties', `a row has ${cells.length} cells, ${MAX_CELLS} are allowed.`);
  for (const [name, cell] of cells) {
    if (!CELL_NAME.test(name) || TAKEN.test(name)) throw refuse(table, 'PropertyNameInvalid', `a cell cannot have the name ${JSON.stringify(name.slice(0, 40))}: use letters, digits and _.`);
    if (typeof cell === 'number' && !Number.isFinite(cell)) throw refuse(table, 'InvalidInput', `cell ${name} is no finite number.`);
    if (typeof cell !== 'string') continue;
    if (cell.length > MAX_STRING_UNITS) throw refuse(table, 'PropertyValueTooLarge', `cell ${name} has ${cell.length} UTF-16 units, ${MAX_STRING_UNITS} are allowed: cut it into several cells or use a blob.`);
    if (LONE_SURROGATE.test(cell)) throw refuse(table, 'InvalidInput', `cell ${name} holds half of a surrogate pair: cut texts between characters.`);
  }
  const bytes = rowBytes(partition, row);
  if (bytes > MAX_ROW_BYTES) throw refuse(table, 'EntityTooLarge', `a row has ${bytes} bytes, ${MAX_ROW_BYTES} are allowed: use a blob.`);
}

export function checkChanges(table: string, partition: string, changes: readonly RowChange[]): void {
  if (changes.length === 0 || changes.length > MAX_CHANGES) throw refuse(table, 'InvalidInput', `a transaction has ${changes.length} changes, 1 to ${MAX_CHANGES} are allowed: split it.`);
  checkKey(table, partition);
  const seen = new Set<string>();
  for (const change of changes) {
    const rowKey = change.op === 'delete' ? change.rowKey : change.row.rowKey;
    checkKey(table, rowKey);
    if (seen.has(rowKey)) throw refuse(table, 'InvalidDuplicateRow', 'a transaction changes one row twice: put both changes into one.');
    seen.add(rowKey);
    if (change.op !== 'delete') checkRow(table, partition, change.row);
  }
}

export function checkBody(table: string, bytes: number): void {
  if (bytes > MAX_TRANSACTION_BYTES) throw refuse(table, 'RequestBodyTooLarge', `a transaction has ${bytes} bytes, ${MAX_TRANSACTION_BYTES} are allowed: split it.`);
}
