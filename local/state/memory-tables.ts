import { PortFailure } from '../../shared/sync/failures.ts';
import type { Cell, Row, RowChange, StoredRow, Tables } from '../../shared/sync/ports.ts';
import type { Run } from './operation.ts';
import { deleteRow, emptyPartition, lowerBound, setRow } from './partition.ts';
import type { Partition } from './partition.ts';
import { checkKeyRule, checkRowRule, checkTableName, checkTransactionRule } from './table-rules.ts';

const PAGE = 1_000;
/** 15 comparisons in a filter, one of them for the partition. */
const KEYS_PER_REQUEST = 14;

/** table -> partition -> rows. Table names are compared without case, as Azure does. */
export type TablesState = Map<string, Map<string, Partition>>;

export function copyTables(state: TablesState): TablesState {
  return new Map(
    [...state].map(([table, partitions]) => [
      table,
      new Map([...partitions].map(([key, { keys, rows }]) => [key, { keys: [...keys], rows: new Map(rows) }])),
    ]),
  );
}

/** Looks like the service's own, characters that need escaping in a URL included; two of one store are never equal. */
function etagSource(now: () => number): () => string {
  let last = 0;
  let count = 0;
  return () => {
    const at = now();
    if (at > last) {
      last = at;
      count = 0;
    } else if (count === 9_999) {
      last += 1;
      count = 0;
    } else {
      count += 1;
    }
    const iso = new Date(last).toISOString().replace('Z', `${String(count).padStart(4, '0')}Z`);
    return `W/"datetime'${encodeURIComponent(iso)}'"`;
  };
}

export function memoryTables(state: TablesState, now: () => number, run: Run): Tables {
  const nextEtag = etagSource(now);

  function partitionsOf(table: string): Map<string, Partition> {
    checkTableName(table);
    const name = table.toLowerCase();
    const known = state.get(name) ?? new Map<string, Partition>();
    state.set(name, known);
    return known;
  }

  function read(table: string, partition: string): Partition {
    checkKeyRule(table, partition);
    return partitionsOf(table).get(partition) ?? emptyPartition();
  }

  function conflict(table: string, code: string): PortFailure {
    return new PortFailure('state', 'conflict', `Something in table ${table} was changed, added or removed by somebody else (${code}): read it again and decide anew.`, { code });
  }

  /** What the row would be after this change, null for a deletion. */
  function outcome(table: string, rows: ReadonlyMap<string, StoredRow>, change: RowChange): Row | null {
    const old = rows.get(change.op === 'delete' ? change.rowKey : change.row.rowKey);
    if (change.op === 'insert' && old) throw conflict(table, 'EntityAlreadyExists');
    if ((change.op === 'replace' || change.op === 'delete') && !old) throw conflict(table, 'ResourceNotFound');
    if ((change.op === 'replace' || change.op === 'delete') && change.etag !== undefined && change.etag !== '*' && change.etag !== old?.etag) throw conflict(table, 'UpdateConditionNotSatisfied');
    if (change.op === 'delete') return null;
    const cells: Record<string, Cell> = change.op === 'merge' ? { ...old?.cells, ...change.row.cells } : { ...change.row.cells };
    // JSON knows no -0.
    for (const [name, cell] of Object.entries(cells)) if (cell === 0) cells[name] = 0;
    return { rowKey: change.row.rowKey, cells };
  }

  function commit(table: string, partition: string, changes: readonly RowChange[]): (string | null)[] {
    checkKeyRule(table, partition);
    checkTransactionRule(table, changes);
    for (const change of changes) if (change.op !== 'delete') checkRowRule(table, partition, change.row);
    const partitions = partitionsOf(table);
    const target = partitions.get(partition) ?? emptyPartition();
    // Each row stands once in a transaction, so that all can be judged against the old state before any is written.
    const outcomes = changes.map((change) => outcome(table, target.rows, change));
    for (const row of outcomes) if (row) checkRowRule(table, partition, row);
    const timestamp = now();
    partitions.set(partition, target);
    return outcomes.map((row, i) => {
      const change = changes[i];
      if (row) {
        const etag = nextEtag();
        setRow(target, Object.freeze({ rowKey: row.rowKey, cells: Object.freeze(row.cells), etag, timestamp }));
        return etag;
      }
      if (change?.op === 'delete') deleteRow(target, change.rowKey);
      return null;
    });
  }

  /** At most `top` rows from the given key on, and where the next page begins. */
  function page({ keys, rows }: Partition, from: string, to: string | undefined, top: number): { readonly found: StoredRow[]; readonly next: string | undefined } {
    const found: StoredRow[] = [];
    for (let i = lowerBound(keys, from); i < keys.length; i += 1) {
      const key = keys[i] ?? '';
      if (to !== undefined && key >= to) break;
      if (found.length === top) return { found, next: key };
      const row = rows.get(key);
      if (row) found.push(row);
    }
    return { found, next: undefined };
  }

  return {
    get: (table, partition, rowKey) =>
      run('tables.get', { place: table, partition, keys: [rowKey] }, () => {
        checkKeyRule(table, rowKey);
        return read(table, partition).rows.get(rowKey) ?? null;
      }),

    async range(table, partition, { from, to, limit } = {}) {
      const wanted = limit ?? Number.POSITIVE_INFINITY;
      const rows: StoredRow[] = [];
      let date: number | undefined;
      let next: string | undefined = from ?? '';
      while (next !== undefined) {
        const start: string = next;
        // Pages are read one after another: others may write between two of them.
        const one = await run('tables.range', { place: table, partition }, () => {
          for (const key of [from, to]) if (key !== undefined) checkKeyRule(table, key);
          // The Date header of an answer has whole seconds.
          return { ...page(read(table, partition), start, to, Math.max(1, Math.min(PAGE, wanted))), date: Math.floor(now() / 1000) * 1000 };
        });
        date ??= one.date;
        for (const row of one.found) if (rows.length < wanted) rows.push(row);
        next = rows.length < wanted ? one.next : undefined;
      }
      return { rows, date: date ?? now() };
    },

    async pick(table, partition, rowKeys) {
      const found = new Map<string, StoredRow>();
      const keys = [...new Set(rowKeys)].sort();
      for (let i = 0; i < keys.length; i += KEYS_PER_REQUEST) {
        const some = keys.slice(i, i + KEYS_PER_REQUEST);
        const rows = await run('tables.pick', { place: table, partition, keys: some }, () => {
          for (const key of some) checkKeyRule(table, key);
          const { rows: stored } = read(table, partition);
          return some.flatMap((key) => stored.get(key) ?? []);
        });
        for (const row of rows) found.set(row.rowKey, row);
      }
      return found;
    },

    async *scan(table, { partitionFrom, partitionTo } = {}) {
      let at: { readonly partition: string; readonly rowKey: string } | null = { partition: partitionFrom ?? '', rowKey: '' };
      while (at) {
        const start: { readonly partition: string; readonly rowKey: string } = at;
        const one = await run('tables.scan', { place: table }, () => {
          for (const key of [partitionFrom, partitionTo]) if (key !== undefined) checkKeyRule(table, key);
          const partitions = partitionsOf(table);
          const found: { readonly partition: string; readonly row: StoredRow }[] = [];
          const names = [...partitions.keys()].filter((name) => name >= start.partition && (partitionTo === undefined || name < partitionTo)).sort();
          for (const name of names) {
            const content = partitions.get(name) ?? emptyPartition();
            const { found: rows, next } = page(content, name === start.partition ? start.rowKey : '', undefined, PAGE - found.length);
            for (const row of rows) found.push({ partition: name, row });
            if (next !== undefined) return { found, next: { partition: name, rowKey: next } };
          }
          return { found, next: null };
        });
        yield* one.found;
        at = one.next;
      }
    },

    transact: (table, partition, changes) =>
      run(
        'tables.transact',
        { place: table, partition, keys: changes.map((change) => (change.op === 'delete' ? change.rowKey : change.row.rowKey)), changes },
        () => commit(table, partition, changes),
      ),
  };
}
