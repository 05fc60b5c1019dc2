import { notMade, ok, wrong, warning, type Finding } from './doctor-findings.ts';
import type { ExaminedMarker, ExaminedTable } from './ports.ts';

/** More would be a wall of names: whoever mends these asks again. */
const NAMES = 8;

/** Whether the CRM has the fields that the schema profile names; one finding for each table that is not as it should be. */
export function fieldFindings(tables: readonly ExaminedTable[]): Finding[] {
  const check = 'crm.fields';
  const bad = tables.flatMap((table) => [...refusedTable(check, table), ...missingFields(check, table), ...shortTexts(check, table)]);
  return bad.length > 0 ? bad : [ok(check, `The CRM has every field that the connector asks for (${tables.map(({ table }) => table).join(', ')}).`)];
}

function refusedTable(check: string, { record, table, refused }: ExaminedTable): Finding[] {
  if (refused === null) return [];
  return [wrong(check, `The CRM does not tell of the table ${table} (code ${refused}): check crm.profile.${record}.table and the rights of crm.user.`)];
}

function missingFields(check: string, { table, missing }: ExaminedTable): Finding[] {
  if (missing.length === 0) return [];
  const named = listed(missing.map(({ rule, field }) => `${field} (${rule})`));
  return [wrong(check, `The CRM’s table ${table} lacks ${missing.length === 1 ? 'a field' : `${missing.length} fields`}: ${named}; let the named rule say what it is called there.`)];
}

/** Text that is cut to too great a length is refused, and the record with it; a key that does not fit can be written nowhere. */
function shortTexts(check: string, { table, short }: ExaminedTable): Finding[] {
  return short.map(({ field, holds, needed, lengthRule }) =>
    lengthRule === null
      ? wrong(check, `The CRM’s field ${field} of ${table} holds ${holds} characters, but the connector’s key needs ${needed}: have it made longer.`)
      : warning(check, `The CRM’s field ${field} of ${table} holds ${holds} characters, not ${needed}: set ${lengthRule} to ${holds}, or longer texts are refused.`),
  );
}

/** Whether each mark of ours has a field, and one of its own. */
export function markerFindings(markers: readonly ExaminedMarker[] | null): Finding[] {
  const check = 'crm.markers';
  if (markers === null) return notMade([check], 'the CRM does not tell of the table of the activities');
  const bad = markers.flatMap(({ rule, field, exists, sharedWith, holdsOnly }) => [
    ...(exists ? [] : [wrong(check, `The CRM’s activities have no field ${field}: let ${rule} name another one.`)]),
    ...(sharedWith === null ? [] : [wrong(check, `${rule} names the field ${field}, which ${sharedWith} names too: let one of them name another field.`)]),
    ...(holdsOnly === null ? [] : [wrong(check, `The CRM’s field ${field} holds ${holdsOnly} characters, which is too short for what ${rule} is marked with: have it made longer, or mark with a shorter word.`)]),
  ]);
  return bad.length > 0 ? bad : [ok(check, `The fields of our marks are there, each with one meaning: ${markers.map(({ field }) => field).join(', ')}.`)];
}

function listed(names: readonly string[]): string {
  return names.length <= NAMES ? names.join(', ') : `${names.slice(0, NAMES).join(', ')} and ${names.length - NAMES} more`;
}
