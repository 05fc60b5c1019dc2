import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startAzurite } from '../../../local/host/azurite.ts';
import type { Azurite } from '../../../local/host/azurite.ts';
import { startHost } from '../../../local/host/host.ts';
import type { Host } from '../../../local/host/host.ts';
import type { HostLogEntry } from '../../../local/host/log.ts';
import { probe } from './fixtures/probe.ts';
import { eventually } from './support/eventually.ts';
import { bundleFixture } from './support/fixtureBundle.ts';
import type { Fixture } from './support/fixtureBundle.ts';
import { manualClock } from './support/manualClock.ts';
import type { ManualClock } from './support/manualClock.ts';

interface Context {
  triggerMetadata: Record<string, unknown>;
}

let azurite: Azurite;
let service: QueueServiceClient;
let fixture: Fixture;
let clock: ManualClock;
let host: Host;
let log: HostLogEntry[];
let queueName: string;
let round = 0;

const queues = { batchSize: 4, newBatchThreshold: 2, maxPollingInterval: '00:00:02', visibilityTimeout: '00:00:00', maxDequeueCount: 3 };

beforeAll(async () => {
  azurite = await startAzurite();
  service = QueueServiceClient.fromConnectionString(azurite.connectionString);
  fixture = await bundleFixture('queues', { extensions: { queues } });
});

afterAll(async () => {
  await azurite.stop();
  await fixture.remove();
});

beforeEach(async () => {
  round += 1;
  queueName = `work-${round}`;
  probe().act = {};
  clock = manualClock('2026-03-01T10:00:00Z');
  log = [];
  host = await startHost({
    bundle: fixture.bundle,
    hostJson: fixture.hostJson,
    port: 0,
    settings: { DATA: azurite.connectionString, WORK_QUEUE: queueName },
    storageConnection: azurite.connectionString,
    clock,
    log: (entry) => log.push(entry),
  });
});

afterEach(async () => {
  await host.stop();
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const send = async (...texts: string[]): Promise<void> => {
  const queue = service.getQueueClient(queueName);
  await queue.createIfNotExists();
  for (const text of texts) await queue.sendMessage(text);
};
/** Turns the clock by the polling interval until something holds. */
const polled = <T>(check: () => T | Promise<T>, what: string): Promise<NonNullable<T>> =>
  eventually(async () => {
    await clock.advance(2_000);
    return check();
  }, what);
const left = async (name: string): Promise<number> => {
  const queue = service.getQueueClient(name);
  return (await queue.exists()) ? ((await queue.getProperties()).approximateMessagesCount ?? 0) : 0;
};

describe('a queue function of a bundle', () => {
  it('waits for its queue to be made, gets JSON parsed and text as it is, and the metadata of the message', async () => {
    const got: Array<{ message: unknown; metadata: Record<string, unknown> }> = [];
    probe().act['work'] = (message: unknown, context: Context) => void got.push({ message, metadata: context.triggerMetadata });
    await clock.advance(10_000);
    await send(base64('{"kind":"pass","n":1}'), base64('plain'), base64('123'));
    await polled(() => got.length === 3, 'three messages came');
    expect(got.map((entry) => entry.message)).toEqual(expect.arrayContaining([{ kind: 'pass', n: 1 }, 'plain', 123]));
    const metadata = got.find((entry) => entry.message === 'plain')?.metadata;
    expect(metadata).toMatchObject({ queueTrigger: 'plain', dequeueCount: 1, id: expect.any(String), popReceipt: expect.any(String) });
    for (const name of ['expirationTime', 'insertionTime', 'nextVisibleTime']) expect(Date.parse(String(metadata?.[name]))).not.toBeNaN();
    await polled(async () => (await left(queueName)) === 0, 'the messages were deleted');
  });

  it('tries a failing message maxDequeueCount times and then moves it to a poison queue that it makes', async () => {
    const counts: unknown[] = [];
    probe().act['work'] = (_: unknown, context: Context) => {
      counts.push(context.triggerMetadata['dequeueCount']);
      throw new Error('broken');
    };
    await send(base64('bad'));
    await polled(async () => (await left(`${queueName}-poison`)) === 1, 'the message is poison');
    expect(counts).toEqual([1, 2, 3]);
    const poison = service.getQueueClient(`${queueName}-poison`);
    expect((await poison.peekMessages()).peekedMessageItems[0]?.messageText).toBe(base64('bad'));
    await polled(async () => (await left(queueName)) === 0, 'the queue is empty');
    expect(log.some((entry) => entry.message === `Message has reached MaxDequeueCount of 3. Moving message to queue '${queueName}-poison'.`)).toBe(true);
  });

  it('moves a message that is not base64 to the poison queue, as it stands, without running', async () => {
    let runs = 0;
    probe().act['work'] = () => void (runs += 1);
    await send('{"not":"base64"}');
    await polled(async () => (await left(`${queueName}-poison`)) === 1, 'the message is poison');
    expect(runs).toBe(0);
    expect((await service.getQueueClient(`${queueName}-poison`).peekMessages()).peekedMessageItems[0]?.messageText).toBe('{"not":"base64"}');
  });

  it('holds batchSize + newBatchThreshold messages in work and no more', async () => {
    const ends: Array<() => void> = [];
    probe().act['work'] = () => new Promise<void>((resolve) => ends.push(resolve));
    await send(...Array.from({ length: 10 }, (_, i) => base64(`m${i}`)));
    await polled(() => ends.length === 4, 'the first batch runs');
    ends.splice(0, 2).forEach((end) => end());
    await polled(() => ends.length === 6, 'the second batch runs');
    await clock.advance(60_000);
    expect(host.running).toBe(6);
    const deadline = ends.length;
    expect(deadline).toBe(6);
    probe().act['work'] = () => undefined;
    ends.forEach((end) => end());
    await polled(async () => (await left(queueName)) === 0, 'all messages were deleted');
  });

  it('renews the lock of a long run, so that its end still deletes the message under the new pop receipt', async () => {
    let end = (): void => undefined;
    let runs = 0;
    probe().act['work'] = () => {
      runs += 1;
      return new Promise<void>((resolve) => (end = resolve));
    };
    await send(base64('long'));
    await polled(() => runs === 1, 'the function began');
    await clock.advance(5 * 60_000);
    end();
    await polled(async () => (await left(queueName)) === 0, 'the message was deleted');
    expect([runs, log.filter((entry) => entry.message.includes('was not deleted'))]).toEqual([1, []]);
  });

  it('accepts that the function deleted or changed its message itself', async () => {
    let runs = 0;
    probe().act['work'] = async (_: unknown, context: Context) => {
      runs += 1;
      await service.getQueueClient(queueName).updateMessage(String(context.triggerMetadata['id']), String(context.triggerMetadata['popReceipt']), undefined, 3600);
    };
    await send(base64('mine'));
    await polled(() => log.some((entry) => entry.message.includes('its pop receipt has changed')), 'the delete was skipped');
    expect([runs, await left(queueName), log.filter((entry) => entry.level === 'error')]).toEqual([1, 1, []]);
  });

  it('is drained on stop: the message in work is completed, the others stay', async () => {
    let end = (): void => undefined;
    probe().act['work'] = () => new Promise<void>((resolve) => (end = resolve));
    await send(base64('one'));
    await polled(() => host.running === 1, 'the function began');
    const stopped = host.stop();
    await send(base64('two'));
    end();
    expect(await stopped).toBe(0);
    expect(await left(queueName)).toBe(1);
  });
});
