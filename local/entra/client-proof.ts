import type { Application, EntraDirectory, EntraTenant } from './directory.ts';
import { Refusal } from './refusal.ts';
import { readToken, signedBy, type Claims, type ReadToken, type SigningKeys } from './tokens.ts';

const BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export interface ProofContext {
  readonly directory: EntraDirectory;
  readonly tenant: EntraTenant;
  readonly keys: SigningKeys;
  readonly now: number;
}

/** Throws what Entra says to a client that does not prove who it is; the answer says by what it did (`appidacr`). */
export function proveClient(context: ProofContext, application: Application, form: URLSearchParams): '1' | '2' {
  const secret = form.get('client_secret');
  const assertion = form.get('client_assertion');
  if (secret !== null) {
    proveSecret(context, application, secret);
    return '1';
  }
  if (assertion === null) throw new Refusal(401, 'invalid_client', 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.");
  if (form.get('client_assertion_type') !== BEARER) throw new Refusal(400, 'invalid_request', 900144, "The request body must contain the following parameter: 'client_assertion_type'.");
  const read = readToken(assertion);
  if (read === null) throw new Refusal(401, 'invalid_client', 50027, 'JWT token is invalid or malformed.');
  if (read.claims['iss'] === application.appId) proveCertificate(context, application, assertion, read);
  else proveFederated(context, application, assertion, read.claims);
  return '2';
}

function proveSecret({ now }: ProofContext, application: Application, secret: string): void {
  const found = application.secrets.find(({ value }) => value === secret);
  if (found === undefined) throw new Refusal(401, 'invalid_client', 7000215, `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${application.appId}'.`);
  if (found.expiresAt <= now) throw new Refusal(401, 'invalid_client', 7000222, `The provided client secret keys for app '${application.appId}' are expired.`);
}

/** Signed by the application itself: the header names the certificate by its thumbprint. */
function proveCertificate(context: ProofContext, application: Application, assertion: string, { header, claims }: ReadToken): void {
  const certificate = application.certificates.find(({ sha256, sha1 }) => header['x5t#S256'] === sha256 || header['x5t'] === sha1);
  if (certificate === undefined) throw new Refusal(401, 'invalid_client', 700027, 'The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.]');
  if (certificate.expiresAt <= context.now) throw new Refusal(401, 'invalid_client', 700027, 'The certificate with identifier used to sign the client assertion is expired on application. [Reason - The key used is expired.]');
  if (!signedBy(assertion, certificate.publicKey)) throw new Refusal(401, 'invalid_client', 700027, 'Client assertion failed signature validation.');
  const { loginHost } = context.directory.cloud;
  const audiences = [`${loginHost}/${context.tenant.id}/oauth2/v2.0/token`, `${loginHost}/${context.tenant.id}/v2.0`];
  if (!audiences.includes(String(claims['aud']).toLowerCase())) throw new Refusal(401, 'invalid_client', 700023, 'Client assertion audience claim does not match Realm issuer.');
  checkTime(claims, context.now);
}

/** Signed by somebody whom the application trusts: issuer, subject and audience must be those of one of its federated credentials, to the letter. */
function proveFederated(context: ProofContext, application: Application, assertion: string, claims: Claims): void {
  const [iss, sub, aud] = [claims['iss'], claims['sub'], claims['aud']];
  const unmatched = (number: number, what: string): Refusal => new Refusal(401, 'invalid_client', number, `No matching federated identity record found for presented assertion ${what}.`);
  const byIssuer = application.federated.filter(({ issuer }) => issuer === iss);
  if (byIssuer.length === 0) throw unmatched(700211, `issuer '${String(iss)}'`);
  const bySubject = byIssuer.filter(({ subject }) => subject === sub);
  if (bySubject.length === 0) throw unmatched(700213, `subject '${String(sub)}'`);
  if (!bySubject.some(({ audience }) => audience === aud)) throw unmatched(700212, `audience '${String(aud)}'`);
  if (!signedBy(assertion, context.keys.publicKey)) throw new Refusal(401, 'invalid_client', 50013, 'Assertion failed signature validation.');
  checkTime(claims, context.now);
}

function checkTime(claims: Claims, now: number): void {
  const exp = claims['exp'];
  if (typeof exp !== 'number' || exp * 1_000 <= now) throw new Refusal(401, 'invalid_client', 700024, 'Client assertion is not within its valid time range.');
}
