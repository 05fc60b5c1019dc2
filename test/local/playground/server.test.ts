import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { servePlayground, type Playground } from '../../../local/playground/server.ts';
import { ASSETS } from './world.ts';

const KEY = 'key-of-the-connector';
const TENANT = '3f2b8c1e-7a54-4d0b-9c1f-5e6a7b8c9d01';
const seen: { method: string; url: string; headers: IncomingHttpHeaders }[] = [];
const behind = createServer((incoming, answer) => {
  seen.push({ method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers });
  answer.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
});
let playground: Playground;

beforeAll(async () => {
  await new Promise<void>((resolve) => behind.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(behind.address() as AddressInfo).port}`;
  playground = await servePlayground({ port: 0, assets: ASSETS, graphUrl: base, crmUrl: 'http://127.0.0.1:9', connectorUrl: base, connectorKey: KEY, timeZone: 'Europe/Berlin', tenantId: TENANT, employees: [], fetch });
});
afterAll(async () => {
  await playground.close();
  behind.close();
});

/** As it stands, dots and all: `fetch` would tidy the path and set its own headers. */
function raw(path: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(playground.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, ...options }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += String(chunk)));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('the function key', () => {
  it('is added on the way to the connector and is in nothing that the page can read', async () => {
    const answers = await Promise.all(['/', '/page.js', '/page.css', '/settings.json', '/connector/api/health'].map((path) => raw(path)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(seen.at(-1)).toMatchObject({ method: 'GET', url: '/api/health', headers: { 'x-functions-key': KEY } });
    expect(answers.map(({ text }) => text).join('')).not.toContain(KEY);
  });

  it('goes to the connector alone', async () => {
    await raw('/graph/v1.0/users', { headers: { 'x-functions-key': 'of the page' } });
    expect(seen.at(-1)?.url).toBe('/v1.0/users');
    expect(seen.at(-1)?.headers).not.toHaveProperty('x-functions-key');
  });
});

describe('the connector', () => {
  it.each([
    ['POST', '/connector/api/admin/jobs/users'],
    ['GET', '/connector/api/admin/jobs/users'],
    ['POST', '/connector/api/health'],
    ['GET', `/connector/api/admin/tenants/${TENANT}/../../jobs/users`],
    ['GET', `/connector/api/admin/tenants/${TENANT}/../../jobs/mailboxes`],
    ['GET', `/graph/../connector/api/admin/jobs/users`],
    ['POST', '/connector/api/admin/guard'],
    ['GET', '/connector/api/admin/guard/confirm'],
    ['POST', '/connector/api/admin/guard/release'],
    ['POST', '/connector/api/admin/mail-guard/confirm'],
    ['POST', '/connector/api/admin/guard/confirm/../../jobs/users'],
  ])('is reached for what the page shows and asks alone: %s %s does not pass', async (method, path) => {
    const before = seen.length;
    await raw(path, { method });
    expect(seen.slice(before).filter(({ headers }) => headers['x-functions-key'] !== undefined)).toEqual([]);
  });
});

describe('the guards', () => {
  it.each([
    ['GET', `/api/admin/guard?tenantId=${TENANT}&mailboxId=m`],
    ['GET', `/api/admin/mail-guard?tenantId=${TENANT}&mailboxId=m`],
    ['POST', `/api/admin/guard/confirm?tenantId=${TENANT}&asOf=7`],
    ['POST', `/api/admin/guard/reject?tenantId=${TENANT}&asOf=7`],
    ['POST', `/api/admin/mail-guard/release?tenantId=${TENANT}&asOf=7`],
    ['POST', `/api/admin/mail-guard/reject?tenantId=${TENANT}&asOf=7`],
  ])('are listed and answered through the playground, which adds the key: %s %s', async (method, url) => {
    expect((await raw(`/connector${url}`, { method })).status).toBe(200);
    expect(seen.at(-1)).toMatchObject({ method, url, headers: { 'x-functions-key': KEY } });
  });

  it('are not answered by the page of another site', async () => {
    const before = seen.length;
    expect((await raw(`/connector/api/admin/guard/confirm?tenantId=${TENANT}`, { method: 'POST', headers: { origin: 'http://elsewhere.example.com' } })).status).toBe(403);
    expect(seen.length).toBe(before);
  });
});

describe('the playground', () => {
  it('does not answer the pages of others', async () => {
    const statuses = await Promise.all([
      raw('/graph/_sim/state', { headers: { origin: 'http://elsewhere.example.com' } }),
      raw('/graph/_sim/state', { headers: { host: 'elsewhere.example.com' } }),
      raw('/graph/_sim/state', { headers: { 'sec-fetch-site': 'cross-site' } }),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([403, 403, 403]);
  });

  it('says in one sentence which system does not answer', async () => {
    expect(await raw('/crm/_sim/state')).toEqual({ status: 502, text: '{"error":"The CRM simulator does not answer."}' });
  });

  it('reaches the doors of the CRM simulator and not its interface', async () => {
    expect((await raw('/crm/interface/request', { method: 'POST' })).status).toBe(403);
  });
});
