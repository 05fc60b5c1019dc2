import { readCount, readFlag } from './command-context.ts';
import type { CommandContext } from './command-context.ts';
import { compileCondition, fulfils, printable, select, unknownField } from './conditions.ts';
import type { Condition } from './conditions.ts';
import { customAttributes } from './custom-attributes.ts';
import { Refused } from './refused.ts';
import { related } from './relations.ts';
import type { Field, Table } from './schema.ts';
import { byKey } from './store.ts';
import type { CrmRecord } from './store.ts';
import { formatValue } from './values.ts';
import { childElements, element } from './xml-element.ts';
import type { XmlElement } from './xml-element.ts';

/** Cursor flags [D: connector-se 3.6]. */
const SKIP_RIGHTS = 32;
const DELETED_OLD = 64;
const SUMMED = 128;
const WITH = 256;
const EXISTS = 512;
const NOT_EXISTS = 1024;
const OPTIONAL = 2048;
const DELETED = 16384;
const ALL_FLAGS = SKIP_RIGHTS | DELETED_OLD | SUMMED | WITH | EXISTS | NOT_EXISTS | OPTIONAL | DELETED;

/** One `<table>` of a query with everything that is asked of it. */
interface Reading {
  table: Table;
  /** Alias or table name: identifies the reading and names its elements. */
  name: string;
  flags: number;
  limit: number;
  fields: { field: Field; echoed: Record<string, string> }[];
  /** Custom attributes of its `<fields>` come back on its records. */
  echoed: Record<string, string>;
  blocks: Condition[][];
  nested: Reading[];
}

/** Runs a `<query>` and answers its `<return>` (dialect 3). */
export function runQuery(context: CommandContext, command: XmlElement): XmlElement {
  const root = readQuery(context, command);
  const records: XmlElement[] = [];
  for (const record of select(context.store, root.table.name, root.blocks)) {
    if (records.length >= root.limit) break;
    const shown = isVisible(context, root, record) ? show(context, root, record) : undefined;
    if (shown !== undefined) records.push(shown);
  }
  return element('return', { type: 'ok', count: String(records.length) }, records);
}

function isVisible(context: CommandContext, reading: Reading, record: CrmRecord): boolean {
  const deletedFlag = context.quirks.deletedFlag;
  if (record.deleted && (reading.flags & deletedFlag) === 0) return false;
  return (reading.flags & SKIP_RIGHTS) !== 0 || context.rights(context.session.login.rep, record) !== 'none';
}

/** The record's element with its children inside; undefined where a nested table rules it out. */
function show(context: CommandContext, reading: Reading, record: CrmRecord): XmlElement | undefined {
  const shown = element(reading.name, { tableshort: reading.table.short, id: record.id, ...reading.echoed });
  if (record.deleted) shown.attributes.deleted = 'true';
  for (const { field, echoed } of reading.fields) {
    const value = formatValue(field, record.values[field.name] ?? '', context.format);
    if (value !== '') shown.children.push(element(field.name, echoed, [value]));
    else if (context.quirks.emptyFields === 'element') shown.children.push(element(field.name, echoed));
  }
  for (const nested of reading.nested) {
    const children = showNested(context, nested, record);
    if ((nested.flags & NOT_EXISTS) !== 0) {
      if (children.length > 0) return undefined;
      continue;
    }
    if (children.length === 0 && (nested.flags & OPTIONAL) === 0) return undefined;
    if ((nested.flags & EXISTS) === 0) shown.children.push(...children.slice(0, nested.limit));
  }
  return shown;
}

function showNested(context: CommandContext, reading: Reading, parent: CrmRecord): XmlElement[] {
  const children: XmlElement[] = [];
  for (const record of (related(context.store, parent, reading.table.name) ?? []).sort(byKey)) {
    if (!isVisible(context, reading, record) || !fulfils(record, reading.blocks)) continue;
    const shown = show(context, reading, record);
    if (shown !== undefined) children.push(shown);
  }
  return children;
}

function readQuery(context: CommandContext, command: XmlElement): Reading {
  const readings = new Map<string, Reading>();
  const limit = readCount(command.attributes.maxrecords, 'maxrecords') ?? Number.POSITIVE_INFINITY;
  let root: Reading | undefined;
  const parts = childElements(command);
  for (const part of parts) {
    if (part.name !== 'tables') continue;
    const tables = childElements(part);
    if (root !== undefined || tables.length !== 1) throw new Refused(500, 'A query has one <tables> with one <table>; nest the others.');
    for (const table of tables) root = readTable(context, table, undefined, readings);
  }
  if (root === undefined) throw new Refused(500, 'A query needs <tables> with a <table>.');
  root.limit = Math.min(root.limit, limit);
  for (const part of parts) {
    if (part.name === 'fields') readFields(part, readings);
    else if (part.name === 'condition') readCondition(context, part, readings);
    else if (part.name !== 'tables') throw new Refused(500, `A query holds no <${printable(part.name)}>.`);
  }
  return root;
}

function readTable(
  context: CommandContext,
  node: XmlElement,
  parent: Reading | undefined,
  readings: Map<string, Reading>,
): Reading {
  const { attributes } = node;
  for (const name of ['index', 'keys', 'keysend', 'setlen', 'linkId', 'relindex', 'readtype', 'flags2']) {
    if (attributes[name] !== undefined) throw new Refused(500, `The attribute ${name} of a table is not modelled.`);
  }
  if (node.name !== 'table') throw new Refused(500, `A table holds no <${printable(node.name)}>.`);
  const table = knownTable(context, attributes.tablename ?? '');
  const name = attributes.alias ?? table.name;
  if (!/^[A-Za-z_][\w.-]*$/.test(name)) throw new Refused(500, 'An alias is an XML name.');
  if (readings.has(name)) throw new Refused(500, `The table ${name} is read twice; give the second one an alias.`);
  const flags = /^\d{1,9}$/.test(attributes.flags ?? '0') ? Number(attributes.flags ?? '0') : -1;
  if (flags < 0 || (flags & ~ALL_FLAGS) !== 0) throw new Refused(500, `The flags of table ${name} are not known.`);
  const reading: Reading = {
    table,
    name,
    flags,
    limit: readCount(attributes.maxrecords, 'maxrecords') ?? Number.POSITIVE_INFINITY,
    fields: [],
    echoed: {},
    blocks: [],
    nested: [],
  };
  if (readFlag(attributes.allfields, 'allfields')) {
    reading.fields = [...table.fields.values()].map((field) => ({ field, echoed: {} }));
  }
  readings.set(name, reading);
  if (parent !== undefined && !areRelated(context, parent.table, table)) {
    throw new Refused(500, `The tables ${parent.table.name} and ${table.name} are not related.`);
  }
  for (const child of childElements(node)) reading.nested.push(readTable(context, child, reading, readings));
  return reading;
}

/** Asked with a record that never existed: whether there is a relation does not hang on the records. */
function areRelated(context: CommandContext, parent: Table, child: Table): boolean {
  const nobody = { table: parent.name, id: '0', statNo: 0, seqNo: 0, deleted: false, values: {}, created: '', fieldStamps: {} };
  return related(context.store, nobody, child.name) !== undefined;
}

function knownTable(context: CommandContext, tablename: string): Table {
  const table = context.store.schema.get(tablename);
  if (table === undefined) throw new Refused(422, `There is no table ${printable(tablename)}; see <metainfo>.`, tablename);
  return table;
}

function readingFor(readings: Map<string, Reading>, attributes: Record<string, string>, what: string): Reading {
  const name = attributes.alias ?? attributes.tablename ?? '';
  const reading = readings.get(name);
  if (reading === undefined) throw new Refused(422, `${what} names the table ${printable(name)}, which the query does not read.`, name);
  return reading;
}

function readFields(node: XmlElement, readings: Map<string, Reading>): void {
  const { attributes } = node;
  const add = (reading: Reading, fieldname: string, echoed: Record<string, string>): void => {
    const field = reading.table.fields.get(fieldname);
    if (field === undefined) throw unknownField(reading.table, fieldname);
    if (!reading.fields.some((present) => present.field === field)) reading.fields.push({ field, echoed });
  };
  if (attributes.fields !== undefined) {
    const reading = readingFor(readings, attributes, 'A list of fields');
    for (const name of attributes.fields.split(',')) add(reading, name.trim(), {});
    Object.assign(reading.echoed, customAttributes(attributes, 'field'));
  }
  for (const child of childElements(node)) {
    if (child.name !== 'field') throw new Refused(500, `A list of fields holds no <${printable(child.name)}>.`);
    const reading = readingFor(readings, { ...pickTable(attributes), ...child.attributes }, 'A field');
    add(reading, child.attributes.fieldname ?? '', customAttributes(child.attributes, 'field'));
  }
}

function pickTable({ tablename, alias }: Record<string, string>): Record<string, string> {
  return { ...(tablename === undefined ? {} : { tablename }), ...(alias === undefined ? {} : { alias }) };
}

function readCondition(context: CommandContext, node: XmlElement, readings: Map<string, Reading>): void {
  const blocks = new Map<Reading, Condition[]>();
  for (const cond of childElements(node)) {
    if (cond.name !== 'cond') throw new Refused(500, `A condition holds no <${printable(cond.name)}>.`);
    const reading = readingFor(readings, { ...pickTable(node.attributes), ...cond.attributes }, 'A condition');
    const block = blocks.get(reading) ?? [];
    block.push(compileCondition(cond, reading.table, context.format));
    blocks.set(reading, block);
  }
  for (const [reading, block] of blocks) {
    const [first] = reading.blocks;
    if (first !== undefined && context.quirks.conditionBlocks === 'and') first.push(...block);
    else reading.blocks.push(block);
  }
}
