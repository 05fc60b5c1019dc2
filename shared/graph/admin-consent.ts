import { SETTINGS } from '../config/names.ts';
import type { GraphConsent } from '../jobs/ports.ts';
import { PortFailure } from '../sync/failures.ts';
import { cloudOf } from './clouds.ts';
import { required } from './credentials.ts';
import type { TokenSettings } from './tokens.ts';

/** Entra's page for the admin of one tenant: never that of any tenant, so that nobody consents for another (graph.md 9.2). */
export function adminConsent(settings: TokenSettings): GraphConsent {
  return {
    consentAddress({ redirectUri, state }) {
      const { auth, tenantId } = settings;
      if (auth === 'managedIdentity' || auth === 'local') {
        throw new PortFailure('graph', 'configuration', `With ${SETTINGS.graphAuth}=${auth} there is nothing to consent to: ${auth === 'local' ? 'a Graph on this machine asks nobody' : 'rights are granted to the identity itself (infra/scripts/grant-identity.sh)'}.`);
      }
      const address = new URL(`${cloudOf(settings.baseUrl).authorityHost}/${tenantId}/adminconsent`);
      address.search = new URLSearchParams({ client_id: required(settings.appId, SETTINGS.graphAppId, auth), redirect_uri: redirectUri, state }).toString();
      return address.href;
    },
  };
}
