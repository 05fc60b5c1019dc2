import { badRequest } from './failure.ts';

/** The part of OData's $filter that the simulator answers: comparisons, and/or/not, any() and three string functions. */
export type Filter =
  | { kind: 'and' | 'or'; left: Filter; right: Filter }
  | { kind: 'not'; inner: Filter }
  | { kind: 'compare'; path: string; operator: string; value: unknown }
  | { kind: 'call'; name: string; path: string; value: string }
  | { kind: 'any'; path: string; variable: string; inner: Filter };

type Token = { kind: 'word' | 'text' | 'sign'; text: string };

const OPERATORS = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];
const FUNCTIONS = ['startswith', 'contains', 'endswith'];

export function parseFilter(source: string): Filter {
  const reader = new TokenReader(tokensOf(source), source);
  const filter = parseOr(reader);
  if (!reader.atEnd()) throw reader.refuse();
  return filter;
}

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s*(?:'((?:[^']|'')*)'|([(),:])|([^\s(),:']+(?::(?=\d)[^\s(),']*)*))/gy;
  let at = 0;
  while (at < source.trimEnd().length) {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (match === null) throw badRequest(`Invalid filter clause near position ${at}.`, 'ErrorInvalidUrlQueryFilter');
    if (match[1] !== undefined) tokens.push({ kind: 'text', text: match[1].replaceAll("''", "'") });
    else if (match[2] !== undefined) tokens.push({ kind: 'sign', text: match[2] });
    else tokens.push({ kind: 'word', text: match[3] ?? '' });
    at = pattern.lastIndex;
  }
  return tokens;
}

class TokenReader {
  private at = 0;
  private readonly tokens: Token[];
  private readonly source: string;

  constructor(tokens: Token[], source: string) {
    this.tokens = tokens;
    this.source = source;
  }

  peek(): Token | undefined {
    return this.tokens[this.at];
  }

  next(): Token {
    const token = this.tokens[this.at++];
    if (token === undefined) throw this.refuse();
    return token;
  }

  takeWord(word: string): boolean {
    const token = this.peek();
    if (token?.kind !== 'word' || token.text.toLowerCase() !== word) return false;
    this.at++;
    return true;
  }

  takeSign(sign: string): boolean {
    const token = this.peek();
    if (token?.kind !== 'sign' || token.text !== sign) return false;
    this.at++;
    return true;
  }

  need(sign: string): void {
    if (!this.takeSign(sign)) throw this.refuse();
  }

  atEnd(): boolean {
    return this.at >= this.tokens.length;
  }

  refuse() {
    return badRequest(`Invalid filter clause at token ${this.at + 1} of ${JSON.stringify(this.source.slice(0, 20))}.`, 'ErrorInvalidUrlQueryFilter');
  }
}

function parseOr(reader: TokenReader): Filter {
  let left = parseAnd(reader);
  while (reader.takeWord('or')) left = { kind: 'or', left, right: parseAnd(reader) };
  return left;
}

function parseAnd(reader: TokenReader): Filter {
  let left = parseOne(reader);
  while (reader.takeWord('and')) left = { kind: 'and', left, right: parseOne(reader) };
  return left;
}

function parseOne(reader: TokenReader): Filter {
  if (reader.takeWord('not')) return { kind: 'not', inner: parseOne(reader) };
  if (reader.takeSign('(')) {
    const inner = parseOr(reader);
    reader.need(')');
    return inner;
  }
  const path = reader.next();
  if (path.kind !== 'word') throw reader.refuse();
  if (FUNCTIONS.includes(path.text.toLowerCase())) return parseCall(reader, path.text.toLowerCase());
  const any = /^(.+)\/any$/i.exec(path.text);
  if (any !== null) return parseAny(reader, any[1] ?? '');
  const operator = reader.next().text.toLowerCase();
  if (!OPERATORS.includes(operator)) throw reader.refuse();
  return { kind: 'compare', path: path.text, operator, value: literal(reader.next()) };
}

function parseCall(reader: TokenReader, name: string): Filter {
  reader.need('(');
  const path = reader.next().text;
  reader.need(',');
  const value = reader.next().text;
  reader.need(')');
  return { kind: 'call', name, path, value };
}

function parseAny(reader: TokenReader, path: string): Filter {
  reader.need('(');
  const variable = reader.next().text;
  reader.need(':');
  const inner = parseOr(reader);
  reader.need(')');
  return { kind: 'any', path, variable, inner };
}

function literal(token: Token): unknown {
  if (token.kind === 'text') return token.text;
  const lower = token.text.toLowerCase();
  if (lower === 'true' || lower === 'false') return lower === 'true';
  if (lower === 'null') return null;
  const number = Number(token.text);
  return Number.isNaN(number) ? token.text : number;
}

/** Reads a member by its path; throws where the resource cannot be filtered by it. */
export type ReadMember = (path: string) => unknown;

/** How two texts are compared; extended properties have a rule of their own. */
export type CompareText = (path: string, left: string, right: string) => number;

export function matches(filter: Filter, read: ReadMember, compareText: CompareText): boolean {
  switch (filter.kind) {
    case 'and':
      return matches(filter.left, read, compareText) && matches(filter.right, read, compareText);
    case 'or':
      return matches(filter.left, read, compareText) || matches(filter.right, read, compareText);
    case 'not':
      return !matches(filter.inner, read, compareText);
    case 'call':
      return callMatches(filter.name, String(read(filter.path) ?? '').toLowerCase(), filter.value.toLowerCase());
    case 'compare':
      return compares(filter.operator, read(filter.path), filter.value, (left, right) => compareText(filter.path, left, right));
    case 'any': {
      const list = read(filter.path);
      if (!Array.isArray(list)) return false;
      const inside = filter.path;
      return (list as unknown[]).some((one) => matches(filter.inner, (path) => insideOf(one, path, filter.variable), (path, a, b) => compareText(path.replace(filter.variable, inside), a, b)));
    }
  }
}

function insideOf(one: unknown, path: string, variable: string): unknown {
  const [first, ...rest] = path.split('/');
  if (first !== variable) throw badRequest(`The filter names ${first}, which is not its range variable.`, 'ErrorInvalidUrlQueryFilter');
  return rest.reduce<unknown>((value, member) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[member] : undefined), one);
}

function callMatches(name: string, text: string, part: string): boolean {
  if (name === 'startswith') return text.startsWith(part);
  return name === 'endswith' ? text.endsWith(part) : text.includes(part);
}

function compares(operator: string, left: unknown, right: unknown, compareText: (a: string, b: string) => number): boolean {
  if (operator === 'eq' || operator === 'ne') {
    const same = typeof left === 'string' && typeof right === 'string' ? compareText(left, right) === 0 : (left ?? null) === right;
    return same === (operator === 'eq');
  }
  if (left == null || right == null) return false;
  const order = typeof left === 'number' && typeof right === 'number' ? left - right : compareText(String(left), String(right));
  if (operator === 'gt') return order > 0;
  if (operator === 'ge') return order >= 0;
  return operator === 'lt' ? order < 0 : order <= 0;
}
