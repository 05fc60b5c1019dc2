import { NO_RECORD, relationOf } from '../config/link-patterns.ts';
import type { LinkRule } from '../config/rules.ts';
import type { Json } from '../model/content.ts';
import { PortFailure } from '../sync/failures.ts';
import type { FieldValue, QueryCommand } from './dialect.ts';
import { freeField, type SchemaProfile } from './profile.ts';
import { recordId, recordKey } from './record-id.ts';
import { readWhole } from './values.ts';

/** Fields of an activity that lead to a record of another info area: the key of one such record. */
export interface Relation {
  readonly name: string;
  readonly table: string;
  /** XML names. */
  readonly station: string;
  readonly serial: string;
}

/** The group `links`: by relation the id of the record it leads to. */
export interface LinkFields {
  readonly relations: readonly Relation[];
  /** XML names, for reading. */
  readonly fields: readonly string[];
  read(value: (field: string) => string): Json;
  /** Only what differs from what the record shows. */
  write(links: Json, shown: Json | undefined): readonly FieldValue[];
  /** What `read` gives after this was written. */
  held(links: Json): Json;
}

/** Whether a record is there that a relation could lead to, asked as the one who writes; null where the id is none. `corr` is the caller's. */
export function existenceQuery({ table }: Relation, id: string): Omit<QueryCommand, 'corr'> | null {
  const key = recordKey(id);
  if (key === null) return null;
  const is = (field: string, value: number) => ({ table, field, op: '=' as const, value: String(value) });
  return { kind: 'query', table: { table, fields: ['StatNo', 'SeqNo'] }, where: [[is('StatNo', key.station), is('SeqNo', key.serial)]], maxRecords: 1 };
}

type Links = Readonly<Record<string, string>>;

/** Fields that mean something else: what an activity hangs on, whose it is, when it is. */
const NOT_FREE = ['StatNo', 'SeqNo', 'UpdDate', 'UpdTime', 'UpdBy', 'Contact', 'Subject', 'Text', 'Date', 'Time', 'EndDate', 'EndTime', 'Location', 'RepId', 'Status', 'Priority', 'Private', 'Reminder', 'ShowAs', 'Categories', 'CoGrp', 'CoNo', 'PeGrp', 'PeNo', 'MainStatNo', 'MainSeqNo', 'ExtSystem', 'ExtKey', 'CreateToDo'] as const; // prettier-ignore

/** Throws PortFailure 'configuration' that names the rule that cannot be followed. */
export function linkFields(profile: Pick<SchemaProfile, 'activity' | 'opportunity'>, rules: readonly LinkRule[]): LinkFields {
  const relations = new Map<string, Relation>();
  for (const [index, rule] of rules.entries()) {
    const relation = relationFor(profile, rule, `appointments.links[${index}]`);
    const known = relations.get(relation.name);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(relation)) throw mistake(`appointments.links[${index}] sets other fields than another rule of the relation '${relation.name}': give it a relation of its own.`);
    const twin = [...relations.values()].find(({ name, serial, station }) => name !== relation.name && (serial === relation.serial || station === relation.station));
    if (twin !== undefined) throw mistake(`appointments.links[${index}] sets a field that the relation '${twin.name}' sets: let both name the same relation.`);
    relations.set(relation.name, relation);
  }
  const all = [...relations.values()];

  function read(value: (field: string) => string): Json {
    return Object.fromEntries(
      all.flatMap(({ name, station, serial }) => {
        const [stationNo, serialNo] = [readWhole(value(station)) ?? 0, readWhole(value(serial)) ?? 0];
        return serialNo > 0 && stationNo >= 0 ? [[name, recordId({ station: stationNo, serial: serialNo })]] : [];
      }),
    );
  }

  function write(links: Json, shown: Json | undefined): readonly FieldValue[] {
    const [wanted, before] = [asLinks(links), shown === undefined ? null : asLinks(shown)];
    return all.flatMap(({ name, station, serial }) => {
      if (before !== null && before[name] === wanted[name]) return [];
      const key = wanted[name] === undefined ? null : recordKey(wanted[name]);
      return [{ field: station, value: key === null ? '' : String(key.station) }, { field: serial, value: key === null ? '' : String(key.serial) }];
    });
  }

  return {
    relations: all,
    fields: all.flatMap(({ station, serial }) => [station, serial]),
    read,
    write,
    held: (links) => Object.fromEntries(Object.entries(asLinks(links)).filter(([name, id]) => relations.has(name) && !id.startsWith(NO_RECORD))),
  };
}

function asLinks(links: Json): Links {
  return (links ?? {}) as Links;
}

function relationFor({ activity, opportunity }: Pick<SchemaProfile, 'activity' | 'opportunity'>, rule: LinkRule, path: string): Relation {
  const isOpportunity = rule.infoArea === opportunity.infoArea;
  const table = rule.table ?? (isOpportunity ? opportunity.table : undefined);
  const stationField = rule.stationField ?? (isOpportunity ? 'OppStatNo' : undefined);
  const serialField = rule.serialField ?? (isOpportunity ? 'OppSeqNo' : undefined);
  if (table === undefined || stationField === undefined || serialField === undefined) throw mistake(`${path} links to ${rule.infoArea}, of which the profile knows nothing: name its table, stationField and serialField.`);
  const [station, serial] = [freeField(activity, stationField), freeField(activity, serialField)];
  const taken = NOT_FREE.map((name) => activity.fields[name].name);
  const refused = [station, serial].find((field) => taken.includes(field));
  if (refused !== undefined || station === serial) throw mistake(`${path} sets the field ${refused ?? station}, which means something else: name the two fields of the activity that lead to ${rule.infoArea}.`);
  return { name: relationOf(rule), table, station, serial };
}

function mistake(sentence: string): PortFailure {
  return new PortFailure('crm', 'configuration', sentence);
}
