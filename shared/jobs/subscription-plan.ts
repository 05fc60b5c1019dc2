import type { Instant } from '../model/time/instant.ts';
import type { ListedSubscription } from './ports.ts';
import { renewalDue, type StoredSubscription } from './subscriptions.ts';

export interface UpkeepInput {
  /** Ids of the mailboxes that shall have a subscription, in the order of their turn. */
  readonly wanted: readonly string[];
  /** Ids of mailboxes whose subscription is left as it is. */
  readonly resting: readonly string[];
  readonly rows: readonly StoredSubscription[];
  /** All that Graph has, or null where it was not asked. Read before rows and directory. */
  readonly standing: readonly ListedSubscription[] | null;
  readonly now: Instant;
  readonly endpointOf: (mailboxId: string) => string;
  readonly notificationUrl: string;
}

interface ForMailbox {
  readonly mailboxId: string;
}

export type Task =
  | (ForMailbox & {
      readonly do: 'subscribe';
      /** Graph has this one: it is taken over instead. */
      readonly adopt: string | null;
      /** To be removed first, row and all: it was made with another address or secret of ours. */
      readonly instead: string | null;
      /** Rows with nothing behind them any more. */
      readonly dead: readonly string[];
    })
  | (ForMailbox & { readonly do: 'renew'; readonly row: StoredSubscription })
  | (ForMailbox & { readonly do: 'remove'; readonly subscriptionId: string; readonly atGraph: boolean });

/** What has to be done so that every wanted mailbox has one living subscription and nobody else has any: pure. */
export function planUpkeep({ wanted, resting, rows, standing, now, endpointOf, notificationUrl }: UpkeepInput): Task[] {
  const alive = standing === null ? null : new Set(standing.map((one) => one.id));
  const alone = new Set(resting);
  const kept = new Set<string>();
  const renewals: Task[] = [];
  const creations: Task[] = [];
  const removals: Task[] = [];

  for (const mailboxId of wanted) {
    // Only one of them can be the one that Graph has: it refuses a second one (graph.md 1.1).
    const own = rows.filter((row) => row.mailboxId === mailboxId).sort((a, b) => Number(alive?.has(b.subscriptionId) ?? 0) - Number(alive?.has(a.subscriptionId) ?? 0) || b.expiresAt - a.expiresAt);
    const [row] = own;
    const lapsed = row !== undefined && row.expiresAt <= now;
    const lost = row !== undefined && !lapsed && alive?.has(row.subscriptionId) === false;
    if (row === undefined || lapsed || lost) {
      const twin = standing?.find((one) => one.mailboxId === mailboxId && one.notificationUrl === notificationUrl) ?? null;
      if (twin !== null) kept.add(twin.id);
      creations.push({ do: 'subscribe', mailboxId, adopt: twin?.id ?? null, instead: null, dead: own.map((one) => one.subscriptionId) });
      for (const one of own) kept.add(one.subscriptionId);
      continue;
    }
    kept.add(row.subscriptionId);
    if (row.endpoint !== endpointOf(mailboxId)) creations.push({ do: 'subscribe', mailboxId, adopt: null, instead: row.subscriptionId, dead: [] });
    // With a twin beside it nobody knows which of them lives: renewing tells.
    else if (own.length > 1 || renewalDue(row, now)) renewals.push({ do: 'renew', mailboxId, row });
  }

  for (const row of rows) {
    if (kept.has(row.subscriptionId) || alone.has(row.mailboxId)) continue;
    kept.add(row.subscriptionId);
    removals.push({ do: 'remove', mailboxId: row.mailboxId, subscriptionId: row.subscriptionId, atGraph: row.expiresAt > now && alive?.has(row.subscriptionId) !== false });
  }
  for (const { id, mailboxId, notificationUrl: url } of standing ?? []) {
    if (kept.has(id) || alone.has(mailboxId) || url !== notificationUrl) continue;
    removals.push({ do: 'remove', mailboxId, subscriptionId: id, atGraph: true });
  }
  renewals.sort((a, b) => expiryOf(a) - expiryOf(b));
  // Surplus ones go first, because Graph refuses to create beside them; what ends soonest is renewed next.
  return [...removals, ...renewals, ...creations];
}

function expiryOf(task: Task): Instant {
  return task.do === 'renew' ? task.row.expiresAt : 0;
}
