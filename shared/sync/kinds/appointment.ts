import type { AppointmentRules } from '../../config/rules.ts';
import type { GroupDescription, Kind } from '../kind.ts';
import type { OutOfScope, SideItem } from '../ports.ts';

/** A meeting is worked in its organizer's mailbox; his copies of other people's meetings are published. What is private the sides say by the rule. */
function scope({ meeting }: SideItem): OutOfScope | null {
  return meeting?.organizerSynchronized === true ? 'copyOfMeeting' : null;
}

/** Appointments whose organizer is a synchronized user: every field group flows both ways (scope A1). */
export const appointmentKind: Kind = {
  name: 'appointment',
  infoArea: 'MA',
  scope,
  groups: [
    { name: 'time', direction: 'both', when: true, shownMasked: true },
    { name: 'subject', direction: 'both', text: true },
    { name: 'place', direction: 'both', text: true },
    { name: 'body', direction: 'both', text: true },
    { name: 'showAs', direction: 'both', shownMasked: true },
    { name: 'reminder', direction: 'both', quiet: true },
    { name: 'priority', direction: 'both' },
    { name: 'categories', direction: 'both', quiet: true, wholeSeries: true },
    { name: 'privacy', direction: 'both', kept: 'private', wholeSeries: true },
    { name: 'participants', direction: 'both', members: true },
    { name: 'answers', direction: 'toCrm', members: true, derived: true },
    { name: 'missing', direction: 'toCrm', derived: true },
  ],
};

const LINKS: GroupDescription = { name: 'links', direction: 'toCrm', members: true, derived: true, yields: true };

/** With the groups that only some tenants' rules have: whoever does not use them has nothing of them in his pairs. */
export function appointmentKindFor({ links }: Pick<AppointmentRules, 'links'>): Kind {
  return links.length === 0 ? appointmentKind : { ...appointmentKind, groups: [...appointmentKind.groups, LINKS] };
}
