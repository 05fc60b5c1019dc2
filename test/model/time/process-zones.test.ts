import fc from 'fast-check';
import { afterAll, beforeAll, describe, it, expect, vi } from 'vitest';
import type * as DisplayModule from '../../../shared/model/time/display.ts';
import type * as ClockModule from '../../../shared/model/time/wallclock.ts';

/**
 * The laws of the time module with Intl as the oracle, once per zone of the process: nothing of the machine's zone may leak in (azure.md 1.3).
 * The modules are loaded anew in each zone, so that nothing cached in another one hides a leak.
 */
const processZones = [
  ['UTC', 0, 0],
  ['America/New_York', 300, 240],
  ['Australia/Lord_Howe', -660, -630],
] as const;

const zones = ['UTC', 'Europe/Berlin', 'Europe/Dublin', 'America/New_York', 'America/St_Johns', 'America/Sao_Paulo', 'Australia/Lord_Howe', 'Pacific/Apia', 'Asia/Kathmandu', 'Africa/Casablanca', 'Asia/Tehran', 'Africa/Cairo', 'Asia/Gaza', 'Pacific/Chatham'];

const formats = new Map(
  zones.map((zone) => [
    zone,
    new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' }),
  ]),
);

/** The clock by Intl, as milliseconds as if it showed UTC. */
function oracle(instant: number, zone: string): number {
  const part = Object.fromEntries(formats.get(zone)!.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(part.year!, part.month! - 1, part.day, part.hour, part.minute, part.second);
}

function oracleReadings(local: number, zone: string): number[] {
  const offsets = new Set<number>();
  for (let near = local - 26 * 3_600_000; near <= local + 26 * 3_600_000; near += 1_800_000) offsets.add(oracle(near, zone) - near);
  return [...offsets].map((offset) => local - offset).filter((instant) => oracle(instant, zone) === local).sort((a, b) => a - b);
}

const text = (local: number): { date: string; time: string } => ({ date: new Date(local).toISOString().slice(0, 10), time: new Date(local).toISOString().slice(11, 19) });

/** Seconds from 1990 to 2040, half of them within three hours of a change of the zone's offset, found by Intl. */
const moments = fc.constantFrom(...zones).chain((zone) => {
  const anywhere = fc.integer({ min: Date.UTC(1990, 0, 1) / 1000, max: Date.UTC(2040, 0, 1) / 1000 }).map((s) => s * 1000);
  const nearChange = fc.tuple(anywhere, fc.integer({ min: -10_800, max: 10_800 })).map(([start, shift]) => nextChange(start, zone) + shift * 1000);
  return fc.record({ zone: fc.constant(zone), instant: fc.oneof(anywhere, nearChange) });
});

function nextChange(start: number, zone: string): number {
  const offset = (instant: number): number => oracle(instant, zone) - instant;
  let low = start;
  let high = start;
  for (let days = 0; days < 400 && offset(high) === offset(low); days += 5) {
    low = high;
    high += 5 * 86_400_000;
  }
  while (high - low > 1000) {
    const middle = low + Math.floor((high - low) / 2000) * 1000;
    if (offset(middle) === offset(low)) low = middle;
    else high = middle;
  }
  return high;
}

const runs = { numRuns: 150 };

describe.each(processZones)('in a process in %s', (processZone, winter, summer) => {
  let clock: typeof ClockModule;
  let display: typeof DisplayModule;
  const before = process.env.TZ;

  beforeAll(async () => {
    process.env.TZ = processZone;
    vi.resetModules();
    clock = await import('../../../shared/model/time/wallclock.ts');
    display = await import('../../../shared/model/time/display.ts');
  });

  afterAll(() => {
    process.env.TZ = before;
  });

  it('the process really is there', () => {
    const offsets = [new Date(2026, 0, 15), new Date(2026, 6, 15)].map((date) => date.getTimezoneOffset());
    expect(offsets.sort()).toEqual([winter, summer].sort());
    expect(new Intl.DateTimeFormat().resolvedOptions().timeZone).toBe(processZone);
  });

  it('the clock shows what Intl shows', () => {
    fc.assert(fc.property(moments, ({ zone, instant }) => {
      expect(clock.toWall(instant, zone)).toEqual(text(oracle(instant, zone)));
    }), runs);
  });

  it('the readings of a time on the clock are all instants at which Intl shows it', () => {
    fc.assert(fc.property(moments, ({ zone, instant }) => {
      // As if UTC: near a change, some of these times are shown twice and some never.
      const local = instant + (oracle(instant - 3 * 3_600_000, zone) - (instant - 3 * 3_600_000));
      const found = oracleReadings(local, zone);
      expect(clock.readings(text(local), zone)).toEqual(found);
      if (found.length === 0) return;
      expect(clock.toInstant(text(local), zone)).toBe(found[0]);
      expect(clock.toInstant(text(local), zone, 'later')).toBe(found.at(-1));
      expect(clock.inRepeatedHour(found[0]!, zone)).toBe(found.length > 1);
    }), runs);
  });

  it('an instant is among the readings of what the clock shows', () => {
    fc.assert(fc.property(moments, ({ zone, instant }) => {
      expect(clock.readings(clock.toWall(instant, zone), zone)).toContain(instant);
    }), runs);
  });

  it('a time that the clock leaps over is as much later as it leaps', () => {
    fc.assert(fc.property(moments, ({ zone, instant }) => {
      const offset = oracle(instant - 3 * 3_600_000, zone) - (instant - 3 * 3_600_000);
      const local = instant + offset;
      if (oracleReadings(local, zone).length > 0) return;
      expect(clock.toInstant(text(local), zone)).toBe(instant);
      expect(oracle(clock.toInstant(text(local), zone), zone)).toBeGreaterThan(local);
    }), runs);
  });

  it('no instant between two shows less than the smallest reading, and one shows it', () => {
    fc.assert(fc.property(moments, fc.integer({ min: 0, max: 300 }), ({ zone, instant: now }, minutes) => {
      const since = now - minutes * 60_000 - 1000;
      const shown = [oracle(since, zone), oracle(now, zone)];
      for (let at = Math.ceil(since / 60_000) * 60_000; at <= now; at += 60_000) shown.push(oracle(at, zone));
      expect(clock.smallestReadingSince(since, now, zone)).toEqual(text(Math.min(...shown)));
    }), { numRuns: 60 });
  });

  it('near a repeated hour is what lies within the margin of an instant that is in one', () => {
    fc.assert(fc.property(moments, fc.integer({ min: 0, max: 240 }), ({ zone, instant }, minutes) => {
      const margin = minutes * 60_000;
      let near = clock.inRepeatedHour(instant - margin, zone) || clock.inRepeatedHour(instant + margin, zone);
      for (let at = instant - margin; at <= instant + margin && !near; at += 60_000) near = clock.inRepeatedHour(at, zone);
      expect(clock.nearRepeatedHour(instant, zone, margin)).toBe(near);
    }), { numRuns: 60 });
  });

  it('people read what the clock shows, also where the clock of the process leaps', () => {
    fc.assert(fc.property(moments, ({ zone, instant }) => {
      const local = new Date(oracle(instant, zone));
      const [weekday, dayOfMonth, month, year] = local.toUTCString().replace(',', '').split(' ');
      expect(display.formatMoment(instant, zone)).toContain(`${weekday} ${Number(dayOfMonth)} ${month} ${year}, ${local.toISOString().slice(11, 16)}`);
    }), runs);
    expect(display.formatMoment(Date.UTC(2026, 2, 8, 2, 30), 'UTC')).toBe('Sun 8 Mar 2026, 02:30 UTC');
    expect(display.formatMoment(Date.UTC(2026, 9, 4, 2, 15), 'UTC')).toBe('Sun 4 Oct 2026, 02:15 UTC');
  });
});
