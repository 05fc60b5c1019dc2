import fc from 'fast-check';
import { describe, it, expect } from 'vitest';
import { canonicalText } from '../../../shared/model/text/canonical-text.ts';
import { cutVisibly } from '../../../shared/model/text/cut.ts';
import { anyText } from './any-text.ts';

describe('a text that is too long for its field', () => {
  it('is left alone where it fits', () => {
    expect(cutVisibly('abcde', 5)).toEqual({ text: 'abcde', cut: false });
  });

  it('is cut so that people see it', () => {
    expect(cutVisibly('abcdef', 5)).toEqual({ text: 'abcd…', cut: true });
    expect(cutVisibly('abc def', 5)).toEqual({ text: 'abc…', cut: true });
    expect(cutVisibly('abcdef', 1)).toEqual({ text: '…', cut: true });
    expect(cutVisibly('abcdef', 0)).toEqual({ text: '', cut: true });
  });

  it('is never cut inside of what people see as one letter', () => {
    const woman = '\u{1f469}\u200d\u{1f4bb}';
    expect(cutVisibly(`ab${woman}c`, 5).text).toBe('ab…');
    expect(cutVisibly(`ab${woman}cd`, 8).text).toBe(`ab${woman}…`);
    expect(cutVisibly('ab\u{1f600}cd', 4).text).toBe('ab…');
    expect(cutVisibly('ab\u{1f1e9}\u{1f1ea}\u{1f1eb}\u{1f1f7}', 9).text).toBe('ab\u{1f1e9}\u{1f1ea}…');
    expect(cutVisibly('abx\u0301y', 4).text).toBe('ab…');
  });

  it('fits, begins like the whole, stays canonical and does not change when it is cut again', () => {
    fc.assert(fc.property(anyText, fc.integer({ min: 0, max: 60 }), (any, limit) => {
      const whole = canonicalText(any);
      const { text, cut } = cutVisibly(whole, limit);
      expect(text.length).toBeLessThanOrEqual(limit);
      expect(cut).toBe(whole.length > limit);
      expect(cutVisibly(text, limit)).toEqual({ text, cut: false });
      expect(canonicalText(text)).toBe(text);
      if (cut && limit > 0) expect(whole.startsWith(text.slice(0, -1)) && text.endsWith('…')).toBe(true);
    }), { numRuns: 2_000 });
  });
});
