import { QueueServiceClient } from '@azure/storage-queue';
import type { QueueClient } from '@azure/storage-queue';

/** A message as the queue gave it; `text` as it stands in the queue, still encoded. Moments in milliseconds since 1970. */
export interface QueueMessage {
  id: string;
  popReceipt: string;
  text: string;
  dequeueCount: number;
  insertedOn: number;
  expiresOn: number;
  nextVisibleOn: number;
}

/** What the listener needs of a queue; times in milliseconds. */
export interface MessageQueue {
  exists(): Promise<boolean>;
  /** Takes up to `count` messages and hides them for `hidden`. */
  receive(count: number, hidden: number): Promise<QueueMessage[]>;
  /** Hides a message for `hidden` from now and answers its new pop receipt; undefined where somebody else has it or it is gone. */
  hide(message: QueueMessage, hidden: number): Promise<string | undefined>;
  /** Deletes a message; false where somebody else has it or it is gone. */
  delete(message: QueueMessage): Promise<boolean>;
  /** Adds a message's text to the poison queue, which is made where it is missing. */
  copyToPoison(text: string): Promise<void>;
}

const POISON_SUFFIX = '-poison';
const LONGEST_QUEUE_NAME = 63;

/** Undefined for a queue that cannot have a poison queue: its own name ends so, or would grow too long (QueueListenerFactory.cs). */
export function poisonQueueName(queue: string): string | undefined {
  if (queue.endsWith(POISON_SUFFIX) || queue.length + POISON_SUFFIX.length > LONGEST_QUEUE_NAME) return undefined;
  return queue + POISON_SUFFIX;
}

export function storageMessageQueue(connection: string, queueName: string): MessageQueue {
  const service = QueueServiceClient.fromConnectionString(connection, { retryOptions: { maxTries: 3, retryDelayInMs: 200 } });
  const queue = service.getQueueClient(queueName);
  const poisonName = poisonQueueName(queueName);
  const poison = poisonName === undefined ? undefined : service.getQueueClient(poisonName);
  return {
    exists: () => queue.exists(),
    receive: async (count, hidden) => {
      const answer = await queue.receiveMessages({ numberOfMessages: count, visibilityTimeout: hidden / 1000 });
      return answer.receivedMessageItems.map((item) => ({
        id: item.messageId,
        popReceipt: item.popReceipt,
        text: item.messageText,
        dequeueCount: item.dequeueCount,
        insertedOn: item.insertedOn.getTime(),
        expiresOn: item.expiresOn.getTime(),
        nextVisibleOn: item.nextVisibleOn.getTime(),
      }));
    },
    hide: async (message, hidden) => {
      const answer = await unlessLost(() => queue.updateMessage(message.id, message.popReceipt, undefined, Math.round(hidden / 1000)));
      return answer?.popReceipt;
    },
    delete: async (message) => (await unlessLost(() => queue.deleteMessage(message.id, message.popReceipt))) !== undefined,
    copyToPoison: async (text) => {
      if (poison) await sendCreating(poison, text);
    },
  };
}

async function sendCreating(queue: QueueClient, text: string): Promise<void> {
  try {
    await queue.sendMessage(text);
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    await queue.createIfNotExists();
    await queue.sendMessage(text);
  }
}

/** A message whose pop receipt no longer matches belongs to somebody else: QueueProcessor.cs lets it go without an error. */
async function unlessLost<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'PopReceiptMismatch' || statusOf(error) === 404 || statusOf(error) === 409) return undefined;
    throw error;
  }
}

function statusOf(error: unknown): unknown {
  return (error as { statusCode?: unknown }).statusCode;
}
