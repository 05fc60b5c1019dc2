import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Template, TemplateParameter } from './compiled.ts';

interface Element {
  readonly name: string;
  readonly type: string;
  readonly defaultValue?: unknown;
  readonly visible?: string;
  readonly min?: number;
  readonly max?: number;
  readonly constraints?: { readonly regex?: string; readonly allowedValues?: readonly { readonly label: string; readonly value: string }[]; readonly columns?: readonly { readonly id: string }[] };
}

interface Form {
  readonly handler: string;
  readonly version: string;
  readonly parameters: {
    readonly basics: readonly Element[];
    readonly steps: readonly { readonly name: string; readonly elements: readonly Element[] }[];
    readonly outputs: Readonly<Record<string, string>>;
  };
}

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../infra/${name}`, import.meta.url), 'utf8'));
const template = read('main.json') as Template;
const form = read('createUiDefinition.json') as Form;
const { basics, steps, outputs } = form.parameters;

/** Left to parameter files: rarely changed, or lists of objects that a form asks for badly. */
const NOT_ASKED = ['workload', 'tags', 'httpConcurrency', 'crmPasswordSettings', 'webhookSecret', 'logDailyCapGB', 'actionGroupIds', 'administrators'];

const elements = new Map<string, Element>([...basics.map((element) => [`basics('${element.name}')`, element] as const), ...steps.flatMap(({ name, elements: fields }) => fields.map((element) => [`steps('${name}').${element.name}`, element] as const))]);
const referred = (text: string): string[] => [...text.matchAll(/basics\('\w+'\)|steps\('\w+'\)\.\w+/g)].map(([reference]) => reference);
const elementOf = (output: string): Element | undefined => elements.get(referred(outputs[output] ?? '')[0] ?? '');
const parameterOf = (name: string): TemplateParameter => template.parameters[name] ?? { type: 'missing' };

describe('the portal form', () => {
  it('is one that the portal opens', () => {
    expect(form).toMatchObject({ handler: 'Microsoft.Azure.CreateUIDef', version: '0.1.2-preview' });
    const names = [...basics, ...steps.flatMap((step) => step.elements)].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('gives the template parameters that it has; those that it does not ask for are known', () => {
    expect([...Object.keys(outputs), ...NOT_ASKED].sort()).toEqual(Object.keys(template.parameters).sort());
    // Whatever is not given must have a default.
    for (const name of NOT_ASKED) expect(parameterOf(name)).toHaveProperty('defaultValue');
  });

  it('refers to fields that it has, and uses every one', () => {
    const used = new Set([...Object.values(outputs), ...[...elements.values()].map(({ visible = '' }) => visible)].flatMap(referred));
    for (const reference of used) expect([...elements.keys()]).toContain(reference);
    for (const [reference, { type }] of elements) if (type !== 'Microsoft.Common.InfoBox') expect([...used]).toContain(reference);
  });

  it.each(Object.keys(outputs).filter((name) => name !== 'location'))('%s: what can be entered is what the template takes', (name) => {
    const element = elementOf(name);
    const parameter = parameterOf(name);
    const kinds: Readonly<Record<string, readonly string[]>> = { 'Microsoft.Common.CheckBox': ['bool'], 'Microsoft.Common.Slider': ['int'], 'Microsoft.Common.PasswordBox': ['securestring'], 'Microsoft.Common.TextBox': ['string', 'array'], 'Microsoft.Common.EditableGrid': ['array'], 'Microsoft.Common.DropDown': ['string', 'int'] };
    expect(kinds[element?.type ?? '']).toContain(parameter.type.toLowerCase());
    if (parameter.type === 'int' && element?.type === 'Microsoft.Common.DropDown') expect(outputs[name]).toMatch(/^\[int\(/);
    const options = element?.constraints?.allowedValues?.map(({ value }) => value);
    expect(options).toEqual(parameter.allowedValues?.map(String));
    if (element?.min !== undefined) expect(element.min).toBeGreaterThanOrEqual(parameter.minValue ?? 0);
    if (element?.max !== undefined) expect(element.max).toBeLessThanOrEqual(parameter.maxValue ?? 0);
  });

  it.each(Object.keys(outputs).filter((name) => elementOf(name)?.defaultValue !== undefined))('%s: begins with the template’s default', (name) => {
    const element = elementOf(name);
    const chosen = element?.constraints?.allowedValues?.find(({ label }) => label === element.defaultValue)?.value ?? element?.defaultValue;
    expect(String(chosen)).toBe(String(parameterOf(name).defaultValue));
  });

  it('a name that it lets through is as long as the template allows', () => {
    const regex = new RegExp(elementOf('environmentName')?.constraints?.regex ?? '');
    const { minLength = 0, maxLength = 0 } = parameterOf('environmentName');
    for (const length of [minLength, maxLength]) expect('a'.repeat(length)).toMatch(regex);
    for (const length of [minLength - 1, maxLength + 1]) expect('a'.repeat(length)).not.toMatch(regex);
  });

  it('address ranges have the members that the template reads', () => {
    expect(elementOf('allowedAddresses')?.constraints?.columns?.map(({ id }) => id)).toEqual(['name', 'range']);
  });
});
