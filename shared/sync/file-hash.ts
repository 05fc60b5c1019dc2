import { createHash, type Hash } from 'node:crypto';
import type { Attachment, EventFiles, FileContent } from './ports.ts';

/** The hash of what passes by. */
export function hashed(content: FileContent, hash: Hash): FileContent {
  if ('bytes' in content) {
    hash.update(content.bytes);
    return content;
  }
  return { chunks: hashing(content.chunks, hash) };
}

export async function* hashing(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const part of chunks) {
    hash.update(part);
    yield part;
  }
}

/** Hash of an attachment's content; null where it is gone. A large one is read twice rather than held. */
export async function hashOf(files: Pick<EventFiles, 'open'>, eventId: string, attachment: Attachment): Promise<string | null> {
  const hash = createHash('sha256');
  const opened = await files.open(eventId, attachment, async (content) => {
    if ('bytes' in content) hash.update(content.bytes);
    else for await (const part of content.chunks) hash.update(part);
  });
  return opened === null ? null : hash.digest('base64url');
}
