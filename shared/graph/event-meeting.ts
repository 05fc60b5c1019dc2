import type { InSeries, Meeting } from '../sync/ports.ts';
import { answerOf, personKey, keysOf } from './event-attendees.ts';
import type { GraphEvent } from './event-schema.ts';

export type MeetingRole = Meeting['role'];

/** Whose event it is. Graph says so itself; where it does not, the organizer's address does. */
export function roleIn({ isOrganizer, organizer }: GraphEvent, own: readonly string[]): MeetingRole {
  if (isOrganizer !== null) return isOrganizer ? 'organizer' : 'attendee';
  const key = personKey(organizer?.emailAddress);
  return key === null || keysOf(own).has(key) ? 'organizer' : 'attendee';
}

/** The organizer is no participant of his meeting, nor is the mailbox that organizes, by none of its addresses. */
export function notParticipants({ organizer }: GraphEvent, role: MeetingRole, own: readonly string[]): ReadonlySet<string> {
  const key = personKey(organizer?.emailAddress);
  return new Set([...(role === 'organizer' ? keysOf(own) : []), ...(key === null ? [] : [key])]);
}

/** Undefined for an appointment without anybody else. */
export function meetingOf(event: GraphEvent, role: MeetingRole, series: InSeries | null): Meeting | undefined {
  if ((event.attendees ?? []).length === 0 && !(role === 'attendee' && wasInvited(event))) return undefined;
  const response = event.responseStatus?.response;
  return {
    role,
    // A name alone says nothing about which mailbox it is: rather nobody than a stranger.
    organizer: addressIn(personKey(event.organizer?.emailAddress)),
    response: role === 'organizer' ? 'organizer' : (answerOf(response) ?? (response === 'notResponded' ? 'notResponded' : 'none')),
    cancelled: event.isCancelled === true,
    // Of its own for each occurrence by one page of Graph, one for the whole series by another (graph.md 13): with the date it is one of a kind.
    iCalUId: event.iCalUId == null ? null : series === null ? event.iCalUId : `${event.iCalUId} ${series.date}`,
  };
}

function addressIn(key: string | null): string | null {
  return /^(?:mail|x500):(.*)$/s.exec(key ?? '')?.[1] ?? null;
}

/** A meeting whose attendees are hidden from us is somebody else's all the same; what was imported was never answered. */
function wasInvited({ responseStatus }: GraphEvent): boolean {
  const response = responseStatus?.response ?? 'none';
  return response !== 'none' && response !== 'organizer';
}
