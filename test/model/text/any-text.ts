import fc from 'fast-check';

/** Texts that hurt: blanks of every kind, line ends, HTML, halves of pairs, marks that combine, list-like lines, links, any Unicode. */
const bits = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(' ', '  ', '\n', '\r\n', '\n\n', '\t', 'a', 'word', 'Größe', '.', '- x', '\n- x', '\n1. x', '\n* x', '    ') },
  { weight: 2, arbitrary: fc.constantFrom('<', '>', '&', '"', "'", '&amp;', '&nbsp;', '&#65;', '&lt', '<br>', '</div>', '<!--', '-->', '<p>x</p>', '<script>', ']]>', '<a href="x">') },
  { weight: 2, arbitrary: fc.constantFrom('\u00a0', '\u2003', '\u3000', '\u200b', '\ufeff', '\u200d', '\u200f', '\u2028', '\u0085', '\v', '\0', '\ud83d', '\ude00', '\ufdd1', '\ufdd6', '\u0301', '\u0338', '\u{1f469}\u200d\u{1f4bb}', '\u{1f1e9}\u{1f1ea}', '\u1fef', '\u212b') },
  { weight: 1, arbitrary: fc.constantFrom('https://example.com/a?b=c&d=%20e', 'www.example.org', 'x@example.com', 'x'.repeat(300), 'long '.repeat(60), '_'.repeat(60)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
);

export const anyText = fc.array(bits, { maxLength: 30 }).map((parts) => parts.join(''));
