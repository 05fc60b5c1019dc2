/**
 * The form of a text that survives both sides, so that only what a person changed counts as changed (design 4). What either side may do to a text is done
 * here once, and doing it again changes nothing:
 * - Unicode NFC; halves of surrogate pairs, control characters and noncharacters gone (the CRM's XML cannot carry them);
 * - line ends as LF: the CRM answers CRLF, Word writes vertical tabs, U+0085, U+2028 and U+2029;
 * - every blank a plain blank: HTML holds leading and repeated blanks as no-break spaces, so that the two cannot be told apart; the thin ones differ
 *   for nobody. The ideographic space stays: it is a letter's width, and neither side touches it;
 * - a tab as four blanks, which is how Word writes it into HTML;
 * - zero-width spaces, word joiners and byte order marks gone; joiners (emoji, Persian, Indic scripts) and direction marks stay: they show;
 * - no blanks at the end of a line, none before the first and after the last letter: the CRM trims.
 */
export function canonicalText(text: string): string {
  if (plain.test(text)) return trimLines(text);
  const cleaned = text
    .replace(invisible, '')
    .replace(lineEnd, '\n')
    .replace(blank, ' ')
    .replaceAll('\t', '    ')
    .normalize('NFC');
  return trimLines(cleaned);
}

/** The same for texts that stand on one line (subject, place): a line break or a tab is one blank. */
export function canonicalLine(text: string): string {
  return canonicalText(text.replaceAll('\t', ' ')).replace(/\n[\n \u3000]*/g, ' ');
}

/** Most texts hold nothing that needs more than trimming. */
const plain = /^[\n\x20-\x7e\u00a1-\u02ff]*$/;

const invisible = /[\p{Cs}\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u2060\ufeff\ufdd0-\ufdef\ufffe\uffff]/gu;
const lineEnd = /\r\n|[\r\v\f\x85\u2028\u2029]/g;
const blank = /[\u00a0\u1680\u2000-\u200a\u202f\u205f]/g;

function trimLines(text: string): string {
  // Not /\s+$/: that takes a minute for a line of a million blanks and a letter.
  return text.split('\n').map((line) => line.trimEnd()).join('\n').trim();
}
