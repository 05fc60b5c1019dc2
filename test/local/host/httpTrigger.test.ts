import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startHost } from '../../../local/host/host.ts';
import type { Host } from '../../../local/host/host.ts';
import type { HostLogEntry } from '../../../local/host/log.ts';
import { probe } from './fixtures/probe.ts';
import { eventually } from './support/eventually.ts';
import { bundleFixture } from './support/fixtureBundle.ts';
import type { Fixture } from './support/fixtureBundle.ts';

let fixture: Fixture;
let host: Host;
const log: HostLogEntry[] = [];
const keys = { default: 'host-key', master: 'master-key', functions: { withKey: { crm: 'own-key' } } };

beforeAll(async () => {
  fixture = await bundleFixture('http');
  host = await startHost({
    bundle: fixture.bundle,
    hostJson: fixture.hostJson,
    port: 0,
    settings: { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1000' },
    storageConnection: 'UseDevelopmentStorage=true',
    keys,
    log: (entry) => log.push(entry),
  });
});

afterAll(async () => {
  await host.stop();
  await fixture.remove();
});

beforeEach(() => {
  probe().act = {};
});

const call = (path: string, init?: RequestInit): Promise<Response> => fetch(host.url + path, init);

describe('loading', () => {
  it('lists the functions with their triggers and routes', () => {
    expect(host.functions).toContainEqual({ name: 'echo', trigger: 'http', route: 'api/echo/{tenantId}/{n:int?}', methods: ['GET', 'POST', 'PUT'], authLevel: 'anonymous' });
  });

  it('runs the appStart hooks before the first request', () => {
    expect(probe().events).toContain('appStart');
  });
});

describe('routing', () => {
  it('gives route parameters, query, headers and body to the handler through the library', async () => {
    const answer = await call('/api/echo/T%C3%A4nant/7?a=1&b=x%20y', { method: 'POST', body: 'hällo', headers: { 'x-test': 'yes' } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.json()).toMatchObject({
      method: 'POST',
      url: `${host.url}/api/echo/T%C3%A4nant/7?a=1&b=x%20y`,
      params: { tenantId: 'Tänant', n: '7' },
      query: { a: '1', b: 'x y' },
      header: 'yes',
      body: 'hällo',
    });
  });

  it('leaves an optional parameter out', async () => {
    expect(await (await call('/api/echo/t1')).json()).toMatchObject({ params: { tenantId: 't1' } });
  });

  it('takes literals without regard to case, and a slash at the end', async () => {
    expect((await call('/API/Echo/t1/')).status).toBe(200);
  });

  it('answers 404 where a constraint does not hold, and for an unknown route', async () => {
    expect((await call('/api/echo/t1/seven')).status).toBe(404);
    expect((await call('/api/unknown')).status).toBe(404);
    expect((await call('/echo/t1')).status).toBe(404);
  });

  it('gives a catch-all the rest of the path', async () => {
    expect(await (await call('/api/files/a/b%20c/d')).json()).toEqual({ rest: 'a/b c/d' });
  });

  it('answers 405 with the methods that are allowed', async () => {
    const answer = await call('/api/echo/t1', { method: 'DELETE' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, POST, PUT, HEAD');
    expect((await call('/api/echo/t1', { method: 'OPTIONS' })).status).toBe(405);
  });

  it('answers HEAD like GET but without a body', async () => {
    const answer = await call('/api/shapes', { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-length')).toBe('4');
    expect(await answer.text()).toBe('');
  });

  it('answers 400 to a path that is not well encoded', async () => {
    expect((await call('/api/echo/%zz')).status).toBe(400);
  });

  it('answers 414 to a URL longer than Azure takes', async () => {
    expect((await call(`/api/echo/${'x'.repeat(9000)}`)).status).toBe(414);
  });

  it('joins the values of a repeated query name with a comma, as the host of Azure does', async () => {
    expect(await (await call('/api/echo/t1?a=1&a=2')).json()).toMatchObject({ query: { a: '1,2' } });
  });
});

describe('answers', () => {
  it('hands over text, bytes, streams and HttpResponse objects', async () => {
    const text = await call('/api/shapes');
    expect([text.headers.get('content-type'), await text.text()]).toEqual(['text/plain;charset=UTF-8', 'text']);
    const bytes = await call('/api/shapes?as=buffer');
    expect([...new Uint8Array(await bytes.arrayBuffer())]).toEqual([0, 255, 1]);
    expect(await (await call('/api/shapes?as=stream')).text()).toBe('onetwo');
    const response = await call('/api/shapes?as=response');
    expect([response.status, response.headers.get('x-kind'), await response.text()]).toEqual([418, 'response', 'teapot']);
  });

  it('answers 204 to a function that returns nothing, and no body with a 204', async () => {
    expect((await call('/api/shapes?as=nothing')).status).toBe(204);
    expect((await call('/api/shapes?as=noContent')).status).toBe(204);
  });

  it('sets cookies', async () => {
    expect((await call('/api/shapes?as=cookies')).headers.getSetCookie()).toEqual(['a=1%202; max-age=60; path=/p; secure; samesite=strict; httponly', 'b=2; path=/']);
  });

  it('answers 500 without a detail when the handler throws, and logs the reason', async () => {
    const answer = await call('/api/fails');
    expect([answer.status, await answer.text()]).toEqual([500, '']);
    expect(log.find((entry) => entry.message.includes('the reason nobody outside may read'))?.category).toBe('Function.fails');
  });

  it('takes the result of a postInvocation hook', async () => {
    expect(await (await call('/api/hooked')).text()).toBe('put there by a hook');
  });

  it('passes log lines through the log hooks under the category of the function', async () => {
    await call('/api/echo/t1');
    expect(log.some((entry) => entry.category === 'Function.echo.User' && entry.message === 'a *** line')).toBe(true);
  });

  it('continues the trace of the caller', async () => {
    const given = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const echoed = (await (await call('/api/echo/t1', { headers: { traceparent: given } })).json()) as { trace: string };
    expect(echoed.trace).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
    expect(echoed.trace).not.toBe(given);
  });
});

describe('keys', () => {
  it('refuses a function without its key and opens it with a host key, its own key or the master key', async () => {
    expect((await call('/api/withKey')).status).toBe(401);
    expect((await call('/api/withKey?code=wrong')).status).toBe(401);
    for (const key of ['host-key', 'own-key', 'master-key']) {
      expect((await call(`/api/withKey?code=${key}`)).status).toBe(200);
      expect((await call('/api/withKey', { headers: { 'x-functions-key': key } })).status).toBe(200);
    }
  });

  it('lets the header win over the query, even a wrong one', async () => {
    expect((await call('/api/withKey?code=host-key', { headers: { 'x-functions-key': 'wrong' } })).status).toBe(401);
    expect((await call('/api/withKey?code=wrong', { headers: { 'x-functions-key': 'host-key' } })).status).toBe(200);
  });

  it('opens an admin function with the master key only', async () => {
    expect((await call('/api/withMaster?code=host-key')).status).toBe(401);
    expect((await call('/api/withMaster?code=master-key')).status).toBe(200);
  });

  it('opens /admin with the master key only', async () => {
    expect((await call('/admin/host/status')).status).toBe(401);
    expect((await call('/admin/host/status', { headers: { 'x-functions-key': 'host-key' } })).status).toBe(401);
    expect(await (await call('/admin/host/status', { headers: { 'x-functions-key': 'master-key' } })).json()).toMatchObject({ state: 'Running' });
  });
});

describe('bodies', () => {
  it('takes a body up to the limit and refuses a longer one with 413', async () => {
    expect(await (await call('/api/size', { method: 'POST', body: 'x'.repeat(1000) })).text()).toBe('1000');
    expect((await call('/api/size', { method: 'POST', body: 'x'.repeat(1001) })).status).toBe(413);
  });

  it('refuses a longer one that does not say its length beforehand', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(`${host.url}/api/size`, { method: 'POST' }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      request.on('error', reject);
      for (let i = 0; i < 20; i += 1) request.write('x'.repeat(100));
      request.end();
    });
    expect(status).toBe(413);
  });
});

describe('stopping', () => {
  it('waits for what runs, answers it, and takes nothing new', async () => {
    const second = await startHost({ bundle: fixture.bundle, hostJson: fixture.hostJson, port: 0, settings: {}, storageConnection: 'UseDevelopmentStorage=true' });
    let finish = (_: string): void => undefined;
    probe().act['slow'] = () => new Promise<string>((resolve) => (finish = resolve));
    const answer = fetch(`${second.url}/api/slow`);
    await eventually(() => second.running === 1, 'the slow function began');
    const stopped = second.stop();
    await expect(fetch(`${second.url}/api/shapes`)).rejects.toThrow();
    finish('at last');
    expect(await (await answer).text()).toBe('at last');
    expect(await stopped).toBe(0);
    expect(probe().events).toContain('appTerminate');
  });

  it('does not wait longer than it may', async () => {
    const second = await startHost({ bundle: fixture.bundle, hostJson: fixture.hostJson, port: 0, settings: {}, storageConnection: 'UseDevelopmentStorage=true' });
    probe().act['slow'] = () => new Promise(() => undefined);
    const answer = fetch(`${second.url}/api/slow`).catch((error: unknown) => error);
    await eventually(() => second.running === 1, 'the slow function began');
    expect(await second.stop(20)).toBe(1);
    expect(await answer).toBeInstanceOf(Error);
  });
});

describe('functionTimeout', () => {
  it('reports an invocation that exceeds it as failed', async () => {
    const short = await bundleFixture('http', { functionTimeout: '00:00:00.05' });
    const entries: HostLogEntry[] = [];
    const second = await startHost({ bundle: short.bundle, hostJson: short.hostJson, port: 0, settings: {}, storageConnection: 'UseDevelopmentStorage=true', log: (entry) => entries.push(entry) });
    probe().act['slow'] = () => new Promise(() => undefined);
    expect((await fetch(`${second.url}/api/slow`)).status).toBe(500);
    expect(entries.some((entry) => entry.level === 'error' && entry.message.includes('functionTimeout of 50 ms exceeded'))).toBe(true);
    expect(await second.stop()).toBe(0);
    await short.remove();
  });
});
