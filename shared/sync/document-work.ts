import { createHash } from 'node:crypto';
import type { Instant } from '../model/time/instant.ts';
import type { KindPass } from './context.ts';
import { lookAtOwn, MAY_STILL_RUN_MS } from './documents-known.ts';
import { nameHash, ownAttachments, shownAs, type DocumentStep, type Kept, type PairDocument, type PairDocuments } from './documents-plan.ts';
import { PortFailure } from './failures.ts';
import { hashing } from './file-hash.ts';
import type { Pair } from './pair.ts';
import { SENT_IN_PARTS_FROM, type Attachment, type DocumentSides, type LinkedDocument, type NewFile, type SideItem } from './ports.ts';
import { idHash } from './rows.ts';

/** So long a list may show what was taken away, and more. */
const FORGET_GONE_MS = 86_400_000;

/** One pair's documents on their way. */
export class DocumentWork {
  members: Readonly<Record<string, PairDocument>>;
  again: Instant | null = null;
  private readonly pass: KindPass;
  private readonly sides: DocumentSides;
  private pair: Pair;
  private readonly before: PairDocuments;
  private gone: Readonly<Record<string, Instant>>;

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
    return Object.values(this.members).some(({ reserved, former }) => reserved !== undefined || former !== undefined);
  }

  /** What is attached now: what people did to it, and what an earlier request has made after all. */
  async see(attachments: readonly Attachment[], event: SideItem): Promise<void> {
    const { documents, done, found, again } = await lookAtOwn(this.pass, this.sides.graph, this.pair, { ...this.before, members: this.members }, attachments);
    this.members = documents.members;
    this.again = again;
    for (const why of done) this.tell('left', 'document', why);
    for (let one = 0; one < found; one += 1) this.tell('created', 'document');
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
        await this.takeAway(step.member);
        this.tell('deleted', 'documentRemoved');
        return this.drop(step.id);
      case 'withdraw': {
        await this.takeAway(step.member);
        this.tell('deleted', step.why);
        const { attachment: _gone, content: _content, shown: _shown, at: _at, ...rest } = step.member;
        return this.set(step.id, { ...rest, left: step.why });
      }
      case 'keep':
      case 'forget':
        return this.note(step);
    }
  }

  /** The members as they are now. */
  async save(done: boolean): Promise<void> {
    await this.commit(done ? { mark: this.pass.rules.documents.mark } : { mark: this.before.mark, due: true });
  }

  private async put(id: string, document: LinkedDocument, member: PairDocument): Promise<void> {
    const { version: seen, type } = document;
    const name = fileName(document.name);
    const secret = document.isPrivate ? { secret: true as const } : {};
    let reserved = false;
    try {
      const opened = await this.sides.crm.open(id, (chunks) => measure(chunks));
      // Gone since it was read: the next reading tells.
      if (opened === null) return;
      const { size, hash, bytes } = opened.used;
      if (size === 0) return this.keep(id, { ...member, seen }, 'empty');
      if (size > this.pass.rules.documents.largest) return this.keep(id, { ...member, seen }, 'tooLarge');
      const { left: _left, late: _late, secret: _secret, ...fresh } = member;
      if (member.attachment !== undefined && member.content === hash && member.name === nameHash(name)) return this.set(id, { ...fresh, seen, ...secret });
      // Before anything is sent, the table knows of it: an attachment has no key, so that an unknown answer is looked for by what it holds.
      const about = { at: this.pass.now(), content: hash, name: nameHash(name), seen };
      this.set(id, { ...member, reserved: about });
      await this.commit({ mark: this.before.mark, due: true });
      reserved = true;
      const content: NewFile['content'] = bytes === null ? { chunks: (use) => this.readAgain(id, hash, use) } : { bytes };
      const made = (await this.sides.graph.attach(this.pair.graphId ?? '', { name, type, size, content })) ?? (await this.listedAs(about.name, size));
      this.pass.count('documents');
      if (made === null) {
        this.comeAgain(about.at + Math.max(MAY_STILL_RUN_MS, this.pass.rules.readLagMs) + 1);
        return;
      }
      const after: PairDocument = { ...fresh, ...secret, seen, name: about.name, content: hash, attachment: made.id, shown: shownAs(made), at: this.pass.now() };
      this.set(id, after);
      this.tell(member.attachment === undefined ? 'created' : 'updated', 'document');
      if (member.attachment !== undefined) await this.sweep(id, { ...after, former: member.attachment }, member.attachment);
    } catch (failure) {
      if (!(failure instanceof PortFailure)) throw failure;
      const open = reserved && this.members[id]?.reserved !== undefined;
      if (failure.port === 'graph' && failure.details.outcomeUnknown === true && open) throw failure;
      if (open) this.set(id, member);
      if (failure.details.code === 'timeout') this.set(id, { ...(this.members[id] ?? member), late: { version: seen, count: (member.late?.version === seen ? member.late.count : 0) + 1 } });
      if (failure.reason === 'recordRejected') return this.keep(id, { ...(this.members[id] ?? member), seen }, 'refused', failure.details.code);
      throw failure;
    }
  }

  /** A large one is read twice rather than held: as long as it is the same. */
  private async readAgain(id: string, expected: string, use: (chunks: AsyncIterable<Uint8Array>) => Promise<void>): Promise<void> {
    const opened = await this.sides.crm.open(id, (chunks) => use(unchanged(chunks, expected)));
    if (opened === null) throw changedMeanwhile();
  }

  /** Of what was sent in parts the answer shows nothing (graph.md 5.10). */
  private async listedAs(name: string, size: number): Promise<Attachment | null> {
    const own = ownAttachments({ ...this.before, members: this.members, gone: this.gone });
    const known = this.pair.files?.members ?? {};
    const attachments = (await this.sides.graph.list(this.pair.graphId ?? '')) ?? [];
    const fits = attachments.filter((one) => one.kind === 'file' && nameHash(one.name) === name && !own.has(idHash(one.id)) && known[idHash(one.id)] === undefined && Math.abs(one.size - size) <= size / 10);
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

  private async takeAway({ attachment }: PairDocument): Promise<void> {
    if (attachment === undefined) return;
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

  private tell(action: 'created' | 'updated' | 'deleted' | 'left' | 'refused', reason: string, detail?: string): void {
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
