import { createHash } from 'node:crypto';
import { fingerprint } from '../model/content.ts';
import type { Instant } from '../model/time/instant.ts';
import { StopPass, type KindPass } from './context.ts';
import { PortFailure } from './failures.ts';
import { lookAtOwn, MAY_STILL_RUN_MS } from './documents-known.ts';
import { reservedUntil, showsDocuments } from './documents-plan.ts';
import { hashed, hashOf } from './file-hash.ts';
import { planFiles, type FileStep, type Left, type PairFile, type PairFiles } from './files-plan.ts';
import { hasIntent, type Pair } from './pair.ts';
import type { Attachment, DocumentWritten, FileContent, FileSides, SideItem } from './ports.ts';
import type { Work } from './work.ts';

/**
 * The attachments of events as documents of their records (scope A10). They are no field group: nothing of them is known without a request of its own, so
 * that the events are brought in step first, and a pair whose event may show other attachments than before says so in its row until they were looked at.
 */

const PRIVATE = fingerprint('private');
/** Behind what is not known yet. */
const AGAIN_MS = 60_000;
/** Where documents are still to be looked at for the first time, and could not be. */
const AFTER_DOCUMENTS_MS = 15 * 60_000;

/** The pair with the mark that its attachments are to be looked at, where its event as it was read may have others than before. */
export function withFilesDue(pass: KindPass, pair: Pair, { graph }: Pick<Work, 'graph'>): Pair {
  if (pass.sides.files === undefined || graph.state !== 'present' || graph.item.series !== undefined) return pair;
  const { item } = graph;
  const { files } = pair;
  if (!mayHaveFiles(pair, item)) return pair;
  const { mark } = pass.rules.files;
  if (files !== undefined && files.version === item.version && files.mark === mark && files.due === undefined) return pair;
  pass.openFiles.add(pair.pairId);
  // Found again by this, whatever becomes of the pass.
  pass.lease.note({ reserved: true });
  return { ...pair, files: { version: item.version, mark, due: 'now', changed: item.modified, members: files?.members ?? {} } };
}

/** Whether the net has to bring this item because of its attachments: its content says nothing of them. */
export function filesDiffer(pass: KindPass, pair: Pair, item: SideItem): boolean {
  if (pass.sides.files === undefined || item.series !== undefined || !mayHaveFiles(pair, item)) return false;
  // Where an attachment moved nothing of its event, that there is one at all is all that is seen.
  const shows = item.files === true;
  return pair.files === undefined || pair.files.version !== item.version || pair.files.mark !== pass.rules.files.mark || shows !== (Object.keys(pair.files.members).length > 0 || showsDocuments(pair.documents));
}

function mayHaveFiles({ files, filesLeft }: Pair, item: SideItem): boolean {
  if (filesLeft === true) return false;
  return item.files === true || (files !== undefined && Object.keys(files.members).length > 0);
}

/** What an earlier pass did not get to. */
export async function findOpenFiles(pass: KindPass): Promise<void> {
  if (pass.sides.files === undefined) return;
  for (const pair of await pass.pairs.all()) if (pair.files?.due !== undefined && mayBeWorked(pair)) pass.openFiles.add(pair.pairId);
}

/** Only where both items are there, and nothing else of them waits: what does comes back, and brings its attachments with it. */
function mayBeWorked(pair: Pair): boolean {
  return pair.state === 'active' && pair.graphId !== null && pair.crmId !== null && !hasIntent(pair) && (pair.told === null || isWithheld(pair));
}

function isWithheld({ concealed, told }: Pair): boolean {
  return concealed === true || told === 'notInScope:private';
}

/** Looks at every pair that is due. Throws StopPass where one of the two systems is in trouble: what was done is saved. */
export async function syncFiles(pass: KindPass): Promise<void> {
  const { files } = pass.sides;
  for (const pairId of [...pass.openFiles]) {
    pass.checkBudget();
    const pair = pass.pairs.get(pairId);
    const known = pair?.files;
    if (files !== undefined && pair !== undefined && known?.due !== undefined && mayBeWorked(pair)) {
      const worked = known.due === 'now' || isCaughtUp(pass, known) ? await syncOne(pass, files, pair, known) : 'again';
      // By a row of its own: a reservation that stands would make every ring until then a whole pass.
      if (worked === 'again' && pair.graphId !== null) pass.defer(pass.pending('graph', pair.graphId, 'retry', known.changed + pass.rules.readLagMs + 1));
      if (typeof worked === 'number' && pair.graphId !== null) pass.defer(pass.pending('graph', pair.graphId, 'retry', worked));
    }
    pass.openFiles.delete(pairId);
  }
}

/** Until then a copy that is behind may list what was there before the change (lagging.ts). */
function isCaughtUp(pass: KindPass, { changed }: PairFiles): boolean {
  return pass.now() > changed + pass.rules.readLagMs;
}

async function syncOne(pass: KindPass, sides: FileSides, before: Pair, known: PairFiles): Promise<'done' | 'again' | Instant> {
  const withheld = isWithheld(before);
  // What is made of a document at this moment is not told from what a person attached.
  const unknownUntil = pass.sides.documents === undefined || withheld ? null : reservedUntil(before.documents, Math.max(MAY_STILL_RUN_MS, pass.rules.readLagMs));
  if (unknownUntil !== null) return Math.max(unknownUntil, pass.now() + AGAIN_MS) + 1;
  // Nor what they were to be before anybody has looked.
  if (before.documents?.due === true && before.documents.mark === '' && pass.sides.documents !== undefined && !withheld) return pass.now() + AFTER_DOCUMENTS_MS;
  const listed = withheld ? [] : await sides.graph.list(before.graphId ?? '');
  const settled = withheld || isCaughtUp(pass, known);
  // Gone since it was read: whoever tells that it is gone tells the rest, too.
  if (listed === null) return settled ? 'done' : 'again';
  const { pair, attachments } = withheld ? { pair: before, attachments: listed } : await withoutOwn(pass, sides, before, listed);
  const isPrivate = pair.base['privacy']?.graph === PRIVATE;
  const { steps, forgotten } = planFiles({ pairId: pair.pairId, members: known.members, attachments, withheld, isPrivate, rules: pass.rules.files });
  const work = new FileWork(pass, sides, pair, known, isPrivate);
  work.forget(forgotten);
  await work.reserve(steps);
  let failure: PortFailure | null = null;
  let current: FileStep | null = null;
  try {
    for (const step of steps) {
      current = step;
      await work.carryOut(step);
    }
  } catch (caught) {
    if (!(caught instanceof PortFailure)) throw caught;
    failure = caught;
    if (current !== null && caught.details.code === 'timeout') work.tooLate(current);
  }
  await work.save(failure !== null ? 'now' : settled ? null : 'again');
  if (failure !== null) throw new StopPass(failure, null);
  return settled ? 'done' : 'again';
}

/** Attachments that were made of documents are none of people's, until a person changes one. */
async function withoutOwn(pass: KindPass, { graph }: FileSides, pair: Pair, listed: readonly Attachment[]): Promise<{ readonly pair: Pair; readonly attachments: readonly Attachment[] }> {
  if (pair.documents === undefined) return { pair, attachments: listed };
  const { documents, isOwn, done, taken } = await lookAtOwn(pass, graph, pair, pair.documents, listed);
  const { pairId, graphId, crmId } = pair;
  for (const detail of done) pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'left', side: 'crm', reason: 'document', detail, pairId, graphId, crmId, groups: ['attachments'] });
  for (let one = 0; one < taken; one += 1) pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'deleted', side: 'graph', reason: 'documentRemoved', pairId, graphId, crmId, groups: ['attachments'] });
  return { pair: { ...pair, documents }, attachments: listed.filter((one) => !isOwn(one)) };
}

/** One pair's attachments on their way. */
class FileWork {
  private readonly pass: KindPass;
  private readonly sides: FileSides;
  private pair: Pair;
  private readonly files: PairFiles;
  private readonly isPrivate: boolean;
  private members: Record<string, PairFile>;

  constructor(pass: KindPass, sides: FileSides, pair: Pair, files: PairFiles, isPrivate: boolean) {
    this.pass = pass;
    this.sides = sides;
    this.pair = pair;
    this.files = files;
    this.isPrivate = isPrivate;
    this.members = { ...files.members };
  }

  forget(ids: readonly string[]): void {
    for (const id of ids) this.drop(id);
  }

  /** Before anything is sent, the table knows of it: a document that an unknown answer may have made is looked for under its key. */
  async reserve(steps: readonly FileStep[]): Promise<void> {
    const sending = steps.filter(({ kind }) => kind !== 'leave');
    for (const step of sending) {
      const id = step.kind === 'update' ? step.before : step.id;
      // As it was before: what is to be done is found out anew from that.
      this.members[id] = { ...(this.members[id] ?? step.member), reserved: true };
    }
    if (sending.length > 0) await this.commit(this.files);
  }

  tooLate(step: FileStep): void {
    const id = step.kind === 'update' ? step.before : step.id;
    const member = this.members[id];
    if (member !== undefined) this.members[id] = { ...member, late: (member.late ?? 0) + 1 };
  }

  /** The members as they are now; null: everything was looked at. */
  async save(due: PairFiles['due'] | null): Promise<void> {
    const { due: _worked, ...rest } = this.files;
    await this.commit(due == null ? rest : { ...rest, due });
  }

  async carryOut(step: FileStep): Promise<void> {
    switch (step.kind) {
      case 'create':
        return this.create(step);
      case 'update':
        return this.update(step);
      case 'flag':
        return this.settle(step.id, step.member, await this.sides.crm.write({ kind: 'flag', key: step.member.key, document: step.member.document ?? '', isPrivate: this.isPrivate }), 'updated');
      case 'hide':
      case 'unlink':
        return this.takeAway(step);
      case 'leave':
        return this.leave(step.id, step.member, step.why);
    }
  }

  private async create({ id, attachment, member }: FileStep & { readonly kind: 'create' }): Promise<void> {
    const parent = this.pair.crmId ?? '';
    // Reserved before this pass: it may be there.
    const repeated = this.files.members[id]?.reserved !== undefined;
    const sent = await this.send(attachment, (file) => this.sides.crm.write({ kind: 'create', key: member.key, parent, file, repeated }));
    if (sent === null) return;
    this.settle(id, { ...member, content: sent.content }, sent.written, 'created');
  }

  private async update({ id, before, attachment, member }: FileStep & { readonly kind: 'update' }): Promise<void> {
    const shown = member.hidden !== true && member.left === undefined && this.files.members[before]?.reserved === undefined;
    if (shown && (await hashOf(this.sides.graph, this.pair.graphId ?? '', attachment)) === member.content) {
      // Put there again as it was.
      this.move(before, id, { ...member });
      return;
    }
    const relink = member.hidden === true ? (this.pair.crmId ?? '') : null;
    const sent = await this.send(attachment, (file) => this.sides.crm.write({ kind: 'update', key: member.key, document: member.document ?? '', file, relink }));
    if (sent === null) return;
    const link = sent.written.outcome === 'written' && relink === null ? (member.link ?? null) : null;
    const written = sent.written.outcome === 'written' && link !== null ? { ...sent.written, link } : sent.written;
    if (before !== id) this.drop(before);
    this.settle(id, { ...member, content: sent.content }, written, 'updated');
  }

  /** Of a document whose making was never confirmed only the key is known. */
  private async takeAway({ kind, id, member }: FileStep & { readonly kind: 'hide' | 'unlink' }): Promise<void> {
    const known = member.document === undefined ? await this.sides.crm.find(member.key, this.pair.crmId ?? '') : { document: member.document, link: member.link ?? null };
    if (known === null) {
      this.drop(id);
      return;
    }
    const written = await this.sides.crm.write({ kind: 'unlink', key: member.key, ...known, erase: kind === 'hide' });
    if (written.outcome === 'rejected') return this.leave(id, { ...member, document: known.document }, 'refused', written.code);
    if (written.outcome === 'gone') {
      this.drop(id);
      return;
    }
    this.tell(kind === 'hide' ? 'updated' : 'deleted', kind === 'hide' ? 'private' : 'attachmentRemoved');
    if (kind === 'unlink') {
      this.drop(id);
      return;
    }
    const { link: _gone, content: _erased, reserved: _done, late: _late, ...rest } = member;
    this.members[id] = { ...rest, document: known.document, hidden: true };
  }

  /** The content on its way from one side to the other; null where the attachment is gone by now: the next version of its event tells. */
  private async send(attachment: Attachment, write: (file: { name: string; type: string | null; isPrivate: boolean; content: FileContent }) => Promise<DocumentWritten>): Promise<{ written: DocumentWritten; content: string } | null> {
    const hash = createHash('sha256');
    const opened = await this.sides.graph.open(this.pair.graphId ?? '', attachment, (content) => write({ name: attachment.name, type: attachment.type, isPrivate: this.isPrivate, content: hashed(content, hash) }));
    if (opened === null) return null;
    this.pass.count('files');
    return { written: opened.used, content: hash.digest('base64url') };
  }

  private settle(id: string, member: PairFile, written: DocumentWritten, action: 'created' | 'updated'): void {
    if (written.outcome === 'gone') return this.leave(id, member, 'deletedInCrm');
    if (written.outcome === 'rejected') return this.leave(id, member, 'refused', written.code);
    const { reserved: _done, late: _late, left: _before, hidden: _hidden, link: _link, isPrivate: _flag, ...rest } = member;
    const link = written.link ?? (action === 'updated' && member.hidden !== true ? member.link : undefined);
    this.members[id] = { ...rest, document: written.document, ...(link === undefined ? {} : { link }), ...(this.isPrivate ? { isPrivate: true as const } : {}) };
    this.tell(action, 'attachment');
  }

  private leave(id: string, member: PairFile, why: Left, code?: string): void {
    // Told once, and again where it is another reason.
    if (this.files.members[id]?.left !== why) this.tell(why === 'refused' ? 'refused' : 'left', code === undefined ? 'attachment' : `attachment ${code}`, why);
    const { reserved, late: _late, ...rest } = member;
    this.members[id] = { ...rest, left: why, ...(why === 'refused' && member.document === undefined && reserved !== undefined ? { reserved } : {}) };
  }

  private move(before: string, id: string, { reserved: _done, ...member }: PairFile): void {
    this.drop(before);
    this.members[id] = member;
  }

  private drop(id: string): void {
    const { [id]: _gone, ...rest } = this.members;
    this.members = rest;
  }

  private tell(action: 'created' | 'updated' | 'deleted' | 'left' | 'refused', reason: string, detail?: string): void {
    const { pairId, graphId, crmId } = this.pair;
    this.pass.journal.add({ at: this.pass.now(), kind: this.pass.kind.name, action, side: action === 'left' ? 'graph' : 'crm', reason, pairId, graphId, crmId, groups: ['attachments'], ...(detail === undefined ? {} : { detail }) });
  }

  private async commit(files: PairFiles): Promise<void> {
    this.pair = { ...this.pair, files: { ...files, members: this.members } };
    await this.pass.commit([this.pass.pairs.changes(this.pair)]);
    this.pass.pairs.remember(this.pair);
  }
}
