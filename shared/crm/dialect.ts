/**
 * The request language of CRM.interface: the one place that knows how a request looks (docs/crm-interface-dialect: 2 to 4).
 * Table and field names come from the schema profile, which holds them to be XML names.
 */

export interface Envelope {
  readonly user: string;
  /** Left out where the login is by domain (single sign-on: the web server has authenticated us). */
  readonly password: string | null;
  readonly domain?: string;
  /** E-mail address 1 of the rep to act as; null = the master user acts. */
  readonly impersonateEmail: string | null;
  readonly language: string;
  readonly corr: string;
}

export type Operator = '=' | '!=' | '<' | '>' | '<=' | '>=' | '()' | ')(';

export interface Condition {
  readonly table: string;
  readonly field: string;
  readonly op: Operator;
  readonly value: string;
}

/** Conditions of one block are ANDed, blocks of one table are ORed; no block at all = every record. */
export type Blocks = readonly (readonly Condition[])[];

export interface QueryTable {
  readonly table: string;
  readonly fields: readonly string[];
  /** Sum of cursor flags: 2048 optional, 16384 (64 on old builds) also records marked as deleted. */
  readonly flags?: number;
  readonly nested?: readonly QueryTable[];
}

export interface QueryCommand {
  readonly kind: 'query';
  readonly corr: string;
  readonly table: QueryTable;
  readonly where: Blocks;
  readonly maxRecords?: number;
}

export interface FieldValue {
  readonly field: string;
  readonly value: string;
  readonly matchup?: boolean;
  /** Its value is sent as base64 while it comes; one field of a request at most. */
  readonly streamed?: true;
}

export interface NewRecord {
  readonly table: string;
  readonly fields: readonly FieldValue[];
}

interface ImportCommand {
  readonly kind: 'import';
  readonly corr: string;
  /** Children stand behind their parent and inherit its key. */
  readonly records: readonly NewRecord[];
  readonly forceInternalMatchup: boolean;
}

interface UpdateCommand {
  readonly kind: 'update';
  readonly corr: string;
  /** Each is answered by a return of its own. */
  readonly records: readonly (NewRecord & { readonly id: string })[];
}

/** For participants and document links only: an activity is deleted by its marker field (design 5.1). */
interface DeleteCommand {
  readonly kind: 'delete';
  readonly corr: string;
  readonly records: readonly { readonly table: string; readonly id: string }[];
}

interface BreakCommand {
  readonly kind: 'break';
  readonly corr: string;
  /** XPath on the answer so far. */
  readonly when: string;
}

interface MetainfoCommand {
  readonly kind: 'metainfo';
  readonly corr: string;
  readonly table: string;
}

interface NopCommand {
  readonly kind: 'nop';
  readonly corr: string;
}

export type Command = QueryCommand | ImportCommand | UpdateCommand | DeleteCommand | BreakCommand | MetainfoCommand | NopCommand;

export const OPTIONAL_TABLE = 2_048;

/** XPath that is true when the query answered another number of records than `count`, or failed. */
export function countIsNot(corr: string, count: number): string {
  return `not(/root/response/query[@corr='${corr}']/return/@count='${count}')`;
}

export function isWrite(command: Command): boolean {
  return command.kind === 'import' || command.kind === 'update' || command.kind === 'delete';
}

export function renderRequest(envelope: Envelope, commands: readonly Command[]): string {
  const attributes = [
    attribute('user', envelope.user),
    envelope.domain === undefined ? '' : attribute('domain', envelope.domain),
    envelope.password === null ? '' : attribute('pwd', envelope.password),
    envelope.impersonateEmail === null ? '' : attribute('impersonate', `email=${envelope.impersonateEmail}`),
    attribute('lang', envelope.language),
    attribute('catbynum', 'true'),
    attribute('dateformatin', 'ymd'),
    attribute('dateformatout', 'ymd'),
    attribute('corr', envelope.corr),
  ];
  return `<request${attributes.join('')}>${commands.map(renderCommand).join('')}</request>`;
}

export function renderCommand(command: Command): string {
  const corr = attribute('corr', command.corr);
  switch (command.kind) {
    case 'query':
      return renderQuery(command, corr);
    case 'import': {
      const forced = command.forceInternalMatchup ? attribute('force_internal_matchup', 'true') : '';
      return `<import${corr}${forced}><fields>${command.records.map((record) => renderRecord(record, '')).join('')}</fields></import>`;
    }
    case 'update':
      return `<update${corr}><fields>${command.records.map((record) => renderRecord(record, attribute('id', record.id))).join('')}</fields></update>`;
    case 'delete':
      return `<delete${corr}><fields>${command.records.map(({ table, id }) => `<${table}${attribute('id', id)}/>`).join('')}</fields></delete>`;
    case 'break':
      return `<break${corr}${attribute('if', command.when)}/>`;
    case 'metainfo':
      return `<metainfo${corr}${attribute('tablename', command.table)}/>`;
    case 'nop':
      return `<nop${corr}/>`;
  }
}

function renderQuery(query: QueryCommand, corr: string): string {
  const limit = query.maxRecords === undefined ? '' : attribute('maxrecords', String(query.maxRecords));
  const conditions = query.where.map((block) => `<condition>${block.map(renderCondition).join('')}</condition>`).join('');
  const fields = flattened(query.table).map((table) => `<fields${attribute('tablename', table.table)}${attribute('fields', table.fields.join(','))}/>`).join('');
  return `<query${corr}${limit}><tables>${renderTable(query.table)}</tables>${conditions}${fields}</query>`;
}

function renderTable(table: QueryTable): string {
  const head = `<table${attribute('tablename', table.table)}${table.flags === undefined ? '' : attribute('flags', String(table.flags))}`;
  if (table.nested === undefined || table.nested.length === 0) return `${head}/>`;
  return `${head}>${table.nested.map(renderTable).join('')}</table>`;
}

function flattened(table: QueryTable): QueryTable[] {
  return [table, ...(table.nested ?? []).flatMap(flattened)];
}

function renderCondition(condition: Condition): string {
  return `<cond${attribute('tablename', condition.table)}${attribute('fieldname', condition.field)}${attribute('op', condition.op)}${attribute('value', condition.value)}/>`;
}

/** Stands where a streamed content goes: no XML can hold this character, so no value shows it. */
export const CONTENT_HERE = '\uFFFF';

function renderRecord(record: NewRecord, id: string): string {
  const fields = record.fields.map(({ field, value, matchup, streamed }) => `<${field}${matchup === true ? attribute('matchup', 'true') : ''}>${streamed === true ? CONTENT_HERE : escapeText(value)}</${field}>`);
  return `<${record.table}${id}>${fields.join('')}</${record.table}>`;
}

function attribute(name: string, value: string): string {
  return ` ${name}="${escapeAttribute(value)}"`;
}

const UNSAFE_TEXT = /[&<>\r\u0000-\u0008\u000B\u000C\u000E-\u001F\uD800-\uDFFF\uFFFE\uFFFF]/;
const UNHOLDABLE = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** Removes the characters that no XML 1.0 document can hold, also not as a reference. */
export function holdable(text: string): string {
  return text.replace(UNHOLDABLE, '');
}

const TEXT_ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };
const ATTRIBUTE_ESCAPES: Readonly<Record<string, string>> = { ...TEXT_ESCAPES, '"': '&quot;', '\n': '&#10;', '\t': '&#9;' };

export function escapeText(text: string): string {
  if (!UNSAFE_TEXT.test(text)) return text;
  return holdable(text).replace(/[&<>\r]/g, (character) => TEXT_ESCAPES[character] ?? character);
}

function escapeAttribute(text: string): string {
  return holdable(text).replace(/[&<>"\r\n\t]/g, (character) => ATTRIBUTE_ESCAPES[character] ?? character);
}
