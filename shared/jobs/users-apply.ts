import { hour } from '../model/time/instant.ts';
import { PortFailure, type FailureReason } from '../sync/failures.ts';
import { appointmentKind } from '../sync/kinds/appointment.ts';
import { writeMailbox, writeStatus, type DirectoryEntry, type DirectoryMailbox } from './directory.ts';
import { markAndRing } from './marking.ts';
import type { GraphTenant } from './ports.ts';
import { ensureSubscription, readSubscriptions, type SubscriptionServices } from './subscriptions.ts';
import type { ListChange } from './users-plan.ts';

export interface Applied {
  readonly joined: number;
  /** Have their last pass now. */
  readonly left: number;
  readonly parked: number;
  readonly subscribed: number;
  /** Mailboxes that could not be opened or subscribed: tried again within the hour. */
  readonly failed: number;
  /** New or changed users that wait for the next run. */
  readonly waiting: number;
}

interface ApplyServices extends SubscriptionServices {
  readonly graph: GraphTenant;
  /** At most so many are subscribed. */
  readonly atMost: number;
  readonly isOver: () => boolean;
  /** Graph was found in trouble already: nothing more is asked of it in this run. */
  readonly graphFailure: PortFailure | null;
}

const SUBSCRIBE_AGAIN_MS = hour;
/** Its ring was lost, or it stands in a long queue: then one more in an hour does no harm. */
const RING_AGAIN_MS = hour;

/** What concerns one mailbox alone: the others are brought in all the same. */
const ONE_MAILBOX: ReadonlySet<FailureReason> = new Set(['permission', 'mailboxUnavailable', 'notFound', 'recordRejected', 'conflict']);

/** Writes the directory, subscribes newcomers and rings. Every step may be done again: a run that died is simply repeated. */
export async function applyChanges(services: ApplyServices, tenantId: string, changes: readonly ListChange[]): Promise<{ readonly counts: Applied; readonly graphFailure: PortFailure | null }> {
  const { storage, clock } = services;
  const { tables } = storage;
  const counts = { joined: 0, left: 0, parked: 0, subscribed: 0, failed: 0, waiting: 0 };
  const subscriptions = await readSubscriptions(storage, tenantId);
  let { graphFailure } = services;
  let attempts = 0;
  let rungAgain = 0;

  const ring = (mailbox: DirectoryMailbox, why: string, always = true): Promise<void> => markAndRing(storage, clock, { tenantId, mailboxId: mailbox.mailboxId, kind: appointmentKind.name, why, asked: [], always, again: why === 'joined' });
  const isSubscribed = ({ mailboxId }: DirectoryMailbox): boolean => (subscriptions.get(mailboxId)?.expiresAt ?? 0) > clock.now();
  const mayAsk = (): boolean => graphFailure === null && attempts < services.atMost;

  /** The first ring follows the subscription, so that nothing falls between them. */
  async function welcome(mailbox: DirectoryMailbox, lastPassAt: number | null): Promise<void> {
    if (!isSubscribed(mailbox)) {
      attempts += 1;
      try {
        await ensureSubscription(services, services.graph, mailbox);
        counts.subscribed += 1;
      } catch (failure) {
        if (!(failure instanceof PortFailure) || failure.port !== 'graph') throw failure;
        if (ONE_MAILBOX.has(failure.reason)) await setAside(mailbox, lastPassAt, failure);
        else graphFailure = failure;
        return;
      }
    }
    await ring(mailbox, 'joined');
  }

  async function setAside(mailbox: DirectoryMailbox, lastPassAt: number | null, failure: PortFailure): Promise<void> {
    const subscribeAfter = clock.now() + SUBSCRIBE_AGAIN_MS;
    counts.failed += 1;
    await writeMailbox(tables, { ...mailbox, subscribeAfter });
    await writeStatus(tables, tenantId, mailbox.mailboxId, { state: 'waiting', reason: failure.message, lastPassAt, nextAt: subscribeAfter });
    services.report('job.failed', { tenant: tenantId, job: 'users', port: failure.port, reason: failure.reason, code: failure.details.code ?? null });
  }

  async function keep({ mailbox, status }: DirectoryEntry): Promise<void> {
    if (mailbox.membership.state === 'leaving') return ring(mailbox, 'leaving', false);
    if (mailbox.membership.state === 'parked') return;
    if (!isSubscribed(mailbox) && mailbox.subscribeAfter <= clock.now()) {
      if (mayAsk()) await welcome(mailbox, status.lastPassAt);
      else counts.waiting += 1;
    } else if (isSubscribed(mailbox) && status.lastPassAt === null && clock.now() - mailbox.joinedAt >= RING_AGAIN_MS && rungAgain < services.atMost) {
      rungAgain += 1;
      await ring(mailbox, 'joined', false);
    }
  }

  for (const change of changes) {
    if (services.isOver()) {
      if (change.kind !== 'same') counts.waiting += 1;
      continue;
    }
    switch (change.kind) {
      case 'parked':
        await writeMailbox(tables, change.mailbox);
        counts.parked += 1;
        break;
      case 'leaving':
        await writeMailbox(tables, change.mailbox);
        await ring(change.mailbox, 'leaving');
        counts.left += 1;
        break;
      case 'changed':
        await writeMailbox(tables, change.mailbox);
        await ring(change.mailbox, 'changed');
        break;
      case 'joined':
      case 'returned':
        if (mayAsk()) {
          await writeMailbox(tables, change.mailbox, true);
          counts.joined += 1;
          await welcome(change.mailbox, null);
        } else counts.waiting += 1;
        break;
      case 'same':
        await keep(change.entry);
        break;
    }
  }
  return { counts, graphFailure };
}
