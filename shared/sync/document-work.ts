import { createHash } from 'node:crypto';
import type { Instant } from '../model/time/instant.ts';
import type { KindPass } from './context.ts';
import { lookAtOwn, MAY_STILL_RUN_MS } from './documents-known.ts';
import { nameHash, ownAttachments, shownAs, type DocumentStep, type Kept, type PairDocument, type PairDocuments } from './documents-plan.ts';
import { PortFailure } from './failures.ts';
import { hashing, hashOf } from './file-hash.ts';
import type { Pair } from './pair.ts';
import { SENT_IN_PARTS_FROM, type Attachment, type DocumentSides, type LinkedDocument, type NewFile, type SideItem } from './ports.ts';
import { idHash } from './rows.ts';

/** So long a list may show what was taken away, and more. */
const FORGET_GONE_MS = 86_400_000;
/** What is sent in parts is read once more meanwhile: so long after it was reserved its last part may still leave. */
const LONGEST_UPLOAD_MS = 200_000;

/** One pair's documents on their way. */
export class DocumentWork {
  members: Readonly<Record<string, PairDocument>>;
  again: Instant | null = null;
  private readonly pass: KindPass;
  private readonly sides: DocumentSides;
  private pair: Pair;
  private readonly before: PairDocuments;
  private gone: Readonly<Record<string, Instant>>;
  /** What was listed before anything was sent. */
  private listed: readonly Attachment[] = [];

  constructor(pass: KindPass, sides: DocumentSides, pair: Pair, known: PairDocuments) {
    this.pass = pass;
    this.sides = sides;
    this.pair = pair;
    this.before = known;
    this.members = known.members;
    this.gone = Object.fromEntries(Object.entries(known.gone ?? {}).filter(([, at]) => at + FORGET_GONE_MS > pass.now()));
  }

  /** Something of an earlier pass is not done, or not known. */
  get isOpen(): boolean {
    return Object.values(this.members).some(({ reserved, former, going }) => reserved !== undefined || former !== undefined || going !== undefined);
  }

  /** What is attached now: what people did to it, and what an earlier request has made after all. */
  async see(attachments: readonly Attachment[], event: SideItem): Promise<void> {
    const { documents, done, found, taken, again } = await lookAtOwn(this.pass, this.sides.graph, this.pair, { ...this.before, members: this.members, gone: this.gone }, attachments);
    this.members = documents.members;
    this.gone = documents.gone ?? {};
    this.listed = attachments;
    this.again = again;
    for (const why of done) this.tell('left', 'document', why);
    for (let one = 0; one < found; one += 1) this.tell('created', 'document');
    for (let one = 0; one < taken; one += 1) this.tell('deleted', 'documentRemoved');
    if (event.meeting !== undefined) return;
    for (const [id, member] of Object.entries(this.members)) if (member.former !== undefined && member.reserved === undefined) await this.sweep(id, member, member.former);
  }

  /** Steps that send nothing. */
  note(step: DocumentStep): void {
    if (step.kind === 'forget') this.drop(step.id);
    if (step.kind === 'keep') this.keep(step.id, step.member, step.why);
  }

  async carryOut(step: DocumentStep): Promise<void> {
    switch (step.kind) {
      case 'put':
        return this.put(step.id, step.document, step.member);
      case 'remove':
        await this.takeAway(step.id, step.member);
        this.tell('deleted', 'documentRemoved');
        return this.drop(step.id);
      case 'withdraw': {
        await this.takeAway(step.id, step.member);
        this.tell('deleted', step.why);
        const { attachment: _gone, content: _content, shown: _shown, at: _at, going: _went, ...rest } = step.member;
        return this.set(step.id, { ...rest, left: step.why });
      }
      case 'keep':
      case 'forget':
        return this.note(step);
    }
  }

  /** The members as they are now. `looked`: every document was looked at, under today's rules. */
  async save(looked: boolean): Promise<void> {
    await this.commit({ mark: looked ? this.pass.rules.documents.mark : this.before.mark, ...(looked && this.again === null ? {} : { due: true as const }) });
  }

  private async put(id: string, document: LinkedDocument, member: PairDocument): Promise<void> {
    const { type } = document;
    let seen = document.version;
    const name = fileName(document.name);
    const secret = document.isPrivate ? { secret: true as const } : {};
    let reserved = false;
    try {
      const opened = await this.sides.crm.open(id, (chunks) => measure(chunks));
      // Gone since it was read: the next reading tells.
      if (opened === null) return;
      const { size, hash, bytes } = opened.used;
      if (opened.settlesInMs !== null) {
        // Saved once more within this second its stamp would be the same, and nobody would look.
        seen = '';
        this.comeAgain(this.pass.now() + opened.settlesInMs + 1);
      }
      if (size === 0) return this.keep(id, { ...member, seen }, 'empty');
      if (size > this.pass.rules.documents.largest) return this.keep(id, { ...member, seen }, 'tooLarge');
      const { left: _left, late: _late, secret: _secret, going, ...fresh } = member;
      if (member.attachment !== undefined && going === undefined && member.content === hash && member.name === nameHash(name)) return this.set(id, { ...fresh, seen, ...secret });
      const kept = (attachment: Attachment): PairDocument => ({ ...fresh, ...secret, seen, name: nameHash(name), content: hash, attachment: attachment.id, shown: shownAs(attachment), at: this.pass.now() });
      const there = this.isFirstLook ? await this.thereAlready(nameHash(name), size, hash) : null;
      if (there !== null) {
        this.set(id, kept(there));
        return this.tell('adopted', 'document');
      }
      // Before anything is sent, the table knows of it: an attachment has no key, so that an unknown answer is looked for by what it holds.
      const about = { at: this.pass.now() + (bytes === null ? LONGEST_UPLOAD_MS : 0), content: hash, name: nameHash(name), seen };
      this.set(id, { ...member, reserved: about });
      await this.commit({ mark: this.before.mark, due: true });
      reserved = true;
      const content: NewFile['content'] = bytes === null ? { chunks: (use) => this.readAgain(id, hash, use) } : { bytes };
      const made = (await this.sides.graph.attach(this.pair.graphId ?? '', { name, type, size, content })) ?? (await this.listedAs(about.name, size));
      this.pass.count('documents');
      if (made === null) {
        this.sentBy(id, about);
        return;
      }
      const after = kept(made);
      this.set(id, after);
      this.tell(member.attachment === undefined ? 'created' : 'updated', 'document');
      if (member.attachment !== undefined) await this.sweep(id, { ...after, former: member.attachment }, member.attachment);
    } catch (failure) {
      if (!(failure instanceof PortFailure)) throw failure;
      const open = reserved && this.members[id]?.reserved !== undefined;
      if (failure.port === 'graph' && failure.details.outcomeUnknown === true && open) {
        this.sentBy(id, this.members[id]?.reserved);
        throw failure;
      }
      if (open) this.set(id, member);
      if (failure.details.code === 'timeout') this.set(id, { ...(this.members[id] ?? member), late: { version: document.version, count: (member.late?.version === document.version ? member.late.count : 0) + 1 } });
      if (failure.reason === 'recordRejected') return this.keep(id, { ...(this.members[id] ?? member), seen }, 'refused', failure.details.code);
      throw failure;
    }
  }

  /** By now whatever was to be sent has left: what has come of it shows before long. */
  private sentBy(id: string, reserved: PairDocument['reserved']): void {
    const now = this.pass.now();
    const member = this.members[id];
    if (member !== undefined && reserved !== undefined) this.set(id, { ...member, reserved: { ...reserved, at: Math.min(now, reserved.at) } });
    this.comeAgain(now + Math.max(MAY_STILL_RUN_MS, this.pass.rules.readLagMs) + 1);
  }

  /** A large one is read twice rather than held: as long as it is the same. */
  private async readAgain(id: string, expected: string, use: (chunks: AsyncIterable<Uint8Array>) => Promise<void>): Promise<void> {
    const opened = await this.sides.crm.open(id, (chunks) => use(unchanged(chunks, expected)));
    if (opened === null) throw changedMeanwhile();
  }

  /** Nothing is known of what was attached before: as after a state that was lost. */
  private get isFirstLook(): boolean {
    return this.before.mark === '';
  }

  /** What stands on both sides already, as it is, is taken as it is (design 4). */
  private async thereAlready(name: string, size: number, content: string): Promise<Attachment | null> {
    for (const one of this.likely(this.listed, name, size)) if ((await hashOf(this.sides.graph, this.pair.graphId ?? '', one)) === content) return one;
    return null;
  }

  /** Files of this name and about this size of which nothing is known. */
  private likely(attachments: readonly Attachment[], name: string, size: number): readonly Attachment[] {
    const own = ownAttachments({ ...this.before, members: this.members, gone: this.gone });
    const known = this.pair.files?.members ?? {};
    return attachments.filter((one) => one.kind === 'file' && nameHash(one.name) === name && !own.has(idHash(one.id)) && known[idHash(one.id)] === undefined && Math.abs(one.size - size) <= Math.max(1_000, size / 10));
  }

  /** Of what was sent in parts the answer shows nothing (graph.md 5.10). */
  private async listedAs(name: string, size: number): Promise<Attachment | null> {
    const attachments = (await this.sides.graph.list(this.pair.graphId ?? '')) ?? [];
    // A list that is behind shows only what was there before, perhaps a person's file of this name.
    const fits = this.likely(attachments, name, size).filter(({ id }) => this.listed.every((before) => before.id !== id));
    // Where there is more than one, its content tells, later.
    return fits.length === 1 ? (fits[0] ?? null) : null;
  }

  private async sweep(id: string, member: PairDocument, former: string): Promise<void> {
    this.set(id, member);
    await this.sides.graph.detach(this.pair.graphId ?? '', former);
    this.gone = { ...this.gone, [idHash(former)]: this.pass.now() };
    const { former: _gone, ...rest } = member;
    this.set(id, rest);
  }

  private async takeAway(id: string, member: PairDocument): Promise<void> {
    const { attachment } = member;
    if (attachment === undefined) return;
    // Before it is sent, the table knows of it: without an answer, what is not there any more would look like a person's deletion.
    this.set(id, { ...member, going: this.pass.now() });
    await this.commit({ mark: this.before.mark, due: true });
    await this.sides.graph.detach(this.pair.graphId ?? '', attachment);
    this.gone = { ...this.gone, [idHash(attachment)]: this.pass.now() };
  }

  private keep(id: string, member: PairDocument, why: Kept, code?: string): void {
    // Told once, and again where it is another reason, or another version.
    const told = this.before.members[id];
    if (told?.left !== why || told.seen !== member.seen) this.tell(why === 'refused' ? 'refused' : 'left', code === undefined ? 'document' : `document ${code}`, why);
    this.set(id, { ...member, left: why });
  }

  private set(id: string, member: PairDocument): void {
    this.members = { ...this.members, [id]: member };
  }

  private drop(id: string): void {
    const { [id]: _gone, ...rest } = this.members;
    this.members = rest;
  }

  private comeAgain(at: Instant): void {
    this.again = Math.max(this.again ?? 0, at);
  }

  private tell(action: 'created' | 'adopted' | 'updated' | 'deleted' | 'left' | 'refused', reason: string, detail?: string): void {
    const { pairId, graphId, crmId } = this.pair;
    this.pass.journal.add({ at: this.pass.now(), kind: this.pass.kind.name, action, side: action === 'left' ? 'crm' : 'graph', reason, pairId, graphId, crmId, groups: ['attachments'], ...(detail === undefined ? {} : { detail }) });
  }

  private async commit(documents: Pick<PairDocuments, 'mark' | 'due'>): Promise<void> {
    this.pair = { ...this.pair, documents: { ...documents, members: this.members, ...(Object.keys(this.gone).length === 0 ? {} : { gone: this.gone }) } };
    await this.pass.commit([this.pass.pairs.changes(this.pair)]);
    this.pass.pairs.remember(this.pair);
  }
}

interface Measured {
  readonly size: number;
  readonly hash: string;
  /** Null where it is too large to be held. */
  readonly bytes: Uint8Array | null;
}

async function measure(chunks: AsyncIterable<Uint8Array>): Promise<Measured> {
  const hash = createHash('sha256');
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of hashing(chunks, hash)) {
    size += part.length;
    if (size < SENT_IN_PARTS_FROM) parts.push(part);
    else parts = [];
  }
  return { size, hash: hash.digest('base64url'), bytes: size < SENT_IN_PARTS_FROM ? new Uint8Array(Buffer.concat(parts)) : null };
}

/** Ends well only where the content is what was measured. */
async function* unchanged(chunks: AsyncIterable<Uint8Array>, expected: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  yield* hashing(chunks, hash);
  if (hash.digest('base64url') !== expected) throw changedMeanwhile();
}

function changedMeanwhile(): PortFailure {
  return new PortFailure('crm', 'transient', 'A document was changed while it was read: it is read again later.', { code: 'changedMeanwhile', retryAfterMs: 15_000 });
}

function fileName(name: string): string {
  return name.replace(/[\u0000-\u001f/\\]/g, ' ').trim() || 'document';
}
