import type { Kind } from '../kind.ts';
import type { OutOfScope, SideItem } from '../ports.ts';

/** Appointments of one person: meetings, private ones and records published for the CRM alone are read by both sides and left alone so far. */
function scope({ meeting, masked, published, content }: SideItem): OutOfScope | null {
  if (published === true) return 'published';
  if (masked === true || content['privacy'] === 'private') return 'private';
  if (meeting !== undefined) return meeting.role === 'organizer' ? 'meeting' : 'copyOfMeeting';
  return Object.keys((content['participants'] as object | undefined) ?? {}).length > 0 ? 'meeting' : null;
}

/** Appointments whose organizer is a synchronized user: every field group flows both ways (scope A1). */
export const appointmentKind: Kind = {
  name: 'appointment',
  infoArea: 'MA',
  scope,
  groups: [
    { name: 'time', direction: 'both' },
    { name: 'subject', direction: 'both', text: true },
    { name: 'place', direction: 'both', text: true },
    { name: 'body', direction: 'both', text: true },
    { name: 'showAs', direction: 'both' },
    { name: 'reminder', direction: 'both' },
    { name: 'priority', direction: 'both' },
    { name: 'categories', direction: 'both' },
  ],
};
