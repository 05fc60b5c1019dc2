import { oneWord } from './pages.ts';

/** The commands of a text as a shell reads them, as far as documents need it: quotes, comments, continued lines, `&&`, `;`, pipes. */
export function shellCommands(source: string): readonly (readonly string[])[] {
  const commands: string[][] = [];
  let words: string[] = [];
  let word: string | null = null;
  const endWord = (): void => {
    if (word !== null) words.push(word);
    word = null;
  };
  const endCommand = (): void => {
    endWord();
    if (words.length > 0) commands.push(words);
    words = [];
  };
  const text = oneWord(source);
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (sign === "'" || sign === '"') {
      const end = text.indexOf(sign, at + 1);
      if (end < 0) throw new Error(`a ${sign} is never closed`);
      word = (word ?? '') + text.slice(at + 1, end);
      at = end;
    } else if (sign === '\\') {
      at += 1;
      if (text.charAt(at) !== '\n') word = (word ?? '') + text.charAt(at);
    } else if (sign === '#' && word === null) {
      at = text.indexOf('\n', at);
      if (at < 0) break;
      endCommand();
    } else if (/[\n;|&]/.test(sign)) endCommand();
    else if (/\s/.test(sign)) endWord();
    else word = (word ?? '') + sign;
  }
  endCommand();
  return commands;
}
