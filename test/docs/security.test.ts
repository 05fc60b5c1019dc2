import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const path = (name: string): URL => new URL(`../../${name}`, import.meta.url);
const page = readFileSync(path('docs/security.md'), 'utf8');
const named = [...page.matchAll(/`((?:[\w-]+\/)+[\w.-]+\.ts)` "([^"]+)"/g)].map(([, file = '', title = '']) => ({ file, title }));
const measures = page.split('\n').filter((line) => line.startsWith('| ') && !/^\| (?:threat|---)/.test(line));

describe('docs/security.md', () => {
  it('names a test for every measure', () => {
    expect(measures.length).toBeGreaterThan(10);
    for (const measure of measures) expect(measure).toMatch(/`(?:[\w-]+\/)+[\w.-]+\.ts` "/);
  });

  it.each(named)('$file: $title', ({ file, title }) => {
    expect(existsSync(path(`test/${file}`)), file).toBe(true);
    expect(readFileSync(path(`test/${file}`), 'utf8')).toContain(title);
  });
});
