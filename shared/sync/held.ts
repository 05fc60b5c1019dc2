import type { KindPass } from './context.ts';
import { allowed, type Answer, type DeletionGuard } from './guard.ts';
import type { HeldLease, Marked } from './lease.ts';
import type { MailGuard } from './mail-guard.ts';
import type { Pair } from './pair.ts';
import { settle } from './settle.ts';
import { withinDay } from './sliding-day.ts';
import { EMPTY_TALLY, heldIn, mailsHeldIn, pairsIn, type DeletionLimits, type Tally } from './tally.ts';
import type { Work } from './work.ts';

/** The marks by which an admin answers what a guard held; `why` is the answer, `until` says for what. */
export const GUARD_MARK = 'guard';
export const MAILS_MARK = 'mails';

/** So many are read, and carried out or ended, together. */
const CHUNK = 200;

/**
 * Looks at held deletions where there is a reason to: an admin answered, or the rules allow more than when they were held. Both sides are read first,
 * so that what came back, or was edited meanwhile, is seen before anything is deleted. Says for which reason it looked.
 */
export async function workHeld(passes: readonly KindPass[], guard: DeletionGuard, lease: HeldLease, marks: readonly Marked[]): Promise<'answered' | 'raised' | null> {
  guard.answer = answerIn(marks, GUARD_MARK, ['confirmed', 'rejected']);
  const [first] = passes;
  if (first === undefined || heldIn(tallyOf(lease)) === 0) return guard.answer === null ? null : 'answered';
  guard.judgesAgain = guard.answer === null && fitsNow(guard, lease, first.now());
  if (guard.answer === null && !guard.judgesAgain) return null;
  for (const pass of passes) await look(pass, ({ held }) => held?.since, guard.answer);
  if (guard.judgesAgain) lease.note({ guard: { ...tallyOf(lease), under: guard.limits } });
  guard.judgesAgain = false;
  return guard.answer === null ? 'raised' : 'answered';
}

/** The same for writes that wait because of their mail; here it is also a reason that all of them fit into the day now, because time went by or the rules allow more. */
export async function workHeldMails(passes: readonly KindPass[], guard: MailGuard, lease: HeldLease, marks: readonly Marked[]): Promise<'answered' | 'fits' | null> {
  guard.answer = answerIn(marks, MAILS_MARK, ['released', 'rejected']);
  const [first] = passes;
  const { writes, recipients } = mailsHeldIn(tallyOf(lease));
  if (first === undefined || writes === 0) return guard.answer === null ? null : 'answered';
  guard.judgesAgain = guard.answer === null && (guard.limit === null || withinDay(tallyOf(lease).mailed ?? {}, first.now()) + recipients <= guard.limit);
  if (guard.answer === null && !guard.judgesAgain) return null;
  for (const pass of passes) await look(pass, ({ mailHeld }) => mailHeld?.since, guard.answer);
  guard.judgesAgain = false;
  return guard.answer === null ? 'fits' : 'answered';
}

function tallyOf(lease: HeldLease): Tally {
  return lease.state.guard ?? EMPTY_TALLY;
}

function answerIn<Verdict extends string>(marks: readonly Marked[], kind: string, verdicts: readonly Verdict[]): Answer<Verdict> | null {
  const mark = marks.find(({ mark: { kind: of } }) => of === kind)?.mark;
  const verdict = verdicts.find((one) => one === mark?.why);
  return mark === undefined || verdict === undefined ? null : { verdict, until: mark.until ?? mark.at };
}

async function look(pass: KindPass, since: (pair: Pair) => number | undefined, answer: Answer<string> | null): Promise<void> {
  const held = (await pass.pairs.all()).filter((pair) => (since(pair) ?? Infinity) <= (answer?.until ?? Number.MAX_SAFE_INTEGER));
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
