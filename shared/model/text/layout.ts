import { canonicalText } from './canonical-text.ts';

/**
 * Marks between the words of an HTML text. They are noncharacters, which no text may hold; the reader puts them between the words, and this file makes
 * lines of them as a browser would.
 */
export const mark = {
  lineBreak: '\ufdd0',
  /** begin or end of a block: what follows stands on a new line */
  block: '\ufdd1',
  /** the same with an empty line between */
  paragraph: '\ufdd2',
  tableStart: '\ufdd3',
  tableEnd: '\ufdd4',
  cell: '\ufdd5',
  /** around what stands before a list item's text */
  bullet: '\ufdd6',
  /** here the HTML was nested too deeply to be read on */
  cutOff: '\ufdd7',
} as const;

const marks = /[\ufdd0-\ufdd7]/g;

/** `tableText`: words stand in a table; `cutOff`: something is missing. */
export interface Layout {
  text: string;
  tableText: boolean;
  cutOff: boolean;
}

/** Canonical text of words and marks. */
export function layOut(words: string): Layout {
  const lines: string[] = [];
  let line = '';
  let bullet = '';
  let emptyLine = false;
  let tables = 0;
  let tableText = false;
  let cutOff = false;

  const endLine = (): void => {
    if (emptyLine && lines.length > 0) lines.push('');
    emptyLine = false;
    lines.push(line);
    line = '';
  };
  const endBlock = (): void => {
    if (line.trimEnd() !== '' || line.includes('\u00a0')) endLine();
    line = '';
  };
  const say = (text: string): void => {
    // Blanks of the source at the beginning of a line show nowhere; no-break spaces do.
    const shown = line === '' ? text.replace(/^ +/, '') : text;
    if (shown === '') return;
    line += bullet + shown;
    bullet = '';
    if (tables > 0 && shown.trim() !== '') tableText = true;
  };

  for (let at = 0; at <= words.length; ) {
    const next = nextMark(words, at);
    say(words.slice(at, next));
    switch (words[next]) {
      case mark.lineBreak:
        endLine();
        break;
      case mark.tableStart:
      case mark.tableEnd:
        tables = Math.max(0, tables + (words[next] === mark.tableStart ? 1 : -1));
        endBlock();
        break;
      case mark.paragraph:
        endBlock();
        emptyLine = true;
        break;
      case mark.cell:
        if (line.trim() !== '') line += '\u00a0\u00a0';
        break;
      case mark.bullet: {
        endBlock();
        const end = words.indexOf(mark.bullet, next + 1);
        bullet = end < 0 ? '' : words.slice(next + 1, end);
        at = (end < 0 ? next : end) + 1;
        continue;
      }
      case mark.cutOff:
        cutOff = true;
        say('…');
        break;
      default:
        endBlock();
    }
    at = next + 1;
  }
  return { text: canonicalText(lines.join('\n')), tableText, cutOff };
}

function nextMark(words: string, from: number): number {
  marks.lastIndex = from;
  return marks.exec(words)?.index ?? words.length;
}
