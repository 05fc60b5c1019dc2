import { SETTINGS } from '../config/names.ts';
import { PortFailure } from '../sync/failures.ts';
import { cloudOf } from './clouds.ts';
import type { TokenSettings } from './tokens.ts';

/** The little of `@azure/identity` that is used: a token for a scope. */
export interface Credential {
  getToken(scope: string): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>;
}

export type OpenCredential = (settings: TokenSettings) => Promise<Credential>;

/** `@azure/identity` is slow to load and useless against a local Graph: it is loaded when the first token is asked for. */
export const openAzureCredential: OpenCredential = async (settings) => {
  const { authorityHost, exchangeAudience } = cloudOf(settings.baseUrl);
  const { tenantId } = settings;
  const identity = await import('@azure/identity');
  const options = { authorityHost, retryOptions: { maxRetries: 1 } };
  switch (settings.auth) {
    case 'local':
      throw new PortFailure('graph', 'configuration', `${SETTINGS.graphAuth}=local is for a Graph on this machine only.`);
    case 'managedIdentity':
      return managed(new identity.ManagedIdentityCredential(managedOptions(settings)));
    case 'federated': {
      const managedIdentity = managed(new identity.ManagedIdentityCredential(managedOptions(settings)));
      const appId = required(settings.appId, SETTINGS.graphAppId, settings.auth);
      return new identity.ClientAssertionCredential(tenantId, appId, async () => (await managedIdentity.getToken(exchangeAudience))?.token ?? '', options);
    }
    case 'certificate': {
      const certificatePath = required(settings.certificatePath, SETTINGS.graphCertificatePath, settings.auth);
      return new identity.ClientCertificateCredential(tenantId, required(settings.appId, SETTINGS.graphAppId, settings.auth), { certificatePath }, options);
    }
    case 'clientSecret': {
      const secret = required(settings.clientSecret, SETTINGS.graphClientSecret, settings.auth);
      return new identity.ClientSecretCredential(tenantId, required(settings.appId, SETTINGS.graphAppId, settings.auth), secret, options);
    }
  }
};

/** `ManagedIdentityCredential` has overloads that do not fit an interface with one form. */
function managed(credential: { getToken(scopes: string): Promise<{ token: string; expiresOnTimestamp: number }> }): Credential {
  return { getToken: (scope) => credential.getToken(scope) };
}

function managedOptions({ identityClientId }: TokenSettings): { clientId: string } | undefined {
  return identityClientId === undefined ? undefined : { clientId: identityClientId };
}

export function required(value: string | undefined, setting: string, auth: string): string {
  if (value === undefined || value === '') throw new PortFailure('graph', 'configuration', `The application setting ${setting} is missing: ${SETTINGS.graphAuth}=${auth} needs it.`);
  return value;
}
