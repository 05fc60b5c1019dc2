import type { Json } from './content.ts';

/**
 * People of a meeting as one side shows them. The organizer is never among them. Each side has keys of its own for the same person; the engine binds
 * them (graph key <-> CRM key) and merges person by person.
 */

export const ROLES = ['required', 'optional', 'informational', 'resource'] as const;
export type Role = (typeof ROLES)[number];

/** Only what somebody really answered; who did not is not in the set of answers. */
export type Answer = 'accepted' | 'declined' | 'tentative';

export interface Participant {
  readonly role: Role;
  /** Lower-case SMTP address; null where this side knows none. */
  readonly address: string | null;
  /** Display name, for people to read; never compared. */
  readonly name: string;
}

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
