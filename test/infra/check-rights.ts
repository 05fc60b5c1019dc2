import { describe, expect, it } from 'vitest';
import { CONTAINERS, QUEUES } from '../../shared/config/names.ts';
import { ofType, type Compiled, type Resource, type SetName, type Snapshot } from './compiled.ts';

/** Built-in roles by their ids, which are the same in every tenant. */
const ROLES: Readonly<Record<string, string>> = {
  'b86a8fe4-44ce-4948-aee5-eccb2c155cd7': 'Key Vault Secrets Officer',
  '4633458b-17de-408a-b874-0445c86b69e6': 'Key Vault Secrets User',
  '3913510d-42f4-4e42-8a64-420c390055eb': 'Monitoring Metrics Publisher',
  'ba92f5b4-2d11-453d-a403-e96b0029c9fe': 'Storage Blob Data Contributor',
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b': 'Storage Blob Data Owner',
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88': 'Storage Queue Data Contributor',
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3': 'Storage Table Data Contributor',
};

const OF_THE_APP = [
  'app: Key Vault Secrets User on vault',
  'app: Monitoring Metrics Publisher on component',
  'app: Storage Blob Data Owner on host account',
  'app: Storage Table Data Contributor on host account',
  'app: Storage Table Data Contributor on data account',
  'app: Storage Blob Data Contributor on data account/config',
  ...Object.values(CONTAINERS).map((container) => `app: Storage Blob Data Contributor on data account/${container}`),
  ...Object.values(QUEUES).map((queue) => `app: Storage Queue Data Contributor on data account/${queue}`),
];
const OF_ADMINISTRATORS = ['44444444-4444-4444-8444-444444444444: Key Vault Secrets Officer on vault', '44444444-4444-4444-8444-444444444444: Storage Blob Data Contributor on data account/config'];

const EXPECTED: Record<SetName, readonly string[]> = { smallest: OF_THE_APP, default: OF_THE_APP, everything: [...OF_THE_APP, ...OF_ADMINISTRATORS], 'with a client secret': OF_THE_APP };

/** Scope in plain words: what an id is stands in its type and the beginning of its name. */
function scopeOf({ id = '' }: Resource): string {
  const scope = /^(?:\[extensionResourceId\('([^']+)'|(.+)\/providers\/Microsoft\.Authorization\/roleAssignments\/)/.exec(id);
  const path = (scope?.[1] ?? scope?.[2] ?? id).replace(/^\/subscriptions\/[^/]+\/resourceGroups\/rg\/providers\//, '');
  return path
    .replace(/^Microsoft\.Storage\/storageAccounts\/st(host|data)[a-z0-9]+/, '$1 account')
    .replace(/\/(blobServices|queueServices)\/default\/(containers|queues)\//, '/')
    .replace(/^Microsoft\.KeyVault\/vaults\/kv-[a-z0-9]+$/, 'vault')
    .replace(/^Microsoft\.Insights\/components\/appi-[a-z-]+$/, 'component');
}

function inWords(assignment: Resource): string {
  const { principalId, roleDefinitionId } = assignment.properties;
  const role = String(roleDefinitionId).split('/').pop() ?? '';
  const who = /^\[reference\('[^']+\/userAssignedIdentities\/id-[a-z-]+', '[^']+'\)\.principalId\]$/.test(String(principalId)) ? 'app' : String(principalId);
  return `${who}: ${ROLES[role] ?? role} on ${scopeOf(assignment)}`;
}

const nameOf = (set: Snapshot): string[] => ofType(set, 'Microsoft.Authorization/roleAssignments').map(({ name = '' }) => name);

export function checkRights(compiled: () => Compiled): void {
  describe('rights', () => {
    it.each(Object.keys(EXPECTED) as SetName[])('%s: each role assignment has exactly its role and scope, and there is no other', (set) => {
      expect(ofType(compiled().sets[set], 'Microsoft.Authorization/roleAssignments').map(inWords).sort()).toEqual([...EXPECTED[set]].sort());
    });

    it('no two share a name', () => {
      for (const set of Object.values(compiled().sets)) expect(new Set(nameOf(set)).size).toBe(nameOf(set).length);
    });

    it('nobody gets in by a key: vault by roles, telemetry and deployments by Entra alone', () => {
      for (const set of Object.values(compiled().sets)) {
        expect(ofType(set, 'Microsoft.KeyVault/vaults').map(({ properties }) => properties)).toEqual([expect.objectContaining({ enableRbacAuthorization: true, enablePurgeProtection: true, enableSoftDelete: true })]);
        expect(ofType(set, 'Microsoft.Insights/components').map(({ properties }) => properties['DisableLocalAuth'])).toEqual([true]);
        expect(ofType(set, 'Microsoft.OperationalInsights/workspaces').map(({ properties }) => properties['features'])).toEqual([expect.objectContaining({ disableLocalAuth: true })]);
        expect(ofType(set, 'Microsoft.Web/sites/basicPublishingCredentialsPolicies').map(({ name = '', properties }) => [name.split('/')[1], properties['allow']])).toEqual([['ftp', false], ['scm', false]]);
        expect(ofType(set, 'Microsoft.Web/sites').map(({ properties }) => properties['httpsOnly'])).toEqual([true]);
      }
    });
  });
}
