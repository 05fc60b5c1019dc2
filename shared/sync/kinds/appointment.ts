import type { Kind } from '../kind.ts';
import type { OutOfScope, SideItem } from '../ports.ts';

/** A meeting is worked in its organizer's mailbox; his copies of other people's meetings are published, private appointments left alone so far. */
function scope({ meeting, masked, content }: SideItem): OutOfScope | null {
  if (masked === true || content['privacy'] === 'private') return 'private';
  return meeting?.organizerSynchronized === true ? 'copyOfMeeting' : null;
}

/** Appointments whose organizer is a synchronized user: every field group flows both ways (scope A1). */
export const appointmentKind: Kind = {
  name: 'appointment',
  infoArea: 'MA',
  scope,
  groups: [
    { name: 'time', direction: 'both', when: true },
    { name: 'subject', direction: 'both', text: true },
    { name: 'place', direction: 'both', text: true },
    { name: 'body', direction: 'both', text: true },
    { name: 'showAs', direction: 'both' },
    { name: 'reminder', direction: 'both' },
    { name: 'priority', direction: 'both' },
    { name: 'categories', direction: 'both' },
    { name: 'participants', direction: 'both', members: true },
    { name: 'answers', direction: 'toCrm', members: true, derived: true },
    { name: 'missing', direction: 'toCrm', derived: true },
  ],
};
