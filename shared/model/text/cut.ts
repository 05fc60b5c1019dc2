const sign = '…';

let segmenter: Intl.Segmenter | undefined;

/**
 * At most `maxLength` UTF-16 units, ending with `…` where something was cut, never inside what people see as one letter. Cutting again changes nothing.
 * A field that counts a line end as two characters (CRLF) needs its text in that form.
 */
export function cutVisibly(text: string, maxLength: number): { text: string; cut: boolean } {
  if (text.length <= maxLength) return { text, cut: false };
  if (maxLength < sign.length) return { text: '', cut: true };
  const kept = text.slice(0, letterStart(text, maxLength - sign.length)).trimEnd();
  return { text: kept + sign, cut: true };
}

/** Where the letter that holds the unit at `index` begins. */
function letterStart(text: string, index: number): number {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  // The next code point is enough to know whether a letter ends here; a long text costs no more than a short one.
  return segmenter.segment(text.slice(0, index + 2)).containing(index)?.index ?? index;
}
