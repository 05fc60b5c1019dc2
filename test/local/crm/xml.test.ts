import { describe, expect, it } from 'vitest';
import { element } from '../../../local/crm/xml-element.ts';
import { MalformedXml, readXml } from '../../../local/crm/xml-reader.ts';
import { writeXml } from '../../../local/crm/xml-writer.ts';

describe('reading a request', () => {
  it.each([
    ['two roots', '<a/><b/>'],
    ['text behind the root', '<a/>x'],
    ['text before the root', 'x<a/>'],
    ['an unknown entity', '<a>&nbsp;</a>'],
    ['an unknown entity in an attribute', '<a b="&nope;"/>'],
    ['a bare ampersand', '<a>a & b</a>'],
    ['a < in an attribute', '<a b="<"/>'],
    ['an attribute without quotes', '<a b=1/>'],
    ['an attribute that stands twice', '<a b="1" b="2"/>'],
    ['attributes without a space', '<a b="1"c="2"/>'],
    ['a control character', '<a>\u0001</a>'],
    ['a reference to one', '<a>&#0;</a>'],
    ['a lone surrogate', '<a>\ud800</a>'],
    ['tags that cross', '<a><b></a></b>'],
    ['an end that is missing', '<a><b></b>'],
    ['a cut tag', '<a><b att'],
    ['nothing', ''],
    ['a DOCTYPE', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['a DOCTYPE behind the declaration', '<?xml version="1.0"?><!DOCTYPE a><a/>'],
    ['a declaration that does not stand first', ' <?xml version="1.0"?><a/>'],
    ['another encoding', '<?xml version="1.0" encoding="iso-8859-1"?><a/>'],
    ['-- in a comment', '<a><!-- a -- b --></a>'],
    ['an open CDATA section', '<a><![CDATA[x]]</a>'],
    ['the end of a CDATA section in a text', '<a>]]></a>'],
    ['a name that starts with a digit', '<1a/>'],
  ])('refuses %s', (_what, text) => {
    expect(() => readXml(text)).toThrow(MalformedXml);
  });

  it('reads entities, references, CDATA and comments, and drops prefixes', () => {
    const root = readXml(
      '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<!-- x --><n:a b=\'1 "&lt;&#x41;\'>x &amp; y<![CDATA[<&>]]><!-- no -->&#x1F600;</n:a>\n',
    );
    expect(root).toEqual(element('a', { b: '1 "<A' }, ['x & y', '<&>', '😀']));
  });

  it('reads a line end as one line feed', () => {
    expect(readXml('<a>x\r\ny\rz</a>').children).toEqual(['x\ny\nz']);
  });
});

describe('writing an answer', () => {
  it('escapes texts and attributes so that they come back as they were', () => {
    const root = element('a', { b: '<"&\'>\n\t' }, ['<x> & ]]> "\'', element('c')]);
    expect(readXml(writeXml(root, 'lf'))).toEqual(root);
  });

  it('drops characters that XML cannot hold', () => {
    expect(writeXml(element('a', {}, ['x\u0000y\ud800z']), 'lf')).toContain('<a>xyz</a>');
  });

  it('ends lines as the quirk says', () => {
    const root = element('a', {}, ['x\ny']);
    expect(writeXml(root, 'lf')).toContain('x\ny');
    expect(writeXml(root, 'crlf')).toContain('x\r\ny');
    expect(writeXml(root, 'crlf-entity')).toContain('x&#xD;\ny');
  });
});
