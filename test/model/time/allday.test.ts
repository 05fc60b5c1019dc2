import { Temporal } from 'temporal-polyfill';
import fc from 'fast-check';
import { describe, it, expect } from 'vitest';
import { addDaysToDate, allDaySpan, datesBetween, daysApart, endAfter, isDate, lastDayOf, startOfDay } from '../../../shared/model/time/allday.ts';
import { toIso } from '../../../shared/model/time/instant.ts';

const dates = fc.date({ noInvalidDate: true, min: new Date('1975-01-01'), max: new Date('2060-01-01') }).map((date) => date.toISOString().slice(0, 10));

describe('a day of the calendar', () => {
  it('is counted over months, leap days and changes of the clock', () => {
    expect(addDaysToDate('2026-12-31', 1)).toBe('2027-01-01');
    expect(addDaysToDate('2024-02-28', 1)).toBe('2024-02-29');
    expect(addDaysToDate('2026-03-30', -2)).toBe('2026-03-28');
    expect(daysApart('2026-03-28', '2026-03-30')).toBe(2);
  });

  it('is refused where it does not exist', () => {
    expect(isDate('2026-02-28')).toBe(true);
    expect(isDate('2026-02-29')).toBe(false);
    expect(isDate('23.11.2026')).toBe(false);
    expect(() => addDaysToDate('2026-02-29', 1)).toThrow('write it like 2026-11-23');
  });
});

describe('the end of an all-day range', () => {
  it('is the day after the last in Graph and the last day in the CRM', () => {
    expect(lastDayOf('2026-11-23', '2026-11-24')).toBe('2026-11-23');
    expect(lastDayOf('2026-11-23', '2026-11-28')).toBe('2026-11-27');
    expect(endAfter('2026-11-23', '2026-11-23')).toBe('2026-11-24');
    expect(endAfter('2026-11-23', '2026-11-27')).toBe('2026-11-28');
  });

  it('never comes before the first day, whatever a side says', () => {
    expect(lastDayOf('2026-11-23', '2026-11-23')).toBe('2026-11-23');
    expect(lastDayOf('2026-11-23', '2026-11-01')).toBe('2026-11-23');
    expect(endAfter('2026-11-23', undefined)).toBe('2026-11-24');
    expect(endAfter('2026-11-23', '2026-11-01')).toBe('2026-11-24');
  });

  it('comes back as it went', () => {
    fc.assert(fc.property(dates, fc.integer({ min: 1, max: 400 }), (start, days) => {
      const end = addDaysToDate(start, days);
      expect(endAfter(start, lastDayOf(start, end))).toBe(end);
      expect(datesBetween(start, end)).toHaveLength(days);
      expect(datesBetween(start, end).at(-1)).toBe(lastDayOf(start, end));
    }));
  });

  it('leaves no days where it is the start', () => {
    expect(datesBetween('2026-11-23', '2026-11-23')).toEqual([]);
    expect(datesBetween('2026-11-23', '2026-11-25')).toEqual(['2026-11-23', '2026-11-24']);
  });
});

describe('the first instant of a day', () => {
  it.each([
    ['2026-11-23', 'Europe/Berlin', '2026-11-22T23:00:00Z'],
    ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00Z'], // midnight leapt to 01:00
    ['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00Z'], // the day was left out
    ['2011-12-31', 'Pacific/Apia', '2011-12-30T10:00:00Z'],
    ['2010-11-07', 'America/St_Johns', '2010-11-07T02:30:00Z'], // 00:01 went back to 23:01 of the day before
    ['2026-11-01', 'America/Havana', '2026-11-01T04:00:00Z'], // 01:00 went back to midnight
  ])('of %s in %s is %s', (date, iana, start) => {
    expect(toIso(startOfDay(date, iana))).toBe(start);
  });

  it('is what Temporal says, wherever and whenever', () => {
    const zones = fc.constantFrom('Europe/Berlin', 'America/Sao_Paulo', 'Asia/Beirut', 'America/Havana', 'Asia/Amman', 'America/Asuncion', 'Atlantic/Azores', 'Africa/Cairo');
    fc.assert(fc.property(dates, zones, (date, iana) => {
      expect(startOfDay(date, iana)).toBe(Temporal.PlainDate.from(date).toZonedDateTime(iana).epochMilliseconds);
    }), { numRuns: 300 });
  });

  it('bounds an all-day range, which is shorter or longer where the clock changes', () => {
    const hours = (date: string): number => {
      const { start, end } = allDaySpan(date, addDaysToDate(date, 1), 'Europe/Berlin');
      return (end - start) / 3_600_000;
    };
    expect([hours('2026-03-28'), hours('2026-03-29'), hours('2026-10-25')]).toEqual([24, 23, 25]);
  });
});
