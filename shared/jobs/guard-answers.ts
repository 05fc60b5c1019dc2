import { TABLES } from '../config/names.ts';
import type { Instant } from '../model/time/instant.ts';
import { GUARD_MARK } from '../sync/held.ts';
import type { Held, Pair } from '../sync/pair.ts';
import type { Clock, Report, Storage } from '../sync/ports.ts';
import { mailboxPartition, prefixBounds, readRow } from '../sync/rows.ts';
import { readMailbox, readMailboxes } from './directory.ts';
import { markAndRing } from './marking.ts';

/** A deletion that the guard held: ids, no content. */
export interface HeldView extends Held {
  readonly mailboxId: string;
  readonly kind: string;
  readonly pairId: string;
  readonly graphId: string | null;
  readonly crmId: string | null;
}

export interface HeldList {
  /** Given back with an answer, it answers what this list shows and nothing that was held later; 0 where nothing is held. */
  readonly asOf: Instant;
  readonly held: readonly HeldView[];
}

export interface GuardAnswer {
  readonly tenantId: string;
  /** null = every mailbox of the tenant. */
  readonly mailboxId: string | null;
  readonly verdict: 'confirmed' | 'rejected';
  /** null = everything that is held at this moment. */
  readonly asOf: Instant | null;
}

export interface AnswerGiven {
  readonly mailboxes: number;
  readonly deletions: number;
}

/** What waits for an admin, oldest first. Unknown tenants and mailboxes have nothing. */
export async function viewHeld(storage: Storage, tenantId: string, mailboxId: string | null): Promise<HeldList> {
  const lists = await Promise.all((await waitingMailboxes(storage, tenantId, mailboxId)).map((id) => heldOf(storage, tenantId, id)));
  const held = lists.flat().sort((a, b) => a.since - b.since || a.pairId.localeCompare(b.pairId));
  return { asOf: held.at(-1)?.since ?? 0, held };
}

/**
 * An admin's word, put as a mark into each mailbox concerned; the next pass carries it out. It names the moment up to which something was held, so that
 * what is held later is asked for anew. A second word before that pass replaces the first.
 */
export async function answerHeld({ storage, clock, report }: { storage: Storage; clock: Clock; report: Report }, { tenantId, mailboxId, verdict, asOf }: GuardAnswer): Promise<AnswerGiven> {
  let mailboxes = 0;
  let deletions = 0;
  for (const id of await waitingMailboxes(storage, tenantId, mailboxId)) {
    const meant = (await heldOf(storage, tenantId, id)).filter(({ since }) => asOf === null || since <= asOf);
    if (meant.length === 0) continue;
    const until = Math.max(...meant.map(({ since }) => since));
    await markAndRing(storage, clock, { tenantId, mailboxId: id, kind: GUARD_MARK, why: verdict, asked: [], always: true, until });
    report('guard.answered', { tenant: tenantId, mailbox: id, answer: verdict, deletions: meant.length });
    mailboxes += 1;
    deletions += meant.length;
  }
  return { mailboxes, deletions };
}

/** A mailbox that is asked for by name is looked at whatever its state says; of a tenant those whose last pass told that something waits. */
async function waitingMailboxes({ tables }: Storage, tenantId: string, mailboxId: string | null): Promise<string[]> {
  if (mailboxId !== null) return (await readMailbox(tables, tenantId, mailboxId)) === null ? [] : [mailboxId];
  return (await readMailboxes(tables, tenantId)).filter(({ status }) => (status.held ?? 0) > 0).map(({ mailbox }) => mailbox.mailboxId);
}

/** @throws NewerVersion: an answer to half of what is held would be none */
async function heldOf({ tables }: Storage, tenantId: string, mailboxId: string): Promise<HeldView[]> {
  const { rows } = await tables.range(TABLES.mailbox, mailboxPartition(tenantId, mailboxId), prefixBounds('p|'));
  return rows.flatMap((row) => {
    const pair = readRow<Pair>(row);
    if (pair.held === undefined) return [];
    const { kind, pairId, graphId, crmId } = pair;
    return [{ mailboxId, kind, pairId, graphId, crmId, ...pair.held }];
  });
}
