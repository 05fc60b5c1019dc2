/** People of a meeting, the same for both sides. The organizer is never among them. */

/** Numbered as the CRM's catalog is. */
export const ROLES = ['required', 'optional', 'informational', 'resource'] as const;
export type Role = (typeof ROLES)[number];

export const ANSWERS = ['accepted', 'tentative', 'declined'] as const;
export type Answer = (typeof ANSWERS)[number];

export interface Address {
  readonly name: string;
  /** In lower case; '' where the side knows none. */
  readonly address: string;
}

export interface Invited extends Address {
  /** Who it is on its side; whoever is added on this page has none yet, and is found by the address. */
  readonly key: string | null;
  readonly role: Role;
  /** null: not answered, as far as this side knows. */
  readonly answer: Answer | null;
}

export const ANSWER_WORDS: Readonly<Record<Answer, string>> = { accepted: 'accepted', tentative: 'tentative', declined: 'declined' };
export const NO_ANSWER = 'no answer yet';

export function answerWords(answer: Answer | null): string {
  return answer === null ? NO_ANSWER : ANSWER_WORDS[answer];
}

export function nameOf({ name, address }: Address): string {
  return name === '' ? (address === '' ? 'Somebody' : address) : name;
}

/** `Ilse Marten (optional, accepted)`. */
export function personWords(person: Invited): string {
  return `${nameOf(person)} (${person.role}, ${answerWords(person.answer)})`;
}

/** Equal for the same people in the same roles; answers and names are no part of it. */
export function crowdOf(people: readonly Invited[]): string {
  return JSON.stringify(people.map(({ key, address, role }) => [key ?? address, role]).sort());
}

/** The address in `Ilse Marten <ilse@example.com>` or alone, in lower case; null where there is none. */
export function addressIn(text: string): string | null {
  const bare = (/<([^<>]*)>\s*$/.exec(text)?.[1] ?? text).trim().toLowerCase();
  return /^[^\s@<>,;]+@[^\s@<>,;]+$/.test(bare) ? bare : null;
}
