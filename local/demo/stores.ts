import type { CrmSimulator } from '../crm/simulator.ts';
import type { GraphSimulator } from '../graph/simulator.ts';
import { epochOf } from '../graph/zones.ts';
import { DEMO_ZONE, EMPLOYEES, type DemoEmployee } from './people.ts';
import type { Placed } from './seeding.ts';
import { addDays } from './working-days.ts';

/** Both sides as their own stores hold them: read behind the connector's back and with none of its code, so that it cannot judge itself. */

export interface Shown {
  readonly id: string;
  readonly subject: string;
  /** Instants of the machine's clock; whole days as dates, the last one included. */
  readonly time: { readonly allDay: false; readonly start: number; readonly end: number } | { readonly allDay: true; readonly firstDay: string; readonly lastDay: string };
  /** Equal on both sides for the same appointment. */
  readonly key: string;
  /** Why it stays where it is, in words; null: it belongs on both sides. */
  readonly leftAlone: string | null;
  /** Made by a person before the connector started. */
  readonly isOriginal: boolean;
}

export interface Stores {
  readonly outlook: readonly Shown[];
  readonly crm: readonly Shown[];
}

/** Days that the demo's tenant rule names. */
export const WINDOW = { daysBack: 30, daysAhead: 180 } as const;

const DAY_MS = 86_400_000;

export function readStores(graph: GraphSimulator, crm: CrmSimulator, placed: Placed, now: number): Stores {
  return { outlook: readOutlook(graph, placed, now), crm: readCrm(crm, placed, now) };
}

function readOutlook(graph: GraphSimulator, { employee, events }: Placed, now: number): Shown[] {
  const day = (days: number): string => new Date(now + days * DAY_MS).toISOString();
  const singles = graph.events(employee.id).flatMap(({ place, isInDefaultCalendar, row }) => (place === 'calendar' && isInDefaultCalendar && row['type'] === 'singleInstance' ? [row] : []));
  // Of a series every occurrence is an appointment of its own.
  const occurrences = graph.calendar(employee.id, day(-WINDOW.daysBack), day(WINDOW.daysAhead + 1)).filter((row) => row['type'] !== 'singleInstance');
  return [...singles, ...occurrences].map((row) => {
    const id = String(row['id']);
    const start = (row['start'] as { dateTime: string }).dateTime;
    const end = (row['end'] as { dateTime: string }).dateTime;
    const time = row['isAllDay'] === true ? { allDay: true as const, firstDay: start.slice(0, 10), lastDay: addDays(end.slice(0, 10), -1) } : { allDay: false as const, start: Date.parse(`${start.slice(0, 19)}Z`), end: Date.parse(`${end.slice(0, 19)}Z`) };
    return shown({ id, subject: String(row['subject']), time }, whyInOutlook(row, employee), events.has(String(row['seriesMasterId'] ?? id)), now);
  });
}

function whyInOutlook(row: Record<string, unknown>, { privacy }: DemoEmployee): string | null {
  if (row['sensitivity'] !== 'normal' && privacy !== 'full') return privacy === 'masked' ? 'private, of which the CRM shows a mask' : 'private';
  const { emailAddress } = row['organizer'] as { emailAddress: { address: string } };
  // It stands in the CRM once, as the colleague's.
  return row['isOrganizer'] !== true && EMPLOYEES.some(({ mail }) => mail === emailAddress.address) ? 'an invitation by a colleague' : null;
}

function readCrm(crm: CrmSimulator, { employee, repId, activities }: Placed, now: number): Shown[] {
  return crm.records('Contact').flatMap(({ id, deleted, values }) => {
    if (deleted || values['FreeC1'] === 'gelöscht' || values['RepId'] !== String(repId)) return [];
    const { Date: date = '', Time: start = '', EndDate: endDate = '', EndTime: end = '', Subject: subject = '' } = values;
    const wall = (day: string, time: string): number => epochOf(`${day}T${time.slice(0, 5)}:00.000`, DEMO_ZONE);
    const time = start === '' ? { allDay: true as const, firstDay: date, lastDay: endDate === '' ? date : endDate } : { allDay: false as const, start: wall(date, start), end: wall(endDate === '' ? date : endDate, end === '' ? start : end) };
    return [shown({ id, subject, time }, whyInCrm(values, employee), activities.has(id), now)];
  });
}

function whyInCrm(values: Record<string, string>, { privacy }: DemoEmployee): string | null {
  if (values['Private'] === 'true' && privacy !== 'full') return 'private';
  if (values['FreeC2'] === 'published') return 'published for information';
  if (values['Contact'] === '0') return 'a telephone call';
  if (values['Contact'] === '2') return 'a letter';
  return values['Contact'] === '1' || values['Contact'] === '3' ? null : 'another type of activity';
}

function shown(item: Pick<Shown, 'id' | 'subject' | 'time'>, why: string | null, isOriginal: boolean, now: number): Shown {
  const { subject, time } = item;
  const key = time.allDay ? `${subject}\n${time.firstDay}/${time.lastDay}` : `${subject}\n${time.start}/${time.end}`;
  return { ...item, key, leftAlone: why ?? outsideWindow(time, now), isOriginal };
}

function outsideWindow(time: Shown['time'], now: number): string | null {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const start = time.allDay ? Date.parse(time.firstDay) : time.start;
  const end = time.allDay ? Date.parse(time.lastDay) + DAY_MS : time.end;
  if (end <= today - WINDOW.daysBack * DAY_MS) return `over for more than ${WINDOW.daysBack} days`;
  return start >= today + (WINDOW.daysAhead + 1) * DAY_MS ? `more than ${WINDOW.daysAhead} days ahead` : null;
}
