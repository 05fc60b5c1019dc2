import fc from 'fast-check';
import { beforeAll, describe, it, expect } from 'vitest';
import { canonicalText } from '../../../shared/model/text/canonical-text.ts';
import { loadHtml, type HtmlReader } from '../../../shared/model/text/html.ts';
import { holdsMeetingBlock } from '../../../shared/model/text/meeting-block.ts';
import { textToHtml } from '../../../shared/model/text/text-to-html.ts';
import { anyText } from './any-text.ts';

let reader: HtmlReader;
beforeAll(async () => {
  reader = await loadHtml();
});
const textOf = (html: string): string => reader.htmlToText(html).text;
const partial = (html: string): boolean => reader.htmlToText(html).partial;

const escape = (line: string): string => line.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);

/** What Exchange makes of HTML that it stores: a head of its own, lines folded between tags and inside of them. */
function throughExchange(html: string): string {
  const folded = html.replaceAll('<br>', '<br>\r\n').replaceAll('&nbsp;', '\u00a0').replaceAll('&quot;', '"');
  return `<html><head>\r\n<meta http-equiv="Content-Type"\r\ncontent="text/html; charset=utf-8"><style type="text/css" style="display:none">\r\n<!-- p {margin-top:0; margin-bottom:0} -->\r\n</style></head>\r\n<body\r\ndir="ltr">\r\n${folded}\r\n</body>\r\n</html>\r\n`;
}

/** What Exchange makes of a plain text. */
function convertedFromText(text: string): string {
  const lines = text.split('\n').map((line) => escape(line).replace(/ {2,}/g, (blanks) => `${'&nbsp;'.repeat(blanks.length - 1)} `).replace(/^ /, '&nbsp;'));
  return `<html><head><meta name="Generator" content="Microsoft Exchange Server">\r\n<!-- converted from text -->\r\n<style><!-- .EmailQuote { margin-left: 1pt; padding-left: 4pt; border-left: #800000 2px solid; } --></style></head>\r\n<body>\r\n<font size="2"><span style="font-size:11pt;"><div class="PlainText">${lines.join('<br>\r\n')}</div></span></font>\r\n</body>\r\n</html>\r\n`;
}

/** What Outlook makes of lines typed into it. */
function typedInOutlook(text: string): string {
  const lines = text.split('\n').map((line) => (line === '' ? '&nbsp;' : escape(line).replace(/^ +| {2,}/g, (blanks) => '&nbsp;'.repeat(blanks.length))));
  return `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><!--[if gte mso 9]><xml><o:shapedefaults/></xml><![endif]--></head><body lang=DE><div class="WordSection1">${lines.map((line) => `<p class="MsoNormal"><span lang="EN-US">${line}<o:p></o:p></span></p>`).join('\r\n')}</div></body></html>`;
}

/** What Outlook on the web makes of them. */
function typedInTheBrowser(text: string): string {
  const lines = text.split('\n').map((line) => escape(line).replace(/^ +| {2,}/g, (blanks) => '&nbsp;'.repeat(blanks.length)));
  return `<div dir="ltr">${lines.map((line) => `<div class="elementToProof" style="font-family:Aptos">${line === '' ? '<br>' : line}</div>`).join('')}</div>`;
}

describe('a text that goes into HTML', () => {
  it('becomes one simple block with nothing in it that could be taken for HTML', () => {
    expect(textToHtml('a <b>\n\n  "c" & d')).toBe('<div>a &lt;b&gt;<br><br>&nbsp;&nbsp;&quot;c&quot; &amp; d</div>');
  });

  it('keeps repeated blanks and lets long lines wrap', () => {
    expect(textToHtml('a   b c')).toBe('<div>a&nbsp;&nbsp; b c</div>');
  });

  it.each([
    ['as we wrote it', textToHtml],
    ['after Exchange stored it', (text: string) => throughExchange(textToHtml(text))],
    ['after Exchange converted it from text', (text: string) => convertedFromText(canonicalText(text))],
    ['after somebody typed it in Outlook', (text: string) => typedInOutlook(canonicalText(text))],
    ['after somebody typed it in Outlook on the web', (text: string) => typedInTheBrowser(canonicalText(text))],
  ])('comes back as it went, %s', (_, html) => {
    fc.assert(fc.property(anyText, (text) => {
      expect(reader.htmlToText(html(text))).toEqual({ text: canonicalText(text), partial: holdsMeetingBlock(canonicalText(text)) });
    }), { numRuns: 500 });
  });

  it('is never wrapped, however long its lines are', () => {
    const text = `${'word '.repeat(5_000)}end\n${'x'.repeat(20_000)}`;
    expect(textOf(textToHtml(text))).toBe(text);
  });
});

describe('HTML that people wrote', () => {
  it.each([
    ['paragraphs have an empty line between them', '<p>a</p><p>b</p>', 'a\n\nb'],
    ["Outlook's paragraphs are lines", '<p class=MsoNormal>a</p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>b</p>', 'a\n\nb'],
    ['paragraphs that say so are lines', '<p style="margin: 0cm">a</p><p style="font-size:11pt;margin-top:0px">b</p>', 'a\nb'],
    ['a break at the end of a block shows nothing', '<div>a<br></div><div>b</div>', 'a\nb'],
    ['a block of nothing but a break is an empty line', '<div>a</div><div><br></div><div>b</div>', 'a\n\nb'],
    ['an empty block is nothing', '<div>a</div><div></div><div> </div><div>b</div>', 'a\nb'],
    ['line ends of the source are blanks', 'a\r\n b<br>\r\n  c', 'a b\nc'],
    ['words across inline elements stay together', 'a<b>b</b><i> c</i> <u>d</u>', 'ab c d'],
    ['lists keep their bullets, numbers and depth', '<ul><li>a</li><li><p>b</p><ol start="3"><li>c<li>d</ol></li><li></li></ul>after', '- a\n- b\n  3. c\n  4. d\n\nafter'],
    ['headings are not shouted', '<h1>Agenda</h1>x', 'Agenda\n\nx'],
    ['a line is drawn', 'a<hr>b', `a\n${'_'.repeat(32)}\nb`],
    ['preformatted text keeps its blanks and lines', '<pre>a\n  b   c\n\nd</pre>', 'a\n  b   c\n\nd'],
    ['a link that says more than its words is shown', 'see <a href="https://example.com/x?a=1&amp;b=2">here</a>.', 'see here <https://example.com/x?a=1&b=2>.'],
    ['a link that says the same is not', '<a href="http://www.example.com/">www.example.com</a> <a href="mailto:x@example.com">x@example.com</a> <a href="#top">up</a>', 'www.example.com x@example.com up'],
    ['style, scripts, titles, comments and hidden elements are not shown', '<head><title>t</title><style>p{}</style></head><body><script>1</script><!-- c --><div style="display:none">h</div><span style="mso-hide: all">h</span>a</body>', 'a'],
    ["what a gateway adds behind the body's end is read", '<html><body>a</body></html><p>Disclaimer</p>', 'a\n\nDisclaimer'],
    ['entities are letters, also without a semicolon', 'a&auml;&#8364;&hellip;&copy b', 'aä€…© b'],
    ['upper case, no quotes, nothing closed', '<DIV>a<BR>b<P CLASS=MsoNormal>c', 'a\nb\nc'],
    ['nothing is nothing', '', ''],
    ['text is text', 'a < b & c', 'a < b & c'],
    ['codes that stand for our own marks do no harm', 'a&#xFDD1;b&#xFDD6;c', 'a\nb\nc'],
  ])('%s', (_, html, text) => {
    expect(reader.htmlToText(html)).toEqual({ text, partial: false });
  });
});

describe('HTML that holds what text cannot show', () => {
  it.each([
    ['a picture', '<p>a<img src="https://example.com/a.png"></p>'],
    ['an attached picture', '<p>a<img width="400" src="cid:image001.png@01DC"></p>'],
    ['an attached background', '<table background="cid:x@y"></table>'],
    ['a table with words', '<table><tr><td>a</td><td>b</td></tr></table>'],
    ['a table with a picture', '<table><tr><td><img src="a"></td></tr></table>'],
    ['a film', '<video src="a"></video>'],
    ["a Teams meeting's lines", `a<div>${'_'.repeat(80)}</div>`],
    ['a Teams link', '<a href="https://teams.microsoft.com/l/meetup-join/19%3ameeting">Join</a>'],
    ['a short Teams link', '<a href="https://teams.microsoft.com/meet/123?p=x">Join</a>'],
    ['a Teams link in a link checker', '<a href="https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fteams.microsoft.com%2Fmeet%2F12">Join</a>'],
    ['a Zoom link', '<a href="https://example.zoom.us/j/123">Join</a>'],
    ['a Webex link', '<a href="https://example.webex.com/example/j.php?MTID=m1">Join</a>'],
    ['a Meet link', '<a href="https://meet.google.com/abc-defg-hij">Join</a>'],
    ['more nesting than is read', '<div>'.repeat(600) + 'deep'],
  ])('%s makes the text partial', (_, html) => {
    expect(partial(html)).toBe(true);
  });

  it.each([
    ['an empty table', 'a<table><tr><td>&nbsp;</td></tr></table>'],
    ['a counting pixel', 'a<img src="https://example.com/p.gif" width="1" height="1">'],
    ['a short line of underscores', 'Name: ____________________'],
    ['words that follow a table', '<table></table>a'],
    ['a Zoom link that somebody typed as text', textToHtml('https://example.zoom.us/j/123')],
  ])('%s does not', (_, html) => {
    expect(partial(html)).toBe(false);
  });

  it('still shows its words, a line for each row', () => {
    expect(textOf('<table><tr><th>When</th><th>What</th></tr><tr><td><p class=MsoNormal>9:00</p></td><td>Start</td></tr></table>end')).toBe('When  What\n9:00\nStart\nend');
  });

  it('shows what it could read where it is nested too deeply', () => {
    expect(textOf(`before${'<div>'.repeat(600)}deep`)).toBe('before\n…');
  });
});

describe('HTML that somebody made to do harm', () => {
  const size = 200_000;
  it.each([
    ['elements that are never closed', '<b>'.repeat(size / 3)],
    ['elements closed by another name', '<div></b>'.repeat(size / 9)],
    ['elements that seem closed in a quoted value', '<div title="></div>">'.repeat(size / 21)],
    ['elements that seem closed in a comment', '<div><!--</div>-->'.repeat(size / 18)],
    ['elements that seem closed in a script', '<div><script></div></script>'.repeat(size / 28)],
    ['tables in tables', '<table><tr><td>'.repeat(size / 15)],
  ])('%s is cut off before the parser suffers', (_, html) => {
    expect(partial(html)).toBe(true);
  });

  it.each(['<constructor>', '<p><CONSTRUCTOR/>x</constructor></p>', '<constructor', 'a<constructor b="c">d</constructor>'])('has an element named like a member of every object: %s', (html) => {
    expect(textOf(`<p>before</p>${html}`)).toContain('before');
  });

  it('brings no more blanks than letters, however deeply its lists are nested', () => {
    expect(textOf(`${'<ul>'.repeat(300)}${'<li>x'.repeat(1_000)}`).length).toBeLessThan(60_000);
  });

  it('is cut off where too many elements were never closed, though none is deep', () => {
    expect(reader.htmlToText(`a${'<i><b></i>'.repeat(6_000)}end`)).toEqual({ text: 'a', partial: true });
  });

  it.each([
    ['letters that never become an element', '<'.repeat(size)],
    ['comments that never end', '<!--'.repeat(size / 4)],
    ['attributes without end', `<a ${'x="1" '.repeat(size / 6)}`],
    ['blanks without end', `a${' '.repeat(size)}b`],
    ['a style without end', `<div style="${'display '.repeat(size / 8)}">x</div>`],
    ['ends without a beginning', '</p></b>'.repeat(size / 8)],
    ['line breaks without end', '<br>'.repeat(size / 4)],
  ])('%s is read in time', (_, html) => {
    expect(textOf(html).length).toBeLessThanOrEqual(size);
  });

  it('is read whatever it is', () => {
    const pieces = fc.constantFrom('<', '>', '/', '"', "'", '=', ' ', '<div', '</', '<a href=', '<!--', '-->', '<table>', '<td>', '<li>', '<ol>', '<pre>', '&', '&#', 'x', '<p>', '</p>', '<script>', '\ufdd6', '<![CDATA[', '<?');
    fc.assert(fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
      const { text } = reader.htmlToText(parts.join(''));
      expect(canonicalText(text)).toBe(text);
    }), { numRuns: 2_000 });
  });
});
