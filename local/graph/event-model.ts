import type { WallTime } from './zones.ts';

export interface EmailAddress {
  name: string;
  address: string;
}

export type ResponseKind = 'none' | 'organizer' | 'tentativelyAccepted' | 'accepted' | 'declined' | 'notResponded';

export interface ResponseStatus {
  response: ResponseKind;
  /** Epoch ms; null: never answered. */
  at: number | null;
}

export interface Attendee {
  type: 'required' | 'optional' | 'resource';
  emailAddress: EmailAddress;
  status: ResponseStatus;
  /** Another time that the attendee proposed with his last answer. */
  proposal?: TimeSlot;
}

export interface TimeSlot {
  start: WallTime;
  end: WallTime;
}

export interface ExtendedProperty {
  id: string;
  value: string;
}

export type Location = Record<string, unknown> & { displayName: string };

/** What people edit. The body is kept as the HTML that Exchange would keep; empty means none. */
export interface EventContent {
  subject: string;
  html: string;
  start: WallTime;
  end: WallTime;
  isAllDay: boolean;
  locations: readonly Location[];
  showAs: string;
  sensitivity: string;
  importance: string;
  categories: readonly string[];
  isReminderOn: boolean;
  reminderMinutesBeforeStart: number;
  responseRequested: boolean;
  allowNewTimeProposals: boolean;
  hideAttendees: boolean;
  isOnlineMeeting: boolean;
  onlineMeetingProvider: string;
  /** Where an online meeting is joined; null: there is none. */
  joinUrl: string | null;
  attendees: readonly Attendee[];
}

export interface RecurrencePattern {
  type: 'daily' | 'weekly' | 'absoluteMonthly' | 'relativeMonthly' | 'absoluteYearly' | 'relativeYearly';
  interval: number;
  month: number;
  dayOfMonth: number;
  /** 0 is Sunday. */
  daysOfWeek: readonly number[];
  firstDayOfWeek: number;
  index: 'first' | 'second' | 'third' | 'fourth' | 'last';
}

export interface RecurrenceRange {
  type: 'endDate' | 'noEnd' | 'numbered';
  startDate: string;
  endDate: string | null;
  numberOfOccurrences: number;
  recurrenceTimeZone: string | null;
}

export interface Recurrence {
  pattern: RecurrencePattern;
  range: RecurrenceRange;
}

export interface SeriesException {
  overrides: Partial<EventContent>;
  extended: readonly ExtendedProperty[];
  response?: ResponseStatus;
}

export interface Series {
  recurrence: Recurrence;
  /** Part of every occurrence's id: a new pattern means new ids. */
  generation: number;
  /** Original local dates. */
  cancelled: readonly string[];
  exceptions: ReadonlyMap<string, SeriesException>;
}

/** Never changed, only replaced: applications cannot update an attachment. */
export interface StoredAttachment {
  readonly id: string;
  readonly kind: 'file' | 'item' | 'reference';
  readonly name: string;
  readonly contentType: string | null;
  readonly contentId: string | null;
  readonly isInline: boolean;
  readonly modifiedAt: number;
  readonly bytes: Uint8Array;
}

/** One version of a single event or of a whole series. Versions are never changed, only replaced. */
export interface StoredEvent {
  readonly id: string;
  readonly mutableId: string;
  readonly mailboxId: string;
  readonly calendarId: string;
  readonly place: 'calendar' | 'deletedItems';
  readonly iCalUId: string;
  readonly transactionId: string | null;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly changeKey: string;
  readonly content: EventContent;
  readonly isDraft: boolean;
  readonly isCancelled: boolean;
  readonly isOrganizer: boolean;
  readonly organizer: EmailAddress;
  readonly response: ResponseStatus;
  readonly extended: readonly ExtendedProperty[];
  readonly series: Series | null;
  readonly attachments: readonly StoredAttachment[];
}

export interface Occurrence {
  /** Original date on the series' own clock. */
  date: string;
  originalStart: number;
  start: WallTime;
  end: WallTime;
}

/** What one row of an answer shows: an event, a series master, or one occurrence of it. */
export interface Item {
  event: StoredEvent;
  occurrence?: Occurrence;
}

export const etagOf = (event: StoredEvent): string => `W/"${event.changeKey}"`;
