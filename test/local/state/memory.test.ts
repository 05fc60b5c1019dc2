import { describe, expect, it, vi } from 'vitest';
import { memoryStorage } from '../../../local/state/memory.ts';
import type { MemoryStorage } from '../../../local/state/memory.ts';
import type { OperationDetails, StorageHooks, StorageOperation } from '../../../local/state/operation.ts';
import { PortFailure } from '../../../shared/sync/failures.ts';
import type { RowChange } from '../../../shared/sync/ports.ts';

const insert = (rowKey: string, cells: Record<string, number> = {}): RowChange => ({ op: 'insert', row: { rowKey, cells } });
const START = Date.UTC(2026, 10, 22, 9, 30);

/** A linear congruential generator: enough to tell seeds apart. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

function twin(hooks: StorageHooks = {}, seed = 1): MemoryStorage & { time: { now(): number; at: number } } {
  const time = { at: START, now: () => time.at };
  return Object.assign(memoryStorage({ clock: time, random: chance(seed), hooks }), { time });
}

describe('The hooks of the twin', () => {
  it('stand around every operation and name what it works on', async () => {
    const seen: [string, StorageOperation, OperationDetails][] = [];
    const { tables, queues, blobs } = twin({
      before: (op, details) => void seen.push(['before', op, details]),
      after: (op, details) => void seen.push(['after', op, details]),
    });
    const changes = [insert('r')];
    await tables.transact('pairs', 'p', changes);
    await tables.get('pairs', 'p', 'r');
    await tables.pick('pairs', 'p', ['r']);
    await tables.range('pairs', 'p');
    for await (const _ of tables.scan('pairs'));
    await queues.send('rings', 'x');
    const [message] = await queues.receive('rings', { max: 1, invisibleMs: 1_000 });
    const popReceipt = await queues.update('rings', message!, 1_000);
    await queues.remove('rings', { id: message!.id, popReceipt });
    await queues.length('rings');
    await blobs.put('files', 'a', new Uint8Array());
    await blobs.get('files', 'a');
    await blobs.getIfChanged('files', 'a', '');
    await blobs.list('files', '');
    await blobs.remove('files', 'a');
    const operations = ['tables.transact', 'tables.get', 'tables.pick', 'tables.range', 'tables.scan', 'queues.send', 'queues.receive', 'queues.update', 'queues.remove', 'queues.length', 'blobs.put', 'blobs.get', 'blobs.getIfChanged', 'blobs.list', 'blobs.remove'];
    expect(seen.map(([when, op]) => `${when} ${op}`)).toEqual(operations.flatMap((op) => [`before ${op}`, `after ${op}`]));
    expect(seen[0]?.[2]).toEqual({ place: 'pairs', partition: 'p', keys: ['r'], changes });
    expect(seen.every(([, op, { place }]) => place === { tables: 'pairs', queues: 'rings', blobs: 'files' }[op.split('.')[0]!])).toBe(true);
  });

  it('are called once for every request that the service would get', async () => {
    const seen: string[] = [];
    const { tables } = twin({ before: (op) => void seen.push(op) });
    for (let i = 0; i < 25; i += 1) await tables.transact('pairs', 'p', Array.from({ length: 100 }, (_, n) => insert(`r${i}-${n}`)));
    seen.length = 0;
    await tables.range('pairs', 'p');
    await tables.range('pairs', 'p', { limit: 5 });
    await tables.pick('pairs', 'p', Array.from({ length: 29 }, (_, n) => `r1-${n}`));
    await tables.pick('pairs', 'p', []);
    for await (const _ of tables.scan('pairs'));
    expect(seen).toEqual([...Array<string>(3).fill('tables.range'), 'tables.range', ...Array<string>(3).fill('tables.pick'), ...Array<string>(3).fill('tables.scan')]);
  });

  it('that fail before an operation leave everything as it was', async () => {
    let failing = false;
    const { tables, queues } = twin({
      before: () => {
        if (failing) throw new PortFailure('state', 'transient', 'Not now.');
      },
    });
    failing = true;
    await expect(tables.transact('pairs', 'p', [insert('r')])).rejects.toThrow('Not now.');
    await expect(queues.send('rings', 'x')).rejects.toThrow('Not now.');
    failing = false;
    expect(await tables.get('pairs', 'p', 'r')).toBeNull();
    expect(await queues.length('rings')).toBe(0);
  });

  it('that fail after an operation take its answer, not its effect', async () => {
    let failing = true;
    const { tables, queues, blobs } = twin({
      after: async () => {
        if (failing) throw new PortFailure('state', 'transient', 'Lost.', { outcomeUnknown: true });
      },
    });
    await expect(tables.transact('pairs', 'p', [insert('r')])).rejects.toThrow('Lost.');
    await expect(queues.send('rings', 'x')).rejects.toThrow('Lost.');
    await expect(blobs.put('files', 'a', new Uint8Array([1]))).rejects.toThrow('Lost.');
    failing = false;
    expect(await tables.get('pairs', 'p', 'r')).not.toBeNull();
    expect(await queues.length('rings')).toBe(1);
    expect(await blobs.get('files', 'a')).not.toBeNull();
  });

  it('that never settle are a crash: before, nothing was done; after, all of it', async () => {
    let when: 'before' | 'after' | null = 'before';
    const never = new Promise<void>(() => {});
    const { tables } = twin({ before: () => (when === 'before' ? never : undefined), after: () => (when === 'after' ? never : undefined) });
    let settled = 0;
    const run = (key: string) =>
      void tables.transact('pairs', 'p', [insert(key)]).finally(() => {
        settled += 1;
      });
    run('before');
    when = 'after';
    run('after');
    for (let i = 0; i < 20; i += 1) await Promise.resolve();
    when = null;
    expect((await tables.range('pairs', 'p')).rows.map((row) => row.rowKey)).toEqual(['after']);
    expect(settled).toBe(0);
  });

  it('may delay an operation so that another one comes first', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { tables } = twin({ before: (_, { keys }) => (keys?.[0] === 'slow' ? gate : undefined) });
    const slow = tables.transact('pairs', 'p', [insert('slow')]);
    await tables.transact('pairs', 'p', [insert('fast')]);
    expect(await tables.get('pairs', 'p', 'fast')).not.toBeNull();
    release();
    await slow;
    expect((await tables.range('pairs', 'p')).rows).toHaveLength(2);
  });

  it('may let somebody write between two pages of a listing, as it happens in Azure', async () => {
    let pages = 0;
    const storage = twin({
      after: async (op) => {
        if (op !== 'tables.range') return;
        pages += 1;
        if (pages === 1) await storage.tables.transact('pairs', 'p', [insert('z'), insert('a')]);
      },
    });
    for (let i = 0; i < 11; i += 1) await storage.tables.transact('pairs', 'p', Array.from({ length: 100 }, (_, n) => insert(`m${String(i * 100 + n).padStart(4, '0')}`)));
    const { rows } = await storage.tables.range('pairs', 'p');
    expect(rows).toHaveLength(1_101);
    expect(rows.at(-1)?.rowKey).toBe('z');
  });

  it('may deliver a message twice: both receivers have it, the first one can no longer remove it', async () => {
    let twice = true;
    const { queues } = twin({ deliverTwice: () => twice });
    await queues.send('rings', 'x');
    const [first] = await queues.receive('rings', { max: 1, invisibleMs: 60_000 });
    twice = false;
    const [second] = await queues.receive('rings', { max: 1, invisibleMs: 60_000 });
    expect(second).toMatchObject({ id: first!.id, dequeueCount: 2 });
    await expect(queues.remove('rings', first!)).rejects.toMatchObject({ reason: 'conflict' });
    await queues.remove('rings', second!);
    expect(await queues.length('rings')).toBe(0);
  });
});

describe('The twin', () => {
  it('needs no timer', async () => {
    const timers = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'setInterval'), vi.spyOn(globalThis, 'setImmediate')];
    const { tables, queues, blobs } = twin();
    await tables.transact('pairs', 'p', [insert('r')]);
    await tables.range('pairs', 'p');
    await queues.send('rings', 'x', { visibleAfterMs: 5_000 });
    await blobs.put('files', 'a', new Uint8Array());
    for (const timer of timers) {
      expect(timer).not.toHaveBeenCalled();
      timer.mockRestore();
    }
  });

  it('does the same for the same seed and hands messages out in another order for another', async () => {
    const order = async (seed: number) => {
      const { queues } = twin({}, seed);
      for (let i = 0; i < 12; i += 1) await queues.send('rings', String(i));
      return (await queues.receive('rings', { max: 12, invisibleMs: 1_000 })).map(({ id, text, popReceipt }) => [id, text, popReceipt]);
    };
    expect(await order(1)).toEqual(await order(1));
    const texts = async (seed: number) => (await order(seed)).map(([, text]) => text);
    expect(await texts(1)).not.toEqual(await texts(2));
  });

  it('hands messages out oldest first where a person watches', async () => {
    const { queues } = memoryStorage({ clock: { now: () => START }, random: chance(1), queueOrder: 'oldest' });
    for (let i = 0; i < 5; i += 1) await queues.send('rings', String(i));
    expect((await queues.receive('rings', { max: 5, invisibleMs: 1_000 })).map(({ text }) => text)).toEqual(['0', '1', '2', '3', '4']);
  });

  it('takes the time of its clock, in whole seconds where the service does', async () => {
    const storage = twin();
    storage.time.at = START + 1_999;
    await storage.tables.transact('pairs', 'p', [insert('r')]);
    await storage.queues.send('rings', 'x');
    const { rows, date } = await storage.tables.range('pairs', 'p');
    expect([rows[0]?.timestamp, date]).toEqual([START + 1_999, START + 1_000]);
    expect((await storage.queues.receive('rings', { max: 1, invisibleMs: 1_000 }))[0]?.insertedAt).toBe(START + 1_000);
  });

  it('never gives an ETag twice, though its clock stands still or goes back', async () => {
    const storage = twin();
    const etags = new Set<string | null>();
    for (let i = 0; i < 300; i += 1) {
      if (i === 150) storage.time.at -= 60_000;
      for (const etag of await storage.tables.transact('pairs', 'p', Array.from({ length: 100 }, (_, n) => ({ op: 'put' as const, row: { rowKey: `r${n}`, cells: {} } })))) etags.add(etag);
    }
    expect(etags.size).toBe(30_000);
  });

  it('refuses a merge that would make a row too wide or too large, and leaves the row', async () => {
    const { tables } = twin();
    const cells = (from: number, count: number, value: string | number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${from + i}`, value]));
    await tables.transact('pairs', 'p', [{ op: 'put', row: { rowKey: 'wide', cells: cells(0, 252, 1) } }]);
    await expect(tables.transact('pairs', 'p', [{ op: 'merge', row: { rowKey: 'wide', cells: cells(252, 1, 1) } }])).rejects.toMatchObject({ reason: 'recordRejected', details: { code: 'TooManyProperties' } });
    await tables.transact('pairs', 'p', [{ op: 'put', row: { rowKey: 'large', cells: cells(0, 15, 'x'.repeat(32_768)) } }]);
    await expect(tables.transact('pairs', 'p', [{ op: 'merge', row: { rowKey: 'large', cells: cells(15, 1, 'x'.repeat(32_768)) } }])).rejects.toMatchObject({ reason: 'recordRejected', details: { code: 'EntityTooLarge' } });
    expect(Object.keys((await tables.get('pairs', 'p', 'wide'))!.cells)).toHaveLength(252);
  });

  it('tells tables apart without letter case, as Azure does', async () => {
    const { tables } = twin();
    await tables.transact('crmIndex', 'p', [insert('r')]);
    expect(await tables.get('crmindex', 'p', 'r')).not.toBeNull();
  });

  it('goes back to a snapshot, as often as wanted, and is not changed through it', async () => {
    const storage = twin();
    await storage.tables.transact('pairs', 'p', [insert('r', { a: 1 })]);
    await storage.queues.send('rings', 'x');
    await storage.blobs.put('files', 'a', new Uint8Array([1]));
    const snapshot = storage.snapshot();
    for (let i = 0; i < 2; i += 1) {
      await storage.tables.transact('pairs', 'p', [{ op: 'put', row: { rowKey: 'r', cells: { a: 2 } } }, insert('s')]);
      await storage.tables.transact('others', 'p', [insert('s')]);
      const [message] = await storage.queues.receive('rings', { max: 1, invisibleMs: 60_000 });
      await storage.queues.remove('rings', message!);
      await storage.blobs.put('files', 'a', new Uint8Array([2]));
      storage.restore(snapshot);
      expect((await storage.tables.range('pairs', 'p')).rows.map((row) => row.cells)).toEqual([{ a: 1 }]);
      expect((await storage.tables.range('others', 'p')).rows).toEqual([]);
      expect(await storage.queues.length('rings')).toBe(1);
      expect((await storage.blobs.get('files', 'a'))?.bytes).toEqual(new Uint8Array([1]));
    }
    const other = twin();
    other.restore(snapshot);
    expect(await other.tables.get('pairs', 'p', 'r')).toEqual(await storage.tables.get('pairs', 'p', 'r'));
  });
});
