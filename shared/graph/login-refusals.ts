import { SETTINGS } from '../config/names.ts';
import type { Instant } from '../model/time/instant.ts';
import { PortFailure, type FailureDetails } from '../sync/failures.ts';
import type { LoginAnswer } from './login-http.ts';
import { retryAfterMs } from './retry-after.ts';

export interface LoginOf {
  readonly tenantId: string;
  readonly auth: string;
}

/**
 * What it means that no token came. What `@azure/identity` throws quotes ids and texts of the login service: only its number goes on. Entra's numbers
 * may change, so they choose a sentence and no more; whether it passes is told by the status.
 */
export function loginFailure(failure: unknown, answer: LoginAnswer | null, login: LoginOf, now: Instant): PortFailure {
  if (failure instanceof PortFailure) return failure;
  if (answer === null) return ownFailure(failure, login);
  const details = detailsOf(answer, now);
  const { code } = details;
  if (passes(answer)) {
    const who = answer.from === 'identity' ? 'The managed identity’s endpoint' : 'The login service';
    return new PortFailure('graph', 'transient', `${who} could not answer (${code}): the token is asked for again later.`, details);
  }
  if (answer.from === 'identity') {
    return new PortFailure('graph', 'configuration', `The function app has no such identity (${code}): put the client id of a user-assigned identity into ${SETTINGS.identityClientId} and assign that identity to the app.`, details);
  }
  const says = answer.number === null ? undefined : SAYS.get(answer.number);
  const known = says?.(login) ?? `Entra refuses a token for tenant ${login.tenantId}: check ${SETTINGS.graphAppId}, the app’s consent in that tenant, and what ${SETTINGS.graphAuth}=${login.auth} proves it with`;
  return new PortFailure('graph', 'configuration', `${known} (${code}).`, details);
}

/** Refused with a 4xx although nothing is wrong with us: the directory behind the login service was out of reach. */
const PASSING = new Set([90033]);

function passes({ status, error, number }: LoginAnswer): boolean {
  if (status === null || status < 400 || status >= 500 || status === 408 || status === 429) return true;
  return error === 'temporarily_unavailable' || error === 'server_error' || (number !== null && PASSING.has(number));
}

function detailsOf({ status, number, retryAfter }: LoginAnswer, now: Instant): FailureDetails & { readonly code: string } {
  const wait = retryAfterMs(retryAfter, null, now);
  return { code: number !== null ? `AADSTS${number}` : status === null ? 'network' : String(status), ...(wait === undefined ? {} : { retryAfterMs: wait }) };
}

type Sentence = (login: LoginOf) => string;

const unknownApp: Sentence = ({ tenantId }) => `Entra tenant ${tenantId} does not know the app: check ${SETTINGS.graphAppId}, and let an admin of the tenant consent to it`;
const untrusted =
  (what: string): Sentence =>
  () =>
    `The app registration does not trust the managed identity: ${what} of its federated credential must be the identity’s, to the letter (infra/identity.bicep makes it so)`;
const badCertificate: Sentence = () => `The certificate of ${SETTINGS.graphCertificatePath} is not one of the app registration, or has expired: upload it there, or renew it in both places`;

/** By Entra's number (docs/simulators/entra.md); without their full stop, behind which nothing more could be said. */
const SAYS: ReadonlyMap<number, Sentence> = new Map<number, Sentence>([
  [700016, unknownApp],
  [7000229, unknownApp],
  [90002, ({ tenantId }) => `There is no Entra tenant ${tenantId} in this cloud: check tenantId in its rules, and ${SETTINGS.graphBaseUrl} or graph.baseUrl, which choose the cloud`],
  [7000112, ({ tenantId }) => `The app is disabled in tenant ${tenantId}: an admin of the tenant must enable it under Enterprise applications`],
  [53003, ({ tenantId }) => `A Conditional Access policy of tenant ${tenantId} blocks the app: an admin of the tenant must except it`],
  [7000215, () => `The client secret is wrong: put the value of a secret of the app registration, not its id, into ${SETTINGS.graphClientSecret}`],
  [7000222, () => `The client secret has expired: make a new one for the app registration and put its value into ${SETTINGS.graphClientSecret}`],
  [700027, badCertificate],
  [700023, badCertificate],
  [700024, () => 'What proves the app is not valid at this time: check the clock of the machine'],
  [70021, untrusted('issuer, subject and audience')],
  [700211, untrusted('the issuer')],
  [700212, untrusted('the audience')],
  [700213, untrusted('the subject')],
  [7002138, untrusted('the subject')],
  [500011, ({ tenantId }) => `Tenant ${tenantId} has no Microsoft Graph under this address: check ${SETTINGS.graphBaseUrl} or graph.baseUrl, which choose the cloud`],
]);

/** Nobody was asked: the machine has no identity, a file cannot be read, an id is none. */
function ownFailure(failure: unknown, { auth }: LoginOf): PortFailure {
  if (failure instanceof Error && failure.name === 'CredentialUnavailableError') {
    return new PortFailure('graph', 'transient', `The managed identity gave no token: it is asked again later; if this lasts, check ${SETTINGS.identityClientId} and that the identity is assigned to the function app.`, { code: 'identityUnavailable' });
  }
  const settings = auth === 'certificate' ? `${SETTINGS.graphCertificatePath} must name a readable PEM file with certificate and key, and ${SETTINGS.graphAppId} an app` : 'check its settings (secret, certificate file, ids)';
  return new PortFailure('graph', 'configuration', `No token could be made with ${SETTINGS.graphAuth}=${auth}: ${settings}.`, { code: 'login' });
}
