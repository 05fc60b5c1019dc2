import { createHash } from 'node:crypto';
import { ROUTES, TABLES } from '../config/names.ts';
import { day, hour, type Instant } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import { appointmentKind } from '../sync/kinds/appointment.ts';
import type { Clock, Report, Storage } from '../sync/ports.ts';
import { encodeRow, ifAsRead, mustKnow, readRow } from '../sync/rows.ts';
import { makeClientState } from './client-state.ts';
import type { MailboxAddress } from './marking.ts';
import type { CreatedSubscription, GraphTenant } from './ports.ts';

/** Outlook subscriptions live under seven days (graph.md 1.2); the expiry that Graph answers is what counts. */
const ASKED_LIFE_MS = 6.5 * day;
const RENEW_BEFORE_MS = 2 * day;
const RENEW_JITTER_MS = 12 * hour;

export interface SubscriptionServices {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly report: Report;
  readonly webhookSecret: string;
  /** Where Graph reaches our webhooks, without a trailing slash. */
  readonly publicBaseUrl: string;
}

/** One subscription per mailbox and kind, as we know it. */
export interface StoredSubscription {
  readonly subscriptionId: string;
  readonly mailboxId: string;
  readonly kind: string;
  /** For people who look into the table. */
  readonly resource: string;
  /** As Graph granted it. */
  readonly expiresAt: Instant;
  readonly renewedAt: Instant;
  /** Fingerprint of what it was made with (addresses, client state): neither can be changed later (graph.md 1.1). */
  readonly endpoint: string;
  /** Graph asked for it (reauthorizationRequired): renewed at the next run, however long it still lives. */
  readonly renewNow: boolean;
}

/** By mailbox; of several for one mailbox the one that lives longest. */
export async function readSubscriptions(storage: Storage, tenantId: string): Promise<Map<string, StoredSubscription>> {
  const found = new Map<string, StoredSubscription>();
  for (const row of await readAllSubscriptions(storage, tenantId)) {
    const other = found.get(row.mailboxId);
    if (other === undefined || other.expiresAt < row.expiresAt) found.set(row.mailboxId, row);
  }
  return found;
}

/**
 * Every row, twins included.
 * @throws NewerVersion where one is not known here: taken for absent, it would be made anew or removed
 */
export async function readAllSubscriptions(storage: Storage, tenantId: string): Promise<StoredSubscription[]> {
  const { rows } = await storage.tables.range(TABLES.subscriptions, tenantId);
  return rows.map((row) => readRow<StoredSubscription>(row, { renewedAt: 0, endpoint: '', renewNow: false }));
}

/** Creates the mailbox's subscription, or adopts the one that Graph has already, and stores it. The caller marks and rings: a new subscription is followed by a delta round. */
export async function ensureSubscription(services: SubscriptionServices, graph: GraphTenant, mailbox: MailboxAddress): Promise<StoredSubscription> {
  const made = await createSubscription(services, graph, mailbox);
  await storeSubscription(services.storage, mailbox.tenantId, made);
  services.report('subscribed', { tenant: mailbox.tenantId, mailbox: mailbox.mailboxId, kind: made.kind });
  return made;
}

/** Creates or adopts it at Graph and stores nothing. */
export async function createSubscription(services: SubscriptionServices, graph: GraphTenant, mailbox: MailboxAddress): Promise<StoredSubscription> {
  const { notificationUrl, lifecycleUrl } = webhookAddresses(services.publicBaseUrl);
  const kind = appointmentKind.name;
  const created = await graph.subscribe({ mailboxId: mailbox.mailboxId, kind, clientState: clientStateOf(services, mailbox), notificationUrl, lifecycleUrl, expiresAt: askedExpiry(services.clock) });
  return subscriptionRow(services, mailbox, created);
}

export function subscriptionRow(services: SubscriptionServices, mailbox: MailboxAddress, granted: CreatedSubscription): StoredSubscription {
  const { mailboxId } = mailbox;
  const resource = `users/${mailboxId}/events`;
  return { subscriptionId: granted.id, mailboxId, kind: appointmentKind.name, resource, expiresAt: granted.expiresAt, renewedAt: services.clock.now(), endpoint: endpointOf(services, mailbox), renewNow: false };
}

export async function storeSubscription({ tables }: Storage, tenantId: string, subscription: StoredSubscription): Promise<void> {
  const row = await tables.get(TABLES.subscriptions, tenantId, subscription.subscriptionId);
  mustKnow(row);
  await tables.transact(TABLES.subscriptions, tenantId, [ifAsRead(encodeRow(subscription.subscriptionId, subscription), row?.etag)]);
}

/** Deletes the row, if it is still there. */
export async function forgetSubscription(storage: Storage, tenantId: string, subscriptionId: string): Promise<void> {
  try {
    await storage.tables.transact(TABLES.subscriptions, tenantId, [{ op: 'delete', rowKey: subscriptionId }]);
  } catch (failure) {
    if (!(failure instanceof PortFailure) || (failure.reason !== 'conflict' && failure.reason !== 'notFound')) throw failure;
  }
}

export function webhookAddresses(publicBaseUrl: string): { readonly notificationUrl: string; readonly lifecycleUrl: string } {
  return { notificationUrl: `${publicBaseUrl}/api/${ROUTES.notifications}`, lifecycleUrl: `${publicBaseUrl}/api/${ROUTES.lifecycle}` };
}

export function askedExpiry(clock: Clock): Instant {
  return clock.now() + ASKED_LIFE_MS;
}

/** Changes with the secret and with our address: a subscription made with others would never be heard again. */
export function endpointOf(services: Pick<SubscriptionServices, 'webhookSecret' | 'publicBaseUrl'>, mailbox: MailboxAddress): string {
  const { notificationUrl, lifecycleUrl } = webhookAddresses(services.publicBaseUrl);
  return createHash('sha256').update(`${notificationUrl}\n${lifecycleUrl}\n${clientStateOf(services, mailbox)}`).digest('base64url').slice(0, 16);
}

/**
 * Due with less than two days left, and up to half a day earlier, each mailbox at its own time, so that those subscribed together are not renewed
 * together for ever. Where Graph grants less than it is asked for, half of the granted life is what is left to wait.
 */
export function renewalDue(subscription: StoredSubscription, now: Instant): boolean {
  const left = subscription.expiresAt - now;
  const granted = subscription.expiresAt - subscription.renewedAt;
  return subscription.renewNow || left < Math.min(RENEW_BEFORE_MS + jitterOf(subscription.mailboxId), granted / 2);
}

function jitterOf(mailboxId: string): number {
  return Math.floor((createHash('sha256').update(mailboxId).digest().readUInt32BE(0) / 2 ** 32) * RENEW_JITTER_MS);
}

function clientStateOf(services: Pick<SubscriptionServices, 'webhookSecret'>, { tenantId, mailboxId }: MailboxAddress): string {
  return makeClientState({ tenantId, mailboxId, kind: appointmentKind.name }, services.webhookSecret);
}
