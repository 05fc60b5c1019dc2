import { contentOf, fieldsOf, heldFields } from '../../../shared/crm/activity-content.ts';
import { readActivity, type ActivityReader } from '../../../shared/crm/activity-item.ts';
import { activityRows } from '../../../shared/crm/activity-row.ts';
import type { AnswerRecord } from '../../../shared/crm/answer.ts';
import { renderCommand } from '../../../shared/crm/dialect.ts';
import { schemaProfile } from '../../../shared/crm/profile.ts';
import { GRAPH_MARKER } from '../../../shared/config/names.ts';
import { mappedFields } from '../../../shared/config/field-rules.ts';
import { webLinkOf } from '../../../shared/config/web-link.ts';
import { readXml } from '../../../local/crm/xml-reader.ts';
import { attendeeList, rowsOf } from '../../../shared/graph/event-attendees.ts';
import { eventBody, heldByGraph } from '../../../shared/graph/event-body.ts';
import { eventRows, type ReadRules } from '../../../shared/graph/event-content.ts';
import { eventFields } from '../../../shared/graph/event-fields.ts';
import { seriesOf } from '../../../shared/graph/event-schema.ts';
import { userPath } from '../../../shared/graph/query.ts';
import { asAppointment, PRIORITIES, PRIVACIES, SHOW_AS, type AppointmentContent } from '../../../shared/model/appointment.ts';
import { fingerprints, membersIn, type Content, type Json } from '../../../shared/model/content.ts';
import { canonicalLine, canonicalText } from '../../../shared/model/text/canonical-text.ts';
import { parseIso, toIso } from '../../../shared/model/time/instant.ts';
import { toInstant } from '../../../shared/model/time/wallclock.ts';
import { resolveZone } from '../../../shared/model/time/zones.ts';
import type { SideItem } from '../../../shared/sync/ports.ts';
import { rulesWith } from '../../crm/world.ts';
import { graphEvent, mailbox } from '../../graph/scripted-graph.ts';
import { isWellFormed, law, membersOf, textOf, type Target } from '../target.ts';

/** Events of Graph and records of the CRM, through their adapters and on to the other side. */

const ZONE = 'America/New_York';
const tenant = rulesWith(
  { timeZone: ZONE, webUrl: 'https://crm.example.com' },
  {
    links: [{ from: 'subject', infoArea: 'Y1' }],
    missing: { flags: [], addressesField: 'MissingPeople' },
    conditions: [{ field: 'FreeC2', op: '!=', value: 'none*' }],
    webLink: { show: 'body' },
    fields: [
      { outlook: { property: 'Integer {5f4a3c9e-0d6b-4b8e-9f57-2f1f2c7b9a10} Name Count' }, crm: { field: 'Count', type: 'L' } },
      { outlook: { category: 'Gold' }, crm: 'FreeL1' },
      { outlook: { property: 'SystemTime {5f4a3c9e-0d6b-4b8e-9f57-2f1f2c7b9a10} Name When' }, crm: { field: 'WhenText', type: 'C', length: 30 }, direction: 'toCrm' },
      { outlook: { event: 'location/displayName' }, crm: { field: 'Where', type: 'C', length: 10 }, direction: 'toCrm' },
    ],
  },
);
const profile = schemaProfile(tenant.crm);
const rows = activityRows(profile, tenant.appointments, tenant.crm.deletedFlag);
const line = webLinkOf(tenant);
const translation = { profile, timeZone: ZONE, showAsWhenUnknown: 'busy' as const, ...(line === null ? {} : { withoutWebLink: line.strip }) };
const reader: ActivityReader = { rows, rules: tenant.appointments, translation, mailbox };
const readRules: ReadRules = { mailbox, showAsWhenUnknown: 'busy', privacy: 'full', maskedSubject: 'Private', links: tenant.appointments.links, webLink: line, fields: eventFields(mappedFields(tenant.appointments.fields)) };

function judgeItem({ id, version, modified, content, span, fuller }: SideItem): void {
  law(id !== '' && isWellFormed(id) && typeof version === 'string', 'takes an item without an id');
  law(Number.isSafeInteger(modified) && Number.isSafeInteger(span.start) && Number.isSafeInteger(span.end), 'gives an item a time that is none');
  law(JSON.stringify(JSON.parse(JSON.stringify(content))) === JSON.stringify(content), 'holds content that JSON cannot hold');
  for (const print of Object.values(fingerprints(content))) membersIn(print);
  law(fuller.every((group) => group in content), 'holds more of a group that is not there');
  const { time, subject, place, body, showAs, reminder, priority, categories, participants, answers, privacy } = asAppointment(content);
  if (time !== undefined) judgeTime(time);
  law(canonicalLine(subject) === subject && canonicalLine(place) === place && canonicalText(body) === body, 'holds a text that is not canonical');
  law(SHOW_AS.includes(showAs) && PRIORITIES.includes(priority) && PRIVACIES.includes(privacy), 'holds a word that is none of its group');
  law(reminder === null || (Number.isInteger(reminder) && reminder >= 0 && reminder <= 2 ** 31 - 1), 'holds a reminder that no side can hold');
  law(categories.every((name) => typeof name === 'string' && name !== ''), 'holds a category without a name');
  law(Object.values(participants).every(({ role, name }) => typeof role === 'string' && typeof name === 'string'), 'holds a participant that is none');
  law(Object.keys(answers).every((key) => Object.hasOwn(participants, key)), 'holds an answer of nobody');
}

function judgeTime(time: AppointmentContent['time']): void {
  if (time.allDay) {
    law(/^\d{4}-\d\d-\d\d$/.test(time.firstDay) && /^\d{4}-\d\d-\d\d$/.test(time.lastDay) && time.firstDay <= time.lastDay, 'holds days that are none');
  } else {
    law(toIso(parseIso(time.start)) === time.start && toIso(parseIso(time.end)) === time.end, 'holds a time that is none');
  }
}

/** On to the CRM: held once is held for good, and written it is read as it was held. */
function judgeInCrm(content: Content): void {
  const held = heldFields(content, translation);
  law(JSON.stringify(heldFields(held, translation)) === JSON.stringify(held), 'is held otherwise by the CRM when it is held again');
  const fields = fieldsOf(held, translation);
  readXml(renderCommand({ kind: 'update', corr: 'u', records: [{ table: 'Contact', id: '7', fields: [...fields].map(([field, value]) => ({ field, value })) }] }));
  const again = contentOf((field) => fields.get(field) ?? '', translation) as Content;
  for (const [group, value] of Object.entries(held)) law(JSON.stringify(again[group]) === JSON.stringify(value), `is read otherwise by the CRM than it was held: ${group}`);
}

const READ_BACK = ['time', 'subject', 'place', 'body', 'showAs', 'reminder', 'priority', 'categories', 'privacy'] as const;

/** On to Graph, likewise. */
async function judgeInGraph(content: Content): Promise<void> {
  const held = heldByGraph(content, mailbox.addresses);
  law(JSON.stringify(heldByGraph(held, mailbox.addresses)) === JSON.stringify(held), 'is held otherwise by Graph when it is held again');
  const body = eventBody(held, ZONE);
  const read = (await eventRows({ ...readRules, links: [], webLink: null, fields: eventFields([]) }))(shown(body));
  law(read.kind === 'item', 'is not understood by Graph as it is written');
  for (const group of READ_BACK) if (held[group] !== undefined) law(JSON.stringify(read.item.content[group]) === JSON.stringify(held[group]), `is read otherwise by Graph than it was held: ${group}`);
}

/** As Graph shows what it was sent: times in UTC. */
function shown(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const inUtc = (value: unknown): unknown => {
    const { dateTime, timeZone } = value as { dateTime: string; timeZone: string };
    if (body['isAllDay'] === true) return { dateTime, timeZone: 'UTC' };
    return { dateTime: toIso(toInstant({ date: dateTime.slice(0, 10), time: dateTime.slice(11, 19) }, resolveZone(timeZone).iana ?? 'UTC')).slice(0, 19), timeZone: 'UTC' };
  };
  return graphEvent({ ...body, ...(body['start'] === undefined ? {} : { start: inUtc(body['start']), end: inUtc(body['end']) }) });
}

const EVENTS = [
  graphEvent(),
  graphEvent({ isAllDay: true, start: { dateTime: '2026-11-25T00:00:00.0000000', timeZone: 'UTC' }, end: { dateTime: '2026-11-27T00:00:00.0000000', timeZone: 'UTC' }, categories: ['Gold', 'Red'] }),
  graphEvent({ attendees: [{ type: 'required', status: { response: 'accepted', time: '0001-01-01T00:00:00Z' }, emailAddress: { name: 'Bob', address: 'Bob@Example.org' } }, { type: 'optional', status: { response: 'none' }, emailAddress: { name: 'X', address: '/o=Exch/cn=x' } }, { type: 'resource', emailAddress: { name: 'Room' } }], organizer: { emailAddress: { name: 'Ada', address: 'ada@example.com' } }, iCalUId: '040000' }),
  graphEvent({ type: 'occurrence', seriesMasterId: 'AAMaster=', originalStart: '2026-11-25T09:00:00Z', originalStartTimeZone: 'W. Europe Standard Time', occurrenceId: 'OID.AAMaster=.2026-11-25' }),
  graphEvent({ body: { contentType: 'text', content: 'Plain\r\nOpen in CRM: https://crm.example.com/crm/expand?uid=MA%3Bx0000000100000007&mode=Show&infoAreaId=MA' }, start: { dateTime: '2026-11-01T01:30:00', timeZone: 'Eastern Standard Time' }, end: { dateTime: '2026-11-01T01:30:00', timeZone: 'Pacific Standard Time' } }),
  graphEvent({ subject: 'Offer Y1-1-100', transactionId: 'a1b2', singleValueExtendedProperties: [{ id: GRAPH_MARKER, value: `v1|${mailbox.tenantId}|${mailbox.mailboxId}|a1b2` }, { id: 'Integer {5f4a3c9e-0d6b-4b8e-9f57-2f1f2c7b9a10} Name Count', value: '12' }, { id: 'SystemTime {5f4a3c9e-0d6b-4b8e-9f57-2f1f2c7b9a10} Name When', value: '2026-11-25T09:00:00Z' }], sensitivity: 'private', isOnlineMeeting: true }),
  { id: 'AAEvent1=', '@removed': { reason: 'deleted' } },
  { '@odata.etag': 'W/"v2"', id: 'AAMaster=', type: 'seriesMaster' },
] as const;

export const event: Target = {
  name: 'event',
  corpus: EVENTS as unknown as readonly Json[],
  words: ['occurrence', 'exception', 'seriesMaster', 'Customized Time Zone', 'tzone://Microsoft/Custom', '9999-12-31T23:59:59', '0001-01-01T00:00:00', '2026-03-08T02:30:00', 'accepted', 'tentativelyAccepted', 'personal', 'html', 'HTML', '<table><tr><td>x', 'OID.x.9999-99-99', 'canary'],
  async run(input) {
    const row = (await eventRows(readRules))(input);
    const series = seriesOf(input);
    if (series !== null) userPath(mailbox.mailboxId, 'events', series.masterId);
    if (row.kind !== 'item') {
      if (row.kind === 'odd') law(!row.why.includes('canary') && row.why.length < 2_000, 'quotes an event in why it is odd');
      if (row.id !== null) userPath(mailbox.mailboxId, 'events', row.id);
      return 'refused';
    }
    const { item } = row;
    judgeItem(item);
    userPath(mailbox.mailboxId, 'events', item.id);
    new Headers({ 'if-match': item.version });
    if (item.series !== undefined) law(/^\d{4}-\d\d-\d\d$/.test(item.series.date), 'gives an occurrence a date that is none');
    judgeInCrm(item.content);
    await judgeInGraph(item.content);
    attendeeList(asAppointment(item.content).participants, rowsOf(item) ?? []);
    item.withText?.('another text');
    return 'accepted';
  },
};

const FIELDS = { StatNo: '1', SeqNo: '7', UpdDate: '2026-11-20', UpdTime: '10:11:12', Contact: '1', Subject: 'Quarterly review', Text: 'First\r\nSecond', Date: '2026-11-25', Time: '10:00', EndDate: '2026-11-25', EndTime: '11:00', Location: 'Room 7', RepId: '7', ShowAs: '2', Reminder: '15', Priority: '1', Categories: 'Blue;Green', Private: 'false', FreeC2: '', OppStatNo: '1', OppSeqNo: '100', Count: '12', FreeL1: 'true' };
const PARTICIPANT = { id: '9', StatNo: '1', SeqNo: '9', UpdDate: '2026-11-20', UpdTime: '10:11', RepId: '8', Role: '1', Status: '1' };

export const crmRecord: Target = {
  name: 'crmRecord',
  corpus: [
    { id: '4294967303', deleted: false, fields: FIELDS, participants: [PARTICIPANT, { ...PARTICIPANT, id: '10', RepId: '', PeGrp: '1', PeNo: '55', Role: '2', IsToDo: 'true' }, { ...PARTICIPANT, id: '11', RepId: '0', Email: 'Jane <jane@example.org>', Status: '4' }] },
    { id: '4294967304', deleted: false, fields: { ...FIELDS, Time: '', EndTime: '', EndDate: '2026-11-27', FreeC1: 'x', MainStatNo: '1', MainSeqNo: '3' }, participants: [] },
    { id: '4294967305', deleted: true, fields: { ...FIELDS, ExtSystem: 'M365', ExtKey: 'a1b2', UpdDate: '2026-11-01', UpdTime: '01:30:00', Date: '2026-11-01', Time: '01:30', EndDate: '', EndTime: '01:10' }, participants: [] },
  ],
  words: ['9999-12-31', '0100-01-01', '2026-03-08', '02:30', '23:59:59', 'true', '999999999999999', '-5', '18446744073709551616', '…', ';', 'published', 'gelöscht'],
  async run(input) {
    const { id, deleted, fields, participants } = membersOf(input);
    const record: AnswerRecord = {
      table: 'Contact',
      id: /^\d{1,20}$/.test(textOf(id)) ? textOf(id) : '7',
      deleted: deleted === true,
      fields: fieldMap(fields),
      nested: (Array.isArray(participants) ? (participants as readonly Json[]) : []).slice(0, 300).map((one) => ({ table: profile.participant.table, id: /^\d{1,20}$/.test(textOf(membersOf(one)['id'])) ? textOf(membersOf(one)['id']) : '1', deleted: false, fields: fieldMap(one), nested: [] })),
    };
    rows.fingerprint(record);
    const reading = readActivity(record, reader, { group: '1', number: '55' });
    if (reading.state !== 'present') return 'refused';
    const { item } = reading;
    judgeItem({ ...item, id: record.id });
    rows.readFields(record);
    law(item.outOfScope !== null || item.content['time'] !== undefined, 'takes in what has no time');
    if (item.content['time'] !== undefined) {
      judgeInCrm(item.content);
      await judgeInGraph(item.content);
    }
    return item.outOfScope === null ? 'accepted' : 'refused';
  },
};

/** As the reader of answers gives them: texts without what XML cannot hold. */
function fieldMap(value: Json | undefined): ReadonlyMap<string, string> {
  const clean = (text: string): string => text.replace(/\p{Surrogate}/gu, '').replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').replace(/\r\n?/g, '\n');
  return new Map(Object.entries(membersOf(value ?? null)).flatMap(([name, text]) => (typeof text === 'string' ? [[name, clean(text)] as const] : [])));
}
