import type { Instant } from '../model/time/instant.ts';
import type { KindPass } from './context.ts';
import { nameHash, ownAttachments, shownAs, type Kept, type PairDocument, type PairDocuments } from './documents-plan.ts';
import { hashOf } from './file-hash.ts';
import type { Pair } from './pair.ts';
import type { Attachment, EventFiles } from './ports.ts';
import { idHash } from './rows.ts';

/** A request that was not answered may still be carried out for so long (design 5.4). */
export const MAY_STILL_RUN_MS = 120_000;

export interface OwnSeen {
  readonly documents: PairDocuments;
  /** The attachments that are none of people's: those of documents, and what was taken away and may still be listed. */
  readonly isOwn: (attachment: Attachment) => boolean;
  /** What people did to attachments of documents. */
  readonly done: readonly Kept[];
  /** Attachments that an earlier request has made after all, or taken away. */
  readonly found: number;
  readonly taken: number;
  /** When it can be told of all of them; null = now. */
  readonly again: Instant | null;
}

/**
 * What became in Outlook of the attachments that were made of documents. One that was saved again as it was is followed; one that a person changed is his
 * own from then on, and one that he deleted stays deleted. What an unanswered request of ours attached is known by its name and its content.
 */
export async function lookAtOwn(pass: KindPass, files: Pick<EventFiles, 'open'>, pair: Pair, known: PairDocuments, attachments: readonly Attachment[]): Promise<OwnSeen> {
  const look = new Look(pass, files, pair, known, attachments);
  for (const [id, member] of Object.entries(known.members)) await look.at(id, member);
  return look.seen();
}

class Look {
  private readonly pass: KindPass;
  private readonly files: Pick<EventFiles, 'open'>;
  private readonly eventId: string;
  private readonly known: PairDocuments;
  private readonly members: Record<string, PairDocument>;
  private readonly listed: ReadonlyMap<string, Attachment>;
  /** Neither a document's nor known to have come from Outlook. */
  private readonly unknown: Map<string, Attachment>;
  private readonly done: Kept[] = [];
  private gone: Readonly<Record<string, Instant>>;
  private found = 0;
  private taken = 0;
  private again: Instant | null = null;

  constructor(pass: KindPass, files: Pick<EventFiles, 'open'>, pair: Pair, known: PairDocuments, attachments: readonly Attachment[]) {
    this.pass = pass;
    this.files = files;
    this.eventId = pair.graphId ?? '';
    this.known = known;
    this.members = { ...known.members };
    this.gone = known.gone ?? {};
    const own = ownAttachments(known);
    this.listed = new Map(attachments.map((one) => [one.id, one]));
    this.unknown = new Map(attachments.filter(({ id, kind }) => kind === 'file' && !own.has(idHash(id)) && pair.files?.members[idHash(id)] === undefined).map((one) => [one.id, one]));
  }

  async at(id: string, member: PairDocument): Promise<void> {
    if (member.reserved !== undefined) await this.resolve(id, member, member.reserved);
    const now = this.members[id] ?? member;
    if (now.reserved === undefined && now.attachment !== undefined) await this.follow(id, now, now.attachment);
  }

  seen(): OwnSeen {
    const documents = { ...this.known, members: this.members, ...(Object.keys(this.gone).length === 0 ? {} : { gone: this.gone }) };
    const own = ownAttachments(documents);
    return { documents, isOwn: (attachment) => own.has(idHash(attachment.id)), done: this.done, found: this.found, taken: this.taken, again: this.again };
  }

  private async resolve(id: string, member: PairDocument, reserved: NonNullable<PairDocument['reserved']>): Promise<void> {
    const { reserved: _resolved, former: _swept, ...before } = member;
    const made = await this.sameContent(reserved.name, reserved.content);
    if (made !== null) {
      const { left: _before, late: _late, ...rest } = before;
      const former = member.former ?? member.attachment;
      this.members[id] = { ...rest, seen: reserved.seen, name: reserved.name, content: reserved.content, attachment: made.id, shown: shownAs(made), at: this.pass.now(), ...(former === undefined || former === made.id ? {} : { former }) };
      this.found += 1;
      return;
    }
    const until = reserved.at + Math.max(MAY_STILL_RUN_MS, this.pass.rules.readLagMs);
    if (this.pass.now() <= until) this.comeAgain(until + 1);
    else this.members[id] = { ...before, ...(member.former === undefined ? {} : { former: member.former }) };
  }

  private async follow(id: string, member: PairDocument, attachment: string): Promise<void> {
    const there = this.listed.get(attachment);
    if (member.going !== undefined) return this.leaves(id, member, member.going, there !== undefined);
    if (there !== undefined) {
      if (shownAs(there) === member.shown) return;
      const same = nameHash(there.name) === member.name && (await hashOf(this.files, this.eventId, there)) === member.content;
      if (same) this.members[id] = { ...member, shown: shownAs(there) };
      else this.leave(id, member, 'changedInOutlook');
      return;
    }
    const shownFrom = (member.at ?? 0) + this.pass.rules.readLagMs;
    if (this.pass.now() <= shownFrom) return this.comeAgain(shownFrom + 1);
    const successor = await this.sameContent(member.name, member.content ?? '');
    if (successor !== null) this.members[id] = { ...member, attachment: successor.id, shown: shownAs(successor) };
    else this.leave(id, member, [...this.unknown.values()].some(({ name }) => nameHash(name) === member.name) ? 'changedInOutlook' : 'deletedInOutlook');
  }

  /** We were about to take it away. While that request may still run, nothing else is known of it. */
  private leaves(id: string, { going: _over, ...member }: PairDocument, since: Instant, isListed: boolean): void {
    const until = since + Math.max(MAY_STILL_RUN_MS, this.pass.rules.readLagMs);
    if (!isListed && this.pass.now() > (member.at ?? 0) + this.pass.rules.readLagMs) {
      const { attachment, content: _content, shown: _shown, at: _at, ...rest } = member;
      this.members[id] = { ...rest, seen: '' };
      if (attachment !== undefined) this.gone = { ...this.gone, [idHash(attachment)]: this.pass.now() };
      this.taken += 1;
    } else if (this.pass.now() <= until) this.comeAgain(until + 1);
    else this.members[id] = member;
  }

  /** One that nobody knows, of this name and content. */
  private async sameContent(name: string, content: string): Promise<Attachment | null> {
    for (const one of this.unknown.values()) {
      if (nameHash(one.name) !== name || (await hashOf(this.files, this.eventId, one)) !== content) continue;
      this.unknown.delete(one.id);
      return one;
    }
    return null;
  }

  private leave(id: string, { attachment: _his, content: _content, shown: _shown, at: _at, ...rest }: PairDocument, why: Kept): void {
    this.members[id] = { ...rest, left: why };
    this.done.push(why);
  }

  private comeAgain(at: Instant): void {
    this.again = Math.max(this.again ?? 0, at);
  }
}
