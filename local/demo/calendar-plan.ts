import { COMPANIES, type DemoCompany } from './people.ts';
import type { PlannedActivity, PlannedAppointment, PlannedEvent, PlannedTime } from './planned-appointment.ts';
import { addDays, workingDayFrom, workingDays } from './working-days.ts';

/** Some weeks of one employee's life, on both sides: the same today and the same numbers, the same calendar. */

const WEEKS_BACK = 3;
const WEEKS_AHEAD = 5;
/** Starts in business hours, at least 90 minutes apart: nobody is at two places at once. */
const SLOTS = ['08:30', '10:00', '13:00', '14:30', '16:00'] as const;
const FIRST_OF_A_DAY = 0.85;
const SECOND_OF_A_DAY = 0.3;
/** Customers are visited from the CRM; the rest of the day is kept in Outlook. */
const MADE_IN_THE_CRM = 0.45;
/** One that the window of 30 days no longer holds, and one that 180 days do not hold yet. */
const LONG_AGO_DAYS = 45;
const FAR_AHEAD_DAYS = 240;

const VISITS = ['Service review at', 'Offer talk with', 'Contract renewal with', 'Demo of the new release at', 'Yearly planning with', 'Complaint talk with'];
const DESK_WORK = ['Prepare the offer for', 'Read the tender of', 'Check the open invoices of', 'Write the minutes for', 'Plan the rollout at'];
const INTERNAL = ['Weekly report', 'Budget review', 'Focus time: roadmap', 'Interview candidate', 'Forecast for the quarter', 'Clean up the pipeline', 'Training: time zones'];
const ROOMS = ['', 'Room Elbe', 'Room Weser', 'Home office', 'Phone box 2'];
const NOTES = ['Numbers of the last quarter are in the shared folder.', 'Take the demo device along.\nParking behind the hall.', 'Open points: delivery times, spare parts, price list.', ''];

export function planCalendar(today: string, random: () => number): PlannedAppointment[] {
  const pick = <T>(list: readonly [T, ...T[]] | readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const someCompany = (): DemoCompany => pick(COMPANIES);
  const days = workingDays(addDays(today, -7 * WEEKS_BACK), addDays(today, 7 * WEEKS_AHEAD));
  const timed = (day: string, slot: string, minutes: number): PlannedTime => ({ allDay: false, start: `${day}T${slot}`, end: `${day}T${later(slot, minutes)}` });

  const visit = (time: PlannedTime, company = someCompany()): PlannedActivity => {
    const [contact] = company.persons;
    const notes = pick(NOTES);
    return {
      side: 'crm', form: 'alone', company, time,
      subject: `${pick(VISITS)} ${company.name}`,
      place: `${company.street}, ${company.zip} ${company.city}`,
      body: [contact === undefined ? '' : `Contact: ${contact.firstName} ${contact.lastName}, ${contact.role}`, notes].filter((line) => line !== '').join('\n'),
      showAs: 'busy', reminder: pick([30, 60, null]), categories: pick([['Customer'], ['Customer', 'Service'], []]),
    }; // prettier-ignore
  };
  const deskWork = (time: PlannedTime): PlannedEvent => ({
    side: 'outlook', form: 'alone', company: null, time,
    subject: random() < 0.5 ? `${pick(DESK_WORK)} ${someCompany().name}` : pick(INTERNAL),
    place: pick(ROOMS), body: pick(NOTES), showAs: pick(['busy', 'busy', 'tentative']), reminder: pick([15, 15, null]), categories: pick([['Internal'], []]),
  }); // prettier-ignore

  /** Any day's time that nothing else has taken. */
  const free = days.flatMap((day) => SLOTS.map((slot) => ({ day, slot })));
  const takeFree = (minutes: number): PlannedTime => {
    const [{ day, slot } = { day: today, slot: SLOTS[0] }] = free.splice(Math.floor(random() * free.length), 1);
    return timed(day, slot, minutes);
  };

  const everyday = days.flatMap((day) => {
    const busy = [random() < FIRST_OF_A_DAY, random() < SECOND_OF_A_DAY].filter(Boolean);
    return busy.map(() => {
      const slot = pick(free.filter((each) => each.day === day));
      free.splice(free.indexOf(slot), 1);
      const time = timed(day, slot.slot, pick([30, 45, 60, 90]));
      return random() < MADE_IN_THE_CRM ? visit(time) : deskWork(time);
    });
  });

  const company = someCompany();
  const fair = workingDayFrom(addDays(today, 10 + Math.floor(random() * 10)));
  const wholeDays: PlannedAppointment[] = [
    { ...deskWork({ allDay: true, firstDay: fair, lastDay: addDays(fair, 1) }), subject: `Trade fair in ${company.city}`, place: `Exhibition centre ${company.city}`, showAs: 'oof', reminder: null },
    { ...deskWork(wholeDay(workingDayFrom(addDays(today, -6)))), subject: 'Home office', place: '', showAs: 'workingElsewhere', reminder: null, categories: [] },
    { ...visit(wholeDay(workingDayFrom(addDays(today, 24))), company), subject: `Inventory at ${company.name}`, reminder: null },
  ];

  const monday = days.find((day) => new Date(`${day}T00:00:00Z`).getUTCDay() === 1) ?? today;
  const leftAlone: PlannedAppointment[] = [
    { ...deskWork(takeFree(60)), form: 'meeting', company: someCompany(), subject: 'Kick-off with the customer' },
    { ...deskWork(takeFree(45)), form: 'meeting', company: someCompany(), subject: 'Review of the pilot' },
    { ...deskWork(takeFree(60)), form: 'invitation', company: someCompany(), subject: 'Supplier day' },
    { ...deskWork(takeFree(30)), form: 'private', subject: 'Dentist', place: '', body: '', categories: [] },
    { ...deskWork(timed(monday, '08:00', 25)), form: 'series', subject: 'Sales weekly', place: 'Room Elbe' },
    { ...deskWork(timed(workingDayFrom(addDays(today, -LONG_AGO_DAYS)), '10:00', 60)), subject: 'Handover of the old territory' },
    { ...visit(takeFree(15)), form: 'telephone', subject: 'Call back about spare parts', place: '' },
    { ...visit(takeFree(15)), form: 'letter', subject: 'Letter with the new price list', place: '' },
    { ...visit(takeFree(60)), form: 'private', subject: 'Talk about the salary', place: '' },
    { ...visit(takeFree(90)), form: 'meeting' },
    { ...visit(timed(monday, '12:00', 30)), form: 'series', subject: 'Stock count by telephone' },
    { ...visit(timed(workingDayFrom(addDays(today, FAR_AHEAD_DAYS)), '10:00', 60)), subject: 'Audit of the next season' },
  ];
  return [...everyday, ...wholeDays, ...leftAlone];
}

function wholeDay(day: string): PlannedTime {
  return { allDay: true, firstDay: day, lastDay: day };
}

function later(time: string, minutes: number): string {
  return new Date(Date.parse(`2000-01-01T${time}:00Z`) + minutes * 60_000).toISOString().slice(11, 16);
}
