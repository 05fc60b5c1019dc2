import type { StorageQueueHandler } from '@azure/functions';
import type { AppOf } from '../shared/compose.ts';

/** What failed five times. */
export function poison(appOf: AppOf, queue: string): StorageQueueHandler {
  return async (message, context): Promise<void> => {
    await appOf(context).takePoison(queue, message);
  };
}
