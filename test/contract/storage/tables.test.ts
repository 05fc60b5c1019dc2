import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RowChange, Tables } from '../../../shared/sync/ports.ts';
import { IMPLEMENTATIONS, collect, freshName, outcome } from './implementations.ts';
import type { Subject } from './implementations.ts';

const insert = (rowKey: string, cells: Record<string, string | number | boolean> = {}): RowChange => ({ op: 'insert', row: { rowKey, cells } });
const put = (rowKey: string, cells: Record<string, string | number | boolean> = {}): RowChange => ({ op: 'put', row: { rowKey, cells } });
const merge = (rowKey: string, cells: Record<string, string | number | boolean> = {}): RowChange => ({ op: 'merge', row: { rowKey, cells } });
const replace = (rowKey: string, cells: Record<string, string | number | boolean>, etag?: string): RowChange => ({ op: 'replace', row: { rowKey, cells }, ...(etag === undefined ? {} : { etag }) });
const remove = (rowKey: string, etag?: string): RowChange => ({ op: 'delete', rowKey, ...(etag === undefined ? {} : { etag }) });

/** Keys that are easily mangled on their way through URLs, filters and JSON. */
const ODD_KEYS = ["it's", "''", '100%', '%41', 'a b', 'a+b', 'a|b~c', 'k=v&w', '$x', '@y', 'a:b;c,d', '(x)', '"q"', '<t>', 'é', 'ß', '日本', '😀', 'e\u0301'];

describe.each(IMPLEMENTATIONS)('Tables of $name', ({ open }) => {
  let subject: Subject;
  let tables: Tables;
  beforeAll(async () => {
    subject = await open();
    tables = subject.storage.tables;
  });
  afterAll(() => subject.stop());

  describe('a single row', () => {
    it('is null where it is missing, also in a table that nobody used before', async () => {
      expect(await tables.get(freshName(), 'p', 'r')).toBeNull();
    });

    it('comes back with every cell as it was written', async () => {
      const table = freshName();
      const cells = { text: 'Grüße, 日本 😀 "\'\\/\n\t', empty: '', iso: '2026-11-22T09:00:00Z', digits: '0042', yes: true, no: false, zero: 0, small: -1, half: 1.5, tenth: 0.1, int32: 2 ** 31, epoch: 1_795_340_000_123, huge: 1e21, tiny: 5e-324, most: Number.MAX_SAFE_INTEGER };
      const [etag] = await tables.transact(table, 'p', [insert('r', cells)]);
      const row = await tables.get(table, 'p', 'r');
      expect(row?.cells).toEqual(cells);
      expect(row?.rowKey).toBe('r');
      expect(row?.etag).toBe(etag);
    });

    it('keeps control characters in cells, which only keys must not have', async () => {
      const table = freshName();
      await tables.transact(table, 'p', [insert('r', { text: 'a\u0001\u007f\u0085\u2028\u2029b\r\n' })]);
      expect((await tables.get(table, 'p', 'r'))?.cells).toEqual({ text: 'a\u0001\u007f\u0085\u2028\u2029b\r\n' });
    });

    it('tells when the storage last wrote it, no later than the storage tells its time within a second', async () => {
      const table = freshName();
      await tables.transact(table, 'p', [insert('r')]);
      const first = await tables.get(table, 'p', 'r');
      await subject.elapse(1100);
      await tables.transact(table, 'p', [put('r')]);
      const { rows, date } = await tables.range(table, 'p');
      expect(rows[0]!.timestamp - first!.timestamp).toBeGreaterThanOrEqual(1000);
      expect(date % 1000).toBe(0);
      expect(date + 1000).toBeGreaterThanOrEqual(rows[0]!.timestamp);
      expect(date - rows[0]!.timestamp).toBeLessThan(60_000);
    });

    it('is not shared with the caller who wrote it', async () => {
      const table = freshName();
      const cells: Record<string, string> = { a: 'before' };
      await tables.transact(table, 'p', [insert('r', cells)]);
      cells['a'] = 'after';
      expect((await tables.get(table, 'p', 'r'))?.cells).toEqual({ a: 'before' });
    });
  });

  describe('what a change does', () => {
    it('insert refuses a row that exists', async () => {
      const table = freshName();
      await tables.transact(table, 'p', [insert('r', { a: 1 })]);
      expect(await outcome(tables.transact(table, 'p', [insert('r', { a: 2 })]))).toBe('conflict');
      expect((await tables.get(table, 'p', 'r'))?.cells).toEqual({ a: 1 });
    });

    it('replace drops the cells that it does not name', async () => {
      const table = freshName();
      await tables.transact(table, 'p', [insert('r', { a: 1, b: 2 })]);
      await tables.transact(table, 'p', [replace('r', { b: 3 })]);
      expect((await tables.get(table, 'p', 'r'))?.cells).toEqual({ b: 3 });
    });

    it('replace needs a row, with and without an ETag', async () => {
      const table = freshName();
      const [etag] = await tables.transact(table, 'p', [insert('r', { a: 1 })]);
      await tables.transact(table, 'p', [remove('r')]);
      expect(await outcome(tables.transact(table, 'p', [replace('r', { a: 2 })]))).toBe('conflict');
      expect(await outcome(tables.transact(table, 'p', [replace('r', { a: 2 }, etag!)]))).toBe('conflict');
    });

    it('replace with a stale ETag changes nothing, with the current one it does and gives the next', async () => {
      const table = freshName();
      const [first] = await tables.transact(table, 'p', [insert('r', { a: 1 })]);
      const [second] = await tables.transact(table, 'p', [replace('r', { a: 2 }, first!)]);
      expect(second).not.toBe(first);
      expect(await outcome(tables.transact(table, 'p', [replace('r', { a: 3 }, first!)]))).toBe('conflict');
      expect((await tables.get(table, 'p', 'r'))?.cells).toEqual({ a: 2 });
    });

    it('a write of the same content gives a new ETag', async () => {
      const table = freshName();
      const [first] = await tables.transact(table, 'p', [put('r', { a: 1 })]);
      const [second] = await tables.transact(table, 'p', [put('r', { a: 1 })]);
      expect(second).not.toBe(first);
    });

    it('put inserts, and replaces whatever was there', async () => {
      const table = freshName();
      await tables.transact(table, 'p', [put('r', { a: 1, b: 2 })]);
      await tables.transact(table, 'p', [put('r', { c: 3 })]);
      expect((await tables.get(table, 'p', 'r'))?.cells).toEqual({ c: 3 });
    });

    it('merge inserts, and leaves the cells that it does not name', async () => {
      const table = freshName();
      const [first] = await tables.transact(table, 'p', [merge('r', { a: 1, b: 2 })]);
      const [second] = await tables.transact(table, 'p', [merge('r', { b: 3, c: 'x' })]);
      const row = await tables.get(table, 'p', 'r');
      expect(row?.cells).toEqual({ a: 1, b: 3, c: 'x' });
      expect(row?.etag).toBe(second);
      expect(second).not.toBe(first);
    });

    it('delete with a stale ETag leaves the row, with the current one it goes', async () => {
      const table = freshName();
      const [first] = await tables.transact(table, 'p', [insert('r', { a: 1 })]);
      const [second] = await tables.transact(table, 'p', [replace('r', { a: 2 })]);
      expect(await outcome(tables.transact(table, 'p', [remove('r', first!)]))).toBe('conflict');
      expect((await tables.get(table, 'p', 'r'))?.cells).toEqual({ a: 2 });
      expect(await tables.transact(table, 'p', [remove('r', second!)])).toEqual([null]);
      expect(await tables.get(table, 'p', 'r')).toBeNull();
    });

    it('delete needs a row', async () => {
      const table = freshName();
      await tables.transact(table, 'p', [insert('other')]);
      expect(await outcome(tables.transact(table, 'p', [remove('r')]))).toBe('conflict');
    });

    it('a row made anew does not answer to the ETag of its predecessor', async () => {
      const table = freshName();
      const [old] = await tables.transact(table, 'p', [insert('r', { a: 1 })]);
      await tables.transact(table, 'p', [remove('r', old!)]);
      await tables.transact(table, 'p', [insert('r', { a: 1 })]);
      expect(await outcome(tables.transact(table, 'p', [remove('r', old!)]))).toBe('conflict');
    });

    it('of twenty writers with the same ETag exactly one wins', async () => {
      const table = freshName();
      const [etag] = await tables.transact(table, 'p', [insert('lease', { holder: -1 })]);
      const answers = await Promise.all(Array.from({ length: 20 }, (_, holder) => outcome(tables.transact(table, 'p', [replace('lease', { holder }, etag!)]))));
      expect(answers.filter((answer) => answer === 'done')).toHaveLength(1);
      expect(answers.filter((answer) => answer === 'conflict')).toHaveLength(19);
      expect((await tables.get(table, 'p', 'lease'))?.cells).toEqual({ holder: answers.indexOf('done') });
    });

    it('of twenty inserts of one row exactly one wins', async () => {
      const table = freshName();
      await tables.transact(table, 'p', [insert('other')]);
      const answers = await Promise.all(Array.from({ length: 20 }, (_, holder) => outcome(tables.transact(table, 'p', [insert('r', { holder })]))));
      expect(answers.filter((answer) => answer === 'done')).toHaveLength(1);
    });
  });

  describe('a transaction', () => {
    it('takes 100 changes and gives their ETags in order, null for deletions', async () => {
      const table = freshName();
      await tables.transact(table, 'p', [insert('old', { a: 1 })]);
      const changes = Array.from({ length: 99 }, (_, i) => insert(`r${String(i).padStart(3, '0')}`, { i }));
      const etags = await tables.transact(table, 'p', [...changes.slice(0, 50), remove('old'), ...changes.slice(50)]);
      expect(etags).toHaveLength(100);
      expect(etags[50]).toBeNull();
      const { rows } = await tables.range(table, 'p');
      expect(rows.map((row) => row.etag)).toEqual(etags.filter((etag) => etag !== null));
    });

    it('refuses 101 changes, and none', async () => {
      const table = freshName();
      expect(await outcome(tables.transact(table, 'p', Array.from({ length: 101 }, (_, i) => insert(`r${i}`))))).toBe('recordRejected');
      expect(await outcome(tables.transact(table, 'p', []))).toBe('recordRejected');
      expect((await tables.range(table, 'p')).rows).toEqual([]);
    });

    it('refuses to change one row twice', async () => {
      const table = freshName();
      expect(await outcome(tables.transact(table, 'p', [insert('r'), put('r', { a: 1 })]))).toBe('recordRejected');
      expect(await tables.get(table, 'p', 'r')).toBeNull();
    });

    it.each([
      ['an insert of an existing row', insert('kept')],
      ['a replacement with a stale ETag', replace('kept', { a: 9 }, 'W/"datetime\'2020-01-01T00%3A00%3A00.0000000Z\'"')],
      ['a replacement of a missing row', replace('missing', { a: 9 })],
      ['a deletion of a missing row', remove('missing')],
      ['a deletion with a stale ETag', remove('kept', 'W/"datetime\'2020-01-01T00%3A00%3A00.0000000Z\'"')],
    ])('writes nothing at all where it holds %s', async (_, failing) => {
      const table = freshName();
      await tables.transact(table, 'p', [insert('kept', { a: 1 }), insert('gone', { a: 1 })]);
      const before = (await tables.range(table, 'p')).rows;
      expect(await outcome(tables.transact(table, 'p', [insert('new'), merge('gone', { a: 2 }), failing, put('new2')]))).toBe('conflict');
      expect((await tables.range(table, 'p')).rows).toEqual(before);
    });

    it('fenced by a lease row cannot be written by a holder who lost it', async () => {
      const table = freshName();
      const [mine] = await tables.transact(table, 'p', [insert('lease', { holder: 'a' })]);
      await tables.transact(table, 'p', [replace('lease', { holder: 'b' }, mine!)]);
      expect(await outcome(tables.transact(table, 'p', [replace('lease', { holder: 'a' }, mine!), put('pair', { x: 1 })]))).toBe('conflict');
      expect(await tables.get(table, 'p', 'pair')).toBeNull();
    });

    it('refuses more than 4 MiB and takes 3', async () => {
      const table = freshName();
      const rows = (cells: Record<string, string>) => Array.from({ length: 100 }, (_, i) => insert(`r${i}`, cells));
      expect(await outcome(tables.transact(table, 'p', rows({ a: 'x'.repeat(22_000), b: 'y'.repeat(22_000) })))).toBe('recordRejected');
      expect(await outcome(tables.transact(table, 'p', rows({ a: 'x'.repeat(30_000) })))).toBe('done');
    });
  });

  describe('the limits of a row', () => {
    it('a string holds 32 Ki UTF-16 units and not one more', async () => {
      const table = freshName();
      expect(await outcome(tables.transact(table, 'p', [insert('r', { a: 'é'.repeat(32_768) })]))).toBe('done');
      expect((await tables.get(table, 'p', 'r'))?.cells['a']).toBe('é'.repeat(32_768));
      expect(await outcome(tables.transact(table, 'p', [insert('s', { a: 'x'.repeat(32_769) })]))).toBe('recordRejected');
    });

    it('a row holds less than 1 MiB', async () => {
      const table = freshName();
      const cells = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${i}`, 'x'.repeat(32_768)]));
      expect(await outcome(tables.transact(table, 'p', [insert('r', cells(15))]))).toBe('done');
      expect(await outcome(tables.transact(table, 'p', [insert('s', cells(16))]))).toBe('recordRejected');
      expect(await tables.get(table, 'p', 's')).toBeNull();
    });

    it('a row has 252 cells of its own and not one more', async () => {
      const table = freshName();
      const cells = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${i}`, i]));
      expect(await outcome(tables.transact(table, 'p', [insert('r', cells(252))]))).toBe('done');
      expect(await outcome(tables.transact(table, 'p', [insert('s', cells(253))]))).toBe('recordRejected');
    });

    it.each([['a-b'], ['1a'], [''], ['a.b'], ['é'], ['Timestamp'], ['rowKey'], ['etag']])('refuses a cell with the name %j', async (name) => {
      expect(await outcome(tables.transact(freshName(), 'p', [insert('r', { [name]: 'x' })]))).toBe('recordRejected');
    });

    it.each([[Number.NaN], [Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY]])('refuses the number %d', async (value) => {
      expect(await outcome(tables.transact(freshName(), 'p', [insert('r', { a: value })]))).toBe('recordRejected');
    });

    it('refuses half of a surrogate pair instead of storing another text', async () => {
      expect(await outcome(tables.transact(freshName(), 'p', [insert('r', { a: '😀'.slice(0, 1) })]))).toBe('recordRejected');
      expect(await outcome(tables.transact(freshName(), 'p', [insert('r', { a: '😀'.slice(1) })]))).toBe('recordRejected');
    });
  });

  describe('keys', () => {
    it.each([['/'], ['\\'], ['#'], ['?'], ['\u0000'], ['\t'], ['\n'], ['\u001f'], ['\u007f'], ['\u0085'], ['\u009f'], ['\ud83d']])('refuses %j in every key', async (character) => {
      const table = freshName();
      const bad = `a${character}b`;
      const attempts = [
        tables.transact(table, 'p', [insert(bad)]),
        tables.transact(table, 'p', [insert('fine'), remove(bad)]),
        tables.transact(table, bad, [insert('r')]),
        tables.get(table, 'p', bad),
        tables.get(table, bad, 'r'),
        tables.range(table, 'p', { from: bad }),
        tables.pick(table, 'p', ['fine', bad]),
      ];
      for (const attempt of attempts) expect(await outcome(attempt)).toBe('recordRejected');
      expect(await tables.get(table, 'p', 'fine')).toBeNull();
    });

    it('refuses a key of more than 1 KiB and takes one of 1 KiB', async () => {
      const table = freshName();
      expect(await outcome(tables.transact(table, 'p', [insert('k'.repeat(512))]))).toBe('done');
      expect(await tables.get(table, 'p', 'k'.repeat(512))).not.toBeNull();
      expect(await outcome(tables.transact(table, 'p', [insert('k'.repeat(513))]))).toBe('recordRejected');
    });

    it.each(ODD_KEYS.map((key) => [key]))('brings %j back as row key and as partition', async (key) => {
      const table = freshName();
      const [etag] = await tables.transact(table, key, [insert(key, { a: 1 }), insert('zz')]);
      expect((await tables.get(table, key, key))?.rowKey).toBe(key);
      expect((await tables.pick(table, key, [key, 'zz'])).get(key)?.cells).toEqual({ a: 1 });
      expect((await tables.range(table, key, { from: key, to: `${key}!` })).rows.map((row) => row.rowKey)).toContain(key);
      expect((await collect(tables.scan(table))).map(({ partition }) => partition)).toEqual([key, key]);
      const [next] = await tables.transact(table, key, [replace(key, { a: 2 }, etag!)]);
      expect(await tables.transact(table, key, [remove(key, next!)])).toEqual([null]);
    });

    it('tells keys apart by letter case', async () => {
      const table = freshName();
      await tables.transact(table, 'p', [insert('Aa', { a: 1 }), insert('aA', { a: 2 })]);
      expect((await tables.get(table, 'p', 'aA'))?.cells).toEqual({ a: 2 });
      expect(await tables.get(table, 'P', 'aA')).toBeNull();
    });
  });

  describe('a range', () => {
    it('comes in the order of UTF-16 units, not of any language', async () => {
      const table = freshName();
      const keys = ['Z', 'a', 'B', 'ä', '_', '~', '}', '|', '10', '9', '-', 'é', '日', '😀', '\uff01'];
      await tables.transact(table, 'p', keys.map((key) => insert(key)));
      expect((await tables.range(table, 'p')).rows.map((row) => row.rowKey)).toEqual([...keys].sort());
    });

    it('includes its beginning, excludes its end, and does not leave its partition', async () => {
      const table = freshName();
      await tables.transact(table, 'p', ['a', 'b', 'b|1', 'b|2', 'b}', 'c'].map((key) => insert(key)));
      await tables.transact(table, 'p2', [insert('b|3')]);
      const keys = async (bounds: { from?: string; to?: string; limit?: number }) => (await tables.range(table, 'p', bounds)).rows.map((row) => row.rowKey);
      expect(await keys({ from: 'b', to: 'c' })).toEqual(['b', 'b|1', 'b|2', 'b}']);
      expect(await keys({ from: 'b|', to: 'b|~' })).toEqual(['b|1', 'b|2']);
      expect(await keys({ to: 'b' })).toEqual(['a']);
      expect(await keys({ from: 'c' })).toEqual(['c']);
      expect(await keys({ from: 'c', to: 'a' })).toEqual([]);
      expect(await keys({ from: 'a', limit: 2 })).toEqual(['a', 'b']);
      expect(await keys({ limit: 99 })).toHaveLength(6);
    });

    it('of a missing partition or table is empty and still tells the time', async () => {
      const { rows, date } = await tables.range(freshName(), 'nobody');
      expect(rows).toEqual([]);
      expect(date).toBeGreaterThan(Date.UTC(2026, 0));
    });

    it('goes over 1,000 rows, in order and without loss, and a limit may lie beyond a page', async () => {
      const table = freshName();
      const keys = Array.from({ length: 2_300 }, (_, i) => `r${String(i).padStart(5, '0')}`);
      for (let i = 0; i < keys.length; i += 100) await tables.transact(table, 'p', keys.slice(i, i + 100).map((key) => insert(key, { key })));
      const { rows } = await tables.range(table, 'p');
      expect(rows.map((row) => row.rowKey)).toEqual(keys);
      expect((await tables.range(table, 'p', { limit: 1_500 })).rows.map((row) => row.rowKey)).toEqual(keys.slice(0, 1_500));
      expect((await tables.range(table, 'p', { from: keys[100]!, limit: 1_000 })).rows.map((row) => row.rowKey)).toEqual(keys.slice(100, 1_100));
      expect(await collect(tables.scan(table))).toHaveLength(2_300);
    });
  });

  describe('a pick', () => {
    it('brings the rows that exist, whatever their number, and nothing else', async () => {
      const table = freshName();
      const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
      await tables.transact(table, 'p', keys.map((key) => insert(key, { key })));
      await tables.transact(table, 'q', keys.map((key) => insert(key, { key: 'other' })));
      const wanted = [...keys.slice(5, 38), 'missing', 'k7', 'k7'];
      const found = await tables.pick(table, 'p', wanted);
      expect([...found.keys()].sort()).toEqual([...keys.slice(5, 38)].sort());
      for (const [key, row] of found) expect(row.cells).toEqual({ key });
    });

    it('of long keys stays within what an address may hold', async () => {
      const table = freshName();
      const keys = Array.from({ length: 30 }, (_, i) => `${'ü'.repeat(400)}${i}`);
      await tables.transact(table, 'p', keys.map((key) => insert(key)));
      expect((await tables.pick(table, 'p', keys)).size).toBe(30);
    });

    it('of nothing is nothing', async () => {
      expect((await tables.pick(freshName(), 'p', [])).size).toBe(0);
    });
  });

  describe('a scan', () => {
    it('goes partition by partition, in key order, within its bounds', async () => {
      const table = freshName();
      for (const partition of ['b', 'a', 'd', 'c']) await tables.transact(table, partition, [insert('2'), insert('1')]);
      const seen = async (bounds?: { partitionFrom?: string; partitionTo?: string }) => (await collect(tables.scan(table, bounds))).map(({ partition, row }) => partition + row.rowKey);
      expect(await seen()).toEqual(['a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'd1', 'd2']);
      expect(await seen({ partitionFrom: 'b', partitionTo: 'd' })).toEqual(['b1', 'b2', 'c1', 'c2']);
    });

    it('of an unused table is empty', async () => {
      expect(await collect(tables.scan(freshName()))).toEqual([]);
    });

    it('may be left early', async () => {
      const table = freshName();
      await tables.transact(table, 'p', [insert('1'), insert('2')]);
      for await (const { row } of tables.scan(table)) {
        expect(row.rowKey).toBe('1');
        break;
      }
    });
  });

  it('a name that a table cannot have is a matter of configuration', async () => {
    expect(await outcome(tables.get('no-hyphens', 'p', 'r'))).toBe('configuration');
  });
});
