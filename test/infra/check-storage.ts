import { describe, expect, it } from 'vitest';
import { CONTAINERS, QUEUES, SETTINGS, TABLES } from '../../shared/config/names.ts';
import { leaf, ofType, type Compiled, type Snapshot } from './compiled.ts';

const inAccount = (set: Snapshot, type: string, account: string): string[] =>
  ofType(set, `Microsoft.Storage/storageAccounts/${type}`)
    .filter(({ name }) => name?.startsWith(account))
    .map(leaf)
    .sort();

export function checkStorage(compiled: () => Compiled): void {
  describe('storage', () => {
    it('each table, queue and container that the code uses is made, in the data account, and no other', () => {
      for (const [name, set] of Object.entries(compiled().sets)) {
        const rules = String(ofType(set, 'Microsoft.Web/sites/config')[0]?.properties[SETTINGS.config]);
        expect(inAccount(set, 'tableServices/tables', 'stdata'), name).toEqual(Object.values(TABLES).sort());
        expect(inAccount(set, 'queueServices/queues', 'stdata'), name).toEqual(Object.values(QUEUES).sort());
        expect(inAccount(set, 'blobServices/containers', 'stdata'), name).toEqual([...Object.values(CONTAINERS), rules].sort());
      }
    });

    it('CONFIG is a container’s name and no path', () => {
      const rules = String(ofType(compiled().sets.default, 'Microsoft.Web/sites/config')[0]?.properties[SETTINGS.config]);
      expect(rules).toMatch(/^[a-z0-9](-?[a-z0-9]){2,62}$/);
    });

    it('the host’s account holds the package alone', () => {
      const { sets } = compiled();
      expect(inAccount(sets.default, 'blobServices/containers', 'sthost')).toEqual(['deployment']);
      expect(inAccount(sets.default, 'tableServices/tables', 'sthost')).toEqual([]);
      expect(inAccount(sets.default, 'queueServices/queues', 'sthost')).toEqual([]);
    });

    it('keys are off and nothing is public, in every account', () => {
      for (const [name, set] of Object.entries(compiled().sets)) {
        const accounts = ofType(set, 'Microsoft.Storage/storageAccounts');
        expect(accounts, name).toHaveLength(2);
        for (const { properties } of accounts) {
          expect(properties).toMatchObject({ allowSharedKeyAccess: false, allowBlobPublicAccess: false, allowCrossTenantReplication: false, minimumTlsVersion: 'TLS1_2', supportsHttpsTrafficOnly: true });
        }
      }
    });

    it('values that lost a conflict are deleted after their days, and no deleted value is kept', () => {
      const [policy] = ofType(compiled().sets.everything, 'Microsoft.Storage/storageAccounts/managementPolicies');
      const rule = { filters: { blobTypes: ['blockBlob'], prefixMatch: [`${CONTAINERS.conflicts}/`] }, actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 90 } } } };
      expect(policy?.properties).toEqual({ policy: { rules: [{ name: 'conflicts', type: 'Lifecycle', definition: rule }] } });
      const data = ofType(compiled().sets.default, 'Microsoft.Storage/storageAccounts/blobServices').find(({ name }) => name?.startsWith('stdata'));
      expect(data?.properties['deleteRetentionPolicy']).toEqual({ enabled: false });
    });
  });
}
