import { fingerprint } from '../model/content.ts';
import { keepConflict } from './conflicts.ts';
import type { KindPass } from './context.ts';
import { indexCrmRecords } from './crm-index.ts';
import type { Answer } from './guard.ts';
import { attendees, loudGroups, quietPart, recipients, type GraphWrite } from './mails.ts';
import { unmailed, type Base, type MailHeld, type Pair } from './pair.ts';
import type { Decision, PlannedWrite } from './plan.ts';
import { withinDay } from './sliding-day.ts';
import { EMPTY_TALLY, mailsHeldIn } from './tally.ts';
import { asPair, firstSeenOf, isRefused, refusalKey, type Planned, type Work } from './work.ts';

const DAY_MS = 86_400_000;

/** What one pass knows of the mail guard, for all kinds of its mailbox. */
export class MailGuard {
  /** People who may be mailed in a day; null = as many as there are. */
  readonly limit: number | null;
  answer: Answer<'released' | 'rejected'> | null = null;
  /** Held ones are judged once more: all that waits fits now. */
  judgesAgain = false;

  constructor(limit: number | null) {
    this.limit = limit;
  }
}

/** A write that mails somebody, as it is judged. */
interface Mailing {
  readonly work: Work;
  readonly decision: Decision;
  readonly write: GraphWrite;
  readonly recipients: number;
  /** Tells it from another one: what it would show, and to how many. */
  readonly key: string;
}

/**
 * Stands behind the deletion guard, before anything is reserved (design 6.6): a write whose mail would be too much for the mailbox's day is not sent, and is
 * not planned again until an admin answers or all that waits fits. What mails nobody goes on: the pair's CRM side, its quiet groups, every other pair.
 */
export async function guardMails(pass: KindPass, planned: readonly Planned[]): Promise<Planned[]> {
  const tally = pass.lease.state.guard ?? EMPTY_TALLY;
  const day = new Day(pass.mails.limit, withinDay(tally.mailed ?? {}, pass.now()));
  const done: Planned[] = [];
  const held: MailHeld[] = [];
  for (const item of planned) {
    const mailing = mailingOf(pass, item);
    const after = mailing === null ? withoutMailing(pass, item) : await judged(pass, mailing, day);
    const hold = after.work.pair?.mailHeld;
    if (hold !== undefined && hold !== item.work.pair?.mailHeld) held.push(hold);
    done.push(after);
  }
  // Told once, when the first of the mailbox is held.
  if (held.length > 0 && mailsHeldIn(tally).writes === 0) {
    pass.services.report('mailGuard.tripped', { tenant: pass.mailbox.tenantId, mailbox: pass.mailbox.mailboxId, kind: pass.kind.name, held: held.length, recipients: held.reduce((sum, one) => sum + one.recipients, 0) });
  }
  return done;
}

/** What may still be mailed today; a plan takes its share before it is counted in the table. */
class Day {
  private readonly limit: number | null;
  private mailed: number;

  constructor(limit: number | null, mailed: number) {
    this.limit = limit;
    this.mailed = mailed;
  }

  take(people: number): boolean {
    if (this.limit !== null && this.mailed + people > this.limit) return false;
    this.mailed += people;
    return true;
  }
}

function mailingOf(pass: KindPass, { work, decision }: Planned): Mailing | null {
  const write = decision.verdict === 'write' ? decision.writes.find(isToGraph) : undefined;
  if (write === undefined) return null;
  const people = recipients(pass.kind, write, attendees(pass.kind, work));
  if (people === 0) return null;
  const content = write.action === 'delete' ? null : Object.fromEntries(loudGroups(pass.kind, write.content).map((group) => [group, write.content[group] ?? null]));
  return { work, decision, write, recipients: people, key: fingerprint([write.action, people, content]) };
}

function isToGraph(write: PlannedWrite): write is GraphWrite {
  return write.side === 'graph';
}

async function judged(pass: KindPass, mailing: Mailing, day: Day): Promise<Planned> {
  const { work, decision, key } = mailing;
  const { pair } = work;
  const held = pair?.mailHeld?.write === key ? pair.mailHeld : undefined;
  // Reserving drops it: it was refused as it is.
  if (pair !== null && isRefused(pair, work, mailing.write)) return held === undefined ? { work, decision } : kept(pass, mailing, pair);
  if (pair !== null && held !== undefined) {
    const { answer } = pass.mails;
    if (answer !== null && held.since <= answer.until) return answer.verdict === 'released' ? through(pass, mailing, 'admin') : rejected(pass, mailing, pair);
    if (!pass.mails.judgesAgain || !day.take(mailing.recipients)) return kept(pass, mailing, pair);
    return through(pass, mailing, 'count');
  }
  const letGo = pair?.mailLetGo;
  const isLetGo = letGo?.write === key && (letGo.by === 'admin' || pass.now() - letGo.at < DAY_MS);
  if (isLetGo) return { work, decision };
  return day.take(mailing.recipients) ? through(pass, mailing, 'count') : hold(pass, mailing);
}

function through(pass: KindPass, { work, decision, recipients: people, key }: Mailing, by: 'count' | 'admin'): Planned {
  const pair = work.pair ?? asPair(pass, work);
  if (pair === null) return { work, decision };
  const marked: Pair = pass.mails.limit === null ? unmailed(pair) : { ...unmailed(pair), mailLetGo: { at: pass.now(), by, recipients: people, write: key } };
  return { work: { ...work, pair: marked }, decision: by === 'admin' ? { ...decision, reason: 'mailReleased' } : decision };
}

async function hold(pass: KindPass, mailing: Mailing): Promise<Planned> {
  const { work, decision, write, recipients: people, key } = mailing;
  const before = work.pair ?? asPair(pass, work);
  if (before === null) return { work, decision };
  const pair: Pair = { ...unmailed(before), firstSeen: firstSeenOf(before, work), mailHeld: { action: write.action, recipients: people, since: pass.now(), write: key } };
  // A record that was never written by us is to be known as this mailbox's all the same.
  if (work.pair === null && pair.crmId !== null) await indexCrmRecords(pass, [pair.crmId]);
  tell(pass, pair, 'held', 'mailGuard', String(people));
  pass.count('mailsHeldBack');
  return kept(pass, mailing, pair);
}

/** Without what would mail: the rest of the decision goes on, and the conflicts that were to be settled in Outlook are still open. */
function kept(pass: KindPass, { work, decision, write }: Mailing, pair: Pair): Planned {
  const quiet = quietPart(pass.kind, write);
  const writes = decision.writes.flatMap((one) => (one !== write ? [one] : quiet === null ? [] : [quiet]));
  const going = new Set(quiet === null || quiet.action === 'delete' ? [] : Object.keys(quiet.content));
  const conflicts = decision.conflicts.filter(({ loser, group }) => loser !== 'graph' || going.has(group));
  return { work: { ...work, pair }, decision: { ...decision, verdict: writes.length === 0 ? 'leave' : 'write', writes, conflicts } };
}

/** Nobody is mailed, and nobody's value is lost: both sides stay as they are until a person edits one of them again. */
async function rejected(pass: KindPass, mailing: Mailing, held: Pair): Promise<Planned> {
  const { work, write } = mailing;
  const pair = unmailed(held);
  switch (write.action) {
    case 'delete':
      return { work: { ...work, pair }, decision: { verdict: 'end', reason: 'mailRejected', writes: [], settled: {}, conflicts: [] } };
    case 'create': {
      tell(pass, pair, 'refused', 'mailRejected');
      const refused = { side: 'graph', code: 'mailGuard', content: refusalKey(work, write), at: pass.now() } as const;
      return { work: { ...work, pair: { ...pair, refused } }, decision: { ...mailing.decision, verdict: 'leave', writes: [] } };
    }
    case 'update': {
      const { decision } = kept(pass, mailing, pair);
      const { graph, crm } = work;
      if (graph.state !== 'present' || crm.state !== 'present') return { work, decision: { ...decision, verdict: 'leave', writes: [] } };
      const settled: Record<string, Base> = { ...decision.settled };
      const groups = loudGroups(pass.kind, write.content);
      for (const group of groups) {
        const value = crm.item.content[group] ?? null;
        settled[group] = { graph: fingerprint(graph.item.content[group] ?? null), crm: fingerprint(value) };
        // It stands only in the CRM now, where the next edit in Outlook replaces it.
        await keepConflict(pass.services.blobs, pass.mailbox, { pairId: pair.pairId, kind: pass.kind.name, group, loser: 'crm', why: 'mailRejected', value, at: pass.now() });
      }
      pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'conflict', side: 'crm', reason: 'mailRejected', pairId: pair.pairId, graphId: pair.graphId, crmId: pair.crmId, groups });
      return { work: { ...work, pair }, decision: { ...decision, verdict: decision.verdict === 'leave' ? 'settle' : 'write', settled } };
    }
  }
}

/** Where nothing certain was read, what waits goes on waiting; otherwise its mail is in question no more. */
function withoutMailing(pass: KindPass, item: Planned): Planned {
  const { work, decision } = item;
  if (work.pair?.mailHeld === undefined || decision.verdict === 'rest') return item;
  const pair = unmailed(work.pair);
  tell(pass, pair, 'held', 'mailGuardDissolved', decision.reason);
  return { work: { ...work, pair }, decision };
}

function tell(pass: KindPass, { pairId, graphId, crmId }: Pair, action: 'held' | 'refused', reason: string, detail?: string): void {
  pass.journal.add({ at: pass.now(), kind: pass.kind.name, action, side: 'graph', reason, pairId, graphId, crmId, ...(detail === undefined ? {} : { detail }) });
}
