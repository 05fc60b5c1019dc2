import { describe, expect, it } from 'vitest';
import { createEntraSimulator } from '../../../local/entra/simulator.ts';
import { readToken, signedBy, signingKeys, signToken } from '../../../local/entra/tokens.ts';

const LOGIN = 'https://login.microsoftonline.com';
const TENANT = '11111111-1111-4111-8111-111111111111';
const OTHER = '22222222-2222-4222-8222-222222222222';
const APP = '33333333-3333-4333-8333-333333333333';
const BACK = 'https://app.example.com/back';
const NOW = Date.UTC(2026, 10, 23, 8);
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

function simulated() {
  const entra = createEntraSimulator({
    cloud: { loginHost: LOGIN, graph: 'https://graph.microsoft.com', exchangeAudience: 'api://AzureADTokenExchange' },
    clock: { now: () => NOW },
    identityEndpoint: { url: 'http://169.254.1.1/msi/token', header: 'inside', assigned: ['identity'] },
  });
  for (const id of [TENANT, OTHER]) entra.addTenant(id);
  const app = entra.addApplication({ appId: APP, homeTenant: TENANT, redirectUris: [BACK], requiredRoles: ['User.Read.All'], secrets: [{ value: 'secret', expiresAt: NOW + 1 }], federated: [{ issuer: 'issuer', subject: 'subject', audience: 'audience' }] });
  entra.grant(TENANT, APP, ['Calendars.Read']);
  const ask = async (path: string, form?: Record<string, string>): Promise<Response> => {
    const answer = await entra.fetch(new Request(`${LOGIN}/${path}`, form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }));
    if (answer === null) throw new Error('Nobody answers.');
    return answer;
  };
  const token = (form: Record<string, string>) => ask(`${TENANT}/oauth2/v2.0/token`, { grant_type: 'client_credentials', client_id: APP, scope: 'https://graph.microsoft.com/.default', ...form });
  const refused = async (answer: Response) => [answer.status, ((await answer.json()) as { error_codes?: number[] }).error_codes?.[0]];
  const consent = (tenant: string, query: Record<string, string> = {}) => ask(`${tenant}/adminconsent?${new URLSearchParams({ client_id: APP, redirect_uri: BACK, state: 's&1', ...query }).toString()}`);
  return { entra, app, ask, token, refused, consent };
}

describe('the token endpoint', () => {
  it('is described by the discovery document, and its tokens are signed with the published keys', async () => {
    const { ask, token } = simulated();
    const found = (await (await ask(`${TENANT}/v2.0/.well-known/openid-configuration`)).json()) as { token_endpoint: string; jwks_uri: string };
    expect(found.token_endpoint).toBe(`${LOGIN}/${TENANT}/oauth2/v2.0/token`);
    expect(((await (await ask(found.jwks_uri.slice(LOGIN.length + 1))).json()) as { keys: unknown[] }).keys).toHaveLength(1);
    const answer = (await (await token({ client_secret: 'secret' })).json()) as { token_type: string; expires_in: number; access_token: string };
    expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 3_599 });
    expect(readToken(answer.access_token)?.claims).toMatchObject({ tid: TENANT, appid: APP, appidacr: '1', roles: ['Calendars.Read'], exp: NOW / 1_000 + 3_599 });
  });

  it('takes no assertion that somebody else signed, or that has run out', async () => {
    const { token, refused } = simulated();
    const stranger = signingKeys('stranger');
    const assertion = (exp: number) => signToken(stranger, { iss: 'issuer', sub: 'subject', aud: 'audience', exp });
    expect(signedBy(assertion(1), stranger.publicKey)).toBe(true);
    expect(await refused(await token({ client_assertion: assertion(NOW / 1_000 + 60), client_assertion_type: JWT_BEARER }))).toEqual([401, 50013]);
    expect(await refused(await token({ client_assertion: 'no.token', client_assertion_type: JWT_BEARER }))).toEqual([401, 50027]);
  });

  it('wants a proof, a scope of Graph and the one grant', async () => {
    const { token, refused } = simulated();
    expect(await refused(await token({}))).toEqual([401, 7000218]);
    expect(await refused(await token({ client_secret: 'secret', scope: 'Calendars.Read' }))).toEqual([400, 1002012]);
    expect(await refused(await token({ client_secret: 'secret', scope: 'https://graph.microsoft.us/.default' }))).toEqual([400, 500011]);
    expect(await refused(await token({ client_secret: 'secret', grant_type: 'password' }))).toEqual([400, 70003]);
  });
});

describe('the consent page', () => {
  it('adds what the registration asks for and comes back with tenant and state', async () => {
    const { entra, consent } = simulated();
    entra.setAdmin({ tenantId: TENANT, mayConsent: true, says: 'yes' });
    const back = new URL((await consent(TENANT)).headers.get('location') ?? '');
    expect(Object.fromEntries(back.searchParams)).toEqual({ admin_consent: 'True', tenant: TENANT, state: 's&1' });
    expect(entra.directory.tenants.get(TENANT)?.servicePrincipals.get(APP)?.roles).toEqual(['Calendars.Read', 'User.Read.All']);
  });

  it('sends nobody to an address that is not registered, and takes no word for another tenant', async () => {
    const { entra, app, consent, refused } = simulated();
    entra.setAdmin({ tenantId: TENANT, mayConsent: true, says: 'yes' });
    expect(await refused(await consent(TENANT, { redirect_uri: `${BACK}/` }))).toEqual([400, 50011]);
    expect(await refused(await consent(OTHER))).toEqual([400, 50020]);
    entra.setAdmin({ tenantId: TENANT, mayConsent: false, says: 'yes' });
    expect(await refused(await consent(TENANT))).toEqual([400, 90094]);
    app.multiTenant = false;
    entra.setAdmin({ tenantId: OTHER, mayConsent: true, says: 'yes' });
    expect(await refused(await consent(OTHER))).toEqual([400, 50194]);
  });
});

describe('the endpoint of managed identities', () => {
  it('answers who is inside, for an identity that is assigned', async () => {
    const { entra } = simulated();
    entra.addIdentity({ clientId: 'identity', principalId: 'principal', tenantId: TENANT, roles: [] });
    const ask = async (query: string, header = 'inside') => (await entra.fetch(new Request(`http://169.254.1.1/msi/token?api-version=2019-08-01&resource=x${query}`, { headers: { 'x-identity-header': header } })))?.status;
    expect(await ask('&client_id=identity')).toBe(200);
    expect(await ask('&client_id=identity', 'outside')).toBe(401);
    expect(await ask('&client_id=other')).toBe(400);
    expect(await ask('')).toBe(400);
  });
});
