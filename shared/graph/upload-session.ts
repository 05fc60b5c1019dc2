import { PortFailure } from '../sync/failures.ts';
import type { Clock, Gate } from '../sync/ports.ts';
import { classify, plainCode } from './classify.ts';
import type { Fetch } from './middleware/terminal.ts';

/** Multiples of 320 KiB, and below the 4 MB that Outlook takes at once (graph.md 5.10). */
export const PART = 12 * 320 * 1024;
/** One part may take so long. */
const PART_MS = 60_000;

export interface UploadAccess {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly gate: Gate;
  /** Where parts may go: the address comes from an answer. */
  readonly mayGo: (place: URL) => boolean;
}

/**
 * Sends a file in parts to an upload session's address, which carries its own authorization: no token goes there. The last part leaves only when `chunks`
 * has ended well and is as long as was said, so that whatever breaks before has attached nothing; then the session is given up.
 * Throws PortFailure; with `outcomeUnknown` where the last part may have been taken. What `chunks` throws is thrown as it is.
 */
export async function sendInParts(access: UploadAccess, address: string, size: number, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  if (!URL.canParse(address) || !access.mayGo(new URL(address))) {
    throw new PortFailure('graph', 'recordRejected', 'Graph hands out an upload address on a host that graph.uploadHosts does not name: nothing was sent there.', { code: 'foreignHost' });
  }
  let sent = 0;
  try {
    for await (const { part, isLast } of inParts(chunks, size)) {
      await put(access, address, part, sent, size, isLast);
      sent += part.length;
    }
  } catch (failure) {
    if (failure instanceof PortFailure && failure.details.outcomeUnknown === true) throw failure;
    await giveUp(access, address);
    throw failure;
  }
}

/** The parts of a file of which the last is known to be so. */
async function* inParts(chunks: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<{ readonly part: Uint8Array<ArrayBuffer>; readonly isLast: boolean }> {
  let buffer = new Uint8Array(Math.min(PART, size));
  let filled = 0;
  let seen = 0;
  for await (const chunk of chunks) {
    seen += chunk.length;
    if (seen > size) throw otherSize();
    for (let at = 0; at < chunk.length; ) {
      if (filled === buffer.length) {
        yield { part: buffer, isLast: false };
        buffer = new Uint8Array(Math.min(PART, size - (seen - chunk.length + at)));
        filled = 0;
      }
      const taken = Math.min(buffer.length - filled, chunk.length - at);
      buffer.set(chunk.subarray(at, at + taken), filled);
      filled += taken;
      at += taken;
    }
  }
  if (seen !== size || filled !== buffer.length) throw otherSize();
  yield { part: buffer, isLast: true };
}

function otherSize(): PortFailure {
  return new PortFailure('graph', 'transient', 'A file is not as long as was said when its upload began: it is sent anew later.', { code: 'uploadSize', retryAfterMs: 15_000 });
}

async function put(access: UploadAccess, address: string, part: Uint8Array<ArrayBuffer>, from: number, size: number, isLast: boolean): Promise<void> {
  const { status, body, retryAfter, date } = await exchange(access, address, { method: 'PUT', headers: { 'content-type': 'application/octet-stream', 'content-range': `bytes ${from}-${from + part.length - 1}/${size}` }, body: part }, isLast);
  const now = access.clock.now();
  if (status >= 200 && status < 300) {
    const next = isLast ? null : nextExpected(body);
    if (next === null || next === from + part.length) return;
    throw new PortFailure('graph', 'transient', 'Graph expects another part of a file than the one that comes next: the file is sent anew later.', { code: 'uploadRange' });
  }
  const code = plainCode((parsed(body) as { readonly error?: { readonly code?: unknown } } | null)?.error?.code);
  const failure = classify({ kind: 'refusal', status, code, retryAfter, date }, { writes: isLast }, now);
  await access.gate.refused?.('graph', failure);
  // The session is gone, not the event: the next attempt opens another one.
  if (failure.reason === 'notFound' || failure.reason === 'gone' || failure.reason === 'configuration' || status === 416) throw new PortFailure('graph', 'transient', 'An upload session ended before its file was complete: the file is sent anew later.', { code: 'uploadSession' });
  throw failure;
}

/** The first byte that is wanted next; null where the answer does not say. */
function nextExpected(body: string): number | null {
  const ranges = (parsed(body) as { readonly nextExpectedRanges?: unknown } | null)?.nextExpectedRanges;
  const first: unknown = Array.isArray(ranges) ? ranges[0] : undefined;
  const [, digits] = /^(\d{1,12})(?:-|$)/.exec(typeof first === 'string' ? first : '') ?? [];
  return digits === undefined ? null : Number(digits);
}

function parsed(body: string): unknown {
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === 'object' ? json : null;
  } catch {
    return null;
  }
}

/** Nothing of it is attached; Graph would drop it by itself some hours later. */
async function giveUp(access: UploadAccess, address: string): Promise<void> {
  try {
    await exchange(access, address, { method: 'DELETE' }, false);
  } catch {
    // It runs out by itself; what broke is what must be told.
  }
}

async function exchange({ fetch, clock, gate }: UploadAccess, address: string, init: RequestInit, writes: boolean): Promise<{ readonly status: number; readonly body: string; readonly retryAfter: string | null; readonly date: string | null }> {
  await gate.enter('graph', PART_MS);
  const closing = new AbortController();
  const answered = new AbortController();
  const late = clock.sleep(PART_MS, answered.signal).then(
    () => 'late' as const,
    () => 'answered' as const,
  );
  const answer = async () => {
    const response = await fetch(address, { ...init, redirect: 'manual', signal: closing.signal });
    return { status: response.status, body: await response.text(), retryAfter: response.headers.get('retry-after'), date: response.headers.get('date') };
  };
  try {
    const first = await Promise.race([answer(), late]);
    if (typeof first === 'object') return first;
  } catch (failure) {
    if (failure instanceof PortFailure) throw failure;
    throw classify({ kind: 'network', sent: true }, { writes }, clock.now());
  } finally {
    answered.abort('answered');
    closing.abort('closed');
  }
  throw classify({ kind: 'timeout' }, { writes }, clock.now());
}
