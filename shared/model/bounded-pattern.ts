/** Longest text that such a pattern is tried on. */
export const LONGEST_MATCHED = 1_000;

/** Repetitions without an end, of which each may be tried at every length. */
const MOST_REPETITIONS = 2;
/** Parts that may be there or not. */
const MOST_OPTIONS = 6;

/**
 * Whether a regular expression surely ends soon: no group that holds a repetition or a choice is repeated itself, nothing refers back, and repetitions are few.
 * It refuses some that would be harmless.
 */
export function isBoundedPattern(source: string): boolean {
  // Classes and escapes are one letter each.
  const plain = source.replace(/\\[1-9k]/g, '\u0000').replace(/\\(?:u\{[^}]*\}|p\{[^}]*\}|u[0-9a-f]{4}|x[0-9a-f]{2}|c[a-z]|.)/gi, 'x').replace(/\[(?:\^?\]?)[^\]]*\]/g, 'x');
  if (plain.includes('\u0000')) return false;
  const signs = plain.match(/\(\?(?:[:=!]|<[=!]|<\w+>)|[()|]|[*+]\??|\?\??|\{\d+(?:,\d*)?\}\??|./gs) ?? [];
  const open: boolean[] = [];
  let closed: boolean | null = null;
  let repetitions = 0;
  let options = 0;
  for (const sign of signs) {
    if (sign.startsWith('(')) {
      open.push(false);
      closed = null;
    } else if (sign === ')') {
      closed = open.pop() ?? false;
      // What is inside of an inner group is inside of the outer one, too.
      if (closed && open.length > 0) open[open.length - 1] = true;
    } else if (/^(?:[*+?]\??|\{.*\}\??)$/.test(sign)) {
      const isFixed = /^\{\d+\}/.test(sign);
      if (closed === true && !/^\?/.test(sign)) return false;
      if (/^\?/.test(sign)) options += 1;
      else if (!isFixed) repetitions += 1;
      if (open.length > 0 && !isFixed) open[open.length - 1] = true;
      closed = null;
    } else {
      if (sign === '|' && open.length > 0) open[open.length - 1] = true;
      closed = null;
    }
  }
  return repetitions <= MOST_REPETITIONS && options <= MOST_OPTIONS;
}
