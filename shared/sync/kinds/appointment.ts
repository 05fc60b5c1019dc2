import type { MappedField } from '../../config/field-rules.ts';
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

/** The same with the fields that a tenant's rules add, each a group of its own (scope A14). */
export function appointmentKindWith(fields: readonly MappedField[]): Kind {
  if (fields.length === 0) return appointmentKind;
  return { ...appointmentKind, groups: [...appointmentKind.groups, ...fields.map(groupOf)] };
}

function groupOf({ group, outlook, crm, direction, transform, catalog }: MappedField): GroupDescription {
  const isText = crm.type === 'C' && outlook.kind !== 'category' && outlook.value === 'text' && transform === undefined && catalog === undefined;
  return {
    name: group,
    direction: direction === 'toOutlook' ? 'toGraph' : direction,
    additional: true,
    // A category is added to those that are there, and no answer shows a property: both need the event as it is.
    rests: outlook.kind !== 'event',
    ...(outlook.kind === 'event' ? {} : { quiet: true }),
    ...(outlook.kind === 'category' ? { wholeSeries: true } : {}),
    ...(isText && direction === 'both' ? { text: true } : {}),
  };
}
