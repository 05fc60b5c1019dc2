import { asAppointment, type AppointmentContent } from '../model/appointment.ts';
import { canonicalLine } from '../model/text/canonical-text.ts';
import type { ReadEvent } from './event-attendees.ts';
import type { GraphEvent } from './event-schema.ts';

export interface PrivacyRules {
  /** What the CRM is shown of a private event: nothing, its time and show-as alone, or all of it. */
  readonly privacy: 'off' | 'masked' | 'full';
  readonly maskedSubject: string;
}

/** `personal` too: who marks an appointment as not for others at all does not expect it in the CRM. */
export function isPrivate({ sensitivity }: GraphEvent): boolean {
  return sensitivity === 'private' || sensitivity === 'confidential' || sensitivity === 'personal';
}

/** A private item as far as the rule shows it: what it hides does not get beyond this adapter, so that nothing behind can tell it. */
export function shownOfPrivate(item: ReadEvent, { privacy, maskedSubject }: PrivacyRules): ReadEvent {
  if (privacy === 'full') return item;
  const { attendees: _hidden, meeting, ...rest } = item;
  const shown = { ...rest, ...(meeting === undefined ? {} : { meeting: { ...meeting, organizer: null } }), fuller: [] };
  if (privacy === 'off') return { ...shown, content: {} };
  const { time, showAs } = asAppointment(item.content);
  return { ...shown, content: maskedContent({ time, showAs }, maskedSubject), masked: true };
}

function maskedContent({ time, showAs }: Pick<AppointmentContent, 'time' | 'showAs'>, subject: string): AppointmentContent {
  return { time, subject: canonicalLine(subject), place: '', body: '', showAs, reminder: null, priority: 'normal', categories: [], participants: {}, answers: {}, privacy: 'private' };
}
