import { EXTERNAL_SYSTEM } from '../config/names.ts';
import { cutVisibly } from '../model/text/cut.ts';
import { PortFailure } from '../sync/failures.ts';
import type { DocumentContent, Documents, DocumentWrite, DocumentWritten, FileContent } from '../sync/ports.ts';
import type { AnswerRecord, CommandAnswer } from './answer.ts';
import { commandFailure, errorOf } from './classify.ts';
import { base64 } from './content-stream.ts';
import { countIsNot, holdable, OPTIONAL_TABLE, type Blocks, type Command, type FieldValue, type QueryCommand, type QueryTable } from './dialect.ts';
import { all, theRecord } from './key-pages.ts';
import type { SchemaProfile } from './profile.ts';
import type { CrmTransport } from './transport.ts';

export interface DocumentsOptions {
  readonly profile: SchemaProfile;
  readonly transport: CrmTransport;
  /** Cursor flag that adds records marked as deleted. */
  readonly deletedFlag: number;
}

/** What stands in a document whose content must not be seen any more. */
const ERASED_NAME = '-';
/** A web server may refuse what is too large with one of these (IIS: 404.13), before the CRM sees it. */
const TOO_LARGE: ReadonlySet<string> = new Set(['http413', 'http404']);

interface Found {
  readonly document: string;
  readonly link: string | null;
  /** A link to the record was there and is marked as deleted. */
  readonly unlinked: boolean;
  readonly deleted: boolean;
}

/** Documents and their links to activities (docs/crm-interface-dialect: 4, 8, 9). */
export function crmDocuments({ profile, transport, deletedFlag }: DocumentsOptions): Documents {
  const { activity, document, documentLink } = profile;
  const table: QueryTable = {
    table: document.table,
    fields: [document.fields.StatNo.name, document.fields.SeqNo.name],
    flags: deletedFlag,
    nested: [{ table: documentLink.table, fields: [documentLink.fields.ParentInfoArea.name, documentLink.fields.ParentId.name], flags: OPTIONAL_TABLE + deletedFlag }],
  };
  const query = (corr: string, where: Blocks): QueryCommand => ({ kind: 'query', corr, table, where });
  const byKey = (key: string): Blocks => [all(document, ['ExtSystem', '=', EXTERNAL_SYSTEM], ['ExtKey', '=', key])];

  function foundIn(answer: CommandAnswer | undefined, parent: string): Found[] {
    const linksOf = (record: AnswerRecord): AnswerRecord[] =>
      record.nested.filter((each) => each.table === documentLink.table && each.fields.get(documentLink.fields.ParentId.name) === parent && each.fields.get(documentLink.fields.ParentInfoArea.name) === activity.infoArea);
    const records = answer?.state === 'answered' ? answer.returns.flatMap((each) => each.records) : [];
    return records.map((record) => {
      const links = linksOf(record);
      return { document: record.id, deleted: record.deleted, link: links.find((each) => !each.deleted)?.id ?? null, unlinked: links.some((each) => each.deleted) };
    });
  }

  const live = (found: readonly Found[]): Found | undefined => found.find((each) => !each.deleted);

  function fieldsOf({ name, type, isPrivate, content }: DocumentContent): FieldValue[] {
    const { fields } = document;
    const plain = holdable(name).replace(/[\t\n\r/\\]/g, ' ').trim();
    return [
      { field: fields.Title.name, value: cutVisibly(plain, fields.Title.length ?? plain.length).text },
      { field: fields.FileName.name, value: fileName(plain, fields.FileName.length ?? plain.length) },
      { field: fields.MimeType.name, value: (type ?? '').slice(0, fields.MimeType.length ?? undefined) },
      { field: fields.Private.name, value: String(isPrivate) },
      { field: fields.Content.name, ...valueOf(content) },
    ];
  }

  const linkFields = (parent: string, ...more: readonly FieldValue[]) => ({
    table: documentLink.table,
    fields: [{ field: documentLink.fields.ParentInfoArea.name, value: activity.infoArea, matchup: true }, { field: documentLink.fields.ParentId.name, value: parent, matchup: true }, ...more],
  });
  const link = (corr: string, parent: string, id: string): Command => ({ kind: 'import', corr, forceInternalMatchup: true, records: [linkFields(parent, { field: documentLink.fields.DocumentId.name, value: id, matchup: true })] });

  async function find(key: string, parent: string): Promise<Found | null> {
    const { answers } = await transport.send([query('k', byKey(key))]);
    throwUnlessRefused(answers[0]);
    return live(foundIn(answers[0], parent)) ?? null;
  }

  async function create({ key, parent, file, repeated }: DocumentWrite & { readonly kind: 'create' }): Promise<DocumentWritten> {
    const made: Command = {
      kind: 'import',
      corr: 'i',
      forceInternalMatchup: true,
      records: [
        { table: document.table, fields: [{ field: document.fields.ExtSystem.name, value: EXTERNAL_SYSTEM, matchup: true }, { field: document.fields.ExtKey.name, value: key, matchup: true }, ...fieldsOf(file)] },
        linkFields(parent),
      ],
    };
    const lookUp: Command[] = repeated ? [query('k', byKey(key)), { kind: 'break', corr: 'b', when: countIsNot('k', 0) }] : [];
    const { answers } = await sendContent([...lookUp, made, query('r', byKey(key))], file.content);
    if (repeated) {
      throwUnlessRefused(answers[0]);
      const before = foundIn(answers[0], parent);
      if (before.length > 0) return adopt(before, parent);
    }
    const [import_, behind] = repeated ? answers.slice(2) : answers;
    return judge(import_, behind, parent);
  }

  /** What an earlier attempt of ours made; its link may not have been taken. */
  async function adopt(before: readonly Found[], parent: string): Promise<DocumentWritten> {
    const found = live(before);
    if (found === undefined) return { outcome: 'gone' };
    if (found.link !== null || found.unlinked) return { outcome: 'written', document: found.document, link: found.link };
    const where = theRecord(document, found.document) ?? [];
    const { answers } = await transport.send([link('i', parent, found.document), query('r', where)]);
    return judge(answers[0], answers[1], parent);
  }

  function judge(made: CommandAnswer | undefined, behind: CommandAnswer | undefined, parent: string): DocumentWritten {
    const refused = refusalOf(made);
    const found = live(foundIn(behind, parent));
    if (found === undefined) return refused ?? { outcome: 'gone' };
    return found.link === null && refused !== null ? refused : { outcome: 'written', document: found.document, link: found.link };
  }

  /** Only a document that carries our key is changed: another one may have its number after the CRM was restored from a backup. */
  async function guarded(key: string, id: string, commands: readonly Command[], content: FileContent | null): Promise<readonly CommandAnswer[] | null> {
    const [record] = theRecord(document, id) ?? [];
    if (record === undefined) return null;
    const where = byKey(key).map((block) => [...block, ...record]);
    const { answers } = await sendContent([query('g', where), { kind: 'break', corr: 'b', when: countIsNot('g', 1) }, ...commands], content);
    throwUnlessRefused(answers[0]);
    return foundIn(answers[0], '').some((each) => !each.deleted) ? answers.slice(2) : null;
  }

  async function change(key: string, id: string, fields: readonly FieldValue[], relink: string | null, content: FileContent | null): Promise<DocumentWritten> {
    const update: Command = { kind: 'update', corr: 'u', records: [{ table: document.table, id, fields }] };
    const again: Command[] = relink === null ? [] : [link('i', relink, id), query('r', theRecord(document, id) ?? [])];
    const answers = await guarded(key, id, [update, ...again], content);
    if (answers === null) return { outcome: 'gone' };
    const refused = refusalOf(answers[0]) ?? (relink === null ? null : refusalOf(answers[1]));
    if (refused !== null) return refused;
    const [found] = relink === null ? [] : foundIn(answers[2], relink);
    return { outcome: 'written', document: id, link: found?.link ?? null };
  }

  async function unlink(write: DocumentWrite & { readonly kind: 'unlink' }): Promise<DocumentWritten> {
    const { fields } = document;
    const erased: FieldValue[] = [
      { field: fields.Title.name, value: ERASED_NAME },
      { field: fields.FileName.name, value: ERASED_NAME },
      { field: fields.MimeType.name, value: '' },
      { field: fields.Private.name, value: 'true' },
      { field: fields.Content.name, value: '' },
    ];
    const commands: Command[] = [
      ...(write.link === null ? [] : [{ kind: 'delete', corr: 'd', records: [{ table: documentLink.table, id: write.link }] } satisfies Command]),
      ...(write.erase ? [{ kind: 'update', corr: 'u', records: [{ table: document.table, id: write.document, fields: erased }] } satisfies Command] : []),
    ];
    if (commands.length === 0) return { outcome: 'written', document: write.document, link: null };
    const answers = await guarded(write.key, write.document, commands, null);
    if (answers === null) return { outcome: 'gone' };
    for (const answer of answers) {
      // Taken away by a person already.
      if (errorOf(answer)?.code === '404') continue;
      const refused = refusalOf(answer);
      if (refused !== null) return refused;
    }
    return { outcome: 'written', document: write.document, link: null };
  }

  /** A document that no web server takes is that document's problem. */
  async function sendContent(commands: readonly Command[], content: FileContent | null): Promise<{ readonly answers: readonly CommandAnswer[] }> {
    try {
      return await (content !== null && 'chunks' in content ? transport.send(commands, content.chunks) : transport.send(commands));
    } catch (failure) {
      const code = failure instanceof PortFailure && failure.port === 'crm' ? (failure.details.code ?? '') : '';
      if (content !== null && TOO_LARGE.has(code)) throw new PortFailure('crm', 'recordRejected', 'The web server before the CRM does not take a document of this size: raise its limit, or lower appointments.attachments.toCrm.maxMegabytes.', { code });
      throw failure;
    }
  }

  return {
    find,
    async write(write) {
      try {
        switch (write.kind) {
          case 'create':
            return await create(write);
          case 'update':
            return await change(write.key, write.document, fieldsOf(write.file), write.relink, write.file.content);
          case 'flag':
            return await change(write.key, write.document, [{ field: document.fields.Private.name, value: String(write.isPrivate) }], null, null);
          case 'unlink':
            return await unlink(write);
        }
      } catch (failure) {
        if (failure instanceof PortFailure && failure.port === 'crm' && failure.reason === 'recordRejected') return { outcome: 'rejected', code: failure.details.code ?? 'rejected' };
        throw failure;
      }
    },
  };
}

function valueOf(content: FileContent): Pick<FieldValue, 'value' | 'streamed'> {
  return 'bytes' in content ? { value: base64(content.bytes) } : { value: '', streamed: true };
}

/** What is too long loses letters before its ending. */
function fileName(name: string, length: number): string {
  if (name.length <= length) return name;
  const ending = /\.[^.]{1,10}$/.exec(name)?.[0] ?? '';
  return `${cutVisibly(name.slice(0, name.length - ending.length), length - ending.length).text}${ending}`;
}

/** The refusal that is this document's; every other error of the command is thrown. */
function refusalOf(answer: CommandAnswer | undefined): DocumentWritten | null {
  const error = answer?.state === 'answered' ? errorOf(answer) : { code: 'unknown', field: null };
  if (error === null) return null;
  const failure = commandFailure(error);
  if (failure.reason === 'recordRejected' || failure.reason === 'notFound') return { outcome: 'rejected', code: error.code };
  throw new PortFailure(failure.port, failure.reason, failure.message, { ...failure.details, outcomeUnknown: true });
}

function throwUnlessRefused(answer: CommandAnswer | undefined): void {
  const refused = refusalOf(answer);
  if (refused !== null) throw new PortFailure('crm', 'configuration', 'The CRM does not take the query of documents: check crm.profile and the rights of the rep.', {});
}
