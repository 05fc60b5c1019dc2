import { changedIn, SHOW_AS, type AppointmentContent, type CalendarSide, type Look, type Shown } from './appointment.ts';
import { invitedOf, keyOf, namingValues, peopleOf, type CrmPeople, type Row } from './crm-people.ts';
import type { Send } from './http.ts';
import { ROLES, type Invited } from './people.ts';
import { addDays } from './wall-time.ts';

/** Catalog numbers of the activity's type. */
const TYPE_TRAITS: Readonly<Record<string, string>> = { 0: 'a telephone call', 2: 'a letter', 4: 'a fax', 5: 'an e-mail', 6: 'of the type Info', 7: 'another type' };
const VISIT = 1;
const NORMAL = 1;
const SCHEDULED = 0;
/** Markers by the defaults of the rules (docs/operations.md). */
const MARKED_AS_DELETED = 'gelöscht';
const MARKED_AS_PUBLISHED = 'published';
/** An appointment that began this long before the range may still run in it. */
const LONGEST_DAYS = 31;

export interface CrmCalendar extends CalendarSide {
  /** Who can be picked: reps and persons that have an address. */
  people(): Promise<readonly { readonly name: string; readonly address: string }[]>;
}

/** The calendar of a rep, as somebody sees it who works in the CRM itself. */
export function crmCalendar(send: Send, rep: number): CrmCalendar {
  const who = 'The CRM';
  const records = async (query: string): Promise<readonly Row[]> => ((await send(`/crm/_sim/records/${query}`, { who })) as { records: readonly Row[] }).records;
  const allPeople = async (): Promise<CrmPeople> => peopleOf(...(await Promise.all([records('RepUser'), records('Person')])));
  /** Read once, and again when somebody turns up who is not in it. */
  let known: CrmPeople | null = null;
  const peopleFor = async (participants: readonly Row[]): Promise<CrmPeople> => {
    const isKnown = (people: CrmPeople): boolean => participants.every(({ values }) => keyOf(values).startsWith('mail:') || people.byKey.has(keyOf(values)));
    if (known === null || !isKnown(known)) known = await allPeople();
    return known;
  };
  const rowsOf = async (activityId: string): Promise<{ activity: Row; rows: readonly Row[] }> => {
    const activity = (await send(`/crm/_sim/records/Contact/${activityId}`, { who })) as Row;
    return { activity, rows: await records(`Participant?ActStatNo=${activity.statNo}&ActSeqNo=${activity.seqNo}`) };
  };
  const ownPerson = async (): Promise<Record<string, string>> => {
    const own = (await records('RepUser')).find(({ seqNo }) => seqNo === rep)?.values;
    return { PeGrp: own?.['PeGrp'] ?? '', PeNo: own?.['PeNo'] ?? '' };
  };
  const add = (activity: Row, one: Invited, people: CrmPeople): Promise<unknown> =>
    send('/crm/_sim/records/Participant', { who, method: 'POST', body: { by: rep, values: { ActStatNo: activity.statNo, ActSeqNo: activity.seqNo, ...namingValues(one, people), Role: ROLES.indexOf(one.role) } } });
  /** Row by row: who left, whose role changed, who came. Everybody else's rows are not touched, and keep their answers. */
  const writePeople = async (activityId: string, invited: readonly Invited[]): Promise<void> => {
    const { activity, rows } = await rowsOf(activityId);
    const people = await peopleFor(rows);
    for (const { id, values } of rows) {
      const stays = invited.find((one) => one.key === keyOf(values));
      if (stays === undefined) await send(`/crm/_sim/records/Participant/${id}?by=${rep}`, { who, method: 'DELETE' });
      else if (Number(values['Role'] ?? '0') !== ROLES.indexOf(stays.role)) await send(`/crm/_sim/records/Participant/${id}`, { who, method: 'PATCH', body: { by: rep, values: { Role: ROLES.indexOf(stays.role) } } });
    }
    const there = new Set(rows.map(({ values }) => keyOf(values)));
    for (const one of invited) if (one.key === null || !there.has(one.key)) await add(activity, one, people);
  };
  return {
    async list({ from, to }) {
      const [activities, participants] = await Promise.all([records(`Contact?RepId=${rep}&from=${addDays(from, -LONGEST_DAYS)}&to=${to}`), records('Participant')]);
      const people = await peopleFor(participants);
      const rows = new Map<string, Row[]>();
      for (const row of participants) {
        const activity = `${row.values['ActStatNo']}-${row.values['ActSeqNo']}`;
        rows.set(activity, [...(rows.get(activity) ?? []), row]);
      }
      return activities.flatMap((record) => {
        if (record.values['FreeC1'] === MARKED_AS_DELETED) return [];
        const shown = shownOf(record, invitedOf(rows.get(`${record.statNo}-${record.seqNo}`) ?? [], people), people);
        return shown.end >= from ? [shown] : [];
      });
    },
    async create(content) {
      const values = { Contact: VISIT, RepId: rep, Status: SCHEDULED, Priority: NORMAL, ...(await ownPerson()), ...fieldsOf(content) };
      const { id } = (await send('/crm/_sim/records/Contact', { who, method: 'POST', body: { by: rep, values } })) as Row;
      if (content.invited.length > 0) await writePeople(id, content.invited);
      return id;
    },
    async update(before, content) {
      const changed = changedIn(before, content);
      const was = fieldsOf(before);
      const values = Object.fromEntries(Object.entries(fieldsOf(content)).filter(([name, value]) => value !== was[name]));
      if (Object.keys(values).length > 0) await send(`/crm/_sim/records/Contact/${before.id}`, { who, method: 'PATCH', body: { by: rep, values } });
      if (changed.has('invited')) await writePeople(before.id, content.invited);
    },
    async remove(id) {
      await send(`/crm/_sim/records/Contact/${id}?by=${rep}`, { who, method: 'DELETE' });
    },
    async people() {
      known = await allPeople();
      const { byKey, byAddress } = known;
      return [...byAddress].map(([address, key]) => ({ name: byKey.get(key)?.name ?? '', address }));
    },
  };
}

function shownOf({ id, values }: Row, invited: readonly Invited[], people: CrmPeople): Shown {
  const field = (name: string): string => values[name] ?? '';
  const allDay = field('Time') === '';
  const [date, endDate] = [field('Date'), field('EndDate') === '' ? field('Date') : field('EndDate')];
  const [time, endTime] = [field('Time').slice(0, 5), (field('EndTime') === '' ? field('Time') : field('EndTime')).slice(0, 5)];
  const isSeries = field('MainSeqNo') !== '' && field('MainSeqNo') !== '0';
  const isPublished = field('FreeC2') === MARKED_AS_PUBLISHED;
  const isPrivate = field('Private') === 'true';
  return {
    id,
    madeFor: field('ExtKey') === '' ? null : field('ExtKey'),
    // Of a published record the CRM does not say whose meeting it shows.
    organizer: invited.length === 0 || isPublished ? null : (people.byKey.get(`rep:${Number(field('RepId'))}`) ?? null),
    own: null,
    traits: [...(isSeries ? ['part of a series'] : []), ...(isPrivate ? ['private'] : []), ...typeTraits(field('Contact')), ...(isPublished ? [`marked “${MARKED_AS_PUBLISHED}”`] : []), ...(invited.length === 0 ? [] : ['a meeting']), ...(isMissing(field) ? ['marked because a participant could not be found'] : [])],
    looks: looksOf({ isPrivate, isPublished, isMissing: isMissing(field) }),
    isAwaited: !isPrivate && !isPublished && TYPE_TRAITS[field('Contact')] === undefined,
    subject: field('Subject'),
    place: field('Location'),
    body: field('Text').replaceAll('\r\n', '\n').trim(),
    showAs: SHOW_AS[Number(field('ShowAs') === '' ? -1 : field('ShowAs'))] ?? 'busy',
    reminder: field('Reminder') === '' ? null : Number(field('Reminder')),
    categories: field('Categories').split(';').map((name) => name.trim()).filter((name) => name !== ''),
    isPrivate,
    invited,
    allDay,
    start: allDay ? date : `${date}T${time}`,
    end: allDay ? endDate : `${endDate}T${endTime}`,
  };
}

function typeTraits(type: string): string[] {
  const words = TYPE_TRAITS[type];
  return words === undefined ? [] : [words];
}

/** Set by the connector where somebody could not be found in the CRM. */
function isMissing(field: (name: string) => string): boolean {
  return field('FreeL1') === 'true';
}

function looksOf({ isPrivate, isPublished, isMissing: missing }: { isPrivate: boolean; isPublished: boolean; isMissing: boolean }): Look[] {
  return [...(isPrivate ? ['private' as const] : []), ...(isPublished ? ['published' as const] : []), ...(missing ? ['missing' as const] : [])];
}

function fieldsOf({ subject, place, body, showAs, reminder, categories, isPrivate, allDay, start, end }: AppointmentContent): Record<string, string | number | boolean | null> {
  return {
    Subject: subject,
    Location: place,
    Text: body,
    ShowAs: SHOW_AS.indexOf(showAs),
    Reminder: reminder,
    Categories: categories.map((name) => name.replaceAll(';', ',')).join(';'),
    Private: isPrivate,
    Date: start.slice(0, 10),
    Time: allDay ? null : start.slice(11, 16),
    EndDate: end.slice(0, 10),
    EndTime: allDay ? null : end.slice(11, 16),
  };
}
