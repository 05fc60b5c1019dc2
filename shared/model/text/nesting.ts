const voids = new Set(['area', 'base', 'basefont', 'br', 'col', 'command', 'embed', 'frame', 'hr', 'img', 'input', 'isindex', 'keygen', 'link', 'meta', 'param', 'source', 'track', 'wbr']);
/** As the parser has it: an iframe's content is HTML to it. */
const rawTexts = new Set(['script', 'style', 'textarea', 'title', 'xmp']);

const greaterThan = 0x3e;
const equals = 0x3d;
const tagName = /[a-z][^\s/>]*/iy;

/**
 * How much of the HTML can be read before more than `deepest` elements may be open at once: all of it, unless somebody means harm. The parser's time grows
 * with the square of the depth (a minute for a megabyte of `<b>`). An element that is never closed counts to the end.
 */
export function readableLength(html: string, deepest: number): number {
  const open = new Map<string, number>();
  let depth = 0;
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at)) {
    const start = at;
    const closing = html[at + 1] === '/';
    tagName.lastIndex = at + (closing ? 2 : 1);
    const name = tagName.exec(html)?.[0].toLowerCase();
    if (name === undefined) {
      at = endOfOther(html, at);
      continue;
    }
    at = endOfTag(html, tagName.lastIndex);
    if (voids.has(name)) continue;
    const count = open.get(name) ?? 0;
    if (closing) {
      if (count === 0) continue;
      open.set(name, count - 1);
      depth -= 1;
    } else {
      open.set(name, count + 1);
      depth += 1;
      if (depth > deepest) return start;
      if (rawTexts.has(name)) at = upTo(html, `</${name}`, at);
    }
  }
  return html.length;
}

/** Comments, declarations, and a `<` that is only a letter. */
function endOfOther(html: string, at: number): number {
  if (html.startsWith('<!--', at)) return upTo(html, '-->', at + 4);
  return '!?/'.includes(html[at + 1] ?? ' ') ? upTo(html, '>', at) : at + 1;
}

/** A quoted value may hold `>`. */
function endOfTag(html: string, from: number): number {
  let value = false;
  for (let at = from; at < html.length; at++) {
    const code = html.charCodeAt(at);
    if (code === greaterThan) return at + 1;
    if (code === equals) value = true;
    else if (value && (html[at] === '"' || html[at] === "'")) {
      at = upTo(html, html[at] ?? '"', at + 1);
      value = false;
    } else if (code > 0x20) value = false;
  }
  return html.length;
}

function upTo(html: string, end: string, from: number): number {
  const found = html.indexOf(end, from);
  return found < 0 ? html.length : found;
}
