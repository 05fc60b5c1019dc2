import type { Field } from './schema.ts';

/** Order of the parts of a date (attributes `dateformatin` and `dateformatout`). */
export type DateOrder = 'ymd' | 'ydm' | 'dmy' | 'mdy';

export interface ValueFormat {
  /** Catalog values by number instead of by text. */
  byNumber: boolean;
  dateIn: DateOrder;
  dateOut: DateOrder;
  /** Whether times of day carry seconds in answers; stamps always do. */
  times: 'hh:mm' | 'hh:mm:ss';
  /** What becomes of a text that is too long, and of blanks at its ends. */
  longTexts: 'refuse' | 'cut';
  outerBlanks: 'keep' | 'trim';
}

/** The value does not fit the field; `reason` says what does. */
export interface Misfit {
  reason: string;
}

const DATE = /^(\d{1,4})[-./](\d{1,2})[-./](\d{1,4})$/;
const TIME = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;

/**
 * Turns what a request wrote into what the store holds: dates `yyyy-mm-dd`, times `hh:mm:ss`, catalog values by number,
 * '' for empty (dialect 5).
 */
export function parseValue(field: Field, text: string, format: ValueFormat): string | Misfit {
  if (text === '') return '';
  switch (field.type) {
    case 'C':
      return parseText(field, text.replace(/\r\n?/g, '\n'), format);
    case 'B':
      return text === 'true' || text === 'false' ? text : { reason: 'takes true or false' };
    case 'L':
      return integer(text, 2_147_483_647);
    case 'S':
      return integer(text, 32_767);
    case 'F':
      return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? String(Number(text)) : { reason: 'takes a number with a decimal point' };
    case 'D':
      return parseDate(text, format.dateIn) ?? { reason: `takes a date in the order ${format.dateIn}` };
    case 'T':
      return parseTime(text, format.times) ?? { reason: 'takes a time as hh:mm or hh:mm:ss' };
    case 'K':
    case 'X':
      return catalogNumber(field, text, format.byNumber);
  }
}

/** Keys by which others know the record; a cut one would be another key (dialect 9). */
const NEVER_CUT = new Set(['ExtKey', 'ExtSystem']);

function parseText(field: Field, given: string, { longTexts, outerBlanks }: ValueFormat): string | Misfit {
  const text = outerBlanks === 'trim' ? given.trim() : given;
  if (field.length === 0 || text.length <= field.length) return text;
  if (longTexts === 'refuse' || NEVER_CUT.has(field.name)) return { reason: `holds at most ${field.length} characters` };
  const cut = text.slice(0, field.length);
  // A pair of surrogates is one character: half of one cannot be stored.
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

function integer(text: string, limit: number): string | Misfit {
  const number = /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return Math.abs(number) <= limit ? String(number) : { reason: `takes a whole number up to ${limit}` };
}

function parseDate(text: string, order: DateOrder): string | undefined {
  const parts = DATE.exec(text);
  if (parts === null) return undefined;
  const part: Record<string, string> = {};
  for (const [index, letter] of [...order].entries()) part[letter] = parts[index + 1] ?? '';
  const { y = '', m = '', d = '' } = part;
  if (y.length !== 4) return undefined;
  const iso = `${y}-${m.padStart(2, '0')}-${d.padStart(2, '0')}`;
  const instant = new Date(`${iso}T00:00:00Z`);
  return Number.isNaN(instant.getTime()) || instant.toISOString().slice(0, 10) !== iso ? undefined : iso;
}

function parseTime(text: string, times: ValueFormat['times']): string | undefined {
  const parts = TIME.exec(text);
  if (parts === null) return undefined;
  // A CRM whose times carry no seconds does not store them either.
  const seconds = times === 'hh:mm' ? '00' : (parts[3] ?? '00');
  return `${parts[1] ?? ''}:${parts[2] ?? ''}:${seconds}`;
}

function catalogNumber(field: Field, text: string, byNumber: boolean): string | Misfit {
  if (byNumber) {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : -1;
    return field.catalog?.has(number) === true ? String(number) : { reason: 'takes the number of a catalog value' };
  }
  for (const [number, name] of field.catalog ?? []) if (name.toLowerCase() === text.toLowerCase()) return String(number);
  return { reason: 'takes the text of a catalog value' };
}

/** Turns what the store holds into what an answer shows. */
export function formatValue(field: Field, stored: string, format: ValueFormat): string {
  if (stored === '') return '';
  switch (field.type) {
    case 'D':
      return formatDate(stored, format.dateOut);
    case 'T':
      return format.times === 'hh:mm' && !field.readOnly ? stored.slice(0, 5) : stored;
    case 'K':
    case 'X':
      return format.byNumber ? stored : (field.catalog?.get(Number(stored)) ?? stored);
    case 'B':
    case 'C':
    case 'F':
    case 'L':
    case 'S':
      return stored;
  }
}

function formatDate(iso: string, order: DateOrder): string {
  const [y = '', m = '', d = ''] = iso.split('-');
  const part: Record<string, string> = { y, m, d };
  return [...order].map((letter) => part[letter]).join('-');
}
