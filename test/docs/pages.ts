import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
export const exists = (path: string): boolean => existsSync(join(ROOT, path));

export interface Fence {
  /** What stands behind the opening fence; empty = nothing does. */
  readonly language: string;
  readonly line: number;
  readonly body: string;
}

export interface Page {
  /** From the root of the project, with slashes. */
  readonly path: string;
  readonly fences: readonly Fence[];
  /** The page with its fences blanked out: lines keep their numbers. */
  readonly prose: string;
}

export function pageOf(path: string, markdown: string): Page {
  const fences: Fence[] = [];
  let open: { language: string; line: number; body: string[] } | null = null;
  const prose = markdown.split('\n').map((line, index) => {
    const [, language] = /^ *```(.*)$/.exec(line) ?? [];
    if (language === undefined) {
      open?.body.push(line);
      return open === null ? line : '';
    }
    if (open === null) open = { language: language.trim(), line: index + 1, body: [] };
    else {
      fences.push({ ...open, body: open.body.join('\n') });
      open = null;
    }
    return '';
  });
  return { path, fences, prose: oneWord(prose.join('\n')) };
}

/** What a reader fills in (`<tenant id>`) is one word wherever it stands. */
export function oneWord(source: string): string {
  return source.replace(/<[^<>\n]*>/g, (name) => name.replaceAll(' ', '-'));
}

/** README.md and everything below docs/. */
export const PAGES: readonly Page[] = ['README.md', ...readdirSync(join(ROOT, 'docs'), { recursive: true }).map((name) => `docs/${String(name).replaceAll('\\', '/')}`)]
  .filter((path) => path.endsWith('.md'))
  .sort()
  .map((path) => pageOf(path, text(path)));

export function lineAt(prose: string, index: number): number {
  return prose.slice(0, index).split('\n').length;
}

/** What stands between backticks, with its line; a pipe in a table is written `\|`. */
export function spansOf({ prose }: Page): readonly { readonly code: string; readonly line: number }[] {
  return [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => ({ code: (match[1] ?? '').replaceAll('\\|', '|'), line: lineAt(prose, match.index) }));
}
