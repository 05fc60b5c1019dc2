/** Words between two tags of an HTML source, without the blanks around them. */
export interface TextNode {
  /** In the source. */
  readonly start: number;
  readonly end: number;
  /** As a browser shows it: entities decoded, blanks of the source as one. */
  readonly text: string;
}

/** What holds no words, or words that are more than their letters: those of a link stand beside its address. */
const UNREAD = new Set(['a', 'button', 'head', 'noscript', 'object', 'pre', 'script', 'select', 'style', 'svg', 'template', 'textarea', 'title', 'xml']);

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** The nodes whose words can be changed by themselves. Others are left out; what is odd ends the list. */
export function textNodes(html: string): TextNode[] {
  const found: TextNode[] = [];
  const unread: string[] = [];
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    const end = open < 0 ? html.length : open;
    const node = unread.length === 0 ? nodeOf(html, at, end) : null;
    if (node !== null) found.push(node);
    if (open < 0) break;
    if (html.startsWith('<!--', open)) {
      const close = html.indexOf('-->', open + 4);
      if (close < 0) break;
      at = close + 3;
      continue;
    }
    const tag = /^<(\/?)([a-z][^\s/>]*)(?:[^>"']|"[^"]*"|'[^']*')*>|^<[!?][^>]*>/i.exec(html.slice(open, open + 20_000));
    if (tag === null) break;
    at = open + tag[0].length;
    const name = tag[2]?.toLowerCase() ?? '';
    if (!UNREAD.has(name)) continue;
    if (tag[1] === '/') {
      const index = unread.lastIndexOf(name);
      if (index >= 0) unread.splice(index);
    } else if (!tag[0].endsWith('/>')) unread.push(name);
  }
  return found;
}

function nodeOf(html: string, from: number, to: number): TextNode | null {
  const source = html.slice(from, to);
  const words = source.trim();
  if (words === '' || words === '&nbsp;') return null;
  // `trim` takes no-break spaces, too, which show: they stay outside of the node and where they are.
  const start = from + source.indexOf(words);
  const text = decoded(words.replace(/[ \t\r\n\f]+/g, ' '));
  return text === null ? null : { start, end: start + words.length, text };
}

/** Null where an entity stands there that is not known here. */
function decoded(text: string): string | null {
  let known = true;
  const plain = text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+\d*));?/gi, (whole, decimal: string | undefined, hex: string | undefined, name: string | undefined) => {
    if (name !== undefined) {
      const letter = ENTITIES[name.toLowerCase()];
      if (letter === undefined) known = false;
      return letter ?? whole;
    }
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    if (code === 0 || code > 0x10ffff) known = false;
    return code > 0x10ffff ? whole : String.fromCodePoint(code);
  });
  return known ? plain.replaceAll('\u00a0', ' ') : null;
}
