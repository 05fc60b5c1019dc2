import type { SimClock } from './clock.ts';
import { etagOf } from './event-model.ts';
import type { Change, ChangeType } from './exchange.ts';
import type { IdSource } from './identifiers.ts';
import type { Quirks } from './quirks.ts';
import { liveSubscriptions } from './subscriptions.ts';
import type { Subscription, SubscriptionStore } from './subscriptions.ts';
import { stampOf } from './zones.ts';

const FIRST_RETRY = 10_000;
const GIVE_UP = 4 * 3_600_000;
const VALIDATION_TIMEOUT = 10_000;

export type LifecycleEvent = 'missed' | 'subscriptionRemoved' | 'reauthorizationRequired';

export interface NotificationCounts {
  /** Notifications (not POSTs) that an endpoint took. */
  sent: number;
  /** Deliveries that failed at least once. */
  failed: number;
  dropped: number;
  lifecycle: number;
  pending: number;
}

export interface NotifierOptions {
  clock: SimClock;
  ids: IdSource;
  random: () => number;
  quirks: () => Quirks;
  fetch: typeof fetch;
  store: () => SubscriptionStore;
}

export interface Notifier {
  counts: NotificationCounts;
  changed(change: Change): void;
  lifecycle(subscription: Subscription, event: LifecycleEvent): void;
  validate(url: string, subscriptionId: string): Promise<string | null>;
  /** Sends `reauthorizationRequired` in time before the subscription ends, where that is wanted. */
  watchEnd(subscription: Subscription): void;
}

interface Queued {
  subscription: Subscription;
  body: Record<string, unknown>;
}

/** Sends change and lifecycle notifications: after a delay, batched per endpoint, retried up to four hours (graph.md 1.6, 1.7). */
export function createNotifier(options: NotifierOptions): Notifier {
  const { clock, quirks } = options;
  const counts: NotificationCounts = { sent: 0, failed: 0, dropped: 0, lifecycle: 0, pending: 0 };
  const waiting = new Map<string, Queued[]>();

  const queue = (url: string, item: Queued): void => {
    counts.pending++;
    const delay = quirks().notificationDelayMs;
    if (typeof delay !== 'number') {
      clock.after(delay.min + (delay.max - delay.min) * options.random(), () => void deliver(url, [item], clock.now(), FIRST_RETRY));
      return;
    }
    const list = waiting.get(url);
    if (list !== undefined) {
      list.push(item);
      return;
    }
    waiting.set(url, [item]);
    clock.after(delay, () => {
      const batch = waiting.get(url) ?? [];
      waiting.delete(url);
      void deliver(url, quirks().notificationReorder ? shuffled(batch, options.random) : batch, clock.now(), FIRST_RETRY);
    });
  };

  const deliver = async (url: string, batch: readonly Queued[], since: number, nextWait: number): Promise<void> => {
    const delivered = await post(url, JSON.stringify({ value: batch.map((one) => one.body) }), 'application/json; charset=utf-8', quirks().notificationTimeoutMs);
    if (delivered !== null && delivered.status >= 200 && delivered.status < 300) {
      counts.pending -= batch.length;
      counts.sent += batch.filter((one) => !('lifecycleEvent' in one.body)).length;
      counts.lifecycle += batch.filter((one) => 'lifecycleEvent' in one.body).length;
      return;
    }
    counts.failed += batch.length;
    if (clock.now() + nextWait - since <= GIVE_UP) {
      clock.after(nextWait, () => void deliver(url, batch, since, nextWait * 2));
      return;
    }
    counts.pending -= batch.length;
    counts.dropped += batch.length;
    if (!quirks().lostDeliveriesSendMissed) return;
    const lost = new Set(batch.filter((one) => !('lifecycleEvent' in one.body)).map((one) => one.subscription));
    for (const subscription of lost) lifecycle(subscription, 'missed');
  };

  /** One POST with a limit by the clock; null: no answer in time or none at all. */
  const post = async (url: string, body: string, type: string, limit: number): Promise<{ status: number; type: string; text: string } | null> => {
    const stop = new AbortController();
    let cancel = (): void => undefined;
    const tooLate = new Promise<null>((resolve) => {
      cancel = clock.after(limit, () => {
        stop.abort();
        resolve(null);
      });
    });
    const answer = async (): Promise<{ status: number; type: string; text: string } | null> => {
      try {
        const response = await options.fetch(url, { method: 'POST', body, headers: { 'content-type': type }, signal: stop.signal, redirect: 'manual' });
        return { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() };
      } catch {
        return null;
      }
    };
    const first = await Promise.race([answer(), tooLate]);
    cancel();
    return first;
  };

  const lifecycle = (subscription: Subscription, event: LifecycleEvent): void => {
    if (subscription.lifecycleNotificationUrl === null) return;
    queue(subscription.lifecycleNotificationUrl, {
      subscription,
      body: {
        subscriptionId: subscription.id,
        subscriptionExpirationDateTime: stampOf(subscription.expiresAt),
        tenantId: subscription.tenantId,
        organizationId: subscription.tenantId,
        clientState: subscription.clientState,
        lifecycleEvent: event,
      },
    });
  };

  return {
    counts,
    lifecycle,
    changed(change) {
      for (const subscription of liveSubscriptions(options.store(), clock.now())) {
        if (subscription.mailboxId !== change.mailbox.user.id) continue;
        if (subscription.calendarId !== null && subscription.calendarId !== change.calendarId) continue;
        const types: ChangeType[] = change.type === 'created' && quirks().createNotifiesTwice ? ['created', 'updated'] : [change.type];
        for (const type of types.filter((one) => subscription.changeTypes.includes(one))) {
          if (quirks().notificationLoss > 0 && options.random() < quirks().notificationLoss) {
            counts.dropped++;
            continue;
          }
          const item = { subscription, body: notificationBody(subscription, change, type) };
          queue(subscription.notificationUrl, item);
          if (quirks().notificationDuplication > 0 && options.random() < quirks().notificationDuplication) queue(subscription.notificationUrl, item);
        }
      }
    },
    watchEnd(subscription) {
      const before = quirks().reauthorizationBeforeMs;
      if (before === null) return;
      const end = subscription.expiresAt;
      clock.after(Math.max(0, end - before - clock.now()), () => {
        // Renewed or removed meanwhile: there is nothing to tell, or somebody else's watch tells it.
        if (options.store().all.get(subscription.id)?.expiresAt === end) lifecycle(subscription, 'reauthorizationRequired');
      });
    },
    async validate(url, subscriptionId) {
      const token = `Validation: Testing client application reachability for subscription Request-Id: ${subscriptionId} <${options.ids.token()}>`;
      const sent = encodeURIComponent(token).replaceAll('%20', '+').replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
      const answer = await post(`${url}${url.includes('?') ? '&' : '?'}validationToken=${sent}`, '', 'text/plain; charset=utf-8', VALIDATION_TIMEOUT);
      if (answer === null) return 'Subscription validation request timed out.';
      if (answer.status !== 200) return `The notification endpoint must respond with 200 OK to validation request, it answered ${answer.status}.`;
      if (!/^text\/plain\b/i.test(answer.type)) return 'The notification endpoint must answer the validation request as text/plain.';
      return answer.text === token ? null : 'The notification endpoint must answer the validation request with the decoded token and nothing else.';
    },
  };
}

function notificationBody(subscription: Subscription, change: Change, type: ChangeType): Record<string, unknown> {
  const id = subscription.immutableIds ? change.event.id : change.event.mutableId;
  const path = `Users/${change.mailbox.user.id}/Events/${id}`;
  return {
    subscriptionId: subscription.id,
    subscriptionExpirationDateTime: stampOf(subscription.expiresAt),
    changeType: type,
    resource: path,
    resourceData: { '@odata.type': '#Microsoft.Graph.Event', '@odata.id': path, '@odata.etag': etagOf(change.event), id },
    clientState: subscription.clientState,
    tenantId: subscription.tenantId,
  };
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((one) => ({ one, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ one }) => one);
}
