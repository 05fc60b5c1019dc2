import { XMLValidator } from 'fast-xml-parser';

/** Small XML files of the predecessor, which hold elements with attributes and nothing else. */

export interface PlainElement {
  readonly name: string;
  /** References resolved. */
  readonly attributes: ReadonlyMap<string, string>;
  /** 0 = the root. */
  readonly depth: number;
}

/** What is wrong with such a text, in words that follow its name and quote nothing of it. */
export class XmlMistake extends Error {}

const NO_XML_CHARACTER = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFD-\uFFFF]/;
/** Comment, instruction, end tag (1), start tag (2) with attributes (3), empty or not (4), or white space. */
const PIECE = /<!--[^]*?-->|<\?[^]*?\?>|<\/([^\s<>/]+)\s*>|<([^\s<>/!?]+)((?:\s+[^\s=<>"'/]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|\s+/y;
const ATTRIBUTE = /\s([^\s=<>"'/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** Its elements in order. Throws XmlMistake; `besides`: how it is called that there is something else in the text. */
export function* plainElements(file: string, besides: string): Generator<PlainElement> {
  const text = file.startsWith('\uFEFF') ? file.slice(1) : file;
  if (NO_XML_CHARACTER.test(text)) throw new XmlMistake('is not UTF-8 text: save it as UTF-8');
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw new XmlMistake('declares a document type: remove the declaration');
  if (XMLValidator.validate(text) !== true) throw new XmlMistake(MALFORMED);
  // What the validator passes may still be no XML (text behind the root): whatever does not have the one shape is a mistake.
  const open: string[] = [];
  PIECE.lastIndex = 0;
  let at = 0;
  while (at < text.length) {
    PIECE.lastIndex = at;
    const piece = PIECE.exec(text);
    if (piece === null) throw new XmlMistake(besides);
    at = PIECE.lastIndex;
    const [, end, start, attributes = '', empty] = piece;
    if (end !== undefined && open.pop() !== end) throw new XmlMistake(MALFORMED);
    if (start === undefined) continue;
    yield { name: start, attributes: attributesIn(attributes), depth: open.length };
    if (empty === '') open.push(start);
  }
  if (open.length > 0) throw new XmlMistake(MALFORMED);
}

const MALFORMED = 'is not well-formed XML: mend it';

function attributesIn(text: string): Map<string, string> {
  return new Map([...text.matchAll(ATTRIBUTE)].map(([, name = '', double, single]) => [name, resolve(double ?? single ?? '')]));
}

const NAMED = new Map([['amp', '&'], ['lt', '<'], ['gt', '>'], ['quot', '"'], ['apos', "'"]]); // prettier-ignore

function resolve(text: string): string {
  return text.replace(/&([^;&]*);?/g, (whole, name: string) => {
    const code = /^#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}))$/.exec(name);
    const point = code === null ? null : code[1] === undefined ? Number(code[2]) : Number.parseInt(code[1], 16);
    const character = point === null ? NAMED.get(name) : isXmlCharacter(point) ? String.fromCodePoint(point) : undefined;
    if (!whole.endsWith(';') || character === undefined) throw new XmlMistake(MALFORMED);
    return character;
  });
}

/** A reference names no character either that could not stand there itself. */
function isXmlCharacter(point: number): boolean {
  return point === 9 || point === 10 || point === 13 || (point >= 0x20 && point <= 0xd7ff) || (point >= 0xe000 && point < 0xfffd) || (point >= 0x10000 && point <= 0x10ffff);
}
