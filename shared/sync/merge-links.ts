import type { Members } from './people-sides.ts';

export interface LinksInput {
  /** What the texts of the appointment name now, by relation. */
  readonly named: Members;
  /** Where the record leads now. */
  readonly shown: Members;
  /** What they named when they were last looked at; empty = never. */
  readonly before: Members;
  readonly exists: (relation: string, target: string) => boolean;
}

/** Why a text that names a record leads nowhere. */
export interface Unlinked {
  readonly relation: string;
  readonly why: 'noRecord' | 'linkedByHand';
}

/**
 * A link follows the text that names it, and nothing else: what people link, change or take away in the CRM stays as they want it. Ours is a link that leads
 * where the text said when it was last looked at, whoever made it. Where the text names another record, or none, ours goes; a record that does not exist is never linked.
 */
export function mergeLinks({ named, shown, before, exists }: LinksInput): { readonly crm: Members; readonly unlinked: readonly Unlinked[] } {
  const crm: Record<string, string> = { ...shown };
  const unlinked: Unlinked[] = [];
  for (const relation of new Set([...Object.keys(named), ...Object.keys(before)])) {
    const [now, then] = [named[relation], before[relation]];
    if (now === then) continue;
    const there = shown[relation];
    const target = now !== undefined && exists(relation, now) ? now : undefined;
    if (now !== undefined && target === undefined) unlinked.push({ relation, why: 'noRecord' });
    const isOurs = there === undefined || there === then;
    if (!isOurs && there !== target && target !== undefined) unlinked.push({ relation, why: 'linkedByHand' });
    if (!isOurs) continue;
    if (target === undefined) delete crm[relation];
    else crm[relation] = target;
  }
  return { crm, unlinked };
}
