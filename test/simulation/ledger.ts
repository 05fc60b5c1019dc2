import type { Shown } from '../world/judge.ts';

/** Groups whose values the people of a history make unique, so that each edit can be told apart for ever. */
const TRACKED = ['subject', 'place', 'body', 'categories'] as const;

interface Edit {
  readonly value: string;
  /** What the person who edited saw before. */
  readonly over: string;
  /** The first subject that this item ever had. */
  readonly item: string;
}

/** The judge's own history of what people did: the connector's tables are no witness. */
export class Ledger {
  private readonly edits: Edit[] = [];
  private readonly subjects = new Map<string, string>();
  private readonly deletedItems = new Set<string>();

  edited(before: Shown, after: Shown): void {
    const item = this.rootOf(before.subject);
    for (const group of TRACKED) {
      const [over, value] = [String(before[group]), String(after[group])];
      if (over === value) continue;
      this.edits.push({ value, over, item });
      if (group === 'subject') this.subjects.set(value, over);
    }
  }

  deleted(shown: Shown): void {
    this.deletedItems.add(this.rootOf(shown.subject));
  }

  /** Edits that are neither shown, nor replaced by somebody who saw them, nor in the conflict log, nor of an item that somebody deleted. */
  lost(shown: readonly Shown[], conflictLog: string): string[] {
    const alive = new Set(shown.flatMap((one) => TRACKED.map((group) => String(one[group]))));
    const seen = new Set<string>();
    for (const value of alive) {
      for (let at: string | undefined = value; at !== undefined && at !== '' && !seen.has(at); at = this.edits.find((edit) => edit.value === at)?.over) seen.add(at);
    }
    return this.edits.filter(({ value, item }) => !seen.has(value) && !this.replacedByKept(value, conflictLog) && !this.deletedItems.has(item)).map(({ value }) => value);
  }

  /** In the conflict log itself, or seen and replaced by somebody whose own value is there. */
  private replacedByKept(value: string, conflictLog: string): boolean {
    if (conflictLog.includes(`"${value}"`)) return true;
    return this.edits.some((edit) => edit.over === value && edit.value !== value && this.replacedByKept(edit.value, conflictLog));
  }

  private rootOf(subject: string): string {
    const before = this.subjects.get(subject);
    return before === undefined || before === subject ? subject : this.rootOf(before);
  }
}
