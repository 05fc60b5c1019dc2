import type { DemoCompany } from './people.ts';

/** On the house's clock: `YYYY-MM-DDTHH:mm`, or whole days with the last one included. */
export type PlannedTime =
  | { readonly allDay: false; readonly start: string; readonly end: string }
  | { readonly allDay: true; readonly firstDay: string; readonly lastDay: string };

/** Numbered as the CRM's catalog is (docs/simulators/crm.md). */
export const SHOW_AS = ['free', 'tentative', 'busy', 'oof', 'workingElsewhere'] as const;

interface Planned {
  readonly subject: string;
  readonly time: PlannedTime;
  readonly place: string;
  readonly body: string;
  readonly showAs: (typeof SHOW_AS)[number];
  /** Minutes before the start; null = none. */
  readonly reminder: number | null;
  readonly categories: readonly string[];
}

/** `alone` is what the connector carries over; the other forms show what it leaves. */
export interface PlannedEvent extends Planned {
  readonly side: 'outlook';
  readonly form: 'alone' | 'meeting' | 'invitation' | 'series' | 'private';
  /** Whom a meeting invites, or who invites. */
  readonly company: DemoCompany | null;
}

export interface PlannedActivity extends Planned {
  readonly side: 'crm';
  readonly form: 'alone' | 'meeting' | 'series' | 'private' | 'telephone' | 'letter';
  readonly company: DemoCompany;
}

export type PlannedAppointment = PlannedEvent | PlannedActivity;
