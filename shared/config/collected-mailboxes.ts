import { plainElements, XmlMistake } from './plain-xml.ts';

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
    if (error instanceof XmlMistake) return { mistake: error.message };
    throw error;
  }
}

function readAddresses(file: string): Set<string> {
  if (file.length > LONGEST) throw new XmlMistake('is too long: it may hold 4 million characters');
  const addresses = new Set<string>();
  let roots = 0;
  for (const { name, attributes, depth } of plainElements(file, 'holds something besides elements Mailbox: leave only <Mailbox Smtp="…"/> in it')) {
    if (depth === 0) {
      roots += 1;
      if (name !== 'Mailboxes' || roots > 1) throw new XmlMistake('must have one root element Mailboxes');
    } else {
      if (name !== 'Mailbox' || depth > 1) throw new XmlMistake('holds an element other than Mailbox under Mailboxes: leave only <Mailbox Smtp="…"/> in it');
      addresses.add(addressOf(attributes.get('Smtp'), addresses.size + 1));
    }
  }
  if (roots === 0) throw new XmlMistake('must have one root element Mailboxes');
  return addresses;
}

function addressOf(value: string | undefined, position: number): string {
  const address = (value ?? '').trim().toLowerCase();
  if (/^[^\s@]+@[^\s@]+$/.test(address)) return address;
  throw new XmlMistake(`has an entry without a mail address in its attribute Smtp, behind ${position - 1} good ones: write it like Smtp="name@example.com"`);
}
