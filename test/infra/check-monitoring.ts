import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ofType, type Compiled } from './compiled.ts';
import { alerts } from './queries.ts';

interface Rule {
  readonly scopes: readonly string[];
  readonly skipQueryValidation: boolean;
  readonly criteria: { readonly allOf: readonly { readonly query: string; readonly operator: string; readonly threshold: number }[] };
  readonly actions: { readonly actionGroups: readonly string[] };
}

export function checkMonitoring(compiled: () => Compiled): void {
  const rules = (set: 'default' | 'everything'): Map<string, Rule> =>
    new Map(ofType(compiled().sets[set], 'Microsoft.Insights/scheduledQueryRules').map(({ name = '', properties }) => [name, properties as unknown as Rule]));

  describe('alerts and workbook, deployed', () => {
    it('each alert of the data file is a rule with its query, on the component or on the workspace', () => {
      const made = rules('default');
      expect([...made.keys()]).toEqual(alerts.map(({ name }) => `alert-${name}-connector-prod`));
      for (const { name, asks, query } of alerts) {
        const rule = made.get(`alert-${name}-connector-prod`);
        expect(rule?.criteria.allOf).toEqual([expect.objectContaining({ query: query.join('\n'), operator: 'GreaterThan', threshold: 0 })]);
        expect(rule?.scopes).toEqual([expect.stringMatching(asks === 'workspace' ? /\/workspaces\/log-connector-prod$/ : /\/components\/appi-connector-prod$/)]);
        // A table of the workspace is missing until its first row has come.
        expect(rule?.skipQueryValidation).toBe(asks === 'workspace');
      }
    });

    it('they tell those who are named, and by default nobody', () => {
      for (const rule of rules('default').values()) expect(rule.actions.actionGroups).toEqual([]);
      for (const rule of rules('everything').values()) expect(rule.actions.actionGroups).toEqual([expect.stringMatching(/\/actionGroups\/on-call$/), expect.stringMatching(/\/actionGroups\/ag-crmsync-full$/)]);
      expect(ofType(compiled().sets.everything, 'Microsoft.Insights/actionGroups')[0]?.properties['emailReceivers']).toEqual([{ name: 'mail-0', emailAddress: 'operations@example.com', useCommonAlertSchema: true }]);
    });

    it('what an alert asks of the workspace is sent there', () => {
      const sent = ofType(compiled().sets.default, 'Microsoft.Insights/diagnosticSettings').map(({ id = '', properties }) => [/providers\/([^[]+?)\/providers\/Microsoft\.Insights/.exec(id)?.[1]?.replace(/(stdata|kv-)[a-z0-9]+/, '$1'), (properties['logs'] as { category: string }[]).map(({ category }) => category)]);
      expect(sent).toEqual([
        ['Microsoft.Storage/storageAccounts/stdata/queueServices/default', ['StorageWrite']],
        ['Microsoft.KeyVault/vaults/kv-', ['AuditEvent']],
      ]);
      expect(alerts.filter(({ asks }) => asks === 'workspace').map(({ query }) => query[0])).toEqual(['StorageQueueLogs']);
    });

    it('with detailed logs every access to contents and the platform’s own log are kept', () => {
      const sent = ofType(compiled().sets.everything, 'Microsoft.Insights/diagnosticSettings').flatMap(({ properties }) => (properties['logs'] as { category: string }[]).map(({ category }) => category));
      expect(sent.sort()).toEqual(['AuditEvent', 'FunctionAppLogs', 'StorageDelete', 'StorageRead', 'StorageWrite', 'StorageWrite']);
    });

    it('the workbook is the data file, about this component', () => {
      const [workbook] = ofType(compiled().sets.default, 'Microsoft.Insights/workbooks');
      const file = readFileSync(new URL('../../infra/monitoring/workbook.json', import.meta.url), 'utf8');
      expect(workbook?.properties['sourceId']).toMatch(/\/components\/appi-connector-prod$/);
      expect(workbook?.properties['serializedData']).toBe(file.replaceAll('{component}', String(workbook?.properties['sourceId'])));
    });
  });
}
