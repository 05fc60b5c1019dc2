import { EXTERNAL_SYSTEM } from '../config/names.ts';
import type { AppointmentRules } from '../config/rules.ts';
import type { AppointmentTime } from '../model/appointment.ts';
import { fingerprint, type Content } from '../model/content.ts';
import { smtpAddress } from '../model/participants.ts';
import { addDaysToDate, allDaySpan } from '../model/time/allday.ts';
import { parseIso } from '../model/time/instant.ts';
import type { MailboxRef, OutOfScope, Reading, SideItem, Span } from '../sync/ports.ts';
import { contentOf, type ActivityTranslation } from './activity-content.ts';
import type { ActivityRows } from './activity-row.ts';
import type { AnswerRecord } from './answer.ts';
import { peopleOf, rowsByKey, type KnownRows, type Owner, type PersonKey } from './participant-rows.ts';
import { readStamp, type Stamp } from './stamp.ts';
import { readBoolean, readWhole } from './values.ts';

export interface ActivityReader {
  readonly rows: ActivityRows;
  readonly rules: Pick<AppointmentRules, 'types' | 'typeForNew' | 'published' | 'privacy' | 'tentativeStatus'>;
  readonly translation: ActivityTranslation;
  readonly mailbox: Pick<MailboxRef, 'rep' | 'repEmail' | 'addresses'>;
}

/** What a record of the activity table is to this mailbox. */
export function readActivity(record: AnswerRecord, reader: ActivityReader, ownPerson: PersonKey | null): Reading {
  return reader.rows.isDeleted(record) ? { state: 'deleted' } : { state: 'present', item: itemOf(record, reader, ownPerson) };
}

const NOBODY: KnownRows = new Map();

/** The participants' rows of a record, its owner's left out. */
export function participantRows(record: AnswerRecord, { rows, rules, mailbox }: ActivityReader, ownPerson: PersonKey | null): KnownRows {
  const rep = rows.rep(record);
  if (rows.participants(record).length === 0) return NOBODY;
  return rowsByKey(record, rows, rep === mailbox.rep ? ownerOf(mailbox, ownPerson) : { rep, person: null, addresses: new Set() }, rules);
}

/** The mailbox's owner as a participant would name him. */
export function ownerOf({ rep, repEmail, addresses }: ActivityReader['mailbox'], person: PersonKey | null): Owner {
  return { rep, person, addresses: new Set([repEmail, ...addresses].flatMap((address) => smtpAddress(address) ?? [])) };
}

function itemOf(record: AnswerRecord, reader: ActivityReader, ownPerson: PersonKey | null): SideItem {
  const { rows, translation } = reader;
  const stamp = readStamp(rows.field(record, 'UpdDate'), rows.field(record, 'UpdTime'), translation.timeZone);
  const newest = newestStamp(record, rows, stamp, translation.timeZone);
  const { time, ...others } = contentOf((field) => rows.field(record, field), translation);
  const { participants, answers } = peopleOf(participantRows(record, reader, ownPerson));
  const key = keyOf(record, rows);
  const published = rows.isPublished(record);
  const outOfScope = whyOutOfScope(record, reader, key) ?? (stamp === null || time === null ? 'invalid' : null);
  const whole: Content = { ...(time === null ? {} : { time }), ...others, ...rows.readFields(record), participants, answers, missing: rows.readMissing(record), ...(rows.links === null ? {} : { links: rows.readLinks(record) }) };
  return {
    id: record.id,
    version: stamp === null ? '' : `${stamp.version}${rowsVersion(record, rows)}`,
    modified: newest?.instant ?? 0,
    ...(newest?.ambiguous === true ? { modifiedAmbiguous: true } : {}),
    // As it is, also where it is private: whether that is somebody's secret or a mask of ours, the pair tells (sync/private.ts).
    content: whole,
    fuller: [],
    outOfScope,
    key,
    span: time === null ? { start: 0, end: 0 } : spanOf(time, translation.timeZone),
    ...(published ? { published } : {}),
    ...([rows.field(record, 'MainStatNo'), rows.field(record, 'MainSeqNo')].some((value) => isSet(value)) ? { ofSeries: true } : {}),
    rep: rows.rep(record),
    ...(rows.documents === null ? {} : { documents: rows.documents.read(record) }),
  };
}

/** A change of a participant's row stamps that row and not its activity (docs/crm-interface-dialect: 9): the meeting is as new as the newest of them. */
function newestStamp(record: AnswerRecord, rows: ActivityRows, own: Stamp | null, timeZone: string): Stamp | null {
  const stamps = rows.participants(record).map(({ field }) => readStamp(field('UpdDate'), field('UpdTime'), timeZone));
  return stamps.reduce((newest, stamp) => (stamp !== null && (newest === null || stamp.instant > newest.instant) ? stamp : newest), own);
}

/** Behind the activity's own stamp, which alone guards a write, the version tells of its participants' rows, and of its documents. */
function rowsVersion(record: AnswerRecord, rows: ActivityRows): string {
  const stamps = [...rows.participants(record).map(({ id, field }) => [id, field('UpdDate'), field('UpdTime')]), ...(rows.documents?.moves(record) ?? [])];
  return stamps.length === 0 ? '' : ` ${fingerprint(stamps).slice(0, 8)}`;
}

/** The pair id that our create left; anybody may have copied the record with it. */
function keyOf(record: AnswerRecord, rows: ActivityRows): string | null {
  const key = rows.field(record, 'ExtKey').trim();
  return rows.field(record, 'ExtSystem').trim().toUpperCase() === EXTERNAL_SYSTEM && key !== '' ? key : null;
}

function whyOutOfScope(record: AnswerRecord, { rows, rules, mailbox }: ActivityReader, key: string | null): OutOfScope | null {
  const rep = rows.rep(record);
  const published = rows.isPublished(record);
  // Published for somebody else, by the predecessor or by hand.
  if (published && rep !== mailbox.rep) return 'published';
  const type = readWhole(rows.field(record, 'Contact'));
  const ours = (key !== null && type === rules.typeForNew) || (published && type === rules.published.type);
  // Before the rep: what no mailbox would take is not given to another one.
  if (type === null || !(ours || rules.types.includes(type))) return 'otherType';
  if (!ours && !rows.meetsConditions(record)) return 'filtered';
  if (rep !== mailbox.rep) return 'otherRep';
  // Last: what a mask of ours stands on is out of scope for this alone.
  return rules.privacy !== 'full' && readBoolean(rows.field(record, 'Private')) ? 'private' : null;
}

function isSet(number: string): boolean {
  return (readWhole(number) ?? 0) !== 0;
}

function spanOf(time: AppointmentTime, timeZone: string): Span {
  if (time.allDay) return allDaySpan(time.firstDay, addDaysToDate(time.lastDay, 1), timeZone);
  return { start: parseIso(time.start), end: parseIso(time.end) };
}
