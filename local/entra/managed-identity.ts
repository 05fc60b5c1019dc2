import type { EntraDirectory } from './directory.ts';
import { signToken, type SigningKeys } from './tokens.ts';

/** The endpoint that App Service gives an app in IDENTITY_ENDPOINT; whoever asks proves by IDENTITY_HEADER that he is inside. */
export interface IdentityEndpoint {
  readonly url: string;
  readonly header: string;
  /** Client ids of the identities that are assigned to the app. */
  assigned: string[];
}

const LIFE_SECONDS = 86_399;

export function managedIdentityToken(directory: EntraDirectory, keys: SigningKeys, endpoint: IdentityEndpoint, request: Request, now: number): Response {
  const query = new URL(request.url).searchParams;
  const no = (status: number, message: string): Response => Response.json({ statusCode: status, message, correlationId: '00000000-0000-4000-8000-000000000000' }, { status });
  if (request.headers.get('x-identity-header') !== endpoint.header) return no(401, 'Unauthorized');
  if (query.get('api-version') !== '2019-08-01') return no(400, 'The api-version is not supported.');
  const resource = query.get('resource');
  if (resource === null || resource === '') return no(400, 'The parameter resource is missing.');
  const clientId = query.get('client_id');
  const identity = clientId !== null && endpoint.assigned.includes(clientId) ? directory.identities.get(clientId) : undefined;
  if (identity === undefined) return no(400, 'No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.');
  const seconds = Math.floor(now / 1_000);
  const exchange = resource === directory.cloud.exchangeAudience;
  const token = signToken(keys, {
    aud: resource,
    iss: exchange ? `${directory.cloud.loginHost}/${identity.tenantId}/v2.0` : `https://sts.windows.net/${identity.tenantId}/`,
    iat: seconds,
    nbf: seconds,
    exp: seconds + LIFE_SECONDS,
    appid: identity.clientId,
    idtyp: 'app',
    oid: identity.principalId,
    ...(exchange || identity.roles.length === 0 ? {} : { roles: identity.roles }),
    sub: identity.principalId,
    tid: identity.tenantId,
  });
  return Response.json({ access_token: token, client_id: identity.clientId, expires_on: String(seconds + LIFE_SECONDS), not_before: String(seconds), resource, token_type: 'Bearer' });
}
