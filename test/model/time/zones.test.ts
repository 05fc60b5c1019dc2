import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, it, expect } from 'vitest';
import { convertibleName, resolveZone, toWindows } from '../../../shared/model/time/zones.ts';
import { windowsRows } from '../../../shared/model/time/zone-data.ts';

const generator = fileURLToPath(new URL('../../../shared/model/time/generate-zones.mjs', import.meta.url));

describe('the zone table', () => {
  it('is what the generator makes from the installed CLDR packages', () => {
    expect(() => execFileSync(process.execPath, [generator, '--check'], { stdio: 'pipe' })).not.toThrow();
  });

  it('names a zone that can be converted for every Windows zone, and finds the way back', () => {
    const windows = windowsRows.split('\n').filter((row) => row !== '').map((row) => row.split('=')[0]!);
    expect(windows.length).toBeGreaterThan(130);
    for (const name of windows) {
      const zone = resolveZone(name);
      expect(zone.unknown, name).toBeUndefined();
      expect(toWindows(zone.iana!), name).toBe(name);
    }
  });
});

describe('the name of a zone', () => {
  it.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    ['europe/berlin', 'Europe/Berlin'],
    ['Europe/Kiev', 'Europe/Kyiv'],
    ['Europe/Kyiv', 'Europe/Kyiv'],
    ['Asia/Calcutta', 'Asia/Kolkata'],
    ['US/Eastern', 'America/New_York'],
    ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ['W. Europe Standard Time', 'Europe/Berlin'],
    ['w. europe standard time', 'Europe/Berlin'],
    [' Eastern Standard Time ', 'America/New_York'],
    ['FLE Standard Time', 'Europe/Kyiv'],
    ['GMT Standard Time', 'Europe/London'],
    ['India Standard Time', 'Asia/Kolkata'],
    ['Kamchatka Standard Time', 'Asia/Kamchatka'],
    ['UTC', 'UTC'],
    ['utc', 'UTC'],
    ['Etc/UTC', 'UTC'],
    ['tzone://Microsoft/Utc', 'UTC'],
    ['UTC+12', 'Etc/GMT-12'],
  ])('%s means %s', (name, iana) => {
    expect(resolveZone(name)).toEqual({ iana });
  });

  it.each(['', 'tzone://Microsoft/Custom', 'Customized Time Zone', 'Mid-Atlantic Standard Time', 'Atlantis/Capital', '+01:00', 'Etc/Unknown', '__proto__', 'constructor'])('"%s" is unknown, which is an answer and no error', (name) => {
    expect(resolveZone(name)).toEqual({ unknown: true, name });
  });

  it('is one that the running ICU converts, an older one where it does not know the newest', () => {
    expect(new Intl.DateTimeFormat('en', { timeZone: convertibleName('Europe/Kyiv')! }).format(0)).toBeTypeOf('string');
    expect(convertibleName('Atlantis/Capital')).toBeUndefined();
  });
});

describe('the Windows name of a zone', () => {
  it.each([
    ['Europe/Berlin', 'W. Europe Standard Time'],
    ['Europe/Vienna', 'W. Europe Standard Time'],
    ['Europe/Kiev', 'FLE Standard Time'],
    ['Europe/Kyiv', 'FLE Standard Time'],
    ['america/new_york', 'Eastern Standard Time'],
    ['UTC', 'UTC'],
    ['Etc/UTC', 'UTC'],
  ])('of %s is %s', (iana, windows) => {
    expect(toWindows(iana)).toBe(windows);
  });

  it('is missing where Windows has no such zone', () => {
    expect(toWindows('Antarctica/Troll')).toBeUndefined();
    expect(toWindows('Atlantis/Capital')).toBeUndefined();
  });
});
