import { HttpRequest, type HttpHandler, type HttpResponseInit } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { adminRules, adminRulesVersion, adminRulesVersions } from '../../functions/admin-rules.ts';
import { memoryStorage } from '../../local/state/memory.ts';
import { compose, type AppOf } from '../../shared/compose.ts';
import type { Storage } from '../../shared/sync/ports.ts';
import { invocation } from '../world/host-rules.ts';
import { TENANT } from '../world/places.ts';
import { VirtualClock } from '../world/virtual-clock.ts';
import { Worker, type CrashPlan } from '../world/worker.ts';

type Endpoint = (appOf: AppOf) => HttpHandler;
interface Listed {
  readonly version: string;
  readonly inForce: boolean;
}

const named = (name: string): string => JSON.stringify({ tenantId: TENANT, name, crm: { url: 'https://crm.example.com/request', user: 'SYNC', passwordSetting: 'CRM_PASSWORD', timeZone: 'Europe/Berlin' } });

/** A connector's storage, and requests to instances of it that may die. */
class Deployed {
  readonly clock = new VirtualClock('2026-11-23T07:00:00Z');
  readonly storage = memoryStorage({ clock: this.clock, random: () => 0.5 });

  instance(storage: Storage = this.storage): AppOf {
    const made = compose({ env: { CONFIG: 'config', CRM_PASSWORD: 'x', WEBHOOK_SECRET: 'a secret of at least 32 characters' }, clock: this.clock, random: () => 0.5, storage, fetch: () => Promise.reject(new TypeError('fetch failed')) });
    return () => made(() => undefined);
  }

  /** Null = the instance died over it. */
  async ask(endpoint: Endpoint, method: 'GET' | 'PUT' | 'POST', { appOf = this.instance(), params = {}, on, body }: { appOf?: AppOf; params?: Record<string, string>; on?: string; body?: string } = {}): Promise<HttpResponseInit | null> {
    await this.clock.until(this.clock.now() + 1_000);
    const request = new HttpRequest({ method, url: 'http://localhost/api/x', params: { tenantId: TENANT, ...params }, headers: { 'content-type': 'application/json', ...(on === undefined ? { 'if-none-match': '*' } : { 'if-match': on }) }, ...(body === undefined ? {} : { body: { string: body } }) });
    return this.clock.drive(Promise.resolve(endpoint(appOf)(request, invocation('test'))) as Promise<HttpResponseInit>);
  }

  async lyingThere(): Promise<{ text: string; etag: string } | null> {
    const answer = await this.ask(adminRules, 'GET');
    return answer?.status === 404 ? null : { text: String(answer?.body), etag: (answer?.headers as Record<string, string>)['etag'] ?? '' };
  }

  async versions(): Promise<readonly Listed[]> {
    return ((await this.ask(adminRulesVersions, 'GET'))?.jsonBody as { versions: readonly Listed[] }).versions;
  }

  async text({ version }: Listed): Promise<unknown> {
    return (await this.ask(adminRulesVersion, 'GET', { params: { version } }))?.body;
  }
}

interface Scenario {
  readonly name: string;
  /** What counted before, oldest first. */
  readonly before: readonly string[];
  readonly act: (connector: Deployed, appOf: AppOf) => Promise<HttpResponseInit | null>;
  readonly then: string;
}

const upload = async (connector: Deployed, appOf: AppOf | undefined, text: string): Promise<HttpResponseInit | null> => {
  const on = (await connector.lyingThere())?.etag;
  return connector.ask(adminRules, 'PUT', { ...(appOf === undefined ? {} : { appOf }), ...(on === undefined ? {} : { on }), body: text });
};

const SCENARIOS: readonly Scenario[] = [
  { name: 'the first rules of a tenant', before: [], act: (connector, appOf) => upload(connector, appOf, named('One')), then: named('One') },
  { name: 'others in their place', before: ['One'].map(named), act: (connector, appOf) => upload(connector, appOf, named('Two')), then: named('Two') },
  { name: 'others, where the oldest version goes for them', before: Array.from({ length: 50 }, (_, index) => named(String(index))), act: (connector, appOf) => upload(connector, appOf, named('Two')), then: named('Two') },
  {
    name: 'an old version, put back',
    before: ['One', 'Two'].map(named),
    act: async (connector, appOf) => connector.ask(adminRulesVersion, 'POST', { appOf, on: (await connector.lyingThere())?.etag ?? '', params: { version: (await connector.versions())[1]?.version ?? '' } }),
    then: named('One'),
  },
];

async function died({ before, act }: Scenario, crash: CrashPlan | null): Promise<{ connector: Deployed; worker: Worker }> {
  const connector = new Deployed();
  for (const text of before) await upload(connector, undefined, text);
  const worker = new Worker(crash);
  const answer = await act(connector, connector.instance(worker.storage(connector.storage)));
  expect(answer?.status ?? (worker.dead ? 'none' : 200)).toBe(crash === null ? 200 : 'none');
  return { connector, worker };
}

/** What an admin and another instance find afterwards. */
async function expectWhole(connector: Deployed, { before, then }: Scenario): Promise<void> {
  const lying = await connector.lyingThere();
  expect([before.at(-1), then]).toContain(lying?.text);
  const versions = await connector.versions();
  const texts: unknown[] = [];
  for (const version of versions) texts.push(await connector.text(version));
  expect(texts.every((text) => text === then || before.includes(String(text)))).toBe(true);
  expect(versions.filter(({ inForce }) => inForce)).toHaveLength(lying === null ? 0 : 1);
  expect(texts[versions.findIndex(({ inForce }) => inForce)]).toBe(lying?.text);
  expect(versions.length).toBeLessThanOrEqual(51);
  // No job stops over it: it goes by the one or the other.
  const worked = await connector.instance()({ log: () => undefined }).startTenantJob(TENANT, 'reconcile');
  expect(worked).toMatchObject(lying === null ? { state: 'unknown' } : { asked: 0 });
}

describe('an instance dies while rules are put in force', () => {
  it.each(SCENARIOS)('$name: the old ones are in force or the new ones, the versions tell which, and the same may be asked again', async (scenario) => {
    const { connector: whole, worker } = await died(scenario, null);
    await expectWhole(whole, scenario);
    expect((await whole.lyingThere())?.text).toBe(scenario.then);
    expect(worker.calls.length).toBeGreaterThan(4);
    const found = new Set<string | undefined>();
    for (let call = 1; call <= worker.calls.length; call += 1) {
      for (const when of ['before', 'after'] as const) {
        const { connector } = await died(scenario, { call, when });
        await expectWhole(connector, scenario);
        found.add((await connector.lyingThere())?.text);
        expect((await upload(connector, undefined, scenario.then))?.status ?? 200).toBe(200);
        await expectWhole(connector, scenario);
        expect((await connector.lyingThere())?.text).toBe(scenario.then);
      }
    }
    expect(found).toEqual(new Set([scenario.before.at(-1), scenario.then]));
  });
});
