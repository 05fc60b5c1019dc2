import type { KindPass } from './context.ts';
import { allowed, type DeletionGuard } from './guard.ts';
import type { HeldLease, Marked } from './lease.ts';
import { settle } from './settle.ts';
import { withinDay } from './sliding-day.ts';
import { EMPTY_TALLY, heldIn, pairsIn, type DeletionLimits } from './tally.ts';
import type { Work } from './work.ts';

/** The mark by which an admin answers what the deletion guard held; `why` is the answer, `until` says for what. */
export const GUARD_MARK = 'guard';

/** So many are read, and carried out or ended, together. */
const CHUNK = 200;

/**
 * Looks at held deletions where there is a reason to: an admin answered, or the rules allow more than when they were held. Both sides are read first,
 * so that what came back, or was edited meanwhile, is seen before anything is deleted. Says for which reason it looked.
 */
export async function workHeld(passes: readonly KindPass[], guard: DeletionGuard, lease: HeldLease, marks: readonly Marked[]): Promise<'answered' | 'raised' | null> {
  const mark = marks.find(({ mark }) => mark.kind === GUARD_MARK)?.mark;
  const verdict = mark?.why === 'confirmed' || mark?.why === 'rejected' ? mark.why : null;
  guard.answer = mark === undefined || verdict === null ? null : { verdict, until: mark.until ?? mark.at };
  const [first] = passes;
  if (first === undefined || heldIn(lease.state.guard ?? EMPTY_TALLY) === 0) return guard.answer === null ? null : 'answered';
  guard.judgesAgain = guard.answer === null && fitsNow(guard, lease, first.now());
  if (guard.answer === null && !guard.judgesAgain) return null;
  for (const pass of passes) await workKind(pass);
  if (guard.judgesAgain) lease.note({ guard: { ...(lease.state.guard ?? EMPTY_TALLY), under: guard.limits } });
  guard.judgesAgain = false;
  return guard.answer === null ? 'raised' : 'answered';
}

async function workKind(pass: KindPass): Promise<void> {
  const { answer } = pass.guard;
  const held = (await pass.pairs.all()).filter((pair) => pair.held !== undefined && (answer === null || pair.held.since <= answer.until));
  for (let start = 0; start < held.length; start += CHUNK) {
    pass.checkBudget();
    const works = held.slice(start, start + CHUNK).map((pair): Work => ({ pair, graph: { state: 'asBase' }, crm: { state: 'asBase' } }));
    await settle(pass, works);
  }
}

/** Whether the rules were raised since something was held, so far that all of it would pass for this mailbox. Time alone lets nothing through: an admin was asked. */
function fitsNow({ limits }: DeletionGuard, lease: HeldLease, now: number): boolean {
  const tally = lease.state.guard ?? EMPTY_TALLY;
  if (tally.under === undefined || !isMore(limits, tally.under)) return false;
  return withinDay(tally.deleted, now) + heldIn(tally) <= allowed(limits.mailbox, pairsIn(tally));
}

function isMore(now: DeletionLimits, then: DeletionLimits): boolean {
  return now.mailbox.count > then.mailbox.count || now.mailbox.share > then.mailbox.share || now.tenant.count > then.tenant.count || now.tenant.share > then.tenant.share;
}
