import type { Content } from './content.ts';
import type { Answers, Participants } from './participants.ts';

/**
 * When an appointment takes place. Timed: instants in UTC, whole seconds ('2026-11-23T09:00:00Z'). All day: dates without a zone,
 * the last day inclusive; they are never converted (graph.md 5.7).
 */
export type AppointmentTime =
  | { readonly allDay: false; readonly start: string; readonly end: string }
  | { readonly allDay: true; readonly firstDay: string; readonly lastDay: string };

/**
 * Whether both sides can hold such a time. Some systems write 31.12.9999 for "never" and Graph the year 1 for "no date": the day behind the one and
 * the first hours of the other, on another clock, are none that anybody could write.
 */
export function isHoldableTime(time: AppointmentTime): boolean {
  const [first, last] = time.allDay ? [time.firstDay, time.lastDay] : [time.start, time.end];
  return [first, last].every((one) => /^\d{4}-/.test(one) && one >= '1000-' && one < '9999-12-30');
}

export const SHOW_AS = ['free', 'tentative', 'busy', 'oof', 'workingElsewhere'] as const;
export type ShowAs = (typeof SHOW_AS)[number];

export const PRIORITIES = ['low', 'normal', 'high'] as const;
export type Priority = (typeof PRIORITIES)[number];

export const PRIVACIES = ['normal', 'private'] as const;
export type Privacy = (typeof PRIVACIES)[number];

/** The canonical content of an appointment: one member per field group, each merged by itself. */
export type AppointmentContent = {
  readonly time: AppointmentTime;
  readonly subject: string;
  readonly place: string;
  /** Canonical plain text, lines ended by LF. */
  readonly body: string;
  readonly showAs: ShowAs;
  /** Minutes before the start; null = no reminder. */
  readonly reminder: number | null;
  readonly priority: Priority;
  /** Sorted, without repeats (they are a set on both sides). */
  readonly categories: readonly string[];
  /** Without the organizer; empty where nobody else takes part. Compared by `comparable` (participants.ts). */
  readonly participants: Participants;
  /** By the keys of `participants`; who has not answered is not in it. */
  readonly answers: Answers;
  readonly privacy: Privacy;
};

export const APPOINTMENT_GROUPS = ['time', 'subject', 'place', 'body', 'showAs', 'reminder', 'priority', 'categories', 'participants', 'answers', 'privacy'] as const satisfies readonly (keyof AppointmentContent)[];
export type AppointmentGroup = (typeof APPOINTMENT_GROUPS)[number];

/** An adapter's own reading of engine content. The engine moves values between sides without looking into them. */
export function asAppointment(content: Content): AppointmentContent {
  return content as AppointmentContent;
}

export function canonicalCategories(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.normalize('NFC').trim()).filter((name) => name !== ''))].sort();
}
