import { describe, expect, it } from 'vitest';
import { CRM_FACTS } from '../../shared/probe/crm/facts.ts';
import { clocksAgree } from '../../shared/probe/clocks.ts';
import { GRAPH_FACTS } from '../../shared/probe/graph/facts.ts';
import { text } from '../docs/pages.ts';

const FACTS = [...GRAPH_FACTS, clocksAgree, ...CRM_FACTS].map(({ line }) => line);
const PAGE = text('docs/assumptions.md');
const [assumed = '', parts = ''] = PAGE.split(/^## P\. .*$/m);
const [tried = '', cannot = ''] = parts.split(/^What it cannot try:$/m);

/** Our own choices (O) are nobody's facts. */
const LINES = [...assumed.matchAll(/^\| ([CGAE]\d+(?:\.\d+)?) \| (.*)$/gm)].map(([, line = '', rest = '']) => ({ line, isDoctors: rest.includes('`doctor`') }));
const linesIn = (part: string): string[] => part.split('\n').filter((row) => /^\| [CGAE]\d/.test(row)).flatMap((row) => (row.split(' | ')[0] ?? '').replace('| ', '').split(', '));

describe('the assumptions and the facts of the probe are one list', () => {
  it('a line has one fact at most, and every fact is a line', () => {
    expect(new Set(FACTS).size).toBe(FACTS.length);
    expect(FACTS.filter((line) => !LINES.some((one) => one.line === line))).toEqual([]);
  });

  it('the lines that the page says the probe tries are those it tries', () => {
    expect([...linesIn(tried)].sort()).toEqual([...FACTS].sort());
  });

  it('every other line is doctor’s, or is listed with the reason why no program tries it', () => {
    const listed = linesIn(cannot);
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed.filter((line) => FACTS.includes(line))).toEqual([]);
    expect(LINES.filter(({ line, isDoctors }) => !FACTS.includes(line) && !listed.includes(line) && !isDoctors).map(({ line }) => line)).toEqual([]);
    expect(listed.filter((line) => !LINES.some((one) => one.line === line))).toEqual([]);
  });

  it('every fact says what it takes, what holds and what follows', () => {
    for (const { line, says, either } of [...GRAPH_FACTS, clocksAgree, ...CRM_FACTS]) {
      for (const sentence of [says, either.holds, either.otherwise]) expect(sentence.length, line).toBeGreaterThan(3);
    }
  });
});
