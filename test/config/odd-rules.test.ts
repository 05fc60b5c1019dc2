import { describe, expect, it } from 'vitest';
import { parseTenantRules } from '../../shared/config/rules.ts';

const CRM = { url: 'https://crm.example.com', user: 'SYNC', passwordSetting: 'CRM_PASSWORD', timeZone: 'Europe/Berlin' };
const mistakesIn = (crm: object, appointments: object = {}): readonly string[] => {
  const read = parseTenantRules({ tenantId: '11111111-1111-4111-8111-111111111111', crm: { ...CRM, ...crm }, appointments });
  return 'mistakes' in read ? read.mistakes : [];
};
const TEMPLATE = 'https://crm.example.com/r/{id}';

describe('rules that are odd', () => {
  it.each(['', 'crm.example.com', 'https://', 'http://crm.example.com'])('an address that is none, or not safe, is a mistake like others: %j', (url) => {
    expect(mistakesIn({ url })).toEqual([expect.stringMatching(/^crm\.url: /)]);
    expect(mistakesIn({ webUrl: url })).toEqual([expect.stringMatching(/^crm\.webUrl: /)]);
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('what every object has is no value of an event: %s', (event) => {
    expect(mistakesIn({}, { fields: [{ outlook: { event }, crm: { field: 'Link', type: 'C' }, direction: 'toCrm' }] })).toEqual([expect.stringMatching(/^appointments\.fields\.0\.outlook\.event: names no single value of an event/)]);
  });

  it('a link to the CRM names a record once, so that its line is found in no time', () => {
    expect(mistakesIn({}, { webLink: { template: TEMPLATE } })).toEqual([]);
    expect(mistakesIn({}, { webLink: { template: `${TEMPLATE}{id}{id}{id}` } })).toEqual(['appointments.webLink.template: must hold {hex} and {id} once each at most']);
    for (const odd of [`https://crm.example.com/\u00a0{id}`, `${TEMPLATE}${'x'.repeat(40_000)}`]) expect(mistakesIn({}, { webLink: { template: odd } })).toEqual([expect.stringMatching(/^appointments\.webLink\.template: /)]);
    expect(mistakesIn({ webUrl: TEMPLATE })).toEqual([expect.stringMatching(/^crm\.webUrl: must hold no/)]);
  });

  it('may have members with names that every object has, and are refused', () => {
    expect(mistakesIn({}, { fields: [{ outlook: { category: 'x' }, crm: { field: 'Link', type: 'C', length: { toString: {} } } }] })).toEqual([expect.stringMatching(/^the document: has members/)]);
  });

  it('are told of in as many words as somebody reads', () => {
    const mistakes = mistakesIn({ profile: Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`r${index}`, { odd: 1 }])), ['x'.repeat(100_000)]: 1 });
    expect(mistakes).toHaveLength(101);
    expect(mistakes.at(-1)).toMatch(/^the document: has \d{4,} mistakes more$/);
    expect(mistakes.join('').length).toBeLessThan(20_000);
  });
});
