import { parseCollectedMailboxes } from '../../../shared/config/collected-mailboxes.ts';
import { parseSyncSettings } from '../../../shared/config/sync-settings.ts';
import { law, lawOfSize, textOf, type Target } from '../target.ts';

/** XML files and fields of the predecessor. */

const CANARY = 'canary';
const NO_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\p{Surrogate}\ufffe\uffff]/u;

export const collectedMailboxes: Target = {
  name: 'collectedMailboxes',
  corpus: [
    '<?xml version="1.0" encoding="utf-8"?>\r\n<Mailboxes>\r\n  <!-- testers -->\r\n  <Mailbox Smtp="Canary@Example.com" />\r\n  <Mailbox Smtp=\'bob@example.org\'></Mailbox>\r\n</Mailboxes>\r\n',
    '\uFEFF<Mailboxes version="2"><Mailbox Name="Canary" Smtp=" o&apos;x&#43;y&amp;z@example.com " Id="7"/></Mailboxes>',
    '<Mailboxes/>',
  ],
  words: ['<Mailbox Smtp="a@b.example"/>', '<Mailboxes>', '</Mailboxes>', '</Mailbox>', ' Smtp="', '"/>', '&#65;', '&lt;', '&#x1;', ' a="', "='"],
  run(input) {
    const read = parseCollectedMailboxes(asDecoded(textOf(input)));
    if ('mistake' in read) {
      law(read.mistake.length < 300 && !read.mistake.toLowerCase().includes(CANARY), 'quotes the file in its mistake');
      return 'refused';
    }
    for (const address of read.addresses) law(address === address.trim().toLowerCase() && /^[^\s@]+@[^\s@]+$/.test(address) && !NO_TEXT.test(address), 'takes for an address what is none');
    lawOfSize([...read.addresses], input, 2);
    const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
    const again = parseCollectedMailboxes(`<Mailboxes>${[...read.addresses].map((address) => `<Mailbox Smtp="${escaped(address)}"/>`).join('')}</Mailboxes>`);
    law('addresses' in again && [...again.addresses].join(' ') === [...read.addresses].join(' '), 'reads another list where its own is written');
    return 'accepted';
  },
};

export const syncSettings: Target = {
  name: 'syncSettings',
  corpus: [
    '<SyncSettings><EmailSync SyncAttach="save_whole_msg" AttachSizeLimit="1024"/><AppointSync_Ex2Up SyncAttach="true" AttachSizeLimit="0" SyncPrivate="false"/><AppointSync_Up2Ex/><ContactSync Category="CRM &amp; canary"/></SyncSettings>',
    '<?xml version="1.0"?>\n<SyncSettings>\n<ContactSync Category=""></ContactSync><EmailSync SyncAttach="false"/></SyncSettings>',
    ' ',
  ],
  words: ['<EmailSync', '<Other/>', '<SyncSettings>', '</SyncSettings>', ' SyncPrivate="true"', ' SyncAttach="', 'AttachSizeLimit="999999999"', '<a b="', '/>', '<__proto__ constructor="1"/>'],
  run(input) {
    const { settings, odd } = parseSyncSettings(asDecoded(textOf(input)));
    law(!odd.join(' ').includes(CANARY), 'quotes a value in what it finds odd');
    law(odd.every((sentence) => sentence.length <= 150), 'says more of what is odd than it may');
    for (const [name, value] of Object.entries(settings)) {
      const fits = name === 'emailAttachments' ? ['message', 'yes', 'no'].includes(String(value)) : name === 'contactCategory' ? typeof value === 'string' && value.length <= 255 && !NO_TEXT.test(value) : name.endsWith('Limit') ? Number.isSafeInteger(value) && Number(value) >= 0 : typeof value === 'boolean';
      law(fits, `gives ${name} a value that it cannot have`);
    }
    return odd.length > 0 ? 'refused' : 'accepted';
  },
};

/** Bytes that were decoded hold no halves of surrogate pairs. */
function asDecoded(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
