import type { MappedField } from '../../config/field-rules.ts';
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

const LINKS: GroupDescription = { name: 'links', direction: 'toCrm', members: true, derived: true, yields: true, madeOf: ['subject', 'place', 'categories'] };

/**
 * With the groups that only some tenants' rules have, each additional field a group of its own (scope A14): whoever does not use them has nothing of them
 * in his pairs.
 */
export function appointmentKindFor({ links }: Pick<AppointmentRules, 'links'>, fields: readonly MappedField[]): Kind {
  if (links.length === 0 && fields.length === 0) return appointmentKind;
  return { ...appointmentKind, groups: [...appointmentKind.groups, ...(links.length === 0 ? [] : [LINKS]), ...fields.map(groupOf)] };
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
