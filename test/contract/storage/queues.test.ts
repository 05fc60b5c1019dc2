import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Queues } from '../../../shared/sync/ports.ts';
import { IMPLEMENTATIONS, freshName, outcome } from './implementations.ts';
import type { Subject } from './implementations.ts';

const WEEK = 7 * 24 * 3600 * 1000;

describe.each(IMPLEMENTATIONS)('Queues of $name', ({ open }) => {
  let subject: Subject;
  let queues: Queues;
  beforeAll(async () => {
    subject = await open();
    queues = subject.storage.queues;
  });
  afterAll(() => subject.stop());

  const receive = (queue: string, max = 32, invisibleMs = 60_000) => queues.receive(queue, { max, invisibleMs });

  it('a queue that nobody used is empty', async () => {
    const queue = freshName();
    expect(await receive(queue)).toEqual([]);
    expect(await queues.length(queue)).toBe(0);
  });

  it.each([['{"v":1}'], ['Grüße 日本 😀'], ['<a>&amp;</a>'], ['\u0000\u0001\u2028\r\n'], [' '], ['a'], ['bm90IGJhc2U2NA==']])('brings the text %j back as it was sent', async (text) => {
    const queue = freshName();
    await queues.send(queue, text);
    const [message] = await receive(queue);
    expect(message?.text).toBe(text);
    expect(message?.dequeueCount).toBe(1);
  });

  it('tells when a message was sent', async () => {
    const queue = freshName();
    await queues.send(queue, 'first');
    const [first] = await receive(queue);
    await subject.elapse(1100);
    await queues.send(queue, 'second');
    const [second] = await receive(queue);
    expect(second!.insertedAt - first!.insertedAt).toBeGreaterThanOrEqual(1000);
    expect(second!.insertedAt - first!.insertedAt).toBeLessThan(60_000);
  });

  it('a received message is hidden from others but counted', async () => {
    const queue = freshName();
    await queues.send(queue, 'a');
    expect(await receive(queue)).toHaveLength(1);
    expect(await receive(queue)).toEqual([]);
    expect(await queues.length(queue)).toBe(1);
  });

  it('a message that nobody removed comes again, counted, with another receipt; the old receipt is refused', async () => {
    const queue = freshName();
    await queues.send(queue, 'a');
    const [first] = await receive(queue, 1, 1_000);
    expect(await receive(queue)).toEqual([]);
    await subject.elapse(1_300);
    const [second] = await receive(queue);
    expect(second?.id).toBe(first?.id);
    expect(second?.dequeueCount).toBe(2);
    expect(second?.popReceipt).not.toBe(first?.popReceipt);
    expect(await outcome(queues.update(queue, { ...first!, text: 'late' }, 60_000))).toBe('conflict');
    expect(await outcome(queues.remove(queue, first!))).toBe('conflict');
    expect(await queues.length(queue)).toBe(1);
    await queues.remove(queue, second!);
    expect(await queues.length(queue)).toBe(0);
  });

  it('whoever held a message last may still remove it after its time, until somebody else receives it', async () => {
    const queue = freshName();
    await queues.send(queue, 'a');
    const [message] = await receive(queue, 1, 1_000);
    await subject.elapse(1_300);
    await queues.remove(queue, message!);
    expect(await receive(queue)).toEqual([]);
  });

  it('a delayed message is not seen before its time', async () => {
    const queue = freshName();
    await queues.send(queue, 'later', { visibleAfterMs: 900 });
    await queues.send(queue, 'now');
    expect((await receive(queue)).map(({ text }) => text)).toEqual(['now']);
    expect(await queues.length(queue)).toBe(2);
    await subject.elapse(1_300);
    expect((await receive(queue)).map(({ text }) => text)).toEqual(['later']);
  });

  it('a message runs out with its time to live, received or not', async () => {
    const queue = freshName();
    await queues.send(queue, 'short', { timeToLiveMs: 1_000 });
    await queues.send(queue, 'held', { timeToLiveMs: 1_000 });
    await queues.send(queue, 'ever', { timeToLiveMs: 'forever' });
    const held = (await receive(queue)).find(({ text }) => text === 'held');
    await subject.elapse(1_500);
    expect(await outcome(queues.update(queue, { ...held!, text: 'x' }, 1_000))).toBe('notFound');
    expect(await queues.length(queue)).toBe(1);
  });

  it('an update changes the text, hides the message anew and gives the next receipt', async () => {
    const queue = freshName();
    await queues.send(queue, 'before');
    const [message] = await receive(queue);
    const receipt = await queues.update(queue, { ...message!, text: 'after ü' }, 0);
    expect(receipt).not.toBe(message?.popReceipt);
    expect(await outcome(queues.remove(queue, message!))).toBe('conflict');
    const [again] = await receive(queue);
    expect(again?.text).toBe('after ü');
    expect(again?.dequeueCount).toBe(2);
    expect(await outcome(queues.update(queue, { ...message!, popReceipt: receipt, text: 'x' }, 0))).toBe('conflict');
  });

  it('a removed message cannot be updated; removing it again is no failure', async () => {
    const queue = freshName();
    await queues.send(queue, 'a');
    const [message] = await receive(queue);
    await queues.remove(queue, message!);
    expect(await outcome(queues.update(queue, message!, 1_000))).toBe('notFound');
    expect(await outcome(queues.remove(queue, message!))).toBe('done');
  });

  it('hands out no more than asked, each message to one receiver, and leaves none out', async () => {
    const queue = freshName();
    for (let i = 0; i < 20; i += 1) await queues.send(queue, `m${i}`);
    const batches = await Promise.all([receive(queue, 8), receive(queue, 8), receive(queue, 8)]);
    for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(8);
    const texts = batches.flat().map(({ text }) => text);
    const rest = (await receive(queue)).map(({ text }) => text);
    expect([...texts, ...rest].sort()).toEqual(Array.from({ length: 20 }, (_, i) => `m${i}`).sort());
  });

  it('a message holds 48 KiB and not one byte more, counted in UTF-8', async () => {
    const queue = freshName();
    expect(await outcome(queues.send(queue, 'x'.repeat(49_152)))).toBe('done');
    expect(await outcome(queues.send(queue, 'x'.repeat(49_153)))).toBe('recordRejected');
    expect(await outcome(queues.send(queue, 'ü'.repeat(24_577)))).toBe('recordRejected');
    const [message] = await receive(queue);
    expect(message?.text).toHaveLength(49_152);
    expect(await outcome(queues.update(queue, { ...message!, text: 'x'.repeat(49_153) }, 0))).toBe('recordRejected');
  });

  it.each([
    ['a delay of more than 7 days', (queue: string) => queues.send(queue, 'x', { visibleAfterMs: WEEK + 1, timeToLiveMs: 'forever' })],
    ['a delay below zero', (queue: string) => queues.send(queue, 'x', { visibleAfterMs: -1_000 })],
    ['a delay as long as its life', (queue: string) => queues.send(queue, 'x', { visibleAfterMs: 5_000, timeToLiveMs: 5_000 })],
    ['a life of nothing', (queue: string) => queues.send(queue, 'x', { timeToLiveMs: 0 })],
    ['33 messages at once', (queue: string) => receive(queue, 33)],
    ['no message at all', (queue: string) => receive(queue, 0)],
    ['a receipt for no time', (queue: string) => receive(queue, 1, 0)],
    ['a receipt for more than 7 days', (queue: string) => receive(queue, 1, WEEK + 1)],
  ])('refuses %s', async (_, attempt) => {
    expect(await outcome(attempt(freshName()))).toBe('recordRejected');
  });

  it('takes a delay of just under 7 days', async () => {
    expect(await outcome(queues.send(freshName(), 'x', { visibleAfterMs: WEEK - 1_000 }))).toBe('done');
  });

  it('a name that a queue cannot have is a matter of configuration', async () => {
    expect(await outcome(queues.send('Upper_case', 'x'))).toBe('configuration');
  });
});
