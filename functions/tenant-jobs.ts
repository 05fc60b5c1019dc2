import type { StorageQueueHandler } from '@azure/functions';
import { QUEUES } from '../shared/config/names.ts';
import { tenantJobSchema } from '../shared/jobs/messages.ts';
import type { AppOf } from '../shared/compose.ts';

/** One job of one tenant. */
export function tenantJobs(appOf: AppOf): StorageQueueHandler {
  return async (message, context): Promise<void> => {
    const app = appOf(context);
    const parsed = tenantJobSchema.safeParse(message);
    if (!parsed.success) {
      if (await app.leaveToNewer(QUEUES.tenantJobs, message)) return;
      throw app.unreadable(QUEUES.tenantJobs);
    }
    await app.runTenantJob(parsed.data);
  };
}
