import { badRequest } from './failure.ts';

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Enum values come in any letter case and go out in the canonical one (graph-subset README). */
export function oneOf<const T extends readonly string[]>(value: unknown, allowed: T, member: string): T[number] {
  const found = typeof value === 'string' ? allowed.find((one) => one.toLowerCase() === value.toLowerCase()) : undefined;
  if (found === undefined) {
    throw badRequest(`Requested value for ${member} was not found; allowed are ${allowed.join(', ')}.`, 'RequestBodyRead');
  }
  return found;
}

export function readBoolean(value: unknown, member: string): boolean {
  if (typeof value === 'boolean') return value;
  throw badRequest(`The member ${member} must be true or false.`, 'RequestBodyRead');
}

export function readText(value: unknown, member: string): string {
  if (typeof value === 'string') return value;
  throw badRequest(`The member ${member} must be a string.`, 'RequestBodyRead');
}

/** An unknown member, or one that only the server writes, is refused. */
export function refuseOtherMembers(input: Record<string, unknown>, writable: readonly string[], readable: readonly string[], type: string): void {
  for (const member of Object.keys(input)) {
    if (writable.includes(member) || member.includes('@odata.')) continue;
    if (readable.includes(member)) {
      throw badRequest(`The member '${member}' of ${type} cannot be set by this request.`, 'ErrorInvalidPropertySet');
    }
    throw badRequest(`The property '${member}' does not exist on type '${type}'. Make sure to only use property names that are defined by the type.`, 'RequestBodyRead');
  }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw badRequest('Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.', 'BadRequest');
  }
}
