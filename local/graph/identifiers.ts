import type { Quirks } from './quirks.ts';

/** Makes ids that look like Exchange's: opaque, long, case-sensitive, with characters that need care in links. */
export interface IdSource {
  immutableId(): string;
  mutableId(): string;
  changeKey(): string;
  guid(): string;
  token(): string;
  iCalUId(): string;
}

const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const HEX = '0123456789abcdef';

const BODY_LENGTH = 40;
const TAIL = 'AAA=';
const IMMUTABLE = 'AAkALgAA';
const MUTABLE = 'AAMkAGUx';

export function createIds(random: () => number, quirks: () => Quirks): IdSource {
  const letters = (alphabet: string, count: number): string => {
    let text = '';
    for (let left = count; left > 0; left--) text += alphabet[Math.floor(random() * alphabet.length)];
    return text;
  };
  let twinOf: string | undefined;
  return {
    immutableId() {
      // Ids of Exchange are case-sensitive (graph.md 4); every second one differs from its elder only in that.
      if (twinOf !== undefined && quirks().idsDifferOnlyInCase) {
        const twin = flipLastLetter(twinOf);
        twinOf = undefined;
        return `${IMMUTABLE}${twin}${TAIL}`;
      }
      twinOf = `${letters(URL_SAFE, BODY_LENGTH - 1)}${letters('abcdefghijklmnopqrstuvwxyz', 1)}`;
      return `${IMMUTABLE}${twinOf}${TAIL}`;
    },
    mutableId: () => `${MUTABLE}${letters(URL_SAFE, BODY_LENGTH)}${TAIL}`,
    changeKey: () => `${letters(BASE64, 20)}+${letters(BASE64, 9)}==`,
    guid: () =>
      `${letters(HEX, 8)}-${letters(HEX, 4)}-4${letters(HEX, 3)}-${letters('89ab', 1)}${letters(HEX, 3)}-${letters(HEX, 12)}`,
    token: () => `${letters(BASE64, 22)}+${letters(BASE64, 15)}/${letters(BASE64, 4)}==`,
    iCalUId: () => `040000008200E00074C5B7101A82E00800000000${letters(HEX, 40).toUpperCase()}`,
  };
}

function flipLastLetter(body: string): string {
  const last = body.slice(-1);
  return body.slice(0, -1) + (last === last.toLowerCase() ? last.toUpperCase() : last.toLowerCase());
}

/** The id of an occurrence: its master's, its original local date and the generation of the pattern, all of it opaque to clients. */
export function occurrenceIdOf(masterId: string, date: string, generation: number): string {
  const tail = Buffer.from(`${date.replaceAll('-', '')}${generation.toString(36).padStart(4, '0')}`).toString('base64url');
  return `${masterId.slice(0, -TAIL.length)}O${tail}=`;
}

export interface OccurrenceKey {
  masterId: string;
  date: string;
  generation: number;
}

export function readOccurrenceId(id: string): OccurrenceKey | undefined {
  const cut = IMMUTABLE.length + BODY_LENGTH;
  if (id.length <= cut + TAIL.length || id[cut] !== 'O' || !id.endsWith('=')) return undefined;
  const tail = Buffer.from(id.slice(cut + 1, -1), 'base64url').toString('latin1');
  const parts = /^(\d{4})(\d{2})(\d{2})([0-9a-z]{4})$/.exec(tail);
  if (parts === null) return undefined;
  const [, year, month, day, generation = ''] = parts;
  return { masterId: `${id.slice(0, cut)}${TAIL}`, date: `${year}-${month}-${day}`, generation: Number.parseInt(generation, 36) };
}

/** A stable guid for a name: the application id behind a bearer token. */
export function guidFromName(name: string): string {
  let text = '';
  for (let round = 0; round < 4; round++) {
    let hash = 0x811c9dc5 ^ round;
    for (const letter of name) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
    text += hash.toString(16).padStart(8, '0');
  }
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-a${text.slice(17, 20)}-${text.slice(20, 32)}`;
}
