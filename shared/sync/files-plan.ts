/**
 * What is to be done about the attachments of one event and the documents that were made of them (scope A10). One member for each attachment, with what
 * was seen of it when its document was written. An application cannot change an attachment, and people's programs replace it: what is gone and has a
 * successor of the same name was changed. Pure, like the plan.
 */
import { createHash } from 'node:crypto';
import { filePrint } from '../model/file-print.ts';
import type { Instant } from '../model/time/instant.ts';
import type { Attachment } from './ports.ts';
import { idHash } from './rows.ts';

export interface FileRules {
  /** Bytes. */
  readonly largest: number;
  /** Endings of names, lower case; empty = all. */
  readonly types: readonly string[];
  readonly exceptTypes: readonly string[];
  /** Fingerprint of these rules and of those that say what is shown of private items. */
  readonly mark: string;
}

/** One attachment and its document; by the hash of the attachment's id. */
export interface PairFile {
  /** External key of the document, made of the first attachment that it came from: it stays with the document. */
  readonly key: string;
  /** Hash of the attachment's name. */
  readonly name: string;
  /** Fingerprint of the attachment as it was when it was last worked. */
  readonly seen: string;
  /** Hash of the content that was written. */
  readonly content?: string;
  readonly document?: string;
  readonly link?: string;
  readonly isPrivate?: true;
  /** A write was about to be sent. */
  readonly reserved?: true;
  /** So often it took too long. */
  readonly late?: number;
  /** Why it has no document, or has one that is not followed. */
  readonly left?: Left;
  /** Its document shows nothing, because the appointment is private. */
  readonly hidden?: true;
}

export type Left = 'item' | 'reference' | 'tooLarge' | 'type' | 'refused' | 'deletedInCrm';

export interface PairFiles {
  /** Version of the event for which they were listed. */
  readonly version: string;
  readonly mark: string;
  /** They are to be looked at: the event was seen in this version. `again`: they were, by a list that may have been behind. */
  readonly due?: 'now' | 'again';
  /** When the event was changed. */
  readonly changed: Instant;
  readonly members: Readonly<Record<string, PairFile>>;
}

export type FileStep =
  | { readonly kind: 'create'; readonly id: string; readonly attachment: Attachment; readonly member: PairFile }
  /** `before`: the member that this attachment follows, where it is another one. */
  | { readonly kind: 'update'; readonly id: string; readonly before: string; readonly attachment: Attachment; readonly member: PairFile }
  | { readonly kind: 'flag'; readonly id: string; readonly member: PairFile }
  /** The attachment is gone. */
  | { readonly kind: 'unlink'; readonly id: string; readonly member: PairFile }
  /** The appointment became private. */
  | { readonly kind: 'hide'; readonly id: string; readonly member: PairFile }
  | { readonly kind: 'leave'; readonly id: string; readonly member: PairFile; readonly why: Left };

export interface FilesInput {
  readonly pairId: string;
  readonly members: Readonly<Record<string, PairFile>>;
  /** Of the event as it is now; not read where nothing of it may be shown. */
  readonly attachments: readonly Attachment[];
  /** Nothing of the appointment may be shown in the CRM. */
  readonly withheld: boolean;
  readonly isPrivate: boolean;
  readonly rules: FileRules;
}

export interface FilesPlan {
  readonly steps: readonly FileStep[];
  /** Members of which nothing remains to be done or known. */
  readonly forgotten: readonly string[];
}

/** So often a document may take too long before it counts as refused: a large one may never come through. */
const TRIES = 5;

export function planFiles(input: FilesInput): FilesPlan {
  const { members } = input;
  const all = Object.entries(members);
  if (input.withheld) {
    const shown = all.filter(([, { hidden, document, reserved }]) => hidden !== true && (document !== undefined || reserved !== undefined));
    return { steps: shown.map(([id, member]) => ({ kind: 'hide', id, member })), forgotten: all.flatMap(([id, { document, reserved }]) => (document === undefined && reserved === undefined ? [id] : [])) };
  }
  const steps: FileStep[] = [];
  const attachments = new Map(input.attachments.filter(({ inline }) => !inline).map((attachment) => [idHash(attachment.id), attachment]));
  const unknown = new Map([...attachments].filter(([id]) => members[id] === undefined));
  const forgotten: string[] = [];
  for (const [id, member] of all) {
    const attachment = attachments.get(id);
    if (attachment !== undefined) {
      steps.push(...follow(input, id, id, attachment, member));
      continue;
    }
    // A document that a person deleted stays so, whatever takes the attachment's place.
    const successor = [...unknown].find(([, one]) => nameHash(one) === member.name);
    if (successor !== undefined && (member.document !== undefined || member.left === 'deletedInCrm')) {
      unknown.delete(successor[0]);
      steps.push(...follow(input, successor[0], id, successor[1], member));
    } else if (member.hidden === true || (member.document === undefined && member.reserved === undefined)) forgotten.push(id);
    else steps.push({ kind: 'unlink', id, member });
  }
  for (const [id, attachment] of unknown) {
    const member: PairFile = { key: documentKey(input.pairId, attachment.id), name: nameHash(attachment), seen: seenOf(attachment) };
    const why = whyLeft(attachment, input.rules);
    steps.push(why === null ? { kind: 'create', id, attachment, member } : { kind: 'leave', id, member, why });
  }
  return { steps, forgotten };
}

/** A member whose attachment is there, under its own id or as another one of the same name. */
function follow({ rules, isPrivate }: FilesInput, id: string, before: string, attachment: Attachment, member: PairFile): FileStep[] {
  const seen = seenOf(attachment);
  const moved = seen !== member.seen || before !== id;
  const why = whyLeft(attachment, rules);
  if (member.left === 'deletedInCrm') return moved ? [{ kind: 'leave', id, member: { ...member, seen }, why: member.left }] : [];
  if (!moved && (member.late ?? 0) >= TRIES && member.left !== 'refused') return [{ kind: 'leave', id, member, why: 'refused' }];
  if (why !== null) {
    // A document that was made stays as it is, and is followed no more until the rules take it again.
    return member.left === why && !moved ? [] : [{ kind: 'leave', id, member: { ...member, seen }, why }];
  }
  if (member.left === 'refused' && !moved) return [];
  const { late: _before, ...fresh } = member;
  const next: PairFile = { ...(moved ? fresh : member), seen };
  if (member.document === undefined) return [{ kind: 'create', id, attachment, member: next }];
  if (moved || member.hidden === true || member.left !== undefined || member.reserved !== undefined) return [{ kind: 'update', id, before, attachment, member: next }];
  return (member.isPrivate === true) === isPrivate ? [] : [{ kind: 'flag', id, member }];
}

function whyLeft({ kind, name, size }: Attachment, rules: FileRules): Left | null {
  if (kind !== 'file') return kind;
  if (!isTaken(name, rules)) return 'type';
  return size > rules.largest ? 'tooLarge' : null;
}

/** By the ending of its name. */
export function isTaken(name: string, { types, exceptTypes }: FileRules): boolean {
  const ending = /\.([^.]+)$/.exec(name.trim().toLowerCase())?.[1] ?? '';
  return !exceptTypes.includes(ending) && (types.length === 0 || types.includes(ending));
}

/** Lower-case hex, as external keys must be (docs/crm-interface-dialect: 9). */
function documentKey(pairId: string, attachmentId: string): string {
  return createHash('sha256').update(`${pairId}\n${attachmentId}`).digest('hex').slice(0, 40);
}

function seenOf({ kind, name, type, size, modified }: Attachment): string {
  return filePrint([kind, name, type, size, modified]);
}

function nameHash({ name }: Attachment): string {
  return filePrint(name.trim().toLowerCase());
}
