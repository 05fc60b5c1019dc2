import type { Instant } from '../model/time/instant.ts';
import type { KindPass } from './context.ts';
import { isGivenAway } from './given-away.ts';
import { otherSide, unguarded, type HeldBy, type LetGo, type Pair } from './pair.ts';
import type { Decision, PlannedWrite } from './plan.ts';
import type { Side } from './ports.ts';
import { withinDay } from './sliding-day.ts';
import { EMPTY_TALLY, heldIn, heldWithinDay, pairsIn, type DeletionLimits, type Limit, type Tally } from './tally.ts';
import { isRefused, type Planned, type Work } from './work.ts';

const DAY_MS = 86_400_000;

/** The tenant's share of the guard: its count is touched only by plans that delete. */
export interface TenantGuard {
  /** Counts so many deletions before they are written; false (nothing is counted) where they would be more than the tenant's limit of the day. */
  reserve(deletions: number): Promise<boolean>;
}

/** What an admin said, for what was held up to then. */
export interface Answer<Verdict extends string> {
  readonly verdict: Verdict;
  readonly until: Instant;
}

/** What one pass knows of the deletion guard, for all kinds of its mailbox. */
export class DeletionGuard {
  readonly limits: DeletionLimits;
  readonly tenant: TenantGuard;
  answer: Answer<'confirmed' | 'rejected'> | null = null;
  /** Held ones are judged once more, because the rules allow more than when they were held. */
  judgesAgain = false;
  /** The whole calendar was found empty in this pass. */
  emptied = false;

  constructor(limits: DeletionLimits, tenant: TenantGuard) {
    this.limits = limits;
    this.tenant = tenant;
  }
}

/**
 * Stands between plan and reservation (design 6.7): where the deletions of this plan, those written in the last day and those held in the last day are
 * too many for the mailbox or the tenant, none of this plan's is written, everything else goes on. What was held is not planned again until an admin answers.
 */
export async function guardDeletions(pass: KindPass, planned: readonly Planned[]): Promise<Planned[]> {
  const judged = planned.map((item) => ({ item, say: standing(pass, item) }));
  const open = judged.filter(({ say }) => say === 'judge').map(({ item }) => item);
  const limit = open.length === 0 ? null : await exceeded(pass, open);
  if (limit !== null) noteTrip(pass, open, limit);
  const counts = new Set(countedOf(open));
  return judged.map(({ item, say }) => (say === 'judge' ? (limit === null ? through(pass, item, counts.has(item) ? 'count' : 'series') : hold(item, limit)) : carriedOn(pass, item, say)));
}

/** A series counts once, however many of its occurrences go: whoever ends it makes one decision. */
function countedOf(open: readonly Planned[]): Planned[] {
  const seen = new Set<string>();
  return open.filter(({ work }) => {
    const series = work.pair?.series?.masterId;
    if (series === undefined) return true;
    const first = !seen.has(series);
    seen.add(series);
    return first;
  });
}

/** same: nothing for the guard. judge: counts. confirmed, rejected: answered. waits: held already. over: what was held or let through is no deletion any more. */
type Standing = 'same' | 'judge' | 'confirmed' | 'rejected' | 'waits' | 'over';

function standing(pass: KindPass, { work, decision }: Planned): Standing {
  const { pair } = work;
  const deletion = deletionOf(decision);
  if (pair === null) return deletion === null ? 'same' : 'judge';
  const { held, letGo } = pair;
  const { answer } = pass.guard;
  const answered = held !== undefined && answer !== null && held.since <= answer.until;
  if (answered && answer.verdict === 'rejected' && (deletion !== null || work[otherSide(held.side)].state === 'deleted' || (held.side === 'graph' && isGivenAway(work)))) return 'rejected';
  if (deletion === null) {
    if (held === undefined && letGo === undefined) return 'same';
    // Nothing certain was read: what waits goes on waiting.
    return decision.verdict === 'rest' && !(held !== undefined && isBack(work, held.side)) ? 'same' : 'over';
  }
  // Reserving drops it: it was refused as it is, and would be counted for nothing at every look.
  if (isRefused(pair, work, deletion)) return held === undefined ? 'same' : 'waits';
  if (held !== undefined) {
    if (answered) return 'confirmed';
    return pass.guard.judgesAgain && held.limit !== 'emptied' ? 'judge' : 'waits';
  }
  // What waits for its mail alone was judged as a deletion.
  const valid = letGo !== undefined && (letGo.by === 'admin' || pair.mailHeld?.action === 'delete' || pass.now() - letGo.at < DAY_MS);
  return valid ? 'same' : 'judge';
}

function deletionOf({ verdict, writes }: Decision): Extract<PlannedWrite, { action: 'delete' }> | null {
  if (verdict !== 'write') return null;
  return writes.find((write) => write.action === 'delete') ?? null;
}

function isBack(work: Work, survivor: Side): boolean {
  const { state } = work[otherSide(survivor)];
  return (state === 'present' && !(survivor === 'graph' && isGivenAway(work))) || state === 'elsewhere';
}

/** The limit that these deletions would break; null = none, and they are counted for the tenant. */
async function exceeded(pass: KindPass, open: readonly Planned[]): Promise<HeldBy | null> {
  const { guard } = pass;
  const tally = pass.lease.state.guard ?? EMPTY_TALLY;
  if (guard.emptied) return 'emptied';
  if (deletionsWith(tally, open, pass.now()) > allowed(guard.limits.mailbox, pairsIn(tally))) return 'mailbox';
  return (await guard.tenant.reserve(countedOf(open).length)) ? null : 'tenant';
}

/** Written in the last day, held in the last day, and those to be judged (each once). */
function deletionsWith(tally: Tally, open: readonly Planned[], now: Instant): number {
  const heldAndOpen = open.filter(({ work }) => work.pair?.held !== undefined && now - work.pair.held.since < DAY_MS).length;
  return withinDay(tally.deleted, now) + Math.max(0, heldWithinDay(tally, now) - heldAndOpen) + countedOf(open).length;
}

export function allowed({ count, share }: Limit, pairs: number): number {
  return Math.max(count, share * pairs);
}

/** Told once, when the first deletion of the mailbox is held; the limits in force are kept, so that higher ones are noticed. */
function noteTrip(pass: KindPass, open: readonly Planned[], limit: HeldBy): void {
  const tally = pass.lease.state.guard ?? EMPTY_TALLY;
  if (heldIn(tally) === 0) pass.services.report('guard.tripped', { tenant: pass.mailbox.tenantId, mailbox: pass.mailbox.mailboxId, kind: pass.kind.name, limit, held: open.length });
  pass.lease.note({ guard: { ...tally, under: pass.guard.limits } });
}

function hold(item: Planned, limit: HeldBy): Planned {
  if (item.work.pair?.held !== undefined) return waiting(item);
  return { work: item.work, decision: { ...item.decision, verdict: 'hold', detail: limit } };
}

function waiting({ work, decision }: Planned): Planned {
  return { work, decision: { ...decision, verdict: 'leave', writes: [] } };
}

function through(pass: KindPass, { work, decision }: Planned, by: LetGo['by']): Planned {
  if (work.pair === null) return { work, decision };
  return { work: { ...work, pair: { ...unguarded(work.pair), letGo: { at: pass.now(), by } } }, decision };
}

function carriedOn(pass: KindPass, item: Planned, say: Exclude<Standing, 'judge'>): Planned {
  const { work, decision } = item;
  switch (say) {
    case 'same':
      return item;
    case 'waits':
      return waiting(item);
    case 'confirmed':
      return through(pass, { work, decision: { ...decision, reason: 'deletionConfirmed' } }, 'admin');
    case 'rejected':
      // The survivor stays where it is; its pair is over and never taken in again.
      return { work: freed(work), decision: { verdict: 'end', reason: 'deletionRejected', writes: [], settled: {}, conflicts: [] } };
    case 'over':
      if (work.pair?.held !== undefined) tellDissolved(pass, work.pair, decision);
      return { work: freed(work), decision };
  }
}

function freed(work: Work): Work {
  return work.pair === null ? work : { ...work, pair: unguarded(work.pair) };
}

function tellDissolved(pass: KindPass, pair: Pair, decision: Decision): void {
  pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'held', reason: 'deletionGuardDissolved', detail: decision.reason, pairId: pair.pairId, graphId: pair.graphId, crmId: pair.crmId });
}
