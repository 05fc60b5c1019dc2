import { createEntraSimulator, type EntraSimulator } from '../../local/entra/simulator.ts';
import type { Application, EntraCloud } from '../../local/entra/directory.ts';
import { azureCredentials } from '../../shared/graph/credentials.ts';
import { tokenProviders, type TokenSettings } from '../../shared/graph/tokens.ts';
import type { Clock } from '../../shared/sync/ports.ts';

export const HOME = 'aaaaaaaa-0000-4000-8000-000000000001';
export const CUSTOMER = 'aaaaaaaa-0000-4000-8000-000000000002';
export const OTHER_CUSTOMER = 'aaaaaaaa-0000-4000-8000-000000000003';
export const APP = 'bbbbbbbb-0000-4000-8000-000000000001';
export const ROLES = ['User.Read.All', 'Calendars.ReadWrite', 'MailboxSettings.Read'];
export const SECRET = 'the-very-secret-value';
const ENDPOINT = 'http://169.254.129.4:8081/msi/token';
const HEADER = 'identity-header';

export const CLOUDS = {
  global: { loginHost: 'https://login.microsoftonline.com', graph: 'https://graph.microsoft.com', exchangeAudience: 'api://AzureADTokenExchange' },
  usGovernment: { loginHost: 'https://login.microsoftonline.us', graph: 'https://graph.microsoft.us', exchangeAudience: 'api://AzureADTokenExchangeUSGov' },
  defence: { loginHost: 'https://login.microsoftonline.us', graph: 'https://dod-graph.microsoft.us', exchangeAudience: 'api://AzureADTokenExchangeUSGov' },
  china: { loginHost: 'https://login.partner.microsoftonline.cn', graph: 'https://microsoftgraph.chinacloudapi.cn', exchangeAudience: 'api://AzureADTokenExchangeChina' },
} satisfies Record<string, EntraCloud>;

/** What App Service sets; the library reads it from the process. */
export function insideAppService(stubEnv: (name: string, value: string) => void): void {
  stubEnv('IDENTITY_ENDPOINT', ENDPOINT);
  stubEnv('IDENTITY_HEADER', HEADER);
}

const realClock: Clock = { now: () => Date.now(), monotonic: () => performance.now(), sleep: (_ms, signal) => new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('The sleep was cancelled.')))) };

/** All managed identities of a process send through the client of the first one: it asks whoever plays Entra now. */
let playing: EntraWorld | null = null;
const wire = async (url: string, init: RequestInit): Promise<Response> => {
  if (playing === null) throw new Error('Nobody plays Entra.');
  return playing.answer(new Request(url, init));
};
let identities = 0;

/** One cloud with a home tenant (registration, managed identity) and two customers, who consented. Nothing reaches any other network. */
export class EntraWorld {
  readonly entra: EntraSimulator;
  readonly cloud: EntraCloud;
  readonly app: Application;
  /** Tokens are kept per identity for as long as the process lives: each world has its own. */
  readonly identityId: string;
  readonly strayed: string[] = [];
  readonly provider: ReturnType<typeof tokenProviders>;

  constructor(cloud: EntraCloud = CLOUDS.global) {
    this.cloud = cloud;
    const number = String((identities += 1)).padStart(12, '0');
    this.identityId = `cccccccc-0000-4000-8000-${number}`;
    const principalId = `dddddddd-0000-4000-8000-${number}`;
    this.entra = createEntraSimulator({ cloud, clock: realClock, identityEndpoint: { url: ENDPOINT, header: HEADER, assigned: [this.identityId] } });
    for (const id of [HOME, CUSTOMER, OTHER_CUSTOMER]) this.entra.addTenant(id);
    this.app = this.entra.addApplication({
      appId: APP,
      homeTenant: HOME,
      requiredRoles: [...ROLES],
      secrets: [{ value: SECRET, expiresAt: Date.now() + 3_600_000 }],
      federated: [{ issuer: `${cloud.loginHost}/${HOME}/v2.0`, subject: principalId, audience: cloud.exchangeAudience }],
    });
    this.entra.addIdentity({ clientId: this.identityId, principalId, tenantId: HOME, roles: [...ROLES] });
    for (const id of [CUSTOMER, OTHER_CUSTOMER]) this.entra.grant(id, APP, ROLES);
    this.provider = tokenProviders(realClock, azureCredentials(wire));
    playing = this;
  }

  /** The network that the product gets: whatever is not Entra's is noted and refused. */
  readonly wire = wire;

  async answer(request: Request): Promise<Response> {
    const answer = await this.entra.fetch(request);
    if (answer !== null) return answer;
    this.strayed.push(new URL(request.url).host);
    throw new TypeError('fetch failed');
  }

  settings(auth: TokenSettings['auth'], more: Partial<TokenSettings> = {}): TokenSettings {
    return { baseUrl: this.cloud.graph, auth, tenantId: CUSTOMER, appId: APP, identityClientId: this.identityId, ...(auth === 'clientSecret' ? { clientSecret: SECRET } : {}), ...more };
  }

  token(auth: TokenSettings['auth'], more: Partial<TokenSettings> = {}): Promise<string> {
    return this.provider(this.settings(auth, more))();
  }

  get logins(): string[] {
    return this.entra.asked.filter((one) => one.startsWith('POST'));
  }
}

export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
}
