import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../shared/config/names.ts';
import { tenantRulesSchema } from '../../shared/config/rules.ts';
import { cloudOf } from '../../shared/graph/clouds.ts';
import type { TokenSettings } from '../../shared/graph/tokens.ts';
import { ofType, type Compiled, type SetName, type Snapshot } from './compiled.ts';

type Auth = TokenSettings['auth'];

/** Settings that the code knows and Azure does not get, with the reason. */
const NOT_IN_AZURE: Partial<Record<keyof typeof SETTINGS, string>> = {
  data: 'a connection string holds a key',
  graphLocalToken: 'for a Graph on the same machine',
  identityEndpoint: 'the platform sets it',
  graphCertificatePath: 'Flex Consumption takes no certificate files',
};

/** Settings that only some ways of logging in to Graph need. Every other one is always set. */
const ONLY_FOR: Partial<Record<keyof typeof SETTINGS, readonly Auth[]>> = {
  graphAppId: ['federated', 'clientSecret'],
  graphClientSecret: ['clientSecret'],
};

/** Read by the Functions host alone (azure.md 4.2, 5). */
const OF_THE_HOST = [
  'AzureWebJobsStorage__credential', 'AzureWebJobsStorage__clientId', 'AzureWebJobsStorage__blobServiceUri', 'AzureWebJobsStorage__tableServiceUri',
  'DATA__credential', 'APPLICATIONINSIGHTS_CONNECTION_STRING', 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
]; // prettier-ignore

const AUTH_OF: Record<SetName, Auth> = { smallest: 'managedIdentity', default: 'federated', everything: 'federated', 'with a client secret': 'clientSecret' };
const CRM_PASSWORDS: Record<SetName, readonly string[]> = { smallest: ['CRM_PASSWORD'], default: ['CRM_PASSWORD'], everything: ['CRM_PASSWORD', 'CRM_PROXY_PASSWORD'], 'with a client secret': ['CRM_PASSWORD'] };
const SETS = Object.keys(AUTH_OF) as SetName[];

function settingsOf(set: Snapshot): Record<string, string> {
  const found = ofType(set, 'Microsoft.Web/sites/config');
  expect(found.map(({ name }) => name)).toEqual([expect.stringMatching(/\/appsettings$/)]);
  return found[0]?.properties as Record<string, string>;
}

export function checkSettings(compiled: () => Compiled): void {
  describe('application settings', () => {
    it.each(SETS)('%s: each that the code reads is set, and no other', (set) => {
      const auth = AUTH_OF[set];
      const keys = Object.keys(SETTINGS) as (keyof typeof SETTINGS)[];
      const own = keys.filter((key) => NOT_IN_AZURE[key] === undefined && (ONLY_FOR[key] ?? [auth]).includes(auth)).map((key) => SETTINGS[key]);
      const settings = settingsOf(compiled().sets[set]);
      expect(Object.keys(settings).sort()).toEqual([...own, ...OF_THE_HOST, ...CRM_PASSWORDS[set]].sort());
      expect(settings[SETTINGS.graphAuth]).toBe(auth);
    });

    it('none holds a key or a password: secrets are references to secrets of the vault that exist, or that an admin brings', () => {
      for (const set of SETS) {
        const snapshot = compiled().sets[set];
        const settings = settingsOf(snapshot);
        const secrets = [SETTINGS.webhookSecret, ...CRM_PASSWORDS[set], ...(AUTH_OF[set] === 'clientSecret' ? [SETTINGS.graphClientSecret] : [])];
        for (const name of secrets) expect(settings[name], name).toMatch(new RegExp(`^\\[format\\('@Microsoft\\.KeyVault\\(SecretUri=\\{0\\}secrets/\\{1\\}\\)', reference\\('[^']+/vaults/kv-[a-z0-9]+', '[^']+'\\)\\.vaultUri, '${name.toLowerCase().replaceAll('_', '-')}'\\)\\]$`));
        for (const [name, value] of Object.entries(settings)) {
          expect(value, name).not.toMatch(/AccountKey|listKeys|SharedAccess|parameters\('/);
          if (!secrets.includes(name)) expect(value, name).not.toMatch(/KeyVault/);
        }
      }
    });

    it('data and host have different accounts, each service its own address', () => {
      const settings = settingsOf(compiled().sets.default);
      for (const service of ['queue', 'table', 'blob']) expect(settings[`DATA__${service}ServiceUri`]).toMatch(new RegExp(`^\\[reference\\('[^']+/storageAccounts/stdata[^']+', '[^']+'\\)\\.primaryEndpoints\\.${service}\\]$`));
      for (const service of ['table', 'blob']) expect(settings[`AzureWebJobsStorage__${service}ServiceUri`]).toMatch(new RegExp(`^\\[reference\\('[^']+/storageAccounts/sthost[^']+', '[^']+'\\)\\.primaryEndpoints\\.${service}\\]$`));
    });

    it('the app and its triggers use one identity, named everywhere', () => {
      const settings = settingsOf(compiled().sets.default);
      const names = [SETTINGS.dataClientId, SETTINGS.identityClientId, 'AzureWebJobsStorage__clientId'];
      for (const name of names) expect(settings[name], name).toMatch(/^\[reference\('[^']+\/userAssignedIdentities\/id-connector-prod', '[^']+'\)\.clientId\]$/);
      expect(settings['APPLICATIONINSIGHTS_AUTHENTICATION_STRING']).toMatch(/^\[format\('ClientId=\{0\};Authorization=AAD', reference\('[^']+\/id-connector-prod', '[^']+'\)\.clientId\)\]$/);
    });

    it('Graph reaches the app under its own name, or under the address that is given', () => {
      expect(settingsOf(compiled().sets.default)[SETTINGS.publicBaseUrl]).toMatch(/^\[format\('https:\/\/\{0\}', reference\('[^']+\/sites\/func-connector-prod-[a-z0-9]{6}', '[^']+'\)\.defaultHostName\)\]$/);
      expect(settingsOf(compiled().sets.everything)[SETTINGS.publicBaseUrl]).toBe('https://connector.example.com');
    });

    it('every cloud that can be chosen is one that the code knows, and every way to log in', () => {
      const { graphBaseUrl, graphAuth } = compiled().template.parameters;
      for (const url of graphBaseUrl?.allowedValues ?? []) expect(() => cloudOf(String(url)), String(url)).not.toThrow();
      const auths: Auth[] = ['federated', 'managedIdentity', 'clientSecret'];
      expect(graphAuth?.allowedValues).toEqual(auths);
    });

    it('names of password settings are such as rules may name', () => {
      const allowed = tenantRulesSchema.shape.crm.shape.passwordSetting;
      for (const name of Object.values(CRM_PASSWORDS).flat()) expect(allowed.safeParse(name).success, name).toBe(true);
    });

    it('a deployment writes no secret that it was not given, and never replaces the one that signs for Graph', () => {
      const conditions = (set: SetName): (string | undefined)[] => ofType(compiled().sets[set], 'Microsoft.KeyVault/vaults/secrets').map(({ name = '', condition }) => `${name.slice(name.indexOf('/') + 1)} ${condition ?? 'always'}`);
      expect(conditions('default')).toEqual(['webhook-secret always', "crm-password [not(empty(parameters('crmPassword')))]"]);
      expect(conditions('with a client secret')).toContainEqual(expect.stringMatching(/^graph-client-secret .*not\(empty\(parameters\('graphClientSecret'\)\)\)/));
      expect(JSON.stringify(compiled().template).match(/"\w+":\{"@options":\{"onlyIfNotExists":\[\]\}/g)).toEqual(['"webhook":{"@options":{"onlyIfNotExists":[]}']);
    });
  });
}
