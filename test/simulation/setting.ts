import type { CrmQuirks } from '../../local/crm/quirks.ts';
import type { Quirks } from '../../local/graph/quirks.ts';
import type { Stragglers } from '../world/instance.ts';

/** Behaviour of Graph that its documents allow, beside the rest: lists that lag behind writes, single items that do, writes that are answered and not stored. */
export const DOUBTFUL = ['listLag', 'readLag', 'storesNothing'] as const;
export type Doubtful = (typeof DOUBTFUL)[number];

export function isDoubtful(name: string): name is Doubtful {
  return (DOUBTFUL as readonly string[]).includes(name);
}

/** Those of them that a third of all histories has. `npm run simulate -- --with listLag` gives them to every history of that run. */
const DRAWN: readonly Doubtful[] = ['listLag', 'readLag', 'storesNothing'];

/** What a history's seed decides before it begins: when it is, how the two systems behave where no document says, and the tenant's rules. */
export interface Setting {
  readonly start: string;
  /** When the clocks change. */
  readonly change: string | null;
  readonly users: number;
  readonly instances: number;
  readonly skewMs: number;
  /** Now and then a storage call takes long. */
  readonly stragglers: Stragglers;
  /** So often in a history it becomes evening: all heals, and both sides are judged. What nobody worked is then not yet hidden by what people do next. */
  readonly days: number;
  /** Appointments per person and side before the connector comes, at most. */
  readonly legacy: number;
  /** People are at work from the first moment on. */
  readonly inUse: boolean;
  readonly doubleDelivery: number;
  readonly graph: Partial<Quirks>;
  readonly crm: Partial<CrmQuirks>;
  readonly rules: Record<string, unknown>;
  readonly crmRules: Record<string, unknown>;
  /** Notifications get lost: then only the daily net brings some changes. */
  readonly net: boolean;
  /** Now and then Graph answers a change and stores nothing of it; the answer shows the event as it stays. */
  readonly storesNothing: boolean;
}

/** An ordinary morning, the night when an hour occurs twice, and the one in which an hour is missing (Europe/Berlin): people are at work when the clocks change. */
const STARTS = [
  { start: '2026-11-23T07:00:00Z', change: null },
  { start: '2026-11-23T07:00:00Z', change: null },
  { start: '2026-10-25T00:40:00Z', change: '2026-10-25T01:00:00Z' },
  { start: '2027-03-28T00:40:00Z', change: '2027-03-28T01:00:00Z' },
] as const;

/** @param dice of what is tried beside the rest, so that the histories stay the ones they were */
export function settingFor(random: () => number, dice: () => number, wanted: readonly Doubtful[]): Setting {
  const pick = <T>(from: readonly T[], by = random): T => from[Math.floor(by() * from.length)] as T;
  const has = (doubtful: Doubtful): boolean => {
    const drawn = dice() < 0.33 && DRAWN.includes(doubtful);
    return drawn || wanted.includes(doubtful);
  };
  const chance = (share: number): boolean => random() < share;
  const net = chance(0.25);
  return {
    ...pick(STARTS),
    users: pick([1, 2, 2, 3]),
    instances: pick([1, 2, 3, 3]),
    skewMs: chance(0.4) ? pick([2_000, 60_000, 120_000, 120_000]) : 0,
    stragglers: chance(0.5) ? { share: 0.02, ms: pick([1_000, 5_000]) } : { share: 0, ms: 0 },
    days: net ? 1 : pick([1, 2, 3]),
    legacy: pick([0, 0, 3, 8]),
    inUse: chance(0.5),
    doubleDelivery: chance(0.4) ? pick([0.1, 0.25]) : 0,
    net,
    storesNothing: has('storesNothing'),
    graph: {
      listLagMs: has('listLag') ? pick([3_000, 20_000, 60_000], dice) : 0,
      readLagMs: has('readLag') ? pick([1_000, 5_000], dice) : 0,
      notificationLoss: net ? 0.3 : 0,
      notificationDuplication: chance(0.3) ? 0.5 : 0,
      notificationReorder: chance(0.3),
      notificationDelayMs: pick([500, 500, 3_000, 20_000, { min: 100, max: 30_000 }]),
      deltaReplays: chance(0.3) ? 3 : 0,
      deltaRepeatsRows: chance(0.3),
      deltaLagMs: chance(0.3) ? 20_000 : 0,
      deltaEmptyPages: chance(0.2) ? 2 : 0,
      deltaIgnoresMaxPageSize: chance(0.2),
      changeKeyMovesAfterCreateMs: chance(0.3) ? 3_000 : null,
      deletedStillReadable: chance(0.7),
      secondDelete: pick(['404', '403']),
      duplicateTransaction: pick(['409', '400', 'returnsExisting']),
      transactionRememberedAfterDeletion: chance(0.7),
      createNotifiesTwice: chance(0.5),
      calendarSubscriptions: chance(0.2),
      goneCode: pick(['syncStateNotFound', 'resyncRequired']),
      goneStatus: pick([410, 410, 400]),
      concurrencyRetryAfterSeconds: pick([1, null]),
      latencyMs: pick([{ min: 20, max: 200 }, { min: 20, max: 200 }, { min: 100, max: 4_000 }]),
    },
    crm: {
      emptyFields: pick(['element', 'absent']),
      times: pick(['hh:mm', 'hh:mm:ss']),
      lineEnds: pick(['crlf', 'lf']),
      outerBlanks: pick(['keep', 'trim']),
      stampUnchanged: chance(0.3),
      dateHeader: chance(0.8),
      clockSkewMs: chance(0.3) ? pick([-120_000, -15_000, 15_000, 120_000]) : 0,
    },
    rules: { conflict: { rule: pick(['newer', 'crm', 'outlook']), tie: pick(['crm', 'outlook']) }, graph: { auth: 'local', pageSize: pick([10, 200]) }, deletionGuard: { mailbox: { count: 1_000 } }, mailGuard: { recipients: 100_000 } },
    crmRules: { pageSize: pick([10, 200]), commandsPerRequest: pick([5, 40]) },
  };
}
