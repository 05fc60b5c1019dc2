import { appointmentKind } from '../../shared/sync/kinds/appointment.ts';
import type { AppointmentGroup } from '../../shared/model/appointment.ts';
import type { Shown } from './judge.ts';
import { timed } from './people.ts';

type Values = Record<string, string | number | boolean | null>;

/** How a person changes each field group, in Outlook and in the CRM, and what both must show then. */
export interface FieldEdit {
  readonly group: AppointmentGroup;
  readonly member: keyof Shown;
  readonly inOutlook: { readonly patch: Record<string, unknown>; readonly shows: unknown };
  readonly inCrm: { readonly values: Values; readonly shows: unknown };
}

export const FIELD_EDITS: readonly FieldEdit[] = [
  {
    group: 'time',
    member: 'when',
    inOutlook: { patch: timed('2026-11-27T11:00:00', '2026-11-27T12:30:00'), shows: '2026-11-27T10:00:00Z to 2026-11-27T11:30:00Z' },
    inCrm: { values: { Date: '2026-11-28', Time: '08:15', EndDate: '2026-11-28', EndTime: '09:00' }, shows: '2026-11-28T07:15:00Z to 2026-11-28T08:00:00Z' },
  },
  { group: 'subject', member: 'subject', inOutlook: { patch: { subject: 'Named in Outlook' }, shows: 'Named in Outlook' }, inCrm: { values: { Subject: 'Named in the CRM' }, shows: 'Named in the CRM' } },
  { group: 'place', member: 'place', inOutlook: { patch: { location: { displayName: 'Room O' } }, shows: 'Room O' }, inCrm: { values: { Location: 'Room C' }, shows: 'Room C' } },
  {
    group: 'body',
    member: 'body',
    inOutlook: { patch: { body: { contentType: 'html', content: '<p>Text of Outlook &amp; more</p>' } }, shows: 'Text of Outlook & more' },
    inCrm: { values: { Text: 'Text of the CRM <and> more\nsecond line' }, shows: 'Text of the CRM <and> more\nsecond line' },
  },
  { group: 'showAs', member: 'showAs', inOutlook: { patch: { showAs: 'workingElsewhere' }, shows: 'workingElsewhere' }, inCrm: { values: { ShowAs: 3 }, shows: 'oof' } },
  { group: 'reminder', member: 'reminder', inOutlook: { patch: { isReminderOn: true, reminderMinutesBeforeStart: 45 }, shows: 45 }, inCrm: { values: { Reminder: 60 }, shows: 60 } },
  { group: 'priority', member: 'priority', inOutlook: { patch: { importance: 'high' }, shows: 'high' }, inCrm: { values: { Priority: 0 }, shows: 'low' } },
  { group: 'categories', member: 'categories', inOutlook: { patch: { categories: ['Blue', 'Amber'] }, shows: ['Amber', 'Blue'] }, inCrm: { values: { Categories: 'Green;Customer' }, shows: ['Customer', 'Green'] } },
];

// Privacy has tests of its own: what it does depends on a rule.
if (FIELD_EDITS.length !== appointmentKind.groups.filter((group) => group.direction === 'both' && group.members !== true && group.name !== 'privacy').length) throw new Error('Every field group needs an edit here.');
