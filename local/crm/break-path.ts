import { Refused } from './refused.ts';
import { childElements, element, textOf } from './xml-element.ts';
import type { XmlElement } from './xml-element.ts';

/**
 * Judges `<break if="…">` on the answer so far. The subset of XPath that the dialect names: absolute and relative paths
 * with `/`, `//`, `*`, `@name` and predicates, literals, comparisons, `not()`, `and`, `or`, parentheses. Anything else is
 * a 500, so that nobody relies on what a live CRM was never asked.
 */
export function judgeBreak(expression: string, root: XmlElement): boolean {
  const reader = new Reader(tokens(expression));
  const judged = readOr(reader);
  if (!reader.atEnd()) throw unknown();
  return truth(judged(element('', {}, [root])));
}

type Attribute = { attribute: string };
type Node = XmlElement | Attribute;
type Value = Node[] | string | number | boolean;
type Expression = (context: XmlElement) => Value;
type Step = (nodes: Node[]) => Node[];

const TOKEN = /\s*(?:(\/\/|!=|<=|>=|[/@*()[\]=<>])|('[^']*'|"[^"]*")|(\d+(?:\.\d+)?)|([A-Za-z_][\w.-]*))/y;

function unknown(): Refused {
  return new Refused(500, 'The condition of the break cannot be read; use the paths of the dialect, not(), and, or.');
}

function tokens(expression: string): string[] {
  const found: string[] = [];
  let at = 0;
  while (expression.slice(at).trim() !== '') {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(expression);
    if (match === null) throw unknown();
    found.push(match[0].trim());
    at = TOKEN.lastIndex;
  }
  if (found.length === 0) throw unknown();
  return found;
}

class Reader {
  readonly #tokens: string[];
  #at = 0;

  constructor(all: string[]) {
    this.#tokens = all;
  }

  peek(ahead = 0): string {
    return this.#tokens[this.#at + ahead] ?? '';
  }

  next(): string {
    this.#at += 1;
    return this.#tokens[this.#at - 1] ?? '';
  }

  take(token: string): boolean {
    if (this.peek() !== token) return false;
    this.#at += 1;
    return true;
  }

  expect(token: string): void {
    if (!this.take(token)) throw unknown();
  }

  atEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }
}

function readOr(reader: Reader): Expression {
  const left = readAnd(reader);
  if (!reader.take('or')) return left;
  const right = readOr(reader);
  return (context) => truth(left(context)) || truth(right(context));
}

function readAnd(reader: Reader): Expression {
  const left = readComparison(reader);
  if (!reader.take('and')) return left;
  const right = readAnd(reader);
  return (context) => truth(left(context)) && truth(right(context));
}

function readComparison(reader: Reader): Expression {
  const left = readOperand(reader);
  const op = reader.peek();
  if (!['=', '!=', '<', '>', '<=', '>='].includes(op)) return left;
  reader.next();
  const right = readOperand(reader);
  return (context) => compare(left(context), op, right(context));
}

function readOperand(reader: Reader): Expression {
  const token = reader.peek();
  if (reader.take('(')) {
    const inner = readOr(reader);
    reader.expect(')');
    return inner;
  }
  if (token === 'not' && reader.peek(1) === '(') {
    reader.next();
    reader.next();
    const inner = readOr(reader);
    reader.expect(')');
    return (context) => !truth(inner(context));
  }
  if (/^['"]/.test(token)) {
    reader.next();
    return () => token.slice(1, -1);
  }
  if (/^\d/.test(token)) {
    reader.next();
    return () => Number(token);
  }
  return readPath(reader);
}

function readPath(reader: Reader): Expression {
  const absolute = reader.peek() === '/' || reader.peek() === '//';
  const steps: Step[] = [];
  if (!absolute) steps.push(readStep(reader, false));
  while (reader.peek() === '/' || reader.peek() === '//') {
    const deep = reader.next() === '//';
    steps.push(readStep(reader, deep));
  }
  return (context) => steps.reduce<Node[]>((nodes, step) => step(nodes), [absolute ? documentOf(context) : context]);
}

/** Predicates are read relative to a node; an absolute path inside one would need the document. */
function documentOf(context: XmlElement): XmlElement {
  if (context.name !== '') throw unknown();
  return context;
}

function readStep(reader: Reader, deep: boolean): Step {
  const isAttribute = reader.take('@');
  const name = reader.next();
  if (!/^(\*|[A-Za-z_][\w.-]*)$/.test(name) || reader.peek() === '(') throw unknown();
  const predicates: Expression[] = [];
  while (reader.take('[')) {
    // A number alone would be a position, which the dialect does not use.
    if (/^\d/.test(reader.peek())) throw unknown();
    predicates.push(readOr(reader));
    reader.expect(']');
  }
  if (isAttribute && predicates.length > 0) throw unknown();
  return (nodes) => {
    const parents = nodes.filter(isElement).flatMap((node) => (deep ? withDescendants(node) : [node]));
    if (isAttribute) return parents.flatMap((node) => attributesOf(node, name));
    const children = parents.flatMap(childElements).filter((child) => name === '*' || child.name === name);
    return children.filter((child) => predicates.every((predicate) => truth(predicate(child))));
  };
}

function isElement(node: Node): node is XmlElement {
  return 'name' in node;
}

function withDescendants(node: XmlElement): XmlElement[] {
  return [node, ...childElements(node).flatMap(withDescendants)];
}

function attributesOf(node: XmlElement, name: string): Attribute[] {
  if (name === '*') return Object.values(node.attributes).map((attribute) => ({ attribute }));
  const attribute = node.attributes[name];
  return attribute === undefined ? [] : [{ attribute }];
}

function truth(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === 'string' ? value !== '' : Boolean(value);
}

/** A set of nodes fulfils a comparison where one of them does; with a truth value the set counts as a whole. */
function compare(left: Value, op: string, right: Value): boolean {
  if (typeof left === 'boolean' || typeof right === 'boolean') return atoms(Number(truth(left)), op, Number(truth(right)));
  return flat(left).some((one) => flat(right).some((other) => atoms(one, op, other)));
}

function flat(value: Node[] | string | number): (string | number)[] {
  return Array.isArray(value) ? value.map((node) => (isElement(node) ? textOf(node) : node.attribute)) : [value];
}

function atoms(left: string | number, op: string, right: string | number): boolean {
  const asText = typeof left === 'string' && typeof right === 'string' && (op === '=' || op === '!=');
  const [one, other] = asText ? [left, right] : [numberOf(left), numberOf(right)];
  switch (op) {
    case '=':
      return one === other;
    case '!=':
      return one !== other;
    case '<':
      return one < other;
    case '>':
      return one > other;
    case '<=':
      return one <= other;
    default:
      return one >= other;
  }
}

function numberOf(value: string | number): number {
  return typeof value === 'number' ? value : value.trim() === '' ? Number.NaN : Number(value);
}
