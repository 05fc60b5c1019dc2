import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export interface OfficialType {
  base: string | null;
  open: boolean;
  properties: Record<string, { type: string }>;
  navigation: Record<string, { type: string }>;
  writable?: { create: string[]; update: string[] };
}

export interface OfficialOperation {
  kind: 'action' | 'function';
  name: string;
  boundTo: string;
  parameters: Record<string, { type: string }>;
}

export type Schema = boolean | SchemaObject;

export interface SchemaObject {
  $ref?: string;
  anyOf?: Schema[];
  type?: string | string[];
  enum?: unknown[];
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  additionalProperties?: Schema;
  required?: string[];
  items?: Schema;
}

/** Microsoft's metadata of Graph v1.0, cut to what the product touches. */
export interface Official {
  enums: Record<string, { members: Record<string, number> }>;
  types: Record<string, OfficialType>;
  operations: OfficialOperation[];
  schemas: Record<string, Schema>;
  /** Path -> methods in lower case. */
  paths: Record<string, Record<string, unknown>>;
  /** Path in lower case -> methods in upper case that applications may call. */
  permissions: Record<string, Record<string, unknown>>;
}

const PROJECT = resolve(import.meta.dirname, '../../..');
const FOLDER = process.env['GRAPH_SUBSET'] ?? resolve(PROJECT, '../shared/reference/graph-subset');

export const DOCS_PAGE = resolve(PROJECT, 'docs/simulators/graph.md');
export const WHERE_IT_IS_LOOKED_FOR = 'the setting GRAPH_SUBSET or ../shared/reference/graph-subset beside the project';

/** undefined: the folder is not there. */
export function readOfficial(): Official | undefined {
  if (!existsSync(FOLDER)) return undefined;
  const read = (name: string): unknown => JSON.parse(readFileSync(resolve(FOLDER, name), 'utf8'));
  const model = read('graph-v1.0-subset.model.json') as Pick<Official, 'enums' | 'types' | 'operations'>;
  const schema = read('graph-v1.0-subset.schema.json') as { $defs: Official['schemas'] };
  const { paths } = read('graph-v1.0-subset.openapi.json') as Pick<Official, 'paths'>;
  const permissions = (read('permissions-application-subset.json') as { paths: Official['permissions'] }).paths;
  const lowered = Object.fromEntries(Object.entries(permissions).map(([path, methods]) => [path.toLowerCase(), methods]));
  return { ...model, schemas: schema.$defs, paths, permissions: lowered };
}

/** Properties of a type and of its bases, with their official types. */
export function propertiesOf({ types }: Official, name: string): Record<string, string> {
  const type = types[name];
  if (type === undefined) throw new Error(`The official data holds no type ${name}.`);
  const own = Object.fromEntries(Object.entries(type.properties).map(([member, { type: of }]) => [member, of]));
  return type.base === null ? own : { ...propertiesOf({ types } as Official, type.base), ...own };
}

export const elementOf = (type: string): string => /^Collection\((.+)\)$/.exec(type)?.[1] ?? type;

/** A type and every complex type that its properties lead to. */
export function reachableTypes(official: Official, name: string, found = new Set<string>()): Set<string> {
  if (found.has(name) || official.types[name] === undefined) return found;
  found.add(name);
  for (const type of Object.values(propertiesOf(official, name))) reachableTypes(official, elementOf(type), found);
  return found;
}

export const valuesOf = ({ enums }: Official, name: string): string[] => Object.keys(enums[name]?.members ?? {});
