import { PortFailure } from '../../shared/sync/failures.ts';
import type { Queues, Random, ReceivedMessage } from '../../shared/sync/ports.ts';
import type { Run, StorageHooks } from './operation.ts';

const WEEK_SECONDS = 7 * 24 * 3600;
const MAX_BYTES = 49_152;

export interface QueuedMessage {
  readonly id: string;
  readonly insertedAt: number;
  readonly expiresAt: number;
  text: string;
  visibleAt: number;
  dequeueCount: number;
  popReceipt: string;
}

/** queue -> messages as they came. */
export type QueuesState = Map<string, QueuedMessage[]>;

export function copyQueues(state: QueuesState): QueuesState {
  return new Map([...state].map(([queue, messages]) => [queue, messages.map((message) => ({ ...message }))]));
}

export interface QueueSettings {
  readonly now: () => number;
  readonly random: Random;
  readonly hooks: StorageHooks;
  /** The service promises no order: 'any' draws by `random`, 'oldest' is what a person watching expects. */
  readonly order: 'any' | 'oldest';
}

export function memoryQueues(state: QueuesState, { now, random, hooks, order }: QueueSettings, run: Run): Queues {
  /** Receipts and ids have no meaning but to be different. */
  function token(): string {
    let text = '';
    for (let i = 0; i < 4; i += 1) text += Math.floor(random() * 0x1_0000_0000).toString(16).padStart(8, '0');
    return text;
  }

  function refuse(queue: string, code: string, sentence: string): PortFailure {
    return new PortFailure('state', 'recordRejected', `Queue ${queue}: ${sentence}`, { code });
  }

  /** The messages that have not run out. */
  function messagesOf(queue: string): QueuedMessage[] {
    if (!/^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/.test(queue)) throw new PortFailure('state', 'configuration', `A queue cannot have the name ${JSON.stringify(queue)}: use 3 to 63 lower-case letters, digits and single hyphens.`, { code: 'InvalidResourceName' });
    const at = now();
    const live = (state.get(queue) ?? []).filter((message) => message.expiresAt > at);
    state.set(queue, live);
    return live;
  }

  function checkText(queue: string, text: string): void {
    if (Buffer.byteLength(text) > MAX_BYTES) throw refuse(queue, 'RequestBodyTooLarge', `a message is larger than ${MAX_BYTES} bytes.`);
  }

  /** Whole seconds, never fewer than asked. */
  function seconds(queue: string, ms: number, least: number): number {
    const asked = Math.ceil(ms / 1000);
    if (!(asked >= least && asked <= WEEK_SECONDS)) throw refuse(queue, 'OutOfRangeQueryParameterValue', `a message can be hidden for ${least} s to 7 days.`);
    return asked;
  }

  function own(queue: string, { id, popReceipt }: { readonly id: string; readonly popReceipt: string }): QueuedMessage {
    const message = messagesOf(queue).find((one) => one.id === id);
    if (!message) throw new PortFailure('state', 'notFound', `A message of queue ${queue} is gone: nothing is left to do with it.`, { code: 'MessageNotFound' });
    if (message.popReceipt !== popReceipt) throw new PortFailure('state', 'conflict', `A message of queue ${queue} was received by somebody else meanwhile: leave it to them.`, { code: 'PopReceiptMismatch' });
    return message;
  }

  function draw(visible: QueuedMessage[], max: number): QueuedMessage[] {
    if (order === 'oldest') return visible.slice(0, max);
    const drawn: QueuedMessage[] = [];
    while (drawn.length < max && visible.length > 0) drawn.push(...visible.splice(Math.floor(random() * visible.length), 1));
    return drawn;
  }

  return {
    send: (queue, text, { visibleAfterMs = 0, timeToLiveMs } = {}) =>
      run('queues.send', { place: queue }, () => {
        const messages = messagesOf(queue);
        checkText(queue, text);
        const hidden = seconds(queue, visibleAfterMs, 0);
        const life = timeToLiveMs === 'forever' ? Number.POSITIVE_INFINITY : timeToLiveMs === undefined ? WEEK_SECONDS : Math.ceil(timeToLiveMs / 1000);
        if (!(life >= 1)) throw refuse(queue, 'OutOfRangeQueryParameterValue', 'a message lives for 1 s at least.');
        if (hidden >= life) throw refuse(queue, 'InvalidQueryParameterValue', 'a message would run out before it could be seen.');
        const at = now();
        messages.push({
          id: token(),
          text,
          // The service tells it in whole seconds.
          insertedAt: Math.floor(at / 1000) * 1000,
          visibleAt: at + hidden * 1000,
          expiresAt: at + life * 1000,
          dequeueCount: 0,
          popReceipt: token(),
        });
      }),

    receive: (queue, { max, invisibleMs }) =>
      run('queues.receive', { place: queue }, (): readonly ReceivedMessage[] => {
        if (!Number.isInteger(max) || max < 1 || max > 32) throw refuse(queue, 'OutOfRangeQueryParameterValue', '1 to 32 messages can be received at once.');
        const hidden = seconds(queue, invisibleMs, 1);
        const at = now();
        return draw(messagesOf(queue).filter((message) => message.visibleAt <= at), max).map((message) => {
          message.dequeueCount += 1;
          message.popReceipt = token();
          if (hooks.deliverTwice?.(queue, message.id) !== true) message.visibleAt = at + hidden * 1000;
          const { id, text, popReceipt, dequeueCount, insertedAt } = message;
          return { id, text, popReceipt, dequeueCount, insertedAt };
        });
      }),

    update: (queue, message, invisibleMs) =>
      run('queues.update', { place: queue, keys: [message.id] }, () => {
        checkText(queue, message.text);
        const hidden = seconds(queue, invisibleMs, 0);
        const found = own(queue, message);
        found.text = message.text;
        found.visibleAt = now() + hidden * 1000;
        found.popReceipt = token();
        return found.popReceipt;
      }),

    remove: (queue, message) =>
      run('queues.remove', { place: queue, keys: [message.id] }, () => {
        if (!messagesOf(queue).some((one) => one.id === message.id)) return;
        const found = own(queue, message);
        state.set(queue, messagesOf(queue).filter((one) => one !== found));
      }),

    length: (queue) => run('queues.length', { place: queue }, () => messagesOf(queue).length),
  };
}
