import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAzurite } from '../../local/host/azurite.ts';
import { startHost, type Host } from '../../local/host/host.ts';
import { QUEUES, ROUTES } from '../../shared/config/names.ts';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const ANONYMOUS: readonly string[] = [ROUTES.notifications, ROUTES.lifecycle, ROUTES.health, ROUTES.consentStart, ROUTES.consentCallback];

describe.skipIf(!existsSync(at('dist/main.mjs')))('the built bundle, loaded as Azure loads it, without a single setting of ours', () => {
  let azurite: Awaited<ReturnType<typeof startAzurite>>;
  let host: Host;

  beforeAll(async () => {
    azurite = await startAzurite();
    host = await startHost({ bundle: at('dist/main.mjs'), hostJson: at('host.json'), port: 0, settings: { DATA: azurite.connectionString }, storageConnection: azurite.connectionString, keys: { default: 'the function key', master: 'the master key' } });
  });

  afterAll(async () => {
    await host.stop(1_000);
    await azurite.stop();
  });

  it('registers every route and queue of names.ts, and no other', () => {
    const routes = host.functions.flatMap(({ route }) => (route === undefined ? [] : [route]));
    expect([...routes].sort()).toEqual(Object.values(ROUTES).map((route) => `api/${route}`).sort());
    const text = JSON.stringify(host.functions);
    for (const queue of Object.values(QUEUES)) expect(text).toContain(queue);
    expect(host.functions.filter(({ trigger }) => trigger === 'queue')).toHaveLength(Object.keys(QUEUES).length);
    expect(host.functions.filter(({ trigger }) => trigger === 'timer').map(({ name }) => name).sort()).toEqual(['crmPollTimer', 'dueTimer', 'reconcileTimer', 'subscriptionsTimer', 'usersTimer']);
  });

  it('answers 401 on every route that needs a key, without one or with a wrong one', async () => {
    for (const route of Object.values(ROUTES)) {
      if (ANONYMOUS.includes(route)) continue;
      const url = `${host.url}/api/${route.replaceAll(/\{(\w+)\}/g, 'x')}`;
      const method = host.functions.find((one) => one.route === `api/${route}`)?.methods?.[0] ?? 'GET';
      for (const headers of [new Headers(), new Headers({ 'x-functions-key': 'wrong' })]) expect((await fetch(url, { method, headers })).status, route).toBe(401);
    }
  });

  it('meets the browsers of strangers with a page that tells nothing of it', async () => {
    for (const route of [ROUTES.consentStart, ROUTES.consentCallback]) {
      const answer = await fetch(`${host.url}/api/${route}?invitation=x&state=x&tenant=x&admin_consent=True`);
      expect([answer.status, answer.headers.get('content-type'), answer.headers.get('set-cookie')], route).toEqual([503, 'text/html; charset=utf-8', null]);
      expect(await answer.text()).not.toMatch(/[A-Z]{3,}_/);
    }
  });

  it('says in one sentence what is missing, and still answers', async () => {
    const answer = await fetch(`${host.url}/api/health`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ status: 'down', problem: 'The application setting CONFIG is missing: set it and the connector goes on by itself.' });
  });
});
