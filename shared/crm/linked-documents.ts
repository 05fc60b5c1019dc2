import { EXTERNAL_SYSTEM } from '../config/names.ts';
import { filePrint } from '../model/file-print.ts';
import type { LinkedDocument } from '../sync/ports.ts';
import type { AnswerRecord } from './answer.ts';
import { OPTIONAL_TABLE, type QueryTable } from './dialect.ts';
import type { SchemaProfile } from './profile.ts';
import { compareRecordIds } from './record-id.ts';
import { readBoolean } from './values.ts';

/** The documents of activities, nested in whatever reads one: the poll and a pass must see the same of them (docs/crm-interface-dialect: 8, 9). */
export interface LinkedDocuments {
  /** Link and document, those marked as deleted included: only a mark says that one was taken away. */
  readonly nested: QueryTable;
  /** In the order of their record ids. Documents that we made of attachments are none of people's. */
  read(record: AnswerRecord): readonly LinkedDocument[];
  /** Moves with every change of documents and links: one that is taken off and linked again is there as before, and a pass may have seen it gone. */
  moves(record: AnswerRecord): string[][];
}

export function linkedDocuments({ document, documentLink }: SchemaProfile, deletedFlag: number): LinkedDocuments {
  const { fields } = document;
  const read = ['StatNo', 'SeqNo', 'UpdDate', 'UpdTime', 'Title', 'FileName', 'MimeType', 'Private', 'ExtSystem'] as const;
  const flags = OPTIONAL_TABLE + deletedFlag;
  const stamps = ['UpdDate', 'UpdTime'] as const;

  function documentOf(record: AnswerRecord, unlinked: boolean): LinkedDocument {
    const value = (name: (typeof read)[number]): string => record.fields.get(fields[name].name) ?? '';
    const name = value('FileName').trim() || value('Title').trim();
    const isPrivate = readBoolean(value('Private'));
    const type = value('MimeType').trim() || null;
    return { id: record.id, state: unlinked || record.deleted ? 'gone' : 'there', name, type, isPrivate, version: filePrint([value('UpdDate'), value('UpdTime'), name, type, isPrivate]).slice(0, 16) };
  }

  const self: LinkedDocuments = {
    nested: { table: documentLink.table, fields: (['DocumentId', ...stamps] as const).map((name) => documentLink.fields[name].name), flags, nested: [{ table: document.table, fields: read.map((name) => fields[name].name), flags }] },
    read(record) {
      const found = new Map<string, LinkedDocument>();
      for (const link of record.nested.filter(({ table }) => table === documentLink.table)) {
        for (const each of link.nested.filter(({ table, fields: values }) => table === document.table && !isOurs(values.get(fields.ExtSystem.name)))) {
          // Linked twice, and one of the links taken away: it is there.
          if (found.get(each.id)?.state !== 'there') found.set(each.id, documentOf(each, link.deleted));
        }
      }
      return [...found.values()].sort((a, b) => compareRecordIds(a.id, b.id));
    },
    moves(record) {
      const documents = self.read(record);
      if (documents.length === 0) return [];
      const links = record.nested.filter(({ table, nested }) => table === documentLink.table && nested.some((each) => documents.some(({ id }) => id === each.id)));
      return [...documents.map(({ id, state, version }) => [id, state, version]), ...links.sort((a, b) => compareRecordIds(a.id, b.id)).map((link) => [link.id, ...stamps.map((name) => link.fields.get(documentLink.fields[name].name) ?? '')])];
    },
  };
  return self;
}

/** Made of an attachment by this connector: its content comes from Outlook, and never goes back there. */
export function isOurs(externalSystem: string | undefined): boolean {
  return (externalSystem ?? '').trim().toUpperCase() === EXTERNAL_SYSTEM;
}
