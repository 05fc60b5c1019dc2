import { createHash } from 'node:crypto';

/** A value that survives JSON: canonical content is made of nothing else, so that a fingerprint depends on content alone. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };

/** What one side holds of an item, translated and canonical, one value per field group. */
export type Content = Readonly<Record<string, Json>>;

/** Raised when a canonical form changes: bases made by the one before are compared in its form, older ones are rebased silently where neither side's stamp moved (design 4). */
export const NORMALISER_VERSION = 1;

/** The form before today's. */
export interface Former {
  readonly normaliser: number;
  /** As it made the fingerprint of what today's content was made of. */
  fingerprint(value: Json): string;
}

/** Whoever raises the version says here how to tell what the one before has made, wherever today's content still says it; null while there is none. */
export const FORMER: Former | null = null;

/** 128 bits of SHA-256 over the canonical JSON of a value, base64url: equal content, equal fingerprint, whatever the order of members. */
export function fingerprint(value: Json): string {
  if (isMembers(value)) return `${MEMBERS}${canonicalJson(value)}`;
  return createHash('sha256').update(canonicalJson(value)).digest('base64url').slice(0, 22);
}

/** Stands before what is its own fingerprint. */
const MEMBERS = '=';

/** Texts by key are members of a set: they stay readable, because a set is merged member by member against its base (design 4). */
function isMembers(value: Json): value is Readonly<Record<string, string>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && Object.values(value).every((member) => typeof member === 'string');
}

/** The members that a fingerprint stands for; null where it is none of a set. */
export function membersIn(print: string): Readonly<Record<string, string>> | null {
  return print.startsWith(MEMBERS) ? (JSON.parse(print.slice(MEMBERS.length)) as Readonly<Record<string, string>>) : null;
}

export function fingerprints(content: Content): Record<string, string> {
  return Object.fromEntries(Object.entries(content).map(([group, value]) => [group, fingerprint(value)]));
}

function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
