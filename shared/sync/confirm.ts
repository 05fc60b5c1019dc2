import { fingerprint, membersIn } from '../model/content.ts';
import { baseAfter } from './merge-members.ts';
import { membersOf } from './people-sides.ts';
import type { KindPass } from './context.ts';
import { withDocumentsDue } from './documents.ts';
import { isGivenAway, isTaking, notTaken, takenAway } from './given-away.ts';
import type { PortFailure } from './failures.ts';
import { baseOf, idOn, organized, otherSide, withIntentAsBase, withoutMailLetGo, type Base, type Pair } from './pair.ts';
import { contentFingerprint, type PlannedWrite } from './plan.ts';
import type { RowChange, Side, SideItem, Written } from './ports.ts';
import { lacksWebLink, linkedBy } from './web-link.ts';
import { refusalKey, retryRows, shownAgain, type Reserved, type Work } from './work.ts';

const CROSSES_NEIGHBOUR = 'ErrorOccurrenceCrossingBoundary';

export interface Outcome {
  readonly item: Reserved;
  readonly write: PlannedWrite;
  readonly written: Written;
}

export interface Confirmed {
  /** Row changes, one group per pair. */
  readonly groups: RowChange[][];
  readonly pairs: Pair[];
  /** CRM records that the index must know. */
  readonly crmIds: string[];
  /** To be merged anew, both sides to be read. */
  readonly again: Work[];
  /** Reservations whose outcome stays unknown. */
  readonly open: number;
  readonly stop: { readonly failure: PortFailure; readonly at: number | null } | null;
}

/** Judges every answer by what it says is stored (design 5.3), and makes the pairs' next state of it. */
export function confirm(pass: KindPass, reserved: readonly Reserved[], outcomes: readonly Outcome[]): Confirmed {
  const groups: RowChange[][] = [];
  const pairs: Pair[] = [];
  const crmIds: string[] = [];
  const again: Work[] = [];
  let open = 0;
  let stop: Confirmed['stop'] = null;
  for (const item of reserved) {
    const judged = new Judgement(pass, item);
    for (const outcome of outcomes) if (outcome.item === item) judged.judge(outcome);
    const { pair } = judged;
    groups.push([...pass.pairs.changes(pair), ...judged.rows]);
    pairs.push(pair);
    if (pair.crmId !== null && judged.touchedCrm) crmIds.push(pair.crmId);
    if (pair.intents.graph !== undefined || pair.intents.crm !== undefined) open += 1;
    else if (judged.next !== null) again.push({ ...judged.next, pair });
    if (judged.failure !== null) stop = { failure: judged.failure, at: null };
  }
  return { groups, pairs, crmIds, again, open, stop };
}

/** The state of one pair after its answers, of one side or of both. */
class Judgement {
  pair: Pair;
  readonly rows: RowChange[] = [];
  next: Work | null = null;
  failure: PortFailure | null = null;
  touchedCrm = false;
  private foreignMembers = false;
  private readonly pass: KindPass;
  private readonly item: Reserved;

  constructor(pass: KindPass, item: Reserved) {
    this.pass = pass;
    this.item = item;
    this.pair = { ...item.pair, unsettled: false, told: null };
    // A record that is new to us must be known, even if its event is not made yet.
    this.touchedCrm = item.pair.crmId !== null && item.pair.graphId === null;
  }

  judge({ write, written }: Outcome): void {
    const { side } = write;
    switch (written.outcome) {
      case 'written':
        if (this.isOfEarlier(write, written.item)) {
          this.judgeOvertaken(write, 'exists');
          return;
        }
        this.clearIntent(side);
        this.stored(write, written.item);
        return;
      case 'conflict':
      case 'gone':
      case 'exists':
        this.judgeOvertaken(write, written.outcome);
        return;
      case 'unsettled':
        this.hadNoEffect(write);
        this.uncount(side);
        // Only our read was too early: read again at once. A stamp of this very second must get older first.
        if (written.retryAfterMs === 0) this.readAgain();
        else this.comeBack(this.pass.now() + written.retryAfterMs);
        return;
      case 'rejected':
        this.hadNoEffect(write);
        if (this.cannotHold(write, written.code)) return;
        this.pair = { ...this.pair, unsettled: true, refused: { side, code: written.code, content: refusalKey(this.item.work, write), at: this.pass.now() } };
        this.tell('refused', side, written.code, written.field === undefined ? {} : { detail: written.field });
        this.pass.count(`rejected.${side}`);
        return;
      case 'notSent':
        this.hadNoEffect(write);
        this.uncount(side);
        this.comeBack(0);
        this.failure = written.failure;
        return;
      case 'lost':
        this.pair = { ...this.pair, tried: { ...this.pair.tried, ...(write.action === 'create' ? { [side]: 'lost' as const } : {}) }, unsettled: true };
        this.tell('lost', side, written.failure.reason);
        this.failure = written.failure;
        return;
    }
  }

  /** An occurrence that would cross its neighbour: its time stays as it is, the rest of the edit goes on without it (graph.md 5.6). */
  private cannotHold(write: PlannedWrite, code: string): boolean {
    const time = this.pass.kind.groups.find((group) => group.when === true && write.action === 'update' && group.name in write.content)?.name;
    const source = write.action === 'update' && time !== undefined ? write.source[time] : undefined;
    if (code !== CROSSES_NEIGHBOUR || this.pair.series === undefined || write.side !== 'graph' || time === undefined || source === undefined) return false;
    this.uncount(write.side);
    this.pair = { ...this.pair, unheld: { ...this.pair.unheld, [time]: source } };
    this.tell('refused', write.side, code, { groups: [time] });
    this.readAgain();
    return true;
  }

  /** What the answer says is stored becomes the base; what it did not take is told and tried again, at most three times a day. */
  private stored(write: PlannedWrite, item: SideItem | null): void {
    const { side } = write;
    const name = `${write.action}.${side}`;
    this.pass.count(name);
    this.touchedCrm ||= side === 'crm';
    if (write.action === 'delete' || item === null) {
      const now = this.pass.now();
      this.pair = isGivenAway(this.item.work) && side === 'graph' ? takenAway(this.pair, now) : { ...this.pair, state: 'ended', gone: { graph: now, crm: now }, firstSeen: {}, refused: null };
      this.tell('deleted', side, this.item.decision.reason);
      return;
    }
    const before = this.item.pair.base;
    const bases: Record<string, Base> = {};
    const odd: string[] = [];
    for (const [group, value] of Object.entries(write.content)) {
      if (this.isCut(write, group)) this.pass.count(`cut.${side}`);
      const members = this.membersAfter(write, group, item);
      if (members !== null) {
        if (members.notTaken.length > 0) odd.push(group);
        this.foreignMembers ||= members.othersChanged;
        bases[group] = { graph: fingerprint({ ...members.graph }), crm: fingerprint({ ...members.crm }) };
        continue;
      }
      const intended = fingerprint(value);
      const storedNow = fingerprint(item.content[group] ?? null);
      // As it was read before the write, or else as it was known to be.
      const read = this.item.work[side];
      const held = read.state === 'present' ? fingerprint(read.item.content[group] ?? null) : before[group]?.[side];
      const unchanged = write.action === 'update' && storedNow !== intended && storedNow === held;
      if (unchanged) {
        odd.push(group);
        continue;
      }
      // What only flows the other way is not written here: what stands there is its base.
      if (storedNow !== intended && !this.flowsAway(side, group)) this.tell('storedDifferently', side, 'storedDifferently', { groups: [group] });
      bases[group] = baseOf(side, storedNow, write.source[group] ?? '');
    }
    const { creates: _known, ...known } = side === 'graph' ? withoutMailLetGo(this.pair) : shownAgain(this.pair, this.item.work);
    this.pair = {
      ...known,
      [side === 'graph' ? 'graphId' : 'crmId']: item.id,
      base: { ...this.pair.base, ...bases },
      seen: { ...this.pair.seen, [side]: { version: item.version, modified: item.modified } },
      firstSeen: {},
      refused: null,
      tried: {},
      span: item.span,
      ...organized(item),
      ...(side === 'graph' ? linkedBy(write, item) : {}),
      ...this.handedOver(side),
    };
    // The answer shows what was linked just before, too, and the record's row counts as known from here on.
    if (side === 'crm') this.pair = withDocumentsDue(this.pass, this.pair, { graph: { state: 'asBase' }, crm: { state: 'present', item } });
    this.tell(write.action === 'create' ? 'created' : 'updated', side, this.item.decision.reason, { groups: Object.keys(bases), ...(side === 'graph' && write.webLink !== undefined && item.linked !== undefined ? { detail: `webLink:${item.linked}` } : {}) });
    if (odd.length > 0) this.notStored(side, odd);
    const others = this.pass.kind.groups.map((group) => group.name).filter((group) => !(group in write.content) && this.movedBesides(side, group, item));
    // The answer shows more than was sent: a trigger or a person was there too, and nobody else will ring for it.
    if (others.length > 0 || this.foreignMembers || item.outOfScope !== null) this.next = this.workWith(side, item);
    // The record that its event is to lead to has just been made.
    else if (write.action === 'create' && side === 'crm' && this.item.work.graph.state === 'present' && lacksWebLink(this.pass, this.pair, this.item.work.graph.item)) this.next = { ...this.workWith(side, item), graph: this.item.work.graph };
  }

  /** Graph may answer a create that it knows with what an earlier attempt made, edited or not since (assumptions G4): no answer to what was sent now. */
  private isOfEarlier({ side, ...write }: PlannedWrite, item: SideItem | null): boolean {
    const tried = this.item.pair.tried[side];
    if (side !== 'graph' || write.action !== 'create' || item === null || (tried !== 'lost' && tried !== 'exists')) return false;
    return this.pass.kind.groups.some(({ name, members, direction }) => members !== true && direction === 'both' && name in write.content && fingerprint(item.content[name] ?? null) !== fingerprint(write.content[name] ?? null));
  }

  /** Written shorter than it is on the other side, which the text says itself (`…`). */
  private isCut(write: PlannedWrite & { readonly action: 'create' | 'update' }, group: string): boolean {
    const source = this.item.work[otherSide(write.side)];
    const [written, whole] = [write.content[group], source.state === 'present' ? source.item.content[group] : undefined];
    return typeof written === 'string' && typeof whole === 'string' && written.endsWith('…') && written.length < whole.length;
  }

  private handedOver(side: Side): Pick<Pair, 'handedOver'> {
    const { work } = this.item;
    return side === 'crm' && isGivenAway(work) && work.graph.state === 'present' ? { handedOver: contentFingerprint(work.graph.item) } : {};
  }

  private flowsAway(side: Side, group: string): boolean {
    const direction = this.pass.kind.groups.find(({ name }) => name === group)?.direction;
    return direction === (side === 'graph' ? 'toCrm' : 'toGraph');
  }

  /** Of a set, its base after the write; null for other groups. */
  private membersAfter(write: PlannedWrite & { readonly action: 'create' | 'update' }, group: string, item: SideItem): ReturnType<typeof baseAfter> | null {
    const known = this.pass.kind.groups.find(({ name }) => name === group);
    if (known?.members !== true) return null;
    const { side } = write;
    const other = this.item.writes.find((one) => one.side !== side);
    const waits = side === 'crm' && this.item.pair.mailHeld !== undefined;
    const sentToOther = waits ? 'waits' : other === undefined || other.action === 'delete' || other.content[group] === undefined ? null : membersOf(other.content[group]);
    const base = this.pair.base[group];
    return baseAfter({
      side,
      held: write.action === 'create' ? {} : (membersIn(write.held[group] ?? '') ?? {}),
      intended: membersOf(write.content[group]),
      stored: membersOf(item.content[group]),
      source: membersIn(write.source[group] ?? '') ?? {},
      sentToOther,
      before: { graph: membersIn(base?.graph ?? '') ?? {}, crm: membersIn(base?.crm ?? '') ?? {} },
    });
  }

  private movedBesides(side: Side, group: string, item: SideItem): boolean {
    const base = this.pair.base[group];
    return base !== undefined && base[side] !== fingerprint(item.content[group] ?? null);
  }

  private notStored(side: Side, groups: readonly string[]): void {
    const day = Math.floor(this.pass.now() / 86_400_000);
    const counts = { ...this.pair.corrections.counts };
    for (const group of groups) counts[`${side}:${group}`] = (counts[`${side}:${group}`] ?? 0) + 1;
    this.pair = { ...this.pair, corrections: { day, counts }, unsettled: true };
    this.tell('notStored', side, 'answeredButNotStored', { groups });
    const tries = Math.max(...groups.map((group) => counts[`${side}:${group}`] ?? 0));
    const midnight = (day + 1) * 86_400_000;
    this.rows.push(...retryRows(this.pass, this.pair, this.item.work, tries >= 3 ? midnight : this.pass.now() + 60_000));
  }

  /** 412, a break, 404, or a key that is taken: both sides are read and merged anew. */
  private judgeOvertaken(write: PlannedWrite, outcome: 'conflict' | 'gone' | 'exists'): void {
    const { side } = write;
    if (outcome === 'gone' && isTaking(this.pair)) {
      this.pair = takenAway(this.pair, this.pass.now());
      this.tell('deleted', side, this.item.decision.reason);
      return;
    }
    if (write.action !== 'create') {
      this.clearIntent(side);
      this.uncount(side);
      this.readAgain();
      return;
    }
    if (outcome === 'gone') {
      // Found by our key and marked deleted: a person deleted what our lost create had made.
      this.pair = withIntentAsBase(this.pair, side);
      this.clearIntent(side);
      this.next = { pair: this.pair, graph: this.item.work.graph, crm: this.item.work.crm, [side]: { state: 'deleted' } };
      return;
    }
    // It exists: the reservation is resolved by its key in the next step of this pass or the next pass.
    this.pair = { ...this.pair, tried: { ...this.pair.tried, [side]: this.pair.tried[side] === undefined ? 'spent' : this.pair.tried[side] === 'spent' ? 'spent' : 'exists' }, unsettled: true };
    this.rows.push(...retryRows(this.pass, this.pair, this.item.work, this.pass.now() + 1));
  }

  private readAgain(): void {
    this.pair = { ...this.pair, unsettled: true };
    this.next = { pair: this.pair, graph: { state: 'asBase' }, crm: { state: 'asBase' } };
  }

  private workWith(side: Side, item: SideItem): Work {
    return { pair: this.pair, graph: { state: 'asBase' }, crm: { state: 'asBase' }, [side]: { state: 'present', item } };
  }

  private clearIntent(side: Side): void {
    const { [side]: _done, ...rest } = this.pair.intents;
    this.pair = { ...this.pair, intents: rest };
    if (side === 'graph' && this.pair.state === 'active') this.pair = notTaken(this.pair);
  }

  /** Known to have no effect: of a create only earlier attempts may have had one. */
  private hadNoEffect({ side, action }: PlannedWrite): void {
    this.clearIntent(side);
    if (action !== 'create') return;
    const { creates: _with, ...pair } = this.pair;
    const before = this.item.work.pair?.creates;
    this.pair = { ...pair, ...(before === undefined ? {} : { creates: before }) };
  }

  /** What was not carried out put nothing right: it does not count towards three a day. */
  private uncount(side: Side): void {
    const before = this.item.work.pair?.corrections;
    const { day, counts } = this.pair.corrections;
    const others = Object.entries(counts).filter(([name]) => !name.startsWith(`${side}:`));
    const own = before?.day === day ? Object.entries(before.counts).filter(([name]) => name.startsWith(`${side}:`)) : [];
    this.pair = { ...this.pair, corrections: { day, counts: Object.fromEntries([...others, ...own]) } };
  }

  private comeBack(due: number): void {
    this.pair = { ...this.pair, unsettled: true };
    this.rows.push(...retryRows(this.pass, this.pair, this.item.work, due));
  }

  private tell(action: 'created' | 'updated' | 'deleted' | 'refused' | 'lost' | 'notStored' | 'storedDifferently', side: Side, reason: string, more: { groups?: readonly string[]; detail?: string } = {}): void {
    this.pass.journal.add({ at: this.pass.now(), kind: this.pass.kind.name, action, side, reason, pairId: this.pair.pairId, graphId: idOn(this.pair, 'graph'), crmId: idOn(this.pair, 'crm'), ...more });
  }
}
