import { describe, it, expect } from 'vitest';
import { parseIso, toIso, hour, minute, day } from '../../../shared/model/time/instant.ts';
import type { Instant } from '../../../shared/model/time/instant.ts';
import { spansBetween } from '../../../shared/model/time/offsets.ts';
import { inRepeatedHour, nearRepeatedHour, parseWall, readings, smallestReadingSince, toInstant, toWall } from '../../../shared/model/time/wallclock.ts';

const berlin = 'Europe/Berlin';
const at = (text: string): Instant => parseIso(text);
const isos = (instants: Instant[]): string[] => instants.map(toIso);

describe('an instant on the clock', () => {
  it('shows the date and time of the zone, without parts of a second', () => {
    expect(toWall(at('2026-11-23T09:00:00.999Z'), berlin)).toEqual({ date: '2026-11-23', time: '10:00:00' });
    expect(toWall(at('2026-07-01T22:30:15Z'), berlin)).toEqual({ date: '2026-07-02', time: '00:30:15' });
    expect(toWall(at('2026-11-23T09:00:00Z'), 'Asia/Kathmandu')).toEqual({ date: '2026-11-23', time: '14:45:00' });
  });

  it('changes exactly with the zone', () => {
    expect(toWall(at('2026-03-29T00:59:59Z'), berlin).time).toBe('01:59:59');
    expect(toWall(at('2026-03-29T01:00:00Z'), berlin).time).toBe('03:00:00');
    expect(toWall(at('2026-10-25T00:59:59Z'), berlin).time).toBe('02:59:59');
    expect(toWall(at('2026-10-25T01:00:00Z'), berlin).time).toBe('02:00:00');
  });

  it('is shown for the nonsense dates that Exchange uses, too', () => {
    expect(toWall(at('4501-01-01T00:00:00Z'), 'UTC')).toEqual({ date: '4501-01-01', time: '00:00:00' });
    expect(toWall(at('4501-01-01T00:00:00Z'), berlin)).toEqual({ date: '4501-01-01', time: '01:00:00' });
    expect(toWall(at('0001-01-01T00:00:00Z'), 'UTC')).toEqual({ date: '0001-01-01', time: '00:00:00' });
  });

  it('refuses a zone that was not resolved, and says what to do', () => {
    expect(() => toWall(0, 'Customized Time Zone')).toThrow('resolve its name with resolveZone');
  });
});

describe("Graph's time without an offset", () => {
  it('is read with seven digits or as a bare date', () => {
    expect(parseWall('2026-11-23T09:00:00.0000000')).toEqual({ date: '2026-11-23', time: '09:00:00' });
    expect(parseWall('2026-11-23')).toEqual({ date: '2026-11-23', time: '00:00:00' });
  });

  it.each(['2026-11-31T09:00:00', '2026-11-23T25:00:00', '09:00', '2026-11-23T09:00:00Z', ''])('is refused where there is no such time: %s', (text) => {
    expect(() => parseWall(text)).toThrow('This is not a wall-clock time');
  });
});

describe('a time on the clock', () => {
  it('means one instant on a plain day', () => {
    expect(toIso(toInstant({ date: '2026-11-23', time: '10:00:00' }, berlin))).toBe('2026-11-23T09:00:00Z');
    expect(toIso(toInstant({ date: '2026-11-23', time: '10:00' }, berlin))).toBe('2026-11-23T09:00:00Z');
  });

  it('that the clock leaps over means as much later as the clock leaps', () => {
    const gap = { date: '2026-03-29', time: '02:30:00' };
    expect(readings(gap, berlin)).toEqual([]);
    expect(toWall(toInstant(gap, berlin), berlin).time).toBe('03:30:00');
    expect(toInstant(gap, berlin, 'later')).toBe(toInstant(gap, berlin));
    expect(toIso(toInstant({ date: '2026-10-04', time: '02:15:00' }, 'Australia/Lord_Howe'))).toBe('2026-10-03T15:45:00Z');
  });

  it('that is shown twice means the earlier instant unless the later one is asked for', () => {
    const twice = { date: '2026-10-25', time: '02:30:00' };
    expect(isos(readings(twice, berlin))).toEqual(['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z']);
    expect(toIso(toInstant(twice, berlin))).toBe('2026-10-25T00:30:00Z');
    expect(toIso(toInstant(twice, berlin, 'later'))).toBe('2026-10-25T01:30:00Z');
  });

  it('of a day that the zone left out altogether means the next day', () => {
    expect(toIso(toInstant({ date: '2011-12-30', time: '12:00:00' }, 'Pacific/Apia'))).toBe('2011-12-30T22:00:00Z');
    expect(toWall(toInstant({ date: '2011-12-30', time: '12:00:00' }, 'Pacific/Apia'), 'Pacific/Apia')).toEqual({ date: '2011-12-31', time: '12:00:00' });
  });

  it('that does not exist in the calendar is refused', () => {
    expect(() => toInstant({ date: '2026-02-30', time: '10:00:00' }, berlin)).toThrow('This is not a wall-clock time');
  });
});

describe('the repeated hour', () => {
  it('holds both passes of the clock, and nothing else', () => {
    expect(inRepeatedHour(at('2026-10-24T23:59:59Z'), berlin)).toBe(false);
    expect(inRepeatedHour(at('2026-10-25T00:00:00Z'), berlin)).toBe(true);
    expect(inRepeatedHour(at('2026-10-25T01:59:59Z'), berlin)).toBe(true);
    expect(inRepeatedHour(at('2026-10-25T02:00:00Z'), berlin)).toBe(false);
    expect(inRepeatedHour(at('2026-03-29T01:30:00Z'), berlin)).toBe(false);
  });

  it('lasts twice half an hour on Lord Howe', () => {
    expect(inRepeatedHour(at('2026-04-04T14:29:59Z'), 'Australia/Lord_Howe')).toBe(false);
    expect(inRepeatedHour(at('2026-04-04T14:30:00Z'), 'Australia/Lord_Howe')).toBe(true);
    expect(inRepeatedHour(at('2026-04-04T15:29:59Z'), 'Australia/Lord_Howe')).toBe(true);
    expect(inRepeatedHour(at('2026-04-04T15:30:00Z'), 'Australia/Lord_Howe')).toBe(false);
  });

  it('is near as far as the margin reaches', () => {
    expect(nearRepeatedHour(at('2026-10-24T21:00:00Z'), berlin, 3 * hour)).toBe(true);
    expect(nearRepeatedHour(at('2026-10-24T20:59:59Z'), berlin, 3 * hour)).toBe(false);
    expect(nearRepeatedHour(at('2026-10-25T04:59:59Z'), berlin, 3 * hour)).toBe(true);
    expect(nearRepeatedHour(at('2026-10-25T05:00:00Z'), berlin, 3 * hour)).toBe(false);
    expect(nearRepeatedHour(at('2026-10-20T00:00:00Z'), berlin, 30 * day)).toBe(true);
    expect(nearRepeatedHour(at('2026-10-25T01:00:00Z'), 'Asia/Tokyo', 30 * day)).toBe(false);
  });
});

describe('the smallest reading since an instant', () => {
  it('is its own reading as long as the clock only goes forward', () => {
    expect(smallestReadingSince(at('2026-11-23T09:00:00Z'), at('2026-11-23T09:02:00Z'), berlin)).toEqual({ date: '2026-11-23', time: '10:00:00' });
    expect(smallestReadingSince(at('2026-03-29T00:30:00Z'), at('2026-03-29T01:30:00Z'), berlin)).toEqual({ date: '2026-03-29', time: '01:30:00' });
  });

  it('is what the clock was set back to, once it was', () => {
    const since = at('2026-10-25T00:58:00Z');
    expect(smallestReadingSince(since, at('2026-10-25T00:59:59Z'), berlin).time).toBe('02:58:00');
    expect(smallestReadingSince(since, at('2026-10-25T01:00:00Z'), berlin).time).toBe('02:00:00');
    expect(smallestReadingSince(since, at('2026-10-26T01:00:00Z'), berlin)).toEqual({ date: '2026-10-25', time: '02:00:00' });
  });

  it('is its own reading where the clock was not set back that far', () => {
    expect(smallestReadingSince(at('2026-10-24T22:00:00Z'), at('2026-10-25T03:00:00Z'), berlin)).toEqual({ date: '2026-10-25', time: '00:00:00' });
  });

  it('looks through several changes of the zone', () => {
    expect(smallestReadingSince(at('2026-10-25T00:30:00Z'), at('2029-11-23T09:00:00Z'), berlin)).toEqual({ date: '2026-10-25', time: '02:00:00' });
    expect(smallestReadingSince(0, at('2026-11-23T09:00:00Z'), berlin)).toEqual({ date: '1970-01-01', time: '01:00:00' });
  });

  it('does not depend on the order of its ends, because clocks disagree', () => {
    const since = at('2026-10-25T01:10:00Z');
    const now = since - 30 * minute;
    expect(smallestReadingSince(since, now, berlin)).toEqual(smallestReadingSince(now, since, berlin));
  });

  it('goes through a change of date line', () => {
    const since = at('1969-09-30T12:00:00Z');
    const spans = spansBetween('Pacific/Kwajalein', since, since + 60 * 365 * day);
    expect(spans.length).toBeGreaterThan(1);
    expect(smallestReadingSince(since, since + 60 * 365 * day, 'Pacific/Kwajalein')).toEqual({ date: '1969-09-30', time: '01:00:00' });
  });
});
