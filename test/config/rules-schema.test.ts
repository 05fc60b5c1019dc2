import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tenantRulesSchema } from '../../shared/config/rules.ts';

describe('docs/rules.schema.json', () => {
  // `npm run schema` writes it.
  it('is the schema by which rules are judged, as JSON Schema', async () => {
    const schema = z.toJSONSchema(tenantRulesSchema, { io: 'input', unrepresentable: 'any' });
    await expect(`${JSON.stringify({ ...schema, title: 'Rules of a tenant of the connector' }, null, 2)}\n`).toMatchFileSnapshot('../../docs/rules.schema.json');
  });
});
