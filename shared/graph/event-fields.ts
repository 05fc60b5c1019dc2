import type { Event } from '@microsoft/microsoft-graph-types';
import { GRAPH_MARKER } from '../config/names.ts';
import { isField, kindOfOutlook, type MappedField } from '../config/field-rules.ts';
import { propertyKey } from '../config/outlook-fields.ts';
import { canonicalCategories, type AppointmentContent } from '../model/appointment.ts';
import type { Content, Json } from '../model/content.ts';
import { fitted } from '../model/field-value.ts';
import type { SideItem } from '../sync/ports.ts';

/** Additional fields of an event (scope A14), by field group. */
export interface EventFields {
  /** Members of the event that are asked for because of them. */
  readonly members: readonly string[];
  /** Extended properties that are asked for, our marker among them: Graph shows them only where they are expanded. */
  readonly expand: string;
  /** Whether there are properties at all: a delta shows none. */
  readonly hasProperties: boolean;
  /** Names of categories that are fields of their own, and so none of the set of categories. */
  readonly categories: ReadonlySet<string>;
  read(event: Readonly<Record<string, unknown>>): Content;
  /** As they are where nothing of a private event is shown: only what would flow to the CRM. */
  readonly hidden: Content;
  /** Members of a POST or PATCH for those groups of the content that are additional fields. */
  write(content: Content, current: SideItem | null): Pick<Event, 'categories' | 'singleValueExtendedProperties'> & Readonly<Record<string, unknown>>;
  /** What Graph would hold of them; a value that is none of its field is left out. */
  held(content: Content): Content;
  /** What an answer to a write does not tell: what was sent, and for the rest what was read before. */
  untold(sent: Content, current: SideItem | null): Content;
}

export function eventFields(mapped: readonly MappedField[]): EventFields {
  const properties = mapped.flatMap((field) => (field.outlook.kind === 'property' ? [{ ...field, outlook: field.outlook }] : []));
  const categories = mapped.flatMap((field) => (field.outlook.kind === 'category' ? [{ ...field, outlook: field.outlook }] : []));
  const members = mapped.flatMap((field) => (field.outlook.kind === 'event' ? [{ ...field, outlook: field.outlook }] : []));
  const asked = [...new Set([GRAPH_MARKER, ...properties.map(({ outlook }) => outlook.id)])];
  const flowing = mapped.filter(({ direction }) => direction !== 'toOutlook');

  function readProperties(event: Readonly<Record<string, unknown>>): Content {
    const held = new Map(propertiesIn(event).map(({ id, value }) => [propertyKey(id), value]));
    return Object.fromEntries(properties.map(({ group, outlook }) => [group, fitted(held.get(propertyKey(outlook.id)), outlook.value) ?? null]));
  }

  function writtenCategories(content: Content, current: SideItem | null): Pick<Event, 'categories'> {
    if (content['categories'] === undefined && !categories.some(({ group }) => content[group] !== undefined)) return {};
    const now: Partial<AppointmentContent> = { ...current?.content, ...content };
    const set = categories.filter(({ group }) => (content[group] ?? current?.content[group]) === true).map(({ outlook }) => outlook.name);
    return { categories: [...(now.categories ?? []), ...set] };
  }

  return {
    members: [...new Set(members.map(({ outlook }) => outlook.path[0] ?? ''))],
    expand: `singleValueExtendedProperties($filter=${asked.map((id) => `id eq '${id.replaceAll("'", "''")}'`).join(' or ')})`,
    hasProperties: properties.length > 0,
    categories: new Set(categories.map(({ outlook }) => outlook.name)),
    read(event) {
      const names = new Set(canonicalCategories(Array.isArray(event['categories']) ? event['categories'].filter((name) => typeof name === 'string') : []));
      return {
        ...readProperties(event),
        ...Object.fromEntries(categories.map(({ group, outlook }) => [group, names.has(outlook.name)])),
        ...Object.fromEntries(members.map(({ group, outlook }) => [group, fitted(memberOf(event, outlook.path), outlook.value) ?? null])),
      };
    },
    hidden: Object.fromEntries(flowing.map(({ group, outlook }) => [group, kindOfOutlook(outlook) === 'boolean' ? false : null])),
    write(content, current) {
      const sent = properties.filter(({ group, outlook }) => outlook.writable && content[group] !== undefined && (current !== null || content[group] !== null));
      const own = members.flatMap(({ group, outlook }) => (outlook.writable && content[group] !== undefined ? [[outlook.path.join('/'), content[group] === null ? false : content[group]]] : []));
      return {
        ...writtenCategories(content, current),
        ...(sent.length === 0 ? {} : { singleValueExtendedProperties: sent.map(({ group, outlook }) => ({ id: outlook.id, value: propertyText(content[group] ?? null) })) }),
        ...Object.fromEntries(own),
      };
    },
    held: (content) =>
      Object.fromEntries(
        mapped.flatMap(({ group, outlook }) => {
          const value = content[group];
          const kind = kindOfOutlook(outlook);
          // Graph takes no property away: only a text and a yes can be emptied.
          const held = value === undefined || (value === null && outlook.kind === 'property' && kind !== 'text') ? undefined : fitted(value, kind);
          return held === undefined ? [] : [[group, held]];
        }),
      ),
    untold: (sent, current) => Object.fromEntries(properties.map(({ group }) => [group, sent[group] ?? (sent[group] === null ? null : (current?.content[group] ?? null))])),
  };
}

/** What Graph would hold of a content with its additional fields; a category that is one of them is none of the others. */
export function withHeldFields(content: Content, fields: EventFields): Content {
  const plain = Object.fromEntries(Object.entries(content).filter(([group]) => !isField(group)));
  const { categories } = plain as Partial<AppointmentContent>;
  return { ...plain, ...(categories === undefined ? {} : { categories: categories.filter((name) => !fields.categories.has(name)) }), ...fields.held(content) };
}

function propertiesIn(event: Readonly<Record<string, unknown>>): { readonly id: string; readonly value: unknown }[] {
  const list = event['singleValueExtendedProperties'];
  return Array.isArray(list) ? list.flatMap((one: unknown) => (typeof one === 'object' && one !== null && 'id' in one && typeof one.id === 'string' && 'value' in one ? [{ id: one.id, value: one.value }] : [])) : [];
}

function memberOf(event: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, member) => (typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[member] : undefined), event);
}

/** A property's value is text whatever its type (graph.md 4); an empty one takes its place where it is to go, for Graph removes none. */
function propertyText(value: Json): string {
  return value === null ? '' : String(value);
}
