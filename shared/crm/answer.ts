import { XMLValidator } from 'fast-xml-parser';

/**
 * Reads the answer to a request strictly: whatever is not exactly what the dialect promises is a failure of the transport,
 * never "fewer records" (docs/crm-interface-dialect: 3).
 */

export interface AnswerRecord {
  /** Element name = table name. */
  readonly table: string;
  /** Decimal record id. */
  readonly id: string;
  readonly deleted: boolean;
  readonly fields: ReadonlyMap<string, string>;
  readonly nested: readonly AnswerRecord[];
}

/** One `<return>`. The server's own text is not kept: it may quote content. */
interface Return {
  readonly type: string;
  /** Of `type="error"`; '' where the CRM gave none. */
  readonly code: string | null;
  readonly field: string | null;
  readonly broken: boolean;
  /** Version of the CRM's build, where metainfo tells it. */
  readonly build?: string;
  /** Of metainfo: the fields of the table that was asked for, and the longest text of each; 0 = not told. */
  readonly lengths?: ReadonlyMap<string, number>;
  readonly records: readonly AnswerRecord[];
}

export type CommandAnswer = { readonly state: 'notRun' } | { readonly state: 'answered'; readonly returns: readonly Return[] };

/** Not an answer to what was asked. `complete`: the server did finish its answer, so the request no longer runs. */
export class BrokenAnswer extends Error {
  override readonly name = 'BrokenAnswer';
  readonly complete: boolean;
  constructor(why: string, complete: boolean) {
    super(why);
    this.complete = complete;
  }
}

interface Sent {
  readonly kind: string;
  readonly corr: string;
}

/** The answers in the order of the commands that were sent. Throws BrokenAnswer. */
export function parseAnswer(text: string, sent: readonly Sent[]): readonly CommandAnswer[] {
  const complete = /<\/root\s*>\s*$/.test(text);
  try {
    return matchCommands(responseOf(elementsOf(text)), sent);
  } catch (error) {
    throw new BrokenAnswer(error instanceof Misformed ? error.message : 'it could not be parsed', complete);
  }
}

class Misformed extends Error {}

interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: Element[];
  text: string;
}

const NO_XML_CHARACTER = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;

function elementsOf(answer: string): readonly Element[] {
  // Line ends are one LF to every reader of XML.
  const text = (answer.startsWith('\uFEFF') ? answer.slice(1) : answer).replace(/\r\n?/g, '\n');
  if (NO_XML_CHARACTER.test(text)) throw new Misformed('it holds characters that XML cannot hold');
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw new Misformed('it declares a document type');
  if (XMLValidator.validate(text) !== true) throw new Misformed('it is not well-formed XML');
  return readTree(text);
}

/** An answer nests a dozen elements, and what reads it recurses. */
const DEEPEST = 100;

/** Comment or instruction; CDATA (1); end tag (2); start tag (3) with attributes (4), empty or not (5); text (6). */
const PIECE = /<!--[^]*?-->|<\?[^]*?\?>|<!\[CDATA\[([^]*?)\]\]>|<\/([^\s<>/]+)\s*>|<([^\s<>/!?]+)((?:\s+[^\s=<>"'/]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
const ATTRIBUTE = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/**
 * The validator lets some things pass that are no XML (text behind the root), and the parser that comes with it repairs them silently, resolves
 * references twice and takes ten times as long: so what it passed is read here, and whatever is left over is an error.
 */
function readTree(text: string): readonly Element[] {
  const top: Element = { name: '', attributes: new Map(), children: [], text: '' };
  const open = [top];
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < text.length) {
    const piece = PIECE.exec(text);
    const parent = open.at(-1);
    if (piece === null || parent === undefined) throw new Misformed('it is not well-formed XML');
    const [, cdata, end, start, attributes = '', empty, plain] = piece;
    if (cdata !== undefined) parent.text += cdata;
    else if (plain !== undefined) parent.text += resolve(plain);
    else if (end !== undefined) {
      if (open.pop()?.name !== end) throw new Misformed('it is not well-formed XML');
    } else if (start !== undefined) {
      const element: Element = { name: start, attributes: readAttributes(attributes), children: [], text: '' };
      parent.children.push(element);
      if (empty === '') open.push(element);
      if (open.length > DEEPEST) throw new Misformed('it is nested more deeply than any answer');
    }
  }
  if (open.length !== 1 || top.text.trim() !== '') throw new Misformed('it is cut off or goes on behind its end');
  return top.children;
}

/** Of most elements: fields have none. */
const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

function readAttributes(text: string): ReadonlyMap<string, string> {
  if (text === '') return NO_ATTRIBUTES;
  const attributes = new Map<string, string>();
  for (const [, name = '', quoted, single] of text.matchAll(ATTRIBUTE)) attributes.set(name, resolve(quoted ?? single ?? ''));
  return attributes;
}

const NAMED = new Map([['amp', '&'], ['lt', '<'], ['gt', '>'], ['quot', '"'], ['apos', "'"]]); // prettier-ignore

/** Each reference is resolved exactly once: `&amp;#65;` is the text `&#65;`. */
function resolve(text: string): string {
  if (text.includes(']]>')) throw new Misformed('it is not well-formed XML');
  if (!text.includes('&')) return text;
  return text.replace(/&([^;&]*);?/g, (whole, name: string) => {
    if (!whole.endsWith(';')) throw new Misformed('it holds a bare ampersand');
    const named = NAMED.get(name);
    if (named !== undefined) return named;
    const digits = /^#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}))$/.exec(name);
    const point = digits === null ? Number.NaN : digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16);
    if (!isXmlCharacter(point)) throw new Misformed('it holds an unknown entity');
    return String.fromCodePoint(point);
  });
}

function isXmlCharacter(point: number): boolean {
  return point === 9 || point === 10 || point === 13 || (point >= 0x20 && point <= 0xd7ff) || (point >= 0xe000 && point <= 0xfffd) || (point >= 0x10000 && point <= 0x10ffff);
}

function responseOf(roots: readonly Element[]): readonly Element[] {
  const [root, ...others] = roots;
  const [response, ...further] = root?.children ?? [];
  if (root?.name !== 'root' || others.length > 0 || response?.name !== 'response' || further.length > 0) throw new Misformed('it is not an answer of CRM.interface');
  return response.children;
}

function matchCommands(elements: readonly Element[], sent: readonly Sent[]): CommandAnswer[] {
  if (elements.length > sent.length) throw new Misformed('it answers more commands than were sent');
  const answers: CommandAnswer[] = elements.map((element, index) => readCommand(element, sent[index]));
  const last = answers.at(-1);
  const broken = answers.map((answer) => answer.state === 'answered' && answer.returns.some((each) => each.broken));
  if (broken.slice(0, -1).includes(true)) throw new Misformed('it goes on behind a break that fired');
  if (elements.length < sent.length && (last === undefined || broken.at(-1) !== true)) throw new Misformed('it leaves commands without an answer');
  return sent.map((_, index) => answers[index] ?? { state: 'notRun' });
}

function readCommand(element: Element, sent: Sent | undefined): CommandAnswer {
  const corr = element.attributes.get('corr');
  // Only a break is allowed to lose its correlation: the dialect shows it without (docs/crm-interface-dialect: 2).
  const matches = element.name === sent?.kind && (corr === sent.corr || (corr === undefined && sent.kind === 'break'));
  if (!matches) throw new Misformed('it answers other commands than were sent');
  if (element.children.length === 0 || element.children.some((child) => child.name !== 'return')) throw new Misformed('it holds a command without a return');
  return { state: 'answered', returns: element.children.map((child) => readReturn(child, element.name)) };
}

function readReturn(element: Element, command: string): Return {
  const type = element.attributes.get('type') ?? '';
  const isError = type === 'error';
  const records = isError || command === 'metainfo' ? [] : element.children.map((child) => readRecord(child, command === 'query'));
  if (command === 'query' && !isError) holdCount(element, records);
  return {
    type,
    code: isError ? (element.attributes.get('code') ?? '') : null,
    field: isError ? (element.attributes.get('fieldname') ?? null) : null,
    broken: command === 'break' && element.attributes.get('broken') === 'true',
    ...(command === 'metainfo' && !isError ? { ...buildOf(element), lengths: lengthsOf(element) } : {}),
    records,
  };
}

function buildOf(metainfo: Element): { build?: string } {
  const build = metainfo.children.find((child) => child.name === 'build')?.attributes.get('version');
  return build === undefined ? {} : { build };
}

function lengthsOf(metainfo: Element): ReadonlyMap<string, number> {
  const fields = metainfo.children.flatMap((child) => (child.name === 'table' ? child.children : [])).filter((child) => child.name === 'field');
  return new Map(fields.map(({ attributes }) => [attributes.get('fieldname') ?? '', Number(/^\d{1,9}$/.exec(attributes.get('length') ?? '')?.[0] ?? 0)]));
}

function holdCount(element: Element, records: readonly AnswerRecord[]): void {
  if (element.attributes.get('count') !== String(records.length)) throw new Misformed('its count differs from its records');
  if (new Set(records.map((record) => record.id)).size !== records.length) throw new Misformed('it repeats a record');
}

function readRecord(element: Element, withFields: boolean): AnswerRecord {
  const id = element.attributes.get('id') ?? '';
  if (!/^\d{1,20}$/.test(id)) throw new Misformed('it holds a record without an id');
  const fields = new Map<string, string>();
  const nested: AnswerRecord[] = [];
  for (const child of withFields ? element.children : []) {
    // A field has neither id nor info area; a nested table's record has both.
    if (child.attributes.has('tableshort')) nested.push(readRecord(child, true));
    else fields.set(child.name, child.text);
  }
  return { table: element.name, id, deleted: element.attributes.get('deleted') === 'true', fields, nested };
}
