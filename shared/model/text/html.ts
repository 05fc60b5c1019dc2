import { formatElement, type Findings } from './html-elements.ts';
import { layOut, mark } from './layout.ts';
import { holdsMeetingBlock } from './meeting-block.ts';
import { readableLength } from './nesting.ts';

/**
 * `text` is canonical. `partial`: the HTML holds what the text cannot show (pictures, tables, embedded things, an online-meeting block), so that it
 * must not be replaced as a whole by an edited text (design 4).
 */
interface HtmlText {
  text: string;
  partial: boolean;
}

/** What is nested deeper is left out: the reader recurses. */
const deepestShown = 400;

/** Before this many elements are open, the parser stops. */
const mostOpen = 5_000;

/** Longer bodies are read up to here. */
const longestHtml = 4_000_000;

/** html-to-text has formatters of its own for these; ours replace them. */
const elements = ['*', 'a', 'article', 'aside', 'blockquote', 'br', 'div', 'footer', 'form', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'header', 'hr', 'img', 'main', 'nav', 'ol', 'p', 'pre', 'section', 'table', 'ul', 'wbr'];

export interface HtmlReader {
  /** What a person reads in the HTML. Anything is accepted; what cannot be read makes the text partial. */
  htmlToText(html: string): HtmlText;
}

/** html-to-text looks elements up by their names in plain objects, and breaks over one that every object has. As any other unknown element it shows its words. */
function withoutOddNames(html: string): string {
  return html.replace(/(<\/?)(constructor)(?=[\s/>]|$)/gi, '$1x-$2');
}

let reader: Promise<HtmlReader> | undefined;

/** The reader; its parser is loaded at first use, because it costs some 10 ms and most cold starts read no HTML. */
export function loadHtml(): Promise<HtmlReader> {
  return (reader ??= makeReader());
}

async function makeReader(): Promise<HtmlReader> {
  const { compile } = await import('html-to-text');
  // Conversions are synchronous, so there is one at a time.
  let findings: Findings = { partial: false, lists: [] };
  const convert = compile({
    wordwrap: false,
    // No element of this name: what stands outside of <body> (a gateway's disclaimer) is read, too.
    baseElements: { selectors: ['whole-document'] },
    formatters: { element: (element, walk, builder) => formatElement(findings, element, walk, builder) },
    selectors: elements.map((selector) => ({ selector, format: 'element' })),
    limits: { maxDepth: deepestShown, ellipsis: mark.cutOff },
  });
  return {
    htmlToText(html) {
      const readable = Math.min(longestHtml, readableLength(html, mostOpen));
      findings = { partial: readable < html.length, lists: [] };
      const { text, tableText, cutOff } = layOut(convert(withoutOddNames(html.slice(0, readable))));
      return { text, partial: findings.partial || tableText || cutOff || holdsMeetingBlock(html) };
    },
  };
}
