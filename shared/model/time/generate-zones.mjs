/**
 * Writes zone-data.ts from the CLDR packages of package.json (Unicode licence v3). Run it after an update of cldr-core or cldr-bcp47.
 * With --check it writes nothing and fails where the committed file is not what it would write.
 */
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';

const require = createRequire(import.meta.url);
const target = new URL('zone-data.ts', import.meta.url);

/** One group per zone, today's IANA name first. `Etc/Unknown` is no zone; UTC is what people and Graph call `Etc/UTC`. */
function synonymGroups() {
  const keys = require('cldr-bcp47/bcp47/timezone.json').keyword.u.tz;
  const groups = [];
  for (const entry of Object.values(keys)) {
    if (typeof entry !== 'object' || entry._alias === undefined) continue;
    const names = entry._alias.split(' ');
    if (names.includes('Etc/Unknown')) continue;
    const today = names.includes('UTC') ? 'UTC' : (entry._iana ?? names[0]);
    groups.push([today, ...names.filter((name) => name !== today).sort()]);
  }
  return groups.sort((a, b) => (a[0] < b[0] ? -1 : 1));
}

/** Windows name -> IANA names, the one CLDR names for the whole world (territory 001) first. */
function windowsZones(todayOf) {
  const rows = require('cldr-core/supplemental/windowsZones.json').supplemental.windowsZones.mapTimezones.map((row) => row.mapZone);
  const zones = new Map();
  for (const row of rows.filter((row) => row._territory === '001')) zones.set(row._other, new Set([todayOf(row._type)]));
  for (const row of rows) for (const name of row._type.trim().split(/ +/)) zones.get(row._other).add(todayOf(name));
  return [...zones].map(([windows, names]) => [windows, ...names]).sort((a, b) => (a[0] < b[0] ? -1 : 1));
}

function zoneData() {
  const groups = synonymGroups();
  const today = new Map(groups.flatMap((group) => group.map((name) => [name, group[0]])));
  const windows = windowsZones((name) => {
    const found = today.get(name);
    if (found === undefined) throw new Error(`cldr-core names ${name}, cldr-bcp47 does not: install the same version of both packages.`);
    return found;
  });
  const mapped = new Set(windows.flatMap((row) => row.slice(1)));
  const lines = (rows) => rows.map((row) => `${row}\n`).join('');
  const row = ([first, ...rest]) => `${first}=${rest.join(',')}`;
  return `// Generated from CLDR ${require('cldr-core/package.json').version} by generate-zones.mjs: run that instead of editing this.

/** Windows name=IANA names, the one for the whole world first. */
export const windowsRows = \`
${lines(windows.map(row))}\`;

/** Today's IANA name=its other names. */
export const synonymRows = \`
${lines(groups.filter((group) => group.length > 1).map(row))}\`;

/** IANA names that Windows has no zone for. */
export const unmappedRows = \`
${lines(groups.map((group) => group[0]).filter((name) => !mapped.has(name)))}\`;
`;
}

const wanted = zoneData();
if (!process.argv.includes('--check')) writeFileSync(target, wanted);
else if (readFileSync(target, 'utf8') !== wanted) {
  console.error('zone-data.ts is not what the installed CLDR packages give: run node shared/model/time/generate-zones.mjs and commit the result.');
  process.exitCode = 1;
}
