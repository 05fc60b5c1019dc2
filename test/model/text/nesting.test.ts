import { describe, it, expect } from 'vitest';
import { readableLength } from '../../../shared/model/text/nesting.ts';

describe('how much of an HTML text is read', () => {
  it.each([
    ['all of it where elements are closed', '<b>x</b>'.repeat(10)],
    ['all of it where elements have no end', '<br><hr/><img src=x>'.repeat(10)],
    ['all of it where a script only writes elements', '<script>"<b><b><b><b>"</script>'.repeat(2)],
    ['all of it where a comment or a value only names them', '<!-- <b><b><b><b> --><i title="<b><b><b><b>">x</i>'],
    ['all of it where < is a letter', 'a < b < c << d'],
    ['all of it where it ends in the middle', '<b title="'],
  ])('%s', (_, html) => {
    expect(readableLength(html, 3)).toBe(html.length);
  });

  it.each([
    ['open elements', '<b><i><b>', '<u>'],
    ['elements closed by another name', '<b></i><b></i><b></i>', '<b>'],
    ['an end that stands in a value, a comment or a script', '<b title="></b>"><!--</b>--><script></b></script><b><b>', '<b>'],
    ['elements in a frame, which the parser reads', '<iframe><b><b>', '<b></iframe>'],
    ['elements that an outer end closed and that are opened again', '<i><b></i><b><b>', '<b>'],
  ])('up to the fourth of %s', (_, read, rest) => {
    expect(readableLength(read + rest, 3)).toBe(read.length);
  });
});
