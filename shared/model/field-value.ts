import { canonicalText } from './text/canonical-text.ts';
import { cutVisibly } from './text/cut.ts';
import { parseIso, toIso } from './time/instant.ts';

/** The value of an additional field as one side holds it; null = empty. */
export type FieldValue = null | string | number | boolean;

/** text: canonical. whole, number, boolean. date: 'yyyy-mm-dd'. time: 'hh:mm:ss'. instant: ISO in UTC, whole seconds. */
export type ValueKind = 'text' | 'whole' | 'number' | 'boolean' | 'date' | 'time' | 'instant';

/**
 * A value in the one form in which a field of this kind holds it; undefined where it is none. What a text is too long for is cut visibly. Doing it again
 * changes nothing.
 */
export function fitted(value: unknown, kind: ValueKind, length: number | null = null): FieldValue | undefined {
  if (value === null || value === undefined || value === '') return kind === 'boolean' ? false : null;
  switch (kind) {
    case 'text':
      return fittedText(value, length);
    case 'boolean':
      return fittedBoolean(value);
    case 'whole': {
      const number = fittedNumber(value);
      return number === undefined || !Number.isSafeInteger(number) ? undefined : number;
    }
    case 'number':
      return fittedNumber(value);
    case 'date':
      return typeof value === 'string' && isDate(value.trim()) ? value.trim() : undefined;
    case 'time':
      return typeof value === 'string' ? fittedTime(value.trim()) : undefined;
    case 'instant':
      return typeof value === 'string' ? fittedInstant(value.trim()) : undefined;
  }
}

function fittedText(value: unknown, length: number | null): FieldValue | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  const text = canonicalText(String(value));
  return (length === null ? text : canonicalText(cutVisibly(text, length).text)) || null;
}

function fittedBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.trim().toLowerCase() : '';
  return word === 'true' ? true : word === 'false' ? false : undefined;
}

/** Also as text, in the decimal notation that both sides write. */
function fittedNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^[+-]?\d{1,15}(?:\.\d{1,15})?$/.test(value.trim()) ? Number(value) : value;
  // Minus nought is nought; a number that would be written with an exponent is none of a field.
  return typeof number === 'number' && Number.isFinite(number) && !String(number).includes('e') ? number + 0 : undefined;
}

function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function fittedTime(text: string): string | undefined {
  const [, hours, seconds] = /^((?:[01]\d|2[0-3]):[0-5]\d)(?::([0-5]\d))?$/.exec(text) ?? [];
  return hours === undefined ? undefined : `${hours}:${seconds ?? '00'}`;
}

function fittedInstant(text: string): string | undefined {
  const [, wall, zone = 'Z'] = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?(Z|[+-]\d{2}:\d{2})?$/i.exec(text) ?? [];
  if (wall === undefined) return undefined;
  try {
    return toIso(Math.floor(parseIso(`${wall.length === 16 ? `${wall}:00` : wall}${zone.toUpperCase()}`) / 1_000) * 1_000);
  } catch {
    return undefined;
  }
}

/** Nothing that a person would miss. */
export function isEmptyValue(value: unknown): boolean {
  return value === null || value === undefined || value === '' || value === false;
}
