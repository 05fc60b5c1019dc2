import { asAppointment, type AppointmentContent } from '../model/appointment.ts';
import { fingerprint, type Content } from '../model/content.ts';
import { canonicalLine } from '../model/text/canonical-text.ts';
import type { ReadEvent } from './event-attendees.ts';
import type { EventFields } from './event-fields.ts';
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

/**
 * A private item as far as the rule shows it: what it hides does not get beyond this adapter, so that nothing behind can tell it. With `off` the mask is
 * without time and show-as: what is left of it is what a record that was there before must show. Who organizes stays known: in whose mailbox a meeting
 * is worked depends on it, and it is written nowhere.
 */
export function shownOfPrivate(item: ReadEvent, { privacy, maskedSubject, fields }: PrivacyRules & { readonly fields?: Pick<EventFields, 'hidden'> }): ReadEvent {
  if (privacy === 'full') return item;
  const { attendees: _hidden, withText: _body, html: _text, hasLine: _line, ...rest } = item;
  const { time, showAs } = asAppointment(item.content);
  // Where the record leads tells what it is about.
  const mask: Content = { ...fields?.hidden, ...maskedContent({ time, showAs }, maskedSubject), ...(item.content['links'] === undefined ? {} : { links: {} }) };
  const { time: _when, showAs: _how, ...withoutTime } = mask;
  return { ...rest, fuller: [], content: privacy === 'off' ? withoutTime : mask, masked: true, hidden: fingerprint(item.content) };
}

function maskedContent({ time, showAs }: Pick<AppointmentContent, 'time' | 'showAs'>, subject: string): AppointmentContent {
  return { time, subject: canonicalLine(subject), place: '', body: '', showAs, reminder: null, priority: 'normal', categories: [], participants: {}, answers: {}, privacy: 'private' };
}
