import { readFileSync } from 'node:fs';
import { DOCS_PAGE } from './official.ts';

/** The tables below `### Known gaps: …` of the docs page: first cell -> names in the second, so that page and code cannot drift. */
export function knownGaps(heading: string): Record<string, string[]> {
  const page = readFileSync(DOCS_PAGE, 'utf8');
  const section = page.split(/^#{2,3} /m).find((part) => part.startsWith(`Known gaps: ${heading}\n`));
  if (section === undefined) throw new Error(`docs/simulators/graph.md has no section "Known gaps: ${heading}".`);
  const rows = section.split('\n').filter((line) => /^\| `/.test(line));
  return Object.fromEntries(rows.map((row) => namesOf(row)));
}

function namesOf(row: string): [string, string[]] {
  const [, first = '', second = ''] = row.split('|');
  const names = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
  return [names(first)[0] ?? '', names(second).sort()];
}
