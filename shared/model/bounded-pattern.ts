/** Longest text that such a pattern is tried on. */
export const LONGEST_MATCHED = 1_000;

/** Repetitions of no fixed length, of which each may be tried at every length. */
const MOST_REPETITIONS = 2;
/** Ways to go through parts that may be there or not, and through choices: those of one part with those of every other. */
const MOST_WAYS = 64;

/** Letters that one escape stands for. Without the flag u, `\u{…}` and `\p{…}` are letters that are repeated. */
const ESCAPE = /\\(?:u[0-9a-f]{4}|x[0-9a-f]{2}|c[a-z]|.)/gis;
/** As JavaScript has it: `[]` and `[^]` are whole classes. */
const CLASS = /\[[^\]]*\]/g;
const SIGN = /\(\?(?:[:=!]|<[=!]|<\w+>)|[()|]|[*+]\??|\?\??|\{\d+(?:,\d*)?\}\??|./gs;

/**
 * Whether a regular expression (without flags but i and m) surely ends soon: no group that holds a repetition or a choice is repeated itself, nothing
 * refers back, and repetitions and choices are few. It refuses some that would be harmless.
 */
export function isBoundedPattern(source: string): boolean {
  if (/\\[1-9k]/.test(source)) return false;
  const plain = source.replace(ESCAPE, 'x').replace(CLASS, 'x');
  /** Of each open group whether it holds a repetition or a choice, and how many alternatives. */
  const open: { varies: boolean; alternatives: number }[] = [];
  let closed: boolean | null = null;
  let repetitions = 0;
  let ways = 1;
  for (const sign of plain.match(SIGN) ?? []) {
    const group = open.at(-1);
    if (sign.startsWith('(')) {
      open.push({ varies: false, alternatives: 1 });
      closed = null;
    } else if (sign === ')') {
      const ended = open.pop();
      closed = ended?.varies ?? false;
      ways *= ended?.alternatives ?? 1;
      // What is inside of an inner group is inside of the outer one, too.
      const outer = open.at(-1);
      if (closed && outer !== undefined) outer.varies = true;
    } else if (/^(?:[*+?]\??|\{.*\}\??)$/.test(sign)) {
      const isFixed = /^\{\d+\}/.test(sign);
      if (closed === true && !/^\?/.test(sign)) return false;
      if (/^\?/.test(sign)) ways *= 2;
      else if (!isFixed) repetitions += 1;
      if (group !== undefined && !isFixed) group.varies = true;
      closed = null;
    } else {
      if (sign === '|' && group !== undefined) {
        group.varies = true;
        group.alternatives += 1;
      }
      closed = null;
    }
  }
  return repetitions <= MOST_REPETITIONS && ways <= MOST_WAYS;
}
