import { crowdOf, type Address, type Answer, type Invited } from './people.ts';

/** What the page knows of an appointment, the same for both sides. */

export type SideName = 'outlook' | 'crm';

/** Numbered as the CRM's catalog is; Outlook's names are these words. */
export const SHOW_AS = ['free', 'tentative', 'busy', 'oof', 'workingElsewhere'] as const;
export type ShowAs = (typeof SHOW_AS)[number];

export interface AppointmentContent {
  readonly subject: string;
  readonly place: string;
  readonly body: string;
  readonly showAs: ShowAs;
  /** Minutes before the start; null = none. */
  readonly reminder: number | null;
  readonly categories: readonly string[];
  readonly isPrivate: boolean;
  readonly invited: readonly Invited[];
  readonly allDay: boolean;
  /** On the house's clock: `YYYY-MM-DDTHH:mm`; all day: the first day, `YYYY-MM-DD`. */
  readonly start: string;
  /** As the start; all day: the last day, included. */
  readonly end: string;
}

/** Looks of an appointment in the calendar. */
export type Look = 'private' | 'published' | 'missing' | 'cancelled' | 'invitation';

export interface Shown extends AppointmentContent {
  readonly id: string;
  /** The pair id that the connector left on what it made; null on what people made. */
  readonly madeFor: string | null;
  /** Whose meeting it is; null where there is nobody but the owner, or the side does not tell. */
  readonly organizer: Address | null;
  /** Set on the owner's copy of somebody else's meeting; null there: not answered yet. */
  readonly own: { readonly answer: Answer | null } | null;
  /** What it is besides a plain appointment, in words: private, part of a series … */
  readonly traits: readonly string[];
  readonly looks: readonly Look[];
  /** Whether the other side is to show it: not so for a series, a call, a copy of a colleague's meeting … */
  readonly isAwaited: boolean;
}

/** Days on the house's calendar, the last one not included. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

/** One side's calendar of one person. */
export interface CalendarSide {
  list(range: DayRange): Promise<Shown[]>;
  /** Answers the new id. */
  create(content: AppointmentContent): Promise<string>;
  /** Writes only what differs. */
  update(before: Shown, content: AppointmentContent): Promise<void>;
  remove(id: string): Promise<void>;
}

/** Equal for appointments that say the same, whatever side holds them. People are named otherwise on each side, and are no part of it. */
export function signatureOf(content: AppointmentContent): string {
  const { subject, place, body, showAs, reminder, categories, allDay, start, end } = content;
  const words = (text: string): string => text.replace(/\s+/g, ' ').trim();
  return JSON.stringify([words(subject), words(place), words(body), showAs, reminder, [...categories].map(words).sort(), allDay, start, end]);
}

/** The members that differ. */
export function changedIn(before: AppointmentContent, after: AppointmentContent): ReadonlySet<keyof AppointmentContent> {
  const names: (keyof AppointmentContent)[] = ['subject', 'place', 'body', 'showAs', 'reminder', 'categories', 'isPrivate', 'allDay', 'start', 'end'];
  const changed = new Set(names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name])));
  return crowdOf(before.invited) === crowdOf(after.invited) ? changed : changed.add('invited');
}
