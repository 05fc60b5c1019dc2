import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exists, lineAt, pageOf, PAGES, text, type Page } from './pages.ts';

/** Links of pages to each other and to what lies in the project: the file is there, and so is the heading. */
function brokenLinksIn(page: Page): readonly string[] {
  return [...page.prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap((match) => {
    const [target = '', anchor] = String(match[1]).split('#', 2);
    if (/^[a-z]+:/.test(target)) return [];
    const path = target === '' ? page.path : posix.join(posix.dirname(page.path), target);
    const told = (what: string): string[] => [`${page.path}:${lineAt(page.prose, match.index)}: ${what}`];
    if (target !== '' && !exists(path)) return told(`there is no ${path}`);
    if (anchor === undefined) return [];
    const linked = target === '' ? page : pageOf(path, text(path));
    return anchorsOf(linked).has(anchor) ? [] : told(`${path} has no heading #${anchor}`);
  });
}

/** As GitHub makes them: lower case, without punctuation, blanks as hyphens, the second of a kind numbered. */
function anchorsOf({ prose }: Page): ReadonlySet<string> {
  const seen = new Map<string, number>();
  return new Set(
    [...prose.matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, title = '']) => {
      const anchor = title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
      const before = seen.get(anchor) ?? 0;
      seen.set(anchor, before + 1);
      return before === 0 ? anchor : `${anchor}-${before}`;
    }),
  );
}

describe('every link leads somewhere', () => {
  it.each(PAGES.map((page) => [page.path, page] as const))('%s', (_path, page) => {
    expect(brokenLinksIn(page)).toEqual([]);
  });

  it('a file or a heading that is not there is found', () => {
    const page = pageOf('docs/page.md', '# 1. A page, `here`\n[a](#1-a-page-here) [b](#page) [c](nowhere.md) [d](operations.md#nothing) [e](../README.md#two-commands) [f](https://example.com/nowhere)\n```\n[g](nowhere.md)\n```');
    expect(brokenLinksIn(page)).toEqual(['docs/page.md:2: docs/page.md has no heading #page', 'docs/page.md:2: there is no docs/nowhere.md', 'docs/page.md:2: docs/operations.md has no heading #nothing']);
  });

  it('every page of docs can be reached from the README', () => {
    const reached = new Set<string>();
    const follow = (path: string): void => {
      if (reached.has(path) || !path.endsWith('.md')) return;
      reached.add(path);
      for (const [, to = ''] of pageOf(path, text(path)).prose.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) if (!/^[a-z]+:/.test(to)) follow(posix.join(posix.dirname(path), to));
    };
    follow('README.md');
    expect(PAGES.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
  });
});
