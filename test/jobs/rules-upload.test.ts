import { describe, expect, it } from 'vitest';
import { HttpRequest, type HttpHandler, type HttpResponseInit } from '@azure/functions';
import { adminRules, adminRulesVersion, adminRulesVersions } from '../../functions/admin-rules.ts';
import { adminTenant } from '../../functions/admin-tenants.ts';
import { health } from '../../functions/health.ts';
import { memoryStorage } from '../../local/state/memory.ts';
import { compose, type AppOf } from '../../shared/compose.ts';
import { invocation } from '../world/host-rules.ts';
import { TENANT } from '../world/places.ts';
import { VirtualClock } from '../world/virtual-clock.ts';

const CONFIG = 'config';
const OTHER = '33333333-3333-4333-8333-333333333333';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function rules(more: Record<string, unknown> = {}): string {
  return JSON.stringify({ tenantId: TENANT, crm: { url: 'https://crm.example.com/request', user: 'SYNC', passwordSetting: 'CRM_PASSWORD', timeZone: 'Europe/Berlin' }, ...more });
}

interface Said {
  readonly status: number;
  readonly etag: string;
  readonly body: unknown;
}

/** A connector whose rules lie in a container, in as many instances as are asked for. */
class Deployed {
  readonly clock = new VirtualClock('2026-11-23T07:00:00Z');
  readonly storage = memoryStorage({ clock: this.clock, random: () => 0.5 });
  readonly events: string[] = [];
  appOf: AppOf = this.instance();

  instance(storage = this.storage): AppOf {
    const made = compose({ env: { CONFIG, CRM_PASSWORD: 'x', WEBHOOK_SECRET: 'a secret of at least 32 characters' }, clock: this.clock, random: () => 0.5, storage, fetch: () => Promise.reject(new TypeError('fetch failed')) });
    return () => made((line) => this.events.push(line));
  }

  async call(handler: (appOf: AppOf) => HttpHandler, method: 'GET' | 'PUT' | 'POST', params: Record<string, string>, headers: Record<string, string> = {}, body?: string, appOf = this.appOf): Promise<Said> {
    const request = new HttpRequest({ method, url: 'http://localhost/api/x', params, headers: { ...(method === 'PUT' ? { 'content-type': 'application/json' } : {}), ...headers }, ...(body === undefined ? {} : { body: { string: body } }) });
    const answer = (await handler(appOf)(request, invocation('test'))) as HttpResponseInit;
    return { status: answer.status ?? 200, etag: (answer.headers as Record<string, string> | undefined)?.['etag'] ?? '', body: answer.jsonBody ?? answer.body };
  }

  put(text: string, on: string | null, tenantId = TENANT): Promise<Said> {
    return this.call(adminRules, 'PUT', { tenantId }, on === null ? { 'if-none-match': '*' } : { 'if-match': on }, text);
  }

  async versions(): Promise<{ version: string; inForce: boolean }[]> {
    return ((await this.call(adminRulesVersions, 'GET', { tenantId: TENANT })).body as { versions: { version: string; inForce: boolean }[] }).versions;
  }

  async problem(appOf = this.appOf): Promise<unknown> {
    const { body } = await this.call(health, 'GET', {}, {}, undefined, appOf);
    return (body as { tenants: { problem: string | null }[] }).tenants[0]?.problem;
  }
}

describe('rules of a tenant, uploaded', () => {
  it('are put in force at once, come back as they were sent, and let a tenant in', async () => {
    const connector = new Deployed();
    expect(await connector.call(adminRules, 'GET', { tenantId: TENANT })).toMatchObject({ status: 404 });
    const stored = await connector.put(rules({ name: 'One' }), null);
    expect(stored).toMatchObject({ status: 200, body: { version: expect.stringMatching(/^\d{13}-[0-9a-f]{12}$/) as string } });
    const read = await connector.call(adminRules, 'GET', { tenantId: TENANT });
    expect([read.body, read.etag]).toEqual([rules({ name: 'One' }), stored.etag]);
    expect(await connector.problem()).toBeNull();
    expect(connector.events.join()).toContain('rules.changed');
    expect(connector.events.join()).not.toContain('crm.example.com');
  });

  it('replace what was read and nothing else', async () => {
    const connector = new Deployed();
    const first = await connector.put(rules(), null);
    expect((await connector.put(rules(), null)).status).toBe(412);
    const second = await connector.put(rules({ name: 'Two' }), first.etag);
    expect(second.status).toBe(200);
    expect((await connector.put(rules({ name: 'Late' }), first.etag)).status).toBe(412);
    expect((await connector.call(adminRules, 'PUT', { tenantId: TENANT }, {}, rules())).status).toBe(428);
    expect((await connector.call(adminRules, 'PUT', { tenantId: TENANT }, { 'if-match': '*' }, rules())).status).toBe(428);
    expect((await connector.call(adminRules, 'GET', { tenantId: TENANT })).body).toBe(rules({ name: 'Two' }));
    expect(await connector.versions()).toHaveLength(2);
  });

  it.each([
    ['not json', /^the document: is not valid JSON$/],
    [rules({ tenantId: OTHER }), /^tenantId: names another tenant/],
    [rules({ surprise: 1 }), /surprise/],
    [rules({ conflict: { rule: 'both' } }), /^conflict\.rule: /],
    [rules({ crm: { url: 'http://crm.example.com', user: 'SYNC', passwordSetting: 'CRM_PASSWORD', timeZone: 'Europe/Berlin' } }), /^crm\.url: must be https/],
    [rules({ crm: { url: 'https://crm.example.com', user: 'SYNC', passwordSetting: 'CRM_PASSWORD', timeZone: 'Europe/Berlin', profile: { activity: { fields: { Titel: 'x' } } } } }), /^crm\.profile: .*Titel/],
    [rules({ graph: { baseUrl: 'https://graph.example.org' } }), /^graph\.baseUrl: .*no Microsoft cloud/],
    [rules({ graph: { baseUrl: 'https://graph.microsoft.com', auth: 'local' } }), /^graph\.auth: /],
  ])('are refused with path and reason, and change nothing: %#', async (text, says) => {
    const connector = new Deployed();
    const { etag } = await connector.put(rules({ name: 'Good' }), null);
    const refused = await connector.put(text, etag);
    expect([refused.status, (refused.body as { mistakes: string[] }).mistakes]).toEqual([422, [expect.stringMatching(says) as string]]);
    expect((await connector.call(adminRules, 'GET', { tenantId: TENANT })).body).toBe(rules({ name: 'Good' }));
    expect(await connector.versions()).toHaveLength(1);
  });

  it('are JSON by their content type, too', async () => {
    const connector = new Deployed();
    expect((await connector.call(adminRules, 'PUT', { tenantId: TENANT }, { 'if-none-match': '*', 'content-type': 'text/plain' }, rules())).status).toBe(415);
  });

  it('are kept in versions, of which an old one can be put back', async () => {
    const connector = new Deployed();
    let { etag } = await connector.put(rules({ name: 'One' }), null);
    await connector.clock.until(connector.clock.now() + 1_000);
    ({ etag } = await connector.put(rules({ name: 'Two' }), etag));
    const [newer, older] = await connector.versions();
    expect([newer?.inForce, older?.inForce]).toEqual([true, false]);
    const params = { tenantId: TENANT, version: older?.version ?? '' };
    expect((await connector.call(adminRulesVersion, 'GET', params)).body).toBe(rules({ name: 'One' }));
    expect((await connector.call(adminRulesVersion, 'POST', params, { 'if-match': '"0x1"' })).status).toBe(412);
    await connector.clock.until(connector.clock.now() + 1_000);
    expect((await connector.call(adminRulesVersion, 'POST', params, { 'if-match': etag })).status).toBe(200);
    expect((await connector.call(adminRules, 'GET', { tenantId: TENANT })).body).toBe(rules({ name: 'One' }));
    expect((await connector.versions()).map(({ inForce }) => inForce)).toEqual([true, false, false]);
    for (const version of ['../secrets', '0000000000000-000000000000', '']) expect((await connector.call(adminRulesVersion, 'GET', { tenantId: TENANT, version })).status).toBe(404);
  });

  it('keep fifty versions', async () => {
    const connector = new Deployed();
    let { etag } = await connector.put(rules({ name: '0' }), null);
    for (let index = 1; index <= 52; index += 1) {
      await connector.clock.until(connector.clock.now() + 1_000);
      ({ etag } = await connector.put(rules({ name: String(index) }), etag));
    }
    expect(await connector.versions()).toHaveLength(50);
    expect((await connector.versions())[0]?.inForce).toBe(true);
  });
});

describe('rules that somebody put there by hand and that are wrong', () => {
  const wrongFile = async (connector: Deployed): Promise<void> => {
    await connector.storage.blobs.put(CONFIG, `${TENANT}.json`, bytes('{"surprise":'));
    await connector.clock.until(connector.clock.now() + 31_000);
  };

  it('leave the last good ones in force, in the instances that run and in new ones, and are told of', async () => {
    const connector = new Deployed();
    await connector.storage.blobs.put(CONFIG, `${TENANT}.json`, bytes(rules({ name: 'By hand' })));
    expect(await connector.problem()).toBeNull();
    await wrongFile(connector);
    for (const appOf of [connector.appOf, connector.instance()]) {
      expect(await connector.problem(appOf)).toMatch(/not valid JSON: .* The last good ones stay in force\.$/);
      expect(await appOf({ log: () => undefined }).startTenantJob(TENANT, 'reconcile')).toMatchObject({ asked: 0 });
    }
    await connector.storage.blobs.put(CONFIG, `${TENANT}.json`, bytes(rules({ name: 'Mended' })));
    await connector.clock.until(connector.clock.now() + 31_000);
    expect(await connector.problem()).toBeNull();
  });

  it('are told to ops: in the tenant’s status, and as an event with every users’ job until they are mended', async () => {
    const connector = new Deployed();
    const told = async (): Promise<readonly string[]> => {
      connector.events.length = 0;
      const app = connector.appOf({ log: () => undefined });
      for (const job of ['crmPoll', 'users', 'reconcile'] as const) await app.startTenantJob(TENANT, job);
      return connector.events.filter((line) => line.includes('rules.wrong'));
    };
    const status = async (): Promise<unknown> => (await connector.call(adminTenant, 'GET', { tenantId: TENANT })).body;
    await connector.storage.blobs.put(CONFIG, `${TENANT}.json`, bytes(rules({ name: 'By hand' })));
    expect(await told()).toEqual([]);
    expect(await status()).toMatchObject({ status: 'known', rulesMistake: null });
    await wrongFile(connector);
    expect(await told()).toEqual([JSON.stringify({ evt: 'rules.wrong', tenant: TENANT, inForce: 'lastGood' })]);
    expect(await status()).toMatchObject({ status: 'known', rulesMistake: expect.stringMatching(/not valid JSON/) as string });
    // Stopped or switched off: what lies there is wrong all the same.
    await connector.storage.tables.transact('directory', TENANT, [{ op: 'merge', row: { rowKey: 'tenant', cells: { problem_stopped: 'Stopped.', at_stopped: 1 } } }]);
    expect(await told()).toHaveLength(1);
    expect(await status()).toMatchObject({ status: 'stopped', why: 'Stopped.', rulesMistake: expect.stringMatching(/not valid JSON/) as string });
    await connector.storage.blobs.put(CONFIG, `${TENANT}.json`, bytes(rules({ name: 'Mended' })));
    await connector.clock.until(connector.clock.now() + 31_000);
    expect(await told()).toEqual([]);
    expect(await status()).toMatchObject({ rulesMistake: null });
  });

  it('stop the tenant where there never were good ones', async () => {
    const connector = new Deployed();
    await wrongFile(connector);
    expect(await connector.problem()).toMatch(/not valid JSON/);
    expect(await connector.appOf({ log: () => undefined }).startTenantJob(TENANT, 'reconcile')).toMatchObject({ state: 'failed' });
  });
});
