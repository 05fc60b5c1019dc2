import { PRIORITIES, SHOW_AS, canonicalCategories, isHoldableTime, type AppointmentContent, type AppointmentGroup, type AppointmentTime, type Priority, type Privacy, type ShowAs } from '../model/appointment.ts';
import type { Content } from '../model/content.ts';
import { canonicalLine, canonicalText } from '../model/text/canonical-text.ts';
import { cutVisibly } from '../model/text/cut.ts';
import { parseIso, toIso } from '../model/time/instant.ts';
import { readings, toInstant, toWall, type Wall } from '../model/time/wallclock.ts';
import { holdable } from './dialect.ts';
import type { SchemaProfile } from './profile.ts';
import { readBoolean, readDate, readTime, readWhole, writeTime } from './values.ts';

/** The groups that stand in fields of the activity itself; participants and answers are rows of their own. */
type FieldGroup = Exclude<AppointmentGroup, 'participants' | 'answers'>;

/** Fields of an activity that hold content. Numbers of catalogs: docs/crm-interface-dialect 8 and 9. */
const FIELDS_OF = {
  time: ['Date', 'Time', 'EndDate', 'EndTime'],
  subject: ['Subject'],
  place: ['Location'],
  body: ['Text'],
  showAs: ['ShowAs'],
  reminder: ['Reminder'],
  priority: ['Priority'],
  categories: ['Categories'],
  privacy: ['Private'],
} as const satisfies Record<FieldGroup, readonly string[]>;
export type ContentField = (typeof FIELDS_OF)[FieldGroup][number];

export interface ActivityTranslation {
  readonly profile: Pick<SchemaProfile, 'activity'>;
  /** IANA zone of the CRM's wall clock. */
  readonly timeZone: string;
  readonly showAsWhenUnknown: ShowAs;
  /** Takes our own line out of a text that somebody copied. */
  readonly withoutWebLink?: (text: string) => string;
}

/** A record's content; `time` is null where its dates cannot be read. */
type ActivityContent = Omit<Pick<AppointmentContent, FieldGroup>, 'time'> & { readonly time: AppointmentTime | null };

export function contentOf(value: (field: ContentField) => string, { timeZone, showAsWhenUnknown, withoutWebLink = (text) => text }: ActivityTranslation): ActivityContent {
  return {
    time: holdableTimes(value, timeZone),
    subject: canonicalLine(value('Subject')),
    place: canonicalLine(value('Location')),
    body: withoutWebLink(canonicalText(value('Text'))),
    showAs: SHOW_AS[readWhole(value('ShowAs')) ?? -1] ?? showAsWhenUnknown,
    reminder: readReminder(value('Reminder')),
    priority: PRIORITIES[readWhole(value('Priority')) ?? -1] ?? 'normal',
    categories: canonicalCategories(value('Categories').split(';').map(canonicalLine)),
    privacy: readPrivacy(value('Private')),
  };
}

/** The fields of the groups that the content has, by logical name; '' empties a field. */
export function fieldsOf(content: Content, translation: ActivityTranslation): ReadonlyMap<ContentField, string> {
  const { time, subject, place, body, showAs, reminder, priority, categories, privacy } = content as Partial<AppointmentContent>;
  const { activity } = translation.profile;
  const line = (text: string, field: 'Subject' | 'Location'): string => cut(canonicalLine(holdable(text)), activity.fields[field].length);
  const fields = new Map<ContentField, string>();
  if (time !== undefined) for (const [field, value] of writeTimes(time, translation.timeZone)) fields.set(field, value);
  if (subject !== undefined) fields.set('Subject', line(subject, 'Subject'));
  if (place !== undefined) fields.set('Location', line(place, 'Location'));
  if (body !== undefined) fields.set('Text', cut(canonicalText(holdable(body)), activity.fields.Text.length));
  if (showAs !== undefined) fields.set('ShowAs', catalogNumber(SHOW_AS, showAs));
  if (reminder !== undefined) fields.set('Reminder', reminder === null ? '' : String(Math.max(0, Math.trunc(reminder))));
  if (priority !== undefined) fields.set('Priority', catalogNumber(PRIORITIES, priority));
  if (categories !== undefined) fields.set('Categories', writeCategories(categories, activity.fields.Categories.length));
  if (privacy !== undefined) fields.set('Private', String(privacy === 'private'));
  return fields;
}

/** What the CRM would hold of the groups that stand in fields: written and read back. */
export function heldFields(content: Content, translation: ActivityTranslation): Content {
  const fields = fieldsOf(content, translation);
  const held = contentOf((field) => fields.get(field) ?? '', translation);
  const groups = (Object.keys(FIELDS_OF) as FieldGroup[]).filter((group) => content[group] !== undefined && held[group] !== undefined);
  return Object.fromEntries(groups.map((group) => [group, held[group]]));
}

function holdableTimes(value: (field: ContentField) => string, timeZone: string): AppointmentTime | null {
  const time = readTimes(value, timeZone);
  return time !== null && isHoldableTime(time) ? time : null;
}

/**
 * All day: Time and EndTime empty, EndDate the last day. A missing EndDate is the day of the start, a missing EndTime the time of the start (so
 * that the appointment has no length, or whole days of it). What ends before it starts, or ends at a time without starting at one, cannot be read.
 */
function readTimes(value: (field: ContentField) => string, timeZone: string): AppointmentTime | null {
  const date = readDate(value('Date'));
  const time = readTime(value('Time'));
  const endDate = readDate(value('EndDate'));
  const endTime = readTime(value('EndTime'));
  if (date === null || date === undefined || time === undefined || endDate === undefined || endTime === undefined) return null;
  const lastDay = endDate ?? date;
  if (time === null) return endTime !== null || lastDay < date ? null : { allDay: true, firstDay: date, lastDay };
  const startWall = { date, time };
  const endWall = { date: lastDay, time: endTime ?? time };
  if (inOrder(endWall) < inOrder(startWall)) return null;
  const start = toInstant(startWall, timeZone);
  // In the repeated hour the end is its first reading that does not precede the start.
  const end = readings(endWall, timeZone).find((reading) => reading >= start) ?? Math.max(start, toInstant(endWall, timeZone));
  return { allDay: false, start: toIso(start), end: toIso(end) };
}

function writeTimes(time: AppointmentTime, timeZone: string): [ContentField, string][] {
  if (time.allDay) {
    const lastDay = time.lastDay < time.firstDay ? time.firstDay : time.lastDay;
    return [['Date', time.firstDay], ['Time', ''], ['EndDate', lastDay], ['EndTime', '']]; // prettier-ignore
  }
  const start = parseIso(time.start);
  const end = Math.max(start, parseIso(time.end));
  const startWall = toWall(start, timeZone);
  const shown = toWall(end, timeZone);
  // Where the clock is set back in between, the end may show less than the start: then the length is kept, and not the reading.
  const endWall = inOrder(shown) < inOrder(startWall) ? later(startWall, end - start) : shown;
  return [['Date', startWall.date], ['Time', writeTime(startWall.time)], ['EndDate', endWall.date], ['EndTime', writeTime(endWall.time)]]; // prettier-ignore
}

function inOrder(wall: Wall): string {
  return `${wall.date}T${wall.time}`;
}

function later(wall: Wall, ms: number): Wall {
  return toWall(parseIso(`${wall.date}T${wall.time}Z`) + ms, 'UTC');
}

function readReminder(text: string): number | null {
  const minutes = readWhole(text);
  // Beyond Int32 no side could hold it.
  return minutes === null || minutes < 0 || minutes > 2 ** 31 - 1 ? null : minutes;
}

function readPrivacy(text: string): Privacy {
  return readBoolean(text) ? 'private' : 'normal';
}

function catalogNumber<Name extends Priority | ShowAs>(names: readonly Name[], name: Name): string {
  const number = names.indexOf(name);
  return number < 0 ? '' : String(number);
}

function cut(text: string, length: number | null): string {
  return length === null ? text : cutVisibly(text, length).text;
}

/** `;` stands between categories, so inside of one it becomes a comma. What does not fit is left out as a whole, and a last member `…` says so. */
function writeCategories(categories: readonly string[], length: number | null): string {
  const names = canonicalCategories(categories.map((name) => canonicalLine(holdable(name).replaceAll(';', ','))));
  const joined = names.join(';');
  if (length === null || joined.length <= length) return joined;
  const kept: string[] = [];
  let left = length - CUT_MARK.length;
  for (const name of names) {
    left -= name.length + 1;
    if (left >= 0 && name !== CUT_MARK) kept.push(name);
    else if (left < 0) break;
  }
  return [...kept, CUT_MARK].join(';');
}

const CUT_MARK = '…';
