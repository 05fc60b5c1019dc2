import { describe, expect, it } from 'vitest';
import { shownInCrm, shownInOutlook } from '../world/judge.ts';
import { timed, type Activity } from '../world/people.ts';
import { seeded } from '../world/random.ts';
import { World } from '../world/world.ts';
import { datesOf, instantOf, type Pattern, type Range } from './expansion.ts';
import { MINUTE, rows, type Row } from './weekly.ts';

const WINDOW = ['2026-10-24', '2027-05-22'] as const;

const PATTERNS: { name: string; pattern: Pattern; range: Range; zone?: string; allDay?: boolean }[] = [
  { name: 'every third day', pattern: { type: 'daily', interval: 3 }, range: { type: 'numbered', startDate: '2026-11-24', numberOfOccurrences: 8 } },
  { name: 'every day, without end', pattern: { type: 'daily', interval: 1 }, range: { type: 'noEnd', startDate: '2026-11-24' } },
  { name: 'every second week on two days, weeks from Monday on', pattern: { type: 'weekly', interval: 2, daysOfWeek: ['tuesday', 'friday'], firstDayOfWeek: 'monday' }, range: { type: 'endDate', startDate: '2026-11-24', endDate: '2027-02-28' } },
  { name: 'every week, over the end of summer time elsewhere', pattern: { type: 'weekly', interval: 1, daysOfWeek: ['wednesday'] }, range: { type: 'noEnd', startDate: '2026-10-28' }, zone: 'America/New_York' },
  { name: 'the 31st of each month', pattern: { type: 'absoluteMonthly', interval: 1, dayOfMonth: 31 }, range: { type: 'numbered', startDate: '2026-12-31', numberOfOccurrences: 5 } },
  { name: 'every second month on the 15th, begun long ago', pattern: { type: 'absoluteMonthly', interval: 2, dayOfMonth: 15 }, range: { type: 'noEnd', startDate: '2024-01-15' } },
  { name: 'the last Friday of a month', pattern: { type: 'relativeMonthly', interval: 1, daysOfWeek: ['friday'], index: 'last' }, range: { type: 'endDate', startDate: '2026-11-27', endDate: '2027-04-30' } },
  { name: 'the first working day of a month', pattern: { type: 'relativeMonthly', interval: 1, daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'], index: 'first' }, range: { type: 'noEnd', startDate: '2026-12-01' } },
  { name: 'once a year', pattern: { type: 'absoluteYearly', interval: 1, month: 2, dayOfMonth: 28 }, range: { type: 'noEnd', startDate: '2025-02-28' } },
  { name: 'the fourth Thursday of November', pattern: { type: 'relativeYearly', interval: 1, month: 11, daysOfWeek: ['thursday'], index: 'fourth' }, range: { type: 'noEnd', startDate: '2025-11-27' } },
  { name: 'all day, every week', pattern: { type: 'weekly', interval: 1, daysOfWeek: ['thursday'] }, range: { type: 'numbered', startDate: '2026-11-26', numberOfOccurrences: 10 }, allDay: true },
];

interface Exception {
  readonly subject?: string;
  readonly hours?: readonly [string, string];
}

/** What people meant: where both systems must arrive, occurrence by occurrence. */
class Meant {
  subject: string;
  range: Range;
  hours: readonly [string, string] = ['09:00:00', '10:00:00'];
  readonly pattern: Pattern;
  readonly zone: string;
  readonly allDay: boolean;
  cancelled = new Set<string>();
  exceptions = new Map<string, Exception>();

  constructor({ pattern, range, zone = 'Europe/Berlin', allDay = false }: (typeof PATTERNS)[number]) {
    this.subject = 'Series';
    this.pattern = pattern;
    this.range = range;
    this.zone = zone;
    this.allDay = allDay;
  }

  dates(): string[] {
    return datesOf(this.pattern, this.range, WINDOW[1]).filter((date) => date >= WINDOW[0] && !this.cancelled.has(date));
  }

  shows(): string[] {
    return this.dates().map((date) => {
      const { subject = this.subject, hours = this.hours } = this.exceptions.get(date) ?? {};
      return `${subject}, ${this.allDay ? `${date} to ${date}` : `${instantOf(date, hours[0], this.zone)} to ${instantOf(date, hours[1], this.zone)}`}`;
    }).sort();
  }
}

const told = ({ subject, when }: { subject: string; when: string }): string => `${subject}, ${when}`;

function bothShow(world: World, meant: Meant, after: string): void {
  const inside = (one: string): boolean => (/, (\d{4}-\d\d-\d\d)/.exec(one)?.[1] ?? '') >= WINDOW[0] && (/, (\d{4}-\d\d-\d\d)/.exec(one)?.[1] ?? '') <= WINDOW[1];
  const outlook = rows(world).map((row) => told(shownInOutlook(row))).filter(inside).sort();
  const crm = world.crmUser().activities().map((activity) => told(shownInCrm(activity))).filter(inside).sort();
  expect(outlook, `Outlook, after: ${after}`).toEqual(meant.shows());
  expect(crm, `the CRM, after: ${after}`).toEqual(meant.shows());
}

/** One thing that a person does, on both the world and the model; says what it was. */
async function act(world: World, master: string, meant: Meant, dice: () => number, n: number): Promise<string> {
  const dates = meant.dates().filter((date) => date > '2026-11-25');
  const date = dates[Math.floor(dice() * dates.length)];
  const exception = meant.exceptions.get(date ?? '') ?? {};
  const row = (): Row => rows(world).find((one) => String(one['occurrenceId']).endsWith(`.${date}`)) ?? { id: '' };
  const record = (): Activity => world.crmUser().activities().find(({ values }) => values['Date'] === date) ?? { id: '', deleted: false, values: {} };
  const what = date === undefined ? 0.9 : dice();
  if (what < 0.3) {
    const subject = `Only ${date} ${n}`;
    meant.exceptions.set(date ?? '', { ...exception, subject });
    if (what < 0.15) await world.outlook().patch(row().id, { subject });
    else world.crmUser().update(record().id, { Subject: subject });
    return `${what < 0.15 ? 'Outlook' : 'the CRM'} renames ${date}`;
  }
  if (what < 0.5 && !meant.allDay && meant.zone === 'Europe/Berlin') {
    const hours = what < 0.4 ? (['11:00:00', '11:30:00'] as const) : (['15:00:00', '17:00:00'] as const);
    meant.exceptions.set(date ?? '', { ...exception, hours });
    if (what < 0.4) await world.outlook().patch(row().id, timed(`${date}T${hours[0]}`, `${date}T${hours[1]}`));
    else world.crmUser().update(record().id, { Time: hours[0], EndTime: hours[1], EndDate: date ?? '' });
    return `${what < 0.4 ? 'Outlook' : 'the CRM'} gives ${date} other hours`;
  }
  if (what < 0.66 && dates.length > 2) {
    meant.cancelled.add(date ?? '');
    meant.exceptions.delete(date ?? '');
    if (what < 0.58) await world.outlook().remove(row().id);
    else world.crmUser().mark(record().id);
    return `${what < 0.58 ? 'Outlook' : 'the CRM'} takes ${date} out`;
  }
  if (what < 0.8 || meant.allDay) {
    meant.subject = `Series ${n}`;
    await world.outlook().patch(master, { subject: meant.subject });
    return 'Outlook renames the series';
  }
  if (what < 0.9 && meant.range.type === 'numbered') {
    meant.range = { ...meant.range, numberOfOccurrences: Math.max(2, (meant.range.numberOfOccurrences ?? 2) + (dice() < 0.5 ? -1 : 2)) };
    const kept = new Set(datesOf(meant.pattern, meant.range, '2030-01-01'));
    for (const one of [...meant.exceptions.keys()]) if (!kept.has(one)) meant.exceptions.delete(one);
    await world.outlook().patch(master, { recurrence: { pattern: meant.pattern, range: meant.range } });
    return `Outlook lets it come ${meant.range.numberOfOccurrences} times`;
  }
  // A new time for all of them: Outlook forgets what was different of single ones (docs/assumptions).
  const drawn = String(7 + Math.floor(dice() * 8)).padStart(2, '0');
  const hour = meant.hours[0].startsWith(drawn) ? '16' : drawn;
  meant.hours = [`${hour}:15:00`, `${hour}:45:00`];
  meant.exceptions.clear();
  meant.cancelled.clear();
  await world.outlook().patch(master, timed(`${meant.range.startDate}T${meant.hours[0]}`, `${meant.range.startDate}T${meant.hours[1]}`, meant.zone));
  return `Outlook moves all of them to ${hour}:15`;
}

describe('A2, A4: both systems show what people meant, occurrence by occurrence', () => {
  it.each(PATTERNS)('$name', async (one) => {
    const world = new World();
    await world.start();
    const meant = new Meant(one);
    const { startDate } = one.range;
    const when = meant.allDay ? { isAllDay: true, ...timed(`${startDate}T00:00:00`, `${new Date(Date.parse(startDate) + 86_400_000).toISOString().slice(0, 10)}T00:00:00`) } : timed(`${startDate}T09:00:00`, `${startDate}T10:00:00`, meant.zone);
    const { id } = await world.outlook().create({ subject: 'Series', ...when, recurrence: { pattern: one.pattern, range: one.range } });
    await world.settle();
    bothShow(world, meant, 'it was made');
    const dice = seeded(one.name.length);
    for (let n = 1; n <= 10; n += 1) {
      const what = await act(world, id, meant, dice, n);
      await world.settle();
      await world.live(4 * MINUTE);
      bothShow(world, meant, what);
    }
    expect(world.graph.state().mails).toEqual([]);
    expect(world.violations()).toEqual([]);
  });
});
