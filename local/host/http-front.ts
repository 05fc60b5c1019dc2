import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AdminApi } from './admin-api.ts';
import { fromRpcResponse, toRpcRequest } from './http-rpc.ts';
import type { HttpAnswer } from './http-rpc.ts';
import type { RouteMatch } from './http-routes.ts';
import { forwardToWorker } from './http-stream.ts';
import type { Invocations } from './invocations.ts';
import { isAuthorized } from './keys.ts';
import type { HostKeys } from './keys.ts';
import { failureName } from './log.ts';
import type { HostLog } from './log.ts';

/** The HTTP side of the host. */
export interface HttpFront {
  url: string;
  /** Refuses new requests with 503 and closes idle connections; settles when the last connection is closed. */
  close(): Promise<void>;
  /** Cuts the connections that are left. */
  cut(): void;
}

export interface HttpFrontParts {
  port: number;
  route(method: string, path: string): RouteMatch;
  keys: HostKeys;
  /** Bytes. */
  bodyLimit: number;
  /** Where the bundle streams HTTP: the address of the library's proxy. */
  streamUri: string | undefined;
  invocations: Invocations;
  admin: AdminApi;
  log: HostLog;
}

/** The longest request line and query that Azure lets through (azure.md 3.2). */
const LONGEST_URL = 8192;
const LONGEST_QUERY = 4096;

export async function listenHttp(parts: HttpFrontParts): Promise<HttpFront> {
  let closing = false;
  const server = createServer({ maxHeaderSize: 64 * 1024, keepAliveTimeout: 5_000 }, (request, response) => {
    void serve(request, response);
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      send(request, response, closing ? plain(503) : await handle(request, response), closing);
    } catch (error) {
      parts.log({ level: 'error', category: 'Host', message: `A request could not be answered: ${failureName(error)}.` });
      if (response.headersSent) response.destroy();
      else send(request, response, plain(500), closing);
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<HttpAnswer | undefined> {
    const target = request.url ?? '/';
    if (target.length > LONGEST_URL) return plain(414);
    const url = absoluteUrl(request, target);
    if (!url || !wellEncoded(url.pathname)) return plain(400);
    if (url.search.length > LONGEST_QUERY) return plain(404);
    const key = { header: single(request.headers['x-functions-key']), code: url.searchParams.get('code') ?? undefined };
    const method = request.method ?? 'GET';
    if (/^\/admin(\/|$)/i.test(url.pathname)) {
      const body = await readBody(request, parts.bodyLimit);
      return body ? parts.admin(method, url.pathname, isAuthorized('admin', '', key.header, key.code, parts.keys), body) : plain(413);
    }
    if (url.pathname === '/') return plain(200);

    const match = parts.route(method, url.pathname);
    if (match.kind === 'notFound') return plain(404);
    // Azure answers 404 here (Azure/azure-functions-host#10098): there a method is part of the route. 405 tells the reader of a test what is wrong.
    if (match.kind === 'methodNotAllowed') return { ...plain(405), headers: { allow: match.allow.join(', ') } };
    if (!isAuthorized(match.fn.authLevel, match.fn.name, key.header, key.code, parts.keys)) return plain(401);

    const trace = traceOf(request);
    if (parts.streamUri !== undefined) return forwardToWorker({ ...parts, streamUri: parts.streamUri }, match, request, response, url, trace);
    const body = await readBody(request, parts.bodyLimit);
    if (!body) return plain(413);
    const outcome = await parts.invocations.run(match.fn, { data: { http: toRpcRequest(method, url, request.headers, match.params, body) }, ...trace });
    return outcome.succeeded ? fromRpcResponse(outcome.response.returnValue) : plain(500);
  }

  return { url: `http://127.0.0.1:${await listen(server, parts.port)}`, close: () => close(server, () => (closing = true)), cut: () => server.closeAllConnections() };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new Error(`Port ${port} is in use; choose another one, or 0 for any free one.`) : error),
    );
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function close(server: Server, begin: () => void): Promise<void> {
  begin();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

function plain(status: number): HttpAnswer {
  return { status, headers: {}, body: new Uint8Array() };
}

function send(request: IncomingMessage, response: ServerResponse, answer: HttpAnswer | undefined, closing: boolean): void {
  // Without an answer the response was streamed already.
  if (!answer || response.headersSent || response.destroyed) return;
  const noBody = answer.status === 204 || answer.status === 205 || answer.status === 304;
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  const unread = hasBody && !request.complete;
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(noBody ? {} : { 'content-length': answer.body.length }),
    // What was not read of a request would be taken for the next one.
    ...(closing || unread ? { connection: 'close' } : {}),
  });
  // node:http itself sends no body after HEAD.
  response.end(noBody ? undefined : answer.body);
  if (unread) request.resume();
}

/** The whole body, or undefined where it is longer than allowed. */
async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  // Breaking off must not destroy the socket: the 413 still has to go out on it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > limit) return undefined;
  }
  return Buffer.concat(chunks);
}

function absoluteUrl(request: IncomingMessage, target: string): URL | undefined {
  const host = request.headers.host ?? '127.0.0.1';
  return URL.canParse(target, `http://${host}`) ? new URL(target.startsWith('//') ? `http://${host}${target}` : target, `http://${host}`) : undefined;
}

function wellEncoded(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function traceOf(request: IncomingMessage): { traceParent?: string; traceState?: string } {
  const parent = single(request.headers['traceparent']);
  const state = single(request.headers['tracestate']);
  return { ...(parent === undefined ? {} : { traceParent: parent }), ...(state === undefined ? {} : { traceState: state }) };
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
