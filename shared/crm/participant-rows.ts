import { ROLES, smtpAddress, strongerRole, type Answer, type Answers, type Participant, type Participants, type Role } from '../model/participants.ts';
import type { ActivityRows } from './activity-row.ts';
import type { AnswerRecord } from './answer.ts';
import type { FieldValue } from './dialect.ts';
import type { SchemaProfile } from './profile.ts';
import { readBoolean, readWhole } from './values.ts';

/** Rows of an activity's participants as people of a meeting (docs/crm-interface-dialect: 8 and 9). */

/** Key of a person record. */
export interface PersonKey {
  readonly group: string;
  readonly number: string;
}

/** Who the owner of an activity is: he is never among its participants. */
export interface Owner {
  readonly rep: number | null;
  readonly person: PersonKey | null;
  /** As `smtpAddress` makes them. */
  readonly addresses: ReadonlySet<string>;
}

/** One row. A person may have several (a to-do of its own beside the participation). */
export interface KnownRow {
  readonly id: string;
  readonly role: Role;
  readonly answer: Answer | null;
  readonly isToDo: boolean;
}

/** By the participant's key, in the order of the record ids. */
export type KnownRows = ReadonlyMap<string, readonly KnownRow[]>;

/** Numbers of the answers in the CRM's catalog; null = the catalog has no such answer. */
export interface AnswerNumbers {
  readonly tentativeStatus: number | null;
}

export function rowsByKey(record: AnswerRecord, rows: ActivityRows, owner: Owner, numbers: AnswerNumbers): KnownRows {
  const found = new Map<string, KnownRow[]>();
  for (const { id, field } of rows.participants(record)) {
    const key = keyOf(field);
    if (key === null || isOwner(key, owner)) continue;
    const row = { id, role: readRole(field('Role')), answer: readAnswer(field('Status'), numbers), isToDo: readBoolean(field('IsToDo')) };
    found.set(key, [...(found.get(key) ?? []), row]);
  }
  return found;
}

/** The same person twice counts once: with the strongest role, and with the answer of the to-do before that of another row. */
export function peopleOf(known: KnownRows): { readonly participants: Participants; readonly answers: Answers } {
  const participants: Record<string, Participant> = {};
  const answers: Record<string, Answer> = {};
  for (const [key, rows] of known) {
    const [first, ...others] = rows;
    if (first === undefined) continue;
    participants[key] = participant(key, others.reduce((role, row) => strongerRole(role, row.role), first.role));
    const { answer } = answering(rows).find((row) => row.answer !== null) ?? first;
    if (answer !== null) answers[key] = answer;
  }
  return { participants, answers };
}

/** What would be read of these people if they were written: neither the owner nor whom the CRM cannot name. */
export function heldParticipants(participants: Participants, owner: Owner): Participants {
  const held = Object.entries(participants).filter(([key]) => isHoldable(key) && !isOwner(key, owner));
  return Object.fromEntries(held.map(([key, { role }]) => [key, participant(key, role)]));
}

export function heldAnswers(answers: Answers, owner: Owner, numbers: AnswerNumbers): Answers {
  return Object.fromEntries(Object.entries(answers).filter(([key, answer]) => isHoldable(key) && !isOwner(key, owner) && answerNumber(answer, numbers) !== null));
}

/** The rows whose status is the person's answer: the to-dos, or else the first row. */
export function answering(rows: readonly KnownRow[]): readonly KnownRow[] {
  const toDos = rows.filter((row) => row.isToDo);
  return toDos.length > 0 ? toDos : rows.slice(0, 1);
}

/** The fields that name a participant in a new row, marked to match by; null where the CRM has no way to name him. */
export function namingFields(key: string, { participant: { fields } }: SchemaProfile): FieldValue[] | null {
  const rep = repNumber(key);
  const person = personKey(key);
  const marked = (field: { readonly name: string }, value: string): FieldValue => ({ field: field.name, value, matchup: true });
  if (rep !== null) return [marked(fields.RepId, String(rep))];
  if (person !== null) return [marked(fields.PeGrp, person.group), marked(fields.PeNo, person.number)];
  return key.startsWith(MAIL) && smtpAddress(key.slice(MAIL.length)) !== null ? [marked(fields.Email, key.slice(MAIL.length))] : null;
}

export function personKey(key: string): PersonKey | null {
  const [, group, number] = PERSON.exec(key) ?? [];
  return group === undefined || number === undefined ? null : { group, number };
}

export function repNumber(key: string): number | null {
  const [, number] = REP.exec(key) ?? [];
  return number === undefined ? null : Number(number);
}

export function roleNumber(role: Role): string {
  return String(Math.max(0, ROLES.indexOf(role)));
}

const ACCEPTED = 1;
const DECLINED = 2;

/** null: this answer is not written. Not having answered is none, so that it never overwrites one. */
export function answerNumber(answer: Answer, { tentativeStatus }: AnswerNumbers): number | null {
  if (answer === 'accepted') return ACCEPTED;
  return answer === 'declined' ? DECLINED : tentativeStatus;
}

export function isOwner(key: string, owner: Owner): boolean {
  if (key.startsWith(MAIL)) return owner.addresses.has(key.slice(MAIL.length));
  const person = personKey(key);
  const rep = repNumber(key);
  if (rep !== null) return rep === owner.rep;
  return person !== null && person.group === owner.person?.group && person.number === owner.person.number;
}

const MAIL = 'mail:';
const REP = /^rep:([1-9]\d{0,14})$/;
const PERSON = /^person:(\d{1,10}):([1-9]\d{0,14})$/;

function isHoldable(key: string): boolean {
  return REP.test(key) || PERSON.test(key) || (key.startsWith(MAIL) && smtpAddress(key.slice(MAIL.length)) !== null);
}

function keyOf(field: (name: 'RepId' | 'PeGrp' | 'PeNo' | 'Email') => string): string | null {
  const rep = readWhole(field('RepId')) ?? 0;
  if (rep > 0) return `rep:${rep}`;
  const number = readWhole(field('PeNo')) ?? 0;
  if (number > 0) return `person:${readWhole(field('PeGrp')) ?? 0}:${number}`;
  const text = field('Email').trim();
  // What is no address is somebody all the same, whom nobody can invite.
  return text === '' ? null : `${MAIL}${smtpAddress(text) ?? text.toLowerCase()}`;
}

function participant(key: string, role: Role): Participant {
  return { role, address: key.startsWith(MAIL) ? smtpAddress(key.slice(MAIL.length)) : null, name: '' };
}

function readRole(text: string): Role {
  return ROLES[readWhole(text) ?? -1] ?? 'required';
}

function readAnswer(text: string, { tentativeStatus }: AnswerNumbers): Answer | null {
  const number = readWhole(text);
  if (number === ACCEPTED) return 'accepted';
  if (number === DECLINED) return 'declined';
  return number !== null && number === tentativeStatus ? 'tentative' : null;
}
