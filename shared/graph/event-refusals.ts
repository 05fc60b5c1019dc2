import type { Write, Written } from '../sync/ports.ts';
import { rowsOf } from './event-attendees.ts';

/**
 * What of a copy of somebody else's meeting is the attendee's own. The rest belongs to the organizer: Exchange would take it, nobody else would see it,
 * and his next update would overwrite it (graph.md 5.4).
 */
const OWN_OF_A_COPY: readonly string[] = ['categories', 'showAs', 'reminder'];

/** Writes that are not sent, whoever wants them; null for all others. */
export function refused(write: Write): Written | null {
  if (write.kind === 'create') return null;
  const current = write.current ?? null;
  const groups = write.kind === 'update' ? Object.keys(write.content) : null;
  if (current?.meeting?.role === 'attendee') {
    const field = groups?.find((group) => !OWN_OF_A_COPY.includes(group));
    if (groups === null) return { outcome: 'rejected', code: 'notOrganizer' };
    if (field !== undefined) return { outcome: 'rejected', code: 'notOrganizer', field };
  }
  if (groups === null) return null;
  // What we know of it is a mask: written back, it would overwrite what is behind.
  if (current?.masked === true) return { outcome: 'rejected', code: 'masked' };
  // Attendees are written as a whole: without those who are there now, somebody would be sent a cancellation. Read it, merge, try again.
  if (groups.includes('participants') && (current === null || rowsOf(current) === null)) return { outcome: 'conflict' };
  return null;
}
