import { z } from 'zod';
import { PortFailure } from '../sync/failures.ts';
import type { Attachment, EventFiles, FileContent, MailboxRef, NewFile } from '../sync/ports.ts';
import { pageSchema } from './event-schema.ts';
import { attempt } from './event-reading.ts';
import { notUnderstood } from './mailbox-level.ts';
import type { OneLargeFile } from './one-large-file.ts';
import { userPath, withQuery } from './query.ts';
import type { Target, Transport } from './transport.ts';
import { sendInParts, type UploadAccess } from './upload-session.ts';

/** What is larger comes as it is read, never as a whole. */
export const WHOLE_UP_TO = 8 * 1024 * 1024;
/** A large file may take so long, the CRM included: the lease outlives no longer call (design 2). */
const LONGEST_MS = 100_000;
const UNKNOWN_TYPE = 'application/octet-stream';
/** Exchange takes some hundred attachments to an item. */
const PAGES = 20;

const attachmentSchema = z.object({
  '@odata.type': z.string().nullish(),
  id: z.string().min(1),
  name: z.string().nullish(),
  contentType: z.string().nullish(),
  size: z.number().nullish(),
  isInline: z.boolean().nullish(),
  lastModifiedDateTime: z.string().nullish(),
});
const sessionSchema = z.object({ uploadUrl: z.string().min(1) });
const listSchema = pageSchema.extend({ value: z.array(attachmentSchema) });

/** The attachments of events (graph.md 5.10). */
export function eventFiles(transport: Transport, { mailboxId }: Pick<MailboxRef, 'mailboxId'>, largeFiles: OneLargeFile, uploads: UploadAccess): EventFiles {
  const pathOf = (eventId: string, ...more: readonly string[]): string => userPath(mailboxId, 'events', eventId, 'attachments', ...more);

  async function list(eventId: string): Promise<Attachment[] | null> {
    const found: Attachment[] = [];
    let target: Target = { path: withQuery(pathOf(eventId), { $select: 'id,name,contentType,size,isInline,lastModifiedDateTime' }) };
    for (let page = 0; page < PAGES; page += 1) {
      const answer = await attempt(transport.send(target));
      if ('failure' in answer) {
        if (answer.failure.reason === 'notFound') return null;
        throw answer.failure;
      }
      const parsed = listSchema.safeParse(answer.value);
      if (!parsed.success) throw notUnderstood();
      found.push(...parsed.data.value.map(attachmentOf));
      const next = parsed.data['@odata.nextLink'];
      if (next === undefined) return found;
      target = { link: next };
    }
    throw new PortFailure('graph', 'transient', 'An event lists attachments without end: it is tried again later.', { code: 'endlessList' });
  }

  async function open<T>(eventId: string, file: Attachment, use: (content: FileContent) => Promise<T>): Promise<{ readonly used: T } | null> {
    return file.size <= WHOLE_UP_TO ? opened(eventId, file, use) : largeFiles.alone(() => opened(eventId, file, use));
  }

  async function opened<T>(eventId: string, file: Attachment, use: (content: FileContent) => Promise<T>): Promise<{ readonly used: T } | null> {
    let used: { readonly used: T } | null = null;
    const answer = await attempt(
      transport.download({ path: `${pathOf(eventId, file.id)}/$value`, timeoutMs: LONGEST_MS }, async (chunks, contentType) => {
        // A proxy's page with status 200 is no file of this name.
        if (/^text\/html\b/i.test(contentType) && !/html/i.test(`${file.type ?? ''} ${file.name}`)) throw notUnderstood();
        used = { used: await use(file.size <= WHOLE_UP_TO ? { bytes: await whole(chunks) } : { chunks }) };
      }),
    );
    if ('failure' in answer && answer.failure.port === 'graph' && answer.failure.reason === 'notFound') return null;
    if ('failure' in answer) throw answer.failure;
    return used;
  }

  async function attach(eventId: string, file: NewFile): Promise<Attachment | null> {
    const { name, type, size, content } = file;
    const contentType = type ?? UNKNOWN_TYPE;
    if ('bytes' in content) {
      const contentBytes = Buffer.from(content.bytes.buffer, content.bytes.byteOffset, content.bytes.byteLength).toString('base64');
      const made = attachmentSchema.safeParse(await transport.send({ path: pathOf(eventId), method: 'POST', body: { '@odata.type': '#microsoft.graph.fileAttachment', name, contentType, contentBytes } }));
      // It was taken, whatever the answer shows.
      return made.success ? attachmentOf(made.data) : null;
    }
    const { chunks } = content;
    await largeFiles.alone(async () => {
      const session = sessionSchema.safeParse(await transport.send({ path: pathOf(eventId, 'createUploadSession'), method: 'POST', body: { AttachmentItem: { attachmentType: 'file', name, size, contentType } } }).catch(withoutOutcome));
      if (!session.success) throw notUnderstood();
      await chunks((parts) => sendInParts(uploads, session.data.uploadUrl, size, parts));
    });
    return null;
  }

  async function detach(eventId: string, attachmentId: string): Promise<void> {
    const answer = await attempt(transport.send({ path: pathOf(eventId, attachmentId), method: 'DELETE' }));
    if ('failure' in answer && answer.failure.reason !== 'notFound') throw answer.failure;
  }

  return { list, open, attach, detach };
}

/** A session alone attaches nothing: whether one was opened is all the same. */
function withoutOutcome(failure: unknown): never {
  if (!(failure instanceof PortFailure) || failure.details.outcomeUnknown !== true) throw failure;
  const { outcomeUnknown: _nothing, ...details } = failure.details;
  throw new PortFailure(failure.port, failure.reason, failure.message, details);
}

function attachmentOf(row: z.output<typeof attachmentSchema>): Attachment {
  const type = row['@odata.type'] ?? '';
  return {
    id: row.id,
    kind: type.endsWith('.fileAttachment') ? 'file' : type.endsWith('.itemAttachment') ? 'item' : 'reference',
    name: row.name ?? '',
    type: row.contentType ?? null,
    size: row.size ?? 0,
    modified: row.lastModifiedDateTime ?? null,
    inline: row.isInline === true,
  };
}

/** Its size is Graph's word; twice as much is not that file. */
async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of chunks) {
    size += part.length;
    if (size > 2 * WHOLE_UP_TO) throw notUnderstood();
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}
