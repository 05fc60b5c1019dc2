import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { webLinkOf } from '../../shared/config/web-link.ts';
import { withLine } from '../../shared/graph/event-web-link.ts';
import { loadHtml } from '../../shared/model/text/html.ts';
import { canonicalText } from '../../shared/model/text/canonical-text.ts';
import { textToHtml } from '../../shared/model/text/text-to-html.ts';
import { rulesWith } from '../crm/world.ts';
import { anyText } from '../model/text/any-text.ts';

const { htmlToText } = await loadHtml();
const link = webLinkOf(rulesWith({ webUrl: 'https://crm.example.com' }, { webLink: { show: 'body' } }));
if (link === null) throw new Error('There is an address.');
const address = link.address({ hex: '0000006400000041', id: '429496729665' });
const line = link.html(address);
const read = (html: string): string => link.strip(htmlToText(html).text);

/** How editors give a text back. */
const EDITED: readonly ((html: string) => string)[] = [
  (html) => html,
  (html) => `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{margin:0}</style></head><body lang=DE><div class=WordSection1>${html}</div></body></html>`,
  (html) => html.replaceAll('<div>', '<p class="MsoNormal">').replaceAll('</div>', '<o:p></o:p></p>'),
  (html) => html.replace(`>${address.replaceAll('&', '&amp;')}</a>`, `><span style="font-family:Arial">${address.replaceAll('&', '&amp;')}</span></a>`),
  (html) => html.replace('Open in CRM: ', 'Open&nbsp;in&nbsp;CRM:&nbsp;'),
  (html) => html.replaceAll('%3B', ';'),
  (html) => html.replaceAll('crm.example.com', 'CRM.example.com'),
  (html) => html.replace('<a href', '<a originalsrc="x" shash="y" href'),
  (html) => html.replaceAll('&amp;', '&'),
];

describe('G4: the line is nobody’s text', () => {
  it('whatever stands above it, and however an editor gives it back', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(...EDITED), (text, edit) => {
        const html = textToHtml(text);
        expect(read(edit(withLine(html, line)))).toBe(read(edit(html)));
      }),
    );
  });

  it('leaves what somebody writes below it or beside it', () => {
    expect(read(`${withLine('<div>One</div>', line)}<div>Two</div>`)).toBe('One\nTwo');
    expect(read(line.replace('</div>', ' see this</div>'))).toBe('see this');
    expect(read(line.replace('<div>', '<div>Look: '))).toBe('Look:');
  });

  it('taken out twice is taken out once', () => {
    fc.assert(
      fc.property(anyText, anyText, (before, after) => {
        const once = link.strip(canonicalText(`${before}Open in CRM: ${address}${after}`));
        expect(link.strip(once)).toBe(once);
      }),
    );
    expect(link.strip(`A\nOpen in CRM: ${address}\nB\nopen in crm: ${address}`)).toBe('A\nB');
  });

  it('is only that line: other links to the CRM are people’s', () => {
    for (const text of [address, `See ${address}`, 'Open in CRM: https://crm.example.com/crm/expand?uid=MA', 'Open in CRM: https://other.example.com', 'Open in CRM:']) expect(link.strip(text)).toBe(text);
  });

  it('stands inside of the body, at its end', () => {
    expect(withLine('<html><body><p>a</p></body></html>', line)).toBe(`<html><body><p>a</p>${line}</body></html>`);
    expect(withLine('', line)).toBe(line);
  });
});

describe('a label with two blanks in a row', () => {
  it('is found although HTML shows one of them', () => {
    const wide = webLinkOf(rulesWith({ webUrl: 'https://crm.example.com' }, { webLink: { show: 'body', label: 'Open  in CRM' } }));
    expect(wide?.strip(htmlToText(`<div>Agenda</div>${wide.html(address)}`).text)).toBe('Agenda');
  });
});
