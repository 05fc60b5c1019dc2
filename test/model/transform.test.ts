import { describe, expect, it } from 'vitest';
import { isBoundedPattern } from '../../shared/model/bounded-pattern.ts';
import { loadTransforms, TransformFailed } from '../../shared/model/transform.ts';

const { compile } = await loadTransforms();
const NOW = Date.parse('2026-11-23T09:00:00Z');

/** A clock that goes on by a millisecond at each look. */
function surroundings() {
  let at = 0;
  return { now: () => NOW, monotonic: () => (at += 0.01), random: () => 0.25 };
}
const run = (source: string, value: unknown = null): Promise<unknown> => compile(source).bind(surroundings())(value);
const trouble = async (source: string, value: unknown = null): Promise<string> => {
  try {
    return `gave ${String(await run(source, value))}`;
  } catch (failure) {
    return failure instanceof TransformFailed ? failure.trouble : String(failure);
  }
};

describe('a transform of the rules', () => {
  it('makes one value of another', async () => {
    expect(await run('$uppercase($)', 'gold')).toBe('GOLD');
    expect(await run('$ = true ? "yes" : "no"', true)).toBe('yes');
    expect(await run('$match($, /P-(\\d+)/).groups[0]', 'Offer P-4711, second')).toBe('4711');
    expect(await run('$number($) * 60', '2')).toBe(120);
  });

  it('takes time and chance from outside', async () => {
    expect(await run('$now()')).toBe('2026-11-23T09:00:00.000Z');
    expect(await run('$millis()')).toBe(NOW);
    expect(await run('$random()')).toBe(0.25);
    expect(await run("$shuffle([1,2,3])")).toEqual([2, 3, 1]);
    expect(await run('$fromMillis($toMillis("09:30", "[H01]:[m01]"))')).toBe('2026-11-23T09:30:00.000Z');
  });

  it.each([
    ['steps', '($f := function($n) { $n = 0 ? 0 : $f($n - 1) }; $f(100000))', 'tooManySteps'],
    ['depth', '($f := function($n) { 1 + $f($n + 1) }; $f(0))', 'tooDeep'],
    ['the size of a text', '($f := function($t, $n) { $n = 0 ? $t : $f($t & $t, $n - 1) }; $f("abcdefgh", 30))', 'tooLarge'],
    ['the size of an object that holds others twice', '($f := function($x, $n) { $n = 0 ? $x : $f({"a": $x, "b": $x}, $n - 1) }; $string($f(1, 40)))', 'tooLarge'],
    ['the size of a list that holds others twice', '($f := function($x, $n) { $n = 0 ? $x : $f([[$x], [$x]], $n - 1) }; $count($f([1], 40).**))', 'tooLarge'],
    ['the size of a padding', '$pad("x", 100000000)', 'tooLarge'],
    ['errors of its own', '$error("secret " & $)', 'transform'],
    ['a type that does not fit', '$number("no number")', 'transform'],
  ])('has a bound: %s', async (_, source, expected) => {
    expect(await trouble(source, 'x')).toBe(expected);
  });

  it('is stopped where it takes too long', async () => {
    let at = 0;
    const slow = compile('$map([1,2,3,4], function($n) { $n + 1 })').bind({ now: () => NOW, random: () => 0, monotonic: () => (at += 20) });
    await expect(slow(null)).rejects.toMatchObject({ trouble: 'tooSlow' });
  });

  it('tells nothing of the value where it fails', async () => {
    const failure = await run('$error("secret")', 'secret').catch((error: unknown) => String(error));
    expect(failure).not.toContain('secret');
  });

  it.each([
    ['$uppercase(', /^is no JSONata expression \(S0\d+/],
    ['[1..10000000]', /^uses a range/],
    ['$eval("1")', /^uses \$eval/],
    ['$e := $eval; 1', /^is no JSONata|^uses \$eval/],
    ['$match($, /(a+)+b/)', /^holds a regular expression/],
    ['"x"'.padEnd(3_000, ' '), /^is longer/],
  ])('is refused before it runs: %s', (source, why) => {
    expect(compile(source).check()).toMatch(why);
  });

  it('is taken otherwise', () => {
    expect(compile('$split($, "-")[0]').check()).toBe(null);
  });
});

describe('a regular expression in a transform', () => {
  it.each(['abc', '^\\d{4}-\\d{2}$', 'P-(\\d+)', '[a-z]+@[a-z.]+', '(?:foo|bar)', 'a?b?c', '(?<year>\\d{4})', '(ab){2}', '(?:mon|tues|wednes|thurs|fri|satur|sun)day', '[^]+x'])('%s ends soon', (source) => {
    expect(isBoundedPattern(source)).toBe(true);
  });

  it.each(['(a+)+', '(a|b)*', '(a|a)*$', '(.*)*', '(a{1,9}){1,9}', '((a*)b)+', '(x)\\1', 'a*a*a*b', 'a?a?a?a?a?a?a?a', '([a-z]+)*', '((a|b)c)*', '(?:a?){30}', '(?<n>a)\\k<n>', '[^](a+)+$[x]', '[]|(a+)+$|[x]', '(\\p{1,})+$', '(\\u{2,})+$', '\\u{2,}\\u{2,}\\u{2,}b', `${'(a|a)'.repeat(30)}$`, `${'(?:a|aa)'.repeat(7)}b`])('%s might not', (source) => {
    expect(isBoundedPattern(source)).toBe(false);
  });
});
