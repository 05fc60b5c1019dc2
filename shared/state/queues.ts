import { QueueServiceClient, newPipeline } from '@azure/storage-queue';
import type { QueueClient } from '@azure/storage-queue';
import { PortFailure } from '../sync/failures.ts';
import type { Queues, ReceivedMessage } from '../sync/ports.ts';
import { connect, retryOptions, serviceUri } from './access.ts';
import type { Patience, StorageAccess } from './access.ts';
import { orCreate } from './creation.ts';

/** 64 KiB on the wire (azure.md 3.1). */
const MAX_BASE64 = 65_536;

/** The service counts whole seconds: never earlier than asked. */
function seconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

/** Base64, as the Functions host expects (host.json messageEncoding, azure.md 3.1). */
function encode(queue: string, text: string): string {
  const encoded = Buffer.from(text, 'utf8').toString('base64');
  if (encoded.length > MAX_BASE64) {
    throw new PortFailure('state', 'recordRejected', `Queue ${queue}: a message has ${Buffer.byteLength(text)} bytes, 49152 are allowed: put its content elsewhere and send its name.`, { code: 'RequestBodyTooLarge' });
  }
  return encoded;
}

/** A message that somebody sent without base64 arrives as it is, for the reader to refuse. */
function decode(text: string): string {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes.toString('utf8') : text;
}

export function azureQueues(access: StorageAccess, patience: Patience): Queues {
  let service: QueueServiceClient | undefined;
  const clients = new Map<string, QueueClient>();

  function open(queue: string): QueueClient {
    const options = { retryOptions: retryOptions(patience) };
    service ??= connect(() =>
      'connectionString' in access
        ? QueueServiceClient.fromConnectionString(access.connectionString, options)
        : new QueueServiceClient(serviceUri(access.queueServiceUri), newPipeline(access.credential, options)),
    );
    const client = clients.get(queue) ?? service.getQueueClient(queue);
    clients.set(queue, client);
    return client;
  }

  function run<T>(queue: string, operation: (client: QueueClient, abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    const abortSignal = AbortSignal.timeout(patience.deadlineMs);
    return orCreate(
      { service: 'queue', name: queue },
      () => operation(open(queue), abortSignal),
      () => open(queue).create({ abortSignal }),
    );
  }

  return {
    async send(queue, text, { visibleAfterMs, timeToLiveMs } = {}) {
      const encoded = encode(queue, text);
      await run(queue, (client, abortSignal) =>
        client.sendMessage(encoded, {
          abortSignal,
          ...(visibleAfterMs === undefined ? {} : { visibilityTimeout: seconds(visibleAfterMs) }),
          ...(timeToLiveMs === undefined ? {} : { messageTimeToLive: timeToLiveMs === 'forever' ? -1 : seconds(timeToLiveMs) }),
        }),
      );
    },

    receive(queue, { max, invisibleMs }) {
      return run(queue, async (client, abortSignal): Promise<readonly ReceivedMessage[]> => {
        const answer = await client.receiveMessages({ numberOfMessages: max, visibilityTimeout: seconds(invisibleMs), abortSignal });
        return answer.receivedMessageItems.map((item) => ({
          id: item.messageId,
          text: decode(item.messageText),
          popReceipt: item.popReceipt,
          dequeueCount: item.dequeueCount,
          insertedAt: item.insertedOn.getTime(),
        }));
      });
    },

    async update(queue, { id, popReceipt, text }, invisibleMs) {
      const encoded = encode(queue, text);
      return run(queue, async (client, abortSignal) => {
        const answer = await client.updateMessage(id, popReceipt, encoded, seconds(invisibleMs), { abortSignal });
        if (answer.popReceipt === undefined) throw new PortFailure('state', 'transient', `Queue ${queue}: the answer to an update has no receipt: the message will come again.`, { code: 'IncompleteAnswer', outcomeUnknown: true });
        return answer.popReceipt;
      });
    },

    async remove(queue, { id, popReceipt }) {
      try {
        await run(queue, (client, abortSignal) => client.deleteMessage(id, popReceipt, { abortSignal }));
      } catch (error) {
        // Gone is what was asked for; a repeated deletion finds nothing any more.
        if (!(error instanceof PortFailure && error.reason === 'notFound')) throw error;
      }
    },

    length(queue) {
      return run(queue, async (client, abortSignal) => (await client.getProperties({ abortSignal })).approximateMessagesCount ?? 0);
    },
  };
}
