import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { RpcHttpCookie, RpcHttpData, RpcNullable, RpcTypedData } from './rpc.ts';

/** An HTTP request as Azure's host hands it to the worker. `url` is absolute. */
export function toRpcRequest(method: string, url: URL, headers: IncomingHttpHeaders, params: Record<string, string>, body: Uint8Array): RpcHttpData {
  return {
    method,
    url: url.href,
    nullableHeaders: nullable(Object.entries(headers).flatMap(([name, value]) => (value ? [[name, joined(value)]] : []))),
    nullableQuery: nullable(queryEntries(url)),
    nullableParams: nullable(Object.entries(params)),
    ...(body.length > 0 ? { body: { bytes: body } } : {}),
  };
}

/** The host joins a repeated name's values with commas (Azure/azure-functions-nodejs-library#168). */
function queryEntries(url: URL): Array<[string, string]> {
  return [...new Set(url.searchParams.keys())].map((name) => [name, url.searchParams.getAll(name).join(',')]);
}

function joined(value: string | string[]): string {
  return Array.isArray(value) ? value.join(',') : value;
}

function nullable(entries: Array<readonly string[]>): Record<string, RpcNullable<string>> {
  return Object.fromEntries(entries.map(([name, value]) => [name, { value: value ?? '' }]));
}

export interface HttpAnswer {
  status: number;
  headers: OutgoingHttpHeaders;
  body: Uint8Array;
}

/** These belong to the connection; the host sets its own. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'content-length', 'te', 'trailer', 'proxy-connection']);

/** The answer that a function's return value asks for; a function that returns nothing answers 204 (documented for Functions 2.x and later). */
export function fromRpcResponse(value: RpcTypedData | null | undefined): HttpAnswer {
  const http = value?.http;
  if (!http) return { status: 204, headers: {}, body: new Uint8Array() };
  const headers: OutgoingHttpHeaders = {};
  for (const [name, text] of Object.entries(http.headers ?? {})) if (!HOP_BY_HOP.has(name.toLowerCase())) headers[name.toLowerCase()] = text;
  const cookies = (http.cookies ?? []).map(cookieHeader);
  const own = headers['set-cookie'];
  if (cookies.length > 0) headers['set-cookie'] = typeof own === 'string' ? [own, ...cookies] : cookies;
  return { status: Number(http.statusCode ?? 200), headers, body: bytesOf(http.body) };
}

function bytesOf(data: RpcTypedData | null | undefined): Uint8Array {
  if (data?.bytes) return data.bytes;
  return Buffer.from(data?.string ?? data?.json ?? '', 'utf8');
}

const SAME_SITE = { none: undefined, lax: 'Lax', strict: 'Strict', explicitNone: 'None' } as const;

function cookieHeader(cookie: RpcHttpCookie): string {
  const parts = [`${cookie.name ?? ''}=${encodeURIComponent(cookie.value ?? '')}`];
  const seconds = cookie.expires?.value?.seconds;
  if (seconds != null) parts.push(`expires=${new Date(seconds * 1000).toUTCString()}`);
  if (cookie.maxAge?.value != null) parts.push(`max-age=${Math.trunc(cookie.maxAge.value)}`);
  if (cookie.domain?.value) parts.push(`domain=${cookie.domain.value}`);
  parts.push(`path=${cookie.path?.value || '/'}`);
  if (cookie.secure?.value) parts.push('secure');
  const sameSite = SAME_SITE[cookie.sameSite ?? 'none'];
  if (sameSite) parts.push(`samesite=${sameSite.toLowerCase()}`);
  if (cookie.httpOnly?.value) parts.push('httponly');
  return parts.join('; ');
}
