import { describe, expect, it } from 'vitest';
import { planCalendar } from '../../../local/demo/calendar-plan.ts';
import { seededRandom } from '../../../local/demo/seeded-random.ts';

const TODAY = '2026-11-23';
const calendar = (seed = 7) => planCalendar(TODAY, seededRandom(seed));

describe('the calendar of a demo employee', () => {
  it('is the same for the same seed and day, and another for another seed', () => {
    expect(calendar()).toEqual(calendar());
    expect(calendar(8)).not.toEqual(calendar());
  });

  it.each([1, 2, 3, 4, 5])('puts nobody at two places at once (seed %i)', (seed) => {
    const timed = calendar(seed).flatMap(({ time }) => (time.allDay ? [] : [time])).sort((a, b) => (a.start < b.start ? -1 : 1));
    for (const [i, { start }] of timed.entries()) expect(i === 0 || start >= timed[i - 1]!.end).toBe(true);
  });

  it('keeps to business hours of working days', () => {
    for (const { time } of calendar()) {
      if (time.allDay) continue;
      expect(new Date(time.start.slice(0, 10)).toLocaleDateString('en-GB', { weekday: 'short', timeZone: 'UTC' })).not.toMatch(/S/);
      expect(time.start.slice(11) >= '08:00' && time.end.slice(11) <= '18:00').toBe(true);
    }
  });

  it('has appointments before and after today on both sides, and every form that the connector leaves alone', () => {
    const planned = calendar();
    const starts = (side: string) => planned.filter((one) => one.side === side && one.form === 'alone').map(({ time }) => (time.allDay ? time.firstDay : time.start.slice(0, 10)));
    for (const side of ['outlook', 'crm']) {
      expect(starts(side).filter((day) => day < TODAY).length).toBeGreaterThan(3);
      expect(starts(side).filter((day) => day > TODAY).length).toBeGreaterThan(5);
    }
    const forms = (side: string) => [...new Set(planned.filter((one) => one.side === side).map(({ form }) => form))].sort();
    expect(forms('outlook')).toEqual(['alone', 'invitation', 'meeting', 'private', 'series']);
    expect(forms('crm')).toEqual(['alone', 'letter', 'meeting', 'private', 'series', 'telephone']);
  });

  it('has no two appointments that a judge could take for one', () => {
    const keys = calendar().map(({ subject, time }) => JSON.stringify([subject, time]));
    expect(new Set(keys).size).toBe(keys.length);
  });
});
