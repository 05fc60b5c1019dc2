import type { Side } from '../../shared/sync/ports.ts';
import { propertiesAfter } from '../world/additional-fields.ts';
import { shownInCrm, shownInOutlook, type Shown } from '../world/judge.ts';
import { timed } from '../world/people.ts';
import type { Employee, World } from '../world/world.ts';
import type { Additional } from './additional.ts';
import type { Ledger } from './ledger.ts';
import type { Meetings } from './meetings.ts';
import type { Secrets } from './privacy.ts';
import { isRecurring } from './recurring-subjects.ts';

type Values = Record<string, string | number>;

export interface Office {
  readonly world: World;
  readonly ledger: Ledger;
  readonly say: (text: string) => void;
  /** Unique values: every edit can be told apart for ever. */
  readonly next: () => number;
  /** So many changes may still be answered and not stored: of the three times a day that the product puts a field right one must be left. */
  readonly storesNothing: { left: number };
  readonly meetings?: Meetings;
  /** Only in histories whose people fill in additional fields. */
  readonly additional?: Additional;
  /** Only in histories whose people keep things private. */
  readonly secrets?: Secrets;
}

export interface Change {
  readonly patch: Record<string, unknown>;
  readonly values: Values;
}

const DAY_MS = 86_400_000;
/** Of changes of what every appointment has (`change`). */
const KINDS = 6;

export type Where = Side | 'both';

/** What one person does in one moment. The dice are the step's own, so that leaving a step out changes no other. */
export async function work(office: Office, employee: Employee, random: () => number, where: Where = 'both'): Promise<void> {
  const { world, ledger, say } = office;
  const hand = new Hand(office, employee, random);
  const events = world.outlook(employee).events().filter((one) => one['isOrganizer'] !== false && !isRecurring(one['subject']));
  const activities = world.crmUser(employee).activities().filter(({ values }) => values['FreeC2'] !== 'published' && !isRecurring(values['Subject']));
  const [event, activity] = [hand.pick(events), hand.pick(activities)];
  const twinOf = (one: Record<string, unknown>): (typeof activities)[number] | undefined => activities.find(({ values }) => ledger.rootOf(values['Subject'] ?? '') === ledger.rootOf(String(one['subject'])));
  if (office.secrets !== undefined && random() < 0.2 && (await hand.keepPrivate(office.secrets))) return;
  const what = random();
  if (where === 'graph' && event !== undefined) return hand.editInOutlook(event.id, hand.change());
  if (where === 'crm' && activity !== undefined) return hand.editInCrm(activity.id, hand.change());
  if (what < 0.15) await hand.createInOutlook();
  else if (what < 0.3) hand.createInCrm();
  else if (what < 0.32 && event !== undefined && twinOf(event) !== undefined) await hand.editInOutlook(event.id, hand.farAway());
  else if (what < 0.34 && event !== undefined && twinOf(event) !== undefined) hand.editInCrm(twinOf(event)?.id ?? '', hand.farAway());
  else if (what < 0.38 && office.meetings === undefined) hand.moveBetweenCalendars(event?.id);
  else if (what < 0.5 && event !== undefined) await hand.editInOutlook(event.id, hand.change());
  else if (what < 0.68 && activity !== undefined) hand.editInCrm(activity.id, hand.change());
  else if (what < 0.76 && event !== undefined) {
    const twin = twinOf(event);
    const kind = office.additional === undefined ? 0 : hand.kind();
    await hand.editInOutlook(event.id, hand.change(kind));
    if (twin !== undefined) hand.editInCrm(twin.id, hand.change(kind));
  } else if (what < 0.82 && event !== undefined) {
    await hand.type(event.id, twinOf(event)?.id);
  } else if (what < 0.87 && event !== undefined) await hand.deleteInOutlook(event.id);
  else if (what < 0.92 && activity !== undefined) hand.deleteInCrm(activity.id);
  else if (what < 0.96 && event !== undefined) {
    say(`${employee.mail} only opens ${String(event['subject'])} in Outlook`);
    world.outlook(employee).touch(event.id);
  } else if (activity !== undefined) {
    say(`${employee.mail} saves ${activity.values['Subject']} unchanged in the CRM`);
    world.crmUser(employee).update(activity.id, { Subject: activity.values['Subject'] ?? '' });
  }
}

/** One person's hand: every act is seen by the ledger as that person saw it. */
export class Hand {
  private readonly office: Office;
  private readonly employee: Employee;
  private readonly random: () => number;

  constructor(office: Office, employee: Employee, random: () => number) {
    this.office = office;
    this.employee = employee;
    this.random = random;
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.random() * from.length)];
  }

  async createInOutlook(): Promise<void> {
    const { world, ledger, say, next } = this.office;
    const subject = `S${next()}`;
    const day = this.day();
    const allDay = this.random() < 0.15;
    const when = allDay ? { isAllDay: true, ...timed(`${day}T00:00:00`, `${dayAfter(day)}T00:00:00`, 'UTC') } : timed(`${day}T13:00:00`, `${day}T14:00:00`);
    say(`${this.employee.mail} creates ${subject} in Outlook${allDay ? ', all day' : ''}`);
    ledger.createdNow(subject, 'graph');
    await world.outlook(this.employee).create({ subject, ...when });
  }

  /** Makes something private, or public again, or makes something new that is; with `full` in the CRM, too. False where there is nothing for it. */
  async keepPrivate(secrets: Secrets): Promise<boolean> {
    const { world, ledger, say, next } = this.office;
    const events = world.outlook(this.employee).events().filter((one) => one['isOrganizer'] !== false && !isRecurring(one['subject']));
    const what = this.random();
    if (what < 0.25) {
      const subject = `S${next()}`;
      const day = this.day();
      say(`${this.employee.mail} creates ${subject} in Outlook, private`);
      ledger.createdNow(subject, 'graph');
      const event = { subject, sensitivity: this.pick(['private', 'confidential', 'personal']), ...timed(`${day}T16:00:00`, `${day}T17:00:00`) };
      secrets.noteOutlook(null, { ...event, id: '' });
      secrets.noteOutlook(null, await world.outlook(this.employee).create(event));
      secrets.forget('');
      return true;
    }
    if (what < 0.35 && secrets.rule === 'full') {
      const activity = this.pick(world.crmUser(this.employee).activities().filter(({ values }) => values['FreeC2'] !== 'published' && !isRecurring(values['Subject'])));
      if (activity === undefined) return false;
      this.editInCrm(activity.id, { patch: {}, values: { Private: this.random() < 0.7 ? 'true' : 'false' } });
      return true;
    }
    const event = this.pick(events.filter((one) => (what < 0.7 ? one['sensitivity'] === 'normal' : one['sensitivity'] !== 'normal')));
    if (event === undefined) return false;
    const change = this.random() < 0.5 ? this.change() : { patch: {}, values: {} };
    await this.editInOutlook(event.id, { ...change, patch: { ...change.patch, sensitivity: what < 0.7 ? 'private' : 'normal' } });
    return true;
  }

  createInCrm(): void {
    const { world, ledger, say, next } = this.office;
    const subject = `S${next()}`;
    const day = this.day();
    const allDay = this.random() < 0.15;
    say(`${this.employee.mail} creates ${subject} in the CRM${allDay ? ', all day' : ''}`);
    ledger.createdNow(subject, 'crm');
    world.crmUser(this.employee).create({ Subject: subject, Date: day, EndDate: day, ...(allDay ? { Time: '', EndTime: '' } : {}) });
  }

  /** Which field somebody changes. */
  kind(): number {
    return Math.floor(this.random() * (KINDS + (this.office.additional?.kinds ?? 0)));
  }

  /** With a kind given, both sides change the same field. */
  change(kind: number = this.kind()): Change {
    const n = this.office.next();
    const day = this.day();
    const hour = this.pick(['02:30', '08:00', '11:00', '23:30']) ?? '11:00';
    const end = hour === '23:30' ? '23:45' : `${String(Number(hour.slice(0, 2)) + 1).padStart(2, '0')}:30`;
    const changes: readonly Change[] = [
      { patch: { subject: `S${n}` }, values: { Subject: `S${n}` } },
      { patch: { location: { displayName: `P${n}` } }, values: { Location: `P${n}${this.pick(['', '', ' ']) ?? ''}` } },
      { patch: { body: { contentType: 'html', content: `<p>B${n}&nbsp;&amp; more<br>second line</p>` } }, values: { Text: this.pick([`B${n} & more\nsecond line`, `B${n}  & more \n\nsecond line \n`]) ?? '' } },
      { patch: { isAllDay: false, ...timed(`${day}T${hour}:00`, `${day}T${end}:00`) }, values: { Date: day, Time: hour, EndDate: day, EndTime: end } },
      { patch: { categories: [`C${n}`] }, values: { Categories: `C${n}` } },
      { patch: { showAs: this.pick(['free', 'oof', 'tentative']) }, values: { ShowAs: this.pick([0, 1, 3]) ?? 0 } },
    ];
    return changes[kind] ?? this.office.additional?.change(kind - KINDS, n, this.random) ?? { patch: {}, values: {} };
  }

  /** Saves again and again while typing into one field: several edits within a second, often on both sides, and whoever reads may read between two of them. */
  async type(eventId: string, activityId: string | undefined): Promise<void> {
    const { clock } = this.office.world;
    const kind = this.office.additional === undefined ? Math.floor(this.random() * 5) : this.kind();
    const inCrm = activityId === undefined ? 0 : (this.pick([0.2, 0.5, 0.8]) ?? 0.5);
    for (let left = 3 + Math.floor(this.random() * 6); left > 0; left -= 1) {
      if (this.random() < inCrm) this.editInCrm(activityId ?? '', this.change(kind));
      else await this.editInOutlook(eventId, this.change(kind));
      await clock.drive(clock.sleep(50 + this.random() * 700));
    }
  }

  /** Out of the calendar that is synchronized, or something that lies in another one back into it. */
  moveBetweenCalendars(eventId: string | undefined): void {
    const { world, ledger, say } = this.office;
    const { id: userId, mail } = this.employee;
    // What is hidden and lies elsewhere rests as it was: a judge of masks cannot tell it from a mask that was left behind.
    if (this.office.secrets?.hides === true) return;
    const all = world.graph.events(userId).filter(({ place }) => place === 'calendar');
    const home = all.find(({ isInDefaultCalendar }) => isInDefaultCalendar)?.calendarId;
    const away = this.pick(all.filter(({ isInDefaultCalendar, row }) => !isInDefaultCalendar && !isRecurring(row['subject'])));
    if (away !== undefined && home !== undefined && this.random() < 0.6) {
      say(`${mail} moves ${String(away.row['subject'])} back into the calendar`);
      ledger.movedBack(world.clock.now(), String(away.row['subject']));
      world.graph.moveEvent(userId, String(away.row['id']), home);
    } else if (eventId !== undefined) {
      const other = away?.calendarId ?? world.graph.createCalendar(userId, 'Elsewhere');
      const subject = String(all.find(({ row }) => row['id'] === eventId)?.row['subject']);
      say(`${mail} moves ${subject} to another calendar`);
      ledger.movedAway(world.clock.now(), subject);
      world.graph.moveEvent(userId, eventId, other);
    }
  }

  /** Beyond every window: what stands on both sides is followed there, though a delta calls it removed. */
  farAway(): Change {
    const day = new Date(Date.parse(this.day()) + 400 * DAY_MS).toISOString().slice(0, 10);
    return { patch: { isAllDay: false, ...timed(`${day}T09:00:00`, `${day}T10:00:00`) }, values: { Date: day, Time: '09:00', EndDate: day, EndTime: '10:00' } };
  }

  async editInOutlook(id: string, { patch: meant }: Change): Promise<void> {
    const { world, ledger, say, additional } = this.office;
    const event = world.outlook(this.employee).events().find((one) => one.id === id);
    if (event === undefined || isRecurring(event['subject'])) return;
    const before = shownInOutlook(event);
    const patch = additional?.asPatch(event, meant) ?? meant;
    say(`${this.employee.mail} edits ${before.subject} in Outlook: ${JSON.stringify(patch).slice(0, 150)}`);
    // Behind the mask from the first moment on: the CRM may be told while Graph's answer is on its way to this person.
    this.office.secrets?.noteOutlook(event, { ...event, ...patch, ...(patch['body'] === undefined ? {} : { body: patch['body'] }), ...propertiesAfter(event, patch) });
    const changed = { ...(await this.inOutlook(() => world.outlook(this.employee).patch(id, patch))), ...propertiesAfter(event, patch) };
    this.office.secrets?.noteOutlook(event, changed);
    const after = shownInOutlook(changed);
    ledger.edited(world.clock.now(), 'graph', before, after);
    additional?.edited('graph', before, after);
  }

  editInCrm(id: string, { values }: Change): void {
    const { world, ledger, say } = this.office;
    const activity = world.crmUser(this.employee).activities().find((one) => one.id === id);
    // What people change in a published record is put right: no edit of theirs can be lost in it.
    if (activity === undefined || activity.values['FreeC2'] === 'published' || isRecurring(activity.values['Subject'])) return;
    const before = shownInCrm(activity);
    if (this.office.secrets?.isMask(activity.values) === true) {
      if (!this.office.secrets.mayScribble(id)) return;
      say(`${this.employee.mail} edits a mask in the CRM: ${JSON.stringify(values)}`);
      world.crmUser(this.employee).update(id, values);
      return;
    }
    this.office.meetings?.noteCrmEdit(before.subject);
    say(`${this.employee.mail} edits ${before.subject} in the CRM: ${JSON.stringify(values)}`);
    const after = shownInCrm(world.crmUser(this.employee).update(id, values));
    ledger.edited(world.clock.now(), 'crm', before, after);
    this.office.additional?.edited('crm', before, after);
  }

  async deleteInOutlook(id: string): Promise<void> {
    const { world, ledger, say } = this.office;
    const event = world.outlook(this.employee).events().find((one) => one.id === id);
    if (event === undefined) return;
    say(`${this.employee.mail} deletes ${String(event['subject'])} in Outlook`);
    ledger.deletedNow(world.clock.now(), 'graph', shownInOutlook(event));
    await this.inOutlook(() => world.outlook(this.employee).remove(id));
  }

  deleteInCrm(id: string): void {
    const { world, ledger, say } = this.office;
    const activity = world.crmUser(this.employee).activities().find((one) => one.id === id);
    // Whose item a mask is nobody can tell from outside.
    if (activity === undefined || this.office.secrets?.isMask(activity.values) === true) return;
    const shown: Shown = shownInCrm(activity);
    this.office.meetings?.noteCrmEdit(shown.subject);
    say(`${this.employee.mail} deletes ${shown.subject} in the CRM`);
    ledger.deletedNow(world.clock.now(), 'crm', shown);
    if (this.random() < 0.5) world.crmUser(this.employee).mark(id);
    else world.crmUser(this.employee).remove(id);
  }

  /** Mails that Outlook sends for what a person does in it are his. */
  private inOutlook<T>(act: () => Promise<T>): Promise<T> {
    return this.office.meetings === undefined ? act() : this.office.meetings.asPerson(act);
  }

  private day(): string {
    const start = Date.parse(this.office.world.options.start ?? '2026-11-23T07:00:00Z');
    return new Date(start + Math.floor(1 + this.random() * 60) * DAY_MS).toISOString().slice(0, 10);
  }
}

function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
}
