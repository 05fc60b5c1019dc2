import { TABLES } from '../config/names.ts';
import type { Instant } from '../model/time/instant.ts';
import { GUARD_MARK, MAILS_MARK } from '../sync/held.ts';
import type { Held, MailHeld, Pair } from '../sync/pair.ts';
import type { Clock, Report, Storage } from '../sync/ports.ts';
import { mailboxPartition, prefixBounds, readRow } from '../sync/rows.ts';
import { readMailbox, readMailboxes, type MailboxStatus } from './directory.ts';
import { markAndRing } from './marking.ts';

/** What a guard held: ids, no content. */
interface HeldItem {
  readonly mailboxId: string;
  readonly kind: string;
  readonly pairId: string;
  readonly graphId: string | null;
  readonly crmId: string | null;
  readonly since: Instant;
}

export type HeldView = HeldItem & Held;
export type HeldMailView = HeldItem & Omit<MailHeld, 'write'>;

export interface HeldList<View extends HeldItem> {
  /** Given back with an answer, it answers what this list shows and nothing that was held later; 0 where nothing is held. */
  readonly asOf: Instant;
  readonly held: readonly View[];
}

export interface GuardAnswer<Verdict extends string> {
  readonly tenantId: string;
  /** null = every mailbox of the tenant. */
  readonly mailboxId: string | null;
  readonly verdict: Verdict;
  /** null = everything that is held at this moment. */
  readonly asOf: Instant | null;
}

export interface AnswerGiven {
  readonly mailboxes: number;
  readonly items: number;
}

/** How both guards are listed and answered: the same way, of another part of the pair. */
interface Guarded<View extends HeldItem, Verdict extends string> {
  readonly mark: string;
  readonly waiting: (status: MailboxStatus) => number;
  readonly view: (item: Omit<HeldItem, 'since'>, pair: Pair) => View | null;
  readonly told: (report: Report, mailbox: { readonly tenant: string; readonly mailbox: string }, verdict: Verdict, items: number) => void;
}

export const HELD_DELETIONS: Guarded<HeldView, 'confirmed' | 'rejected'> = {
  mark: GUARD_MARK,
  waiting: ({ held }) => held ?? 0,
  view: (item, { held }) => (held === undefined ? null : { ...item, ...held }),
  told: (report, mailbox, answer, deletions) => report('guard.answered', { ...mailbox, answer, deletions }),
};

export const HELD_MAILS: Guarded<HeldMailView, 'released' | 'rejected'> = {
  mark: MAILS_MARK,
  waiting: ({ mailsHeld }) => mailsHeld ?? 0,
  view: (item, { mailHeld }) => {
    if (mailHeld === undefined) return null;
    const { action, recipients, since } = mailHeld;
    return { ...item, action, recipients, since };
  },
  told: (report, mailbox, answer, changes) => report('mailGuard.answered', { ...mailbox, answer, changes }),
};

/** What waits for an admin, oldest first. Unknown tenants and mailboxes have nothing. */
export async function viewHeld<View extends HeldItem, Verdict extends string>(guarded: Guarded<View, Verdict>, storage: Storage, tenantId: string, mailboxId: string | null): Promise<HeldList<View>> {
  const lists = await Promise.all((await waitingMailboxes(guarded, storage, tenantId, mailboxId)).map((id) => heldOf(guarded, storage, tenantId, id)));
  const held = lists.flat().sort((a, b) => a.since - b.since || a.pairId.localeCompare(b.pairId));
  return { asOf: held.at(-1)?.since ?? 0, held };
}

/**
 * An admin's word, put as a mark into each mailbox concerned; the next pass carries it out. It names the moment up to which something was held, so that
 * what is held later is asked for anew. A second word before that pass replaces the first.
 */
export async function answerHeld<View extends HeldItem, Verdict extends string>(guarded: Guarded<View, Verdict>, { storage, clock, report }: { storage: Storage; clock: Clock; report: Report }, { tenantId, mailboxId, verdict, asOf }: GuardAnswer<Verdict>): Promise<AnswerGiven> {
  let mailboxes = 0;
  let items = 0;
  for (const id of await waitingMailboxes(guarded, storage, tenantId, mailboxId)) {
    const meant = (await heldOf(guarded, storage, tenantId, id)).filter(({ since }) => asOf === null || since <= asOf);
    if (meant.length === 0) continue;
    const until = Math.max(...meant.map(({ since }) => since));
    await markAndRing(storage, clock, { tenantId, mailboxId: id, kind: guarded.mark, why: verdict, asked: [], always: true, until });
    guarded.told(report, { tenant: tenantId, mailbox: id }, verdict, meant.length);
    mailboxes += 1;
    items += meant.length;
  }
  return { mailboxes, items };
}

/** A mailbox that is asked for by name is looked at whatever its state says; of a tenant those whose last pass told that something waits. */
async function waitingMailboxes<View extends HeldItem, Verdict extends string>(guarded: Guarded<View, Verdict>, { tables }: Storage, tenantId: string, mailboxId: string | null): Promise<string[]> {
  if (mailboxId !== null) return (await readMailbox(tables, tenantId, mailboxId)) === null ? [] : [mailboxId];
  return (await readMailboxes(tables, tenantId)).filter(({ status }) => guarded.waiting(status) > 0).map(({ mailbox }) => mailbox.mailboxId);
}

/** @throws NewerVersion: an answer to half of what is held would be none */
async function heldOf<View extends HeldItem, Verdict extends string>(guarded: Guarded<View, Verdict>, { tables }: Storage, tenantId: string, mailboxId: string): Promise<View[]> {
  const { rows } = await tables.range(TABLES.mailbox, mailboxPartition(tenantId, mailboxId), prefixBounds('p|'));
  return rows.flatMap((row) => {
    const pair = readRow<Pair>(row);
    const { kind, pairId, graphId, crmId } = pair;
    return guarded.view({ mailboxId, kind, pairId, graphId, crmId }, pair) ?? [];
  });
}
