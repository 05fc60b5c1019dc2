import { CONTENT_HERE } from './dialect.ts';

/** Base64 takes three bytes at a time: what is left over waits for the next part. */
const GROUP = 3;

/** A rendered request with its streamed content in place: it is read as fast as the CRM takes it, and never held as a whole. */
export function streamedRequest(xml: string, content: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const at = xml.indexOf(CONTENT_HERE);
  if (at < 0) throw new RangeError('A request with a content has a field for it.');
  return ReadableStream.from(parts(xml.slice(0, at), content, xml.slice(at + CONTENT_HERE.length)));
}

async function* parts(before: string, content: AsyncIterable<Uint8Array>, behind: string): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode(before);
  let rest: Uint8Array = new Uint8Array();
  for await (const part of content) {
    const bytes: Uint8Array = rest.length === 0 ? part : Buffer.concat([rest, part]);
    const whole = bytes.length - (bytes.length % GROUP);
    if (whole > 0) yield encoder.encode(base64(bytes.subarray(0, whole)));
    rest = bytes.subarray(whole);
  }
  yield encoder.encode(base64(rest) + behind);
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
