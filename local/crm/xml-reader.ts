import type { XmlElement } from './xml-element.ts';

/** The text is not one well-formed XML document, or has a DOCTYPE. `message` names the place, never the content. */
export class MalformedXml extends Error {
  override name = 'MalformedXml';
}

const NAME = /[A-Za-z_:\u00c0-\ufffd][\w.:\-\u00b7-\ufffd]*/y;
/** Characters of one unit that XML allows: most texts hold no others. */
const PLAIN = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd]*$/;
/** What XML 1.0 allows as a character; a lone surrogate is none. */
const ILLEGAL = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/**
 * Reads a document strictly. Written by hand because the validator of fast-xml-parser 5.12 takes two roots, text behind
 * the root, unknown entities, `<` in an attribute and a DOCTYPE for well formed, and an IIS would not.
 * Namespace prefixes are dropped: the request language is namespace-neutral (connector-se 3.4).
 */
export function readXml(source: string): XmlElement {
  let at = source.startsWith('\ufeff') ? 1 : 0;
  const text = source;

  const fail = (what: string): never => {
    throw new MalformedXml(`The XML is not well formed: ${what} at character ${at}. Send one well-formed document.`);
  };
  const illegal = PLAIN.test(text) ? null : ILLEGAL.exec(text);
  if (illegal !== null) {
    at = illegal.index;
    fail('a character that XML does not allow');
  }

  const skipSpace = (): boolean => {
    const from = at;
    while (isSpace(text.charCodeAt(at))) at += 1;
    return at > from;
  };
  const readName = (): string => {
    NAME.lastIndex = at;
    const found = NAME.exec(text);
    if (found === null) return fail('a name is missing');
    at = NAME.lastIndex;
    return found[0];
  };
  const decode = (raw: string, start: number): string => {
    if (!raw.includes('&')) return raw;
    return raw.replace(/&([^;&<\s]*)(;?)/g, (_whole, name: string, end: string, offset: number) => {
      at = start + offset;
      if (end === '') return fail('an & that starts no entity');
      const known = ENTITIES[name];
      if (known !== undefined) return known;
      const digits = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
      if (digits === null) return fail('an unknown entity');
      const code = digits[1] === undefined ? Number.parseInt(digits[2] ?? '', 10) : Number.parseInt(digits[1], 16);
      if (code > 0x10ffff) return fail('a character reference beyond Unicode');
      const character = String.fromCodePoint(code);
      return ILLEGAL.test(character) ? fail('a reference to a character that XML does not allow') : character;
    });
  };
  /** Comment or processing instruction; true where one was passed. */
  const skipAside = (): boolean => {
    if (text.startsWith('<!--', at)) {
      const end = text.indexOf('--', at + 4);
      if (end < 0 || text[end + 2] !== '>') fail('a comment that does not end, or holds --');
      at = end + 3;
      return true;
    }
    if (text.startsWith('<?', at)) {
      if (/^<\?xml[\s?]/i.test(text.slice(at, at + 6))) fail('an XML declaration that does not stand first');
      const end = text.indexOf('?>', at + 2);
      if (end < 0) fail('a processing instruction that does not end');
      at = end + 2;
      return true;
    }
    if (text.startsWith('<!DOCTYPE', at)) fail('a DOCTYPE, which is refused,');
    return false;
  };

  const readAttributes = (): Record<string, string> => {
    const attributes: Record<string, string> = {};
    for (;;) {
      const spaced = skipSpace();
      const next = text[at];
      if (next === '>' || next === '/' || next === undefined) return attributes;
      if (!spaced) fail('no space between attributes');
      const name = readName();
      skipSpace();
      if (text[at] !== '=') fail('an attribute without a value');
      at += 1;
      skipSpace();
      const quote = text[at];
      if (quote !== '"' && quote !== "'") return fail('an attribute value without quotes');
      const start = at + 1;
      const end = text.indexOf(quote, start);
      if (end < 0) fail('an attribute value that does not end');
      const raw = text.slice(start, end);
      if (raw.includes('<')) fail('a < in an attribute value');
      if (Object.hasOwn(attributes, name)) fail('an attribute that stands twice');
      attributes[name] = decode(raw.replace(/\r\n|[\r\n\t]/g, ' '), start);
      at = end + 1;
    }
  };

  const readElement = (): XmlElement => {
    const open: { element: XmlElement; tag: string }[] = [];
    for (;;) {
      if (text.startsWith('<![CDATA[', at)) {
        const end = text.indexOf(']]>', at + 9);
        if (end < 0) fail('a CDATA section that does not end');
        open.at(-1)?.element.children.push(text.slice(at + 9, end).replace(/\r\n?/g, '\n'));
        at = end + 3;
      } else if (text.startsWith('</', at)) {
        at += 2;
        const tag = readName();
        skipSpace();
        const closing = open.pop();
        if (text[at] !== '>' || closing?.tag !== tag) fail('an end tag that closes nothing');
        at += 1;
        if (open.length === 0 && closing !== undefined) return closing.element;
      } else if (text[at] === '<') {
        if (!skipAside()) {
          at += 1;
          const tag = readName();
          const current: XmlElement = { name: local(tag), attributes: readAttributes(), children: [] };
          open.at(-1)?.element.children.push(current);
          if (text.startsWith('/>', at)) {
            at += 2;
            if (open.length === 0) return current;
          } else if (text[at] === '>') {
            at += 1;
            open.push({ element: current, tag });
          } else fail('a tag that does not end');
        }
      } else {
        const end = text.indexOf('<', at);
        if (end < 0) fail('an element that does not end');
        const raw = text.slice(at, end);
        if (raw.includes(']]>')) fail(']]> in a text');
        open.at(-1)?.element.children.push(decode(raw.replace(/\r\n?/g, '\n'), at));
        at = end;
      }
    }
  };

  if (/^<\?xml[ \t\r\n]/.test(text.slice(at, at + 6))) {
    const declaration = /^<\?xml\s+version\s*=\s*["']1\.[0-9]+["'](\s+encoding\s*=\s*["']([\w.-]+)["'])?(\s+standalone\s*=\s*["'](yes|no)["'])?\s*\?>/.exec(
      text.slice(at, at + 200),
    );
    if (declaration === null) return fail('a broken XML declaration');
    if (declaration[2] !== undefined && declaration[2].toLowerCase() !== 'utf-8') fail('an encoding that is not utf-8');
    at += declaration[0].length;
  }
  do skipSpace();
  while (skipAside());
  if (text[at] !== '<') fail('no root element');
  const root = readElement();
  do skipSpace();
  while (skipAside());
  if (at < text.length) fail('something behind the root element');
  return root;
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x09 || unit === 0x0d || unit === 0x0a;
}

function local(tag: string): string {
  const colon = tag.indexOf(':');
  return colon < 0 ? tag : tag.slice(colon + 1);
}
