import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tenantRulesSchema } from '../../shared/config/rules.ts';
import { readRules } from '../../shared/jobs/tenants.ts';
import { loadTransforms } from '../../shared/model/transform.ts';
import { World, type WorldOptions } from '../world/world.ts';

// It comes from disk, in real time: virtual time must not run ahead of it.
await loadTransforms();

const PAGE = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

interface Example {
  readonly section: string;
  readonly rules: Record<string, unknown>;
}

/** Every block, with the heading that it stands under. */
const EXAMPLES: readonly Example[] = PAGE.split(/^## /m)
  .slice(1)
  .flatMap((part) => [...part.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, block = ''], index) => ({ section: `${part.split('\n')[0] ?? ''} ${index + 1}`, rules: JSON.parse(block) as Record<string, unknown> })));

const TENANT = { tenantId: '11111111-1111-4111-8111-111111111111', crm: { url: 'https://crm.example.com/interface', user: 'SYNC', passwordSetting: 'CRM_PASSWORD', timeZone: 'Europe/Berlin' } };

type Fields = readonly { readonly outlook: Record<string, string>; readonly crm: string | { field: string; type: string; length?: number }; readonly catalog?: Record<string, number> }[];
const fieldsOf = ({ rules }: Example): Fields => (rules['appointments'] as { fields?: Fields } | undefined)?.fields ?? [];

describe('the page of examples (docs/configuration.md)', () => {
  it.each(EXAMPLES)('$section is a part of rules as they may stand there', async ({ rules }) => {
    const document = { ...TENANT, ...rules, crm: { ...TENANT.crm, ...(rules['crm'] as object | undefined) } };
    expect(await readRules(TENANT.tenantId, JSON.stringify(document))).not.toHaveProperty('mistakes');
  });

  it('has an example of every rule of appointments', () => {
    const { properties } = z.toJSONSchema(tenantRulesSchema, { io: 'input', unrepresentable: 'any' }).properties?.['appointments'] as { properties: Record<string, unknown> };
    const shown = new Set(EXAMPLES.flatMap(({ rules }) => Object.keys((rules['appointments'] as object | undefined) ?? {})));
    expect(Object.keys(properties).filter((rule) => !shown.has(rule))).toEqual([]);
  });

  it.each(EXAMPLES.filter((example) => fieldsOf(example).length > 0))('$section: the connector lives by it', async (example) => {
    const added = fieldsOf(example).flatMap(({ crm, catalog }) => (typeof crm === 'string' ? [] : [[`Contact.${crm.field}`, { type: crm.type, ...(crm.length === undefined ? {} : { length: crm.length }), ...(catalog === undefined ? {} : { catalog: new Map(Object.entries(catalog).map(([text, number]) => [number, text])) }) }]]));
    const world = new World({ rules: example.rules, crmFields: Object.fromEntries(added) as NonNullable<WorldOptions['crmFields']> });
    await world.start();
    const values: Record<string, string> = { Project: 'P-1', Stage: 'offer', Ticket: 'T-42' };
    const properties = fieldsOf(example).flatMap(({ outlook: { property } }) => (property === undefined ? [] : [{ id: property, value: values[property.split(' Name ')[1] ?? ''] ?? '' }]));
    await world.outlook().create({ categories: ['Important customer'], ...(properties.length === 0 ? {} : { singleValueExtendedProperties: properties }) });
    await world.settle();
    const [activity] = world.crmUser().activities();
    for (const { crm } of fieldsOf(example)) expect(activity?.values[typeof crm === 'string' ? crm : crm.field]).not.toBe('');
    world.resetCounters();
    await world.days(1);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expect((await world.journal()).filter(({ reason }) => reason === 'fieldNotShown')).toEqual([]);
    expect(world.violations()).toEqual([]);
    expect(world.events.filter((event) => event['evt'] === 'handler.failed')).toEqual([]);
  });
});
