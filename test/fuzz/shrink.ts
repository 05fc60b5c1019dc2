import type { Json } from '../../shared/model/content.ts';

/** Trials of one shrinking: what is left then is small enough to be read. */
const MOST_TRIALS = 3_000;

/** The smallest input, found by leaving out and by making simpler, that still fails. */
export async function shrunk(input: Json, fails: (input: Json) => Promise<boolean>): Promise<Json> {
  let best = input;
  let trials = 0;
  for (let smaller = true; smaller; ) {
    smaller = false;
    for (const candidate of simpler(best)) {
      if (trials >= MOST_TRIALS) return best;
      trials += 1;
      if (!(await fails(candidate))) continue;
      best = candidate;
      smaller = true;
      break;
    }
  }
  return best;
}

/** Simpler forms of a value, the boldest first. */
function* simpler(value: Json): Generator<Json> {
  if (typeof value === 'string') yield* simplerText(value);
  else if (typeof value === 'number') {
    if (value !== 0) yield 0;
  } else if (Array.isArray(value)) yield* simplerList(value as readonly Json[]);
  else if (typeof value === 'object' && value !== null) yield* simplerMembers(value as Readonly<Record<string, Json>>);
}

function* simplerText(text: string): Generator<string> {
  if (text === '') return;
  yield '';
  for (let size = Math.ceil(text.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < text.length; at += size) yield text.slice(0, at) + text.slice(at + size);
  }
  // Letters say less than signs.
  for (const [index, letter] of [...text].entries()) if (!/[ -~]/.test(letter)) yield [...text.slice(0, index), 'x', ...text.slice(index + 1)].join('');
}

function* simplerList(list: readonly Json[]): Generator<Json> {
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < list.length; at += size) yield [...list.slice(0, at), ...list.slice(at + size)];
  }
  for (const [index, element] of list.entries()) {
    yield element;
    for (const small of simpler(element)) yield list.with(index, small);
  }
}

function* simplerMembers(value: Readonly<Record<string, Json>>): Generator<Json> {
  const members = Object.entries(value);
  for (let size = Math.ceil(members.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < members.length; at += size) yield Object.fromEntries([...members.slice(0, at), ...members.slice(at + size)]);
  }
  for (const [index, [name, member]] of members.entries()) for (const small of simpler(member)) yield Object.fromEntries(members.with(index, [name, small]));
}
