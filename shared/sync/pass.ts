import { TABLES } from '../config/names.ts';
import type { Instant } from '../model/time/instant.ts';
import { adoptFirst, isAdoptedAnew } from './adoption.ts';
import { KindPass, StopPass, type PassServices } from './context.ts';
import { whenNewerComes, writeDue } from './due.ts';
import { LeaseLost, NewerVersion, PortFailure } from './failures.ts';
import { PassGate, type CrmSlots } from './gate.ts';
import { findOpenDocuments, syncDocuments } from './documents.ts';
import { findOpenFiles, syncFiles } from './files.ts';
import { DeletionGuard, type TenantGuard } from './guard.ts';
import { workHeld, workHeldMails } from './held.ts';
import { listingWindow, takeIn } from './intake.ts';
import { Journal } from './journal.ts';
import type { Kind } from './kind.ts';
import { CHANGES_PER_TRANSACTION, CLOCKS_DIFFER_MS, HeldLease, LEASE_MS, readMarks, type Marked } from './lease.ts';
import { MailGuard } from './mail-guard.ts';
import { meetRep } from './new-rep.ts';
import { Pairs } from './pairs.ts';
import type { PlanRules } from './plan.ts';
import { NET_MARK, reconcile } from './reconcile.ts';
import type { Colleagues, MailboxRef, RowChange, Sides, StoredRow } from './ports.ts';
import { resolveReservations } from './resolve.ts';
import { encodeRow, isNewer, keys, mustKnow, prefixBounds, WORK_ROWS, type Adoption } from './rows.ts';
import { withPeople } from './people-sides.ts';
import { scoped } from './scope.ts';
import { EMPTY_TALLY, heldIn, mailsHeldIn, pairsIn, type DeletionLimits, type MailsHeld } from './tally.ts';

/** A pass ends in good order after this long and rings for the rest (design 2). */
export const PASS_BUDGET_MS = 4 * 60_000;
/** Marked again and again while it works: then the rest is for the next pass. */
const ROUNDS = 10;
const HOUR_MS = 3_600_000;
/** A due row that was written for so soon may be rung for at any moment. */
const SOON_MS = 30_000;
/** Reasons why a mailbox as a whole does not go on: told in its journal, too. */
const TOLD: ReadonlySet<string> = new Set(['permission', 'mailboxUnavailable', 'configuration']);
/** With the back-off below this many tries take about two hours. */
const LOGIN_LOCK_TRIES = 14;

export interface PassRequest {
  readonly mailbox: MailboxRef;
  readonly kinds: readonly { readonly kind: Kind; readonly rules: PlanRules }[];
  /** Names this worker; never used twice. */
  readonly holder: string;
  /** Nobody else will come if the mailbox is leased: the ring was delivered before, or stood in a due row, and the holder may be dead with his lease still standing. */
  readonly redelivered: boolean;
  readonly crmTimeoutMs: number;
  readonly crmMaxRunMs: number;
  readonly deletionLimits: DeletionLimits;
  /** People that our writes may mail in a day; null = as many as there are. */
  readonly mailLimit: number | null;
}

export interface PassPorts extends PassServices {
  readonly sides: Sides;
  readonly slots: CrmSlots;
  readonly colleagues: Colleagues;
  readonly tenantGuard: TenantGuard;
  /** Puts a ring for this mailbox on the queue; resolves when it was accepted. */
  readonly ring: (why: string) => Promise<void>;
}

export interface PassResult {
  /** done: in step. later: comes again at `at`. busy: somebody else works. lost: somebody else took over. newer: not ours to touch; rung for again, until a newer worker comes. */
  readonly state: 'done' | 'later' | 'busy' | 'lost' | 'newer';
  readonly failure: PortFailure | null;
  readonly at: Instant | null;
  readonly rounds: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Pairs that are followed, and what waits for an admin's answer: deletions, and writes that mail; null where this worker never held the mailbox. */
  readonly guard: { readonly pairs: number; readonly held: number; readonly mails: MailsHeld } | null;
  /** What the adoption came to, or waits for. */
  readonly adoption: Adoption | null;
}

/** One pass over one mailbox: lease, rounds, release (design 2). Throws only what is a mistake of ours. */
export async function runPass(ports: PassPorts, request: PassRequest): Promise<PassResult> {
  const { mailbox } = request;
  const acquired = await HeldLease.acquire(ports.tables, ports.clock, mailbox, request.holder, request.crmMaxRunMs, request.crmTimeoutMs);
  if (acquired.state === 'newer') {
    await leaveToNewer(ports, mailbox);
    return result('newer');
  }
  if (acquired.state === 'busy') {
    if (request.redelivered) await writeDue(ports.tables, { tenantId: mailbox.tenantId, mailboxId: mailbox.mailboxId, at: ports.clock.now() + LEASE_MS + CLOCKS_DIFFER_MS });
    return result('busy');
  }
  const gate = new PassGate(acquired.lease, ports.slots, request.crmMaxRunMs);
  const pass = new Pass({ ...ports, clock: acquired.lease.clock }, request, acquired.lease, gate, acquired.rows);
  try {
    return await pass.run();
  } catch (failure) {
    if (!(failure instanceof LeaseLost)) throw failure;
    // It may have run out without anybody taking the mailbox over: then nobody else would work the marks that stand. Where its row still looks young
    // (a transaction of ours that took effect late), the ring finds the mailbox leased, and the due row is what counts.
    await writeDue(ports.tables, { tenantId: mailbox.tenantId, mailboxId: mailbox.mailboxId, at: ports.clock.now() + LEASE_MS });
    await ports.ring('leaseLost');
    return result('lost');
  } finally {
    await gate.close();
  }
}

/** Whoever asked for this pass counts on it: the ring comes again, and one day meets a worker who knows what was written. */
function leaveToNewer({ tables, clock }: Pick<PassPorts, 'tables' | 'clock'>, { tenantId, mailboxId }: MailboxRef): Promise<void> {
  return writeDue(tables, { tenantId, mailboxId, at: whenNewerComes(clock.now()) });
}

/** Something is under way of which the outcome is not known, or that must not be forgotten. */
function hasOpen(pass: KindPass): boolean {
  return pass.openIntents > 0 || pass.openFiles.size > 0 || pass.openDocuments.size > 0;
}

function result(state: PassResult['state']): PassResult {
  return { state, failure: null, at: null, rounds: 0, counts: {}, guard: null, adoption: null };
}

class Pass {
  private readonly ports: PassPorts;
  private readonly request: PassRequest;
  private readonly lease: HeldLease;
  private readonly gate: PassGate;
  private readonly guard: DeletionGuard;
  private readonly mails: MailGuard;
  /** Lease, cursors, marks and pending rows, read in one request: a mark and what it asks for belong together. */
  private rows: readonly StoredRow[];
  private marks: readonly Marked[];
  private kinds: KindPass[] = [];
  private answered: RowChange[] = [];
  private rounds = 0;
  private resolved = false;

  constructor(ports: PassPorts, request: PassRequest, lease: HeldLease, gate: PassGate, rows: readonly StoredRow[]) {
    this.ports = ports;
    this.request = request;
    this.lease = lease;
    this.gate = gate;
    this.guard = new DeletionGuard(request.deletionLimits, ports.tenantGuard);
    this.mails = new MailGuard(request.mailLimit);
    this.rows = rows;
    this.marks = readMarks(rows);
  }

  async run(): Promise<PassResult> {
    const { graphNotBefore, crmNotBefore } = this.lease.state;
    const notBefore = Math.max(graphNotBefore, crmNotBefore);
    if (notBefore > this.ports.clock.now()) return this.leaveForLater(null, notBefore);
    if (this.nothingAsked()) {
      const { nextDue } = this.lease.state;
      if (nextDue > 0 && !this.dueStands(nextDue, this.ports.clock.now())) await writeDue(this.ports.tables, { ...this.address(), at: nextDue });
      await this.lease.release([]);
      await this.ringForLateMarks();
      return this.finished('done', null, null);
    }
    try {
      const deadline = this.ports.clock.monotonic() + PASS_BUDGET_MS;
      this.kinds = await this.openKinds(deadline);
      while (this.rounds < ROUNDS) {
        this.rounds += 1;
        await this.round();
        if (await this.releaseDone()) return this.finished('done', null, null);
        await this.readAgain();
      }
      throw new StopPass(null, null);
    } catch (failure) {
      // Met on the way: what was done is saved, the rest is for a newer worker.
      if (failure instanceof NewerVersion) return this.leaveForLater(null, whenNewerComes(this.ports.clock.now()));
      const stop = failure instanceof StopPass ? failure : failure instanceof PortFailure ? new StopPass(failure, null) : null;
      if (stop !== null) return this.stop(stop);
      if (!(failure instanceof LeaseLost)) await this.freeAfterMistake();
      throw failure;
    }
  }

  /** A ring whose marks somebody else has worked already: nothing is asked of either side for it. */
  private nothingAsked(): boolean {
    const { reserved, nextDue } = this.lease.state;
    return this.marks.length === 0 && !reserved && (nextDue === 0 || nextDue > this.ports.clock.now());
  }

  private onlyNet(): boolean {
    const { reserved, nextDue } = this.lease.state;
    const dueNow = nextDue > 0 && nextDue <= this.ports.clock.now();
    return !reserved && !dueNow && this.marks.length > 0 && this.marks.every(({ mark }) => mark.kind === NET_MARK) && this.rows.some((row) => row.rowKey.startsWith('link|'));
  }

  private async openKinds(deadline: number): Promise<KindPass[]> {
    const { mailbox } = this.request;
    return Promise.all(
      this.request.kinds.map(
        async ({ kind, rules }) =>
          new KindPass({
            services: this.ports,
            mailbox,
            kind,
            rules,
            sides: scoped(kind, withPeople(await this.ports.sides.open(kind.name, mailbox, this.gate, this.ports.colleagues), this.ports.colleagues, kind.name)),
            lease: this.lease,
            pairs: new Pairs(this.ports.tables, mailbox, kind.name),
            journal: new Journal(this.ports.random),
            guard: this.guard,
            mails: this.mails,
            colleagues: this.ports.colleagues,
            deadline,
          }),
      ),
    );
  }

  private async round(): Promise<void> {
    this.answered = [];
    const heldBefore = this.heldDeletions();
    const mailsBefore = this.heldMails().writes;
    for (const pass of this.kinds) {
      pass.renewed.clear();
      pass.wantsNet = false;
      await meetRep(pass);
      if (this.lease.state.reserved && !this.resolved && !isAdoptedAnew(pass, this.marks)) {
        await resolveReservations(pass);
        await findOpenFiles(pass);
        await findOpenDocuments(pass);
      }
      // The net reads the whole window by itself: a round of changes is asked for only where somebody rang for one.
      const rows = await adoptFirst(pass, this.rows, this.marks, listingWindow(pass));
      // An admin is asked first.
      if (rows === null) continue;
      if (!this.onlyNet()) this.answered.push(...(await takeIn(pass, rows)));
      const { greeting } = this.lease.state;
      if (pass.wantsNet || greeting === true || this.marks.some(({ mark }) => mark.kind === NET_MARK)) await reconcile(pass);
      if (greeting === true) this.lease.note({ greeting: false });
    }
    this.resolved = true;
    const worked = await workHeld(this.kinds, this.guard, this.lease, this.marks);
    // An admin's own answer is told where it is given.
    if (heldBefore > 0 && this.heldDeletions() === 0 && worked !== 'answered') {
      const { tenantId, mailboxId } = this.request.mailbox;
      this.ports.report('guard.answered', { tenant: tenantId, mailbox: mailboxId, answer: worked === null ? 'dissolved' : 'limitsRaised', deletions: heldBefore });
    }
    // Behind everything else: what a large file takes keeps no appointment waiting.
    for (const pass of this.kinds) {
      await syncDocuments(pass);
      await syncFiles(pass);
    }
    // What was worked and is put off once more by what came behind it stands in the same row.
    this.answered = this.answered.filter((change) => change.op !== 'delete' || !this.kinds.some((pass) => pass.renewed.has(change.rowKey)));
    const mailsWorked = await workHeldMails(this.kinds, this.mails, this.lease, this.marks);
    if (mailsBefore > 0 && this.heldMails().writes === 0 && mailsWorked !== 'answered') {
      const { tenantId, mailboxId } = this.request.mailbox;
      this.ports.report('mailGuard.answered', { tenant: tenantId, mailbox: mailboxId, answer: mailsWorked === null ? 'dissolved' : 'withinLimit', changes: mailsBefore });
    }
  }

  private heldDeletions(): number {
    return heldIn(this.lease.state.guard ?? EMPTY_TALLY);
  }

  private heldMails(): MailsHeld {
    return mailsHeldIn(this.lease.state.guard ?? EMPTY_TALLY);
  }

  /** Due row, then marks and lease in one transaction; false where the mailbox was marked meanwhile. */
  private async releaseDone(): Promise<boolean> {
    const looks = this.kinds.flatMap((pass) => (pass.nextLook === null ? [] : [pass.nextLook]));
    const at = looks.length === 0 ? null : Math.min(...looks);
    const now = this.ports.clock.now();
    if (at !== null && !this.dueStands(at, now)) {
      await writeDue(this.ports.tables, { ...this.address(), at });
      this.lease.note({ nextDue: at });
    } else if (this.lease.state.nextDue <= now) {
      this.lease.note({ nextDue: 0 });
    }
    this.lease.note({ failures: 0, reserved: this.kinds.some(hasOpen) });
    const marks: RowChange[] = this.marks.map(({ mark, etag }) => ({ op: 'delete', rowKey: keys.mark(mark.kind), etag }));
    const saving = this.kinds.flatMap((pass) => pass.takeDeferred());
    try {
      await this.lease.release(await this.saveMost([...saving, ...this.answered], marks));
    } catch (failure) {
      if (!(failure instanceof PortFailure) || failure.reason !== 'conflict') throw failure;
      // Marked, or asked again, since we looked. What was to be saved is not lost: it goes first in the next round.
      if (saving.length > 0) await this.saveMost(saving, [], 0);
      return false;
    }
    await this.ringForLateMarks();
    if (at !== null) await this.ringIfOverdue(at);
    return true;
  }

  /** A row that was written for so soon may have been rung for already, by a worker whose clock is ahead: its time would never come. */
  private dueStands(at: Instant, now: Instant): boolean {
    const { nextDue } = this.lease.state;
    return nextDue > now + SOON_MS && nextDue <= at;
  }

  /** Writes what does not fit into one transaction together with the last changes; returns those with the rest. */
  private async saveMost(changes: readonly RowChange[], last: readonly RowChange[], keep = CHANGES_PER_TRANSACTION): Promise<RowChange[]> {
    let rest = [...changes];
    while (rest.length > 0 && rest.length + last.length > keep) {
      await this.lease.transact(rest.slice(0, CHANGES_PER_TRANSACTION));
      rest = rest.slice(CHANGES_PER_TRANSACTION);
    }
    return [...rest, ...last];
  }

  /** Where freeing the lease took longer than the wait that the due row was written for, its ring has found us still at work. */
  private async ringIfOverdue(at: Instant): Promise<void> {
    if (at <= this.ports.clock.now() + CLOCKS_DIFFER_MS) await this.ports.ring('overdue');
  }

  /** A mark that was set while the lease was being freed: its ring may have found us still at work. A newer version's is for its own workers. */
  private async ringForLateMarks(): Promise<void> {
    const { rows } = await this.ports.tables.range(TABLES.mailbox, this.lease.partition, prefixBounds('mark|'));
    if (rows.some(isNewer)) await leaveToNewer(this.ports, this.request.mailbox);
    if (readMarks(rows).length > 0) await this.ports.ring('markedDuringRelease');
  }

  private async readAgain(): Promise<void> {
    const { rows } = await this.ports.tables.range(TABLES.mailbox, this.lease.partition, WORK_ROWS);
    mustKnow(rows);
    this.rows = rows;
    this.marks = readMarks(rows);
  }

  /** Ends the pass in good order: what was done is saved, when it goes on is written down. */
  private async stop(stop: StopPass): Promise<PassResult> {
    const { failure } = stop;
    const now = this.ports.clock.now();
    if (failure === null) return this.leaveForLater(null, stop.at);
    const at = stop.at ?? now + this.backOff(failure);
    if (failure.port === 'graph' && failure.reason === 'throttled') this.lease.note({ graphNotBefore: Math.max(at, this.lease.state.graphNotBefore) });
    return this.leaveForLater(failure, Math.max(at, this.lease.state.graphNotBefore, this.lease.state.crmNotBefore));
  }

  private backOff(failure: PortFailure): number {
    const jitter = 0.8 + this.ports.random() * 0.4;
    if (failure.details.retryAfterMs !== undefined) return failure.details.retryAfterMs + Math.floor(this.ports.random() * 1_000);
    this.lease.note({ failures: this.lease.state.failures + 1 });
    // CRM systems lock logins daily: a refused login is passing trouble for about two hours before it counts as a wrong setting (design 8).
    const lockedLogin = failure.port === 'crm' && failure.details.code === '401' && this.lease.state.failures <= LOGIN_LOCK_TRIES;
    switch (lockedLogin ? 'transient' : failure.reason) {
      case 'permission':
      case 'mailboxUnavailable':
        return 24 * HOUR_MS;
      case 'configuration':
        return Math.floor(HOUR_MS * jitter);
      default:
        return Math.min(15 * 60_000, Math.floor(5_000 * 2 ** Math.min(this.lease.state.failures, 10) * jitter));
    }
  }

  /** The marks stay, without "rung at": whoever marks next rings again. `at` null: the rest is rung for at once. */
  private async leaveForLater(failure: PortFailure | null, at: Instant | null): Promise<PassResult> {
    const now = this.ports.clock.now();
    if (at !== null && !(this.dueStands(at, now) && this.lease.state.nextDue === at)) {
      await writeDue(this.ports.tables, { ...this.address(), at });
      this.lease.note({ nextDue: at });
    }
    if (this.kinds.some(hasOpen)) this.lease.note({ reserved: true });
    if (failure !== null && TOLD.has(failure.reason)) this.kinds[0]?.journal.add({ at: now, kind: this.kinds[0].kind.name, action: 'held', reason: failure.reason, detail: failure.port });
    const saving = this.kinds.flatMap((pass) => pass.takeDeferred());
    const kept: RowChange[] = this.marks.map(({ mark, etag }) => ({ op: 'replace', row: encodeRow(keys.mark(mark.kind), { ...mark, rungAt: 0 }), etag }));
    const rest = await this.saveMost(saving, kept);
    try {
      await this.lease.release(rest);
    } catch (conflict) {
      if (!(conflict instanceof PortFailure) || conflict.reason !== 'conflict') throw conflict;
      // Marked meanwhile, with a ring of its own.
      await this.lease.release(rest.filter((change) => !kept.includes(change)));
    }
    if (at === null) await this.ports.ring('budget');
    else await this.ringIfOverdue(at);
    return this.finished('later', failure, at);
  }

  private async freeAfterMistake(): Promise<void> {
    try {
      await this.lease.release([]);
    } catch {
      // The lease runs out by itself; the mistake is what must be seen.
    }
  }

  private finished(state: PassResult['state'], failure: PortFailure | null, at: Instant | null): PassResult {
    const counts: Record<string, number> = {};
    for (const pass of this.kinds) for (const [name, count] of Object.entries(pass.counts)) counts[name] = (counts[name] ?? 0) + count;
    const tally = this.lease.state.guard ?? EMPTY_TALLY;
    return { state, failure, at, rounds: this.rounds, counts, guard: { pairs: pairsIn(tally), held: heldIn(tally), mails: mailsHeldIn(tally) }, adoption: this.lease.state.adoption ?? null };
  }

  private address(): { tenantId: string; mailboxId: string } {
    return { tenantId: this.request.mailbox.tenantId, mailboxId: this.request.mailbox.mailboxId };
  }
}
