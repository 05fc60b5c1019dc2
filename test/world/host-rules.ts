import { InvocationContext, type StorageQueueHandler, type Timer } from '@azure/functions';
import { mailboxPasses } from '../../functions/mailbox-passes.ts';
import { poison } from '../../functions/poison.ts';
import { tenantJobs } from '../../functions/tenant-jobs.ts';
import type { AppOf } from '../../shared/compose.ts';
import { QUEUES } from '../../shared/config/names.ts';
import type { Queues, ReceivedMessage } from '../../shared/sync/ports.ts';

/** What the Functions host does with queues and timers, for the worlds that play it. */
export const QUEUE_HANDLERS: readonly (readonly [string, (appOf: AppOf) => StorageQueueHandler])[] = [
  [QUEUES.tenantJobs, tenantJobs],
  [QUEUES.mailboxPasses, mailboxPasses],
  [QUEUES.tenantJobsPoison, (appOf) => poison(appOf, QUEUES.tenantJobsPoison)],
  [QUEUES.mailboxPassesPoison, (appOf) => poison(appOf, QUEUES.mailboxPassesPoison)],
];

/** As host.json has it. */
export const BATCH = 8;
const DEQUEUES = 5;
/** As the queue trigger hides a message that is in work, and one that failed. */
export const IN_WORK_MS = 600_000;
const AGAIN_MS = 30_000;

export const TIMER: Timer = { isPastDue: false, schedule: { adjustForDST: false }, scheduleStatus: { last: '', next: '', lastUpdated: '' } };

export function invocation(functionName: string, message?: Pick<ReceivedMessage, 'dequeueCount'>): InvocationContext {
  return new InvocationContext({ invocationId: 'test', functionName, ...(message === undefined ? {} : { triggerMetadata: { dequeueCount: String(message.dequeueCount) } }) });
}

/** A message whose handler failed comes back, or goes the poison way. */
export async function sendBack(queues: Queues, queue: string, message: ReceivedMessage): Promise<void> {
  if (message.dequeueCount < DEQUEUES) {
    await queues.update(queue, message, AGAIN_MS);
    return;
  }
  await queues.send(`${queue}-poison`, message.text);
  await queues.remove(queue, message);
}
