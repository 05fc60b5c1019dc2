import { describe, expect, it } from 'vitest';
import { epochOf, stampOf, wallAt } from '../../../local/graph/zones.ts';

describe('times that were converted before', () => {
  const noon = Date.parse('2026-11-23T12:00:00.250Z');

  it('are told for each zone by itself, whichever was asked first', () => {
    for (const round of [1, 2]) {
      expect(wallAt(noon, 'Europe/Berlin'), `round ${round}`).toBe('2026-11-23T13:00:00.250');
      expect(wallAt(noon, 'America/New_York'), `round ${round}`).toBe('2026-11-23T07:00:00.250');
      expect(epochOf('2026-11-23T13:00:00.250', 'Europe/Berlin'), `round ${round}`).toBe(noon);
    }
  });

  it('are stamped in UTC with seven digits', () => {
    expect(stampOf(noon)).toBe('2026-11-23T12:00:00.2500000Z');
  });
});
