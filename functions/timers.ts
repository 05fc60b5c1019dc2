import type { TimerHandler } from '@azure/functions';
import type { TenantJobName } from '../shared/jobs/messages.ts';
import type { AppOf } from '../shared/compose.ts';

/** Timers only enqueue one job per tenant. */
export function enqueueTimer(appOf: AppOf, job: TenantJobName): TimerHandler {
  return async (_timer, context): Promise<void> => {
    await appOf(context).enqueueTenantJobs(job, 'timer');
  };
}

export function dueTimer(appOf: AppOf): TimerHandler {
  return async (_timer, context): Promise<void> => {
    await appOf(context).ringDue();
  };
}
