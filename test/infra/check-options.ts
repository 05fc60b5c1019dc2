import { describe, expect, it } from 'vitest';
import { ofType, type Compiled, type Resource, type Snapshot } from './compiled.ts';

const one = (set: Snapshot, type: string): Resource => {
  const found = ofType(set, type);
  expect(found, type).toHaveLength(1);
  return found[0]!;
};
const count = (set: Snapshot, type: string): number => ofType(set, type).length;
const flex = (set: Snapshot) => one(set, 'Microsoft.Web/sites').properties['functionAppConfig'] as { runtime: unknown; scaleAndConcurrency: Record<string, unknown>; deployment: { storage: Record<string, unknown> } };

/** Types that carry no tags. */
const UNTAGGED = /roleAssignments|diagnosticSettings|locks|managementPolicies|\/(blob|queue|table)Services|vaults\/secrets|basicPublishing|sites\/config|privateDnsZoneGroups/;

export function checkOptions(compiled: () => Compiled): void {
  describe('function app', () => {
    it('runs on Flex Consumption with the Node version asked for, its package in the host’s account, as the identity', () => {
      const { sets } = compiled();
      expect(one(sets.default, 'Microsoft.Web/serverfarms')).toMatchObject({ sku: { name: 'FC1', tier: 'FlexConsumption' }, properties: { reserved: true, zoneRedundant: false } });
      expect(flex(sets.default).runtime).toEqual({ name: 'node', version: '22' });
      expect(flex(sets.everything).runtime).toEqual({ name: 'node', version: '24' });
      expect(flex(sets.default).deployment.storage).toMatchObject({ type: 'blobContainer', value: expect.stringMatching(/^\[format\('\{0\}\{1\}', reference\('[^']+\/storageAccounts\/sthost[^']+', '[^']+'\)\.primaryEndpoints\.blob, 'deployment'\)\]$/) as string, authentication: { type: 'UserAssignedIdentity' } });
      expect(one(sets.default, 'Microsoft.Web/sites')).toMatchObject({ kind: 'functionapp,linux', identity: { type: 'UserAssigned' }, properties: { keyVaultReferenceIdentity: expect.stringMatching(/\/userAssignedIdentities\/id-connector-prod$/) as string } });
    });

    it('keeps an instance warm for Graph’s notifications, unless it is told not to', () => {
      const { sets } = compiled();
      expect(flex(sets.default).scaleAndConcurrency).toEqual({ instanceMemoryMB: 2048, maximumInstanceCount: 40, alwaysReady: [{ name: 'http', instanceCount: 1 }], triggers: { http: { perInstanceConcurrency: 32 } } });
      expect(flex(sets.smallest).scaleAndConcurrency).toMatchObject({ instanceMemoryMB: 512, alwaysReady: [] });
      expect(flex(sets.everything).scaleAndConcurrency).toMatchObject({ instanceMemoryMB: 4096, maximumInstanceCount: 100, alwaysReady: [{ name: 'http', instanceCount: 2 }] });
    });

    it('may be called from everywhere, or from the given addresses alone', () => {
      const { sets } = compiled();
      expect(one(sets.default, 'Microsoft.Web/sites').properties['siteConfig']).toMatchObject({ ipSecurityRestrictionsDefaultAction: 'Allow', ipSecurityRestrictions: [] });
      expect(one(sets.everything, 'Microsoft.Web/sites').properties['siteConfig']).toMatchObject({ ipSecurityRestrictionsDefaultAction: 'Deny', ipSecurityRestrictions: [{ name: 'gateway', ipAddress: '203.0.113.0/24', action: 'Allow', priority: 100 }] });
    });
  });

  describe('options', () => {
    it('smallest: nothing that was switched off', () => {
      const set = compiled().sets.smallest;
      for (const type of ['Microsoft.Insights/workbooks', 'Microsoft.Insights/scheduledQueryRules', 'Microsoft.Insights/actionGroups', 'Microsoft.Network/virtualNetworks', 'Microsoft.Network/privateEndpoints', 'Microsoft.Authorization/locks']) expect(count(set, type), type).toBe(0);
    });

    it('default: no private network, no lock, nobody is mailed', () => {
      const set = compiled().sets.default;
      for (const type of ['Microsoft.Network/virtualNetworks', 'Microsoft.Network/privateEndpoints', 'Microsoft.Network/privateDnsZones', 'Microsoft.Network/natGateways', 'Microsoft.Authorization/locks', 'Microsoft.Insights/actionGroups']) expect(count(set, type), type).toBe(0);
      expect(ofType(set, 'Microsoft.Storage/storageAccounts').map(({ sku, properties }) => [sku?.['name'], properties['publicNetworkAccess']])).toEqual([['Standard_LRS', 'Enabled'], ['Standard_LRS', 'Enabled']]);
      expect(one(set, 'Microsoft.Web/sites').properties['virtualNetworkSubnetId']).toBeNull();
    });

    it('everything: each service that the app calls has a private endpoint and a zone, and no public door', () => {
      const set = compiled().sets.everything;
      const targets = ofType(set, 'Microsoft.Network/privateEndpoints').flatMap(({ properties }) => (properties['privateLinkServiceConnections'] as { properties: { privateLinkServiceId: string; groupIds: string[] } }[]).map(({ properties: { privateLinkServiceId, groupIds } }) => `${/\/(sthost|stdata|kv-)[^/]*$/.exec(privateLinkServiceId)?.[1]} ${groupIds.join()}`));
      expect(targets.sort()).toEqual(['kv- vault', 'stdata blob', 'stdata queue', 'stdata table', 'sthost blob', 'sthost table']);
      expect(count(set, 'Microsoft.Network/privateDnsZones')).toBe(4);
      expect(count(set, 'Microsoft.Network/privateDnsZones/virtualNetworkLinks')).toBe(4);
      expect(count(set, 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups')).toBe(6);
      for (const { properties } of [...ofType(set, 'Microsoft.Storage/storageAccounts'), ...ofType(set, 'Microsoft.KeyVault/vaults')]) {
        expect(properties).toMatchObject({ publicNetworkAccess: 'Disabled', networkAcls: { bypass: 'None', defaultAction: 'Deny' } });
      }
      const { subnets } = one(set, 'Microsoft.Network/virtualNetworks').properties as { subnets: { name: string; properties: { addressPrefix: string; delegations?: { properties: { serviceName: string } }[] } }[] };
      expect(subnets.map(({ name, properties }) => [name, properties.addressPrefix, properties.delegations?.[0]?.properties.serviceName])).toEqual([
        ['app', '10.20.30.0/26', 'Microsoft.App/environments'],
        ['endpoints', '10.20.30.64/26', undefined],
      ]);
      expect(one(set, 'Microsoft.Web/sites').properties).toMatchObject({ publicNetworkAccess: 'Enabled', virtualNetworkSubnetId: expect.stringMatching(/\/virtualNetworks\/vnet-crmsync-full\/subnets\/app$/) as string });
    });

    it('everything: calls go out from one address', () => {
      const set = compiled().sets.everything;
      const { subnets } = one(set, 'Microsoft.Network/virtualNetworks').properties as { subnets: { properties: { natGateway?: { id: string } | null } }[] };
      expect(subnets.map(({ properties }) => properties.natGateway?.id)).toEqual([one(set, 'Microsoft.Network/natGateways').id, undefined]);
      expect(one(set, 'Microsoft.Network/natGateways').properties['publicIpAddresses']).toEqual([{ id: one(set, 'Microsoft.Network/publicIPAddresses').id }]);
      expect(one(set, 'Microsoft.Network/publicIPAddresses')).toMatchObject({ sku: { name: 'Standard' }, properties: { publicIPAllocationMethod: 'Static' } });
    });

    it('everything: zones, a lock on the data, tags of one’s own', () => {
      const set = compiled().sets.everything;
      expect(one(set, 'Microsoft.Web/serverfarms').properties['zoneRedundant']).toBe(true);
      expect(ofType(set, 'Microsoft.Storage/storageAccounts').map(({ sku }) => sku?.['name'])).toEqual(['Standard_ZRS', 'Standard_ZRS']);
      const lock = one(set, 'Microsoft.Authorization/locks');
      expect(lock.properties['level']).toBe('CanNotDelete');
      expect(lock.id).toMatch(/\/storageAccounts\/stdata[a-z0-9]+\//);
      expect(one(set, 'Microsoft.Web/sites').tags).toMatchObject({ costCentre: '4711', environment: 'full', 'azd-service-name': 'connector' });
    });
  });

  describe('names', () => {
    it('are as long as Azure takes them, also with the longest parts', () => {
      const { workload, environmentName } = compiled().template.parameters;
      expect([workload?.maxLength, environmentName?.maxLength]).toEqual([10, 8]);
      for (const set of Object.values(compiled().sets)) {
        for (const { name = '' } of ofType(set, 'Microsoft.Storage/storageAccounts')) expect(name).toMatch(/^[a-z0-9]{3,24}$/);
        expect(one(set, 'Microsoft.KeyVault/vaults').name).toMatch(/^[a-z][a-z0-9-]{2,23}$/);
        // The host takes the first 32 characters for its own id.
        const app = String(one(set, 'Microsoft.Web/sites').name);
        expect(app).toMatch(/^func-[a-z]+-[a-z]+-[a-z0-9]{6}$/);
        expect('func--'.length + 10 + 8 + 1 + 6).toBeLessThanOrEqual(32);
      }
    });

    it('everything that can carry tags carries them', () => {
      for (const { type, name, tags } of compiled().sets.everything.predictedResources) {
        if (UNTAGGED.test(type)) continue;
        expect(tags, `${type} ${name}`).toMatchObject({ application: 'connector SE for Exchange', environment: 'full', costCentre: '4711' });
      }
    });
  });
}
