import type { Instant } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { DocumentContents } from '../sync/ports.ts';
import type { AnswerRecord } from './answer.ts';
import { commandFailure, errorOf } from './classify.ts';
import type { QueryCommand } from './dialect.ts';
import { theRecord } from './key-pages.ts';
import type { SchemaProfile } from './profile.ts';
import { CLOCK_SLACK_MS, readStamp, settledFrom } from './stamp.ts';
import type { CrmTransport } from './transport.ts';

/** Contents of documents, read as a stream (docs/crm-interface-dialect: 8). An empty one hands over nothing, and ends. */
export function documentContents({ document }: Pick<SchemaProfile, 'document'>, transport: CrmTransport, timeZone: string): DocumentContents {
  const { StatNo, SeqNo, UpdDate, UpdTime, Content } = document.fields;

  function settlesInMs(record: AnswerRecord, readAt: Instant): number | null {
    const stamp = readStamp(record.fields.get(UpdDate.name) ?? '', record.fields.get(UpdTime.name) ?? '', timeZone);
    const settled = stamp === null ? null : settledFrom(stamp.version, readAt, timeZone, CLOCK_SLACK_MS);
    return settled === null ? null : Math.max(0, settled - transport.crmClock.at());
  }

  return {
    async open<T>(id: string, use: (chunks: AsyncIterable<Uint8Array>) => Promise<T>): Promise<{ readonly used: T; readonly settlesInMs: number | null } | null> {
      const where = theRecord(document, id);
      if (where === null) return null;
      const query: QueryCommand = { kind: 'query', corr: 'd', table: { table: document.table, fields: [StatNo, SeqNo, UpdDate, UpdTime, Content].map(({ name }) => name) }, where, maxRecords: 1 };
      let used: { readonly used: T } | null = null;
      const { answer, startedAt } = await transport.read(query, Content.name, async (chunks) => {
        used = { used: await use(chunks) };
      });
      const error = errorOf(answer);
      if (error !== null) {
        const failure = commandFailure(error);
        if (failure.reason === 'notFound') return null;
        throw failure;
      }
      const found = answer.state !== 'answered' ? undefined : answer.returns.flatMap(({ records }) => records).find((record) => record.id === id && !record.deleted);
      if (found === undefined) {
        // A content without its record is none of an answer.
        if (used !== null) throw new PortFailure('crm', 'transient', 'The CRM answered the content of another document than was asked for: it is asked again later.', { code: 'answer' });
        return null;
      }
      const { used: result } = used ?? { used: await use(nothing()) };
      return { used: result, settlesInMs: settlesInMs(found, startedAt) };
    },
  };
}

async function* nothing(): AsyncIterable<Uint8Array> {
  // Empty.
}
