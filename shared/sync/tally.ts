import type { Instant } from '../model/time/instant.ts';
import type { Pair } from './pair.ts';
import { added, pruned, total, withinDay, type DayCount } from './sliding-day.ts';

/** More than the larger of a number and a share of the pairs is too much. */
export interface Limit {
  readonly count: number;
  readonly share: number;
}

export interface DeletionLimits {
  readonly mailbox: Limit;
  readonly tenant: Limit;
}

/**
 * What both guards know of a mailbox without reading its pairs: it rides on the lease row, in the very transaction that writes the pairs it
 * counts, so that nothing is sent that is not counted and a lone change costs no storage call more. The daily net counts pairs and held ones anew.
 */
export interface Tally {
  /** Deletions that were let through by their number, by the time at which they were reserved. */
  readonly deleted: DayCount;
  /** Deletions that wait for an answer, per kind, by the time since when. */
  readonly held: Readonly<Record<string, DayCount>>;
  /** Pairs that are followed, per kind. */
  readonly pairs: Readonly<Record<string, number>>;
  /** The limits under which something was held: higher ones since then are a reason to look again. */
  readonly under?: DeletionLimits;
  /** People mailed by writes that the mail guard let through by their number, by the time at which those were reserved. */
  readonly mailed?: DayCount;
  /** Writes that wait because of their mail, per kind. */
  readonly mailsHeld?: Readonly<Record<string, MailsHeld>>;
}

export interface MailsHeld {
  readonly writes: number;
  readonly recipients: number;
}

/** Of a mailbox that nobody counted yet: a limit by number alone, until the net has counted. */
export const EMPTY_TALLY: Tally = { deleted: {}, held: {}, pairs: {} };

export function pairsIn(tally: Tally): number {
  return total(tally.pairs);
}

/** Deletions that wait for an answer. */
export function heldIn(tally: Tally): number {
  return Object.values(tally.held).reduce((sum, held) => sum + total(held), 0);
}

/** Those that began to wait within the last day. */
export function heldWithinDay(tally: Tally, now: Instant): number {
  return Object.values(tally.held).reduce((sum, held) => sum + withinDay(held, now), 0);
}

/** The tally after a pair went from one state to another (null: there was none). */
export function afterChange(tally: Tally, before: Pair | null, after: Pair): Tally {
  const { kind } = after;
  let next = tally;
  const more = Number(isFollowed(after)) - Number(before !== null && isFollowed(before));
  if (more !== 0) next = { ...next, pairs: { ...next.pairs, [kind]: Math.max(0, (next.pairs[kind] ?? 0) + more) } };
  const wasHeld = before === null ? undefined : before.held?.since;
  const isHeld = after.held?.since;
  if (wasHeld !== isHeld) {
    let held = next.held[kind] ?? {};
    if (wasHeld !== undefined) held = added(held, wasHeld, -1);
    if (isHeld !== undefined) held = added(held, isHeld, 1);
    next = { ...next, held: { ...next.held, [kind]: held } };
  }
  const counted = after.letGo?.by === 'count' ? after.letGo.at : undefined;
  if (counted !== undefined && before?.letGo?.at !== counted) next = { ...next, deleted: added(pruned(next.deleted, counted), counted, 1) };
  return afterMails(next, before, after);
}

function afterMails(tally: Tally, before: Pair | null, after: Pair): Tally {
  const { kind } = after;
  let next = tally;
  const [was, is] = [before?.mailHeld, after.mailHeld];
  if (was?.since !== is?.since || was?.recipients !== is?.recipients) {
    const { writes, recipients } = tally.mailsHeld?.[kind] ?? NO_MAILS;
    const held = { writes: Math.max(0, writes + Number(is !== undefined) - Number(was !== undefined)), recipients: Math.max(0, recipients + (is?.recipients ?? 0) - (was?.recipients ?? 0)) };
    next = { ...next, mailsHeld: { ...next.mailsHeld, [kind]: held } };
  }
  const letGo = after.mailLetGo;
  const counted = letGo?.by === 'count' && (before?.mailLetGo?.at !== letGo.at || before.mailLetGo.write !== letGo.write);
  if (counted) next = { ...next, mailed: added(pruned(next.mailed ?? {}, letGo.at), letGo.at, letGo.recipients) };
  return next;
}

const NO_MAILS: MailsHeld = { writes: 0, recipients: 0 };

/** Writes that wait because of their mail, of all kinds. */
export function mailsHeldIn(tally: Tally): MailsHeld {
  return Object.values(tally.mailsHeld ?? {}).reduce((sum, { writes, recipients }) => ({ writes: sum.writes + writes, recipients: sum.recipients + recipients }), NO_MAILS);
}

/** Pairs and held ones of a kind as the table has them: a count that went astray is put right. */
export function countedAnew(tally: Tally, kind: string, pairs: readonly Pair[]): Tally {
  let held: DayCount = {};
  for (const pair of pairs) if (pair.held !== undefined) held = added(held, pair.held.since, 1);
  const waiting = pairs.flatMap(({ mailHeld }) => mailHeld ?? []);
  const mails = { writes: waiting.length, recipients: waiting.reduce((sum, { recipients }) => sum + recipients, 0) };
  return {
    ...tally,
    pairs: { ...tally.pairs, [kind]: pairs.filter(isFollowed).length },
    held: { ...tally.held, [kind]: held },
    ...(mails.writes === 0 && tally.mailsHeld === undefined ? {} : { mailsHeld: { ...tally.mailsHeld, [kind]: mails } }),
  };
}

function isFollowed(pair: Pair): boolean {
  return pair.state === 'active' && pair.graphId !== null && pair.crmId !== null;
}
