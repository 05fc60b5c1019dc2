import type { StorageQueueHandler } from '@azure/functions';
import { QUEUES } from '../shared/config/names.ts';
import { ringSchema } from '../shared/jobs/messages.ts';
import type { AppOf } from '../shared/compose.ts';

/** One ring: one pass over one mailbox. A message that cannot be read goes the poison way, where it is seen. */
export function mailboxPasses(appOf: AppOf): StorageQueueHandler {
  return async (message, context): Promise<void> => {
    const app = appOf(context);
    const parsed = ringSchema.safeParse(message);
    if (!parsed.success) {
      if (await app.leaveToNewer(QUEUES.mailboxPasses, message)) return;
      throw app.unreadable(QUEUES.mailboxPasses);
    }
    await app.passMailbox(parsed.data, { dequeueCount: Number(context.triggerMetadata?.['dequeueCount'] ?? 1) });
  };
}
