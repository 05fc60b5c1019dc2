import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTenantRules } from '../../shared/config/rules.ts';

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
const base = { tenantId: '11111111-1111-4111-8111-111111111111', crm: { url: 'https://crm.example.com/interface', user: 'SYNC', passwordSetting: 'CRM_PASSWORD', timeZone: 'Europe/Berlin' } };

/** Heading and text of each example. */
const examples = page.split(/^## /m).slice(1).flatMap((section) => [...section.matchAll(/^```json\n([^]*?)^```/gm)].map(([, json = '']) => ({ heading: section.split('\n', 1)[0] ?? '', json })));

describe('docs/configuration.md', () => {
  it.each(examples)('$heading: its example is a document that the rules take', ({ json }) => {
    const given = JSON.parse(json) as { crm?: object };
    expect(parseTenantRules({ ...base, ...given, crm: { ...base.crm, ...given.crm } })).not.toHaveProperty('mistakes');
  });
});
