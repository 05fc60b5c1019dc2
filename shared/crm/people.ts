import { domainToASCII } from 'node:url';
import { smtpAddress } from '../model/participants.ts';
import type { People } from '../sync/ports.ts';
import type { AnswerRecord, CommandAnswer } from './answer.ts';
import { errorOf, queryFailure } from './classify.ts';
import { OPTIONAL_TABLE, type Blocks, type QueryCommand, type QueryTable } from './dialect.ts';
import { all } from './key-pages.ts';
import { personKey, repNumber } from './participant-rows.ts';
import type { RecordProfile, SchemaProfile } from './profile.ts';
import { readWhole } from './values.ts';

/** Who is who in the CRM, as its rep asks in one pass: reps by e-mail address 1, active or not; persons by each of their three addresses. */

export interface PeopleOptions {
  readonly profile: SchemaProfile;
  /** Sends queries, many to a request; one answer each. */
  readonly ask: (queries: readonly QueryCommand[]) => Promise<readonly (CommandAnswer | undefined)[]>;
  /** Addresses that surely belong to a rep: all those of synchronized mailboxes, lower case. */
  readonly aliases: () => Promise<ReadonlyMap<string, number>>;
}

type Found = { readonly key: string } | 'unknown' | 'ambiguous';

interface Known {
  readonly address: string | null;
  readonly name: string;
}

/** More than this many records of one address are ambiguous in any case. */
const ENOUGH = 10;
/** In a condition it would stand for anything (docs/crm-interface-dialect: 3). */
const WILDCARD = '*';

export function crmPeople({ profile, ask, aliases }: PeopleOptions): People {
  const byAddress = new Map<string, Found>();
  const byKey = new Map<string, Known>();
  let repsByAddress: ReadonlyMap<string, number> | null = null;
  const tables = { rep: repTable(profile), person: personTable(profile) };

  async function acquaint(addresses: readonly string[], crmKeys: readonly string[]): Promise<void> {
    const asked = new Set(addresses.map(comparedForm));
    const surely = asked.size === 0 ? NOBODY : (repsByAddress ??= comparable(await aliases()));
    for (const address of asked) {
      const rep = surely.get(address);
      if (rep !== undefined) byAddress.set(address, { key: `rep:${rep}` });
      else if (smtpAddress(address) === null || address.includes(WILDCARD)) byAddress.set(address, 'unknown');
    }
    const open = [...asked].filter((address) => !byAddress.has(address));
    const keys = [...new Set(crmKeys)].filter((key) => !byKey.has(key) && whereKey(profile, key) !== null);
    const questions = [...open.flatMap((address) => addressQueries(address)), ...keys.flatMap((key) => keyQuery(key))];
    if (questions.length === 0) return;
    const answers = await ask(questions.map((query, index) => ({ ...query, corr: `p${index}` })));
    for (const [index, address] of open.entries()) {
      const reps = recordsOf(answers[2 * index], profile.rep.table);
      const persons = recordsOf(answers[2 * index + 1], profile.person.table);
      byAddress.set(address, who(address, reps, persons));
    }
    for (const [index, key] of keys.entries()) {
      const [record] = recordsOf(answers[2 * open.length + index], repNumber(key) === null ? profile.person.table : profile.rep.table);
      if (record === undefined) byKey.set(key, { address: null, name: '' });
      else if (repNumber(key) === null) learnPerson(record);
      else learnRep(record);
    }
  }

  function addressQueries(address: string): Omit<QueryCommand, 'corr'>[] {
    const { rep, person } = profile;
    const forms = spellings(address);
    const reps: Blocks = forms.map((form) => all(rep, ['Email1', '=', form]));
    const persons: Blocks = forms.flatMap((form) => EMAILS.map((field) => all(person, [field, '=', form])));
    return [
      { kind: 'query', table: tables.rep, where: reps, maxRecords: ENOUGH },
      { kind: 'query', table: tables.person, where: persons, maxRecords: ENOUGH },
    ];
  }

  function keyQuery(key: string): Omit<QueryCommand, 'corr'>[] {
    const where = whereKey(profile, key);
    return where === null ? [] : [{ kind: 'query', table: repNumber(key) === null ? tables.person : tables.rep, where, maxRecords: 1 }];
  }

  /** The one human being behind these records: a person who is a rep's own counts as that rep. */
  function who(address: string, reps: readonly AnswerRecord[], persons: readonly AnswerRecord[]): Found {
    // What the CRM takes for equal is compared again: its conditions have wildcards.
    const isHis = (record: AnswerRecord, table: RecordProfile<string>, fields: readonly string[]): boolean => fields.some((field) => smtpAddress(valueOf(record, table, field)) === address);
    const keys = new Set([
      ...reps.filter((record) => isHis(record, profile.rep, ['Email1'])).flatMap((record) => learnRep(record)),
      ...persons.filter((record) => isHis(record, profile.person, EMAILS)).flatMap((record) => learnPerson(record)),
    ]);
    const [key] = keys;
    if (key === undefined) return 'unknown';
    return keys.size === 1 ? { key } : 'ambiguous';
  }

  function learnRep(record: AnswerRecord): string[] {
    const number = readWhole(valueOf(record, profile.rep, 'SeqNo')) ?? 0;
    if (number <= 0) return [];
    byKey.set(`rep:${number}`, { address: smtpAddress(valueOf(record, profile.rep, 'Email1')), name: valueOf(record, profile.rep, 'Name').trim() });
    return [`rep:${number}`];
  }

  function learnPerson(record: AnswerRecord): string[] {
    const number = readWhole(valueOf(record, profile.person, 'PeNo')) ?? 0;
    if (number <= 0) return [];
    const group = readWhole(valueOf(record, profile.person, 'PeGrp')) ?? 0;
    const addresses = EMAILS.flatMap((field) => smtpAddress(valueOf(record, profile.person, field)) ?? []);
    const name = [valueOf(record, profile.person, 'FirstName'), valueOf(record, profile.person, 'LastName')].map((part) => part.trim()).filter((part) => part !== '').join(' ');
    byKey.set(`person:${group}:${number}`, { address: addresses[0] ?? null, name });
    // Whichever way the CRM relates reps to persons: only the rep whose own person this is counts.
    const reps = record.nested.filter((rep) => !rep.deleted && readWhole(valueOf(rep, profile.rep, 'PeNo')) === number && (readWhole(valueOf(rep, profile.rep, 'PeGrp')) ?? 0) === group);
    return reps.length === 0 ? [`person:${group}:${number}`] : reps.flatMap((rep) => learnRep(rep));
  }

  return {
    acquaint,
    byAddress: (address) => byAddress.get(comparedForm(address)) ?? 'unknown',
    addressOf: (key) => (key.startsWith('mail:') ? smtpAddress(key.slice('mail:'.length)) : (byKey.get(key)?.address ?? null)),
    nameOf: (key) => byKey.get(key)?.name ?? '',
  };
}

const NOBODY: ReadonlyMap<string, number> = new Map();

function comparable(aliases: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return new Map([...aliases].map(([address, rep]) => [comparedForm(address), rep]));
}

const EMAILS = ['Email1', 'Email2', 'Email3'] as const;

function repTable({ rep }: SchemaProfile): QueryTable {
  return { table: rep.table, fields: (['SeqNo', 'Name', 'Email1', 'PeGrp', 'PeNo'] as const).map((name) => rep.fields[name].name) };
}

/** With the rep whose own person it is, so that one question tells both. */
function personTable(profile: SchemaProfile): QueryTable {
  const { person } = profile;
  const fields = ['PeGrp', 'PeNo', 'FirstName', 'LastName', ...EMAILS] as const;
  return { table: person.table, fields: fields.map((name) => person.fields[name].name), nested: [{ ...repTable(profile), flags: OPTIONAL_TABLE }] };
}

function whereKey({ rep, person }: SchemaProfile, key: string): Blocks | null {
  const number = repNumber(key);
  // Reps live on station 0 (docs/crm-interface-dialect: 9).
  if (number !== null) return [all(rep, ['StatNo', '=', '0'], ['SeqNo', '=', String(number)])];
  const found = personKey(key);
  return found === null ? null : [all(person, ['PeGrp', '=', found.group], ['PeNo', '=', found.number])];
}

function comparedForm(address: string): string {
  return smtpAddress(address) ?? address.trim().toLowerCase();
}

/** A domain with letters of its own may stand in the CRM in either spelling. */
function spellings(address: string): string[] {
  const at = address.lastIndexOf('@') + 1;
  const domain = address.slice(at);
  const encoded = /[^\u0020-\u007e]/.test(domain) ? domainToASCII(domain) : domain;
  return encoded === '' || encoded === domain ? [address] : [address, `${address.slice(0, at)}${encoded}`];
}

function valueOf(record: AnswerRecord, table: RecordProfile<string>, field: string): string {
  return record.fields.get(table.fields[field]?.name ?? field) ?? '';
}

function recordsOf(answer: CommandAnswer | undefined, table: string): readonly AnswerRecord[] {
  const error = answer === undefined ? { code: 'unknown', field: null } : errorOf(answer);
  if (error !== null) throw queryFailure(error, table);
  return answer?.state === 'answered' ? answer.returns.flatMap((each) => each.records) : [];
}
