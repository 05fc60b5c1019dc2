import { domainToUnicode } from 'node:url';
import type { Json } from './content.ts';

/**
 * People of a meeting as one side shows them. The organizer is never among them. Each side has keys of its own for the same person; the engine binds
 * them (graph key <-> CRM key) and merges person by person.
 */

export const ROLES = ['required', 'optional', 'informational', 'resource'] as const;
export type Role = (typeof ROLES)[number];

/** Only what somebody really answered; who did not is not in the set of answers. */
export type Answer = 'accepted' | 'declined' | 'tentative';

export type Participant = {
  readonly role: Role;
  /** As `smtpAddress` makes it; null where this side knows none. */
  readonly address: string | null;
  /** Display name, for people to read; never compared. */
  readonly name: string;
};

/**
 * By key. Graph: `mail:<lower-case address>`, `x500:<lower-case DN>`, or `name:<lower-case name>` where there is no address.
 * CRM: `rep:<SeqNo>`, `person:<PeGrp>:<PeNo>`, or `mail:<lower-case address>` for a row that names neither.
 */
export type Participants = Readonly<Record<string, Participant>>;

/** By the same keys. */
export type Answers = Readonly<Record<string, Answer>>;

/** What of a participant is compared: a changed name or address alone changes no meeting (design 4). */
export function comparable(participants: Participants): Json {
  return Object.fromEntries(Object.entries(participants).map(([key, { role }]) => [key, role]));
}

/** The same person twice counts once, with the strongest role. */
export function strongerRole(a: Role, b: Role): Role {
  return ROLES.indexOf(a) <= ROLES.indexOf(b) ? a : b;
}

/**
 * The SMTP address that a text is, in the one form in which addresses are compared: lower case, NFC, an international domain in its own letters
 * whichever way it was spelled. Of `Jane Doe <jane@example.org>` it is what stands in brackets. Null where the text is no address.
 */
export function smtpAddress(text: string): string | null {
  const bare = /<([^<>]*)>\s*$/.exec(text)?.[1] ?? text;
  const found = /^([^\s@<>,;]+)@([^\s@<>,;]+)$/u.exec(bare.trim());
  const [, local, domain] = found ?? [];
  if (local === undefined || domain === undefined || isX500(local)) return null;
  return `${lower(local)}@${lower(inOwnLetters(domain))}`;
}

/** Nothing but a domain with encoded letters is decoded: the function that does it would also rewrite what looks like a number or a path. */
function inOwnLetters(domain: string): string {
  if (!/(?:^|\.)xn--/i.test(domain) || !/^[a-z0-9.-]+$/i.test(domain)) return domain;
  return domainToUnicode(domain) || domain;
}

/** Exchange's inner address (`/o=ExchangeLabs/ou=…/cn=…`), which may hold an `@` and is none. */
export function isX500(text: string): boolean {
  return /^\/(?:o|ou|c|cn|dc)=/i.test(text.trim());
}

/** Lower case in the one form that stays itself when it is made again. */
export function lower(text: string): string {
  return text.normalize('NFC').toLowerCase().normalize('NFC');
}
