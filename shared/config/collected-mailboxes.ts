import { XMLValidator } from 'fast-xml-parser';

/**
 * The predecessor's further filter on the user list (connector-se 1.3): `<Mailboxes><Mailbox Smtp="…"/></Mailboxes>`. While the file exists, only
 * the addresses in it are synchronized.
 */
export const COLLECTED_MAILBOXES = 'CollectedMailboxes.xml';

/** Far beyond 10,000 mailboxes. */
const LONGEST = 4_000_000;

export type CollectedMailboxes = { readonly addresses: ReadonlySet<string> } | { readonly mistake: string };

/** The addresses, lower case; or what is wrong with the file, in words that follow its name and quote nothing of it. */
export function parseCollectedMailboxes(file: string): CollectedMailboxes {
  try {
    return { addresses: readAddresses(file) };
  } catch (error) {
    if (error instanceof Mistake) return { mistake: error.message };
    throw error;
  }
}

class Mistake extends Error {}

const NO_XML_CHARACTER = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFD-\uFFFF]/;
/** Comment, instruction, end tag (1), start tag (2) with attributes (3), empty or not (4), or white space. */
const PIECE = /<!--[^]*?-->|<\?[^]*?\?>|<\/([^\s<>/]+)\s*>|<([^\s<>/!?]+)((?:\s+[^\s=<>"'/]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|\s+/y;
const SMTP = /\sSmtp\s*=\s*(?:"([^"]*)"|'([^']*)')/;

function readAddresses(file: string): Set<string> {
  const text = file.startsWith('\uFEFF') ? file.slice(1) : file;
  if (text.length > LONGEST) throw new Mistake('is too long: it may hold 4 million characters');
  if (NO_XML_CHARACTER.test(text)) throw new Mistake('is not UTF-8 text: save it as UTF-8');
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw new Mistake('declares a document type: remove the declaration');
  if (XMLValidator.validate(text) !== true) throw new Mistake('is not well-formed XML: mend it');
  // What the validator passes may still be no XML (text behind the root): whatever does not have the one shape is a mistake.
  const addresses = new Set<string>();
  const open: string[] = [];
  let roots = 0;
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < text.length) {
    const [, end, start, attributes = '', empty] = PIECE.exec(text) ?? fail('holds something besides elements Mailbox: leave only <Mailbox Smtp="…"/> in it');
    if (end !== undefined && open.pop() !== end) throw new Mistake('is not well-formed XML: mend it');
    if (start === undefined) continue;
    if (open.length === 0) {
      roots += 1;
      if (start !== 'Mailboxes' || roots > 1) throw new Mistake('must have one root element Mailboxes');
    } else {
      if (start !== 'Mailbox' || open.length > 1) throw new Mistake('holds an element other than Mailbox under Mailboxes: leave only <Mailbox Smtp="…"/> in it');
      addresses.add(addressOf(attributes, addresses.size + 1));
    }
    if (empty === '') open.push(start);
  }
  if (roots === 0 || open.length > 0) throw new Mistake('must have one root element Mailboxes');
  return addresses;
}

function addressOf(attributes: string, position: number): string {
  const found = SMTP.exec(attributes);
  const address = resolve(found?.[1] ?? found?.[2] ?? '').trim().toLowerCase();
  if (/^[^\s@]+@[^\s@]+$/.test(address)) return address;
  throw new Mistake(`has an entry without a mail address in its attribute Smtp, behind ${position - 1} good ones: write it like Smtp="name@example.com"`);
}

const NAMED = new Map([['amp', '&'], ['lt', '<'], ['gt', '>'], ['quot', '"'], ['apos', "'"]]); // prettier-ignore

function resolve(text: string): string {
  return text.replace(/&([^;&]*);?/g, (whole, name: string) => {
    const code = /^#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}))$/.exec(name);
    const point = code === null ? null : code[1] === undefined ? Number(code[2]) : Number.parseInt(code[1], 16);
    const character = point === null ? NAMED.get(name) : point > 0 && point <= 0x10_ff_ff ? String.fromCodePoint(point) : undefined;
    return whole.endsWith(';') && character !== undefined ? character : fail('is not well-formed XML: mend it');
  });
}

function fail(mistake: string): never {
  throw new Mistake(mistake);
}
