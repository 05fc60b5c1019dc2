import type { AnswerRecord } from './answer.ts';
import { OPTIONAL_TABLE, type Blocks, type QueryTable } from './dialect.ts';
import { all, behind, both, stampedSince } from './key-pages.ts';
import { isOurs } from './linked-documents.ts';
import type { SchemaProfile } from './profile.ts';

/** A table of the change poll whose records lead to activities. */
export interface ChangedDocuments {
  readonly table: QueryTable;
  /** Stamped since then, and behind this record in key order. */
  where(from: { readonly date: string; readonly time: string }, after: string | null): Blocks;
  /** The activities that such a record belongs to. */
  activities(record: AnswerRecord): readonly string[];
}

/**
 * A change of a document, or of its link, stamps that row and not its activity, as with participants (docs/crm-interface-dialect: 9): both tables are asked.
 * What we made of attachments rings nobody.
 */
export function changedDocuments({ activity, document, documentLink }: SchemaProfile, deletedFlag: number): { readonly links: ChangedDocuments; readonly documents: ChangedDocuments } {
  const parent = [documentLink.fields.ParentInfoArea.name, documentLink.fields.ParentId.name];
  const system = document.fields.ExtSystem.name;
  const linkTable = (flags: number, more: Partial<QueryTable>): QueryTable => ({ table: documentLink.table, fields: parent, flags, ...more });
  const documentTable = (flags: number, more: Partial<QueryTable>): QueryTable => ({ table: document.table, fields: [system], flags, ...more });
  const nested = OPTIONAL_TABLE + deletedFlag;

  function activityOf(link: AnswerRecord): string[] {
    const [area = '', id = ''] = parent.map((name) => link.fields.get(name) ?? '');
    return area === activity.infoArea && /^\d{1,20}$/.test(id) ? [id] : [];
  }
  const within = (record: AnswerRecord, table: string): AnswerRecord[] => record.nested.filter((each) => each.table === table);

  return {
    links: {
      table: linkTable(deletedFlag, { nested: [documentTable(nested, {})] }),
      where: (from, after) => both([all(documentLink, ['ParentInfoArea', '=', activity.infoArea])], both(stampedSince(documentLink, from), behind(documentLink, after))),
      activities: (link) => (within(link, document.table).some(({ fields }) => isOurs(fields.get(system))) ? [] : activityOf(link)),
    },
    documents: {
      table: documentTable(deletedFlag, { nested: [linkTable(nested, {})] }),
      where: (from, after) => both(stampedSince(document, from), behind(document, after)),
      activities: (record) => (isOurs(record.fields.get(system)) ? [] : within(record, documentLink.table).flatMap(activityOf)),
    },
  };
}
