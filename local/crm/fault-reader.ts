import type { Fault, FaultMatch, GarbageForm, PersonsEdit } from './faults.ts';
import { readValues } from './people.ts';
import { Refused } from './refused.ts';
import type { ErrorCode } from './refused.ts';

const FORMS: GarbageForm[] = ['truncated', 'html', 'doctype', 'wrongCount', 'empty'];
const CODES: ErrorCode[] = [401, 403, 404, 409, 422, 500, 509, 511];

/** Reads a fault from JSON; what it cannot be is a 422. */
export function readFault(body: Record<string, unknown>): Fault {
  const match = readMatch(body.match);
  const base = match === undefined ? {} : { match };
  switch (body.kind) {
    case 'lostAnswer':
      return { ...base, kind: 'lostAnswer' };
    case 'errorBefore': {
      const { retryAfter } = body;
      const status = oneOf([400, 404, 413, 429, 500, 502, 503, 504], body.status ?? 503, 'status');
      return { ...base, kind: 'errorBefore', status, ...(retryAfter === undefined ? {} : { retryAfter: count(retryAfter, 'retryAfter') }) };
    }
    case 'slow':
      return {
        ...base,
        kind: 'slow',
        ms: count(body.ms, 'ms'),
        commit: oneOf(['start', 'end'], body.commit ?? 'end', 'commit'),
        stamp: oneOf(['start', 'end'], body.stamp ?? 'end', 'stamp'),
      };
    case 'never':
      return {
        ...base,
        kind: 'never',
        ms: count(body.ms ?? 300_000, 'ms'),
        commit: oneOf(['start', 'end', 'none'], body.commit ?? 'end', 'commit'),
      };
    case 'garbage':
      return { ...base, kind: 'garbage', form: oneOf(FORMS, body.form, 'form') };
    case 'commandError':
      return { ...base, ...readWhich(body), kind: 'commandError', code: oneOf(CODES, body.code ?? 500, 'code') };
    case 'edit':
      return { ...base, ...readWhich(body), kind: 'edit', ...readEdit(body) };
    case 'loginLock':
      return { ...base, kind: 'loginLock', ms: count(body.ms, 'ms') };
    case 'restart':
      return { ...base, kind: 'restart', commit: body.commit === true };
    default:
      throw new Refused(422, 'The kind of fault is not known; see docs/simulators/crm.md.', 'kind');
  }
}

function readMatch(match: unknown): FaultMatch | undefined {
  if (match === undefined) return undefined;
  if (typeof match !== 'object' || match === null) throw new Refused(422, 'The match of a fault is an object.', 'match');
  const read: FaultMatch = {};
  for (const [name, value] of Object.entries(match)) {
    if ((name === 'user' || name === 'command') && typeof value === 'string') read[name] = value;
    else if (name === 'nth' || name === 'times') read[name] = count(value, name);
    else if (name === 'rate' && typeof value === 'number') read.rate = value;
    else throw new Refused(422, 'A fault matches by user, command, nth, times and rate.', 'match');
  }
  return read;
}

function readWhich({ which }: Record<string, unknown>): { which?: number } {
  return which === undefined ? {} : { which: count(which, 'which') };
}

function readEdit({ by, table, id, values, deleted, stampedMsAgo }: Record<string, unknown>): PersonsEdit {
  if (typeof by !== 'string' && typeof by !== 'number') throw new Refused(422, 'Say in by who edits.', 'by');
  if (typeof table !== 'string' || typeof id !== 'string') throw new Refused(422, 'An edit needs table and id, two texts.', 'id');
  return {
    by,
    table,
    id,
    ...(values === undefined ? {} : { values: readValues(values) }),
    ...(typeof deleted === 'boolean' ? { deleted } : {}),
    ...(stampedMsAgo === undefined ? {} : { stampedMsAgo: count(stampedMsAgo, 'stampedMsAgo') }),
  };
}

function oneOf<T>(allowed: T[], value: unknown, name: string): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new Refused(422, `The fault's ${name} is one of ${allowed.join(', ')}.`, name);
  return found;
}

function count(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw new Refused(422, `The fault's ${name} is a number from 0.`, name);
  }
  return value;
}
