import { adminConsent, type SignedInAdmin } from './admin-consent.ts';
import type { Application, EntraCloud, EntraDirectory, ManagedIdentity } from './directory.ts';
import { managedIdentityToken, type IdentityEndpoint } from './managed-identity.ts';
import { Refusal } from './refusal.ts';
import { clientCredentials, type Twist } from './token-endpoint.ts';
import { signingKeys } from './tokens.ts';

export interface EntraOptions {
  readonly cloud: EntraCloud;
  readonly clock: { now(): number };
  readonly identityEndpoint: IdentityEndpoint;
}

/** An answer that has nothing to do with who asks. */
export type Outage = 'unreachable' | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> };

export interface EntraSimulator {
  /** Login and managed identity: answers what is addressed to either, null where nothing of this is. */
  fetch(request: Request): Promise<Response | null>;
  readonly directory: EntraDirectory;
  readonly endpoint: IdentityEndpoint;
  /** Every request that came, without its query and body. */
  readonly asked: string[];
  addTenant(id: string): void;
  addApplication(application: Partial<Application> & Pick<Application, 'appId' | 'homeTenant'>): Application;
  addIdentity(identity: ManagedIdentity): void;
  /** A consent that was given once upon a time, or taken back (null). */
  grant(tenantId: string, appId: string, roles: readonly string[] | null): void;
  disable(tenantId: string, appId: string): void;
  /** Until `null` is set: the login service is out of order. */
  setLoginOutage(outage: Outage | null): void;
  setIdentityOutage(outage: Outage | null): void;
  setTwist(twist: Twist): void;
  /** Who answers the consent page. */
  setAdmin(admin: SignedInAdmin | null): void;
}

/** One cloud of Entra. Documented facts only: docs/simulators/entra.md. */
export function createEntraSimulator({ cloud, clock, identityEndpoint: endpoint }: EntraOptions): EntraSimulator {
  const directory: EntraDirectory = { cloud, tenants: new Map(), applications: new Map(), identities: new Map() };
  const keys = signingKeys('simulated');
  const asked: string[] = [];
  let loginOutage: Outage | null = null;
  let identityOutage: Outage | null = null;
  let twist: Twist = {};
  let admin: SignedInAdmin | null = null;
  let ids = 0;
  const newId = (): string => `5e000000-0000-4000-8000-${String((ids += 1)).padStart(12, '0')}`;

  async function login(request: Request, url: URL): Promise<Response> {
    const [, tenant = '', ...rest] = url.pathname.split('/');
    const route = `${request.method} ${rest.join('/')}`;
    try {
      switch (route) {
        case 'POST oauth2/v2.0/token':
          return clientCredentials(directory, keys, tenant, new URLSearchParams(await request.text()), clock.now(), twist);
        case 'GET v2.0/.well-known/openid-configuration':
          return Response.json(discovery(tenant));
        case 'GET discovery/v2.0/keys':
          return Response.json({ keys: [{ ...keys.publicKey.export({ format: 'jwk' }), use: 'sig', kid: keys.keyId }] });
        case 'GET adminconsent':
          if (admin === null) return new Response('Sign in', { headers: { 'content-type': 'text/html' } });
          return adminConsent(directory, tenant, url.searchParams, admin, newId);
        default:
          return new Response('', { status: 404 });
      }
    } catch (refusal) {
      if (refusal instanceof Refusal) return refusal.toResponse(clock.now(), cloud.loginHost);
      throw refusal;
    }
  }

  function discovery(tenant: string): Readonly<Record<string, unknown>> {
    const root = `${cloud.loginHost}/${tenant}`;
    return {
      issuer: `${root}/v2.0`,
      authorization_endpoint: `${root}/oauth2/v2.0/authorize`,
      token_endpoint: `${root}/oauth2/v2.0/token`,
      jwks_uri: `${root}/discovery/v2.0/keys`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
    };
  }

  return {
    directory,
    endpoint,
    asked,
    async fetch(request) {
      const url = new URL(request.url);
      const forIdentity = `${url.origin}${url.pathname}` === endpoint.url;
      if (!forIdentity && url.origin !== cloud.loginHost) return null;
      asked.push(`${request.method} ${url.origin}${url.pathname}`);
      const outage = forIdentity ? identityOutage : loginOutage;
      if (outage === 'unreachable') throw new TypeError('fetch failed');
      if (outage !== null) return new Response(outage.body, { status: outage.status, ...(outage.headers === undefined ? {} : { headers: outage.headers }) });
      return forIdentity ? managedIdentityToken(directory, keys, endpoint, request, clock.now()) : login(request, url);
    },
    addTenant: (id) => void directory.tenants.set(id, { id, servicePrincipals: new Map() }),
    addApplication(given) {
      const application: Application = { multiTenant: true, requiredRoles: [], redirectUris: [], secrets: [], certificates: [], federated: [], ...given };
      directory.applications.set(application.appId, application);
      return application;
    },
    addIdentity: (identity) => void directory.identities.set(identity.clientId, identity),
    grant(tenantId, appId, roles) {
      const tenant = directory.tenants.get(tenantId);
      if (roles === null) tenant?.servicePrincipals.delete(appId);
      else tenant?.servicePrincipals.set(appId, { appId, objectId: newId(), enabled: true, roles: [...roles] });
    },
    disable(tenantId, appId) {
      const principal = directory.tenants.get(tenantId)?.servicePrincipals.get(appId);
      if (principal !== undefined) principal.enabled = false;
    },
    setLoginOutage: (outage) => void (loginOutage = outage),
    setIdentityOutage: (outage) => void (identityOutage = outage),
    setTwist: (given) => void (twist = given),
    setAdmin: (given) => void (admin = given),
  };
}
