import { synonymRows, unmappedRows, windowsRows } from './zone-data.ts';

/** `iana` is today's name of the zone (Europe/Kyiv for Europe/Kiev), so that equal zones compare equal. */
export type ZoneResolution = { iana: string; unknown?: never } | { unknown: true; name: string; iana?: never };

/** Graph's own names for UTC (graph.md 5.8). Its `tzone://Microsoft/Custom` and "Customized Time Zone" name no zone at all and stay unknown. */
const namesOfUtc = ['tzone://Microsoft/Utc', 'Z', 'Coordinated Universal Time'];

/** Zones that Windows has retired and CLDR no longer lists, still found in mailboxes. "Mid-Atlantic Standard Time" never was a place: unknown. */
const retiredWindowsZones: [string, string][] = [['Kamchatka Standard Time', 'Asia/Kamchatka']];

interface Names {
  /** lower-case IANA or Windows name -> today's IANA name */
  iana: Map<string, string>;
  windows: Map<string, string>;
  synonyms: Map<string, string[]>;
}

let read: Names | undefined;

function names(): Names {
  return (read ??= readNames());
}

function readNames(): Names {
  const found: Names = { iana: new Map(), windows: new Map(), synonyms: new Map() };
  for (const today of rows(unmappedRows)) found.iana.set(today.toLowerCase(), today);
  for (const [windows, zones] of namedLists(windowsRows)) {
    for (const zone of zones) {
      found.iana.set(zone.toLowerCase(), zone);
      found.windows.set(zone, windows);
    }
    found.iana.set(windows.toLowerCase(), zones[0] ?? windows);
  }
  for (const [today, others] of namedLists(synonymRows)) {
    found.synonyms.set(today, others);
    for (const other of others) found.iana.set(other.toLowerCase(), today);
  }
  for (const [windows, zone] of retiredWindowsZones) found.iana.set(windows.toLowerCase(), zone);
  for (const name of namesOfUtc) found.iana.set(name.toLowerCase(), 'UTC');
  return found;
}

function rows(text: string): string[] {
  return text.split('\n').filter((row) => row !== '');
}

function namedLists(text: string): [string, string[]][] {
  return rows(text).map((row) => {
    const [name = '', list = ''] = row.split('=');
    return [name, list.split(',')];
  });
}

const resolved = new Map<string, ZoneResolution>();
const rememberedNames = 2_000;

/**
 * IANA names (old, new, in any case), Windows names and Graph's oddities. Unknown is an answer, not an error: the caller then uses the zone of the
 * mailbox. A zone that the running ICU cannot convert is unknown, too.
 */
export function resolveZone(name: string): ZoneResolution {
  const known = resolved.get(name);
  if (known !== undefined) return known;
  const resolution = resolve(name.trim());
  if (resolved.size >= rememberedNames) resolved.clear();
  resolved.set(name, resolution);
  return resolution;
}

function resolve(name: string): ZoneResolution {
  const iana = names().iana.get(name.toLowerCase()) ?? (name.includes('/') ? name : undefined);
  return iana !== undefined && convertibleName(iana) !== undefined ? { iana } : { unknown: true, name };
}

/** The name by which the running ICU converts the zone: an older Node may know only the older name. */
export function convertibleName(iana: string): string | undefined {
  return [iana, ...(names().synonyms.get(iana) ?? [])].find(converts);
}

function converts(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/** The Windows name, as Outlook and Exchange use it; undefined where Windows has none (Antarctica/Troll). */
export function toWindows(iana: string): string | undefined {
  const today = names().iana.get(iana.toLowerCase());
  return today === undefined ? undefined : names().windows.get(today);
}
