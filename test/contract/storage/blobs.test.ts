import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Blobs } from '../../../shared/sync/ports.ts';
import { IMPLEMENTATIONS, freshName, outcome } from './implementations.ts';
import type { Subject } from './implementations.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (content: Uint8Array | undefined) => new TextDecoder().decode(content);

describe.each(IMPLEMENTATIONS)('Blobs of $name', ({ open }) => {
  let subject: Subject;
  let blobs: Blobs;
  beforeAll(async () => {
    subject = await open();
    blobs = subject.storage.blobs;
  });
  afterAll(() => subject.stop());

  it('nothing is found in a container that nobody used', async () => {
    const container = freshName();
    expect(await blobs.get(container, 'a')).toBeNull();
    expect(await blobs.getIfChanged(container, 'a', '"0x8"')).toBe('missing');
    expect(await blobs.list(container, '')).toEqual([]);
    expect(await outcome(blobs.remove(container, 'a'))).toBe('done');
  });

  it('a blob comes back byte for byte, empty ones too', async () => {
    const container = freshName();
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(await blobs.put(container, 'all', all)).toBe(true);
    expect(await blobs.put(container, 'empty', new Uint8Array())).toBe(true);
    expect([...((await blobs.get(container, 'all'))?.bytes ?? [])]).toEqual([...all]);
    expect((await blobs.get(container, 'empty'))?.bytes).toHaveLength(0);
  });

  it('a write that rests on an ETag is carried out where that still stands, and nowhere else', async () => {
    const container = freshName();
    expect(await blobs.put(container, 'a', bytes('never'), { ifMatch: '"0x8"' })).toBe(false);
    await blobs.put(container, 'a', bytes('1'));
    expect(await blobs.put(container, 'missing', bytes('never'), { ifMatch: '"0x8"' })).toBe(false);
    const first = (await blobs.get(container, 'a'))?.etag ?? '';
    expect(await blobs.put(container, 'a', bytes('2'), { ifMatch: first })).toBe(true);
    expect(await blobs.put(container, 'a', bytes('3'), { ifMatch: first })).toBe(false);
    expect(text((await blobs.get(container, 'a'))?.bytes)).toBe('2');
    expect((await blobs.list(container, '')).map(({ name }) => name)).toEqual(['a']);
  });

  it('holds a few megabytes', async () => {
    const container = freshName();
    const large = new Uint8Array(3_000_000).fill(65);
    large[2_999_999] = 66;
    await blobs.put(container, 'large', large, { contentType: 'text/plain' });
    const read = await blobs.get(container, 'large');
    expect(read?.bytes.byteLength).toBe(3_000_000);
    expect(read?.bytes[2_999_999]).toBe(66);
  });

  it('is not shared with the caller who wrote or read it', async () => {
    const container = freshName();
    const content = Buffer.from('before');
    await blobs.put(container, 'a', content);
    content[0] = 0;
    const read = await blobs.get(container, 'a');
    read!.bytes[0] = 0;
    expect(text((await blobs.get(container, 'a'))?.bytes)).toBe('before');
  });

  it('a second write replaces the first and changes the ETag', async () => {
    const container = freshName();
    await blobs.put(container, 'a', bytes('1'));
    const first = await blobs.get(container, 'a');
    await blobs.put(container, 'a', bytes('2'));
    const second = await blobs.get(container, 'a');
    expect(text(second?.bytes)).toBe('2');
    expect(second?.etag).not.toBe(first?.etag);
  });

  it('onlyNew keeps what is there and says so', async () => {
    const container = freshName();
    expect(await blobs.put(container, 'a', bytes('1'), { onlyNew: true })).toBe(true);
    expect(await blobs.put(container, 'a', bytes('2'), { onlyNew: true })).toBe(false);
    expect(text((await blobs.get(container, 'a'))?.bytes)).toBe('1');
  });

  it('of ten writers with onlyNew exactly one wins', async () => {
    const container = freshName();
    await blobs.put(container, 'other', bytes('x'));
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => blobs.put(container, 'a', bytes(String(i)), { onlyNew: true })));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(text((await blobs.get(container, 'a'))?.bytes)).toBe(String(answers.indexOf(true)));
  });

  it('getIfChanged brings a blob only when its ETag moved', async () => {
    const container = freshName();
    await blobs.put(container, 'a', bytes('1'));
    const { etag } = (await blobs.get(container, 'a'))!;
    expect(await blobs.getIfChanged(container, 'a', etag)).toBeNull();
    await blobs.put(container, 'a', bytes('2'));
    const changed = await blobs.getIfChanged(container, 'a', etag);
    expect(changed !== null && changed !== 'missing' && text(changed.bytes)).toBe('2');
    await blobs.remove(container, 'a');
    expect(await blobs.getIfChanged(container, 'a', etag)).toBe('missing');
  });

  it('a listing names what begins with the prefix, in order, with the ETags that a read gives', async () => {
    const container = freshName();
    const names = ['t/b.json', 't/a.json', 't2/c.json', 'ü 😀 %+#?&.txt', 'z'];
    for (const name of names) await blobs.put(container, name, bytes(name));
    const listed = await blobs.list(container, 't/');
    expect(listed.map(({ name }) => name)).toEqual(['t/a.json', 't/b.json']);
    for (const { name, etag } of await blobs.list(container, '')) {
      expect(await blobs.getIfChanged(container, name, etag)).toBeNull();
      expect((await blobs.get(container, name))?.etag).toBe(etag);
    }
    expect((await blobs.list(container, '')).map(({ name }) => name)).toEqual([...names].sort());
  });

  it('a removed blob is gone, and removing it again is no failure', async () => {
    const container = freshName();
    await blobs.put(container, 'a', bytes('1'));
    await blobs.remove(container, 'a');
    expect(await blobs.get(container, 'a')).toBeNull();
    expect(await outcome(blobs.remove(container, 'a'))).toBe('done');
    expect(await blobs.put(container, 'a', bytes('2'), { onlyNew: true })).toBe(true);
  });

  it('a name that a container cannot have is a matter of configuration', async () => {
    expect(await outcome(blobs.put('Upper_case', 'a', bytes('x')))).toBe('configuration');
  });
});
