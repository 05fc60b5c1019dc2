import { SETTINGS } from '../config/names.ts';
import type { Instant } from '../model/time/instant.ts';
import { minute, second } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Clock } from '../sync/ports.ts';
import { cloudOf, isLoopback } from './clouds.ts';
import { required, type Credential, type OpenCredential } from './credentials.ts';
import { witnessed } from './login-http.ts';
import { loginFailure } from './login-refusals.ts';
import { readClaims } from './token-claims.ts';

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
/** Of what the login service asks to wait: a nonsense of an answer must not stop a tenant for days. */
const LONGEST_QUIET = 10 * minute;

/** One per process: tokens live here for about an hour, one per cloud, tenant and client (graph.md 9.2). */
export function tokenProviders(clock: Clock, openCredential: OpenCredential): (settings: TokenSettings) => TokenProvider {
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
  let quiet: { readonly failure: PortFailure; readonly until: Instant } | null = null;

  async function renew(): Promise<Token> {
    if (quiet !== null && clock.now() < quiet.until) throw quiet.failure;
    try {
      cloudOf(settings.baseUrl);
      credential ??= await openCredential(settings);
      const opened = credential;
      const asked = await withinTime(clock, witnessed(() => opened.getToken(`${new URL(settings.baseUrl).origin}/.default`)));
      if ('failure' in asked) throw loginFailure(asked.failure, asked.answer, settings, clock.now());
      const answer = asked.value;
      if (answer === null) throw new PortFailure('graph', 'configuration', 'The identity gave no token: check GRAPH_AUTH and its settings.');
      return { text: checked(answer.token, settings), expiresAt: answer.expiresOnTimestamp };
    } catch (failure) {
      // It remembers refusals and then refuses by itself, without a word that could be told from a mistake in the settings.
      credential = null;
      const told = loginFailure(failure, null, settings, clock.now());
      if (told.details.retryAfterMs !== undefined) quiet = { failure: told, until: clock.now() + Math.min(told.details.retryAfterMs, LONGEST_QUIET) };
      throw told;
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

/** Graph's own id among applications, in every cloud: what a token is for is told by this or by the address. */
const GRAPH = '00000003-0000-0000-c000-000000000000';

/** A token of another tenant would show that tenant's mailboxes as this one's: it is never used. A token that tells nothing is left to Graph. */
function checked(token: string, { tenantId, auth, baseUrl }: TokenSettings): string {
  const claims = readClaims(token);
  if (claims === null) return token;
  if (claims.tenantId !== null && claims.tenantId !== tenantId.toLowerCase()) {
    const way = auth === 'managedIdentity' ? `a managed identity reaches its own tenant only, set ${SETTINGS.graphAuth} or graph.auth to federated` : 'check tenantId in its rules';
    throw new PortFailure('graph', 'configuration', `The token that came is not for tenant ${tenantId} and is not used: ${way}.`, { code: 'otherTenant' });
  }
  if (claims.audience !== null && claims.audience !== GRAPH && claims.audience.replace(/\/$/, '') !== new URL(baseUrl).origin) {
    throw new PortFailure('graph', 'configuration', `The token that came for tenant ${tenantId} is not for Graph at ${new URL(baseUrl).origin} and is not used: check ${SETTINGS.graphBaseUrl} or graph.baseUrl, which choose the cloud.`, { code: 'otherAudience' });
  }
  return token;
}
