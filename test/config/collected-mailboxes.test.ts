import { describe, expect, it } from 'vitest';
import { parseCollectedMailboxes } from '../../shared/config/collected-mailboxes.ts';

function addresses(file: string): string[] {
  const read = parseCollectedMailboxes(file);
  if ('mistake' in read) throw new Error(read.mistake);
  return [...read.addresses];
}

function mistake(file: string): string {
  const read = parseCollectedMailboxes(file);
  return 'mistake' in read ? read.mistake : 'none';
}

describe('G3: CollectedMailboxes.xml', () => {
  it('lists addresses in the attribute Smtp of Mailbox under Mailboxes', () => {
    expect(addresses('<?xml version="1.0" encoding="utf-8"?>\r\n<Mailboxes>\r\n  <!-- testers -->\r\n  <Mailbox Smtp="Ada@Example.com" />\r\n  <Mailbox Smtp=\'bob@example.org\'></Mailbox>\r\n</Mailboxes>\r\n')).toEqual(['ada@example.com', 'bob@example.org']);
  });

  it('may begin with a byte order mark, and may carry attributes that the classic connector wrote', () => {
    expect(addresses('\uFEFF<Mailboxes version="2"><Mailbox Name="Ada" Smtp=" ada@example.com " Id="7"/></Mailboxes>')).toEqual(['ada@example.com']);
  });

  it('resolves references once', () => {
    expect(addresses('<Mailboxes><Mailbox Smtp="o&apos;x&#43;y&amp;z@example.com"/></Mailboxes>')).toEqual(["o'x+y&z@example.com"]);
  });

  it('without an entry lets nobody in', () => {
    expect(addresses('<Mailboxes/>')).toEqual([]);
    expect(addresses('<Mailboxes></Mailboxes>')).toEqual([]);
  });

  it.each([
    ['nothing at all', '', /well-formed|root element/],
    ['no XML', 'ada@example.com', /well-formed/],
    ['a file that is cut off', '<Mailboxes><Mailbox Smtp="ada@example.com"/>', /well-formed|root element/],
    ['another root', '<Users><Mailbox Smtp="ada@example.com"/></Users>', /one root element Mailboxes/],
    ['a second root', '<Mailboxes/><Mailboxes/>', /well-formed|one root element/],
    ['another element', '<Mailboxes><User Smtp="ada@example.com"/></Mailboxes>', /other than Mailbox/],
    ['an element inside Mailbox', '<Mailboxes><Mailbox Smtp="ada@example.com"><Mailbox Smtp="bob@example.com"/></Mailbox></Mailboxes>', /other than Mailbox/],
    ['text', '<Mailboxes>ada@example.com</Mailboxes>', /besides elements Mailbox/],
    ['text behind the root', '<Mailboxes/> more', /besides elements Mailbox|well-formed/],
    ['an attribute of another case', '<Mailboxes><Mailbox smtp="ada@example.com"/></Mailboxes>', /attribute Smtp, behind 0 good ones/],
    ['an attribute that only ends so', '<Mailboxes><Mailbox XSmtp="ada@example.com"/></Mailboxes>', /attribute Smtp/],
    ['an address that is none', '<Mailboxes><Mailbox Smtp="ada@example.com"/><Mailbox Smtp="Ada"/></Mailboxes>', /behind 1 good ones/],
    ['a document type', '<!DOCTYPE Mailboxes [<!ENTITY a "b">]><Mailboxes/>', /document type/],
    ['an unknown reference', '<Mailboxes><Mailbox Smtp="&a;@example.com"/></Mailboxes>', /well-formed/],
    ['a reference to a control character', '<Mailboxes><Mailbox Smtp="&#1;@example.com"/></Mailboxes>', /well-formed/],
    ['a reference to half of a surrogate pair', '<Mailboxes><Mailbox Smtp="x&#xD800;@example.com"/></Mailboxes>', /well-formed/],
    ['another encoding', '<\0M\0a\0i\0l\0b\0o\0x\0e\0s\0/\0>\0', /UTF-8/],
    ['a file without end', `<Mailboxes>${' '.repeat(4_000_001)}</Mailboxes>`, /too long/],
  ])('refuses %s with a way out, and quotes no address', (_name, file, sentence) => {
    expect(mistake(file)).toMatch(sentence);
    expect(mistake(file)).not.toContain('ada@');
  });
});
