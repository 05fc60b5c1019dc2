import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNcrontab } from '../../../local/host/ncrontab.ts';

const at = (text: string): number => Date.parse(text);
const next = (expression: string, after: string): string | undefined => {
  const found = parseNcrontab(expression).next(at(after));
  return found === undefined ? undefined : new Date(found).toISOString();
};

/** A field's text together with the numbers it allows, made by another way than the parser's. */
const field = (least: number, most: number): fc.Arbitrary<{ text: string; allows: (n: number) => boolean }> => {
  const number = fc.integer({ min: least, max: most });
  const item = fc.oneof(
    fc.constant({ text: '*', allows: () => true }),
    number.map((n) => ({ text: String(n), allows: (m: number) => m === n })),
    fc.tuple(number, number).map(([a, b]) => ({ text: `${Math.min(a, b)}-${Math.max(a, b)}`, allows: (m: number) => m >= Math.min(a, b) && m <= Math.max(a, b) })),
    fc.integer({ min: 1, max: most }).map((step) => ({ text: `*/${step}`, allows: (m: number) => (m - least) % step === 0 })),
    fc.tuple(number, fc.integer({ min: 1, max: most })).map(([n, step]) => ({ text: `${n}/${step}`, allows: (m: number) => m >= n && (m - n) % step === 0 })),
  );
  return fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => ({
    text: items.map((one) => one.text).join(','),
    allows: (n: number) => items.some((one) => one.allows(n)),
  }));
};

describe('an NCRONTAB schedule', () => {
  it('finds the same next second as a walk through all seconds of the next hours', () => {
    fc.assert(
      fc.property(
        fc.tuple(field(0, 59), field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6)),
        fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2029-12-31T00:00:00Z') }),
        ([second, minute, hour, day, month, weekday], after) => {
          const schedule = parseNcrontab([second, minute, hour, day, month, weekday].map((one) => one.text).join(' '));
          const end = after + 2 * 3_600_000;
          let expected: number | undefined;
          for (let t = Math.floor(after / 1000) * 1000 + 1000; t <= end; t += 1000) {
            const moment = new Date(t);
            if (
              second.allows(moment.getUTCSeconds()) &&
              minute.allows(moment.getUTCMinutes()) &&
              hour.allows(moment.getUTCHours()) &&
              day.allows(moment.getUTCDate()) &&
              month.allows(moment.getUTCMonth() + 1) &&
              weekday.allows(moment.getUTCDay())
            ) {
              expected = t;
              break;
            }
          }
          const found = schedule.next(after);
          expect(found !== undefined && found <= end ? found : undefined).toBe(expected);
        },
      ),
      { numRuns: 150, seed: 20261122 },
    );
  });

  it('only ever moves forward, and its occurrences are its own', () => {
    fc.assert(
      fc.property(field(0, 59), field(0, 23), fc.integer({ min: 0, max: 4_000_000_000_000 }), (minute, hour, after) => {
        const schedule = parseNcrontab(`0 ${minute.text} ${hour.text} * * *`);
        const first = schedule.next(after);
        if (first === undefined) return false;
        return first > after && schedule.next(first - 1) === first;
      }),
      { seed: 7 },
    );
  });

  it('understands the schedules people write', () => {
    expect(next('0 */5 * * * *', '2026-03-01T10:02:03Z')).toBe('2026-03-01T10:05:00.000Z');
    expect(next('*/30 * * * * *', '2026-03-01T10:02:30Z')).toBe('2026-03-01T10:03:00.000Z');
    expect(next('0 30 2 * * MON-FRI', '2026-03-06T02:30:00Z')).toBe('2026-03-09T02:30:00.000Z');
    expect(next('0 0 0 1 jan,July *', '2026-02-01T00:00:00Z')).toBe('2026-07-01T00:00:00.000Z');
    expect(next('0 0 0 29 2 *', '2026-01-01T00:00:00Z')).toBe('2028-02-29T00:00:00.000Z');
    expect(next('59 59 23 31 12 *', '2026-12-31T23:59:58.500Z')).toBe('2026-12-31T23:59:59.000Z');
  });

  it('answers undefined where the day never comes', () => {
    expect(next('0 0 0 31 2 *', '2026-01-01T00:00:00Z')).toBeUndefined();
  });

  it('refuses what is no schedule and names the field', () => {
    expect(() => parseNcrontab('*/5 * * * *')).toThrow('The schedule "*/5 * * * *" has 5 fields; it needs six');
    expect(() => parseNcrontab('60 * * * * *')).toThrow('"60" as its second');
    expect(() => parseNcrontab('0 * * * foo *')).toThrow('"foo" as its month');
    expect(() => parseNcrontab('0 * * 0 * *')).toThrow('"0" as its day');
    expect(() => parseNcrontab('0 * * * * 7')).toThrow('"7" as its day of week');
    expect(() => parseNcrontab('0 5-1 * * * *')).toThrow('minute');
    expect(() => parseNcrontab('0 */0 * * * *')).toThrow('minute');
    expect(() => parseNcrontab('0 , * * * *')).toThrow('minute');
    expect(() => parseNcrontab('0 *-5 * * * *')).toThrow('minute');
  });
});
