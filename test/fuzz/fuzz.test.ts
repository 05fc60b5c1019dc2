import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { inputOf, smallest, tried } from './fuzz.ts';
import { law, textOf, type Target } from './target.ts';
import { TARGETS } from './targets.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('every parser of something that comes from outside', () => {
  it('holds for some inputs by the command, in a thread that can be ended where one never does', () => {
    const run = spawnSync(process.execPath, ['test/fuzz/run/fuzz.mjs', '--runs', '60', '--seed', '1'], { cwd: ROOT, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } });
    expect(`${run.stdout}${run.stderr}`).not.toMatch(/npm run fuzz/);
    expect(run.status, run.stderr).toBe(0);
    for (const { name } of TARGETS) expect(run.stdout).toMatch(new RegExp(`^${name} +60 +\\d+ +\\d+ +0 `, 'm'));
  });

  it.each(TARGETS.map((target) => [target.name, target] as const))('%s takes what is good', async (_name, target) => {
    const outcomes = await Promise.all(target.corpus.map((input) => tried(target, input)));
    expect(outcomes.filter((outcome) => typeof outcome !== 'string')).toEqual([]);
    expect(outcomes).toContain('accepted');
  });
});

/** A parser of our own making, with a fault. */
const broken = (run: (text: string) => void): Target => ({
  name: 'broken',
  corpus: ['<a x="1">text</a>', { a: ['<b/>', 7] }],
  words: ['&'],
  run(input) {
    run(textOf(input, JSON.stringify(input)));
    return 'accepted';
  },
});

/** The first of many seeds that breaks it. */
async function hunted(target: Target): Promise<Awaited<ReturnType<typeof smallest>>> {
  for (let seed = 1; seed < 500; seed += 1) if (typeof (await tried(target, inputOf(target, seed))) !== 'string') return smallest(target, seed);
  return null;
}

describe('a parser that breaks', () => {
  it('over one sign is found, with nothing but that sign', async () => {
    const found = await hunted(broken((text) => law(!text.includes('&'), 'takes an ampersand')));
    expect(found).toMatchObject({ why: 'takes an ampersand', input: '&' });
  });

  it('by throwing what it does not promise is found', async () => {
    expect((await hunted(broken((text) => void JSON.parse(text.startsWith('<a x="1">') ? '0' : text))))?.why).toMatch(/^throws SyntaxError/);
  });

  it('by leaving something in a prototype is found, and it is taken away again', async () => {
    const found = await hunted(broken((text) => void (text.length % 7 === 0 ? Object.defineProperty(Object.prototype, 'polluted', { value: 1, configurable: true }) : 0)));
    expect(found?.why).toBe('leaves something in a prototype');
    expect('polluted' in {}).toBe(false);
  });

  it('breaks again by its seed alone', () => {
    for (const target of TARGETS) expect(inputOf(target, 77), target.name).toEqual(inputOf(target, 77));
    expect(new Set(Array.from({ length: 50 }, (_, seed) => JSON.stringify(inputOf(broken(() => undefined), seed)))).size).toBeGreaterThan(40);
  });
});
