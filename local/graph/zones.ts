import { createRequire } from 'node:module';
import { Temporal } from 'temporal-polyfill';

/** A time zone under the name it was asked for (`W. Europe Standard Time`) and the IANA zone that computes it. */
export interface Zone {
  name: string;
  iana: string;
}

export const UTC: Zone = { name: 'UTC', iana: 'UTC' };

interface WindowsZones {
  supplemental: { windowsZones: { mapTimezones: { mapZone: { _other: string; _type: string; _territory: string } }[] } };
}

const known = new Map<string, Zone | undefined>();
let windowsNames: Map<string, { name: string; iana: string }> | undefined;

/** Windows names come from the CLDR table; read at first use, because nothing is to happen at import. */
function windowsZones(): Map<string, { name: string; iana: string }> {
  if (windowsNames !== undefined) return windowsNames;
  const require = createRequire(import.meta.url);
  const table = require('cldr-core/supplemental/windowsZones.json') as WindowsZones;
  windowsNames = new Map();
  for (const { mapZone } of table.supplemental.windowsZones.mapTimezones) {
    if (mapZone._territory === '001') windowsNames.set(mapZone._other.toLowerCase(), { name: mapZone._other, iana: mapZone._type });
  }
  return windowsNames;
}

export function findZone(name: string): Zone | undefined {
  if (known.has(name)) return known.get(name);
  const zone = lookUpZone(name);
  known.set(name, zone);
  return zone;
}

function lookUpZone(name: string): Zone | undefined {
  const lower = name.toLowerCase();
  if (lower === 'utc' || lower === 'tzone://microsoft/utc') return { name: 'UTC', iana: 'UTC' };
  const windows = windowsZones().get(lower);
  if (windows !== undefined) return windows;
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/.test(name)) return undefined;
  try {
    const zone = Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return { name, iana: zone.timeZoneId };
  } catch {
    return undefined;
  }
}

/** The IANA names that the CLDR table knows a Windows name for. */
export function ianaZoneNames(): string[] {
  const require = createRequire(import.meta.url);
  const table = require('cldr-core/supplemental/windowsZones.json') as WindowsZones;
  return [...new Set(table.supplemental.windowsZones.mapTimezones.flatMap(({ mapZone }) => mapZone._type.split(' ')))].sort();
}

export function windowsZoneNames(): string[] {
  return [...windowsZones().values()].map((zone) => zone.name).sort();
}

/** Conversions are the dearest work of a view, and the same times come again and again. */
const MOST_REMEMBERED = 50_000;
const remembered = new Map<string, number>();
const rememberedWalls = new Map<string, string>();

/** `wall` is `YYYY-MM-DDTHH:mm:ss(.fff)` without offset; a time inside a gap is taken after it, a repeated one at its first passing. */
export function epochOf(wall: string, iana: string): number {
  if (iana === 'UTC') return Date.parse(`${wall}Z`);
  const key = `${wall} ${iana}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const epoch = Temporal.PlainDateTime.from(wall).toZonedDateTime(iana, { disambiguation: 'compatible' }).epochMilliseconds;
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(key, epoch);
  return epoch;
}

/** The wall clock of a zone at an instant: `YYYY-MM-DDTHH:mm:ss.fff`. */
export function wallAt(epochMs: number, iana: string): string {
  if (iana === 'UTC') return new Date(epochMs).toISOString().slice(0, 23);
  const key = `${epochMs} ${iana}`;
  const known = rememberedWalls.get(key);
  if (known !== undefined) return known;
  const wall = Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(iana).toPlainDateTime().toString({ fractionalSecondDigits: 3 });
  if (rememberedWalls.size >= MOST_REMEMBERED) rememberedWalls.clear();
  rememberedWalls.set(key, wall);
  return wall;
}

/** Seven fractional digits, as Exchange writes its times. */
export const sevenDigits = (wall: string): string => `${wall.slice(0, 19)}.${(wall.slice(20, 23) || '000').padEnd(3, '0')}0000`;

export const stampOf = (epochMs: number): string => `${new Date(epochMs).toISOString().slice(0, 23)}0000Z`;

export interface WallTime {
  /** `YYYY-MM-DDTHH:mm:ss.fff` on the clock of `zone`. */
  wall: string;
  zone: Zone;
}
