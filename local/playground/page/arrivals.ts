import { signatureOf, type AppointmentContent, type Shown, type SideName } from './appointment.ts';

/**
 * Follows changes from one calendar to the other by looking at both, with no word from the connector: what says the same on both sides is linked,
 * and what differs from its link, or has none yet, is on its way. Pure; instants are milliseconds.
 */

export interface Transit {
  readonly from: SideName;
  readonly what: 'new' | 'change' | 'deletion';
  readonly subject: string;
  readonly since: number;
}

export interface Arrival extends Transit {
  readonly tookMs: number;
}

/** `here`: only on this side, and nobody waits for it. */
export type Standing = 'inStep' | 'onItsWay' | 'here';

interface Link {
  readonly outlook: string;
  readonly crm: string;
}

export interface Watch {
  readonly links: readonly Link[];
  /** By `side:id` of the item whose change is under way. */
  readonly transits: ReadonlyMap<string, Transit>;
  /** What each side said at the last look: signature and subject by `side:id`. */
  readonly seen: ReadonlyMap<string, { readonly signature: string; readonly subject: string }>;
  readonly isFirst: boolean;
}

export interface Look {
  readonly watch: Watch;
  readonly arrivals: readonly Arrival[];
  /** By `side:id`. */
  readonly standings: ReadonlyMap<string, Standing>;
}

export interface BothSides {
  readonly outlook: readonly Shown[];
  readonly crm: readonly Shown[];
}

export const NOTHING_SEEN: Watch = { links: [], transits: new Map(), seen: new Map(), isFirst: true };

/** What stands on the other side for an item, as far as the watch knows. */
export function counterpartOf(watch: Watch, both: BothSides, side: SideName, id: string): Shown | null {
  const other = side === 'outlook' ? 'crm' : 'outlook';
  const link = watch.links.find((one) => one[side] === id);
  return both[other].find((item) => item.id === link?.[other]) ?? null;
}

/** Whether the other side is to say something else after an edit; people are not compared, and what stays private may rest. */
export function isCarried(side: SideName, before: Shown, after: AppointmentContent): boolean {
  if (before.isPrivate !== after.isPrivate) return side === 'outlook';
  return !after.isPrivate && signatureOf(before) !== signatureOf(after);
}

export function keyOf(side: SideName, id: string): string {
  return `${side}:${id}`;
}

/** A person's edit through this page: its time is known better than any look could tell. */
export function noteEdit(watch: Watch, side: SideName, id: string, transit: Omit<Transit, 'from'>): Watch {
  return { ...watch, transits: new Map(watch.transits).set(keyOf(side, id), { from: side, ...transit }) };
}

export function look(watch: Watch, now: BothSides, at: number): Look {
  const items = new Map<string, Shown>();
  for (const side of ['outlook', 'crm'] as const) for (const item of now[side]) items.set(keyOf(side, item.id), item);
  const transits = new Map(watch.transits);
  const arrivals: Arrival[] = [];
  const standings = new Map<string, Standing>();
  const arrive = (...keys: readonly string[]): void => {
    const own = keys.flatMap((key) => transits.get(key) ?? []).sort((a, b) => a.since - b.since);
    for (const key of keys) transits.delete(key);
    const [first] = own;
    if (first !== undefined) arrivals.push({ ...first, tookMs: Math.max(0, at - first.since) });
  };

  const links = [...watch.links, ...newLinks(watch.links, now)].filter((link) => {
    const [o, c] = [keyOf('outlook', link.outlook), keyOf('crm', link.crm)];
    const [outlook, crm] = [items.get(o), items.get(c)];
    if (outlook === undefined && crm === undefined) {
      arrive(o, c);
      return false;
    }
    if (outlook === undefined || crm === undefined) {
      const [goneKey, goneSide, leftKey] = outlook === undefined ? ([o, 'outlook', c] as const) : ([c, 'crm', o] as const);
      if (transits.get(goneKey)?.what !== 'deletion') transits.set(goneKey, { from: goneSide, what: 'deletion', subject: watch.seen.get(goneKey)?.subject ?? '', since: at });
      transits.delete(leftKey);
      standings.set(leftKey, 'onItsWay');
      return true;
    }
    if (isAlike(outlook, crm)) {
      arrive(o, c);
      standings.set(o, 'inStep').set(c, 'inStep');
      return true;
    }
    if (crm.isPrivate && !transits.has(o) && !transits.has(c)) {
      // What a private record shows is the rule's: it may rest, or follow its times no more. Nobody waits for that.
      standings.set(o, 'here').set(c, 'here');
      return true;
    }
    for (const [key, side, item] of [[o, 'outlook', outlook], [c, 'crm', crm]] as const) {
      const before = watch.seen.get(key);
      if (before !== undefined && before.signature !== signatureOf(item) && !transits.has(key) && !transits.has(key === o ? c : o)) transits.set(key, { from: side, what: 'change', subject: item.subject, since: at });
    }
    standings.set(o, 'onItsWay').set(c, 'onItsWay');
    return true;
  });

  for (const side of ['outlook', 'crm'] as const) {
    for (const item of now[side]) {
      const key = keyOf(side, item.id);
      if (standings.has(key)) continue;
      const isNew = !watch.isFirst && !watch.seen.has(key) && item.madeFor === null && item.isAwaited;
      if (isNew && !transits.has(key)) transits.set(key, { from: side, what: 'new', subject: item.subject, since: at });
      standings.set(key, transits.has(key) ? 'onItsWay' : 'here');
    }
  }
  const linked = new Set(links.flatMap(({ outlook, crm }) => [keyOf('outlook', outlook), keyOf('crm', crm)]));
  for (const [key, { what }] of transits) {
    // Created and removed again before it ever arrived, or removed where it stood alone: nobody waits for that.
    if (!items.has(key) && !linked.has(key) && (watch.seen.has(key) || what === 'deletion')) transits.delete(key);
  }
  const seen = new Map([...items].map(([key, item]) => [key, { signature: signatureOf(item), subject: item.subject }] as const));
  return { watch: { links, transits, seen, isFirst: false }, arrivals, standings };
}

/** What is private in Outlook is on its way until the record is private, too; a mask says the same as far as it shows anything. */
function isAlike(outlook: Shown, crm: Shown): boolean {
  if (outlook.isPrivate && !crm.isPrivate) return false;
  return signatureOf(outlook) === signatureOf(crm) || (outlook.isPrivate && maskOf(outlook) === maskOf(crm));
}

function maskOf({ showAs, allDay, start, end }: Shown): string {
  return JSON.stringify([showAs, allDay, start, end]);
}

/** Unlinked items that say the same, one to one; only then those of which one may be the mask of the other. */
function newLinks(links: readonly Link[], { outlook, crm }: BothSides): Link[] {
  const same = linksBy(signatureOf, links, outlook, crm);
  const isMask = ({ isPrivate, madeFor }: Shown): boolean => isPrivate && madeFor !== null;
  return [...same, ...linksBy(maskOf, [...links, ...same], outlook.filter(({ isPrivate }) => isPrivate), crm.filter(isMask))];
}

function linksBy(sign: (item: Shown) => string, links: readonly Link[], outlook: readonly Shown[], crm: readonly Shown[]): Link[] {
  const [takenOutlook, takenCrm] = [new Set(links.map((link) => link.outlook)), new Set(links.map((link) => link.crm))];
  const waiting = new Map<string, string[]>();
  for (const item of crm) {
    if (takenCrm.has(item.id)) continue;
    const signature = sign(item);
    waiting.set(signature, [...(waiting.get(signature) ?? []), item.id]);
  }
  return outlook.flatMap((item) => {
    const partner = takenOutlook.has(item.id) ? undefined : waiting.get(sign(item))?.shift();
    return partner === undefined ? [] : [{ outlook: item.id, crm: partner }];
  });
}
