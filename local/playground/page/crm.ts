import { changedIn, SHOW_AS, type AppointmentContent, type CalendarSide, type Shown } from './appointment.ts';
import type { Send } from './http.ts';
import { addDays } from './wall-time.ts';

/** A record as the simulator's own door shows it (docs/simulators/crm.md). */
interface CrmRecord {
  readonly id: string;
  readonly statNo: number;
  readonly seqNo: number;
  readonly values: Readonly<Record<string, string | undefined>>;
}

/** Catalog numbers of the activity's type. */
const TYPE_TRAITS: Readonly<Record<string, string>> = { 0: 'a telephone call', 2: 'a letter', 4: 'a fax', 5: 'an e-mail', 6: 'published for information', 7: 'another type' };
const VISIT = 1;
const NORMAL = 1;
const SCHEDULED = 0;
const MARKED_AS_DELETED = 'gelöscht';
/** An appointment that began this long before the range may still run in it. */
const LONGEST_DAYS = 31;

/** The calendar of a rep, as somebody sees it who works in the CRM itself. */
export function crmCalendar(send: Send, rep: number): CalendarSide {
  const who = 'The CRM';
  const records = async (query: string): Promise<readonly CrmRecord[]> => ((await send(`/crm/_sim/records/${query}`, { who })) as { records: readonly CrmRecord[] }).records;
  const ownPerson = async (): Promise<Record<string, string>> => {
    const own = (await records('RepUser')).find(({ seqNo }) => seqNo === rep)?.values;
    return { PeGrp: own?.['PeGrp'] ?? '', PeNo: own?.['PeNo'] ?? '' };
  };
  return {
    async list({ from, to }) {
      const [activities, participants] = await Promise.all([records(`Contact?RepId=${rep}&from=${addDays(from, -LONGEST_DAYS)}&to=${to}`), records('Participant')]);
      const accompanied = new Set(participants.map(({ values }) => `${values['ActStatNo']}-${values['ActSeqNo']}`));
      return activities.flatMap((record) => {
        if (record.values['FreeC1'] === MARKED_AS_DELETED) return [];
        const shown = shownOf(record, accompanied.has(`${record.statNo}-${record.seqNo}`));
        return shown.end >= from ? [shown] : [];
      });
    },
    async create(content) {
      const values = { Contact: VISIT, RepId: rep, Status: SCHEDULED, Priority: NORMAL, ...(await ownPerson()), ...fieldsOf(content) };
      return ((await send('/crm/_sim/records/Contact', { who, method: 'POST', body: { by: rep, values } })) as CrmRecord).id;
    },
    async update(before, content) {
      if (changedIn(before, content).size === 0) return;
      const was = fieldsOf(before);
      const values = Object.fromEntries(Object.entries(fieldsOf(content)).filter(([name, value]) => value !== was[name]));
      await send(`/crm/_sim/records/Contact/${before.id}`, { who, method: 'PATCH', body: { by: rep, values } });
    },
    async remove(id) {
      await send(`/crm/_sim/records/Contact/${id}?by=${rep}`, { who, method: 'DELETE' });
    },
  };
}

function shownOf({ id, values }: CrmRecord, isAccompanied: boolean): Shown {
  const field = (name: string): string => values[name] ?? '';
  const allDay = field('Time') === '';
  const [date, endDate] = [field('Date'), field('EndDate') === '' ? field('Date') : field('EndDate')];
  const [time, endTime] = [field('Time').slice(0, 5), (field('EndTime') === '' ? field('Time') : field('EndTime')).slice(0, 5)];
  const main = field('MainSeqNo');
  const typeTrait = TYPE_TRAITS[field('Contact')];
  return {
    id,
    madeFor: field('ExtKey') === '' ? null : field('ExtKey'),
    traits: [
      ...(main === '' || main === '0' ? [] : ['part of a series']),
      ...(field('Private') === 'true' ? ['private'] : []),
      ...(typeTrait === undefined ? [] : [typeTrait]),
      ...(isAccompanied ? ['with participants'] : []),
    ],
    subject: field('Subject'),
    place: field('Location'),
    body: field('Text').replaceAll('\r\n', '\n').trim(),
    showAs: SHOW_AS[Number(field('ShowAs') === '' ? -1 : field('ShowAs'))] ?? 'busy',
    reminder: field('Reminder') === '' ? null : Number(field('Reminder')),
    categories: field('Categories').split(';').map((name) => name.trim()).filter((name) => name !== ''),
    allDay,
    start: allDay ? date : `${date}T${time}`,
    end: allDay ? endDate : `${endDate}T${endTime}`,
  };
}

function fieldsOf({ subject, place, body, showAs, reminder, categories, allDay, start, end }: AppointmentContent): Record<string, string | number | null> {
  return {
    Subject: subject,
    Location: place,
    Text: body,
    ShowAs: SHOW_AS.indexOf(showAs),
    Reminder: reminder,
    Categories: categories.map((name) => name.replaceAll(';', ',')).join(';'),
    Date: start.slice(0, 10),
    Time: allDay ? null : start.slice(11, 16),
    EndDate: end.slice(0, 10),
    EndTime: allDay ? null : end.slice(11, 16),
  };
}
