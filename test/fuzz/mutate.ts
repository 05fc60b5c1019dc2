import type { Json } from '../../shared/model/content.ts';

/** Spoils good inputs: letters, bytes and words of a text; members and elements of a JSON value. */

export type Random = () => number;

const WORDS = [
  '', '\0', '\u0001', '\ud800', '\udc00', '\ufffe', '\uffff', '\ufdd0', '\ufeff', '\u2028', '\r\n', '\n', '\t', ' ', '\u00a0', '\u200b', '\u0130', 'ß', '\u{1f600}', 'e\u0301', '\u202e',
  '%00', '%2e%2e%2f', '../', '..\\', "'", '"', '<', '>', '&', ';', '|', '#', '?', '/', '\\', '`', '${x}', '{{', ']]>', '<!--', '-->', '<![CDATA[', '&#0;', '&#xD800;', '&amp;', '&constructor;', '&#1114112;',
  '<!DOCTYPE x [<!ENTITY a "b">]>', '<?x', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '-1', '0', '-0', '1e999', '1e21', '9007199254740993', '99999999999999999999', '0x10', 'NaN', 'null', 'true', '[]', '{}',
  '9999-12-31', '0000-00-00', '0001-01-01', '2026-02-30', '24:00', '23:59:60', 'T', 'Z', '+14:00', '9999-12-31T23:59:59Z', 'Pacific/Kiritimati', 'a@b', '<a@b>', 'x'.repeat(300), '\n'.repeat(50), ' '.repeat(200), '('.repeat(60), '['.repeat(60),
] as const; // prettier-ignore

const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'then', 'length', '', 'id', 'value', '@removed', '0'] as const;
const NUMBERS = [0, -0, 1, -1, 0.5, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e21, 1e308, -1e308, 5e-324] as const;

/** How much a piece may be pumped up to. */
const LONGEST = 40_000;

export function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

/** As JSON would carry it. */
export function cloned(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

function below(random: Random, end: number): number {
  return Math.floor(random() * end);
}

/** One input of a corpus, spoilt a few times; now and then left as it is. */
export function spoilt(corpus: readonly Json[], random: Random, words: readonly string[] = []): Json {
  let value = cloned(pick(random, corpus));
  const times = random() < 0.02 ? 0 : random() < 0.6 ? 1 : 1 + below(random, random() < 0.2 ? 12 : 3);
  for (let time = 0; time < times; time += 1) value = typeof value === 'string' ? spoiltText(value, random, words, corpus) : spoiltJson(value, random, words);
  return value;
}

export function spoiltText(text: string, random: Random, words: readonly string[] = [], others: readonly Json[] = []): string {
  const at = below(random, text.length + 1);
  const end = Math.min(text.length, at + 1 + below(random, random() < 0.8 ? 8 : 200));
  const word = (): string => (words.length > 0 && random() < 0.6 ? pick(random, words) : pick(random, WORDS));
  switch (below(random, 11)) {
    case 0:
    case 1:
      return text.slice(0, at) + word() + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(end);
    case 3:
      return text.slice(0, at) + word() + text.slice(end);
    case 4:
      return text.slice(0, at) + text.slice(at, end) + text.slice(at);
    case 5: {
      const other = others.length === 0 ? '' : pick(random, others);
      const from = typeof other === 'string' ? other : '';
      return text.slice(0, at) + from.slice(below(random, from.length + 1));
    }
    case 6:
      return pumped(text, at, end, random, word);
    case 7:
      return withBytesFlipped(text, random);
    case 8:
      return text.slice(0, at);
    case 9:
      return text.slice(0, at) + String.fromCharCode(below(random, random() < 0.7 ? 128 : 65_536)) + text.slice(at + 1);
    default: {
      // A piece is moved.
      const to = below(random, text.length + 1);
      const without = text.slice(0, at) + text.slice(end);
      return without.slice(0, to) + text.slice(at, end) + without.slice(to);
    }
  }
}

/** The same again and again: what takes the square of its length, or more, is seen here. */
function pumped(text: string, at: number, end: number, random: Random, word: () => string): string {
  const piece = random() < 0.5 ? word() : text.slice(at, end);
  if (piece === '') return text;
  const length = random() < 0.1 ? LONGEST : 1 + below(random, 600);
  return text.slice(0, at) + piece.repeat(Math.max(1, Math.floor(length / piece.length))) + text.slice(at);
}

function withBytesFlipped(text: string, random: Random): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length === 0) return '\ufffd';
  for (let count = 1 + below(random, 4); count > 0; count -= 1) {
    const at = below(random, bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8));
  }
  return bytes.toString('utf8');
}

type Place = { readonly holder: Json[] | Record<string, Json>; readonly name: string | number };

export function spoiltJson(value: Json, random: Random, words: readonly string[] = []): Json {
  const root: Json[] = [value];
  const places: Place[] = [];
  collect(root, places);
  const { holder, name } = pick(random, places);
  const now = Reflect.get(holder, name) as Json;
  const isText = typeof now === 'string';
  switch (below(random, isText ? 14 : 9)) {
    case 0:
      put(holder, name, odd(random, words));
      break;
    case 1:
      remove(holder, name);
      break;
    case 2:
      if (isContainer(now)) add(now, odd(random, words), random);
      else put(holder, name, [now]);
      break;
    case 3:
      if (isContainer(now)) rename(now, random);
      else put(holder, name, null);
      break;
    case 4: {
      // Something of elsewhere.
      const other = pick(random, places);
      put(holder, name, cloned(Reflect.get(other.holder, other.name) as Json));
      break;
    }
    case 5:
      if (Array.isArray(holder) && holder !== root) for (let count = random() < 0.05 ? 300 : 2; count > 0; count -= 1) holder.push(cloned(now));
      else put(holder, name, nested(now, random() < 0.1 ? 600 : 5));
      break;
    case 6:
      put(holder, name, pick(random, NUMBERS));
      break;
    case 7:
      put(holder, name, { ...(isContainer(now) && !Array.isArray(now) ? now : {}), [pick(random, NAMES)]: odd(random, words) });
      break;
    case 8:
      if (isContainer(now)) put(holder, name, Array.isArray(now) ? Object.fromEntries(now.entries()) : (Object.values(now) as Json[]));
      else put(holder, name, odd(random, words));
      break;
    default:
      put(holder, name, spoiltText(now as string, random, words));
  }
  return root[0] ?? null;
}

function odd(random: Random, words: readonly string[]): Json {
  switch (below(random, 6)) {
    case 0:
      return null;
    case 1:
      return random() < 0.5;
    case 2:
      return pick(random, NUMBERS);
    case 3:
      return pick<Json>(random, [[], {}, [[]], [null], { '': '' }]);
    default:
      return words.length > 0 && random() < 0.5 ? pick(random, words) : pick(random, WORDS);
  }
}

function nested(value: Json, depth: number): Json {
  let made = value;
  for (let level = 0; level < depth; level += 1) made = [made];
  return made;
}

function isContainer(value: Json): value is Json[] | Record<string, Json> {
  return typeof value === 'object' && value !== null;
}

function collect(holder: Json[] | Record<string, Json>, places: Place[]): void {
  const open: (Json[] | Record<string, Json>)[] = [holder];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const name of Array.isArray(next) ? next.keys() : Object.keys(next)) {
      places.push({ holder: next, name });
      const value = Reflect.get(next, name) as Json;
      if (isContainer(value) && places.length < 5_000) open.push(value);
    }
  }
}

/** As JSON.parse does: `__proto__` is a member like any other. */
function put(holder: Json[] | Record<string, Json>, name: string | number, value: Json): void {
  Object.defineProperty(holder, name, { value, writable: true, enumerable: true, configurable: true });
}

function remove(holder: Json[] | Record<string, Json>, name: string | number): void {
  if (Array.isArray(holder)) holder.splice(Number(name), 1);
  else delete holder[name];
}

function add(container: Json[] | Record<string, Json>, value: Json, random: Random): void {
  if (Array.isArray(container)) container.push(value);
  else put(container, pick(random, NAMES), value);
}

function rename(container: Json[] | Record<string, Json>, random: Random): void {
  const names = Object.keys(container);
  if (Array.isArray(container) || names.length === 0) return;
  const name = pick(random, names);
  const value = container[name] as Json;
  delete container[name];
  put(container, random() < 0.5 ? pick(random, NAMES) : spoiltText(name, random), value);
}
