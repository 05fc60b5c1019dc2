import { describe, expect, it } from 'vitest';
import { activityFilter } from '../../shared/crm/activity-filter.ts';
import { schemaProfile } from '../../shared/crm/profile.ts';
import type { Condition } from '../../shared/config/rules.ts';

const profile = schemaProfile({ profile: { activity: { fields: { FreeN1: 'Number1' } } }, lengths: {} });

function holds(field: string, op: Condition['op'], value: string, held: Record<string, string>): boolean {
  return activityFilter(profile, [{ field, op, value }]).holds((name) => held[name] ?? '');
}

describe('G3: extra conditions on an activity', () => {
  it.each<[Condition['op'], string, string, boolean]>([
    ['=', 'North', 'north ', true],
    ['=', 'North', 'South', false],
    ['=', '', '', true],
    ['=', 'N*h', 'North', true],
    ['=', '*or*', 'North', true],
    ['=', 'North*North', 'North', false],
    ['=', 'a*b*c', 'a-b-x-c', true],
    ['=', 'a*b*c', 'a-x-c', false],
    ['!=', 'N*', 'North', false],
    ['!=', 'North', '', true],
    ['()', 'ort', 'North', true],
    [')(', 'ort', 'North', false],
    [')(', 'ort', '', true],
    ['>', 'm', 'North', true],
    ['<', 'z', '', false],
  ])('a text: %s %s asked of %s', (op, value, held, expected) => {
    expect(holds('FreeC1', op, value, { FreeC1: held })).toBe(expected);
  });

  it('compares numbers as numbers, an empty one as 0', () => {
    expect(holds('FreeN1', '<', '10', { Number1: '9' })).toBe(true);
    expect(holds('FreeN1', '=', '0', {})).toBe(true);
    expect(holds('FreeN1', '<', '1', {})).toBe(true);
    expect(holds('CustomerNumber', '>=', '10', { CustomerNumber: '9' })).toBe(false);
  });

  it('takes an empty yes or no for no, and dates in their order', () => {
    expect(holds('FreeL1', '=', 'false', {})).toBe(true);
    expect(holds('FreeL1', '!=', 'true', {})).toBe(true);
    expect(holds('Date', '>=', '2026-11-01', { Date: '2026-11-23' })).toBe(true);
    expect(holds('Date', '<', '2026-11-01', {})).toBe(false);
  });

  it('must all hold, and are asked of the fields of the profile or by the XML name', () => {
    const filter = activityFilter(profile, [{ field: 'FreeN1', op: '=', value: '7' }, { field: 'Region', op: '=', value: 'North' }]);
    expect(filter.fields).toEqual(['Number1', 'Region']);
    expect(filter.holds((name) => ({ Number1: '7', Region: 'north' })[name] ?? '')).toBe(true);
    expect(filter.holds((name) => ({ Number1: '7' })[name] ?? '')).toBe(false);
  });
});
