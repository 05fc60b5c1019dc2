import fc from 'fast-check';
import { describe, it, expect } from 'vitest';
import { canonicalLine, canonicalText } from '../../../shared/model/text/canonical-text.ts';
import { anyText } from './any-text.ts';

describe('the canonical text', () => {
  it.each([
    ['line ends of the CRM, of Word and of Unicode are one', 'a\r\nb\rc\vd\fe\u0085f\u2028g\u2029h', 'a\nb\nc\nd\ne\nf\ng\nh'],
    ['no-break and thin blanks are blanks', 'a\u00a0b\u202fc\u2009d', 'a b c d'],
    ['a lone no-break blank is a blank', 'a\u00a0b', 'a b'],
    ['an ideographic space stays', '\u5c71\u3000\u7530', '\u5c71\u3000\u7530'],
    ['a tab is four blanks', 'a\tb', 'a    b'],
    ['composed and decomposed letters are one', 'u\u0308', '\u00fc'],
    ['control characters and noncharacters are gone', 'a\0b\u0007c\u009fd\ufffee\ufdd0f', 'abcdef'],
    ['halves of surrogate pairs are gone', 'a\ud83db\ude00c', 'abc'],
    ['zero-width blanks and byte order marks are gone', '\ufeffa\u200bb\u2060c', 'abc'],
    ['what is left by a gone character is canonical', 'u\u200b\u0308', '\u00fc'],
    ['joiners in emoji and in Persian stay', '\u{1f469}\u200d\u{1f4bb} \u0645\u06cc\u200c\u062e', '\u{1f469}\u200d\u{1f4bb} \u0645\u06cc\u200c\u062e'],
    ['direction marks stay', 'a\u200f\u05d0\u200e', 'a\u200f\u05d0\u200e'],
    ['blanks at the end of a line are gone', 'a  \nb\u00a0\t\nc\u3000', 'a\nb\nc'],
    ['empty lines at both ends are gone, those between stay', '\n \na\n\n\nb\n\n', 'a\n\n\nb'],
    ['blanks before a line stay, but for the first, which the CRM trims', '  a\n  b', 'a\n  b'],
    ['an empty text is empty', ' \r\n\u00a0', ''],
  ])('%s', (_, text, canonical) => {
    expect(canonicalText(text)).toBe(canonical);
  });

  it('does not change when it is made again', () => {
    fc.assert(fc.property(anyText, (text) => {
      expect(canonicalText(canonicalText(text))).toBe(canonicalText(text));
    }), { numRuns: 2_000 });
  });

  it('is the same after what the CRM does to a text: CRLF and trimming', () => {
    fc.assert(fc.property(anyText, (text) => {
      expect(canonicalText(canonicalText(text).replaceAll('\n', '\r\n').trim())).toBe(canonicalText(text));
    }));
  });

  it('takes the short way for plain texts and comes to the same end', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '\n', 'é', '.') }), (text) => {
      expect(canonicalText(text)).toBe(canonicalText(`${text}\u200b`));
    }));
  });
});

describe('the canonical line', () => {
  it.each([
    ['a line break is a blank', 'Meeting\r\n with  us', 'Meeting with  us'],
    ['several are one', 'a\n\n \nb', 'a b'],
    ['a tab is a blank', 'a\tb', 'a b'],
    ['both ends are trimmed', '\u00a0a\u3000', 'a'],
  ])('%s', (_, text, line) => {
    expect(canonicalLine(text)).toBe(line);
  });

  it('is one line, canonical, and does not change when it is made again', () => {
    fc.assert(fc.property(anyText, (text) => {
      const line = canonicalLine(text);
      expect(line).not.toContain('\n');
      expect(canonicalLine(line)).toBe(line);
      expect(canonicalText(line)).toBe(line);
    }), { numRuns: 1_000 });
  });
});
