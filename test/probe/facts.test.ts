import { describe, expect, it } from 'vitest';
import { GRAPH_FACTS } from '../../shared/probe/graph/facts.ts';
import { CRM_FACTS } from '../../shared/probe/crm/facts.ts';
import { ANSWERS } from './answers.ts';
import { BOTH_PEOPLE, ProbeWorld } from './world.ts';

const LINES = [...GRAPH_FACTS, ...CRM_FACTS].map(({ line }) => line).concat('G28');
/** What the simulators play by default is the other answer, or nothing that shows. */
const OTHERWISE: ReadonlyMap<string, string> = new Map([['G39', 'doesNotHold'], ['G42', 'doesNotHold'], ['G27', 'notTried'], ['G28', 'notTried'], ['C7.1', 'notTried']]);

describe('the probe tells exactly what the other systems play', () => {
  it('every fact, where both answer by default', async () => {
    const world = new ProbeWorld({ webhook: true });
    const { code, report } = await world.try(...BOTH_PEOPLE);
    expect(Object.fromEntries(report.facts.map(({ line, tried }) => [line, tried.outcome]))).toEqual(Object.fromEntries(LINES.map((line) => [line, OTHERWISE.get(line) ?? 'holds'])));
    expect(code).toBe(2);
    expect(report).toMatchObject({ clean: true, leftovers: 0, interrupted: false, rules: null });
    expect(world.subjects()).toEqual([]);
    expect(world.graph.subscriptions()).toEqual([]);
  });

  it.each(ANSWERS)('$line: $plays', async ({ line, play, outcome, says, rules }) => {
    const world = new ProbeWorld(play);
    const { report } = await world.try(...BOTH_PEOPLE, '--only', line);
    expect(report.facts).toHaveLength(1);
    const tried = report.facts[0]!.tried;
    expect(tried).toMatchObject({ outcome });
    if (says !== undefined) expect(tried.outcome === 'notTried' ? tried.why : tried.seen).toMatch(says);
    expect(report.rules).toEqual(rules ?? null);
    expect(report.clean).toBe(true);
    expect(world.subjects()).toEqual([]);
  });

  it('of every fact both answers are played', () => {
    const played = (outcome: string): string[] => [...ANSWERS.filter((answer) => answer.outcome === outcome).map(({ line }) => line), ...LINES.filter((line) => (OTHERWISE.get(line) ?? 'holds') === outcome)];
    expect(LINES.filter((line) => !played('holds').includes(line))).toEqual([]);
    expect(LINES.filter((line) => !played('doesNotHold').includes(line))).toEqual([]);
  });
});
