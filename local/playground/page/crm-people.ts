import { ROLES, type Address, type Answer, type Invited } from './people.ts';

/** Who is who in the CRM: reps and persons with their addresses, and the participants' rows of an activity. */

export interface Row {
  readonly id: string;
  readonly statNo: number;
  readonly seqNo: number;
  readonly values: Readonly<Record<string, string | undefined>>;
}

export interface CrmPeople {
  /** By `rep:<SeqNo>` and `person:<StatNo>:<SeqNo>`. */
  readonly byKey: ReadonlyMap<string, Address>;
  /** The key of a rep, else of a person; the first in the order of the records. */
  readonly byAddress: ReadonlyMap<string, string>;
}

/** Catalog numbers of the participation's state; 0 is open. */
const ANSWERS: Readonly<Record<string, Answer>> = { 1: 'accepted', 2: 'declined', 4: 'tentative' };

export function peopleOf(reps: readonly Row[], persons: readonly Row[]): CrmPeople {
  const named = [
    ...reps.map(({ seqNo, values }) => [`rep:${seqNo}`, { name: values['Name'] ?? '', address: (values['Email1'] ?? '').toLowerCase() }] as const),
    ...persons.map(({ statNo, seqNo, values }) => [`person:${statNo}:${seqNo}`, { name: `${values['FirstName'] ?? ''} ${values['LastName'] ?? ''}`.trim(), address: (values['Email1'] ?? '').toLowerCase() }] as const),
  ];
  const byAddress = new Map<string, string>();
  for (const [key, { address }] of named) if (address !== '' && !byAddress.has(address)) byAddress.set(address, key);
  return { byKey: new Map(named), byAddress };
}

/** A person may have several rows, a to-do of its own among them: shown once, with the first answer there is. */
export function invitedOf(rows: readonly Row[], people: CrmPeople): Invited[] {
  const found = new Map<string, Invited>();
  for (const { values } of rows) {
    const key = keyOf(values);
    const before = found.get(key);
    const { name, address } = people.byKey.get(key) ?? { name: '', address: (values['Email'] ?? '').toLowerCase() };
    found.set(key, before ?? { key, name, address, role: ROLES[Number(values['Role'] ?? '0')] ?? 'required', answer: null });
    const answer = ANSWERS[values['Status'] ?? ''];
    const one = found.get(key);
    if (one !== undefined && one.answer === null && answer !== undefined) found.set(key, { ...one, answer });
  }
  return [...found.values()];
}

/** What names somebody in a new row: the rep or the person of that address, or the address alone. */
export function namingValues({ key, address }: Pick<Invited, 'key' | 'address'>, people: CrmPeople): Record<string, string | number> {
  const [kind, first = '', second = ''] = (key ?? people.byAddress.get(address) ?? '').split(':');
  if (kind === 'rep') return { RepId: Number(first) };
  return kind === 'person' ? { PeGrp: Number(first), PeNo: Number(second) } : { Email: address };
}

export function keyOf(values: Row['values']): string {
  const number = (name: string): number => Number(values[name] ?? '0');
  if (number('RepId') > 0) return `rep:${number('RepId')}`;
  return number('PeNo') > 0 ? `person:${number('PeGrp')}:${number('PeNo')}` : `mail:${(values['Email'] ?? '').toLowerCase()}`;
}
