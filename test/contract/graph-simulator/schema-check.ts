import type { Official, Schema, SchemaObject } from './official.ts';

/** Members that answers of a type held: with a value, or never with anything but null. */
export type Seen = Map<string, Map<string, 'value' | 'null'>>;

export interface Checker {
  /** Problems of a value, as `path: what`; empty: it is as the official type says. */
  problems(value: unknown, schema: string): string[];
  seen: Seen;
}

interface Spot {
  path: string;
  /** Official type whose members are looked at; inner objects without a name have none. */
  type: string | null;
  seen: Seen;
}

const ANNOTATION = /@/;

/** As much of JSON Schema as the official data uses; members that an open type does not declare are problems too. */
export function createChecker(official: Official, undeclared: Readonly<Record<string, readonly string[]>>): Checker {
  const seen: Seen = new Map();

  const check = (value: unknown, schema: Schema, spot: Spot): string[] => {
    if (schema === true) return [];
    if (schema === false) return [`${spot.path}: not allowed`];
    if (schema.$ref !== undefined) {
      const name = schema.$ref.replace(/^#\/(\$defs|components\/schemas)\//, '');
      const target = official.schemas[name];
      return target === undefined ? [`${spot.path}: no schema ${name}`] : check(value, target, { ...spot, type: name });
    }
    if (schema.anyOf !== undefined) return checkAny(value, schema.anyOf, spot);
    if (!typeFits(value, schema.type)) return [`${spot.path}: ${JSON.stringify(value)} is no ${String(schema.type)}`];
    if (typeof value === 'string') return checkText(value, schema, spot.path);
    if (typeof value === 'number') return checkNumber(value, schema, spot.path);
    if (Array.isArray(value)) return checkList(value as unknown[], schema, spot);
    if (typeof value === 'object' && value !== null) return checkObject(value as Record<string, unknown>, schema, spot);
    return [];
  };

  const checkAny = (value: unknown, choices: readonly Schema[], spot: Spot): string[] => {
    let nearest: string[] | undefined;
    for (const choice of choices) {
      // What a refused choice saw does not count.
      const own: Seen = new Map();
      const found = check(value, choice, { ...spot, seen: own });
      if (found.length === 0) {
        merge(spot.seen, own);
        return [];
      }
      if (nearest === undefined || found.length >= nearest.length) nearest = found;
    }
    return nearest ?? [`${spot.path}: fits nothing`];
  };

  const checkList = (list: readonly unknown[], schema: SchemaObject, spot: Spot): string[] => {
    if (list.length < (schema.minItems ?? 0) || list.length > (schema.maxItems ?? Infinity)) return [`${spot.path}: ${list.length} items`];
    const { items } = schema;
    return items === undefined ? [] : list.flatMap((one, at) => check(one, items, { ...spot, path: `${spot.path}[${at}]`, type: null }));
  };

  const checkObject = (value: Record<string, unknown>, schema: SchemaObject, spot: Spot): string[] => {
    const missing = (schema.required ?? []).filter((member) => !(member in value)).map((member) => `${spot.path}: ${member} is missing`);
    return [...missing, ...Object.entries(value).flatMap(([member, one]) => checkMember(member, one, schema, spot))];
  };

  const checkMember = (member: string, value: unknown, schema: SchemaObject, spot: Spot): string[] => {
    const path = `${spot.path}.${member}`;
    const declared = schema.properties?.[member];
    if (declared !== undefined) {
      if (spot.type !== null) note(spot.seen, spot.type, member, value === null ? 'null' : 'value');
      return check(value, declared, { ...spot, path, type: null });
    }
    const patterned = Object.entries(schema.patternProperties ?? {}).find(([pattern]) => new RegExp(pattern).test(member));
    if (patterned !== undefined) return check(value, patterned[1], { ...spot, path, type: null });
    if (ANNOTATION.test(member)) return [];
    const isKnown = spot.type !== null && undeclared[spot.type]?.includes(member) === true;
    // A name of its own and yet open: the official type declares all it has.
    const isOpen = schema.additionalProperties !== false && (spot.type === null || official.types[spot.type] === undefined);
    return isKnown || isOpen ? [] : [`${path}: is not a member of ${spot.type ?? 'the official type'}`];
  };

  return {
    seen,
    problems: (value, schema) => check(value, { $ref: `#/$defs/${schema}` }, { path: schema, type: null, seen }),
  };
}

function note(seen: Seen, type: string, member: string, what: 'value' | 'null'): void {
  const members = seen.get(type) ?? new Map<string, 'value' | 'null'>();
  seen.set(type, members);
  if (members.get(member) !== 'value') members.set(member, what);
}

function merge(into: Seen, from: Seen): void {
  for (const [type, members] of from) for (const [member, what] of members) note(into, type, member, what);
}

function typeFits(value: unknown, type: SchemaObject['type']): boolean {
  if (type === undefined) return true;
  const name = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return [type].flat().some((one) => one === name || (one === 'integer' && Number.isInteger(value)));
}

function checkText(value: string, schema: SchemaObject, path: string): string[] {
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${path}: ${JSON.stringify(value)} is none of ${schema.enum.join(', ')}`];
  if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) return [`${path}: ${JSON.stringify(value)} does not fit ${schema.pattern}`];
  if (schema.format === 'uuid' && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) return [`${path}: ${JSON.stringify(value)} is no GUID`];
  return value.length < (schema.minLength ?? 0) ? [`${path}: is too short`] : [];
}

const checkNumber = (value: number, schema: SchemaObject, path: string): string[] =>
  value < (schema.minimum ?? -Infinity) || value > (schema.maximum ?? Infinity) ? [`${path}: ${value} is out of bounds`] : [];
