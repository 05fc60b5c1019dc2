/**
 * Which event and which record are one appointment, where no state of ours says so: the predecessor made them, or our tables were lost. First by the keys
 * that our own creates leave (design 5.2), then by what both show: subject, start and end, and whose meeting it is. What that does not decide is listed,
 * never guessed. Pure.
 */
import { fingerprint, type Content } from '../model/content.ts';
import type { Side, SideItem } from './ports.ts';

export interface Matching {
  readonly adopted: readonly Match[];
  /** Several of one side could be several of the other, or what hides a private event could be it. */
  readonly undecided: readonly Undecided[];
  readonly unmatched: { readonly graph: readonly SideItem[]; readonly crm: readonly SideItem[] };
}

export interface Match {
  readonly event: SideItem;
  readonly record: SideItem;
  /** The key that one of them carries; null where content told. */
  readonly key: { readonly pairId: string; readonly generation: number } | null;
}

export interface Undecided {
  readonly side: Side;
  readonly item: SideItem;
  readonly why: 'twins' | 'private';
}

export interface MatchInput {
  readonly events: readonly SideItem[];
  readonly records: readonly SideItem[];
  /** The key that our create leaves where this item is the origin. */
  readonly keyOf: (origin: Side, id: string, generation: number) => string;
  /** What each side would hold of a content. */
  readonly holds: Readonly<Record<Side, (content: Content) => Content>>;
}

/** So many lives of one item are looked for by key. */
const GENERATIONS = 3;

export function matchUp({ events, records, keyOf, holds }: MatchInput): Matching {
  const byKey = matchByKey(events, records, keyOf);
  const adopted: Match[] = [...byKey];
  const taken = new Set(byKey.flatMap(({ event, record }) => [event, record]));
  const restOf = (items: readonly SideItem[]): SideItem[] => items.filter((item) => !taken.has(item));

  const undecided: Undecided[] = [];
  // What the rules leave out for now comes second: it rests as the record of its event, which else would be made in the CRM once more.
  for (const isMeant of [isAdoptable, restsOnly]) {
    const recordsBy = grouped(restOf(records).filter(isMeant), (record) => lookOf(record, record.content, record.published === true));
    for (const [look, twins] of grouped(restOf(events).filter(isAdoptable), (event) => lookOf(event, holds.crm(event.content), event.meeting?.role === 'attendee'))) {
      const found = recordsBy.get(look) ?? [];
      if (found.length === 0) continue;
      if (twins.length === found.length && (twins.length === 1 || (areAlike(twins) && areAlike(found)))) {
        for (const [index, event] of inOrder(twins).entries()) adopted.push({ event, record: inOrder(found)[index] as SideItem, key: null });
      } else {
        undecided.push(...twins.map((item) => ({ side: 'graph', item, why: 'twins' }) as const), ...found.map((item) => ({ side: 'crm', item, why: 'twins' }) as const));
      }
      for (const item of [...twins, ...found]) taken.add(item);
    }
  }
  for (const item of behindMasks(restOf(events), restOf(records))) {
    undecided.push(item);
    taken.add(item.item);
  }
  return { adopted, undecided, unmatched: { graph: restOf(events), crm: restOf(records) } };
}

function matchByKey(events: readonly SideItem[], records: readonly SideItem[], keyOf: MatchInput['keyOf']): Match[] {
  const found: Match[] = [];
  const taken = new Set<SideItem>();
  const byKey = (items: readonly SideItem[]): Map<string, SideItem> => new Map(items.flatMap((item) => (item.key === null ? [] : [[item.key, item]])));
  const look = (origin: Side, items: readonly SideItem[], others: ReadonlyMap<string, SideItem>): void => {
    for (const item of items) {
      for (let generation = GENERATIONS; generation > 0 && !taken.has(item); generation -= 1) {
        const pairId = keyOf(origin, item.id, generation);
        const other = others.get(pairId);
        if (other === undefined || taken.has(other)) continue;
        found.push({ ...(origin === 'graph' ? { event: item, record: other } : { event: other, record: item }), key: { pairId, generation } });
        taken.add(item).add(other);
      }
    }
  };
  look('graph', events, byKey(records));
  look('crm', records, byKey(events));
  return found;
}

/** Copies of a colleague's meeting and what the rules leave out have no record of their own. */
function isAdoptable({ outOfScope, meeting, masked }: SideItem): boolean {
  return outOfScope === null && meeting?.organizerSynchronized !== true && masked !== true;
}

/** A record of this mailbox that other rules would take in. */
function restsOnly({ outOfScope }: SideItem): boolean {
  return outOfScope === 'otherType' || outOfScope === 'filtered' || outOfScope === 'private';
}

/** As the CRM holds it: the instants of an all-day appointment are not the same on both sides. */
function lookOf({ span }: SideItem, content: Content, published: boolean): string {
  const subject = String(content['subject'] ?? '').replace(/\s+/g, ' ').trim();
  return JSON.stringify([subject, content['time'] === undefined ? [span.start, span.end] : fingerprint(content['time']), published]);
}

/** Nobody can tell them apart, so that it does not matter which is which. */
function areAlike(items: readonly SideItem[]): boolean {
  return new Set(items.map(({ content }) => fingerprint(content))).size === 1;
}

function inOrder(items: readonly SideItem[]): SideItem[] {
  return [...items].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** A private event shows nothing by which it could be told: a record of the same time may be what the predecessor made of it. */
function behindMasks(events: readonly SideItem[], records: readonly SideItem[]): Undecided[] {
  const isHidden = ({ masked, outOfScope }: SideItem): boolean => masked === true || outOfScope === 'private';
  const at = ({ span }: SideItem): string => `${span.start} ${span.end}`;
  const hidden = grouped(events.filter(isHidden), at);
  return records.filter(isAdoptable).flatMap((record) => {
    const behind = hidden.get(at(record)) ?? [];
    hidden.delete(at(record));
    return behind.length === 0 ? [] : [{ side: 'crm', item: record, why: 'private' } as const, ...behind.map((item) => ({ side: 'graph', item, why: 'private' }) as const)];
  });
}

function grouped(items: readonly SideItem[], of: (item: SideItem) => string): Map<string, SideItem[]> {
  const groups = new Map<string, SideItem[]>();
  for (const item of items) groups.set(of(item), [...(groups.get(of(item)) ?? []), item]);
  return groups;
}
