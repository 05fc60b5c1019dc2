import { describe, expect, it } from 'vitest';
import type { Compiled, Snapshot } from './compiled.ts';

const CALENDARS = 'ef54d2bf-783f-4e0f-bca1-3210c0444d99';
const MAILBOX_SETTINGS = '40f97065-369a-49f4-947c-6a255697ae91';
const USERS = 'df021288-bdef-4463-88db-98f22de89214';

const only = (set: Snapshot, type: string): Readonly<Record<string, unknown>> => {
  const found = set.predictedResources.filter((resource) => resource.type === `${type}@v1.0`);
  expect(found, type).toHaveLength(1);
  return found[0]!.properties;
};
const wanted = (set: Snapshot): string[] => (only(set, 'Microsoft.Graph/applications')['requiredResourceAccess'] as { resourceAppId: string; resourceAccess: { id: string; type: string }[] }[]).flatMap(({ resourceAccess }) => resourceAccess.map(({ id, type }) => `${type} ${id}`));

export function checkIdentity(compiled: () => Compiled): void {
  describe('identity.bicep', () => {
    it('makes a multi-tenant registration that trusts the identity of the app and has no secret', ({ skip }) => {
      const { identity } = compiled();
      if (identity === null) {
        console.log('BICEP_GRAPH_TYPES names no file with the types of the Graph extension: infra/identity.bicep was not tested.');
        return skip();
      }
      expect(identity.complaints).toEqual([]);
      const registration = only(identity.entra, 'Microsoft.Graph/applications');
      expect(registration).toMatchObject({ signInAudience: 'AzureADMultipleOrgs', uniqueName: expect.stringMatching(/^connector-prod-[a-z0-9]{13}$/) as string });
      expect(registration).not.toHaveProperty('passwordCredentials');
      const trust = only(identity.entra, 'Microsoft.Graph/applications/federatedIdentityCredentials');
      expect(trust).toMatchObject({ name: `${String(registration['uniqueName'])}/function-app`, issuer: "[uri(environment().authentication.loginEndpoint, '11111111-1111-4111-8111-111111111111/v2.0')]" });
      expect(String(trust['subject'])).toMatch(/\/userAssignedIdentities\/id-connector-prod', '[^']+'\)\.principalId\]$/);
      expect(String(trust['audiences'])).toMatch(/'AzureCloud', 'api:\/\/AzureADTokenExchange'/);
      expect(wanted(identity.entra)).toEqual([USERS, CALENDARS, MAILBOX_SETTINGS].map((id) => `Role ${id}`));
    });

    it('asks for no right on mailboxes where Exchange gives those: a consent would open all of them', ({ skip }) => {
      const { identity } = compiled();
      if (identity === null) return skip();
      expect(wanted(identity.exchange)).toEqual([`Role ${USERS}`]);
    });
  });
}
