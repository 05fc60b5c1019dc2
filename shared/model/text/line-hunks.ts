/** What stands between `start` and `end` of a text is `text` in the other one. */
export interface Hunk {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Lines of two texts are compared in a table of this many cells at most. */
const MOST_CELLS = 1_000_000;

/**
 * Where two texts differ: as few lines as possible, and of a run of lines only the letters between what both begin and end with. Null where they are too
 * different to be compared.
 */
export function lineHunks(from: string, to: string): Hunk[] | null {
  const a = from.split('\n');
  const b = to.split('\n');
  const head = commonHead(a, b);
  const tail = commonTail(a.slice(head), b.slice(head));
  const [middleA, middleB] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  if ((middleA.length + 1) * (middleB.length + 1) > MOST_CELLS) return null;
  const starts = lineStarts(a);
  const hunks: Hunk[] = [];
  for (const run of runsOf(middleA, middleB)) {
    const [firstLine, lastLine] = [head + run.aStart, head + run.aEnd];
    const old = a.slice(firstLine, lastLine);
    const fresh = b.slice(head + run.bStart, head + run.bEnd);
    hunks.push(trimmed(hunkOf(old, fresh, firstLine, a.length, starts, from.length), from));
  }
  return hunks;
}

function hunkOf(old: readonly string[], fresh: readonly string[], line: number, lines: number, starts: readonly number[], length: number): Hunk {
  const start = starts[line] ?? length;
  if (old.length > 0 && fresh.length > 0) return { start, end: start + old.join('\n').length, text: fresh.join('\n') };
  // Whole lines come or go with the line end behind them, the last ones with the one before.
  if (old.length === 0) return line < lines ? { start, end: start, text: fresh.map((one) => `${one}\n`).join('') } : { start: length, end: length, text: fresh.map((one) => `\n${one}`).join('') };
  const end = start + old.join('\n').length;
  return end < length ? { start, end: end + 1, text: '' } : { start: Math.max(0, start - 1), end, text: '' };
}

/** Without the letters that both begin and end with; never inside of a surrogate pair. */
function trimmed({ start, end, text }: Hunk, from: string): Hunk {
  if (start === end || text === '') return { start, end, text };
  const old = from.slice(start, end);
  let head = 0;
  while (head < old.length && head < text.length && old[head] === text[head]) head += 1;
  if (isHigh(old[head - 1])) head -= 1;
  let tail = 0;
  while (tail < old.length - head && tail < text.length - head && old[old.length - 1 - tail] === text[text.length - 1 - tail]) tail += 1;
  if (isLow(old[old.length - tail])) tail -= 1;
  return { start: start + head, end: end - tail, text: text.slice(head, text.length - tail) };
}

const isHigh = (unit: string | undefined): boolean => unit !== undefined && /[\ud800-\udbff]/.test(unit);
const isLow = (unit: string | undefined): boolean => unit !== undefined && /[\udc00-\udfff]/.test(unit);

interface Run {
  readonly aStart: number;
  readonly aEnd: number;
  readonly bStart: number;
  readonly bEnd: number;
}

/** Runs of lines that are not in the longest common subsequence. */
function runsOf(a: readonly string[], b: readonly string[]): Run[] {
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const runs: Run[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [aStart, bStart] = [i, j];
    while ((i < a.length || j < b.length) && !(i < a.length && j < b.length && a[i] === b[j])) {
      if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) i += 1;
      else j += 1;
    }
    if (i > aStart || j > bStart) runs.push({ aStart, aEnd: i, bStart, bEnd: j });
    while (i < a.length && j < b.length && a[i] === b[j]) {
      i += 1;
      j += 1;
    }
  }
  return runs;
}

function commonHead(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count < a.length && count < b.length && a[count] === b[count]) count += 1;
  return count;
}

function commonTail(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count < a.length && count < b.length && a[a.length - 1 - count] === b[b.length - 1 - count]) count += 1;
  return count;
}

function lineStarts(lines: readonly string[]): number[] {
  const starts: number[] = [];
  let at = 0;
  for (const line of lines) {
    starts.push(at);
    at += line.length + 1;
  }
  return starts;
}
