import { z } from 'zod';
import { parseIso, toIso, type Instant } from '../model/time/instant.ts';
import type { CreatedSubscription, GraphTenant, ListedSubscription } from '../jobs/ports.ts';
import { PortFailure, type FailureReason } from '../sync/failures.ts';
import { pageSchema } from './event-schema.ts';
import { notUnderstood } from './mailbox-level.ts';
import type { Target, Transport } from './transport.ts';

type SubscribeRequest = Parameters<GraphTenant['subscribe']>[0];
type Subscriptions = Pick<GraphTenant, 'subscribe' | 'renew' | 'unsubscribe' | 'subscriptions'>;

const CHANGES = 'created,updated,deleted';
/** An app has one subscription per mailbox and kind: so many pages hold those of any tenant. */
const LIST_PAGES = 200;

const subscription = z.object({ id: z.string().min(1), expirationDateTime: z.string() });
const listed = z.object({
  id: z.string().min(1),
  resource: z.string(),
  changeType: z.string(),
  expirationDateTime: z.string(),
  notificationUrl: z.string().nullish(),
});

/** Notifications are only a hint, so one subscription per mailbox and kind is all there is (graph.md 1). */
export function subscriber(transport: Transport): Subscriptions {
  async function create(request: SubscribeRequest): Promise<CreatedSubscription> {
    const answer = await transport.send({
      method: 'POST',
      path: '/subscriptions',
      body: {
        changeType: CHANGES,
        resource: resourceOf(request),
        notificationUrl: request.notificationUrl,
        // It cannot be added later (graph.md 1.1), and without it lost notifications are never told.
        lifecycleNotificationUrl: request.lifecycleUrl,
        clientState: request.clientState,
        expirationDateTime: toIso(request.expiresAt),
      },
    });
    return created(answer);
  }

  /** The existing one keeps its client state, which is the same by construction: the key is the mailbox and kind themselves. */
  async function adopt(request: SubscribeRequest): Promise<CreatedSubscription> {
    const twin = await find(request);
    if (twin === null) throw new PortFailure('graph', 'transient', 'Graph has a subscription for this mailbox but does not list it: it is tried again later.', { code: 'hiddenSubscription' });
    if (twin.notificationUrl !== null && twin.notificationUrl !== request.notificationUrl) {
      // Made for another address of ours. Its lifecycle address cannot be changed (graph.md 1.1): it is replaced.
      await unsubscribe(twin.id);
      return create(request);
    }
    const renewed = await renew(twin.id, request.expiresAt);
    return renewed === 'gone' ? create(request) : renewed;
  }

  async function find(request: SubscribeRequest): Promise<ListedSubscription | null> {
    for await (const page of pages()) {
      const twin = page.find((one) => one.kind === request.kind && one.mailboxId === request.mailboxId.toLowerCase());
      if (twin !== undefined) return twin;
    }
    return null;
  }

  async function* pages(): AsyncGenerator<ListedSubscription[]> {
    let target: Target = { path: '/subscriptions' };
    for (let page = 0; page < LIST_PAGES; page += 1) {
      const parsed = pageSchema.safeParse(await transport.send(target));
      if (!parsed.success) throw notUnderstood();
      yield parsed.data.value.flatMap((row) => ofOurKind(row) ?? []);
      const next = parsed.data['@odata.nextLink'];
      if (next === undefined) return;
      target = { link: next };
    }
    // Half a list would show subscriptions as missing that are there.
    throw new PortFailure('graph', 'transient', 'Graph lists more subscriptions than the connector can have: it is tried again later.', { code: 'endlessList' });
  }

  async function renew(subscriptionId: string, expiresAt: Instant): Promise<CreatedSubscription | 'gone'> {
    const renewed = await unless('notFound', transport.send({ method: 'PATCH', path: pathOf(subscriptionId), body: { expirationDateTime: toIso(expiresAt) } }));
    return renewed === 'notFound' ? 'gone' : created(renewed);
  }

  async function unsubscribe(subscriptionId: string): Promise<void> {
    await unless('notFound', transport.send({ method: 'DELETE', path: pathOf(subscriptionId) }));
  }

  return {
    async subscribe(request) {
      const answer = await unless('conflict', create(request));
      return answer === 'conflict' ? adopt(request) : answer;
    },
    renew,
    unsubscribe,
    async subscriptions() {
      const all: ListedSubscription[] = [];
      for await (const page of pages()) all.push(...page);
      return all;
    },
  };
}

function pathOf(subscriptionId: string): string {
  return `/subscriptions/${encodeURIComponent(subscriptionId)}`;
}

function resourceOf({ mailboxId, kind }: SubscribeRequest): string {
  if (kind !== 'appointment') throw new PortFailure('graph', 'configuration', `Graph has no subscription for the kind ${kind}: only appointments are notified.`);
  return `users/${mailboxId}/events`;
}

/** Null for a row that is none of ours, or that cannot be understood. */
function ofOurKind(row: unknown): ListedSubscription | null {
  const parsed = listed.safeParse(row);
  if (!parsed.success || !sameChanges(parsed.data.changeType)) return null;
  const { id, resource, expirationDateTime, notificationUrl } = parsed.data;
  const mailboxId = RESOURCE.exec(resource)?.[1];
  const expiresAt = instantOf(expirationDateTime);
  if (mailboxId === undefined || expiresAt === null) return null;
  return { id, mailboxId: mailboxId.toLowerCase(), kind: 'appointment', notificationUrl: notificationUrl ?? null, expiresAt };
}

/** Graph may tell a resource in other letters, with a slash before it or with the id in brackets. */
const RESOURCE = /^\/?users(?:\/|\(')([^/()']+)(?:'\))?\/events$/i;

function sameChanges(changeType: string): boolean {
  const sorted = (list: string) => list.split(',').map((one) => one.trim()).sort().join(',');
  return sorted(changeType) === sorted(CHANGES);
}

/** The expiry that Graph granted, not the one that was asked for (graph.md 1.2). */
function created(answer: unknown): CreatedSubscription {
  const parsed = subscription.safeParse(answer);
  const expiresAt = parsed.success ? instantOf(parsed.data.expirationDateTime) : null;
  if (!parsed.success || expiresAt === null) throw notUnderstood(true);
  return { id: parsed.data.id, expiresAt };
}

function instantOf(text: string): Instant | null {
  try {
    return parseIso(text);
  } catch {
    return null;
  }
}

/** On a path that names a subscription, no word of Graph for "not there" speaks of a mailbox. */
const MEANINGS = { conflict: ['conflict'], notFound: ['notFound', 'mailboxUnavailable', 'gone'] } as const satisfies Record<string, readonly FailureReason[]>;

async function unless<T, R extends keyof typeof MEANINGS>(meaning: R, sent: Promise<T>): Promise<T | R> {
  try {
    return await sent;
  } catch (failure) {
    if (failure instanceof PortFailure && MEANINGS[meaning].some((reason) => reason === failure.reason)) return meaning;
    throw failure;
  }
}
