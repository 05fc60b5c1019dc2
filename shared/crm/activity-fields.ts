import { kindOfCrm, type MappedField } from '../config/field-rules.ts';
import type { Content, Json } from '../model/content.ts';
import { fitted, type FieldValue } from '../model/field-value.ts';
import { holdable, type FieldValue as WrittenField } from './dialect.ts';
import { freeField, type SchemaProfile } from './profile.ts';
import { readBoolean, readDate, readTime, readWhole, writeTime } from './values.ts';

/** Additional fields of an activity (scope A14), by field group. */
export interface ActivityFields {
  /** XML names, for reading. */
  readonly names: readonly string[];
  read(value: (name: string) => string): Content;
  /** Those of the content that are additional fields. */
  write(content: Content): readonly WrittenField[];
  /** What the CRM would hold of them; a value that is none of its field is left out. */
  held(content: Content): Content;
}

export function activityFields({ activity }: Pick<SchemaProfile, 'activity'>, mapped: readonly MappedField[]): ActivityFields {
  const fields = mapped.map(({ group, crm, direction }) => {
    const known: Readonly<Partial<Record<string, { readonly length: number | null }>>> = activity.fields;
    // The rules' lengths count for fields of the profile, too.
    const length = crm.length === null ? null : (known[crm.field]?.length ?? crm.length);
    return { group, name: freeField(activity, crm.field), kind: kindOfCrm(crm.type), length, isWritten: direction !== 'toOutlook' };
  });
  const heldValue = (value: Json, { kind, length }: (typeof fields)[number]): FieldValue | undefined => fitted(typeof value === 'string' ? holdable(value) : value, kind, length);

  return {
    names: [...new Set(fields.map(({ name }) => name))],
    read: (value) => Object.fromEntries(fields.map(({ group, name, kind }) => [group, readValue(value(name), kind)])),
    write: (content) =>
      fields.flatMap(({ group, name, kind, isWritten }) => {
        const value = content[group];
        return value === undefined || !isWritten ? [] : [{ field: name, value: writeValue(value, kind) }];
      }),
    held: (content) =>
      Object.fromEntries(
        fields.flatMap((field) => {
          const value = content[field.group];
          const held = value === undefined ? undefined : heldValue(value, field);
          return held === undefined ? [] : [[field.group, held]];
        }),
      ),
  };
}

type Kind = ReturnType<typeof kindOfCrm>;

/** What cannot be read is empty. */
function readValue(text: string, kind: Kind): FieldValue {
  switch (kind) {
    case 'boolean':
      return readBoolean(text);
    case 'whole':
      return readWhole(text);
    case 'date':
      return readDate(text) ?? null;
    case 'time':
      return readTime(text) ?? null;
    case 'text':
    case 'number':
    case 'instant':
      return fitted(text.trim(), kind) ?? null;
  }
}

function writeValue(value: Json, kind: Kind): string {
  if (value === null) return '';
  return kind === 'time' ? writeTime(String(value)) : String(value);
}
