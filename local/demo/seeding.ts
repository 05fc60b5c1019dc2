import { crmSeeder, type CrmSeeder, type SeededRep } from '../crm/seed.ts';
import type { CrmSimulator } from '../crm/simulator.ts';
import type { GraphSimulator } from '../graph/simulator.ts';
import { planCalendar } from './calendar-plan.ts';
import { BYSTANDER, COMPANIES, DEMO_ZONE, EMPLOYEES, HOUSE, type DemoCompany, type DemoEmployee } from './people.ts';
import { placeSharedMeeting } from './shared-meeting.ts';
import { SHOW_AS, type PlannedActivity, type PlannedAppointment, type PlannedEvent } from './planned-appointment.ts';
import { addDays } from './working-days.ts';

export interface Placed {
  readonly employee: DemoEmployee;
  /** SeqNo of the rep. */
  readonly repId: number;
  /** The rep's own person. */
  readonly person: { readonly statNo: number; readonly seqNo: number };
  /** Ids of what people had made before the connector started. */
  readonly events: ReadonlySet<string>;
  readonly activities: ReadonlySet<string>;
}

export interface DemoTenant {
  readonly employees: readonly Placed[];
  readonly bystander: Placed;
}

type Person = ReturnType<CrmSeeder['person']>;

const CATALOG_TYPE = { alone: 1, meeting: 1, series: 1, private: 1, telephone: 0, letter: 2 } as const;
const SERIES_OF_ACTIVITIES = 3;

/** Fills both simulators as people would have done, then sets their counters to nought. `today` is the house's date. */
export async function seedDemo(graph: GraphSimulator, crm: CrmSimulator, today: string, random: () => number): Promise<DemoTenant> {
  const seeder = crmSeeder(crm, 'SYNC');
  const house = seeder.company({ Company: HOUSE, City: 'Berlin', Country: 'Germany' });
  const contacts = new Map<DemoCompany, Person>();
  for (const company of COMPANIES) {
    const record = seeder.company({ Company: company.name, Street: company.street, Zip: company.zip, City: company.city, Country: 'Germany' });
    for (const { firstName, lastName, role, mail } of company.persons) {
      const person = seeder.person({ FirstName: firstName, LastName: lastName, Function: role, Email1: mail }, record);
      if (!contacts.has(company)) contacts.set(company, person);
    }
  }
  const place = async (employee: DemoEmployee, isEnabled: boolean): Promise<Placed> => {
    const rep = seeder.rep({ user: employee.login, firstName: employee.firstName, lastName: employee.lastName, email: employee.mail, rep: { ConnectorSettings: isEnabled } }, house);
    const planned = planCalendar(today, random);
    const crmPlace: CrmPlace = { crm, rep, employee, contacts };
    const activities: string[] = [];
    for (const one of isEnabled ? planned : planned.slice(0, 8)) {
      if (one.side === 'outlook') await placeEvent(graph, employee, one);
      else activities.push(...placeActivity(crmPlace, one));
    }
    return { employee, repId: rep.repId, person: rep.person, events: new Set(), activities: new Set(activities) };
  };
  const employees: Placed[] = [];
  for (const employee of EMPLOYEES) employees.push(await place(employee, true));
  const bystander = await place(BYSTANDER, false);
  await placeSharedMeeting(graph, EMPLOYEES, today);
  graph.resetCounters();
  crm.resetCounters();
  // Only now: a colleague's meeting is in every calendar.
  const withAllEvents = (placed: Placed): Placed => ({ ...placed, events: new Set(graph.events(placed.employee.id).map(({ row }) => String(row['id']))) });
  return { employees: employees.map(withAllEvents), bystander: withAllEvents(bystander) };
}

async function placeEvent(graph: GraphSimulator, employee: DemoEmployee, planned: PlannedEvent): Promise<void> {
  const event = eventOf(planned);
  const [contact] = planned.company?.persons ?? [];
  if (planned.form === 'invitation' && contact !== undefined) {
    const organizer = { name: `${contact.firstName} ${contact.lastName}`, address: contact.mail };
    const attendees = [{ emailAddress: { address: employee.mail } }];
    graph.receiveInvitation(employee.id, { organizer, iCalUId: `supplier-day-${employee.login.toLowerCase()}`, event: { ...event, attendees } });
    return;
  }
  const attendees = planned.form === 'meeting' ? { attendees: (planned.company?.persons ?? []).map(({ mail }) => ({ emailAddress: { address: mail } })) } : {};
  const answer = await graph.fetch(`${graph.baseUrl}/v1.0/users/${employee.id}/events`, {
    method: 'POST',
    headers: { authorization: `Bearer person:${employee.id}`, 'content-type': 'application/json', prefer: 'IdType="ImmutableId"' },
    body: JSON.stringify({ ...event, ...attendees }),
  });
  if (!answer.ok) throw new Error(`The Graph simulator refused an appointment of the demo with status ${answer.status}: the demo's data does not fit the simulator.`);
}

function eventOf({ subject, time, place, body, showAs, reminder, categories, form }: PlannedEvent): Record<string, unknown> {
  const at = (dateTime: string) => ({ dateTime, timeZone: DEMO_ZONE });
  const midnight = (date: string) => at(`${date}T00:00:00`);
  const times = time.allDay ? { isAllDay: true, start: midnight(time.firstDay), end: midnight(addDays(time.lastDay, 1)) } : { start: at(`${time.start}:00`), end: at(`${time.end}:00`) };
  return {
    ...times,
    subject,
    showAs,
    categories,
    ...(place === '' ? {} : { location: { displayName: place } }),
    ...(body === '' ? {} : { body: { contentType: 'text', content: body } }),
    ...(reminder === null ? { isReminderOn: false } : { isReminderOn: true, reminderMinutesBeforeStart: reminder }),
    ...(form === 'private' ? { sensitivity: 'private' } : {}),
    ...(form === 'series' && !time.allDay ? { recurrence: weekly(time.start.slice(0, 10)) } : {}),
  };
}

function weekly(startDate: string): Record<string, unknown> {
  return { pattern: { type: 'weekly', interval: 1, daysOfWeek: ['monday'], firstDayOfWeek: 'monday' }, range: { type: 'numbered', startDate, numberOfOccurrences: 8, recurrenceTimeZone: DEMO_ZONE } };
}

interface CrmPlace {
  readonly crm: CrmSimulator;
  readonly rep: SeededRep;
  readonly employee: DemoEmployee;
  readonly contacts: ReadonlyMap<DemoCompany, Person>;
}

/** Written by the rep himself; an activity stands under the customer's person, which makes that person no participant. */
function placeActivity({ crm, rep, employee, contacts }: CrmPlace, planned: PlannedActivity): string[] {
  const user = crm.act(employee.login);
  const contact = contacts.get(planned.company) ?? rep.person;
  const values = {
    Contact: CATALOG_TYPE[planned.form],
    Subject: planned.subject,
    Text: planned.body,
    Location: planned.place,
    ShowAs: SHOW_AS.indexOf(planned.showAs),
    Reminder: planned.reminder,
    Categories: planned.categories.join(';'),
    Priority: 1,
    Status: 0,
    RepId: rep.repId,
    PeGrp: contact.statNo,
    PeNo: contact.seqNo,
    Private: planned.form === 'private',
  };
  if (planned.form === 'series') {
    const first = user.create('Contact', { ...values, ...datesOf(planned, 0) });
    const main = { MainStatNo: first.statNo, MainSeqNo: first.seqNo };
    user.update('Contact', first.id, main);
    const others = Array.from({ length: SERIES_OF_ACTIVITIES - 1 }, (_, i) => user.create('Contact', { ...values, ...main, ...datesOf(planned, 7 * (i + 1)) }));
    return [first, ...others].map(({ id }) => id);
  }
  const activity = user.create('Contact', { ...values, ...datesOf(planned, 0) });
  if (planned.form === 'meeting') user.addParticipant(activity.id, { PeGrp: contact.statNo, PeNo: contact.seqNo, Role: 0 });
  return [activity.id];
}

function datesOf({ time }: PlannedAppointment, days: number): Record<string, string | null> {
  if (time.allDay) return { Date: addDays(time.firstDay, days), Time: null, EndDate: addDays(time.lastDay, days), EndTime: null };
  const [date = '', start = ''] = time.start.split('T');
  const [endDate = '', end = ''] = time.end.split('T');
  return { Date: addDays(date, days), Time: start, EndDate: addDays(endDate, days), EndTime: end };
}
