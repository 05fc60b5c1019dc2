import type { HtmlReader } from './html.ts';
import { isMeetingLink } from './meeting-block.ts';
import { textNodes, type TextNode } from './text-nodes.ts';
import { lineHunks, type Hunk } from './line-hunks.ts';
import { textToHtml } from './text-to-html.ts';

/** Longer bodies are not edited in place: their edit goes to the conflict log. */
export const LONGEST_EDITED_HTML = 128 * 1_024;

/**
 * An HTML text as it is after a person edited what the other side shows of it: only the words that he changed are others, whatever stands around them
 * (pictures, tables, an online-meeting block) stays byte for byte. Null where that cannot be done, or cannot be proven: the result is read again and must
 * say exactly what he wrote (design 4).
 *
 * @param from canonical text of the HTML
 * @param to canonical text that is wanted
 */
export function editedHtml(html: string, from: string, to: string, reader: HtmlReader): string | null {
  if (html.length > LONGEST_EDITED_HTML || from === to) return null;
  const before = reader.htmlToText(html);
  if (before.text !== from) return null;
  const hunks = lineHunks(from, to);
  if (hunks === null) return null;
  const changed = apply(html, from, hunks, reader);
  if (changed === null) return null;
  const after = reader.htmlToText(changed);
  return after.text === to && after.partial === before.partial ? changed : null;
}

interface Change {
  readonly start: number;
  readonly end: number;
  readonly html: string;
}

/** Where one of our marks stands before a node's first letter. */
interface Placed extends TextNode {
  /** First letter in the canonical text. */
  readonly at: number;
}

function apply(html: string, from: string, hunks: readonly Hunk[], reader: HtmlReader): string | null {
  const block = meetingLines(from);
  const placed = placeNodes(html, from, reader);
  const changes: Change[] = [];
  for (const hunk of hunks) {
    if (block !== null && touches(hunk, block)) return null;
    const change = within(hunk, placed, from) ?? atTheEdge(hunk, from, html);
    if (change === null) return null;
    changes.push(change);
  }
  // From the last to the first, so that what was counted before stays true. Two changes of one node would overwrite each other.
  const ordered = changes.sort((a, b) => b.start - a.start);
  if (ordered.some((one, index) => index > 0 && one.end > (ordered[index - 1]?.start ?? 0))) return null;
  return ordered.reduce((text, { start, end, html: piece }) => text.slice(0, start) + piece + text.slice(end), html);
}

const FIRST_MARK = 0xe000;
const MARKS = 0x1900;
const mark = (index: number): string => String.fromCharCode(FIRST_MARK + index);

/**
 * Each text node gets a letter of its own that nobody writes, and the HTML is read once: where the letter turns up is where the node begins. Nothing is known
 * of nodes that show otherwise than they stand in the source.
 */
function placeNodes(html: string, from: string, reader: HtmlReader): Placed[] {
  const nodes = textNodes(html);
  if (nodes.length > MARKS || /[\ue000-\uf8ff]/.test(html)) return [];
  let marked = '';
  let at = 0;
  for (const [index, { start }] of nodes.entries()) {
    marked += html.slice(at, start) + mark(index);
    at = start;
  }
  const { text } = reader.htmlToText(marked + html.slice(at));
  if (text.replace(/[\ue000-\uf8ff]/g, '') !== from) return [];
  const placed: Placed[] = [];
  let marks = 0;
  for (let position = 0; position < text.length; position += 1) {
    const index = text.charCodeAt(position) - FIRST_MARK;
    const node = index >= 0 && index < MARKS ? nodes[index] : undefined;
    if (node === undefined) continue;
    const first = position - marks;
    marks += 1;
    if (from.startsWith(node.text, first)) placed.push({ ...node, at: first });
  }
  return placed;
}

/** The hunk lies in the words of one node. */
function within({ start, end, text }: Hunk, placed: readonly Placed[], from: string): Change | null {
  const fits = (node: Placed, a: number, b: number): boolean => node.at <= a && b <= node.at + node.text.length;
  const node = placed.find((one) => fits(one, start, end));
  if (node !== undefined) return changeOf(node, start, end, text);
  // Whole lines that come in stand behind the end of the line before as well as before the next one.
  if (start !== end || !text.endsWith('\n') || from[start - 1] !== '\n') return null;
  const before = placed.find((one) => fits(one, start - 1, start - 1));
  return before === undefined ? null : changeOf(before, start - 1, start - 1, `\n${text.slice(0, -1)}`);
}

function changeOf(node: Placed, start: number, end: number, text: string): Change {
  const words = node.text.slice(0, start - node.at) + text + node.text.slice(end - node.at);
  // Blanks of the source around the words stay; the words are written as any text of ours.
  return { start: node.start, end: node.end, html: inner(words) };
}

/** As our own texts are written, without the block around them. */
function inner(text: string): string {
  const padded = `.${text}.`;
  return textToHtml(padded).slice('<div>.'.length, -'.</div>'.length);
}

/** Whole lines before the first or behind the last one: a block of their own. */
function atTheEdge({ start, end, text }: Hunk, from: string, html: string): Change | null {
  if (start !== end) return null;
  if (start === 0 && (text.endsWith('\n') || from === '')) {
    const body = /<body\b[^>]*>/i.exec(html);
    const at = body === null ? 0 : body.index + body[0].length;
    return { start: at, end: at, html: textToHtml(text) };
  }
  if (start === from.length && text.startsWith('\n')) {
    const closing = html.search(/<\/body\s*>/i);
    const at = closing < 0 ? html.length : closing;
    return { start: at, end: at, html: linesBehind(text.slice(1)) };
  }
  return null;
}

/** Empty lines at the beginning of a block are kept by a blank in the first of them. */
function linesBehind(text: string): string {
  return text.startsWith('\n') ? `<div>&nbsp;</div>${linesBehind(text.slice(1))}` : textToHtml(text);
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** From the first to the last line that belongs to an online meeting: Graph ends the meeting of an event whose block is spoilt (graph.md 13). */
function meetingLines(text: string): Range | null {
  const lines: Range[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    const end = start + line.length;
    if (line.includes('_'.repeat(40)) || isMeetingLink(line)) lines.push({ start, end });
    start = end + 1;
  }
  const [first] = lines;
  return first === undefined ? null : { start: first.start, end: lines.at(-1)?.end ?? first.end };
}

/** Lines may come in right before and right behind a block. */
function touches({ start, end, text }: Hunk, block: Range): boolean {
  if (start === end && start === block.start && text.endsWith('\n')) return false;
  if (start === end && start === block.end && text.startsWith('\n')) return false;
  return start <= block.end && end >= block.start;
}
