import type { Kind } from '../kind.ts';

/** Appointments whose organizer is a synchronized user: every field group flows both ways (scope A1). */
export const appointmentKind: Kind = {
  name: 'appointment',
  infoArea: 'MA',
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
