import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failureOf } from '../graph/scripted-graph.ts';
import { ownCertificate } from './certificate.ts';
import { APP, claimsOf, CLOUDS, CUSTOMER, EntraWorld, HOME, insideAppService, OTHER_CUSTOMER, ROLES, SECRET } from './world.ts';

const folder = mkdtempSync(join(tmpdir(), 'identity-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => insideAppService((name, value) => vi.stubEnv(name, value)));
afterEach(() => vi.unstubAllEnvs());

function withCertificate(world: EntraWorld, file = 'app.pem') {
  const own = ownCertificate();
  const certificatePath = join(folder, file);
  writeFileSync(certificatePath, own.pem);
  world.app.certificates.push({ sha256: own.sha256, sha1: own.sha1, publicKey: own.publicKey, expiresAt: Date.now() + 3_600_000 });
  return { own, certificatePath };
}

describe('a token of a customer’s tenant', () => {
  it('is had by the managed identity that the app registration trusts, without a secret', async () => {
    const world = new EntraWorld();
    const claims = claimsOf(await world.token('federated'));
    expect(claims).toMatchObject({ tid: CUSTOMER, appid: APP, aud: 'https://graph.microsoft.com', roles: ROLES });
    expect(world.entra.asked).toEqual(['GET http://169.254.129.4:8081/msi/token', `POST https://login.microsoftonline.com/${CUSTOMER}/oauth2/v2.0/token`]);
    expect(world.strayed).toEqual([]);
  });

  it('is had by a secret', async () => {
    expect(claimsOf(await new EntraWorld().token('clientSecret'))).toMatchObject({ tid: CUSTOMER, appid: APP });
  });

  it('is had by a certificate', async () => {
    const world = new EntraWorld();
    const { certificatePath } = withCertificate(world);
    expect(claimsOf(await world.token('certificate', { certificatePath }))).toMatchObject({ tid: CUSTOMER, appid: APP });
  });

  it('is had by the managed identity alone in its own tenant', async () => {
    const world = new EntraWorld();
    expect(claimsOf(await world.token('managedIdentity', { tenantId: HOME }))).toMatchObject({ tid: HOME, appid: world.identityId, roles: ROLES });
  });

  it('is asked for once per tenant, and never another tenant’s', async () => {
    const world = new EntraWorld();
    const one = await Promise.all([world.token('federated'), world.token('federated')]);
    const other = await world.token('federated', { tenantId: OTHER_CUSTOMER });
    expect(new Set(one).size).toBe(1);
    expect(claimsOf(other)['tid']).toBe(OTHER_CUSTOMER);
    expect(world.logins).toHaveLength(2);
    // The identity's own token serves both.
    expect(world.entra.asked.filter((asked) => asked.startsWith('GET'))).toHaveLength(1);
  });

  it('that Graph refused is asked for anew: a consent given meanwhile counts', async () => {
    const world = new EntraWorld();
    world.entra.grant(CUSTOMER, APP, []);
    const token = world.provider(world.settings('federated'));
    const old = await token();
    expect(claimsOf(old)['roles']).toBeUndefined();
    world.entra.grant(CUSTOMER, APP, ROLES);
    expect(claimsOf(await token(old))['roles']).toEqual(ROLES);
  });
});

describe('national clouds', () => {
  it.each(Object.entries(CLOUDS))('%s: its own login, its own audiences, and nobody else is asked', async (_name, cloud) => {
    const world = new EntraWorld(cloud);
    expect(claimsOf(await world.token('federated'))).toMatchObject({ aud: cloud.graph, tid: CUSTOMER });
    expect(claimsOf(await world.token('clientSecret'))).toMatchObject({ aud: cloud.graph });
    expect(world.strayed).toEqual([]);
  });

  it('a registration of another cloud is not known', async () => {
    const world = new EntraWorld(CLOUDS.china);
    const failure = await failureOf(world.token('clientSecret', { baseUrl: CLOUDS.global.graph }));
    expect(failure.reason).toBe('transient');
    expect(world.strayed).toContain('login.microsoftonline.com');
  });
});

/** What is wrong, the number it has with Entra, and the words that its sentence must have. */
const REFUSALS: [string, Parameters<EntraWorld['token']>[0], (world: EntraWorld) => object | void, string, RegExp][] = [
  ['a wrong secret', 'clientSecret', () => ({ clientSecret: 'another-very-secret' }), 'AADSTS7000215', /secret is wrong.*GRAPH_CLIENT_SECRET/],
  ['an expired secret', 'clientSecret', (world) => void (world.app.secrets[0]!.expiresAt = Date.now() - 1), 'AADSTS7000222', /secret has expired.*GRAPH_CLIENT_SECRET/],
  ['an app that the tenant does not know', 'clientSecret', (world) => world.entra.grant(CUSTOMER, APP, null), 'AADSTS700016', new RegExp(`${CUSTOMER} does not know the app.*GRAPH_APP_ID.*consent`)],
  ['an app that the tenant disabled', 'federated', (world) => world.entra.disable(CUSTOMER, APP), 'AADSTS7000112', new RegExp(`disabled in tenant ${CUSTOMER}.*enable`)],
  ['a tenant that does not exist', 'clientSecret', () => ({ tenantId: 'aaaaaaaa-0000-4000-8000-00000000ffff' }), 'AADSTS90002', /no Entra tenant aaaaaaaa-0000-4000-8000-00000000ffff.*GRAPH_BASE_URL/],
  ['a federated credential with another audience', 'federated', (world) => void (world.app.federated[0]!.audience = 'api://AzureADTokenExchangeUSGov'), 'AADSTS700212', /does not trust the managed identity: the audience/],
  ['a federated credential of another identity', 'federated', (world) => void (world.app.federated[0]!.subject = 'eeeeeeee-0000-4000-8000-000000000000'), 'AADSTS700213', /does not trust the managed identity: the subject/],
  ['a federated credential of another tenant', 'federated', (world) => void (world.app.federated[0]!.issuer = `https://login.microsoftonline.com/${CUSTOMER}/v2.0`), 'AADSTS700211', /does not trust the managed identity: the issuer/],
  ['no federated credential at all', 'federated', (world) => void world.app.federated.splice(0), 'AADSTS700211', /does not trust the managed identity/],
  ['a certificate that the app registration does not have', 'certificate', (world) => (({ certificatePath }) => (world.app.certificates.splice(0), { certificatePath }))(withCertificate(world, 'unknown.pem')), 'AADSTS700027', /GRAPH_CERTIFICATE_PATH is not one of the app registration/],
  ['a certificate that expired', 'certificate', (world) => (({ certificatePath }) => ((world.app.certificates[0]!.expiresAt = 0), { certificatePath }))(withCertificate(world, 'old.pem')), 'AADSTS700027', /GRAPH_CERTIFICATE_PATH.*expired/],
  ['an identity that is not the app’s', 'federated', (world) => void world.entra.endpoint.assigned.splice(0), '400', /IDENTITY_CLIENT_ID/],
  ['an identity that is not the app’s, alone', 'managedIdentity', (world) => (world.entra.endpoint.assigned.splice(0), { tenantId: HOME }), '400', /IDENTITY_CLIENT_ID/],
];

describe('what is refused is told in one sentence with the way out', () => {
  it.each(REFUSALS)('%s', async (_what, auth, spoil, code, says) => {
    const world = new EntraWorld();
    const more = spoil(world) ?? {};
    const failure = await failureOf(world.token(auth, more));
    expect([failure.port, failure.reason, failure.details.code]).toEqual(['graph', 'configuration', code]);
    expect(failure.message).toMatch(says);
    expect(failure.message).toMatch(/^[^.]*(\.bicep[^.]*)?(graph\.\w+[^.]*)*\.$/);
    // Neither secrets nor texts of the login service, in no part of the error.
    const told = [failure.message, failure.stack, JSON.stringify(failure), String(failure.cause)].join('\n');
    for (const secret of [SECRET, 'another-very-secret', 'Trace ID', 'client_assertion', 'PRIVATE KEY', 'eyJ']) expect(told).not.toContain(secret);
  });

  it.each([
    ['that is missing', 'missing.pem', null],
    ['without a certificate', 'text.pem', 'not a certificate'],
    ['without its key', 'half.pem', ownCertificate().certificatePem],
  ])('a certificate file %s', async (_what, file, text) => {
    if (text !== null) writeFileSync(join(folder, file), text);
    const failure = await failureOf(new EntraWorld().token('certificate', { certificatePath: join(folder, file) }));
    expect([failure.reason, failure.message.includes('GRAPH_CERTIFICATE_PATH')]).toEqual(['configuration', true]);
    expect(failure.message).not.toContain(folder);
  });
});

describe('what passes by itself', () => {
  it.each([
    ['an outage', { status: 503, body: '<html>down</html>', headers: { 'content-type': 'text/html' } }, '503'],
    ['too many requests', { status: 429, body: '{}', headers: { 'retry-after': '0' } }, '429'],
    ['a page of somebody between', { status: 200, body: '<html>sign in to the WLAN</html>' }, '200'],
    ['no network', 'unreachable' as const, 'network'],
    ['a directory out of reach', { status: 400, body: JSON.stringify({ error: 'temporarily_unavailable', error_codes: [90033] }) }, 'AADSTS90033'],
  ])('%s of the login service is not a mistake in the settings', async (_what, outage, code) => {
    for (const auth of ['federated', 'clientSecret'] as const) {
      const world = new EntraWorld();
      world.entra.setLoginOutage(outage);
      const failure = await failureOf(world.token(auth));
      expect([failure.reason, failure.details.code, failure.message.includes('login service')]).toEqual(['transient', code, true]);
      world.entra.setLoginOutage(null);
      expect(claimsOf(await world.token(auth))['tid']).toBe(CUSTOMER);
    }
  });

  it.each([
    ['an outage', { status: 500, body: '' }, '500'],
    ['no answer', 'unreachable' as const, 'network'],
  ])('%s of the managed identity is not a mistake in the settings', async (_what, outage, code) => {
    const world = new EntraWorld();
    world.entra.setIdentityOutage(outage);
    const failure = await failureOf(world.token('federated'));
    expect([failure.reason, failure.details.code, failure.message.includes('managed identity')]).toEqual(['transient', code, true]);
    world.entra.setIdentityOutage(null);
    expect(claimsOf(await world.token('federated'))['tid']).toBe(CUSTOMER);
  });
});

describe('a token that came and is never used', () => {
  it('is one of another tenant: a managed identity cannot leave its own', async () => {
    const failure = await failureOf(new EntraWorld().token('managedIdentity', { tenantId: CUSTOMER }));
    expect([failure.reason, failure.details.code]).toEqual(['configuration', 'otherTenant']);
    expect(failure.message).toMatch(new RegExp(`not for tenant ${CUSTOMER}.*federated`));
  });

  it('is one of another tenant, whoever mixed them up', async () => {
    const world = new EntraWorld();
    world.entra.setTwist({ tenantId: OTHER_CUSTOMER });
    expect((await failureOf(world.token('clientSecret'))).details.code).toBe('otherTenant');
  });

  it('is one for another service', async () => {
    const world = new EntraWorld();
    world.entra.setTwist({ audience: 'https://management.azure.com' });
    const failure = await failureOf(world.token('clientSecret'));
    expect([failure.reason, failure.details.code]).toEqual(['configuration', 'otherAudience']);
    expect(failure.message).toContain('GRAPH_BASE_URL');
  });

  it('is not one whose audience is Graph’s id instead of its address', async () => {
    const world = new EntraWorld();
    world.entra.setTwist({ audience: '00000003-0000-0000-c000-000000000000' });
    expect(claimsOf(await world.token('clientSecret'))['tid']).toBe(CUSTOMER);
  });
});
