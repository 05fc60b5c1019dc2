import fc from 'fast-check';
import { describe, it, expect } from 'vitest';
import { civilMs, parseIso, toIso } from '../../../shared/model/time/instant.ts';

describe('an instant as text', () => {
  it('is written to the second, with milliseconds only where there are some', () => {
    expect(toIso(Date.UTC(2026, 10, 23, 9))).toBe('2026-11-23T09:00:00Z');
    expect(toIso(Date.UTC(2026, 10, 23, 9, 0, 0, 50))).toBe('2026-11-23T09:00:00.050Z');
  });

  it("is read with Graph's seven digits of a second, dropping what is finer than a millisecond", () => {
    expect(parseIso('2026-11-23T09:00:00.1239999Z')).toBe(Date.UTC(2026, 10, 23, 9, 0, 0, 123));
    expect(parseIso('2026-11-23T09:00:00.0000000Z')).toBe(Date.UTC(2026, 10, 23, 9));
    expect(parseIso('2026-11-23T09:00:00.5Z')).toBe(Date.UTC(2026, 10, 23, 9, 0, 0, 500));
  });

  it('is read with an offset', () => {
    expect(parseIso('2026-11-23T09:00:00+01:00')).toBe(Date.UTC(2026, 10, 23, 8));
    expect(parseIso('2026-11-23T09:00-0330')).toBe(Date.UTC(2026, 10, 23, 12, 30));
  });

  it("knows Graph's year one, which Date.UTC takes for 1901", () => {
    expect(toIso(parseIso('0001-01-01T00:00:00Z'))).toBe('0001-01-01T00:00:00Z');
  });

  it.each(['', '2026-11-23', '2026-11-23T09:00:00', '2026-02-30T09:00:00Z', '2026-13-01T09:00:00Z', '2026-11-23T24:00:00Z', '2026-11-23T09:60:00Z', '2026-11-23T09:00:00+24:00', 'x2026-11-23T09:00:00Z'])(
    'is refused with a way out where there is no such time: %s',
    (text) => {
      expect(() => parseIso(text)).toThrow('write it like 2026-11-23T09:00:00Z');
    },
  );

  it('comes back as it went', () => {
    fc.assert(fc.property(fc.date({ noInvalidDate: true, min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z') }), (date) => parseIso(toIso(date.getTime())) === date.getTime()));
  });
});

describe('a date of the calendar', () => {
  it('exists in leap years only on 29 February', () => {
    expect(civilMs(2024, 2, 29)).toBe(Date.UTC(2024, 1, 29));
    expect(civilMs(2026, 2, 29)).toBeUndefined();
    expect(civilMs(Number.NaN, 1, 1)).toBeUndefined();
  });
});
