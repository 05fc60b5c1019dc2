import { z } from 'zod';
import { parseIso, toIso } from '../model/time/instant.ts';
import type { CreatedSubscription, GraphTenant } from '../jobs/ports.ts';
import { PortFailure, type FailureReason } from '../sync/failures.ts';
import { pageSchema } from './event-schema.ts';
import { notUnderstood } from './mailbox-level.ts';
import type { Target, Transport } from './transport.ts';

type SubscribeRequest = Parameters<GraphTenant['subscribe']>[0];

const CHANGES = 'created,updated,deleted';
/** An app has one subscription per mailbox and kind: so many pages hold those of any tenant. */
const LIST_PAGES = 200;

const subscription = z.object({ id: z.string().min(1), expirationDateTime: z.string() });
const listed = z.object({
  id: z.string().min(1),
  resource: z.string(),
  changeType: z.string(),
  notificationUrl: z.string().nullish(),
});

/** Notifications are only a hint, so one subscription per mailbox and kind is all there is (graph.md 1). */
export function subscriber(transport: Transport): GraphTenant['subscribe'] {
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
    const target = { path: `/subscriptions/${encodeURIComponent(twin.id)}` } as const;
    if (twin.notificationUrl != null && twin.notificationUrl !== request.notificationUrl) {
      // Made for another address of ours. Its lifecycle address cannot be changed (graph.md 1.1): it is replaced.
      await unless('notFound', transport.send({ method: 'DELETE', ...target }));
      return create(request);
    }
    const renewed = await unless('notFound', transport.send({ method: 'PATCH', ...target, body: { expirationDateTime: toIso(request.expiresAt) } }));
    return renewed === 'notFound' ? create(request) : created(renewed);
  }

  async function find(request: SubscribeRequest): Promise<z.output<typeof listed> | null> {
    let target: Target = { path: '/subscriptions' };
    for (let page = 0; page < LIST_PAGES; page += 1) {
      const parsed = pageSchema.safeParse(await transport.send(target));
      if (!parsed.success) throw notUnderstood();
      for (const row of parsed.data.value) {
        const one = listed.safeParse(row);
        if (one.success && sameResource(one.data.resource, resourceOf(request)) && sameChanges(one.data.changeType)) return one.data;
      }
      const next = parsed.data['@odata.nextLink'];
      if (next === undefined) return null;
      target = { link: next };
    }
    return null;
  }

  return async function subscribe(request) {
    const answer = await unless('conflict', create(request));
    return answer === 'conflict' ? adopt(request) : answer;
  };
}

function resourceOf({ mailboxId, kind }: SubscribeRequest): string {
  if (kind !== 'appointment') throw new PortFailure('graph', 'configuration', `Graph has no subscription for the kind ${kind}: only appointments are notified.`);
  return `users/${mailboxId}/events`;
}

/** Graph may tell a resource in other letters, with another slash or with the id in brackets. */
function sameResource(a: string, b: string): boolean {
  const plain = (resource: string) => resource.toLowerCase().replace(/^\//, '').replace(/\('([^']*)'\)/g, '/$1');
  return plain(a) === plain(b);
}

function sameChanges(changeType: string): boolean {
  const sorted = (list: string) => list.split(',').map((one) => one.trim()).sort().join(',');
  return sorted(changeType) === sorted(CHANGES);
}

/** The expiry that Graph granted, not the one that was asked for (graph.md 1.2). */
function created(answer: unknown): CreatedSubscription {
  const parsed = subscription.safeParse(answer);
  if (!parsed.success) throw notUnderstood(true);
  try {
    return { id: parsed.data.id, expiresAt: parseIso(parsed.data.expirationDateTime) };
  } catch {
    throw notUnderstood(true);
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
