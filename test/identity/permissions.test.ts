import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { neededPermissions } from '../../shared/config/permissions.ts';
import { parseTenantRules, type TenantRules } from '../../shared/config/rules.ts';

const text = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

function rulesWith(more: Record<string, unknown> = {}): TenantRules {
  const parsed = parseTenantRules({ tenantId: '11111111-1111-4111-8111-111111111111', crm: { url: 'https://crm.example.com', user: 'SYNC', passwordSetting: 'CRM_PASSWORD', timeZone: 'Europe/Berlin' }, ...more });
  if ('mistakes' in parsed) throw new Error(parsed.mistakes.join());
  return parsed.rules;
}

describe('what a registration asks for', () => {
  const needed = neededPermissions(rulesWith());
  const ids = (source: string): string[] => [...new Set(source.match(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g))].filter((id) => !id.startsWith('00000003-')).sort();

  it('is what the rules need with every kind switched on, wherever it stands', () => {
    const wanted = needed.map(({ id }) => id).sort();
    for (const file of ['infra/identity.bicep', 'infra/scripts/register-app.sh', 'infra/scripts/grant-identity.sh']) expect(ids(text(file)), file).toEqual(wanted);
  });

  it('has the names that infra/ and the documents give it', () => {
    for (const { name, id } of needed) {
      expect(text('infra/identity.bicep')).toContain(`'${name}': '${id}'`);
      for (const file of ['docs/onboarding.md', 'docs/operations.md']) expect(text(file), `${name} in ${file}`).toContain(`\`${name}\``);
    }
  });
});

describe('a kind that is switched off', () => {
  it('needs nothing', () => {
    expect(neededPermissions(rulesWith({ appointments: { enabled: false } })).map(({ name }) => name)).toEqual(['User.Read.All', 'MailboxSettings.Read']);
  });
});
