import type { IncomingMessage, ServerResponse } from 'node:http';

/** A base URL that the playground stands in front of. */
export interface Upstream {
  /** Path of the page's own origin, without a slash at its end. */
  readonly prefix: string;
  readonly base: string;
  readonly name: string;
  readonly allows: (method: string, path: string) => boolean;
  /** Added to every request; the page does not see them. */
  readonly headers: Readonly<Record<string, string>>;
}

const REQUEST_HEADERS = ['accept', 'authorization', 'content-type', 'if-match', 'prefer'] as const;
const ANSWER_HEADERS = ['content-type', 'retry-after'] as const;
const MAX_BODY = 1_000_000;

/** Sends a request on, path and query byte for byte; an upstream that does not answer is a 502 with one sentence. */
export async function forward(upstream: Upstream, request: IncomingMessage, response: ServerResponse, fetch: typeof globalThis.fetch): Promise<void> {
  const method = request.method ?? 'GET';
  const target = (request.url ?? '').slice(upstream.prefix.length);
  if (!upstream.allows(method, target.split('?', 1)[0] ?? '')) return refuse(response, 403, `${upstream.name} is not reached this way from the playground.`);
  const headers: Record<string, string> = {};
  for (const name of REQUEST_HEADERS) if (request.headers[name] !== undefined) headers[name] = String(request.headers[name]);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY) return refuse(response, 413, 'The playground sends on at most 1 MB; make the appointment shorter.');
    chunks.push(chunk as Buffer);
  }
  const body = size === 0 ? {} : { body: Buffer.concat(chunks) };
  try {
    const answer = await fetch(`${upstream.base.replace(/\/+$/, '')}${target}`, { method, redirect: 'manual', headers: { ...headers, ...upstream.headers }, ...body });
    const content = Buffer.from(await answer.arrayBuffer());
    const shown: Record<string, string> = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
    for (const name of ANSWER_HEADERS) {
      const value = answer.headers.get(name);
      if (value !== null) shown[name] = value;
    }
    response.writeHead(answer.status, shown);
    response.end(content);
  } catch {
    refuse(response, 502, `${upstream.name} does not answer.`);
  }
}

function refuse(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify({ error }));
}
