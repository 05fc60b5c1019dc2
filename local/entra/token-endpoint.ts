import { proveClient } from './client-proof.ts';
import { tenantOf, type EntraDirectory } from './directory.ts';
import { Refusal } from './refusal.ts';
import { signToken, type SigningKeys } from './tokens.ts';

export const TOKEN_LIFE_SECONDS = 3_599;
const GRAPH_APP = '00000003-0000-0000-c000-000000000000';

/** What a tenant's tokens say instead of what they should: for tests of a client that looks. */
export interface Twist {
  readonly audience?: string;
  readonly tenantId?: string;
  readonly lifeSeconds?: number;
}

/** `POST /{tenant}/oauth2/v2.0/token` for client_credentials. Throws Refusal. */
export function clientCredentials(directory: EntraDirectory, keys: SigningKeys, tenantId: string, form: URLSearchParams, now: number, twist: Twist): Response {
  const tenant = tenantOf(directory, tenantId);
  if (tenant === null) throw new Refusal(400, 'invalid_request', 90002, `Tenant '${tenantId}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`);
  if (form.get('grant_type') !== 'client_credentials') throw new Refusal(400, 'unsupported_grant_type', 70003, 'The app returned an unsupported grant type.');
  const appId = form.get('client_id') ?? '';
  const application = directory.applications.get(appId);
  const principal = tenant.servicePrincipals.get(appId);
  if (application === undefined || principal === undefined) {
    throw new Refusal(400, 'unauthorized_client', 700016, `Application with identifier '${appId}' was not found in the directory '${tenantId}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.`);
  }
  const proof = proveClient({ directory, tenant, keys, now }, application, form);
  if (!principal.enabled) throw new Refusal(401, 'unauthorized_client', 7000112, `Application '${appId}' is disabled.`);
  const scope = form.get('scope') ?? '';
  const resource = /^(.+)\/\.default$/.exec(scope)?.[1];
  if (resource === undefined) throw new Refusal(400, 'invalid_scope', 1002012, `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier.`);
  if (resource !== directory.cloud.graph && resource !== GRAPH_APP) throw new Refusal(400, 'invalid_resource', 500011, `The resource principal named ${resource} was not found in the tenant.`);
  const life = twist.lifeSeconds ?? TOKEN_LIFE_SECONDS;
  const seconds = Math.floor(now / 1_000);
  const token = signToken(keys, {
    aud: twist.audience ?? resource,
    iss: `https://sts.windows.net/${tenant.id}/`,
    iat: seconds,
    nbf: seconds,
    exp: seconds + life,
    appid: appId,
    appidacr: proof,
    idtyp: 'app',
    oid: principal.objectId,
    // No role granted: the token comes all the same, without the claim.
    ...(principal.roles.length === 0 ? {} : { roles: principal.roles }),
    sub: principal.objectId,
    tid: twist.tenantId ?? tenant.id,
    ver: '1.0',
  });
  return Response.json({ token_type: 'Bearer', expires_in: life, ext_expires_in: life, access_token: token }, { headers: { 'cache-control': 'no-store, no-cache' } });
}
