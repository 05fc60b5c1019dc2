import type { InspectedEvent } from '../../local/graph/control.ts';

/**
 * Fields beside the default mapping that the people of some histories fill in on both sides (scope A14): an extended property and a text of the CRM, a
 * category and a yes or no, and a property of which JSONata makes a number.
 */
export const ORDER = 'String {5f4a3c9e-0d6b-4b8e-9f57-2f1f2c7b9a10} Name OrderNo';
export const CASE = 'String {5f4a3c9e-0d6b-4b8e-9f57-2f1f2c7b9a10} Name CaseNo';
export const KEY_ACCOUNT = 'Key account';

/** As people see them; what is empty is left out. */
export interface AdditionalFields {
  readonly order?: string;
  readonly caseNo?: string;
  readonly keyAccount?: 'yes';
}

interface Property {
  readonly id: string;
  readonly value: string;
}

/** An event as a person's Outlook shows it, which reads such properties, too. */
export function withProperties({ row, extended }: InspectedEvent): Record<string, unknown> {
  const own = extended.filter(({ id }) => id === ORDER || id === CASE);
  return own.length === 0 ? row : { ...row, singleValueExtendedProperties: own };
}

/** An answer to a patch shows no properties: those of before, and those that were sent. */
export function propertiesAfter(before: Record<string, unknown>, patch: Record<string, unknown>): { readonly singleValueExtendedProperties?: readonly Property[] } {
  const all = new Map([...propertiesIn(before), ...propertiesIn(patch)].map((one) => [one.id, one]));
  return all.size === 0 ? {} : { singleValueExtendedProperties: [...all.values()] };
}

export function fieldsInOutlook(event: Record<string, unknown>): AdditionalFields {
  const value = (wanted: string): string => propertiesIn(event).find(({ id }) => id === wanted)?.value ?? '';
  return shown(value(ORDER), value(CASE), categoriesOf(event).includes(KEY_ACCOUNT));
}

export function fieldsInCrm(values: Readonly<Record<string, string>>): AdditionalFields {
  const number = values['CaseNo'] ?? '';
  return shown(values['OrderNo'] ?? '', number === '' || number === '0' ? '' : `T-${number}`, values['KeyAccount'] === 'true');
}

export function categoriesOf(event: Record<string, unknown>): readonly string[] {
  return (event['categories'] as string[] | undefined) ?? [];
}

function propertiesIn(event: Record<string, unknown>): readonly Property[] {
  return (event['singleValueExtendedProperties'] as Property[] | undefined) ?? [];
}

function shown(order: string, caseNo: string, keyAccount: boolean): AdditionalFields {
  return { ...(order === '' ? {} : { order }), ...(caseNo === '' ? {} : { caseNo }), ...(keyAccount ? { keyAccount: 'yes' as const } : {}) };
}
