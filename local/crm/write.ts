import type { CommandContext } from './command-context.ts';
import { readFlag } from './command-context.ts';
import { printable, unknownField } from './conditions.ts';
import { customAttributes } from './custom-attributes.ts';
import { matchRecord } from './match-up.ts';
import type { WrittenRecord } from './match-up.ts';
import { readRecordId } from './record-id.ts';
import { Refused } from './refused.ts';
import { inheritedKey, mayBeParent } from './relations.ts';
import type { Table } from './schema.ts';
import type { CrmRecord } from './store.ts';
import { parseValue } from './values.ts';
import { childElements, element, textOf } from './xml-element.ts';
import type { XmlElement } from './xml-element.ts';

export type WriteKind = 'import' | 'insert' | 'update' | 'delete' | 'match';

/** A record that came before in the same `<fields>`: what it became, or undefined where it failed. */
interface Earlier {
  table: string;
  record: CrmRecord | undefined;
}

/** Runs a writing command: one `<return>` per record, each judged alone, in order (dialect 4, 9). */
export function runWrite(context: CommandContext, command: XmlElement, kind: WriteKind): XmlElement[] {
  const { attributes } = command;
  if (readFlag(attributes.use_configured_matchup, 'use_configured_matchup')) {
    throw new Refused(500, 'No external match-up is configured; leave use_configured_matchup out.');
  }
  readFlag(attributes.force_internal_matchup, 'force_internal_matchup');
  const returns: XmlElement[] = [];
  const groups = childElements(command);
  if (groups.length === 0) throw new Refused(500, `The command ${kind} needs <fields> with a record.`);
  for (const group of groups) {
    if (group.name !== 'fields') throw new Refused(500, `The command ${kind} holds no <${printable(group.name)}>.`);
    const earlier: Earlier[] = [];
    for (const node of childElements(group)) {
      try {
        const { type, record } = writeRecord(context, command, kind, node, earlier);
        earlier.push({ table: node.name, record });
        returns.push(element('return', { type }, [answerRecord(context, node, record)]));
      } catch (cause) {
        if (!(cause instanceof Refused)) throw cause;
        earlier.push({ table: node.name, record: undefined });
        returns.push(refusal(cause));
      }
    }
  }
  return returns;
}

export function refusal(cause: Refused): XmlElement {
  const attributes: Record<string, string> = { type: 'error', code: String(cause.code), text: cause.message };
  if (cause.fieldname !== undefined) attributes.fieldname = cause.fieldname;
  return element('return', attributes);
}

function answerRecord(context: CommandContext, node: XmlElement, record: CrmRecord): XmlElement {
  const short = context.store.schema.get(record.table)?.short ?? '';
  return element(record.table, { tableshort: short, id: record.id, ...customAttributes(node.attributes, 'record') });
}

function writeRecord(
  context: CommandContext,
  command: XmlElement,
  kind: WriteKind,
  node: XmlElement,
  earlier: Earlier[],
): { type: string; record: CrmRecord } {
  const table = context.store.schema.get(node.name);
  if (table === undefined) throw new Refused(422, `There is no table ${printable(node.name)}; see <metainfo>.`, node.name);
  customAttributes(node.attributes, 'record');
  const by = context.session.login.user;
  if (kind === 'update' || kind === 'delete') {
    const record = addressed(context, table, node);
    mayWrite(context, record);
    if (kind === 'delete') {
      context.records.remove(record, by);
      return { type: 'delete', record };
    }
    if (record.deleted) throw new Refused(404, `The record of ${table.name} is marked as deleted.`);
    const { values } = readRecord(context, table, node, record);
    context.records.update(record, values, by);
    return { type: 'update', record };
  }
  const written = readRecord(context, table, node, undefined);
  Object.assign(written.inherited, inherit(table.name, written.values, earlier));
  const found = kind === 'insert' || switchedOff(command, node) ? undefined : matchRecord(context, command, written);
  if (kind === 'match') {
    if (found === undefined) throw new Refused(404, `No record of ${table.name} matches.`);
    return { type: 'match', record: found };
  }
  if (found === undefined) return { type: 'insert', record: context.records.insert(table.name, forInsert(written), by) };
  mayWrite(context, found);
  return { type: context.records.update(found, forUpdate(written), by) ? 'update' : 'match', record: found };
}

function switchedOff(command: XmlElement, node: XmlElement): boolean {
  const off = (text: string | undefined): boolean => text !== undefined && !readFlag(text, 'matchup');
  return off(command.attributes.matchup) || off(node.attributes.matchup);
}

function mayWrite(context: CommandContext, record: CrmRecord): void {
  if (context.rights(context.session.login.rep, record) !== 'write') {
    throw new Refused(403, `The user has no right to write this record of ${record.table}.`);
  }
}

function addressed(context: CommandContext, table: Table, node: XmlElement): CrmRecord {
  const { id } = node.attributes;
  if (id === undefined) throw new Refused(422, `The record of ${table.name} is addressed by its id; write id="…".`, 'id');
  const known = readRecordId(id);
  const record = known === undefined ? undefined : context.store.byId(table.name, known);
  if (record === undefined) throw new Refused(404, `There is no such record of ${table.name}.`);
  return record;
}

/** Reads the fields of a record. Its own keys and stamps are read-only; a key may be written as a key to match by. */
function readRecord(context: CommandContext, table: Table, node: XmlElement, present: CrmRecord | undefined): WrittenRecord {
  const written: WrittenRecord = { table, values: {}, marked: [], inherited: {} };
  for (const child of childElements(node)) {
    const field = table.fields.get(child.name);
    if (field === undefined) throw unknownField(table, child.name);
    if (Object.hasOwn(written.values, child.name)) throw new Refused(422, `${child.name} stands twice in a record.`, child.name);
    if (childElements(child).length > 0) throw new Refused(422, `${child.name} holds a text, no elements.`, child.name);
    const value = parseValue(field, textOf(child), context.format);
    if (typeof value !== 'string') throw new Refused(422, `${child.name} of ${table.name} ${value.reason}.`, child.name);
    const marked = readFlag(child.attributes.matchup, 'matchup');
    const same = present !== undefined && (present.values[child.name] ?? '') === value;
    if (field.readOnly && !same && !(marked && field.key !== undefined)) {
      throw new Refused(422, `${child.name} of ${table.name} is read-only; leave it out.`, child.name);
    }
    if (marked) written.marked.push(child.name);
    written.values[child.name] = value;
  }
  return written;
}

/** Fields by which a record that only lives under a parent names it itself. */
const OWN_PARENT: Record<string, string[]> = { Participant: ['ActStatNo', 'ActSeqNo'], DocumentLink: ['DocumentId'] };

/** A child takes over the key of the nearest parent before it, unless it names its own; it is matched among that parent's children. */
function inherit(table: string, values: Record<string, string>, earlier: Earlier[]): Record<string, string> {
  const own = (OWN_PARENT[table] ?? []).filter((name) => Object.hasOwn(values, name));
  if (own.length > 0) return Object.fromEntries(own.map((name) => [name, values[name] ?? '']));
  const parent = earlier.findLast((candidate) => mayBeParent(table, candidate.table));
  if (parent === undefined) return {};
  if (parent.record === undefined) throw new Refused(422, `The ${parent.table} that this ${table} belongs to was refused.`, linkField(table));
  const key = inheritedKey(table, parent.record) ?? {};
  return Object.keys(key).some((name) => Object.hasOwn(values, name)) ? {} : key;
}

function linkField(table: string): string {
  if (table === 'Participant') return 'ActSeqNo';
  if (table === 'DocumentLink') return 'DocumentId';
  return table === 'Person' ? 'CoNo' : 'PeNo';
}

/** A record's own keys are given by the CRM: what was only meant to match by cannot be stored. */
function forInsert(written: WrittenRecord): Record<string, string> {
  for (const name of written.marked) {
    if (written.table.fields.get(name)?.readOnly === true) {
      throw new Refused(422, `No ${written.table.name} has this ${name}, and a new one gets its own.`, name);
    }
  }
  return { ...written.inherited, ...written.values };
}

function forUpdate(written: WrittenRecord): Record<string, string> {
  return Object.fromEntries(
    Object.entries(written.values).filter(([name]) => written.table.fields.get(name)?.readOnly !== true),
  );
}
