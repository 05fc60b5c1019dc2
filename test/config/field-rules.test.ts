import { describe, expect, it } from 'vitest';
import { transformsIn } from '../../shared/config/checked-rules.ts';
import { mappedFields } from '../../shared/config/field-rules.ts';
import { GRAPH_MARKER } from '../../shared/config/names.ts';
import { parseTenantRules } from '../../shared/config/rules.ts';

const PROPERTY = 'String {11111111-2222-4333-8444-555555555555} Name Project';
const rulesWith = (appointments: Record<string, unknown>): unknown => ({
  tenantId: '11111111-1111-4111-8111-111111111111',
  crm: { url: 'https://crm.example.com/interface', user: 'SYNC', passwordSetting: 'CRM_PASSWORD', timeZone: 'Europe/Berlin' },
  appointments,
});
const mistakesIn = (...fields: Record<string, unknown>[]): readonly string[] => {
  const parsed = parseTenantRules(rulesWith({ fields }));
  return 'mistakes' in parsed ? parsed.mistakes : [];
};
const inCrm = { field: 'Project', type: 'C', length: 80 };

describe('additional fields in the rules (A14)', () => {
  it('are taken as they are meant', () => {
    const parsed = parseTenantRules(rulesWith({ fields: [{ outlook: { property: PROPERTY }, crm: inCrm }, { outlook: { category: 'VIP' }, crm: 'FreeL1', direction: 'toCrm' }], missing: { flags: [] } }));
    if ('mistakes' in parsed) throw new Error(parsed.mistakes.join());
    expect(mappedFields(parsed.rules.appointments.fields).map(({ group, direction, crm }) => [group, direction, crm.type])).toEqual([
      ['field Project property string {11111111-2222-4333-8444-555555555555} Name Project', 'both', 'C'],
      ['field FreeL1 category VIP', 'toCrm', 'B'],
    ]);
  });

  it.each([
    ['an unknown field of the CRM', { outlook: { property: PROPERTY }, crm: 'Projekt' }, /^appointments\.fields\.0\.crm: 'Projekt' is no field of the profile/],
    ['one that the connector writes itself', { outlook: { property: PROPERTY }, crm: 'Subject' }, /^appointments\.fields\.0\.crm: 'Subject' is written by the connector/],
    ['a stamp of the CRM', { outlook: { property: PROPERTY }, crm: 'UpdTime', direction: 'toOutlook' }, /^appointments\.fields\.0\.crm: names what moves/],
    ['a name that is none', { outlook: { property: PROPERTY }, crm: { field: 'a b', type: 'C' } }, /^appointments\.fields\.0\.crm: must be the name/],
    ['an unknown field of the event', { outlook: { event: 'colour' }, crm: inCrm, direction: 'toCrm' }, /^appointments\.fields\.0\.outlook\.event: names no single value/],
    ['the stamp of the event', { outlook: { event: 'lastModifiedDateTime' }, crm: inCrm, direction: 'toCrm' }, /^appointments\.fields\.0\.outlook\.event: names what moves/],
    ['a property that is none', { outlook: { property: 'Project' }, crm: inCrm }, /^appointments\.fields\.0\.outlook\.property: must be an extended property/],
    ["the connector's own marker", { outlook: { property: GRAPH_MARKER }, crm: inCrm }, /^appointments\.fields\.0\.outlook\.property: is the connector's own marker/],
    ['two fields of Outlook at once', { outlook: { property: PROPERTY, category: 'VIP' }, crm: inCrm }, /^appointments\.fields\.0\.outlook: must name one of/],
    ['a direction into what can only be read', { outlook: { event: 'webLink' }, crm: inCrm }, /^appointments\.fields\.0\.direction: is both, but this field of Outlook can only be read/],
    ["a direction into one of Outlook's own properties", { outlook: { property: 'String {00062002-0000-0000-C000-000000000046} Id 0x8208' }, crm: inCrm }, /^appointments\.fields\.0\.direction: is both/],
    ['types that do not fit', { outlook: { property: PROPERTY }, crm: 'FreeN1' }, /^appointments\.fields\.0\.crm: holds a whole number \(type L\), and Outlook's field a text: add a transform or a catalog/],
    ['types that do not fit on the way back', { outlook: { property: PROPERTY }, crm: 'FreeN1', transform: '$number($)' }, /^appointments\.fields\.0\.outlook: holds a text.*add a transformBack/],
    ['a transform against the stream', { outlook: { property: PROPERTY }, crm: inCrm, direction: 'toOutlook', transform: '$' }, /^appointments\.fields\.0\.transform: makes a value for the CRM/],
    ['a catalog of texts', { outlook: { property: PROPERTY }, crm: inCrm, catalog: { a: 1 } }, /^appointments\.fields\.0\.catalog: maps to numbers/],
    ['a catalog that cannot be turned round', { outlook: { property: PROPERTY }, crm: 'FreeN1', catalog: { a: 1, b: 1 } }, /^appointments\.fields\.0\.catalog: maps two texts to one number/],
    ['the mark of deleted records', { outlook: { property: PROPERTY }, crm: 'FreeC1' }, /^appointments\.fields\.0\.crm: is the mark of appointments\.deletion\.field/],
    ['a member that there is not', { outlook: { property: PROPERTY }, crm: inCrm, way: 'both' }, /^appointments\.fields\.0: .*way/],
  ])('each mistake is told with its path: %s', (_, field, message) => {
    expect(mistakesIn(field).some((mistake) => message.test(mistake))).toBe(true);
  });

  it('two rules on one target are told with both', () => {
    expect(mistakesIn({ outlook: { property: PROPERTY }, crm: inCrm }, { outlook: { category: 'VIP' }, crm: inCrm, direction: 'toCrm' })).toEqual(['appointments.fields.1.crm: is written by the field 0, too: one field has one source']);
    expect(mistakesIn({ outlook: { property: PROPERTY.replace('String', 'string') }, crm: inCrm }, { outlook: { property: PROPERTY.toUpperCase().replace('NAME PROJECT', 'Name Project') }, crm: 'RepId', direction: 'toOutlook' })).toEqual(['appointments.fields.1.outlook: is written by the field 0, too: one field has one source']);
    expect(mistakesIn({ outlook: { property: PROPERTY }, crm: inCrm, direction: 'toCrm' }, { outlook: { property: PROPERTY }, crm: { ...inCrm, field: 'Other' }, direction: 'toCrm' })).toEqual([]);
  });

  it('a field by which a link rule leads to another record is told with that rule; it may be read', () => {
    const [station, serial] = [{ field: 'TicketStation', type: 'L' }, { field: 'TicketNo', type: 'L' }];
    const links = [{ from: 'subject', infoArea: 'Y1' }, { from: 'subject', infoArea: 'KM', table: 'Ticket', stationField: 'TicketStation', serialField: 'TicketNo' }];
    const mistakes = (crm: unknown, direction: string): readonly string[] => {
      const parsed = parseTenantRules(rulesWith({ fields: [{ outlook: { property: PROPERTY.replace('String', 'Integer') }, crm, direction }], links }));
      return 'mistakes' in parsed ? parsed.mistakes : [];
    };
    expect(mistakes(serial, 'both')).toEqual(['appointments.fields.0.crm: is set by appointments.links.1, too: one field has one source']);
    expect(mistakes(station, 'toCrm')).toEqual(['appointments.fields.0.crm: is set by appointments.links.1, too: one field has one source']);
    expect(mistakes(serial, 'toOutlook')).toEqual([]);
  });

  it('transforms are read before they are used', async () => {
    const check = async (transform: string): Promise<readonly string[]> => {
      const parsed = parseTenantRules(rulesWith({ fields: [{ outlook: { property: PROPERTY }, crm: inCrm, direction: 'toCrm', transform }] }));
      return 'mistakes' in parsed ? parsed.mistakes : transformsIn(parsed.rules);
    };
    expect(await check('$uppercase(')).toEqual([expect.stringMatching(/^appointments\.fields\.0\.transform: is no JSONata expression/)]);
    expect(await check('$match($, /(a+)+/)')).toEqual([expect.stringMatching(/^appointments\.fields\.0\.transform: holds a regular expression/)]);
    expect(await check('$uppercase($)')).toEqual([]);
  });
});
