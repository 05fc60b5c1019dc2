import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QueueOptions } from '../../../local/host/host-json.ts';
import type { HostLogEntry } from '../../../local/host/log.ts';
import { poisonQueueName } from '../../../local/host/message-queue.ts';
import type { MessageQueue, QueueMessage } from '../../../local/host/message-queue.ts';
import { createPollDelay } from '../../../local/host/poll-delay.ts';
import { createQueueListener } from '../../../local/host/queue-listener.ts';
import { decodeMessage } from '../../../local/host/queue-message-data.ts';
import { manualClock } from './support/manualClock.ts';
import type { ManualClock } from './support/manualClock.ts';

const options: QueueOptions = { batchSize: 4, newBatchThreshold: 2, maxPollingInterval: 2000, visibilityTimeout: 30_000, maxDequeueCount: 3, messageEncoding: 'none' };

/** A queue on the test's clock, with pop receipts that change at every touch. */
function memoryQueue(clock: ManualClock) {
  const rows = new Map<string, { text: string; visibleAt: number; dequeueCount: number; receipt: number }>();
  const poison: string[] = [];
  const calls: string[] = [];
  const state = { exists: true, polls: 0, down: false };
  const owned = (message: QueueMessage) => {
    const row = rows.get(message.id);
    return row && String(row.receipt) === message.popReceipt ? row : undefined;
  };
  const queue: MessageQueue = {
    exists: async () => {
      state.polls += 1;
      return state.exists;
    },
    receive: async (count, hidden) => {
      calls.push(`receive ${count} ${hidden}`);
      if (state.down) throw new Error('down');
      const visible = [...rows].filter(([, row]) => row.visibleAt <= clock.now()).slice(0, count);
      return visible.map(([id, row]) => {
        row.visibleAt = clock.now() + hidden;
        row.dequeueCount += 1;
        row.receipt += 1;
        return { id, popReceipt: String(row.receipt), text: row.text, dequeueCount: row.dequeueCount, insertedOn: 0, expiresOn: 0, nextVisibleOn: row.visibleAt };
      });
    },
    hide: async (message, hidden) => {
      calls.push(`hide ${message.id} ${hidden}`);
      const row = owned(message);
      if (!row) return undefined;
      row.visibleAt = clock.now() + hidden;
      row.receipt += 1;
      return String(row.receipt);
    },
    delete: async (message) => {
      if (!owned(message)) return false;
      return rows.delete(message.id);
    },
    copyToPoison: async (text) => void poison.push(text),
  };
  const send = (id: string, text = id): void => void rows.set(id, { text, visibleAt: clock.now(), dequeueCount: 0, receipt: 0 });
  return { queue, rows, poison, calls, state, send };
}

function listenerOn(clock: ManualClock, memory: ReturnType<typeof memoryQueue>, invoke: (message: QueueMessage, text: string) => Promise<boolean>, over: Partial<QueueOptions> = {}, queueName = 'work') {
  const log: HostLogEntry[] = [];
  const listener = createQueueListener({
    functionName: 'work',
    queueName,
    queue: memory.queue,
    options: { ...options, ...over },
    clock,
    log: (entry) => log.push(entry),
    pollDelay: createPollDelay(over.maxPollingInterval ?? options.maxPollingInterval, () => 0.5),
    invoke,
  });
  return { listener, log };
}

describe('a queue listener', () => {
  it('deletes a message whose function succeeded', async () => {
    const clock = manualClock('2026-03-01T10:00:00Z');
    const memory = memoryQueue(clock);
    memory.send('a');
    const { listener } = listenerOn(clock, memory, async () => true);
    listener.start();
    await clock.advance(200);
    expect(memory.rows.size).toBe(0);
    await listener.stop();
    expect(clock.pending).toBe(0);
  });

  it('hides messages for ten minutes, not for visibilityTimeout, while they are in work', async () => {
    const clock = manualClock('2026-03-01T10:00:00Z');
    const memory = memoryQueue(clock);
    const { listener } = listenerOn(clock, memory, async () => true);
    listener.start();
    await clock.advance(0);
    expect(memory.calls[0]).toBe('receive 4 600000');
    await listener.stop();
  });

  it('renews the lock every five minutes, so that nobody else gets the message and the end still deletes it', async () => {
    const clock = manualClock('2026-03-01T10:00:00Z');
    const memory = memoryQueue(clock);
    memory.send('a');
    let runs = 0;
    let end = (): void => undefined;
    const { listener } = listenerOn(clock, memory, () => {
      runs += 1;
      return new Promise((resolve) => (end = () => resolve(true)));
    });
    listener.start();
    await clock.advance(23 * 60_000);
    expect(memory.calls.filter((call) => call.startsWith('hide'))).toEqual(Array(4).fill('hide a 600000'));
    expect(runs).toBe(1);
    end();
    await clock.advance(1);
    expect(memory.rows.size).toBe(0);
    await listener.stop();
    expect(clock.pending).toBe(0);
  });

  it('does not delete a message that somebody else has taken over', async () => {
    const clock = manualClock('2026-03-01T10:00:00Z');
    const memory = memoryQueue(clock);
    memory.send('a');
    const { listener, log } = listenerOn(clock, memory, async () => {
      const row = memory.rows.get('a');
      if (row) row.receipt += 1;
      return true;
    });
    listener.start();
    await clock.advance(10);
    expect(memory.rows.has('a')).toBe(true);
    expect(log.filter((entry) => entry.level === 'error')).toEqual([]);
    await listener.stop();
  });

  it('shows a failed message again after visibilityTimeout, and moves it to the poison queue after maxDequeueCount failures', async () => {
    const clock = manualClock('2026-03-01T10:00:00Z');
    const memory = memoryQueue(clock);
    memory.send('a', 'text');
    const tries: number[] = [];
    const { listener } = listenerOn(clock, memory, async (message) => {
      tries.push(Math.round((clock.now() - Date.parse('2026-03-01T10:00:00Z')) / 1000) * 10 + message.dequeueCount);
      return false;
    });
    listener.start();
    await clock.advance(29_000);
    expect(tries).toEqual([1]);
    while (tries.length < 3) await clock.advance(1_000);
    expect(memory.poison).toEqual(['text']);
    await clock.advance(120_000);
    expect(tries.map((entry) => entry % 10)).toEqual([1, 2, 3]);
    expect(memory.rows.size).toBe(0);
    await listener.stop();
  });

  it('moves a message that was taken too often to the poison queue without running it', async () => {
    const clock = manualClock('2026-03-01T10:00:00Z');
    const memory = memoryQueue(clock);
    memory.send('a');
    const row = memory.rows.get('a');
    if (row) row.dequeueCount = 3;
    let runs = 0;
    const { listener } = listenerOn(clock, memory, async () => (runs += 1) > 0);
    listener.start();
    await clock.advance(10);
    expect([runs, memory.poison]).toEqual([0, ['a']]);
    await listener.stop();
  });

  it('leaves a failed message of a poison queue hidden for the rest of its lock', async () => {
    const clock = manualClock('2026-03-01T10:00:00Z');
    const memory = memoryQueue(clock);
    memory.send('a');
    let runs = 0;
    const { listener } = listenerOn(clock, memory, async () => (runs += 1) < 0, {}, 'work-poison');
    listener.start();
    await clock.advance(599_000);
    expect(runs).toBe(1);
    await clock.advance(3_000);
    expect(runs).toBe(2);
    await clock.advance(60 * 60_000);
    expect(memory.poison).toEqual([]);
    await listener.stop();
  });

  it('treats a message that is not base64 as failed without running the function', async () => {
    const clock = manualClock('2026-03-01T10:00:00Z');
    const memory = memoryQueue(clock);
    memory.send('a', 'plain text!');
    let runs = 0;
    const { listener } = listenerOn(clock, memory, async () => (runs += 1) > 0, { messageEncoding: 'base64' });
    listener.start();
    await clock.advance(120_000);
    expect([runs, memory.poison]).toEqual([0, ['plain text!']]);
    await listener.stop();
  });

  it('never has more than batchSize + newBatchThreshold in work, and fetches again once newBatchThreshold are left', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 8 }), fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 40, maxLength: 40 }), async (batchSize, newBatchThreshold, order) => {
        const clock = manualClock('2026-03-01T10:00:00Z');
        const memory = memoryQueue(clock);
        for (let i = 0; i < 40; i += 1) memory.send(`m${i}`);
        const running: Array<() => void> = [];
        let most = 0;
        let done = 0;
        const { listener } = listenerOn(clock, memory, () => new Promise((resolve) => {
          running.push(() => resolve(true));
          most = Math.max(most, running.length);
        }), { batchSize, newBatchThreshold });
        listener.start();
        await clock.advance(0);
        for (const pick of order) {
          const [end] = running.splice(pick % running.length, 1);
          end?.();
          done += 1;
          await clock.advance(0);
          if (running.length < Math.min(newBatchThreshold + 1, 40 - done)) return false;
        }
        await listener.stop();
        return most <= batchSize + newBatchThreshold && memory.rows.size === 0;
      }),
      { numRuns: 30, seed: 11 },
    );
  });

  it('waits for a queue that does not exist and for a server that is down', async () => {
    const clock = manualClock('2026-03-01T10:00:00Z');
    const memory = memoryQueue(clock);
    memory.state.exists = false;
    memory.send('a');
    let runs = 0;
    const { listener, log } = listenerOn(clock, memory, async () => (runs += 1) > 0);
    listener.start();
    await clock.advance(60_000);
    expect([runs, memory.calls]).toEqual([0, []]);
    memory.state.exists = true;
    memory.state.down = true;
    await clock.advance(60_000);
    expect(log.some((entry) => entry.level === 'warning')).toBe(true);
    memory.state.down = false;
    await clock.advance(3_000);
    expect(runs).toBe(1);
    await listener.stop();
  });

  it('asks again whether its queue exists after it could not be read', async () => {
    const clock = manualClock('2026-03-01T10:00:00Z');
    const memory = memoryQueue(clock);
    const { listener } = listenerOn(clock, memory, async () => true);
    listener.start();
    await clock.advance(10_000);
    expect(memory.state.polls).toBe(1);
    memory.state.down = true;
    await clock.advance(2_000);
    memory.state.exists = false;
    const before = memory.calls.length;
    await clock.advance(10_000);
    expect(memory.calls.length).toBeLessThanOrEqual(before + 1);
    await listener.stop();
  });

  it('takes nothing new once it stops, and settles when what it has is completed', async () => {
    const clock = manualClock('2026-03-01T10:00:00Z');
    const memory = memoryQueue(clock);
    memory.send('a');
    let end = (): void => undefined;
    const { listener } = listenerOn(clock, memory, () => new Promise((resolve) => (end = () => resolve(true))));
    listener.start();
    await clock.advance(0);
    let settled = false;
    const stopped = listener.stop().then(() => (settled = true));
    memory.send('b');
    await clock.advance(5_000);
    expect(settled).toBe(false);
    end();
    await stopped;
    expect([...memory.rows.keys()]).toEqual(['b']);
  });
});

describe('the wait between polls', () => {
  it('starts at 100 ms, about doubles, and stays at maxPollingInterval until something is found', () => {
    const delay = createPollDelay(2000, () => 0.5);
    expect(Array.from({ length: 8 }, () => delay(false))).toEqual([100, 200, 300, 500, 900, 1700, 2000, 2000]);
    expect(delay(true)).toBe(100);
    expect(delay(false)).toBe(200);
  });

  it('is spread by at most 20 % and never longer than allowed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 60_000 }), fc.array(fc.tuple(fc.boolean(), fc.double({ min: 0, max: 0.999, noNaN: true }))), (longest, steps) => {
        let chance = 0;
        const delay = createPollDelay(longest, () => chance);
        return steps.every(([found, random]) => {
          chance = random;
          const ms = delay(found);
          return ms >= 100 && ms <= longest;
        });
      }),
      { seed: 3 },
    );
  });
});

describe('message text', () => {
  it('comes back from base64 as it went in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => decodeMessage(Buffer.from(text).toString('base64'), 'base64') === text),
      { seed: 5 },
    );
  });

  it('is undefined where it is no base64 or no UTF-8', () => {
    for (const text of ['a', 'a===', '{"a":1}', 'YQ=', 'Y Q', '_-==', Buffer.from([0xff, 0xfe]).toString('base64')]) expect(decodeMessage(text, 'base64')).toBeUndefined();
    expect(decodeMessage('Y\nQ= =', 'base64')).toBe('a');
    expect(decodeMessage('{"a":1}', 'none')).toBe('{"a":1}');
  });
});

describe('the poison queue', () => {
  it('has the queue name with -poison, unless that grows too long or it is one already', () => {
    expect(poisonQueueName('work')).toBe('work-poison');
    expect(poisonQueueName('work-poison')).toBeUndefined();
    expect(poisonQueueName('q'.repeat(56))).toBe(`${'q'.repeat(56)}-poison`);
    expect(poisonQueueName('q'.repeat(57))).toBeUndefined();
  });
});
