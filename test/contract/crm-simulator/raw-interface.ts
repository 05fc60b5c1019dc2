import { XMLParser } from 'fast-xml-parser';
import { crmUnderTest } from '../../local/crm/crm-under-test.ts';
import type { CrmUnderTest } from '../../local/crm/crm-under-test.ts';

/** What an answer holds, read by a parser that neither the simulator nor the product uses for it. */
export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  text: string;
}

const parser = new XMLParser({ preserveOrder: true, ignoreAttributes: false, attributeNamePrefix: '', parseTagValue: false, parseAttributeValue: false, trimValues: false, ignoreDeclaration: true });

type Parsed = Record<string, unknown>;

function convert(node: Parsed): Element {
  const name = Object.keys(node).find((key) => key !== ':@') ?? '';
  const children = node[name] as Parsed[];
  const attributes = (node[':@'] ?? {}) as Record<string, string>;
  return {
    name,
    attributes: { ...attributes },
    children: children.filter((child) => !('#text' in child)).map(convert),
    text: children.flatMap((child) => ('#text' in child ? [String(child['#text'])] : [])).join(''),
  };
}

/** The elements inside `<root><response>`, one for each command that was answered. */
export function commandsIn(body: string): Element[] {
  const [root, ...others] = (parser.parse(body) as Parsed[]).map(convert);
  const [response, ...further] = root?.children ?? [];
  if (root?.name !== 'root' || response?.name !== 'response' || others.length + further.length > 0) throw new Error(`This is no answer: ${body}`);
  return response.children;
}

export type Options = Parameters<typeof crmUnderTest>[0];

export interface RawCrm extends CrmUnderTest {
  /** Sends commands as the master user, or as the rep with that login. */
  ask(commands: string, as?: string): Promise<Element[]>;
  /** The first command's first return. */
  one(commands: string, as?: string): Promise<Element>;
}

export function rawCrm(options: Options = {}): RawCrm {
  const test = crmUnderTest(options);
  const ask = async (commands: string, as?: string): Promise<Element[]> => {
    const acting = as === undefined ? '' : `impersonate="user=${as}"`;
    const response = await test.post(`<request user="SYNC" pwd="secret-pwd" ${acting} catbynum="true" dateformatin="ymd" dateformatout="ymd">${commands}</request>`);
    if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
    return commandsIn(await response.text());
  };
  return {
    ...test,
    ask,
    one: async (commands, as) => theReturn((await ask(commands, as))[0]),
  };
}

export function theReturn(command: Element | undefined): Element {
  const found = command?.children[0];
  if (found?.name !== 'return') throw new Error('The command has no return.');
  return found;
}

/** `insert`, `update`, `match`, `delete`, `ok`, or the code of an error, of every return. */
export function outcomes(commands: Element[]): string[] {
  return commands.flatMap((command) => command.children.map(({ attributes }) => (attributes.type === 'error' ? (attributes.code ?? '') : (attributes.type ?? ''))));
}

/** The texts of one field in every record of a return, '' where it is empty or absent. */
export function fieldOf(answer: Element | undefined, field: string): string[] {
  return (answer?.children ?? []).map((record) => record.children.find((child) => child.name === field)?.text ?? '');
}

/** Fields of an activity under Jane's own person. */
export function activity({ jane }: CrmUnderTest, inside = ''): string {
  return `<Contact><PeGrp>${jane.person.statNo}</PeGrp><PeNo>${jane.person.seqNo}</PeNo>${inside}</Contact>`;
}

export const KEY = (key: string): string => `<ExtSystem matchup="true">M365</ExtSystem><ExtKey matchup="true">${key}</ExtKey>`;

export function importOf(records: string, attributes = 'force_internal_matchup="true"'): string {
  return `<import corr="i" ${attributes}><fields>${records}</fields></import>`;
}

export function updateOf(table: string, id: string, inside: string): string {
  return `<update corr="u"><fields><${table} id="${id}">${inside}</${table}></fields></update>`;
}
