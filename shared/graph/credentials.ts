import { SETTINGS } from '../config/names.ts';
import { PortFailure } from '../sync/failures.ts';
import { cloudOf } from './clouds.ts';
import { loginHttp, witnessed } from './login-http.ts';
import { loginFailure } from './login-refusals.ts';
import type { Fetch } from './middleware/terminal.ts';
import type { TokenSettings } from './tokens.ts';

/** The little of `@azure/identity` that is used: a token for a scope. */
export interface Credential {
  getToken(scope: string): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>;
}

export type OpenCredential = (settings: TokenSettings) => Promise<Credential>;

/** `@azure/identity` is slow to load and useless against a local Graph: it is loaded when the first token is asked for. */
export function azureCredentials(fetch: Fetch): OpenCredential {
  return async (settings) => {
    const { authorityHost, exchangeAudience } = cloudOf(settings.baseUrl);
    const { tenantId, auth } = settings;
    const identity = await import('@azure/identity');
    // Nothing is repeated here: the library would sleep through a Retry-After, and waiting is a due row.
    const options = { authorityHost, httpClient: await loginHttp(fetch), retryOptions: { maxRetries: 0 } };
    switch (auth) {
      case 'local':
        throw new PortFailure('graph', 'configuration', `${SETTINGS.graphAuth}=local is for a Graph on this machine only.`);
      case 'managedIdentity':
        return managedIdentity(fetch, settings.identityClientId);
      case 'federated': {
        const standsIn = await managedIdentity(fetch, settings.identityClientId);
        return federated(settings, exchangeAudience, standsIn, (getAssertion) => new identity.ClientAssertionCredential(tenantId, required(settings.appId, SETTINGS.graphAppId, auth), getAssertion, options));
      }
      case 'certificate': {
        const certificatePath = required(settings.certificatePath, SETTINGS.graphCertificatePath, auth);
        return new identity.ClientCertificateCredential(tenantId, required(settings.appId, SETTINGS.graphAppId, auth), { certificatePath }, options);
      }
      case 'clientSecret': {
        const secret = required(settings.clientSecret, SETTINGS.graphClientSecret, auth);
        return new identity.ClientSecretCredential(tenantId, required(settings.appId, SETTINGS.graphAppId, auth), secret, options);
      }
    }
  };
}

/** The identity of the function app, user-assigned or (without a client id) its own. */
export async function managedIdentity(fetch: Fetch, clientId: string | undefined): Promise<Credential> {
  const { ManagedIdentityCredential } = await import('@azure/identity');
  const credential = new ManagedIdentityCredential({ ...(clientId === undefined ? {} : { clientId }), httpClient: await loginHttp(fetch), retryOptions: { maxRetries: 2 } });
  // It has overloads that do not fit an interface with one form.
  return { getToken: (scope) => credential.getToken(scope) };
}

/** The identity's token stands in for a secret. What went wrong with it is kept past `@azure/identity`, which would make another error of it. */
function federated(settings: TokenSettings, audience: string, identity: Credential, open: (getAssertion: () => Promise<string>) => Credential): Credential {
  let assertionFailure: PortFailure | null = null;
  const credential = open(async () => {
    const asked = await witnessed(() => identity.getToken(audience));
    if ('failure' in asked) {
      // The time does not matter here: this endpoint asks nobody to wait.
      assertionFailure = loginFailure(asked.failure, asked.answer, settings, 0);
      throw assertionFailure;
    }
    return asked.value?.token ?? '';
  });
  return {
    async getToken(scope) {
      assertionFailure = null;
      try {
        return await credential.getToken(scope);
      } catch (failure) {
        throw assertionFailure ?? failure;
      }
    },
  };
}

export function required(value: string | undefined, setting: string, auth: string): string {
  if (value === undefined || value === '') throw new PortFailure('graph', 'configuration', `The application setting ${setting} is missing: ${SETTINGS.graphAuth}=${auth} needs it.`);
  return value;
}
