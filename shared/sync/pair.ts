import { createHash } from 'node:crypto';
import type { Instant } from '../model/time/instant.ts';
import type { PairDocuments } from './documents-plan.ts';
import type { PairFiles } from './files-plan.ts';
import type { InSeries, Side, SideItem } from './ports.ts';

/** Fingerprints of the last common content of a field group, one per side: a side changed only if its own moved (design 4). */
export interface Base {
  readonly graph: string;
  readonly crm: string;
}

/** What was about to be written, kept before it is sent: whoever finds it knows what the other side's content means (design 5.1). */
export interface Intent {
  readonly action: 'create' | 'update' | 'delete';
  readonly at: Instant;
  /** Fingerprints that the written side will show, per group written. */
  readonly intended: Readonly<Record<string, string>>;
  /** Fingerprints of the side the values came from, as read then. */
  readonly source: Readonly<Record<string, string>>;
  /** Fingerprints of the side to be written, as read then: where it still shows them, nothing was written. */
  readonly held?: Readonly<Record<string, string>>;
  /** Fingerprints that the other side was to show, per group written to both: of a set each side may bring its own members. */
  readonly toOther?: Readonly<Record<string, string>>;
}

export interface Seen {
  /** Version (ETag, stamp) of the last content that was read and worked. */
  readonly version: string;
  readonly modified: Instant;
  /** Of a masked item: fingerprint of what is behind the mask. */
  readonly hidden?: string;
}

/**
 * active: followed both ways. ended: one side is gone and the other kept, or both are gone: never taken in again (tombstone). undecided: one item of which
 * nobody could tell whether the other side has it: left alone until an admin says (adoption.ts).
 */
export type PairState = 'active' | 'ended' | 'undecided';

export interface Pair {
  readonly pairId: string;
  readonly kind: string;
  readonly generation: number;
  readonly graphId: string | null;
  readonly crmId: string | null;
  readonly state: PairState;
  /** A copy of somebody else's meeting, shown in the CRM one way (scope A5, A6). */
  readonly published?: true;
  /** Its record is that of an organizer who left the list; the copy tells what becomes of its owner's part in it (left-behind.ts). */
  readonly leftBehind?: LeftBehind;
  /** iCalUId of the meeting that the mailbox's owner organizes: by it others know their copies for his. */
  readonly iCalUId?: string;
  /** Its record was given to another rep and its event taken away for it: where the record comes back, it begins anew. */
  readonly givenAway?: true;
  /** Our deletion of its event was sent for this version at this time, nobody answered, and the event was there still: it may go yet (given-away.ts). */
  readonly mayGo?: { readonly version: string; readonly at: Instant };
  /** The mailbox was this rep's until now, and has got another one: while the record is still his, nobody gave it away (new-rep.ts). */
  readonly ofRep?: number;
  /** The key that the record had when this pair met it, where another pair's create had left it there (given away, copied). */
  readonly bornAs?: string;
  /** Fingerprint of the event whose edits were written to the record after it had been given away: once is enough. */
  readonly handedOver?: string;
  readonly normaliser: number;
  readonly base: Readonly<Record<string, Base>>;
  readonly seen: { readonly graph?: Seen; readonly crm?: Seen };
  readonly intents: { readonly graph?: Intent; readonly crm?: Intent };
  /** Attempts of a create whose outcome is not known, oldest first; each that brought something else. Any of them may have taken effect, and what people did since is seen against the one that did. */
  readonly creates?: readonly Intent[];
  /** Updates of the event whose answer was lost and that a look-up did not find: they may take effect still (late.ts). */
  readonly unfound?: readonly Unfound[];
  /** Groups of such updates in which somebody edited the event since: he may have seen what we had written, so that his edit stays (design 5.1). With the base that it was sent for: another one ends it. */
  readonly writtenOver?: Readonly<Record<string, string>>;
  /** A create on this side was sent without a known outcome: the next one goes behind a look-up. */
  readonly tried: { readonly graph?: Tried; readonly crm?: Tried };
  /** Stamp of the first read that showed content not yet merged, with that content's fingerprint: `newer` compares these. */
  readonly firstSeen: { readonly graph?: FirstSeen; readonly crm?: FirstSeen };
  /** Not everything read could be applied: both sides are read anew before the next plan. */
  readonly unsettled: boolean;
  readonly refused: Refused | null;
  /** Sides known to be gone. */
  readonly gone: { readonly graph?: Instant; readonly crm?: Instant };
  readonly span: { readonly start: Instant; readonly end: Instant };
  /** Graph: the event is this occurrence of a series. */
  readonly series?: InSeries;
  /** The occurrence is gone from its series though nobody took it out: since when. It may be in the other half of a series that was split (design 4). */
  readonly lostSince?: Instant;
  /** Values in the CRM that an occurrence cannot hold, by group: they stay there, and are not tried again. */
  readonly unheld?: Readonly<Record<string, string>>;
  /** Values of additional fields that stay where they are, by group (side and fingerprint): each is told once. */
  readonly unfit?: Readonly<Record<string, string>>;
  /** Groups of which a side holds more than the other can show (images, cut texts): an edit of the short form must not overwrite it. */
  readonly fuller: { readonly graph?: readonly string[]; readonly crm?: readonly string[] };
  /** Writes of a group that did not stick, or that put a side right, today (epoch day): at most three. */
  readonly corrections: { readonly day: number; readonly counts: Readonly<Record<string, number>> };
  /** Last reason told in the journal: told again only when it changes. */
  readonly told: string | null;
  /** Private in Outlook and not for the CRM: the record shows the mask, or is about to (scope A13). */
  readonly concealed?: true;
  /** Its deletion waits for an admin's answer (the deletion guard, design 6.7). */
  readonly held?: Held;
  /** Its deletion was let through: what comes again (not sent, overtaken, found after a crash) is not judged and counted a second time. */
  readonly letGo?: LetGo;
  /** A write to Graph waits for an admin's answer, because of the mail that Graph would send for it (the mail guard, design 6.6). */
  readonly mailHeld?: MailHeld;
  /** The address in CRM.web that its event carries, as a fingerprint, and where. */
  readonly webLink?: { readonly address: string; readonly where: 'body' | 'property' };
  /** A write that mails was let through: the same one is not judged and counted a second time. */
  readonly mailLetGo?: MailLetGo;
  /** Its attachments and their documents; absent where there never were any. */
  readonly files?: PairFiles;
  /** The documents of its record that people linked to it, and their attachments. */
  readonly documents?: PairDocuments;
  /** Adopted by its content: which of its attachments the record has as documents already nobody can tell, so that none is written (adoption.ts). */
  readonly filesLeft?: true;
}

/** What a copy told of a meeting whose organizer left the list, noted before it is written. */
export interface LeftBehind {
  /** The owner was taken off the record: the role that he had. */
  readonly takenOff?: string;
  /** The record was marked as deleted with this copy, the last one. */
  readonly marked?: true;
}

export interface Unfound {
  /** Version that it was sent for. */
  readonly version: string;
  readonly intent: Intent;
}

export interface Held {
  /** Where the survivor is: the side on which the deletion would be written. */
  readonly side: Side;
  readonly reason: 'deletedInOutlook' | 'deletedInCrm' | 'givenAway';
  /** Which limit held it: that of the mailbox, of the tenant, or that the whole calendar was empty at once. */
  readonly limit: HeldBy;
  readonly since: Instant;
}

export type HeldBy = 'mailbox' | 'tenant' | 'emptied';

export interface MailHeld {
  readonly action: 'create' | 'update' | 'delete';
  /** How many would be mailed. */
  readonly recipients: number;
  readonly since: Instant;
  /** Hash of the write and of how many it mails: where a person changes the meeting again, it is another one. */
  readonly write: string;
}

export interface MailLetGo extends LetGo {
  readonly recipients: number;
  readonly write: string;
}

export interface LetGo {
  readonly at: Instant;
  /** `series`: with another occurrence of the same series, which was counted for all of them. */
  readonly by: 'count' | 'series' | 'admin';
}

/**
 * lost: it may have taken effect. exists: the other side says that the key is taken. spent: it said so when the key was sent for the first time: it is from
 * a life of the item that we know nothing of any more, because the state was lost.
 */
export type Tried = 'lost' | 'exists' | 'spent';

export interface FirstSeen {
  readonly content: string;
  readonly modified: Instant;
}

export interface Refused {
  readonly side: Side;
  readonly code: string;
  /** Fingerprint of the content that was refused. */
  readonly content: string;
  readonly at: Instant;
}

/** What a row of an older version may lack. */
export const OLDER_PAIR: Partial<Pair> = { generation: 1, state: 'active', normaliser: 0, base: {}, seen: {}, intents: {}, tried: {}, firstSeen: {}, unsettled: false, refused: null, gone: {}, fuller: {}, corrections: { day: 0, counts: {} }, told: null };

/** Deterministic and lower-case hex, as external keys must be (dialect 9): the same item makes the same pair on every worker. */
export function pairIdFor(tenantId: string, mailboxId: string, kind: string, origin: Side, originId: string, generation: number): string {
  return createHash('sha256').update([tenantId, mailboxId, kind, origin, originId, generation].join('\n')).digest('hex').slice(0, 40);
}

export function newPair(pairId: string, kind: string, origin: Side, item: SideItem, normaliser: number): Pair {
  return {
    pairId,
    kind,
    generation: 1,
    graphId: origin === 'graph' ? item.id : null,
    crmId: origin === 'crm' ? item.id : null,
    state: 'active',
    ...(item.meeting?.role === 'attendee' ? { published: true as const } : {}),
    ...organized(item),
    ...(origin === 'crm' ? bornAs(pairId, item) : {}),
    normaliser,
    base: {},
    seen: { [origin]: { version: item.version, modified: item.modified } },
    intents: {},
    tried: {},
    firstSeen: {},
    unsettled: false,
    refused: null,
    gone: {},
    span: item.span,
    ...inSeries(item),
    fuller: {},
    corrections: { day: 0, counts: {} },
    told: null,
  };
}

/** What a pair keeps of the key that its record has. */
export function bornAs(pairId: string, record: SideItem): Pick<Pair, 'bornAs'> {
  return record.key === null || record.key === pairId ? {} : { bornAs: record.key };
}

/**
 * The record under this number is not the one that the pair follows: another create made it. A CRM that was restored from a backup gives the numbers of
 * lost records again.
 */
export function isAnother(pair: Pair, record: SideItem): boolean {
  return record.key !== null && record.key !== pair.pairId && record.key !== pair.bornAs;
}

/** What a pair keeps of a meeting that its mailbox organizes. */
export function organized({ meeting }: SideItem): Pick<Pair, 'iCalUId'> {
  return meeting?.role === 'organizer' && meeting.iCalUId !== null ? { iCalUId: meeting.iCalUId } : {};
}

/** What a pair keeps of an occurrence. */
function inSeries({ series }: SideItem): Pick<Pair, 'series'> {
  return series === undefined ? {} : { series };
}

/** Seen where it stands: of which series, if any, and lost no more. */
export function inSeriesNow(pair: Pair, item: SideItem): Pair {
  const { series: _before, lostSince: _found, ...rest } = pair;
  return { ...rest, ...inSeries(item) };
}

export function idOn(pair: Pair, side: Side): string | null {
  return side === 'graph' ? pair.graphId : pair.crmId;
}

export function otherSide(side: Side): Side {
  return side === 'graph' ? 'crm' : 'graph';
}

/** The item on this side is the one that is gone, and its deletion is held: nothing is asked for it until it is answered or shows again. */
export function isMissed(pair: Pair, side: Side): boolean {
  return pair.held !== undefined && pair.held.side !== side;
}

/** The pair without what the deletion guard noted. */
export function unguarded(pair: Pair): Pair {
  const { held: _held, letGo: _letGo, ...rest } = pair;
  return rest;
}

/** The pair without what the mail guard noted. */
export function unmailed(pair: Pair): Pair {
  const { mailHeld: _held, mailLetGo: _letGo, ...rest } = pair;
  return rest;
}

/** What was let through has arrived: the next one is judged, even if it looks the same. */
export function withoutMailLetGo(pair: Pair): Pair {
  const { mailLetGo: _arrived, ...rest } = pair;
  return rest;
}

export function hasIntent(pair: Pair): boolean {
  return pair.intents.graph !== undefined || pair.intents.crm !== undefined;
}

/** A group's base from what the written side shows and what its source showed then. */
export function baseOf(side: Side, written: string, source: string): Base {
  return side === 'graph' ? { graph: written, crm: source } : { graph: source, crm: written };
}

/** So many attempts of one create are known: the first, and the last ones. */
const ATTEMPTS = 4;

/** With one attempt more; what brings the same as the one before stands for both. */
export function withAttempt(creates: readonly Intent[], attempt: Intent): readonly Intent[] {
  const before = JSON.stringify(creates.at(-1)?.intended) === JSON.stringify(attempt.intended) ? creates.slice(0, -1) : creates;
  return before.length < ATTEMPTS ? [...before, attempt] : [...before.slice(0, 1), ...before.slice(2 - ATTEMPTS), attempt];
}

/** The intent as base: what was to be written counts as the last common content. */
export function withIntentAsBase(pair: Pair, side: Side): Pair {
  const last = pair.intents[side];
  const intent = last?.action === 'create' ? (pair.creates?.[0] ?? last) : last;
  if (intent === undefined) return pair;
  const bases = Object.fromEntries(Object.entries(intent.intended).map(([group, intended]) => [group, baseOf(side, intended, intent.source[group] ?? '')]));
  return { ...pair, base: { ...pair.base, ...bases } };
}
