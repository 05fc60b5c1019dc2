import { readFlag } from './command-context.ts';
import type { CommandContext } from './command-context.ts';
import { Refused } from './refused.ts';
import type { Table } from './schema.ts';
import { comparisonKey } from './store.ts';
import type { CrmRecord } from './store.ts';
import type { XmlElement } from './xml-element.ts';

/** What one record of a request says. */
export interface WrittenRecord {
  table: Table;
  values: Record<string, string>;
  /** The fields marked `matchup="true"`. */
  marked: string[];
  /** What it took over from the parent before it. */
  inherited: Record<string, string>;
}

/**
 * What the CRM's normal match-up compares where nothing else hits. Deliberately blunt: an activity is found by its
 * person and its start, so that a writer who forgets `force_internal_matchup` gets somebody else's record (dialect 4).
 */
const NORMAL: Record<string, string[]> = {
  Contact: ['PeGrp', 'PeNo', 'Date', 'Time'],
  Person: ['LastName', 'FirstName', 'CoNo'],
  Company: ['Company'],
  Participant: ['ActStatNo', 'ActSeqNo', 'PeGrp', 'PeNo', 'RepId', 'Email'],
  Document: ['FileName', 'Title'],
};

/** The record that an `<import>` means, or undefined where it is new. Never one that is marked as deleted. */
export function matchRecord(context: CommandContext, command: XmlElement, written: WrittenRecord): CrmRecord | undefined {
  const { marked, values } = written;
  if (marked.length > 0) {
    const known = find(context, written, marked);
    const hits = known.filter((record) => !record.deleted);
    if (hits.length > 1) throw new Refused(409, `More than one ${written.table.name} matches.`, marked[0]);
    if (hits.length === 1) return hits[0];
    if (known.length > 0 && context.quirks.deletedMatch === 'refuse') {
      throw new Refused(409, `A deleted ${written.table.name} has this key already.`, marked[0]);
    }
  }
  const forced = readFlag(command.attributes.force_internal_matchup, 'force_internal_matchup');
  const byExternalKey = marked.includes('ExtKey') || marked.includes('ExtSystem');
  if (forced || (marked.length > 0 && !byExternalKey)) return undefined;
  const normal = NORMAL[written.table.name] ?? [];
  const telling = normal.some((name) => (values[name] ?? '') !== '');
  return telling ? find(context, written, normal).find((record) => !record.deleted) : undefined;
}

/** Records that agree in the fields, deleted ones too; children of the inherited parent only. */
function find(context: CommandContext, written: WrittenRecord, names: string[]): CrmRecord[] {
  const { table, inherited } = written;
  const wanted: Record<string, string> = { ...inherited };
  for (const name of names) wanted[name] = written.values[name] ?? inherited[name] ?? '';
  const tests = Object.entries(wanted).flatMap(([name, value]) => {
    const field = table.fields.get(name);
    return field === undefined ? [] : [{ name, field, key: comparisonKey(field, value) }];
  });
  let candidates: Iterable<CrmRecord> = context.store.all(table.name);
  let smallest = Number.POSITIVE_INFINITY;
  for (const { name } of tests) {
    const indexed = context.store.equal(table.name, name, wanted[name] ?? '');
    if (indexed === undefined || indexed.size >= smallest) continue;
    smallest = indexed.size;
    candidates = indexed;
  }
  return [...candidates].filter((record) =>
    tests.every(({ name, field, key }) => comparisonKey(field, record.values[name] ?? '') === key),
  );
}
