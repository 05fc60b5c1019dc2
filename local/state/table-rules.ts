import { PortFailure } from '../../shared/sync/failures.ts';
import type { Cell, Row, RowChange } from '../../shared/sync/ports.ts';

/** What Azure Table Storage refuses, from its documentation (azure.md 3.7) and not from the product's adapter: one checks the other. */

const MEBIBYTE = 1_048_576;
/** Headers and framing of one change in a multipart body, about. */
const PART_OVERHEAD = 450;

export function rejected(table: string, code: string, sentence: string): PortFailure {
  return new PortFailure('state', 'recordRejected', `Table ${table}: ${sentence}`, { code });
}

/** Names that were found good: the few tables of a store are asked for again and again. */
const goodNames = new Set<string>();

export function checkTableName(table: string): void {
  if (goodNames.has(table)) return;
  if (!/^[a-z][a-z0-9]{2,62}$/i.test(table)) throw new PortFailure('state', 'configuration', `A table cannot have the name ${JSON.stringify(table)}: use 3 to 63 letters and digits.`, { code: 'InvalidResourceName' });
  if (goodNames.size < 1_000) goodNames.add(table);
}

/** Half a surrogate pair has no form in UTF-8: what comes back is another text. */
function isWhole(text: string): boolean {
  if (!/[\ud800-\udfff]/.test(text)) return true;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    const next = text.charCodeAt(i + 1);
    if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return false;
    i += 1;
  }
  return true;
}

export function checkKeyRule(table: string, key: string): void {
  if (/[\u0000-\u001f\u007f-\u009f/\\#?]/.test(key)) throw rejected(table, 'InvalidKey', 'a key holds a character that keys must not have: / \\ # ? or a control character.');
  if (!isWhole(key)) throw rejected(table, 'InvalidKey', 'a key holds half of a surrogate pair.');
  if (key.length * 2 > 1024) throw rejected(table, 'KeyValueTooLarge', 'a key is longer than 1 KiB.');
}

function cellBytes(name: string, cell: Cell): number {
  const value = typeof cell === 'string' ? cell.length * 2 + 4 : typeof cell === 'number' ? 8 : 1;
  return 8 + name.length * 2 + value;
}

/** Checks a row as it would be stored. */
export function checkRowRule(table: string, partition: string, row: Row): void {
  const cells = Object.entries(row.cells);
  if (cells.length + 3 > 255) throw rejected(table, 'TooManyProperties', 'a row has more than 252 cells.');
  let bytes = 4 + (partition.length + row.rowKey.length) * 2;
  for (const [name, cell] of cells) {
    if (name.length > 255 || !/^[A-Z_a-z]\w*$/.test(name) || /^(partitionkey|rowkey|timestamp|etag)$/i.test(name)) throw rejected(table, 'PropertyNameInvalid', 'a cell has a name that it cannot have.');
    if (typeof cell === 'string') {
      if (cell.length * 2 > 65_536) throw rejected(table, 'PropertyValueTooLarge', `cell ${name} is longer than 64 KiB.`);
      if (!isWhole(cell)) throw rejected(table, 'InvalidInput', `cell ${name} holds half of a surrogate pair.`);
    } else if (typeof cell === 'number' && !Number.isFinite(cell)) {
      throw rejected(table, 'InvalidInput', `cell ${name} is no finite number.`);
    }
    bytes += cellBytes(name, cell);
  }
  if (bytes > MEBIBYTE) throw rejected(table, 'EntityTooLarge', 'a row is larger than 1 MiB.');
}

function transactionBytes(changes: readonly RowChange[]): number {
  return changes.reduce((bytes, change) => bytes + PART_OVERHEAD + (change.op === 'delete' ? 0 : Buffer.byteLength(JSON.stringify(change.row))), 0);
}

export function checkTransactionRule(table: string, changes: readonly RowChange[]): void {
  if (changes.length < 1 || changes.length > 100) throw rejected(table, 'InvalidInput', `a transaction has ${changes.length} changes; 1 to 100 are allowed.`);
  const keys = new Set<string>();
  // Measured exactly only where it could be too much: no unit takes more than six bytes of JSON.
  let most = 0;
  for (const change of changes) {
    const key = change.op === 'delete' ? change.rowKey : change.row.rowKey;
    checkKeyRule(table, key);
    if (keys.has(key)) throw rejected(table, 'InvalidDuplicateRow', 'a transaction changes one row twice.');
    keys.add(key);
    most += PART_OVERHEAD + 6 * key.length + 50;
    if (change.op !== 'delete') for (const [name, cell] of Object.entries(change.row.cells)) most += 6 * (name.length + (typeof cell === 'string' ? cell.length : 5)) + 10;
  }
  if (most > 4 * MEBIBYTE && transactionBytes(changes) > 4 * MEBIBYTE) throw rejected(table, 'RequestBodyTooLarge', 'a transaction is larger than 4 MiB.');
}
