import type { DomNode, FormatCallback, RecursiveCallback } from 'html-to-text';
import { mark } from './layout.ts';
import { isMeetingLink } from './meeting-block.ts';

type BlockTextBuilder = Parameters<FormatCallback>[2];

/** What one reading of an HTML text found; `lists` are the open ones, each with its next number (undefined: bullets). */
export interface Findings {
  partial: boolean;
  lists: { next: number | undefined }[];
}

const blocks = new Set(['address', 'article', 'aside', 'body', 'caption', 'center', 'dd', 'details', 'div', 'dt', 'fieldset', 'figcaption', 'figure', 'footer', 'form', 'header', 'html', 'main', 'nav', 'section', 'summary', 'tr']);
const paragraphs = new Set(['blockquote', 'dl', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6']);
const unshown = new Set(['datalist', 'head', 'noscript', 'script', 'style', 'template', 'title', 'xml']);
const embedded = new Set(['applet', 'audio', 'button', 'canvas', 'embed', 'iframe', 'input', 'math', 'meter', 'object', 'picture', 'progress', 'select', 'svg', 'textarea', 'video']);

/** Lists that are nested deeper stand no farther to the right: each of a million items would else bring hundreds of blanks. */
const DEEPEST_INDENT = 20;

/** Ends an item, so that an empty one leaves its bullet to nobody. */
const noBullet = `${mark.bullet}${mark.bullet}`;

/** Puts an element's words and marks into the builder; `layOut` makes lines of them. */
export function formatElement(findings: Findings, element: DomNode, walk: RecursiveCallback, builder: BlockTextBuilder): void {
  const name = element.name ?? '';
  if (unshown.has(name) || isHidden(element)) return;
  if (embedded.has(name) || showsPicture(element)) findings.partial = true;
  const put = (text: string): void => builder.addInline(text, { noWordTransform: true });
  const within = (start: string, end = start): void => {
    put(start);
    walk(element.children, builder);
    put(end);
  };
  if (blocks.has(name)) return within(mark.block);
  if (paragraphs.has(name)) return within(mark.paragraph);
  switch (name) {
    case 'br':
      return put(mark.lineBreak);
    case 'p':
      return within(isTight(element) ? mark.block : mark.paragraph);
    case 'a':
      return formatLink(findings, element, walk, builder);
    case 'table':
      return within(mark.tableStart, mark.tableEnd);
    case 'td':
    case 'th':
      return within(mark.cell, '');
    case 'ul':
    case 'ol': {
      findings.lists.push({ next: name === 'ol' ? firstNumber(element) : undefined });
      within(findings.lists.length > 1 ? mark.block : mark.paragraph);
      findings.lists.pop();
      return;
    }
    case 'li':
      return within(bullet(findings), noBullet);
    case 'pre':
      return formatPreformatted(element, walk, builder);
    case 'hr':
      return put(`${mark.block}${'_'.repeat(32)}${mark.block}`);
    default:
      walk(element.children, builder);
  }
}

function attribute(element: DomNode, name: string): string {
  const value: unknown = element.attribs?.[name];
  return typeof value === 'string' ? value : '';
}

function isHidden(element: DomNode): boolean {
  const style = attribute(element, 'style');
  return style !== '' && /(?:display\s{0,4}:\s{0,4}none|mso-hide\s{0,4}:\s{0,4}all)/i.test(style);
}

/** Spacers and counting pixels are no pictures. */
function showsPicture(element: DomNode): boolean {
  if (element.name !== 'img') return /^\s{0,4}cid:/i.test(attribute(element, 'src') || attribute(element, 'href') || attribute(element, 'background'));
  return !(isDot(attribute(element, 'width')) && isDot(attribute(element, 'height')));
}

function isDot(size: string): boolean {
  return /^[01](?:px)?$/.test(size);
}

/** Outlook's own paragraphs are lines without a distance; so are those in list items, and those that say so. */
function isTight(paragraph: DomNode): boolean {
  return (
    paragraph.parent?.name === 'li' ||
    /^"?Mso/.test(attribute(paragraph, 'class')) ||
    /(?:^|;)\s{0,4}margin(?:-top)?\s{0,4}:\s{0,4}0/i.test(attribute(paragraph, 'style'))
  );
}

function firstNumber(list: DomNode): number {
  const start = Number.parseInt(attribute(list, 'start'), 10);
  return Number.isNaN(start) ? 1 : start;
}

function bullet(findings: Findings): string {
  const list = findings.lists.at(-1);
  const indent = '\u00a0'.repeat(2 * Math.min(DEEPEST_INDENT, Math.max(0, findings.lists.length - 1)));
  const sign = list?.next === undefined ? '-' : `${list.next++}.`;
  return `${mark.bullet}${indent}${sign}\u00a0${mark.bullet}`;
}

/** The words, then the link where it says more than they do: `minutes <https://example.com/7>`. */
function formatLink(findings: Findings, element: DomNode, walk: RecursiveCallback, builder: BlockTextBuilder): void {
  const href = attribute(element, 'href').trim();
  if (isMeetingLink(href)) findings.partial = true;
  let words = '';
  builder.pushWordTransform((word) => {
    words += word;
    return word;
  });
  walk(element.children, builder);
  builder.popWordTransform();
  if (words === '' || !/^(?:https?|mailto|tel|ftp|file|sip|onenote|msteams):/i.test(href)) return;
  if (bareLink(words) !== bareLink(href)) builder.addInline(` <${href.replaceAll(' ', '%20')}>`, { noWordTransform: true });
}

function bareLink(link: string): string {
  return link
    .replace(/[\s\u00a0]+/g, '')
    .replace(/^(?:https?:\/\/|mailto:|tel:)/i, '')
    .replace(/\/$/, '')
    .toLowerCase();
}

function formatPreformatted(element: DomNode, walk: RecursiveCallback, builder: BlockTextBuilder): void {
  builder.addInline(mark.paragraph, { noWordTransform: true });
  builder.openBlock({ isPre: true, leadingLineBreaks: 0 });
  walk(element.children, builder);
  builder.closeBlock({ trailingLineBreaks: 0, blockTransform: (text) => text.replaceAll(' ', '\u00a0').replace(/\r\n|[\r\n]/g, mark.lineBreak) });
  builder.addInline(mark.paragraph, { noWordTransform: true });
}
