import type { Side } from '../../shared/sync/ports.ts';
import type { Shown } from '../world/judge.ts';

/** Groups whose values the people of a history make unique, so that each edit can be told apart for ever. */
const TRACKED = ['subject', 'place', 'body', 'categories', 'order', 'caseNo'] as const;
type Tracked = (typeof TRACKED)[number];

/** How long the way of a change may take while everything fails: what two people did further apart did not meet in one pass. */
const ON_THE_WAY_MS = 50 * 60_000;

interface Edit {
  readonly at: number;
  readonly side: Side;
  readonly group: Tracked | 'other';
  readonly value: string;
  /** What the person who edited saw before. */
  readonly over: string;
  /** The first subject that this item ever had. */
  readonly item: string;
}

/** The judge's own history of what people did: the connector's tables are no witness. */
export class Ledger {
  private onTheWayMs = ON_THE_WAY_MS;
  private readonly edits: Edit[] = [];
  private readonly subjects = new Map<string, string>();
  private readonly deletions: { readonly at: number; readonly side: Side; readonly item: string }[] = [];
  private readonly created = new Map<string, Side>();
  private readonly hidden = new Set<string>();
  private readonly elsewhereSince = new Map<string, number>();

  /** It was private in Outlook and not for the CRM: what was overruled of it is kept nowhere, and what somebody typed into its mask counts for nothing. */
  hide(subject: string): void {
    this.hidden.add(this.rootOf(subject));
  }

  wasHidden(item: string): boolean {
    return this.hidden.has(item);
  }

  createdNow(subject: string, side: Side): void {
    this.created.set(subject, side);
  }

  /** Every item that a person ever made, by its first subject. */
  items(): string[] {
    return [...this.created.keys()];
  }

  edited(at: number, side: Side, before: Shown, after: Shown): void {
    const item = this.rootOf(before.subject);
    let tracked = false;
    for (const group of TRACKED) {
      const [over, value] = [String(before[group] ?? ''), String(after[group] ?? '')];
      if (over === value) continue;
      tracked = true;
      this.edits.push({ at, side, group, value, over, item });
      if (group === 'subject') this.subjects.set(value, over);
    }
    if (!tracked) this.edits.push({ at, side, group: 'other', value: '', over: '', item });
  }

  /** Somebody changed who comes. */
  peopleChanged(at: number, side: Side, subject: string): void {
    this.edits.push({ at, side, group: 'other', value: '', over: '', item: this.rootOf(subject) });
  }

  /** Somebody was off the list for so long: nothing of his came over meanwhile. */
  wasAway(ms: number): void {
    this.onTheWayMs = Math.max(this.onTheWayMs, ms + ON_THE_WAY_MS);
  }

  /** It lies in another calendar from now on, where nobody brings it in step. */
  movedAway(at: number, subject: string): void {
    this.elsewhereSince.set(this.rootOf(subject), at);
  }

  movedBack(at: number, subject: string): void {
    this.wasAway(at - (this.elsewhereSince.get(this.rootOf(subject)) ?? at));
  }

  deletedNow(at: number, side: Side, shown: Shown): void {
    this.deletions.push({ at, side, item: this.rootOf(shown.subject) });
  }

  wasDeleted(item: string): boolean {
    return this.deletions.some((one) => one.item === item);
  }

  deletedOn(side: Side, item: string): boolean {
    return this.deletions.some((one) => one.item === item && one.side === side);
  }

  /** A person deleted it on the other side while an edit of a person on this side had not come over: it stays here alone (design 5.6). */
  maySurviveOn(side: Side, item: string, everOff: boolean): boolean {
    const deletion = this.deletions.find((one) => one.item === item && one.side !== side);
    if (deletion === undefined) return false;
    if (everOff) return true;
    return this.edits.some((edit) => edit.item === item && edit.side === side && edit.at > deletion.at - this.onTheWayMs);
  }

  /** What a person edited after another had deleted the item on the other side stays where it was edited (design 5.6), unless a person deleted it there, too. */
  mustSurvive(): { readonly side: Side; readonly item: string }[] {
    const edited = this.edits.filter(({ at, side, group, item }) => {
      const there = this.deletions.some((one) => one.item === item && one.side !== side && one.at < at);
      const here = this.deletions.some((one) => one.item === item && one.side === side);
      // Whatever was done to a record whose event is private: it goes with its event, and shows a mask until then.
      return group !== 'other' && there && !here && !this.hidden.has(item);
    });
    return [...new Map(edited.map(({ side, item }) => [`${side} ${item}`, { side, item }])).values()];
  }

  /** Edits that are neither shown, nor replaced by somebody who saw them, nor overruled and in the conflict log, nor of an item that somebody deleted. */
  lost(shown: readonly Shown[], conflictLog: string): string[] {
    const alive = new Set(shown.flatMap((one) => TRACKED.map((group) => String(one[group] ?? ''))));
    const seen = new Set<string>();
    // Whoever emptied a field saw what stood there.
    for (const value of [...alive, ...this.edits.filter((edit) => edit.value === '').map(({ over }) => over)]) {
      for (let at: string | undefined = value; at !== undefined && at !== '' && !seen.has(at); at = this.edits.find((edit) => edit.value === at)?.over) seen.add(at);
    }
    return this.edits.filter((edit) => edit.group !== 'other' && edit.value !== '' && !seen.has(edit.value) && !this.replacedByKept(edit, conflictLog) && !this.wasDeleted(edit.item) && !this.hidden.has(edit.item)).map(({ value }) => value);
  }

  /** The conflict log excuses a lost value only where both sides changed that group while neither knew of the other. */
  private replacedByKept(edit: Edit, conflictLog: string): boolean {
    if (conflictLog.includes(JSON.stringify(edit.value)) && this.rivalOf(edit)) return true;
    return this.edits.some((next) => next.over === edit.value && next.value !== edit.value && this.replacedByKept(next, conflictLog));
  }

  private rivalOf(edit: Edit): boolean {
    return this.edits.some((other) => other.item === edit.item && other.group === edit.group && other.side !== edit.side && Math.abs(other.at - edit.at) < this.onTheWayMs);
  }

  rootOf(subject: string): string {
    const before = this.subjects.get(subject);
    return before === undefined || before === subject ? subject : this.rootOf(before);
  }
}
