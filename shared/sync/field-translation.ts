import { isField, kindOfCrm, kindOfOutlook, type MappedField } from '../config/field-rules.ts';
import type { Content, Json } from '../model/content.ts';
import { fitted, type FieldValue } from '../model/field-value.ts';
import { loadTransforms, TransformFailed, type Surroundings, type Transform } from '../model/transform.ts';
import { otherSide } from './pair.ts';
import type { Side } from './ports.ts';

/** Why a value cannot be shown on the other side: it stays where it is, and the journal says so. */
export type FieldTrouble = TransformFailed['trouble'] | 'notInCatalog' | 'wrongType';

type Translated = { readonly value: FieldValue } | { readonly why: FieldTrouble };

/** What the values of additional fields are on the other side. Made for one pass: what was translated once is remembered, so that the plan stays pure. */
export interface FieldTranslation {
  /** Translates what this item of a side holds, ahead of the plan. */
  prepare(side: Side, content: Content): Promise<void>;
  /** Undefined: nothing flows that way. */
  translated(from: Side, group: string, value: Json): Translated | undefined;
}

type Translate = (value: FieldValue) => Promise<Translated>;

export async function fieldTranslation(fields: readonly MappedField[], surroundings: Surroundings): Promise<FieldTranslation> {
  const compiled = fields.some(({ transform, transformBack }) => transform !== undefined || transformBack !== undefined) ? await loadTransforms() : null;
  const transformOf = (source: string | undefined): Transform | null => (source === undefined ? null : (compiled?.compile(source).bind(surroundings) ?? null));
  const ways: Readonly<Record<Side, ReadonlyMap<string, Translate>>> = {
    graph: new Map(fields.filter(({ direction }) => direction !== 'toOutlook').map((field) => [field.group, toCrm(field, transformOf(field.transform))])),
    crm: new Map(fields.filter(({ direction }) => direction !== 'toCrm').map((field) => [field.group, toOutlook(field, transformOf(field.transformBack))])),
  };
  const known = new Map<string, Translated>();
  const nameOf = (from: Side, group: string, value: Json): string => `${from} ${group} ${JSON.stringify(value)}`;

  return {
    async prepare(side, content) {
      for (const [group, translate] of ways[side]) {
        const value = content[group];
        if (value === undefined || (value !== null && typeof value === 'object')) continue;
        const name = nameOf(side, group, value);
        if (!known.has(name)) known.set(name, await translate(value as FieldValue));
      }
    },
    translated(from, group, value) {
      if (!ways[from].has(group)) return undefined;
      // What is empty here is empty there; what was never read cannot have been translated.
      return known.get(nameOf(from, group, value)) ?? (value === null ? { value: null } : { why: 'wrongType' });
    },
  };
}

function toCrm({ crm, catalog }: MappedField, transform: Transform | null): Translate {
  const kind = kindOfCrm(crm.type);
  return (value) => translate(value, kind, transform, crm.length, catalog === undefined ? null : (text) => (Object.hasOwn(catalog, text) ? catalog[text] : undefined));
}

function toOutlook({ outlook, catalog }: MappedField, transform: Transform | null): Translate {
  const texts = new Map(Object.entries(catalog ?? {}).map(([text, number]) => [String(number), text]));
  return (value) => translate(value, kindOfOutlook(outlook), transform, null, catalog === undefined ? null : (number) => texts.get(number));
}

/** A category that is not set and an empty field are values like others to a transform; an empty value without one is empty. */
async function translate(value: FieldValue, kind: Parameters<typeof fitted>[1], transform: Transform | null, length: number | null, catalog: ((key: string) => FieldValue | undefined) | null): Promise<Translated> {
  if (value === null && kind !== 'boolean') return { value: null };
  try {
    let made: unknown = value;
    if (transform !== null && value !== null) made = await transform(value);
    if (catalog !== null && value !== null) {
      made = catalog(String(value));
      if (made === undefined) return { why: 'notInCatalog' };
    }
    const held = fitted(made, kind, length);
    return held === undefined ? { why: 'wrongType' } : { value: held };
  } catch (failure) {
    if (failure instanceof TransformFailed) return { why: failure.trouble };
    throw failure;
  }
}

/** The sides with their additional fields translated: what one holds is shown on the other as the rules say. */
export function heldThere(translation: FieldTranslation, target: Side, content: Content, holds: (content: Content) => Content): Content {
  const shown: Record<string, Json> = {};
  for (const [group, value] of Object.entries(content)) {
    if (!isField(group)) {
      shown[group] = value;
      continue;
    }
    const there = translation.translated(otherSide(target), group, value);
    // What cannot be shown is left out: the plan leaves it alone.
    if (there !== undefined && 'value' in there) shown[group] = there.value;
  }
  return holds(shown);
}
