import { describe, expect, it } from 'vitest';
import { parseSyncSettings, unusedIn } from '../../shared/config/sync-settings.ts';

const DOCUMENTED = `<SyncSettings>
  <EmailSync SyncAttach="save_whole_msg" AttachSizeLimit="4096"/>
  <AppointSync_Ex2Up SyncAttach="false" AttachSizeLimit="0" SyncPrivate="true"/>
  <AppointSync_Up2Ex/>
  <ContactSync Category="CRM contacts"/>
</SyncSettings>`;

describe("G3: the predecessor's SyncSettings", () => {
  it('are read as they are documented', () => {
    expect(parseSyncSettings(DOCUMENTED)).toEqual({
      settings: { emailAttachments: 'message', emailAttachmentLimit: 4096, appointmentAttachments: false, appointmentAttachmentLimit: 0, syncPrivate: true, contactCategory: 'CRM contacts' },
      odd: [],
    });
  });

  it('that are empty set nothing, and are no mistake', () => {
    for (const text of ['', ' \r\n', '<SyncSettings/>', '<?xml version="1.0"?><SyncSettings></SyncSettings>']) expect(parseSyncSettings(text)).toEqual({ settings: {}, odd: [] });
  });

  it('keep an empty category apart from none', () => {
    expect(parseSyncSettings('<SyncSettings><ContactSync Category=""/></SyncSettings>').settings).toEqual({ contactCategory: '' });
    expect(parseSyncSettings('<SyncSettings><ContactSync/></SyncSettings>').settings).toEqual({});
  });

  it.each([
    ['an unknown element', '<SyncSettings><TaskSync Days="7"/><AppointSync_Ex2Up SyncPrivate="false"/></SyncSettings>', /^TaskSync is not known there$/],
    ['an unknown attribute', '<SyncSettings><AppointSync_Ex2Up SyncPrivate="false" Colour="red"/></SyncSettings>', /^AppointSync_Ex2Up\/@Colour is not known$/],
    ['an attribute of another case', '<SyncSettings><AppointSync_Ex2Up SyncPrivate="false" syncattach="true"/></SyncSettings>', /@syncattach is not known$/],
    ['a value that it cannot have', '<SyncSettings><AppointSync_Ex2Up SyncPrivate="false" SyncAttach="Smith"/></SyncSettings>', /^AppointSync_Ex2Up\/@SyncAttach has a value that it cannot have$/],
    ['a size that is none', '<SyncSettings><AppointSync_Ex2Up SyncPrivate="false" AttachSizeLimit="-1"/></SyncSettings>', /@AttachSizeLimit has a value/],
    ['an element twice', '<SyncSettings><AppointSync_Ex2Up SyncPrivate="false"/><AppointSync_Ex2Up SyncPrivate="true"/></SyncSettings>', /stands twice: the first counts/],
    ['an element inside another', '<SyncSettings><AppointSync_Ex2Up SyncPrivate="false"><AppointSync_Ex2Up SyncPrivate="true"/></AppointSync_Ex2Up></SyncSettings>', /not known there/],
    ['a name that no setting has', '<SyncSettings><AppointSync_Ex2Up SyncPrivate="false"/><Müller.Karl/></SyncSettings>', /^a name is not known there$/],
  ])('tell of %s, and count without it', (_what, text, sentence) => {
    const { settings, odd } = parseSyncSettings(text);
    expect(settings).toEqual({ syncPrivate: false });
    expect(odd).toHaveLength(1);
    expect(odd[0]).toMatch(sentence);
    expect(odd.join()).not.toMatch(/Smith|Müller/);
  });

  it.each([
    ['are cut off', '<SyncSettings><AppointSync_Ex2Up SyncPrivate="true"/>', /well-formed/],
    ['have another root', '<Settings><AppointSync_Ex2Up SyncPrivate="true"/></Settings>', /one root element SyncSettings/],
    ['hold text', '<SyncSettings>private<AppointSync_Ex2Up SyncPrivate="true"/></SyncSettings>', /besides elements and attributes/],
    ['declare a document type', '<!DOCTYPE a [<!ENTITY b "c">]><SyncSettings><AppointSync_Ex2Up SyncPrivate="true"/></SyncSettings>', /document type/],
    ['are no XML', 'private=yes', /well-formed/],
  ])('that %s set nothing at all', (_what, text, sentence) => {
    const { settings, odd } = parseSyncSettings(text);
    expect(settings).toEqual({});
    expect(odd.join()).toMatch(sentence);
  });

  it('name those that change nothing yet', () => {
    expect(unusedIn(parseSyncSettings(DOCUMENTED).settings)).toEqual(['EmailSync/@SyncAttach', 'EmailSync/@AttachSizeLimit', 'AppointSync_Ex2Up/@SyncAttach', 'AppointSync_Ex2Up/@AttachSizeLimit', 'ContactSync/@Category']);
    expect(unusedIn({ syncPrivate: true })).toEqual([]);
  });
});
