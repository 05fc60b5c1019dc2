import { z } from 'zod';
import type { Clock, Report, Storage } from '../sync/ports.ts';
import { readClientState, type SubscriptionPurpose } from './client-state.ts';
import { markAndRing, type Asked } from './marking.ts';

/** One POST may hold items of several subscriptions, apps and tenants (graph.md 1.7); members we do not need are not read. */
const notificationSchema = z.object({
  clientState: z.unknown().optional(),
  changeType: z.unknown().optional(),
  // Halves of surrogate pairs could never be asked for.
  resourceData: z.object({ id: z.string().max(1_024).regex(/^\P{Surrogate}+$/u), '@odata.etag': z.string().max(512).optional() }).optional().catch(undefined),
});
export const notificationBodySchema = z.object({ value: z.array(z.unknown()).max(10_000) });

export interface NotificationServices {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly report: Report;
  readonly webhookSecret: string;
}

export interface NotificationOutcome {
  readonly accepted: number;
  /** Not signed by us, or not readable: dropped, and the caller is not told. */
  readonly dropped: number;
  readonly mailboxes: number;
}

/** Marks every mailbox that is meant and rings; throws only when a mark could not be stored (Graph then sends again). */
export async function takeNotifications(services: NotificationServices, items: readonly unknown[], traceparent?: string): Promise<NotificationOutcome> {
  const meant = new Map<string, { purpose: SubscriptionPurpose; asked: Map<string, Asked> }>();
  let dropped = 0;
  for (const item of items) {
    const parsed = notificationSchema.safeParse(item);
    const purpose = parsed.success ? readClientState(parsed.data.clientState, services.webhookSecret) : null;
    if (!parsed.success || purpose === null) {
      dropped += 1;
      continue;
    }
    const key = `${purpose.tenantId}|${purpose.mailboxId}|${purpose.kind}`;
    const entry = meant.get(key) ?? { purpose, asked: new Map<string, Asked>() };
    const { resourceData, changeType } = parsed.data;
    // The version of what is gone is none that it could be found with.
    const etag = changeType === 'deleted' ? null : (resourceData?.['@odata.etag'] ?? null);
    if (resourceData !== undefined) entry.asked.set(`${resourceData.id} ${etag ?? ''}`, { side: 'graph', id: resourceData.id, reason: 'notified', etag });
    meant.set(key, entry);
  }
  for (const { purpose, asked } of meant.values()) {
    await markAndRing(services.storage, services.clock, { ...purpose, why: 'notification', asked: [...asked.values()], ...(traceparent === undefined ? {} : { traceparent }) });
  }
  const outcome = { accepted: items.length - dropped, dropped, mailboxes: meant.size };
  services.report('notifications', outcome);
  return outcome;
}
