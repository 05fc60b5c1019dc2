/**
 * What is to be done about the documents that people linked to one record and the attachments that were made of them (scope A11). One member for each
 * document, with what was seen of it when it was last worked. Pure, like the plan.
 */
import { filePrint } from '../model/file-print.ts';
import type { Instant } from '../model/time/instant.ts';
import { isTaken, type FileRules } from './files-plan.ts';
import type { Attachment, LinkedDocument, SideItem } from './ports.ts';
import { idHash } from './rows.ts';

/** One document and its attachment; by the document's record id. */
export interface PairDocument {
  /** Version of the document that was worked; empty where it is to be looked at again. */
  readonly seen: string;
  /** Hash of the attachment's name. */
  readonly name: string;
  /** Hash of the attachment's content, as we made it. */
  readonly content?: string;
  /** The attachment that shows it. */
  readonly attachment?: string;
  /** Fingerprint of the attachment as Graph last showed it untouched. */
  readonly shown?: string;
  /** When it was attached: a list that is behind does not show it yet. */
  readonly at?: Instant;
  /** It was about to be taken away, then: not there any more means by us, and by no person. */
  readonly going?: Instant;
  /** Its predecessor, which is to be taken away. */
  readonly former?: string;
  /** A file of this content was about to be attached. */
  readonly reserved?: { readonly at: Instant; readonly content: string; readonly name: string; readonly seen: string };
  /** So often this version took too long. */
  readonly late?: { readonly version: string; readonly count: number };
  /** The document is private: so is its appointment, or it has no attachment. */
  readonly secret?: true;
  /** Why it has no attachment, or has one that is not followed. */
  readonly left?: Kept;
}

/** Kept in the CRM: others are invited; private, and its appointment is not; no content; what a person did to the attachment in Outlook; or as of attachments. */
export type Kept = 'meeting' | 'private' | 'empty' | 'tooLarge' | 'type' | 'refused' | 'deletedInOutlook' | 'changedInOutlook';

export interface PairDocuments {
  readonly mark: string;
  /** They are to be looked at. */
  readonly due?: true;
  readonly members: Readonly<Record<string, PairDocument>>;
  /** Attachments that were taken away, by the hash of their id, and when: a list that is behind still shows them. */
  readonly gone?: Readonly<Record<string, Instant>>;
}

export type DocumentStep =
  | { readonly kind: 'put'; readonly id: string; readonly document: LinkedDocument; readonly member: PairDocument }
  /** Its attachment goes, and it is followed no more for now. */
  | { readonly kind: 'withdraw'; readonly id: string; readonly member: PairDocument; readonly why: Kept }
  /** The document, or its link, is gone. */
  | { readonly kind: 'remove'; readonly id: string; readonly member: PairDocument }
  | { readonly kind: 'keep'; readonly id: string; readonly member: PairDocument; readonly why: Kept }
  | { readonly kind: 'forget'; readonly id: string };

export interface DocumentsInput {
  readonly members: Readonly<Record<string, PairDocument>>;
  readonly documents: readonly LinkedDocument[];
  readonly rules: FileRules;
  /** Others are invited: nothing may be written to the event. */
  readonly isMeeting: boolean;
  /** The appointment is private. */
  readonly isPrivate: boolean;
  /** Under other rules than the last time: what they kept in the CRM is looked at anew. */
  readonly anew: boolean;
}

/** So often a document may take too long before it counts as refused: a large one may never come through. */
const TRIES = 5;
/** Neither other rules nor another version change anything about what a person did. */
const BY_PERSON: ReadonlySet<string> = new Set(['deletedInOutlook', 'changedInOutlook'] satisfies Kept[]);
/** Ends when the event is another one. */
const BY_EVENT: ReadonlySet<string> = new Set(['meeting', 'private'] satisfies Kept[]);

/** Nothing for what was about to be attached and may be: that is found out first. */
export function planDocuments(input: DocumentsInput): DocumentStep[] {
  return input.documents.flatMap((document): DocumentStep[] => {
    const member = input.members[document.id];
    if (member?.reserved !== undefined) return [];
    return document.state === 'gone' ? goneSteps(input, document.id, member) : thereSteps(input, document, member ?? { seen: '', name: nameHash(document.name) });
  });
}

function thereSteps({ rules, isMeeting, isPrivate, anew }: DocumentsInput, document: LinkedDocument, member: PairDocument): DocumentStep[] {
  const { id, version } = document;
  const { left, attachment, late } = member;
  const moved = member.seen !== version;
  const now: PairDocument = { ...member, seen: version };
  if (left !== undefined && BY_PERSON.has(left)) return moved ? [{ kind: 'keep', id, member: now, why: left }] : [];
  const why = isMeeting ? 'meeting' : document.isPrivate && !isPrivate ? 'private' : isTaken(document.name, rules) ? null : 'type';
  const exposed = why === 'private' && attachment !== undefined;
  const waits = left !== undefined && (anew || BY_EVENT.has(left));
  if (exposed) return [{ kind: 'withdraw', id, member: now, why: 'private' }];
  if (!moved && !waits) return [];
  if (why !== null) return left === why && !moved ? [] : [{ kind: 'keep', id, member: now, why }];
  if (late?.version === version && late.count >= TRIES) return [{ kind: 'keep', id, member: now, why: 'refused' }];
  return [{ kind: 'put', id, document, member }];
}

function goneSteps({ isMeeting }: DocumentsInput, id: string, member: PairDocument | undefined): DocumentStep[] {
  if (member === undefined) return [];
  // What a person made of it in Outlook is his.
  if (member.attachment === undefined || (member.left !== undefined && BY_PERSON.has(member.left))) return [{ kind: 'forget', id }];
  if (isMeeting) return member.left === 'meeting' ? [] : [{ kind: 'keep', id, member, why: 'meeting' }];
  return [{ kind: 'remove', id, member }];
}

/** Whether anything of these documents is to be worked, as far as the record tells. */
export function documentsMoved({ members, mark }: Pick<PairDocuments, 'members' | 'mark'>, documents: readonly LinkedDocument[], rules: Pick<FileRules, 'mark'>): boolean {
  return documents.some(({ id, state, version }) => {
    const member = members[id];
    if (state === 'gone') return member !== undefined && member.left !== 'meeting';
    return member?.seen !== version || mark !== rules.mark;
  });
}

/** Whether this event is another one than what kept documents in the CRM, or let them out of it. */
export function eventDecidesAnew({ members }: Pick<PairDocuments, 'members'>, event: SideItem): boolean {
  const isPrivate = event.content['privacy'] === 'private';
  return Object.values(members).some(({ left, secret, attachment, former }) => (left === 'meeting' && event.meeting === undefined) || (left === 'private' && isPrivate) || (secret === true && attachment !== undefined && left !== 'meeting' && !isPrivate && event.meeting === undefined) || (former !== undefined && event.meeting === undefined));
}

/** An attachment may have been made that nobody knows yet: until when. Null = none. */
export function reservedUntil(documents: PairDocuments | undefined, mayStillRunMs: number): Instant | null {
  const times = Object.values(documents?.members ?? {}).flatMap(({ reserved }) => (reserved === undefined ? [] : [reserved.at + mayStillRunMs]));
  return times.length === 0 ? null : Math.max(...times);
}

/** Hashes of the ids of attachments that were made of documents, and of those that were taken away of late. */
export function ownAttachments(documents: PairDocuments | undefined): ReadonlySet<string> {
  const own = Object.values(documents?.members ?? {}).flatMap(({ attachment, former }) => [attachment, former].filter((id) => id !== undefined));
  return new Set([...own.map(idHash), ...Object.keys(documents?.gone ?? {})]);
}

/** Whether the event shows attachments that were made of documents. */
export function showsDocuments(documents: PairDocuments | undefined): boolean {
  return Object.values(documents?.members ?? {}).some(({ attachment }) => attachment !== undefined);
}

export function shownAs({ name, type, size, modified }: Attachment): string {
  return filePrint([name, type, size, modified]).slice(0, 16);
}

export function nameHash(name: string): string {
  return filePrint(name.trim().toLowerCase()).slice(0, 16);
}
