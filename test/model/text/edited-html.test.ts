import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { canonicalText } from '../../../shared/model/text/canonical-text.ts';
import { editedHtml } from '../../../shared/model/text/edited-html.ts';
import { loadHtml, type HtmlReader } from '../../../shared/model/text/html.ts';
import { anyText } from './any-text.ts';
import { REAL_BODIES } from './bodies.ts';

let reader: HtmlReader;
beforeAll(async () => {
  reader = await loadHtml();
});

const read = (html: string): string => reader.htmlToText(html).text;
const edit = (html: string, change: (text: string) => string): string | null => editedHtml(html, read(html), canonicalText(change(read(html))), reader);
const tags = (html: string): string[] => html.match(/<[^>]*>/g) ?? [];

const PICTURE = '<html><body><p>Above the plan</p><p><img src="cid:1" width="300"></p><p>Below it</p></body></html>';

describe('an HTML text of which somebody edited what the other side shows', () => {
  it.each([
    ['a word', (text: string) => text.replace('plan', 'drawing'), '<p>Above the drawing</p><p><img src="cid:1" width="300"></p><p>Below it</p>'],
    ['two words, far apart', (text: string) => text.replace('Above', 'Over').replace('it', 'that'), '<p>Over the plan</p><p><img src="cid:1" width="300"></p><p>Below that</p>'],
    ['letters that HTML has another use for', (text: string) => text.replace('plan', '<b> & "plan"'), '<p>Above the &lt;b&gt; &amp; &quot;plan&quot;</p><p><img src="cid:1" width="300"></p><p>Below it</p>'],
    ['a line behind the last one', (text: string) => `${text}\nand more`, '<p>Above the plan</p><p><img src="cid:1" width="300"></p><p>Below it<br>and more</p>'],
    ['a line before the first one', (text: string) => `First\n${text}`, '<p>First<br>Above the plan</p><p><img src="cid:1" width="300"></p><p>Below it</p>'],
  ])('changes %s and nothing else', (_, change, inner) => {
    expect(edit(PICTURE, change)).toBe(`<html><body>${inner}</body></html>`);
  });

  it('is left alone where words on both sides of a picture became one line', () => {
    expect(edit(PICTURE, () => 'All of it is new')).toBe(null);
  });

  it('is left alone where the edit is in an online-meeting block, and changed before and behind it', () => {
    const teams = REAL_BODIES.find(({ name }) => name === 'a Teams meeting')?.content ?? '';
    expect(edit(teams, (text) => text.replace('313 224 005 881', '1'))).toBe(null);
    expect(edit(teams, (text) => text.replace(/_{40,}\n[\s\S]*/, ''))).toBe(null);
    expect(edit(teams, (text) => `Before\n${text}`)).toContain('Before');
    expect(edit(teams, (text) => `${text}\nBehind`)).toContain('Behind');
  });

  it('takes the first words of a body that showed none', () => {
    expect(edit('<html><body><img src="cid:1" width="300"></body></html>', () => 'Words')).toBe('<html><body><div>Words</div><img src="cid:1" width="300"></body></html>');
  });

  it('is not edited where it is very long', () => {
    expect(edit(`<p>a</p><img src="cid:1" width="300">${'<p>b</p>'.repeat(20_000)}`, (text) => text.replace('a', 'c'))).toBe(null);
  });

  it.each(REAL_BODIES.filter(({ edit: word, contentType }) => word !== null && contentType === 'html'))('keeps what it must of $name', ({ content, keeps, edit: word }) => {
    const changed = edit(content, (text) => text.replace(word ?? '', 'EDITED'));
    expect(changed).not.toBe(null);
    expect(read(changed ?? '')).toBe(read(content).replace(word ?? '', 'EDITED'));
    for (const part of keeps) expect(changed).toContain(part);
    expect(tags(changed ?? '')).toEqual(tags(content));
  });

  it('never says anything but what was wanted, and keeps every tag that stood there', () => {
    const pieces = fc.constantFrom('<p>', '</p>', '<div>', '</div>', '<b>', '</b>', '<br>', '<img src="cid:1" width="99" height="99">', '<table><tr><td>', '</td></tr></table>', '<ul><li>', '</li></ul>', '<a href="https://example.com/7">', '</a>', '<!-- c -->', '&nbsp;', '\r\n');
    const anyHtml = fc.array(fc.oneof({ weight: 2, arbitrary: pieces }, anyText.map((text) => text.replace(/[<&]/g, ' '))), { maxLength: 12 }).map((parts) => `<html><body>${parts.join('')}</body></html>`);
    let edited = 0;
    fc.assert(
      fc.property(anyHtml, fc.nat(), fc.nat(6), anyText, (html, where, length, words) => {
        const from = read(html);
        const at = from.length === 0 ? 0 : where % from.length;
        const to = canonicalText(from.slice(0, at) + words + from.slice(at + length));
        const changed = editedHtml(html, from, to, reader);
        if (changed === null) return;
        edited += 1;
        expect(read(changed)).toBe(to);
        const left = tags(changed);
        for (const tag of tags(html)) expect(left).toContain(tag);
      }),
      { numRuns: 1_000 },
    );
    expect(edited).toBeGreaterThan(100);
  });
});

describe('bodies as clients write them', () => {
  it.each(REAL_BODIES)('$name: reading it again changes nothing, and it is known whether it holds more than its text', ({ content, contentType, partial }) => {
    if (contentType === 'text') return;
    const { text, partial: found } = reader.htmlToText(content);
    expect(canonicalText(text)).toBe(text);
    expect(found).toBe(partial);
  });
});
