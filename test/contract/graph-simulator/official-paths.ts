import type { Official } from './official.ts';
import { elementOf, propertiesOf } from './official.ts';

/** One end of a path in the official types: `on` is the type it hangs on, `name` the member or operation; an entity itself has none. */
export interface Shape {
  on: string;
  name: string;
}

/** Where a path leads by the official types, whatever its way there; undefined: it leads nowhere. Keys stand in braces. */
export function shapeOf(official: Official, path: string): Shape | undefined {
  const segments = path.split('/').filter((part) => part !== '').map((part) => part.replace(/\(.*\)$/, ''));
  const [root = '', ...rest] = segments;
  const start = { users: 'Collection(user)', subscriptions: 'Collection(subscription)', $batch: '$batch' }[root];
  if (start === undefined) return undefined;
  let type = start;
  let shape: Shape = { on: '', name: root };
  for (const segment of rest) {
    const next = step(official, type, segment);
    if (next === undefined) return undefined;
    shape = next.shape;
    type = next.type;
  }
  return shape;
}

function step(official: Official, type: string, segment: string): { type: string; shape: Shape } | undefined {
  if (segment.startsWith('{')) return type.startsWith('Collection(') ? { type: elementOf(type), shape: { on: elementOf(type), name: '' } } : undefined;
  // The content of a media entity (OData 4.01, 11.2.3).
  if (segment === '$value' && !type.startsWith('Collection(')) return { type: '', shape: { on: type, name: segment } };
  const same = (name: string) => name.toLowerCase() === segment.toLowerCase();
  const operation = official.operations.find((one) => one.boundTo === type && same(one.name));
  if (operation !== undefined) return { type: '', shape: { on: elementOf(type), name: operation.name } };
  const entity = official.types[type];
  const navigation = Object.keys(entity?.navigation ?? {}).find(same);
  if (navigation !== undefined) {
    const target = entity?.navigation[navigation]?.type ?? '';
    // A single entity is the same whichever member leads to it.
    return { type: target, shape: target.startsWith('Collection(') ? { on: type, name: navigation } : { on: target, name: '' } };
  }
  const property = entity === undefined ? undefined : Object.entries(propertiesOf(official, type)).find(([name]) => same(name));
  return property === undefined ? undefined : { type: property[1], shape: { on: property[1], name: '' } };
}

export const keyOf = ({ on, name }: Shape): string => `${on}/${name}`;

/** HTTP methods that the official description knows for each shape. */
export function officialMethods(official: Official): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [path, methods] of Object.entries(official.paths)) {
    const shape = shapeOf(official, path);
    if (shape === undefined) continue;
    const known = found.get(keyOf(shape)) ?? new Set();
    for (const method of Object.keys(methods)) known.add(method.toUpperCase());
    found.set(keyOf(shape), known);
  }
  return found;
}
