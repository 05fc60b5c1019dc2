import { SETTINGS } from '../config/names.ts';
import type { Instant } from '../model/time/instant.ts';
import { minute, second } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Clock } from '../sync/ports.ts';
import { cloudOf, isLoopback } from './clouds.ts';
import { openAzureCredential, required, type Credential, type OpenCredential } from './credentials.ts';

/** A bearer token; with the one that Graph refused, another one. Throws PortFailure 'configuration' or 'transient'. */
export type TokenProvider = (rejected?: string) => Promise<string>;

export interface TokenSettings {
  readonly baseUrl: string;
  readonly auth: 'federated' | 'managedIdentity' | 'certificate' | 'clientSecret' | 'local';
  /** The customer's tenant: tokens are never shared between tenants. */
  readonly tenantId: string;
  readonly appId?: string;
  readonly identityClientId?: string;
  readonly clientSecret?: string;
  readonly certificatePath?: string;
  readonly localToken?: string;
}

interface Token {
  readonly text: string;
  readonly expiresAt: Instant;
}

/** A token is renewed this long before its end, so that a request never starts with one that ends on its way. */
const RENEWAL = 5 * minute;
const TOKEN_TIMEOUT = 30 * second;

/** One per process: tokens live here for about an hour, one per cloud, tenant and client (graph.md 9.2). */
export function tokenProviders(clock: Clock, openCredential: OpenCredential = openAzureCredential): (settings: TokenSettings) => TokenProvider {
  const known = new Map<string, TokenProvider>();
  return function tokenProvider(settings) {
    const key = JSON.stringify([new URL(settings.baseUrl).origin, settings.tenantId, settings.auth, settings.appId, settings.identityClientId, settings.clientSecret, settings.certificatePath, settings.localToken]);
    const found = known.get(key) ?? (settings.auth === 'local' ? localToken(settings) : cachedToken(settings, clock, openCredential));
    known.set(key, found);
    return found;
  };
}

/** No outside Graph ever sees the local token, and no local Graph a real one. */
function localToken(settings: TokenSettings): TokenProvider {
  return async () => {
    if (!isLoopback(settings.baseUrl)) {
      throw new PortFailure('graph', 'configuration', `${SETTINGS.graphAuth}=local is for a Graph on this machine only: set ${SETTINGS.graphAuth} to federated, managedIdentity, certificate or clientSecret.`);
    }
    return required(settings.localToken, SETTINGS.graphLocalToken, settings.auth);
  };
}

function cachedToken(settings: TokenSettings, clock: Clock, openCredential: OpenCredential): TokenProvider {
  let current: Token | null = null;
  let credential: Credential | null = null;
  let fetching: Promise<Token> | null = null;

  async function renew(): Promise<Token> {
    try {
      cloudOf(settings.baseUrl);
      credential ??= await openCredential(settings);
      const answer = await withinTime(clock, credential.getToken(`${new URL(settings.baseUrl).origin}/.default`));
      if (answer === null) throw new PortFailure('graph', 'configuration', 'The identity gave no token: check GRAPH_AUTH and its settings.');
      return { text: answer.token, expiresAt: answer.expiresOnTimestamp };
    } catch (failure) {
      throw classifyTokenFailure(failure);
    }
  }

  return async (rejected) => {
    if (rejected !== undefined && current?.text === rejected) {
      // The credential keeps tokens of its own: only a new one asks again.
      current = null;
      credential = null;
    }
    if (current !== null && current.expiresAt - RENEWAL > clock.now()) return current.text;
    fetching ??= renew().finally(() => (fetching = null));
    try {
      current = await fetching;
    } catch (failure) {
      if (current === null || current.expiresAt - minute < clock.now()) throw failure;
    }
    return current.text;
  };
}

/** `@azure/identity` sets no limit of its own, and a pass has only minutes. */
async function withinTime<T>(clock: Clock, asked: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = clock.sleep(TOKEN_TIMEOUT, timer.signal).then(
    () => Promise.reject<T>(new PortFailure('graph', 'transient', 'The login service did not answer in time: the token is asked for again later.', { code: 'timeout' })),
    () => asked,
  );
  try {
    return await Promise.race([asked, late]);
  } finally {
    timer.abort();
  }
}

/** What `@azure/identity` throws quotes ids and texts of the login service: only the number of the error goes on. */
function classifyTokenFailure(failure: unknown): PortFailure {
  if (failure instanceof PortFailure) return failure;
  const name = failure instanceof Error ? failure.name : '';
  const status = member(failure, 'statusCode');
  const numbers = member(member(failure, 'errorResponse'), 'errorCodes');
  const number: unknown = Array.isArray(numbers) ? numbers[0] : undefined;
  const code = typeof number === 'number' ? `AADSTS${number}` : typeof status === 'number' ? String(status) : name === 'CredentialUnavailableError' ? 'identityUnavailable' : 'login';
  if (name === 'CredentialUnavailableError') {
    return new PortFailure('graph', 'transient', `The managed identity gave no token: it is asked again later; if this lasts, check ${SETTINGS.identityClientId} and that the identity is assigned to the function app.`, { code });
  }
  const file = member(failure, 'code') === 'ENOENT' || member(failure, 'code') === 'EACCES';
  const refused = name === 'AuthenticationError' && typeof status === 'number' && status >= 400 && status < 500 && status !== 429 && status !== 408;
  if (refused) {
    return new PortFailure('graph', 'configuration', `The login service refuses a token for this tenant (${code}): check ${SETTINGS.graphAppId}, its consent in the tenant and its credential.`, { code });
  }
  if (name === 'AuthenticationError' || name === 'RestError' || name === 'AbortError' || name === 'AggregateAuthenticationError' || (member(failure, 'code') !== undefined && !file)) {
    return new PortFailure('graph', 'transient', `The login service could not be reached (${code}): the token is asked for again later.`, { code });
  }
  return new PortFailure('graph', 'configuration', `No token could be made with ${SETTINGS.graphAuth}: check its settings (secret, certificate file, ids).`, { code });
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
