import type { CommandContext } from './command-context.ts';
import { printable } from './conditions.ts';
import { Refused } from './refused.ts';
import type { Field, Table } from './schema.ts';
import { element } from './xml-element.ts';
import type { XmlElement } from './xml-element.ts';

/** Runs a `<metainfo>`: one table, or all of them, and the build (dialect 8). */
export function runMetainfo(context: CommandContext, command: XmlElement): XmlElement {
  const { tablename } = command.attributes;
  const { schema } = context.store;
  const wanted = tablename === undefined ? undefined : schema.get(tablename);
  if (tablename !== undefined && wanted === undefined) {
    throw new Refused(422, `There is no table ${printable(tablename)}; ask without tablename for all of them.`, tablename);
  }
  const tables = wanted === undefined ? [...schema.values()] : [wanted];
  return element('return', { type: 'ok' }, [...tables.map(describe), element('build', { version: context.build })]);
}

function describe(table: Table): XmlElement {
  const fields = [...table.fields.values()].map((field) => element('field', attributes(field)));
  return element('table', { tablename: table.name, tableshort: table.short }, fields);
}

function attributes(field: Field): Record<string, string> {
  const described: Record<string, string> = { fieldname: field.name, fnr: String(field.fnr), type: field.type };
  if (field.type === 'C') described.length = String(field.length);
  if (field.readOnly) described.ReadOnly = 'true';
  if (field.private) described.Private = 'true';
  if (field.free) described.Free = 'true';
  if (field.rep) described.Rep = 'true';
  return described;
}
