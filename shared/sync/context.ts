import type { Instant } from '../model/time/instant.ts';
import type { PortFailure } from './failures.ts';
import type { DeletionGuard } from './guard.ts';
import type { Journal } from './journal.ts';
import type { Kind } from './kind.ts';
import type { MailGuard } from './mail-guard.ts';
import { CHANGES_PER_TRANSACTION, type HeldLease } from './lease.ts';
import type { Pairs } from './pairs.ts';
import type { PlanInput, PlanRules } from './plan.ts';
import type { Blobs, Clock, Colleagues, KindSides, LinkedDocument, MailboxRef, Random, Report, RowChange, Side, Tables } from './ports.ts';
import { encodeRow, keys, type Pending } from './rows.ts';
import { EMPTY_TALLY } from './tally.ts';

/** An item that could not be read is looked at again once a day. */
export const LOOK_AGAIN_MS = 86_400_000;

/** Thrown to end a pass in good order: what was done is saved, what is left comes again at `at` (null = at once). */
export class StopPass extends Error {
  override readonly name = 'StopPass';
  readonly failure: PortFailure | null;
  readonly at: Instant | null;

  constructor(failure: PortFailure | null, at: Instant | null) {
    super(failure?.message ?? 'The budget of this pass is used up: it goes on in the next one.');
    this.failure = failure;
    this.at = at;
  }
}

export interface PassServices {
  readonly tables: Tables;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly random: Random;
  readonly report: Report;
}

/** Everything the steps of one pass over one kind share. */
export class KindPass {
  readonly services: PassServices;
  readonly mailbox: MailboxRef;
  readonly kind: Kind;
  readonly rules: PlanRules;
  readonly sides: KindSides;
  readonly lease: HeldLease;
  readonly pairs: Pairs;
  readonly journal: Journal;
  /** One for all kinds of the mailbox. */
  readonly guard: DeletionGuard;
  /** One for all kinds of the mailbox. */
  readonly mails: MailGuard;
  readonly colleagues: Colleagues;
  /** Monotonic milliseconds at which the pass must come to its end. */
  readonly deadline: number;
  /** Numbers for the closing report. */
  readonly counts: Record<string, number> = {};
  /** Earliest time at which something left behind must be looked at. */
  /** Items that were told are not read yet: what a series lost may be among them. */
  asksOpen = false;
  nextLook: Instant | null = null;
  /** The first listing of both sides is not complete: what it finds was there before us. */
  firstSync = false;
  /** The round of changes had no end: the net is to read the calendar in its place. */
  wantsNet = false;
  /** This pass has seen that the mailbox is the one that it was (doubt.ts). */
  isHome = false;
  /** Reservations whose outcome is not known. */
  openIntents = 0;
  /** Pairs whose attachments are to be looked at before the pass ends. */
  readonly openFiles = new Set<string>();
  /** Pairs whose documents are, with what their records showed of them; null where nobody has read that. */
  readonly openDocuments = new Map<string, readonly LinkedDocument[] | null>();
  /** Pending rows that were written anew in this pass: they are not finished with it. */
  readonly renewed = new Set<string>();
  private deferred: RowChange[] = [];

  constructor(parts: Pick<KindPass, 'services' | 'mailbox' | 'kind' | 'rules' | 'sides' | 'lease' | 'pairs' | 'journal' | 'guard' | 'mails' | 'colleagues' | 'deadline'>) {
    this.services = parts.services;
    this.mailbox = parts.mailbox;
    this.kind = parts.kind;
    this.rules = parts.rules;
    this.sides = parts.sides;
    this.lease = parts.lease;
    this.pairs = parts.pairs;
    this.journal = parts.journal;
    this.guard = parts.guard;
    this.mails = parts.mails;
    this.colleagues = parts.colleagues;
    this.deadline = parts.deadline;
  }

  get invitesNobody(): boolean {
    return this.firstSync || this.lease.state.greeting === true;
  }

  now(): Instant {
    return this.services.clock.now();
  }

  /** What each side would hold of a content. */
  get holds(): PlanInput['holds'] {
    const { graph, crm } = this.sides;
    return { graph: (content) => graph.holds(content), crm: (content) => crm.holds(content) };
  }

  count(name: string, by = 1): void {
    this.counts[name] = (this.counts[name] ?? 0) + by;
  }

  /** Ends the pass in good order when its time is up. */
  checkBudget(): void {
    if (this.services.clock.monotonic() >= this.deadline) throw new StopPass(null, null);
  }

  look(at: Instant): void {
    this.nextLook = this.nextLook === null ? at : Math.min(this.nextLook, at);
  }

  /** Rides on the next transaction: for what may come late, like a cursor. */
  defer(...changes: readonly RowChange[]): void {
    for (const change of changes) {
      const key = keyOf(change);
      this.deferred = this.deferred.filter((waiting) => keyOf(waiting) !== key);
      this.deferred.push(change);
    }
  }

  /** Writes groups of changes, each group whole within one transaction, journal included. */
  async commit(groups: readonly (readonly RowChange[])[]): Promise<void> {
    // Before the first transaction: what is reserved in it is counted with it, whatever happens behind it.
    const before = this.lease.state.guard ?? EMPTY_TALLY;
    const counted = this.pairs.counted(before);
    if (counted !== before) this.lease.note({ guard: counted });
    let batch: RowChange[] = [];
    const waiting = [...groups, ...this.takeDeferred().map((change) => [change])];
    for (const group of waiting) {
      if (batch.length + group.length > CHANGES_PER_TRANSACTION) {
        await this.lease.transact(batch);
        batch = [];
      }
      batch.push(...group);
    }
    if (batch.length > 0) await this.lease.transact(batch);
  }

  takeDeferred(): RowChange[] {
    const taken = [...this.deferred, ...this.journal.take(this.now())];
    this.deferred = [];
    return taken;
  }

  /** A pending row that this pass wrote, and that nobody else writes under this name, is worked. */
  answered(side: Side, id: string): void {
    const rowKey = keys.putOff(side, this.kind.name, id);
    const unwritten = this.deferred.some((change) => keyOf(change) === rowKey);
    if (unwritten) this.deferred = this.deferred.filter((change) => keyOf(change) !== rowKey);
    else if (this.renewed.has(rowKey)) this.defer({ op: 'delete', rowKey });
    this.renewed.delete(rowKey);
  }

  /** A row that brings this item back into a later pass. */
  pending(side: Side, id: string, reason: Pending['reason'], due: Instant): RowChange {
    if (due > 0) this.look(due);
    const value: Pending = { side, kind: this.kind.name, id, reason, due, etag: null, at: this.now() };
    const rowKey = keys.putOff(side, this.kind.name, id);
    this.renewed.add(rowKey);
    return { op: 'put', row: encodeRow(rowKey, value) };
  }
}

function keyOf(change: RowChange): string {
  return change.op === 'delete' ? change.rowKey : change.row.rowKey;
}
