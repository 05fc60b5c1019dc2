import { queryFailure, errorOf } from './classify.ts';
import type { CommandAnswer } from './answer.ts';
import type { QueryCommand } from './dialect.ts';
import { all } from './key-pages.ts';
import type { PersonKey } from './participant-rows.ts';
import type { SchemaProfile } from './profile.ts';

/** The rep's own person: parent of an activity without a known participant, and the rep himself among participants. */

export function ownPersonQuery(profile: SchemaProfile, rep: number): QueryCommand {
  const { rep: record } = profile;
  // Reps live on station 0 (docs/crm-interface-dialect: 9).
  const where = [all(record, ['StatNo', '=', '0'], ['SeqNo', '=', String(rep)])];
  return { kind: 'query', corr: 'rep', table: { table: record.table, fields: [record.fields.PeGrp.name, record.fields.PeNo.name] }, where, maxRecords: 1 };
}

/** null where the rep is linked to no person. Throws PortFailure where the CRM does not answer the query. */
export function readOwnPerson(answer: CommandAnswer | undefined, profile: SchemaProfile): PersonKey | null {
  const error = answer === undefined ? { code: 'unknown', field: null } : errorOf(answer);
  if (error !== null) throw queryFailure(error, profile.rep.table);
  const fields = answer?.state === 'answered' ? answer.returns[0]?.records[0]?.fields : undefined;
  const group = fields?.get(profile.rep.fields.PeGrp.name)?.trim() ?? '';
  const number = fields?.get(profile.rep.fields.PeNo.name)?.trim() ?? '';
  return number === '' || number === '0' ? null : { group, number };
}
