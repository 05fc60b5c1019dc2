import { PortFailure } from '../sync/failures.ts';
import type { DocumentContents } from '../sync/ports.ts';
import { commandFailure, errorOf } from './classify.ts';
import type { QueryCommand } from './dialect.ts';
import { theRecord } from './key-pages.ts';
import type { SchemaProfile } from './profile.ts';
import type { CrmTransport } from './transport.ts';

/** Contents of documents, read as a stream (docs/crm-interface-dialect: 8). An empty one hands over nothing, and ends. */
export function documentContents({ document }: Pick<SchemaProfile, 'document'>, transport: CrmTransport): DocumentContents {
  return {
    async open<T>(id: string, use: (chunks: AsyncIterable<Uint8Array>) => Promise<T>): Promise<{ readonly used: T } | null> {
      const where = theRecord(document, id);
      if (where === null) return null;
      const { StatNo, SeqNo, Content } = document.fields;
      const query: QueryCommand = { kind: 'query', corr: 'd', table: { table: document.table, fields: [StatNo.name, SeqNo.name, Content.name] }, where, maxRecords: 1 };
      let used: { readonly used: T } | null = null;
      const answer = await transport.read(query, Content.name, async (chunks) => {
        used = { used: await use(chunks) };
      });
      const error = errorOf(answer);
      if (error !== null) {
        const failure = commandFailure(error);
        if (failure.reason === 'notFound') return null;
        throw failure;
      }
      const found = answer.state === 'answered' && answer.returns.some(({ records }) => records.some((record) => record.id === id && !record.deleted));
      if (!found) {
        // A content without its record is none of an answer.
        if (used !== null) throw new PortFailure('crm', 'transient', 'The CRM answered the content of another document than was asked for: it is asked again later.', { code: 'answer' });
        return null;
      }
      return used ?? { used: await use(nothing()) };
    },
  };
}

async function* nothing(): AsyncIterable<Uint8Array> {
  // Empty.
}
