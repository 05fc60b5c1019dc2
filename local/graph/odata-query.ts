import { badRequest } from './failure.ts';

/** The query of one request, decoded once; `raw` is what the client sent after `?`. */
export interface Query {
  raw: string;
  get(name: string): string | undefined;
  names(): string[];
}

export function readQuery(url: URL): Query {
  const raw = url.search.replace(/^\?/, '');
  const pairs = raw
    .split('&')
    .filter((part) => part !== '')
    .map((part): [string, string] => {
      const at = part.indexOf('=');
      return at < 0 ? [decode(part), ''] : [decode(part.slice(0, at)), decode(part.slice(at + 1))];
    });
  return {
    raw,
    get: (name) => pairs.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1],
    names: () => pairs.map(([key]) => key),
  };
}

function decode(part: string): string {
  if (!/[%+]/.test(part)) return part;
  try {
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    throw badRequest('The query of the request is not correctly encoded.', 'BadRequest');
  }
}

export function refuseOptions(query: Query, refused: readonly string[], where: string): void {
  for (const name of query.names()) {
    if (refused.includes(name.toLowerCase())) {
      throw badRequest(`The query parameter ${name} is not supported by ${where}.`, 'ErrorInvalidUrlQuery');
    }
  }
}

/** Every `$` option that a resource does not answer is refused, not ignored. */
export function allowOptions(query: Query, allowed: readonly string[], where: string): void {
  for (const name of query.names()) {
    if (name.startsWith('$') && !allowed.includes(name.toLowerCase())) {
      throw badRequest(`The query parameter ${name} is not supported by ${where}.`, 'ErrorInvalidUrlQuery');
    }
  }
}

export function readSelect(text: string | undefined, readable: readonly string[], type: string): string[] | null {
  if (text === undefined || text.trim() === '') return null;
  return text.split(',').map((part) => {
    const name = part.trim();
    const member = readable.find((one) => one.toLowerCase() === name.split('/')[0]?.toLowerCase());
    if (member === undefined) throw badRequest(`Could not find a property named '${name}' on type '${type}'.`, 'RequestBroker--ParseUri');
    return member;
  });
}

export function pick(row: Record<string, unknown>, select: string[] | null): Record<string, unknown> {
  if (select === null) return row;
  const kept = ['@odata.etag', 'id', ...select];
  return Object.fromEntries(kept.filter((member) => member in row).map((member) => [member, row[member]]));
}

export function readCount(text: string | undefined, name: string, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw badRequest(`The value of ${name} must be a whole number from 0 to ${most}.`, 'ErrorInvalidUrlQuery');
  }
  return value;
}

export interface Page<T> {
  rows: T[];
  /** Query of the next page; null: this is the last. */
  nextQuery: string | null;
}

/** `$skip` in the link, as Outlook's lists page; the other options travel as they came. */
export function pageBySkip<T>(rows: readonly T[], query: Query, size: number): Page<T> {
  const skip = readCount(query.get('$skip'), '$skip', 1_000_000) ?? 0;
  const end = skip + size;
  const others = query.raw.split('&').filter((part) => part !== '' && !/^(\$|%24)skip=/i.test(part));
  return { rows: rows.slice(skip, end), nextQuery: end < rows.length ? [...others, `$skip=${end}`].join('&') : null };
}

/** Prefer headers, several to a line or one by one. */
export function readPrefer(headers: Headers): Map<string, string> {
  const found = new Map<string, string>();
  const text = headers.get('prefer') ?? '';
  for (const match of text.matchAll(/([\w.-]+)\s*=\s*(?:"([^"]*)"|([^\s,;]+))/g)) {
    found.set((match[1] ?? '').toLowerCase(), match[2] ?? match[3] ?? '');
  }
  return found;
}
