import { z } from 'zod';
import { ACTIVITY_FIELDS, FIELD_TYPES, FREE_FIELDS, STAMP_FIELDS, type ActivityFieldName, type FieldDefault, type FieldType } from './activity-fields.ts';
import type { ValueKind } from '../model/field-value.ts';
import { outlookField, outlookKey, type OutlookField } from './outlook-fields.ts';

/** Additional fields beside the default mapping (scope A14): one of Outlook, one of the CRM's activity, and which way they flow. */

const crmField = z.union([
  z.string().min(1),
  z.strictObject({ field: z.string().min(1), type: z.enum(FIELD_TYPES), /** Longest text. */ length: z.int().min(1).max(100_000).optional() }),
]);

const fieldRule = z.strictObject({
  /** An extended property by its id as Graph writes it, whether a category is set, or one value of the event. */
  outlook: z.strictObject({ property: z.string().optional(), category: z.string().trim().min(1).max(255).optional(), event: z.string().optional() }),
  /** A logical name of the profile, or the CRM's own name of a field with its type. */
  crm: crmField,
  direction: z.enum(['both', 'toCrm', 'toOutlook']).default('both'),
  /** JSONata that makes the CRM's value of Outlook's (`$`). */
  transform: z.string().min(1).optional(),
  /** JSONata that makes Outlook's value of the CRM's. */
  transformBack: z.string().min(1).optional(),
  /** Outlook's text -> number in the CRM's catalog, both ways. */
  catalog: z.record(z.string(), z.int()).optional(),
});

export type FieldRule = z.output<typeof fieldRule>;

export const fieldRules = z.array(fieldRule).max(30).default([]).superRefine((rules, context) => {
  const targets = new Map<string, number>();
  for (const [index, rule] of rules.entries()) {
    const say = (path: readonly (string | number)[], message: string): void => context.addIssue({ code: 'custom', path: [index, ...path], message });
    const outlook = outlookField(rule.outlook);
    const crm = crmFieldOf(rule);
    if ('mistake' in outlook) say(['outlook', ...namedMember(rule)], outlook.mistake);
    if ('mistake' in crm) say(['crm'], crm.mistake);
    if ('mistake' in outlook || 'mistake' in crm) continue;
    for (const { path, message } of mistakesOf(rule, outlook, crm)) say(path, message);
    const written = [...(rule.direction === 'toOutlook' ? [] : [['crm', `crm ${crm.field}`]]), ...(rule.direction === 'toCrm' ? [] : [['outlook', outlookKey(outlook)]])];
    for (const [member = '', target = ''] of written) {
      const first = targets.get(target);
      if (first !== undefined) say([member], `is written by the field ${first}, too: one field has one source`);
      targets.set(target, first ?? index);
    }
  }
});

export interface MappedCrmField extends FieldDefault {
  /** Logical name where the profile knows it, else the CRM's own. */
  readonly field: string;
}

function crmFieldOf({ crm, direction }: FieldRule): MappedCrmField | { readonly mistake: string } {
  const name = typeof crm === 'string' ? crm : crm.field;
  const known: FieldDefault | undefined = Object.hasOwn(ACTIVITY_FIELDS, name) ? ACTIVITY_FIELDS[name as ActivityFieldName] : undefined;
  if (known === undefined && typeof crm === 'string') return { mistake: `'${name}' is no field of the profile's activity: where it is one of your CRM, give its type, like {"field": "${name.slice(0, 40)}", "type": "C", "length": 80}` };
  if (!/^[A-Za-z_][\w.-]*$/.test(name)) return { mistake: 'must be the name of a field (letters, digits, _)' };
  if (STAMP_FIELDS.some((one) => one === name)) return { mistake: 'names what moves with every write, so that it would never come to rest' };
  if (known !== undefined && direction !== 'toOutlook' && !FREE_FIELDS.some((one) => one === name)) return { mistake: `'${name}' is written by the connector itself: it can be read (direction toOutlook), not written` };
  if (typeof crm === 'string') return { field: name, ...(known ?? { type: 'C', length: null }) };
  return { field: name, type: crm.type, length: crm.length ?? (known?.type === crm.type ? known.length : null) };
}

function namedMember({ outlook }: FieldRule): string[] {
  const [name, another] = Object.entries(outlook).flatMap(([member, value]) => (value === undefined ? [] : [member]));
  return name === undefined || another !== undefined ? [] : [name];
}

interface FieldMistake {
  readonly path: readonly string[];
  readonly message: string;
}

function mistakesOf(rule: FieldRule, outlook: OutlookField, crm: MappedCrmField): FieldMistake[] {
  const { direction, transform, transformBack, catalog } = rule;
  const [toCrm, toOutlook] = [direction !== 'toOutlook', direction !== 'toCrm'];
  const found: FieldMistake[] = [];
  const say = (path: readonly string[], message: string): void => void found.push({ path, message });
  if (toOutlook && outlook.kind !== 'category' && !outlook.writable) say(['direction'], `is ${direction}, but this field of Outlook can only be read: use toCrm`);
  if (transform !== undefined && !toCrm) say(['transform'], 'makes a value for the CRM, to which nothing flows: use transformBack');
  if (transformBack !== undefined && !toOutlook) say(['transformBack'], 'makes a value for Outlook, to which nothing flows: use transform');
  if (catalog !== undefined) {
    if (transform !== undefined || transformBack !== undefined) say(['catalog'], 'stands beside a transform: use one of them');
    if (!['whole', 'number'].includes(kindOfCrm(crm.type))) say(['catalog'], `maps to numbers, and ${crm.field} holds none: use a field of the type X, K, L or S`);
    if (kindOfOutlook(outlook) !== 'text') say(['catalog'], 'maps texts, and this field of Outlook holds none');
    if (toOutlook && new Set(Object.values(catalog)).size < Object.keys(catalog).length) say(['catalog'], 'maps two texts to one number, so that nobody can tell which is meant on the way back');
    return found;
  }
  const [from, to] = [kindOfOutlook(outlook), kindOfCrm(crm.type)];
  if (toCrm && transform === undefined && !fitsInto(from, to)) say(['crm'], `holds ${WORDS[to]} (type ${crm.type}), and Outlook's field ${WORDS[from]}: add a transform${from === 'text' && to === 'whole' ? ' or a catalog' : ''}`);
  if (toOutlook && transformBack === undefined && (transform !== undefined || !fitsInto(to, from))) say(['outlook'], `holds ${WORDS[from]}, and the CRM's field ${WORDS[to]} (type ${crm.type})${transform === undefined ? '' : ' of which transform made it'}: add a transformBack`);
  return found;
}

const WORDS: Readonly<Record<ValueKind, string>> = { text: 'a text', whole: 'a whole number', number: 'a number', boolean: 'yes or no', date: 'a date', time: 'a time', instant: 'a point in time' };

function fitsInto(from: ValueKind, to: ValueKind): boolean {
  return from === to || to === 'text' || (from === 'whole' && to === 'number');
}

export function kindOfOutlook(field: OutlookField): ValueKind {
  return field.kind === 'category' ? 'boolean' : field.value;
}

export function kindOfCrm(type: FieldType): ValueKind {
  switch (type) {
    case 'B':
      return 'boolean';
    case 'C':
      return 'text';
    case 'D':
      return 'date';
    case 'T':
      return 'time';
    case 'F':
      return 'number';
    case 'K':
    case 'L':
    case 'S':
    case 'X':
      return 'whole';
  }
}

/** One additional field, as the adapters and the engine need it. */
export interface MappedField {
  /** Name of its field group; the same as long as the rule means the same two fields. */
  readonly group: string;
  readonly outlook: OutlookField;
  readonly crm: MappedCrmField;
  readonly direction: FieldRule['direction'];
  readonly transform?: string | undefined;
  readonly transformBack?: string | undefined;
  readonly catalog?: Readonly<Record<string, number>> | undefined;
}

/** Whether a field group is that of an additional field. */
export function isField(group: string): boolean {
  return group.startsWith('field ');
}

/** The fields that parsed rules mean. */
export function mappedFields(rules: readonly FieldRule[]): MappedField[] {
  return rules.flatMap((rule) => {
    const outlook = outlookField(rule.outlook);
    const crm = crmFieldOf(rule);
    if ('mistake' in outlook || 'mistake' in crm) return [];
    const { direction, transform, transformBack, catalog } = rule;
    return [{ group: `field ${crm.field} ${outlookKey(outlook)}`, outlook, crm, direction, transform, transformBack, catalog }];
  });
}

/** Where the rules' transforms stand and what is wrong with each, as `check` finds it: JSONata is loaded for this, so it comes after everything else. */
export function transformMistakes(rules: readonly FieldRule[], check: (source: string) => string | null): string[] {
  return rules.flatMap((rule, index) =>
    (['transform', 'transformBack'] as const).flatMap((member) => {
      const source = rule[member];
      const mistake = source === undefined ? null : check(source);
      return mistake === null ? [] : [`appointments.fields.${index}.${member}: ${mistake}`];
    }),
  );
}
