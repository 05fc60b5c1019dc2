import type { RpcTypedData } from './rpc.ts';
import type { QueueMessage } from './message-queue.ts';

/** The text a message carries, or undefined where it is not what `encoding` says; Convert.FromBase64String takes white space and nothing else unusual. */
export function decodeMessage(text: string, encoding: 'base64' | 'none'): string | undefined {
  if (encoding === 'none') return text;
  const packed = text.replace(/[\t\r\n ]/g, '');
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(packed, 'base64'));
  } catch {
    return undefined;
  }
}

/** The trigger's metadata under the names of the storage extension; the library makes them camel case. */
export function queueTriggerMetadata(message: QueueMessage, text: string): Record<string, RpcTypedData> {
  const moment = (at: number): RpcTypedData => ({ json: JSON.stringify(new Date(at).toISOString()) });
  return {
    QueueTrigger: { string: text },
    DequeueCount: { int: message.dequeueCount },
    ExpirationTime: moment(message.expiresOn),
    Id: { string: message.id },
    InsertionTime: moment(message.insertedOn),
    NextVisibleTime: moment(message.nextVisibleOn),
    PopReceipt: { string: message.popReceipt },
  };
}
