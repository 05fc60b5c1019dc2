import type { Clock } from './clock.ts';
import type { QueueOptions } from './host-json.ts';
import { failureName } from './log.ts';
import type { HostLog } from './log.ts';
import { poisonQueueName } from './message-queue.ts';
import type { MessageQueue, QueueMessage } from './message-queue.ts';
import { decodeMessage } from './queue-message-data.ts';

/** Feeds one function from one queue, by the rules of QueueListener.cs and QueueProcessor.cs (azure.md 3.1). */
export interface QueueListener {
  start(): void;
  /** Takes no further message; settles when the messages in hand are completed or given back. */
  stop(): Promise<void>;
}

export interface QueueParts {
  functionName: string;
  queueName: string;
  queue: MessageQueue;
  options: QueueOptions;
  clock: Clock;
  log: HostLog;
  pollDelay(foundSinceLastDelay: boolean): number;
  /** Runs the function; true where it succeeded. */
  invoke(message: QueueMessage, text: string): Promise<boolean>;
}

/** How long a message in work is hidden; it is renewed at half that time. host.json's visibilityTimeout is something else. */
const LOCK = 10 * 60_000;
const SHORTEST_RENEWAL = 60_000;

export function createQueueListener(parts: QueueParts): QueueListener {
  const { queue, options, clock, log, functionName, queueName } = parts;
  const poison = poisonQueueName(queueName);
  const inHand = new Set<Promise<void>>();
  let stopped = false;
  let wake = (): void => undefined;
  let oneLess = (): void => undefined;
  let polling: Promise<void> | undefined;
  let exists = false;
  let foundSinceLastDelay = false;

  async function poll(): Promise<void> {
    while (!stopped) {
      const batch = await receive();
      for (const message of batch) {
        const work = complete(message).finally(() => {
          inHand.delete(work);
          oneLess();
        });
        inHand.add(work);
      }
      if (batch.length === 0) {
        const delay = parts.pollDelay(foundSinceLastDelay);
        foundSinceLastDelay = false;
        await pause(delay);
      } else {
        foundSinceLastDelay = true;
        while (inHand.size > options.newBatchThreshold && !stopped) {
          await new Promise<void>((resolve) => {
            oneLess = resolve;
          });
        }
      }
    }
  }

  /** A missing queue is no failure: the listener waits until somebody makes it. */
  async function receive(): Promise<QueueMessage[]> {
    try {
      exists ||= await queue.exists();
      return exists && !stopped ? await queue.receive(options.batchSize, LOCK) : [];
    } catch (error) {
      exists = false;
      log({ level: 'warning', category: 'Host', message: `Function "${functionName}" could not read its queue: ${failureName(error)}; it tries again.` });
      return [];
    }
  }

  async function complete(message: QueueMessage): Promise<void> {
    try {
      const current = { ...message };
      if (message.dequeueCount > options.maxDequeueCount && poison !== undefined) {
        await toPoison(current);
        return;
      }
      const text = decodeMessage(message.text, options.messageEncoding);
      if (text === undefined) log({ level: 'error', category: 'Host', message: `Function "${functionName}" got a message that is not ${options.messageEncoding}.` });
      const succeeded = text !== undefined && (await invokeLocked(current, text));
      if (succeeded) {
        if (!(await queue.delete(current))) log({ level: 'debug', category: 'Host', message: `Message ${message.id} was not deleted: its pop receipt has changed.` });
      } else if (poison === undefined) {
        // Without a poison queue the message stays hidden for the rest of its lock, or it would come back in a fast endless loop.
      } else if (message.dequeueCount >= options.maxDequeueCount) await toPoison(current);
      else await queue.hide(current, options.visibilityTimeout);
    } catch (error) {
      log({ level: 'error', category: 'Host', message: `Function "${functionName}" could not complete message ${message.id}: ${failureName(error)}.` });
    }
  }

  /** Runs the function and renews the message's lock meanwhile; `current` gets the new pop receipts. */
  async function invokeLocked(current: QueueMessage, text: string): Promise<boolean> {
    let cancel = (): void => undefined;
    let ended = false;
    let renewal: Promise<void> = Promise.resolve();
    const arm = (delay: number): void => {
      cancel = clock.after(delay, () => {
        renewal = renew(delay);
      });
    };
    const renew = async (delay: number): Promise<void> => {
      let next = LOCK / 2;
      try {
        const receipt = await queue.hide(current, LOCK);
        if (receipt === undefined) return;
        current.popReceipt = receipt;
      } catch (error) {
        next = Math.max(SHORTEST_RENEWAL, delay / 2);
        log({ level: 'warning', category: 'Host', message: `The lock of message ${current.id} was not renewed: ${failureName(error)}.` });
      }
      if (!ended) arm(next);
    };
    arm(LOCK / 2);
    try {
      return await parts.invoke({ ...current }, text);
    } finally {
      ended = true;
      cancel();
      await renewal;
    }
  }

  async function toPoison(message: QueueMessage): Promise<void> {
    log({
      level: 'warning',
      category: 'Host',
      message: `Message has reached MaxDequeueCount of ${options.maxDequeueCount}. Moving message to queue '${queueName}-poison'.`,
    });
    await queue.copyToPoison(message.text);
    await queue.delete(message);
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(ms, resolve);
      wake = () => {
        cancel();
        resolve();
      };
      if (stopped) wake();
    });
  }

  return {
    start: () => {
      polling ??= poll();
    },
    stop: async () => {
      stopped = true;
      wake();
      oneLess();
      await polling;
      await Promise.allSettled(inHand);
    },
  };
}
