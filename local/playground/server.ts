import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { forward, type Upstream } from './forward.ts';

/** Somebody whose two calendars the page shows. */
export interface PlaygroundEmployee {
  /** Entra object id. */
  readonly id: string;
  readonly name: string;
  readonly mail: string;
  /** SeqNo of the rep in the CRM. */
  readonly rep: number;
  /** What the rules let the CRM show of private appointments; the page says so. */
  readonly privacy: 'off' | 'masked' | 'full';
}

export interface PlaygroundOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Folder with the built page, `dist/playground`. */
  readonly assets: string;
  readonly graphUrl: string;
  readonly crmUrl: string;
  /** Null: there is no connector; both calendars work, unsynchronized. */
  readonly connectorUrl: string | null;
  /** Function key; it is added here and never reaches the page. */
  readonly connectorKey: string | null;
  /** IANA zone of the house, in which both calendars are shown. */
  readonly timeZone: string;
  readonly tenantId: string;
  readonly employees: readonly PlaygroundEmployee[];
  readonly fetch: typeof globalThis.fetch;
}

export interface Playground {
  readonly url: string;
  readonly close: () => Promise<void>;
}

const HOST = '127.0.0.1';
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/page.js.map': ['page.js.map', 'application/json'],
  '/page.css.map': ['page.css.map', 'application/json'],
};
const GUARD = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** The page and, below `/graph`, `/crm` and `/connector`, what it talks to: one origin, on loopback only. */
export async function servePlayground(options: PlaygroundOptions): Promise<Playground> {
  const settings = JSON.stringify({ tenantId: options.tenantId, timeZone: options.timeZone, employees: options.employees, hasConnector: options.connectorUrl !== null });
  const upstreams = upstreamsOf(options);
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // As it came: a path that a parser would shorten is no way around what an upstream allows.
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (!isOwn(request)) return send(response, 403, 'text/plain; charset=utf-8', 'The playground answers its own page only.');
    const upstream = upstreams.find(({ prefix }) => path.startsWith(`${prefix}/`));
    if (upstream !== undefined) return forward(upstream, request, response, options.fetch);
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'text/plain; charset=utf-8', 'The page itself can only be read.');
    if (path === '/settings.json') return send(response, 200, 'application/json', settings);
    const [file, type] = FILES[path] ?? [];
    if (file === undefined || type === undefined) return send(response, 404, 'text/plain; charset=utf-8', 'The playground has no such file.');
    try {
      send(response, 200, type, await readFile(join(options.assets, file)));
    } catch {
      send(response, 404, 'text/plain; charset=utf-8', `The playground's ${file} is not built; run npm run build.`);
    }
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, HOST, resolve);
  });
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const READ = /^\/api\/(health|admin\/(tenants\/[\w-]+\/mailboxes(\/[\w-]+\/journal)?|guard|mail-guard))$/;
const ANSWERED = /^\/api\/admin\/(guard\/(confirm|reject)|mail-guard\/(release|reject))$/;

/** Of the connector's admin API: what shows what it did and what it holds, and an administrator's answers to that. */
function upstreamsOf({ graphUrl, crmUrl, connectorUrl, connectorKey }: PlaygroundOptions): Upstream[] {
  const all: Upstream[] = [
    { prefix: '/graph', base: graphUrl, name: 'The Graph simulator', allows: () => true, headers: {} },
    { prefix: '/crm', base: crmUrl, name: 'The CRM simulator', allows: (_method, path) => path.startsWith('/_sim/'), headers: {} },
  ];
  if (connectorUrl === null) return all;
  const allows = (method: string, path: string): boolean => (method === 'GET' && READ.test(path)) || (method === 'POST' && ANSWERED.test(path));
  return [...all, { prefix: '/connector', base: connectorUrl, name: 'The connector', allows, headers: connectorKey === null ? {} : { 'x-functions-key': connectorKey } }];
}

/** Another site's page must not reach the simulators through this one, nor by a name that it lets point to loopback. */
function isOwn({ headers }: IncomingMessage): boolean {
  const host = headers.host ?? '';
  const isLoopback = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host);
  return isLoopback && (headers.origin === undefined || headers.origin === `http://${host}`) && headers['sec-fetch-site'] !== 'cross-site';
}

function send(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  response.writeHead(status, { ...GUARD, 'content-type': type });
  response.end(body);
}
