import { EXTERNAL_SYSTEM } from '../config/names.ts';
import type { AppointmentRules } from '../config/rules.ts';
import type { AppointmentTime } from '../model/appointment.ts';
import type { Content } from '../model/content.ts';
import { addDaysToDate, allDaySpan } from '../model/time/allday.ts';
import { parseIso } from '../model/time/instant.ts';
import type { MailboxRef, OutOfScope, Reading, SideItem, Span } from '../sync/ports.ts';
import { contentOf, type ActivityTranslation } from './activity-content.ts';
import type { ActivityRows } from './activity-row.ts';
import type { AnswerRecord } from './answer.ts';
import { readStamp } from './stamp.ts';
import { readBoolean, readWhole } from './values.ts';

/** Key of a person record. */
export interface PersonKey {
  readonly group: string;
  readonly number: string;
}

export interface ActivityReader {
  readonly rows: ActivityRows;
  readonly rules: Pick<AppointmentRules, 'types' | 'typeForNew'>;
  readonly translation: ActivityTranslation;
  readonly mailbox: Pick<MailboxRef, 'rep' | 'repEmail' | 'addresses'>;
}

/** What a record of the activity table is to this mailbox. */
export function readActivity(record: AnswerRecord, reader: ActivityReader, ownPerson: PersonKey | null): Reading {
  return reader.rows.isDeleted(record) ? { state: 'deleted' } : { state: 'present', item: itemOf(record, reader, ownPerson) };
}

function itemOf(record: AnswerRecord, reader: ActivityReader, ownPerson: PersonKey | null): SideItem {
  const { rows, translation } = reader;
  const stamp = readStamp(rows.field(record, 'UpdDate'), rows.field(record, 'UpdTime'), translation.timeZone);
  const { time, ...others } = contentOf((field) => rows.field(record, field), translation);
  const key = keyOf(record, rows);
  const outOfScope = whyOutOfScope(record, reader, ownPerson, key) ?? (stamp === null || time === null ? 'invalid' : null);
  // What is private on this side leaves it nowhere, not even as the loser of a conflict.
  const content: Content = outOfScope === 'private' ? {} : time === null ? others : { time, ...others };
  return {
    id: record.id,
    version: stamp?.version ?? '',
    modified: stamp?.instant ?? 0,
    ...(stamp?.ambiguous === true ? { modifiedAmbiguous: true } : {}),
    content,
    fuller: [],
    outOfScope,
    key,
    span: time === null ? { start: 0, end: 0 } : spanOf(time, translation.timeZone),
  };
}

/** The pair id that our create left; anybody may have copied the record with it. */
function keyOf(record: AnswerRecord, rows: ActivityRows): string | null {
  const key = rows.field(record, 'ExtKey').trim();
  return rows.field(record, 'ExtSystem').trim().toUpperCase() === EXTERNAL_SYSTEM && key !== '' ? key : null;
}

function whyOutOfScope(record: AnswerRecord, reader: ActivityReader, ownPerson: PersonKey | null, key: string | null): OutOfScope | null {
  const { rows, rules, mailbox } = reader;
  if (rows.isPublished(record)) return 'published';
  if (readBoolean(rows.field(record, 'Private'))) return 'private';
  if ([rows.field(record, 'MainStatNo'), rows.field(record, 'MainSeqNo')].some((value) => isSet(value))) return 'series';
  if (rows.rep(record) !== mailbox.rep) return 'otherRep';
  if (!isAlone(record, reader, ownPerson)) return 'meeting';
  const type = readWhole(rows.field(record, 'Contact'));
  const ours = key !== null && type === rules.typeForNew;
  return type !== null && (ours || rules.types.includes(type)) ? null : 'otherType';
}

/** No participants, or only rows of the rep himself. */
function isAlone(record: AnswerRecord, { rows, mailbox }: ActivityReader, ownPerson: PersonKey | null): boolean {
  return rows.participants(record).every((field) => {
    if (readWhole(field('RepId')) === mailbox.rep) return true;
    const email = field('Email').trim().toLowerCase();
    if (email === mailbox.repEmail.toLowerCase() || mailbox.addresses.includes(email)) return true;
    return ownPerson !== null && field('PeGrp').trim() === ownPerson.group && field('PeNo').trim() === ownPerson.number;
  });
}

function isSet(number: string): boolean {
  return (readWhole(number) ?? 0) !== 0;
}

function spanOf(time: AppointmentTime, timeZone: string): Span {
  if (time.allDay) return allDaySpan(time.firstDay, addDaysToDate(time.lastDay, 1), timeZone);
  return { start: parseIso(time.start), end: parseIso(time.end) };
}
