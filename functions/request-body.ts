import { HttpRequest, type HttpResponseInit } from '@azure/functions';
import { isJson } from './json-type.ts';
import { refusal } from './refusal.ts';
import type { Surface } from './surface.ts';

/** The request with its body read within its bounds, or why not. */
export async function withItsBody(request: HttpRequest, { body, mostBytes }: Pick<Surface, 'body' | 'mostBytes'>): Promise<HttpRequest | HttpResponseInit> {
  const tooLong = refusal(413, `The body is too long: ${mostBytes} bytes are taken.`);
  if (Number(request.headers.get('content-length') ?? 0) > mostBytes) return tooLong;
  const bytes = await readUpTo(mostBytes, request);
  if (bytes === null) return tooLong;
  if (body === 'none' || bytes.length === 0) return request;
  const type = request.headers.get('content-type');
  if (type !== null && !isJson(type)) return refusal(415, 'The body must be JSON, and its content type application/json.');
  const { method, url, params } = request;
  return new HttpRequest({ method, url, params, headers: Object.fromEntries(request.headers), query: Object.fromEntries(request.query), body: { bytes } });
}

/** Null = there is more of it; the rest is not read. */
async function readUpTo(most: number, { body }: HttpRequest): Promise<Uint8Array | null> {
  if (body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > most) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
