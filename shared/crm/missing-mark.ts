import type { AppointmentRules } from '../config/rules.ts';
import type { Json } from '../model/content.ts';
import { holdable, type FieldValue } from './dialect.ts';
import { freeField, type FieldProfile, type SchemaProfile } from './profile.ts';
import { sameText } from './values.ts';

/**
 * How a record is marked whose participants could not all be found, so that people of the CRM find it and complete it (connector-se 1.9). The group
 * `missing` is the sorted list of addresses where a field holds it, else only whether the record is marked.
 */
export interface MissingMark {
  /** XML names, for reading. */
  readonly fields: readonly string[];
  read(value: (field: string) => string): Json;
  /** Takes what `read` gives, and any list of addresses. */
  write(missing: Json): readonly FieldValue[];
  /** What `read` gives after this was written. */
  held(missing: Json): Json;
}

const SEPARATOR = '; ';
const CUT_MARK = '…';

export function missingMark({ activity }: Pick<SchemaProfile, 'activity'>, rules: AppointmentRules['missing']): MissingMark {
  const flags = rules.flags.map((flag) => ({ ...flag, field: freeField(activity, flag.field) }));
  const listed = rules.addressesField === undefined ? null : { field: freeField(activity, rules.addressesField), length: lengthOf(activity.fields, rules.addressesField) ?? rules.addressesLength };

  function read(value: (field: string) => string): Json {
    if (!flags.every((flag) => sameText(value(flag.field), flag.value))) return 'unmarked';
    const addresses = listed === null ? [] : addressesIn(value(listed.field).split(/[;\s]+/));
    if (addresses.length > 0) return addresses;
    return flags.length > 0 ? 'marked' : 'unmarked';
  }

  function write(missing: Json): readonly FieldValue[] {
    const addresses = Array.isArray(missing) ? addressesIn(missing.map(String)) : [];
    const marked = missing === 'marked' || addresses.length > 0;
    return [
      ...flags.map(({ field, value, cleared }) => ({ field, value: marked ? value : cleared })),
      ...(listed === null ? [] : [{ field: listed.field, value: joined(addresses, listed.length) }]),
    ];
  }

  return {
    fields: [...flags.map((flag) => flag.field), ...(listed === null ? [] : [listed.field])],
    read,
    write,
    held(missing) {
      const written = new Map(write(missing).map(({ field, value }) => [field, value]));
      return read((field) => written.get(field) ?? '');
    },
  };
}

/** The cut mark stands behind everything that it was cut from. */
function addressesIn(texts: readonly string[]): string[] {
  const addresses = new Set(texts.map((text) => holdable(text).replaceAll(/[;\s]+/g, '').toLowerCase()).filter((text) => text !== ''));
  const cut = addresses.delete(CUT_MARK);
  return [...[...addresses].sort(), ...(cut ? [CUT_MARK] : [])];
}

/** What does not fit is left out as whole addresses, and a last member `…` says so. */
function joined(addresses: readonly string[], length: number): string {
  const whole = addresses.join(SEPARATOR);
  if (whole.length <= length) return whole;
  const kept: string[] = [];
  let left = length - CUT_MARK.length;
  for (const address of addresses) {
    left -= address.length + SEPARATOR.length;
    if (left < 0) break;
    if (address !== CUT_MARK) kept.push(address);
  }
  return [...kept, CUT_MARK].join(SEPARATOR);
}

function lengthOf(fields: Readonly<Partial<Record<string, FieldProfile>>>, name: string): number | null {
  return (Object.hasOwn(fields, name) ? fields[name]?.length : undefined) ?? null;
}
