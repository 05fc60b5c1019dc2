import type { StorageQueueHandler } from '@azure/functions';
import { tenantJobSchema } from '../shared/jobs/messages.ts';
import type { AppOf } from '../shared/compose.ts';

/** One job of one tenant. */
export function tenantJobs(appOf: AppOf): StorageQueueHandler {
  return async (message, context): Promise<void> => {
    const app = appOf(context);
    const parsed = tenantJobSchema.safeParse(message);
    if (!parsed.success) throw app.unreadable('tenant-jobs');
    await app.runTenantJob(parsed.data);
  };
}
