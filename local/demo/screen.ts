export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface Screen {
  line(text?: string): void;
  /** Where things stand. A terminal shows it in one line that is written again; elsewhere it is a line of its own whenever `progress` has changed. */
  status(progress: string, elapsed: string): void;
}

/** Where a terminal does not know its width, or says 0. */
const USUAL_COLUMNS = 80;
const CLEAR_LINE = '\r\u001b[2K';

export function screenOn(terminal: Terminal): Screen {
  const rewrites = terminal.isTTY === true;
  let isShowing = false;
  let last = '';
  const clear = (): string => {
    const code = isShowing ? CLEAR_LINE : '';
    isShowing = false;
    return code;
  };
  return {
    line: (text = '') => void terminal.write(`${clear()}${text}\n`),
    status(progress, elapsed) {
      if (rewrites) {
        terminal.write(`${clear()}${`${progress} (${elapsed})`.slice(0, (terminal.columns || USUAL_COLUMNS) - 1)}`);
        isShowing = true;
      } else if (progress !== last) {
        terminal.write(`${progress} (${elapsed})\n`);
      }
      last = progress;
    },
  };
}

/** Breaks words into lines of at most `width` characters; all lines but the first begin with `indent`. The first one's own prefix counts. */
export function wrapped(prefix: string, text: string, width = 80): string[] {
  const indent = ' '.repeat(prefix.length);
  const lines = [prefix];
  for (const word of text.split(' ')) {
    const current = lines.at(-1) ?? '';
    const isEmpty = current === prefix || current === indent;
    const longer = isEmpty ? current + word : `${current} ${word}`;
    if (longer.length <= width || isEmpty) lines[lines.length - 1] = longer;
    else lines.push(indent + word);
  }
  return lines;
}
