import type { HttpFunctionOptions, HttpResponseInit } from '@azure/functions';
import { HttpRequest } from '@azure/functions';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { behindFrontDoor } from '../../functions/front-door.ts';
import { PER_MINUTE, SURFACE } from '../../functions/surface.ts';
import { ROUTES } from '../../shared/config/names.ts';
import { ASKED } from '../isolation/matrix.ts';
import { invocation } from '../world/host-rules.ts';
import { VirtualClock } from '../world/virtual-clock.ts';
import { World } from '../world/world.ts';

const registered = new Map<string, HttpFunctionOptions>();
vi.mock('@azure/functions', async (original) => ({
  ...(await original<object>()),
  app: { http: (name: string, options: HttpFunctionOptions) => registered.set(name, options), storageQueue: () => undefined, timer: () => undefined },
}));
beforeAll(async () => {
  await import('../../functions/main.ts');
});

type Route = keyof typeof ROUTES;
const ROUTE_KEYS = Object.keys(SURFACE) as Route[];

interface Said {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly text: string;
}

/** The endpoint as it is registered, over a world at rest. */
function endpoint(route: Route, world = new World(), clock = world.clock, handler = ASKED[route].handler(world.newWorker())) {
  let made: HttpFunctionOptions | undefined;
  behindFrontDoor((_name, options) => (made = options), clock)(route, { route: ROUTES[route], handler });
  return async (init: ConstructorParameters<typeof HttpRequest>[0] & { url?: string }): Promise<Said> => {
    const answer = (await clock.drive(Promise.resolve(made?.handler(new HttpRequest({ url: 'http://localhost:7071/api/x', params: {}, query: {}, headers: {}, ...init }), invocation('test')))).then((one) => one ?? null)) as HttpResponseInit | null;
    const { status = 200, body, jsonBody, headers = {} } = answer ?? {};
    return { status, headers: headers as Record<string, string>, text: jsonBody === undefined ? String(body ?? '') : JSON.stringify(jsonBody) };
  };
}

const methodOf = (route: Route) => SURFACE[route].methods[0] ?? 'GET';

describe('every registered endpoint', () => {
  it('has a row, and every row is registered once', () => {
    const routes = [...registered.values()].map(({ route }) => route);
    expect([...routes].sort()).toEqual(Object.values(ROUTES).sort());
  });

  it('is open to those alone whom its row names', () => {
    for (const [name, { route, authLevel, methods }] of registered) {
      const key = ROUTE_KEYS.find((one) => ROUTES[one] === route) as Route;
      expect(authLevel, name).toBe(SURFACE[key].proof === 'functionKey' ? 'function' : 'anonymous');
      expect(methods, name).toEqual(SURFACE[key].methods);
    }
  });

  it('that changes or shows anything of a tenant needs a key or a signature', () => {
    expect(ROUTE_KEYS.filter((route) => SURFACE[route].proof === 'none')).toEqual(['health']);
    expect(ROUTE_KEYS.filter((route) => ROUTES[route].startsWith('admin/') && SURFACE[route].proof !== 'functionKey')).toEqual([]);
  });
});

describe.each(ROUTE_KEYS)('%s', (route) => {
  const method = methodOf(route);

  it('refuses other methods', async () => {
    const other = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].find((one) => !SURFACE[route].methods.some((allowed) => allowed === one));
    const answer = await endpoint(route)({ ...(other === undefined ? {} : { method: other }) });
    expect([answer.status, answer.headers['allow']]).toEqual([405, SURFACE[route].methods.join(', ')]);
  });

  it('refuses what is too long, whatever its length says of itself', async () => {
    const ask = endpoint(route);
    const { mostBytes } = SURFACE[route];
    expect((await ask({ method: method === 'GET' ? 'POST' : method, headers: { 'content-length': String(mostBytes + 1) } })).status).toBe(method === 'GET' && !SURFACE[route].methods.includes('POST') ? 405 : 413);
    if (method === 'GET') return;
    expect((await ask({ method, body: { bytes: new Uint8Array(mostBytes + 1) }, headers: { 'content-type': 'application/json', 'content-length': '1' } })).status).toBe(413);
  });

  if (SURFACE[route].body === 'json') {
    it.each(['text/html', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonp'])('refuses %s', async (type) => {
      expect((await endpoint(route)({ method: SURFACE[route].methods.at(-1) ?? method, body: { string: '{"value":[]}' }, headers: { 'content-type': type } })).status).toBe(415);
    });
  }

  it('repeats nothing of the request, and carries the security headers', async () => {
    const ask = endpoint(route);
    const canary = 'canary<script>7f3a</script>';
    const params = Object.fromEntries([...ROUTES[route].matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, canary]));
    const query = Object.fromEntries(['tenantId', 'mailboxId', 'invitation', 'state', 'tenant', 'admin_consent', 'error', 'error_description', 'top', 'asOf', 'code'].map((name) => [name, canary]));
    for (const one of SURFACE[route].methods) {
      const answer = await ask({ method: one, params, query, headers: { 'content-type': 'application/json', cookie: `__Host-consent=${canary}`, 'x-canary': canary }, ...(SURFACE[route].body === 'json' ? { body: { string: JSON.stringify({ value: [{ clientState: canary }], canary }) } } : {}) });
      expect(`${answer.text} ${JSON.stringify(answer.headers)}`).not.toMatch(/canary|7f3a/);
      expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-frame-options': 'DENY', 'strict-transport-security': 'max-age=31536000', 'content-security-policy': expect.stringContaining("default-src 'none'") as string });
    }
  });

  it('asks whoever comes too often to wait, and says for how long', async () => {
    const world = new World();
    const clock = new VirtualClock('2026-11-23T07:00:00Z');
    const ask = endpoint(route, world, clock, async () => ({ status: 202 }));
    const caller = { method, headers: { 'x-functions-key': 'one' } };
    const most = PER_MINUTE[SURFACE[route].counted];
    for (let index = 0; index < most; index += 1) if ((await ask(caller)).status !== 202) throw new Error(`Refused after ${index}.`);
    const refused = await ask(caller);
    expect([refused.status, Number(refused.headers['retry-after']) > 0]).toEqual([429, true]);
    expect((await ask({ ...caller, headers: { 'x-functions-key': 'two' } })).status).toBe(SURFACE[route].proof === 'functionKey' ? 202 : 429);
    await clock.until(clock.now() + 61_000);
    expect((await ask(caller)).status).toBe(202);
  });

  it('answers in time, whatever becomes of its work', async () => {
    const clock = new VirtualClock('2026-11-23T07:00:00Z');
    const ask = endpoint(route, new World(), clock, () => new Promise(() => undefined));
    const began = clock.now();
    expect((await ask({ method })).status).toBe(503);
    expect(clock.now() - began).toBe(SURFACE[route].seconds * 1_000);
  });
});

describe('Graph’s handshake', () => {
  it.each(['notifications', 'lifecycle'] as const)('%s: the token comes back as plain text that no browser takes for a page, and not if it is long', async (route) => {
    const ask = endpoint(route);
    const answer = await ask({ method: 'POST', query: { validationToken: 'Validation: <b>x</b>' }, headers: { 'content-type': 'text/plain' } });
    expect(answer).toMatchObject({ status: 200, text: 'Validation: <b>x</b>', headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' } });
    expect((await ask({ method: 'POST', query: { validationToken: 'x'.repeat(4_097) } })).status).toBe(400);
  });
});
