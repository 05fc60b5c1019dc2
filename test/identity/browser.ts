import { HttpRequest, type HttpHandler, type HttpResponseInit } from '@azure/functions';
import { adminConsent, consentCallback, consentStart } from '../../functions/consent.ts';
import { adminJobs } from '../../functions/admin-jobs.ts';
import { memoryStorage } from '../../local/state/memory.ts';
import { compose, type AppOf } from '../../shared/compose.ts';
import type { DoctorReport } from '../../shared/jobs/doctor.ts';
import { invocation } from '../world/host-rules.ts';
import { CUSTOMER, EntraWorld, OTHER_CUSTOMER, SECRET } from './world.ts';

export const BASE = 'https://connector.example.com';
const CALLBACK = `${BASE}/api/consent/callback`;

/** The deployed connector with two customers on its list, Entra, and time that a test turns. */
export class Deployment {
  readonly world = new EntraWorld();
  readonly events: Record<string, unknown>[] = [];
  readonly env: Record<string, string> = { GRAPH_APP_ID: this.world.app.appId, GRAPH_CLIENT_SECRET: SECRET, GRAPH_AUTH: 'clientSecret', IDENTITY_CLIENT_ID: this.world.identityId, PUBLIC_BASE_URL: BASE, WEBHOOK_SECRET: 'a secret of at least 32 characters', CRM_PASSWORD: 'crm-secret' };
  readonly rules: Record<string, Record<string, unknown>> = {};
  /** How much later than now it is. */
  later = 0;
  private draws = 0;
  readonly appOf: AppOf;

  constructor() {
    this.world.app.redirectUris.push(CALLBACK);
    for (const id of [CUSTOMER, OTHER_CUSTOMER]) {
      this.world.entra.grant(id, this.world.app.appId, null);
      this.rules[id] = { tenantId: id, crm: { url: 'https://crm.example.com/request', user: 'SYNC', passwordSetting: 'CRM_PASSWORD', timeZone: 'Europe/Berlin' } };
    }
    const clock = { now: () => Date.now() + this.later, monotonic: () => performance.now(), sleep: (_ms: number, signal?: AbortSignal) => new Promise<void>((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('The sleep was cancelled.')))) };
    const app = compose({
      env: this.env,
      clock,
      random: () => ((this.draws += 1) * 0.618_033_988_75) % 1,
      fetch: (request) => this.world.wire(request.url, request),
      storage: memoryStorage({ clock: { now: clock.now }, random: () => 0.5 }),
      rules: { list: async () => Object.keys(this.rules), read: async (id) => (this.rules[id] === undefined ? null : { text: JSON.stringify(this.rules[id]), etag: JSON.stringify(this.rules[id]) }) },
    });
    this.appOf = () => app((line) => this.events.push(JSON.parse(line) as Record<string, unknown>));
  }

  async call(handler: (appOf: AppOf) => HttpHandler, method: 'GET' | 'POST', url: string, cookie?: string, params: Record<string, string> = {}): Promise<HttpResponseInit> {
    const request = new HttpRequest({ method, url, query: Object.fromEntries(new URL(url).searchParams), params, headers: cookie === undefined ? {} : { cookie } });
    return (await handler(this.appOf)(request, invocation('test'))) as HttpResponseInit;
  }

  async invite(tenantId = CUSTOMER): Promise<string> {
    const { jsonBody } = await this.call(adminConsent, 'POST', `${BASE}/api/admin/consent?tenantId=${tenantId}`);
    return (jsonBody as { link: string }).link;
  }

  async lastConsent(tenantId = CUSTOMER): Promise<unknown> {
    return (await this.call(adminConsent, 'GET', `${BASE}/api/admin/consent?tenantId=${tenantId}`)).jsonBody;
  }

  async doctor(tenantId = CUSTOMER): Promise<DoctorReport['findings']> {
    const { jsonBody } = await this.call(adminJobs, 'POST', `${BASE}/api/admin/jobs/doctor?tenantId=${tenantId}`, undefined, { job: 'doctor' });
    return (jsonBody as DoctorReport).findings.filter(({ check }) => check.startsWith('graph.'));
  }
}

/** The browser of somebody who opens the link. */
export class Browser {
  cookie: string | undefined;
  readonly deployment: Deployment;

  constructor(deployment: Deployment) {
    this.deployment = deployment;
  }

  /** Opens the invitation; the address of Entra's page it is sent to. */
  async open(link: string): Promise<string> {
    const answer = await this.deployment.call(consentStart, 'GET', link, this.cookie);
    this.keep(answer);
    return (answer.headers as Record<string, string>)['location'] ?? '';
  }

  /** Goes through Entra's page; the address it is sent back to. */
  async consent(page: string, says: 'yes' | 'no' = 'yes', tenantId = CUSTOMER): Promise<string> {
    this.deployment.world.entra.setAdmin({ tenantId, mayConsent: true, says });
    const answer = await this.deployment.world.entra.fetch(new Request(page));
    return answer?.headers.get('location') ?? '';
  }

  async back(address: string): Promise<{ status: number; text: string; headers: Record<string, string> }> {
    const answer = await this.deployment.call(consentCallback, 'GET', address, this.cookie);
    this.keep(answer);
    return { status: answer.status ?? 200, text: String(answer.body), headers: answer.headers as Record<string, string> };
  }

  private keep({ cookies = [] }: HttpResponseInit): void {
    for (const { name, value, maxAge } of cookies) this.cookie = maxAge === 0 ? undefined : `other=1; ${name}=${value}`;
  }
}

export function withQuery(address: string, changes: Readonly<Record<string, string | null>>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return url.href;
}
