import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withDefaults } from '../../../local/crm/quirks.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');
const page = readFileSync(resolve(PROJECT, 'docs/simulators/crm.md'), 'utf8');
const FOLDERS: Record<string, string> = { contract: 'test/contract/crm-simulator', local: 'test/local/crm' };

/** The rows below "What holds what": a sentence, and the tests that it names. */
const rows = page
  .slice(page.indexOf('## What holds what'))
  .split('\n')
  .filter((line) => /^\| (?!sentence|behaviour|---)/.test(line))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));

describe('docs/simulators/crm.md', () => {
  it.each(rows.map(([sentence = '', mark = '', held = '']) => [sentence, mark, held]))('names tests that exist for: %s', (_sentence, mark, held) => {
    expect(mark).toMatch(/^[DAS](?:[,/] ?[DAS])*$/);
    const named = [...held.matchAll(/(\w+)\/([\w-]+) "([^"]+)"/g)];
    expect(named.length).toBe(held.split('; ').length);
    for (const [, folder = '', file = '', words = ''] of named) {
      const source = readFileSync(resolve(PROJECT, FOLDERS[folder] ?? '', `${file}.test.ts`), 'utf8');
      expect([file, words, source.includes(words)]).toEqual([file, words, true]);
    }
  });

  it('has every section of the dialect', () => {
    expect([...page.matchAll(/^### (\d) /gm)].map(([, section]) => section)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(rows.length).toBeGreaterThan(70);
  });

  it('names every quirk', () => {
    const named = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, quirk]) => quirk);
    expect(named).toEqual(expect.arrayContaining(Object.keys(withDefaults({}))));
  });
});
