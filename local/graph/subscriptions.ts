import { bodyOf, linkTo } from './call.ts';
import type { Call } from './call.ts';
import { badRequest, GraphFailure, notModelled } from './failure.ts';
import type { Answer } from './failure.ts';
import { readCount } from './odata-query.ts';
import { isRecord, oneOf, readBoolean, readText, refuseOtherMembers } from './request-json.ts';
import { stampOf } from './zones.ts';

const MINUTE = 60_000;
const SHORTEST = 45 * MINUTE;

export interface Subscription {
  id: string;
  tenantId: string;
  appId: string;
  /** As the client wrote it. */
  resource: string;
  mailboxId: string;
  /** null: every calendar of the mailbox. */
  calendarId: string | null;
  changeTypes: readonly string[];
  changeType: string;
  notificationUrl: string;
  lifecycleNotificationUrl: string | null;
  clientState: string | null;
  expiresAt: number;
  immutableIds: boolean;
  latestSupportedTlsVersion: string;
}

export interface SubscriptionStore {
  all: Map<string, Subscription>;
  /** Resolves the user and checks the mailbox; null: unknown user. */
  mailboxFor: (call: Call, userKey: string) => { id: string; calendars: readonly string[] } | null;
  /** POSTs the validation token and says whether the endpoint answered as it must. */
  validate: (url: string, subscriptionId: string) => Promise<string | null>;
  /** Told of each new end of a subscription. */
  watchEnd: (subscription: Subscription) => void;
}

const CREATE_MEMBERS = [
  'changeType', 'clientState', 'encryptionCertificate', 'encryptionCertificateId', 'expirationDateTime', 'includeResourceData', 'latestSupportedTlsVersion',
  'lifecycleNotificationUrl', 'notificationQueryOptions', 'notificationUrl', 'notificationUrlAppId', 'resource',
];
/** What only notifications with resource data use, or what is not modelled. */
const NOT_MODELLED = ['encryptionCertificate', 'encryptionCertificateId', 'notificationQueryOptions', 'notificationUrlAppId'];
const READABLE = [...CREATE_MEMBERS, 'id', 'applicationId', 'creatorId'];
const TYPE = 'microsoft.graph.subscription';

export function liveSubscriptions(store: SubscriptionStore, now: number): Subscription[] {
  for (const [id, one] of store.all) if (one.expiresAt <= now) store.all.delete(id);
  return [...store.all.values()];
}

export async function createSubscription(call: Call, store: SubscriptionStore): Promise<Answer> {
  if (call.caller.kind !== 'app') throw badRequest('The simulator lets only applications subscribe.', 'NotModelledBySimulator');
  const input = bodyOf(call);
  if (!isRecord(input)) throw badRequest('The request body must be a JSON object.', 'BadRequest');
  refuseOtherMembers(input, CREATE_MEMBERS, READABLE, TYPE);
  refuseForbidden(call);
  if (input['includeResourceData'] != null && readBoolean(input['includeResourceData'], 'includeResourceData')) throw notModelled('notifications with resource data');
  for (const member of NOT_MODELLED) if (input[member] != null) throw notModelled(`${member} of subscriptions`);
  const wanted: Subscription = {
    id: call.exchange.ids.guid(),
    tenantId: call.caller.tenant.id,
    appId: call.caller.appId,
    ...readResource(call, store, readText(input['resource'], 'resource')),
    ...readChangeTypes(readText(input['changeType'], 'changeType')),
    notificationUrl: readUrl(input['notificationUrl'], 'notificationUrl'),
    lifecycleNotificationUrl: input['lifecycleNotificationUrl'] == null ? null : readUrl(input['lifecycleNotificationUrl'], 'lifecycleNotificationUrl'),
    clientState: readClientState(input['clientState']),
    expiresAt: readExpiration(call, input['expirationDateTime']),
    latestSupportedTlsVersion: input['latestSupportedTlsVersion'] == null ? 'v1_2' : readText(input['latestSupportedTlsVersion'], 'latestSupportedTlsVersion'),
    immutableIds: /idtype\s*=\s*"?immutableid/i.test(call.headers.get('prefer') ?? ''),
  };
  refuseTwin(call, store, wanted);
  refuseTooMany(call, store, wanted);
  for (const url of [wanted.notificationUrl, wanted.lifecycleNotificationUrl]) {
    const problem = url === null ? null : await store.validate(url, wanted.id);
    if (problem !== null) throw badRequest(`Subscription validation request failed. ${problem}`, 'ValidationError');
  }
  refuseTwin(call, store, wanted);
  store.all.set(wanted.id, wanted);
  store.watchEnd(wanted);
  return { status: 201, body: { '@odata.context': `${call.baseUrl}/v1.0/$metadata#subscriptions/$entity`, ...showSubscription(wanted), clientState: wanted.clientState } };
}

/** Whether a grant that is restricted to some mailboxes is enough to subscribe is open (graph.md 9.1). */
function refuseForbidden(call: Call): void {
  if (call.exchange.quirks().subscriptionsForbidden) throw new GraphFailure(403, 'ExtensionError', 'Operation: Create; Exception: [Status Code: Forbidden; Reason: Access is denied.]');
}

function readResource(call: Call, store: SubscriptionStore, resource: string): Pick<Subscription, 'resource' | 'mailboxId' | 'calendarId'> {
  const parts = /^\/?users(?:\/([^/]+)|\('([^']+)'\))\/(?:(events)|calendars\/([^/]+)\/events)$/i.exec(resource);
  if (parts === null) {
    throw badRequest(`The resource ${JSON.stringify(resource)} cannot be subscribed here; the simulator knows users/{id}/events.`, 'ExtensionError');
  }
  const mailbox = store.mailboxFor(call, decodeURIComponent(parts[1] ?? parts[2] ?? ''));
  if (mailbox === null) throw new GraphFailure(404, 'ResourceNotFound', 'The mailbox of the subscription was not found.');
  const calendar = parts[4];
  if (calendar === undefined) return { resource, mailboxId: mailbox.id, calendarId: null };
  if (!call.exchange.quirks().calendarSubscriptions) throw badRequest('The events of a single calendar cannot be subscribed.', 'ExtensionError');
  const calendarId = mailbox.calendars.find((one) => one === decodeURIComponent(calendar));
  if (calendarId === undefined) throw new GraphFailure(404, 'ResourceNotFound', 'The calendar of the subscription was not found.');
  return { resource, mailboxId: mailbox.id, calendarId };
}

function readChangeTypes(text: string): Pick<Subscription, 'changeType' | 'changeTypes'> {
  const changeTypes = text.split(',').map((one) => oneOf(one.trim(), ['created', 'updated', 'deleted'] as const, 'changeType'));
  return { changeTypes, changeType: changeTypes.join(',') };
}

function readUrl(value: unknown, member: string): string {
  const text = readText(value, member);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw badRequest(`The member ${member} must be an absolute URL.`, 'ValidationError');
  }
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback)) throw badRequest(`The member ${member} must be an https URL.`, 'ValidationError');
  return text;
}

function readClientState(value: unknown): string | null {
  if (value == null) return null;
  const text = readText(value, 'clientState');
  if (text.length > 128) throw badRequest('The clientState can have at most 128 characters.', 'ValidationError');
  return text;
}

function readExpiration(call: Call, value: unknown): number {
  const text = readText(value, 'expirationDateTime');
  const wanted = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text.replace(/(\.\d{3})\d+/, '$1')) : Number.NaN;
  if (Number.isNaN(wanted)) throw badRequest('The expirationDateTime must be an instant like 2026-11-23T18:23:45.9356913Z.', 'InvalidRequest');
  const now = call.exchange.clock.now();
  if (wanted <= now) throw badRequest('The expirationDateTime lies in the past.', 'ExtensionError');
  const most = call.exchange.quirks().subscriptionMaxMinutes;
  if (wanted > now + most * MINUTE) throw badRequest(`Subscription expiration can only be ${most} minutes in the future.`, 'ExtensionError');
  return Math.max(wanted, now + SHORTEST);
}

function resourceKey(one: Subscription): string {
  return JSON.stringify([one.tenantId, one.appId, one.mailboxId, one.calendarId, [...one.changeTypes].sort()]);
}

function refuseTwin(call: Call, store: SubscriptionStore, wanted: Subscription): void {
  const twin = liveSubscriptions(store, call.exchange.clock.now()).find((one) => resourceKey(one) === resourceKey(wanted));
  if (twin !== undefined) {
    throw new GraphFailure(409, 'ExtensionError', `Operation: Create; Exception: [Status Code: Conflict; Reason: Subscription Id ${twin.id} already exists for the requested combination]`);
  }
}

function refuseTooMany(call: Call, store: SubscriptionStore, wanted: Subscription): void {
  const most = call.exchange.quirks().subscriptionsPerMailbox;
  const count = liveSubscriptions(store, call.exchange.clock.now()).filter((one) => one.mailboxId === wanted.mailboxId).length;
  if (count >= most) throw new GraphFailure(403, 'ExtensionError', `The mailbox has reached its limit of ${most} subscriptions.`);
}

export function listSubscriptions(call: Call, store: SubscriptionStore): Answer {
  const own = liveSubscriptions(store, call.exchange.clock.now()).filter((one) => isOwn(call, one));
  const at = readCount(call.query.get('$skiptoken'), '$skiptoken', 1_000_000) ?? 0;
  const end = at + call.exchange.quirks().subscriptionsPerPage;
  return {
    status: 200,
    body: {
      '@odata.context': `${call.baseUrl}/v1.0/$metadata#subscriptions`,
      value: own.slice(at, end).map(showSubscription),
      ...(end < own.length ? { '@odata.nextLink': linkTo(call, `$skiptoken=${end}`) } : {}),
    },
  };
}

const isOwn = (call: Call, one: Subscription): boolean =>
  call.caller.kind === 'app' && one.tenantId === call.caller.tenant.id && one.appId === call.caller.appId;

export function findSubscription(call: Call, store: SubscriptionStore): Subscription {
  const found = liveSubscriptions(store, call.exchange.clock.now()).find((one) => one.id === call.params['subscription'] && isOwn(call, one));
  if (found === undefined) throw new GraphFailure(404, 'ResourceNotFound', 'The object was not found.');
  return found;
}

export function renewSubscription(call: Call, store: SubscriptionStore): Answer {
  const found = findSubscription(call, store);
  const input = bodyOf(call);
  if (!isRecord(input)) throw badRequest('The request body must be a JSON object.', 'BadRequest');
  refuseOtherMembers(input, ['expirationDateTime'], READABLE, TYPE);
  refuseForbidden(call);
  found.expiresAt = readExpiration(call, input['expirationDateTime']);
  store.watchEnd(found);
  return { status: 200, body: { '@odata.context': `${call.baseUrl}/v1.0/$metadata#subscriptions/$entity`, ...showSubscription(found) } };
}

export function showSubscription(one: Subscription): Record<string, unknown> {
  return {
    id: one.id,
    resource: one.resource,
    applicationId: one.appId,
    changeType: one.changeType,
    clientState: null,
    notificationUrl: one.notificationUrl,
    notificationQueryOptions: null,
    lifecycleNotificationUrl: one.lifecycleNotificationUrl,
    expirationDateTime: stampOf(one.expiresAt),
    creatorId: one.appId,
    includeResourceData: null,
    latestSupportedTlsVersion: one.latestSupportedTlsVersion,
    encryptionCertificate: null,
    encryptionCertificateId: null,
    notificationUrlAppId: null,
  };
}
