import { canonicalText } from './canonical-text.ts';

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * Simple HTML for a plain text: one block, a `<br>` per line end, leading and repeated blanks as `&nbsp;`. Links stay text: Outlook shows them as links
 * by itself. What the HTML reader makes of it is the canonical text.
 */
export function textToHtml(text: string): string {
  return `<div>${canonicalText(text).split('\n').map(lineToHtml).join('<br>')}</div>`;
}

function lineToHtml(line: string): string {
  return line
    .replace(/[&<>"]/g, (char) => entities[char] ?? char)
    .replace(/^ +/, (blanks) => '&nbsp;'.repeat(blanks.length))
    .replace(/ {2,}/g, (blanks) => `${'&nbsp;'.repeat(blanks.length - 1)} `);
}
