import type { Attendee, AttendeeType } from '@microsoft/microsoft-graph-types';
import { asAppointment, type AppointmentContent } from '../model/appointment.ts';
import { isX500, lower, smtpAddress, strongerRole, type Answer, type Answers, type Participant, type Participants, type Role } from '../model/participants.ts';
import { canonicalLine } from '../model/text/canonical-text.ts';
import type { SideItem } from '../sync/ports.ts';
import type { GraphAttendee, GraphMailAddress } from './event-schema.ts';

/** One row of an event's attendees. */
export interface AttendeeRow {
  /** Null: no participant (the organizer, the organizing mailbox itself, a row that names nobody), but carried along when the list is written. */
  readonly key: string | null;
  readonly person: Participant;
  readonly answer: Answer | null;
  /** As it was read, without its answer: Graph takes some answers of a PATCH for the attendee's own (contrib issue 6689). */
  readonly asRead: Attendee;
}

/**
 * An item as this adapter reads it. The rows stay with it, because a list of attendees is written as a whole: whoever stays must be written as he was
 * read, or Exchange takes him for somebody else, cancels and invites.
 */
export interface ReadEvent extends SideItem {
  readonly attendees?: readonly AttendeeRow[];
  /** Its text as it is, where a line may be added to it. */
  readonly html?: string;
  /** Its text has the line that leads to CRM.web. */
  readonly hasLine?: true;
  /** Fingerprint of what Graph told of it, in whatever form the engine has it meanwhile. */
  readonly told?: string;
  /** Of a body that holds more than its text: its HTML with another text in it, or null where that would lose something else. */
  readonly withText?: (text: string) => string | null;
}

const TYPES = ['required', 'optional', 'resource'] as const satisfies readonly (AttendeeType & Role)[];
/** Graph knows no attendee who is only informed. */
const TYPE_OF = { required: 'required', optional: 'optional', informational: 'optional', resource: 'resource' } as const satisfies Record<Role, AttendeeType>;

/** None and notResponded are no answers, nor is what a newer Graph may say. */
export function answerOf(response: string | null | undefined): Answer | null {
  if (response === 'accepted' || response === 'declined') return response;
  return response === 'tentativelyAccepted' ? 'tentative' : null;
}

/**
 * The key of whoever Graph names here: an address, Exchange's inner address, or just a name, which may stand where the address should
 * (docs issue 13898, contrib issue 825). Null where it names nobody (docs issue 4477).
 */
export function personKey(mail: GraphMailAddress | null | undefined): string | null {
  const address = mail?.address?.trim() ?? '';
  const smtp = smtpAddress(address);
  if (smtp !== null) return `mail:${smtp}`;
  if (isX500(address)) return `x500:${lower(address)}`;
  const name = lower(canonicalLine(mail?.name ?? '') || canonicalLine(address));
  return name === '' ? null : `name:${name}`;
}

export function keysOf(addresses: readonly string[]): ReadonlySet<string> {
  return new Set(addresses.map((address) => personKey({ address })).filter((key) => key !== null));
}

/** Every row, in Graph's order; `outside` are the keys of those who do not count as participants. */
export function attendeeRows(attendees: readonly GraphAttendee[], outside: ReadonlySet<string>): AttendeeRow[] {
  return attendees.map(({ type, status, emailAddress }) => {
    const key = personKey(emailAddress);
    const address = smtpAddress(emailAddress?.address ?? '');
    const name = canonicalLine(emailAddress?.name ?? '');
    const known = TYPES.find((one) => one === type);
    return {
      key: key !== null && outside.has(key) ? null : key,
      person: { role: known ?? 'required', address, name: name || (address ?? canonicalLine(emailAddress?.address ?? '')) },
      answer: answerOf(status?.response),
      asRead: { ...(known === undefined ? {} : { type: known }), ...(emailAddress == null ? {} : { emailAddress: { ...emailAddress } }) },
    };
  });
}

/** Who is there twice counts once, with the stronger role. */
export function participantsOf(rows: readonly AttendeeRow[]): Participants {
  const found: Record<string, Participant> = {};
  for (const { key, person } of rows) {
    if (key === null) continue;
    const first = found[key];
    found[key] = first === undefined ? person : { ...first, role: strongerRole(first.role, person.role) };
  }
  return found;
}

export function answersOf(rows: readonly AttendeeRow[]): Answers {
  const found: Record<string, Answer> = {};
  for (const { key, answer } of rows) if (key !== null && answer !== null) found[key] ??= answer;
  return found;
}

/**
 * Who would be an attendee if these participants were written: by Graph's own keys, without the mailbox itself and without those who have no address.
 * Who is known by an inner address or a name alone can only stay, not come: a new one is not written.
 */
export function heldParticipants(participants: Participants, own: readonly string[]): Participants {
  const self = keysOf(own);
  const held: Record<string, Participant> = {};
  for (const [key, { role, address, name }] of Object.entries(participants)) {
    const person = heldPerson(key, address);
    if (person === null || self.has(person.key)) continue;
    const first = held[person.key];
    const asHeld: Participant = { role: heldRole(role), address: person.address, name: canonicalLine(name) || (person.address ?? '') };
    held[person.key] = first === undefined ? asHeld : { ...first, role: strongerRole(first.role, asHeld.role) };
  }
  return held;
}

function heldRole(role: Role): Role {
  return role === 'informational' ? 'optional' : role;
}

/** A key that Graph gave stands for itself, whatever address came to be known beside it: a changed address alone changes no meeting. */
function heldPerson(key: string, address: string | null): { readonly key: string; readonly address: string | null } | null {
  if (key.startsWith('x500:') || key.startsWith('name:')) return { key, address: null };
  const smtp = smtpAddress(key.startsWith('mail:') ? key.slice('mail:'.length) : (address ?? ''));
  return smtp === null ? null : { key: `mail:${smtp}`, address: smtp };
}

/** The whole list as it goes to Graph: who stays as he was read, who is new behind them. */
export function attendeeList(wanted: Participants, read: readonly AttendeeRow[]): Attendee[] {
  const before = participantsOf(read);
  const staying = read.flatMap(({ key, asRead }) => {
    if (key === null) return [asRead];
    const member = wanted[key];
    if (member === undefined) return [];
    return [member.role === before[key]?.role ? asRead : { ...asRead, type: TYPE_OF[member.role] }];
  });
  const coming = Object.entries(wanted).flatMap(([key, { role, address, name }]) =>
    before[key] === undefined && address !== null ? [{ type: TYPE_OF[role], emailAddress: { address, name } }] : [],
  );
  return [...staying, ...coming];
}

/** The rows that an item was read with; null where it does not have them all: then its list cannot be written without losing somebody. */
export function rowsOf(item: SideItem): readonly AttendeeRow[] | null {
  const rows = (item as ReadEvent).attendees ?? [];
  const { participants: told }: Partial<AppointmentContent> = asAppointment(item.content);
  const read = participantsOf(rows);
  return told !== undefined && Object.keys(told).every((key) => read[key] !== undefined) ? rows : null;
}
