import { describe, expect, it } from 'vitest';
import { countingStorage } from '../../../local/state/counting.ts';
import { memoryStorage } from '../../../local/state/memory.ts';
import type { RowChange } from '../../../shared/sync/ports.ts';

const put = (rowKey: string): RowChange => ({ op: 'put', row: { rowKey, cells: {} } });

function both(): { readonly counting: ReturnType<typeof countingStorage>; readonly seen: Map<string, number> } {
  const seen = new Map<string, number>();
  const memory = memoryStorage({ clock: { now: () => 1_795_340_000_000 }, random: () => 0.5, hooks: { before: (op) => void seen.set(op, (seen.get(op) ?? 0) + 1) } });
  return { counting: countingStorage(memory), seen };
}

describe('countingStorage', () => {
  it('counts what the twin sees, whatever the number of rows and keys', async () => {
    const { counting, seen } = both();
    const { tables, queues, blobs } = counting;
    let rows = 0;
    for (const target of [0, 1, 999, 1_000, 1_001, 2_000, 2_001]) {
      while (rows < target) {
        const more = Math.min(100, target - rows);
        await tables.transact('pairs', 'p', Array.from({ length: more }, (_, i) => put(`r${rows + i}`)));
        rows += more;
      }
      await tables.range('pairs', 'p');
      for await (const _ of tables.scan('pairs'));
    }
    for (const count of [0, 1, 14, 15, 28, 29]) await tables.pick('pairs', 'p', Array.from({ length: count }, (_, i) => `r${i}`));
    await tables.pick('pairs', 'p', ['r1', 'r1']);
    await tables.get('pairs', 'p', 'r1');
    await queues.send('rings', 'x');
    const [message] = await queues.receive('rings', { max: 1, invisibleMs: 1_000 });
    await queues.remove('rings', { id: message!.id, popReceipt: await queues.update('rings', message!, 1_000) });
    await queues.length('rings');
    await blobs.put('files', 'a', new Uint8Array());
    await blobs.get('files', 'a');
    await blobs.getIfChanged('files', 'a', '');
    await blobs.list('files', '');
    await blobs.remove('files', 'a');
    expect(counting.counts()).toEqual(Object.fromEntries(seen));
    expect(counting.total()).toBe([...seen.values()].reduce((sum, one) => sum + one, 0));
    expect(Object.keys(counting.counts())).toHaveLength(15);
  });

  it('counts what failed, and begins anew when it is told to', async () => {
    const { counting } = both();
    await counting.tables.transact('pairs', 'p', [put('r')]);
    await expect(counting.tables.transact('pairs', 'p', [{ op: 'insert', row: { rowKey: 'r', cells: {} } }])).rejects.toMatchObject({ reason: 'conflict' });
    expect(counting.counts()).toEqual({ 'tables.transact': 2 });
    counting.reset();
    expect(counting.counts()).toEqual({});
    expect(counting.total()).toBe(0);
  });
});
