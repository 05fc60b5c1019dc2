import { describe, it, expect } from 'vitest';
import { formatAllDay, formatDay, formatMoment, formatSpan, formatTime } from '../../../shared/model/time/display.ts';
import { parseIso } from '../../../shared/model/time/instant.ts';

const berlin = 'Europe/Berlin';

describe('a time for people', () => {
  it('names the day, the time and the zone', () => {
    expect(formatMoment(parseIso('2026-11-23T08:00:00Z'), berlin)).toBe('Mon 23 Nov 2026, 09:00 Europe/Berlin');
  });

  it('names the offset, too, where the clock shows the time twice', () => {
    expect(formatTime(parseIso('2026-10-25T00:30:00Z'), berlin)).toBe('02:30 (+02:00)');
    expect(formatTime(parseIso('2026-10-25T01:30:00Z'), berlin)).toBe('02:30 (+01:00)');
    expect(formatTime(parseIso('2026-11-01T06:15:00Z'), 'America/St_Johns')).toBe('02:45');
    expect(formatTime(parseIso('2026-11-01T04:15:00Z'), 'America/St_Johns')).toBe('01:45 (-02:30)');
  });

  it('of a meeting names the day once where it ends on the same day', () => {
    expect(formatSpan(parseIso('2026-11-23T08:00:00Z'), parseIso('2026-11-23T09:00:00Z'), berlin)).toBe('Mon 23 Nov 2026, 09:00-10:00 Europe/Berlin');
    expect(formatSpan(parseIso('2026-11-23T21:00:00Z'), parseIso('2026-11-24T00:00:00Z'), berlin)).toBe('Mon 23 Nov 2026, 22:00 - Tue 24 Nov 2026, 01:00 Europe/Berlin');
    expect(formatSpan(parseIso('2026-11-23T08:00:00Z'), parseIso('2026-11-23T08:00:00Z'), berlin)).toBe('Mon 23 Nov 2026, 09:00 Europe/Berlin');
  });

  it('of an all-day item names days only', () => {
    expect(formatDay('2026-03-29')).toBe('Sun 29 Mar 2026');
    expect(formatAllDay('2026-11-23', '2026-11-24')).toBe('Mon 23 Nov 2026, all day');
    expect(formatAllDay('2026-11-23', '2026-11-28')).toBe('Mon 23 Nov 2026 - Fri 27 Nov 2026, all day');
  });
});
