import type { Side } from '../../shared/sync/ports.ts';
import { shownInCrm, shownInOutlook, type Shown } from '../world/judge.ts';
import { timed, type Activity } from '../world/people.ts';
import type { Employee, World } from '../world/world.ts';
import { addressesAt, asAttendee, rowsOf as participantsOf } from './meetings.ts';
import { differences } from './judgement.ts';
import type { Office } from './people.ts';
import { isRecurring, seriesOf } from './recurring-subjects.ts';

type Row = Record<string, unknown> & { id: string };

const DAY_MS = 86_400_000;
/** How long the way of a change may take while everything fails. */
const ON_THE_WAY_MS = 60 * 60_000;
/** Within what time: the poll of the CRM tells of the one, notification and delta of the other. */
const SAVED_AND_MOVED_MS = 40_000;
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/**
 * edit, editAll: a field of one or of all. renamedHalf: the second half of a series that was split got another name. when: its time. days: the series was
 * shifted or split, and keeps its days; split: the latter. shape: which days it has. gone, over: one or all of them.
 */
type Act = 'edit' | 'editAll' | 'renamedHalf' | 'when' | 'days' | 'split' | 'shape' | 'gone' | 'over';

/** What can go wrong together with an edit on the other side, and what with another time there. */
const ENDING: readonly Act[] = ['gone', 'over', 'shape', 'days'];
const EDITING: readonly Act[] = ['edit', 'editAll', 'renamedHalf'];

/**
 * People with appointments that recur, on both sides: they make series of all kinds, edit and take out single occurrences, shift, split, shorten and end
 * series, while everything fails. Judged by what the two systems show: the same, occurrence by occurrence, and nothing twice.
 */
export class Recurring {
  private readonly office: Office;
  private onTheWayMs = ON_THE_WAY_MS;
  private readonly acts: { readonly at: number; readonly root: string; readonly side: Side; readonly act: Act }[] = [];
  /** Something that happens when a worker has read this record. */
  private whenRead: { readonly serial: string; readonly act: () => Promise<void> } | null = null;
  /** By person and series the days that it ever had. */
  private readonly days = new Map<string, Set<string>>();
  /** The series that go on with one that was split, by their ids. */
  private readonly secondHalves = new Set<string>();
  /** By person and series what was made of it in the CRM by hand. */
  private readonly madeByHand = new Map<string, number>();

  constructor(office: Office) {
    this.office = office;
  }

  async act(employee: Employee, dice: () => number): Promise<void> {
    const note = (root: string, side: Side, act: Act): void => void this.acts.push({ at: this.office.world.clock.now(), root, side, act });
    const movedOn = (root: string, days: readonly string[]): void => {
      this.moveOn(`${employee.mail} ${root}`, days);
      this.lookAtDays(employee);
    };
    const hand = new RecurringHand(this.office, employee, dice, note, movedOn, (serial, act) => (this.whenRead = { serial, act }), this.secondHalves);
    await hand.act();
    this.lookAtDays(employee);
  }

  /** The network, as the workers see it. */
  async amid(request: Request, send: () => Promise<Response>): Promise<Response> {
    if (this.whenRead === null || request.method !== 'POST' || !request.url.includes('/interface')) return send();
    const { serial, act } = this.whenRead;
    if (!(await request.clone().text()).includes(`fieldname="SeqNo" op="=" value="${serial}"`)) return send();
    this.whenRead = null;
    const answer = await send();
    await act();
    return answer;
  }

  /** Somebody was off the list for so long: nothing of his came over meanwhile. */
  wasAway(ms: number): void {
    this.onTheWayMs = Math.max(this.onTheWayMs, ms + ON_THE_WAY_MS);
  }

  /** What is wrong when all has healed. */
  differences(present: readonly Employee[], deletionEverOff: boolean): string[] {
    return present.flatMap((employee) => [...this.notInStep(employee, deletionEverOff), ...this.twins(employee), ...this.strangers(employee)]);
  }

  private notInStep(employee: Employee, deletionEverOff: boolean): string[] {
    const { world } = this.office;
    const now = world.clock.now();
    const outlook = rowsOf(world, employee).map(shownInOutlook);
    const crm = recordsOf(world, employee).map((activity) => shownInCrm(activity));
    const [onlyOutlook, onlyCrm] = differences(outlook, crm);
    // At the window's far end the daily net brings what enters it: a day or two do not count.
    const inWindow = ({ when }: Shown): boolean => Math.abs(Date.parse(when.slice(0, 10)) - now) < 29 * DAY_MS || (Date.parse(when.slice(0, 10)) > now && Date.parse(when.slice(0, 10)) < now + 177 * DAY_MS);
    const doubtful = (shown: Shown): boolean => deletionEverOff || this.isDoubtful(seriesOf(shown.subject));
    return [
      ...onlyOutlook.filter((shown) => inWindow(shown) && !doubtful(shown)).map((shown) => `${employee.mail}: recurring, only in Outlook: ${JSON.stringify(shown)}`),
      ...onlyCrm.filter((shown) => !doubtful(shown)).map((shown) => `${employee.mail}: recurring, only in the CRM: ${JSON.stringify(shown)}`),
    ];
  }

  /** Colleagues who are at an occurrence on one side alone. */
  private strangers(employee: Employee): string[] {
    const { world } = this.office;
    const records = recordsOf(world, employee).map((activity) => ({ activity, text: JSON.stringify(shownInCrm(activity)) }));
    return rowsOf(world, employee).flatMap((row) => {
      const shown = shownInOutlook(row);
      const record = records.find(({ text }) => text === JSON.stringify(shown));
      if (record === undefined || this.isDoubtful(seriesOf(shown.subject))) return [];
      const inOutlook = world.employees.filter((one) => one !== employee && addressesAt(row).includes(one.mail)).map(({ rep }) => rep.repId).sort();
      const inCrm = participantsOf(world, record.activity.id).map(({ rep }) => rep).filter((rep) => rep !== 0 && rep !== employee.rep.repId).sort();
      return JSON.stringify(inOutlook) === JSON.stringify(inCrm) ? [] : [`${employee.mail}: at ${shown.subject} of ${shown.when} are reps ${inOutlook.join(', ')} in Outlook and ${inCrm.join(', ')} in the CRM`];
    });
  }

  /** Deleted here and edited there stays there (design 5.6); moved here and shifted there may come to lie where an occurrence cannot. */
  private isDoubtful(root: string): boolean {
    const acts = this.acts.filter((one) => one.root === root);
    return acts.some((one) => acts.some((other) => one.side !== other.side && this.meet(one, other) && (ENDING.includes(one.act) || (one.act === 'when' && !EDITING.includes(other.act)))));
  }

  private meet(one: { readonly at: number }, other: { readonly at: number }): boolean {
    return Math.abs(one.at - other.at) < this.onTheWayMs;
  }

  /** One record for each occurrence, deleted ones counted: nothing is made a second time, nor when its series is shifted or split. */
  private twins(employee: Employee): string[] {
    const { world } = this.office;
    const problems: string[] = [];
    const isShaped = (root: string): boolean => this.acts.some((act) => act.root === root && act.act === 'shape');
    const alive = recordsOf(world, employee).map(({ values }) => `${seriesOf(values['Subject'])} on ${values['Date']}`);
    for (const one of new Set(alive)) if (!isShaped(one.split(' ')[0] ?? '') && alive.filter((other) => other === one).length > 1 && !this.isDoubtful(one.split(' ')[0] ?? '')) problems.push(`${employee.mail}: ${one} stands twice in the CRM`);
    const ever = world.crmUser(employee).all().map(({ values }) => seriesOf(values['Subject']));
    for (const [key, days] of this.days) {
      const [mail, root = ''] = key.split(' ');
      const made = ever.filter((one) => one === root).length;
      const most = (this.madeByHand.get(key) ?? days.size) + this.broughtBack(root);
      if (mail === employee.mail && !isShaped(root) && !this.isBeyondRecognition(root) && made > most) problems.push(`${employee.mail}: ${root} has ${most} occurrences and ${made} records were made of it`);
    }
    return problems;
  }

  /**
   * Given another name, split, and its first half deleted, all before anybody looked; or split, and its second half given another name: nothing tells what
   * that is. It might as well be another series on the same days, to which nobody's records go over.
   */
  private isBeyondRecognition(root: string): boolean {
    const acts = this.acts.filter((one) => one.root === root);
    const of = (act: Act): typeof acts => acts.filter((one) => one.act === act);
    if (of('renamedHalf').some((edit) => of('split').some((split) => this.meet(split, edit)))) return true;
    return of('over').some((end) => of('days').some((split) => this.meet(split, end) && of('editAll').some((edit) => this.meet(edit, end))));
  }

  /** Outlook brings back what was taken out where its series gets another time: so many may have begun a second life. */
  private broughtBack(root: string): number {
    const acts = this.acts.filter((one) => one.root === root);
    return acts.filter(({ at, act }) => act === 'gone' && acts.some((later) => later.act === 'days' && later.at >= at)).length;
  }

  /** These occurrences stand a day later from now on: the same ones, which keep their records. */
  private moveOn(key: string, days: readonly string[]): void {
    const known = new Set([...(this.days.get(key) ?? [])].filter((day) => !days.includes(day)));
    for (const day of days) {
      let moved = after(day, 1);
      // Another one of the same name may stand there.
      while (known.has(moved)) moved += '*';
      known.add(moved);
    }
    this.days.set(key, known);
  }

  private lookAtDays(employee: Employee): void {
    for (const row of rowsOf(this.office.world, employee)) {
      const key = `${employee.mail} ${seriesOf(row['subject'])}`;
      const days = this.days.get(key) ?? new Set<string>();
      days.add(String(row['originalStart'] ?? shownInOutlook(row).when).slice(0, 10));
      this.days.set(key, days);
    }
    const byHand = this.office.world.crmUser(employee).all().filter(({ values }) => isRecurring(values['Subject']) && (values['ExtKey'] ?? '') === '').map(({ values }) => `${employee.mail} ${seriesOf(values['Subject'])}`);
    for (const key of byHand) this.madeByHand.set(key, byHand.filter((one) => one === key).length);
  }
}

/** What recurs in somebody's calendar, occurrence by occurrence, between so many days back and ahead. */
function shownOf({ clock, graph }: World, employee: Employee, back: number, ahead: number): Row[] {
  const day = (days: number): string => new Date(clock.now() + days * DAY_MS).toISOString();
  return (graph.calendar(employee.id, day(-back), day(ahead)) as Row[]).filter(({ subject }) => isRecurring(subject));
}

/** What recurs and is his, occurrence by occurrence. */
export function rowsOf(world: World, employee: Employee): Row[] {
  return shownOf(world, employee, 400, 800).filter(({ isOrganizer }) => isOrganizer === true);
}

function copiesOf(world: World, employee: Employee): Row[] {
  return shownOf(world, employee, 0, 100).filter(({ isOrganizer }) => isOrganizer === false);
}

function recordsOf(world: World, employee: Employee): Activity[] {
  return world.crmUser(employee).activities().filter(({ values }) => isRecurring(values['Subject']));
}

class RecurringHand {
  private readonly office: Office;
  private readonly employee: Employee;
  private readonly dice: () => number;
  private readonly note: (root: string, side: Side, act: Act) => void;
  private readonly movedOn: (root: string, days: readonly string[]) => void;
  private readonly whenRead: (serial: string, act: () => Promise<void>) => void;
  private readonly secondHalves: Set<string>;

  constructor(office: Office, employee: Employee, dice: () => number, note: (root: string, side: Side, act: Act) => void, movedOn: (root: string, days: readonly string[]) => void, whenRead: (serial: string, act: () => Promise<void>) => void, secondHalves: Set<string>) {
    this.office = office;
    this.employee = employee;
    this.dice = dice;
    this.note = note;
    this.movedOn = movedOn;
    this.whenRead = whenRead;
    this.secondHalves = secondHalves;
  }

  async act(): Promise<void> {
    const { world } = this.office;
    const masters = world.outlook(this.employee).events().filter((event) => event['type'] === 'seriesMaster' && event['isOrganizer'] === true && isRecurring(event['subject']));
    const row = this.pick(rowsOf(world, this.employee));
    const record = this.pick(recordsOf(world, this.employee));
    const master = this.pick(masters);
    if (this.office.meetings !== undefined && master !== undefined && this.dice() < 0.3) return this.meet(this.pick([row ?? master, master]) ?? master);
    const what = this.dice();
    if (masters.length === 0 || what < 0.14) return this.createSeries();
    if (what < 0.2) return this.createInCrm();
    if (what < 0.32 && row !== undefined) return this.editOccurrence(row);
    if (what < 0.4 && row !== undefined) return this.removeOccurrence(row);
    if (what < 0.56 && record !== undefined) return this.editInCrm(record);
    if (what < 0.64 && record !== undefined) return this.deleteInCrm(record);
    if (what < 0.72 && master !== undefined) return this.editMaster(master);
    if (what < 0.8 && master !== undefined) return what < 0.76 && isWeekly(master) ? this.savesAndMoves(master) : this.shift(master);
    if (what < 0.88 && master !== undefined) return this.reshape(master);
    if (what < 0.92 && master !== undefined) return this.split(master);
    if (what < 0.95 && master !== undefined) return this.remove(master);
    if (master !== undefined) this.office.world.outlook(this.employee).touch(master.id);
  }

  /** Colleagues are asked to all occurrences or to one, or answer one. */
  private async meet(event: Row): Promise<void> {
    const { world, say } = this.office;
    const root = seriesOf(event['subject']);
    const copy = this.pick(world.employees.flatMap((employee) => copiesOf(world, employee).map((one) => ({ employee, one }))));
    if (copy !== undefined && this.dice() < 0.4) {
      say(`${copy.employee.mail} answers ${String(copy.one['subject'])}`);
      await this.inOutlook(() => world.outlook(copy.employee).answer(copy.one.id, this.dice() < 0.5 ? 'accept' : 'tentativelyAccept'));
      return;
    }
    const people = world.employees.filter((one) => one !== this.employee && this.dice() < 0.5).map(({ mail }) => mail);
    say(`${this.employee.mail} asks ${people.join(', ') || 'nobody'} to ${event['type'] === 'seriesMaster' ? 'all of' : 'one of'} ${root}`);
    this.note(root, 'graph', 'edit');
    await this.inOutlook(() => world.outlook(this.employee).patch(event.id, { attendees: people.map(asAttendee) }));
  }

  /** Mails that Outlook sends for what a person does in it are his. */
  private inOutlook<T>(act: () => Promise<T>): Promise<T> {
    return this.office.meetings === undefined ? act() : this.office.meetings.asPerson(act);
  }

  private async createSeries(): Promise<void> {
    const { world, say, next } = this.office;
    const subject = `R${next()}`;
    const start = new Date(world.clock.now() + Math.floor(this.dice() * 50 - 10) * DAY_MS);
    const day = start.toISOString().slice(0, 10);
    const allDay = this.dice() < 0.15;
    const recurrence = this.recurrence(day);
    say(`${this.employee.mail} creates the series ${subject} in Outlook: ${JSON.stringify(recurrence)}${allDay ? ', all day' : ''}`);
    const first = firstDay(recurrence, day);
    const when = allDay ? { isAllDay: true, ...timed(`${first}T00:00:00`, `${after(first, 1)}T00:00:00`) } : timed(`${first}T09:00:00`, `${first}T10:00:00`, this.pick(['Europe/Berlin', 'Europe/Berlin', 'America/New_York', 'W. Europe Standard Time']));
    await this.inOutlook(() => world.outlook(this.employee).create({ subject, ...when, recurrence: { ...recurrence, range: { ...recurrence.range, startDate: first } } }));
    this.note(subject, 'graph', 'edit');
  }

  private recurrence(day: string): { pattern: Record<string, unknown>; range: Record<string, unknown> } {
    const weekday = WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? 'monday';
    const pattern = this.pick<Record<string, unknown>>([
      { type: 'daily', interval: 1 + Math.floor(this.dice() * 3) },
      { type: 'weekly', interval: 1 + Math.floor(this.dice() * 2), daysOfWeek: [weekday] },
      { type: 'weekly', interval: 1, daysOfWeek: ['monday', 'thursday'], firstDayOfWeek: 'monday' },
      { type: 'absoluteMonthly', interval: 1, dayOfMonth: Number(day.slice(8)) },
      { type: 'relativeMonthly', interval: 1, daysOfWeek: ['tuesday'], index: 'last' },
    ]);
    const range = this.pick<Record<string, unknown>>([
      { type: 'numbered', numberOfOccurrences: 2 + Math.floor(this.dice() * 8) },
      { type: 'endDate', endDate: after(day, 40) },
      { type: pattern?.['type'] === 'daily' ? 'numbered' : 'noEnd', ...(pattern?.['type'] === 'daily' ? { numberOfOccurrences: 6 } : {}) },
    ]);
    return { pattern: pattern ?? {}, range: { startDate: day, ...range } };
  }

  private createInCrm(): void {
    const { world, say, next } = this.office;
    const subject = `R${next()}`;
    const { rep } = this.employee;
    const first = new Date(world.clock.now() + Math.floor(1 + this.dice() * 30) * DAY_MS).toISOString().slice(0, 10);
    say(`${this.employee.mail} creates the series ${subject} in the CRM`);
    const values = { Contact: 1, Subject: subject, Date: first, Time: '14:00', EndDate: first, EndTime: '15:00', ShowAs: 2, Priority: 1, RepId: rep.repId, PeGrp: rep.person.statNo, PeNo: rep.person.seqNo };
    world.crm.act(rep.user).createSeries(values, [after(first, 7), after(first, 14)]);
    this.note(subject, 'crm', 'edit');
  }

  private async editOccurrence(row: Row): Promise<void> {
    const { world, say, next } = this.office;
    const n = next();
    const root = seriesOf(row['subject']);
    const day = shownInOutlook(row).when.slice(0, 10);
    const hours = row['isAllDay'] === true ? { location: { displayName: `P${n}` } } : timed(`${day}T11:00:00`, `${day}T12:30:00`, 'UTC');
    const patch = this.pick<Record<string, unknown>>([{ subject: `${root}.${n}` }, { location: { displayName: `P${n}` } }, hours]) ?? {};
    say(`${this.employee.mail} edits ${root} of ${day} in Outlook: ${JSON.stringify(patch).slice(0, 80)}`);
    this.note(root, 'graph', patch === hours ? 'when' : 'edit');
    await this.inOutlook(() => world.outlook(this.employee).patch(row.id, patch));
  }

  private async removeOccurrence(row: Row): Promise<void> {
    const { world, say } = this.office;
    const root = seriesOf(row['subject']);
    say(`${this.employee.mail} takes ${root} of ${shownInOutlook(row).when.slice(0, 10)} out in Outlook`);
    this.note(root, 'graph', 'gone');
    await this.inOutlook(() => world.outlook(this.employee).remove(row.id));
  }

  private editInCrm({ id, values }: Activity): void {
    const { world, say, next } = this.office;
    const n = next();
    const root = seriesOf(values['Subject']);
    const hours: Record<string, string> = values['Time'] === '' ? { Location: `P${n}` } : { Time: '12:00', EndTime: '12:45', EndDate: values['Date'] ?? '' };
    const change = this.pick<Record<string, string>>([{ Subject: `${root}.${n}` }, { Location: `P${n}` }, { Text: `B${n}` }, hours]) ?? {};
    say(`${this.employee.mail} edits ${root} of ${values['Date']} in the CRM: ${JSON.stringify(change)}`);
    this.note(root, 'crm', change === hours ? 'when' : 'edit');
    this.office.meetings?.noteCrmEdit(root);
    world.crmUser(this.employee).update(id, change);
  }

  private deleteInCrm({ id, values }: Activity): void {
    const root = seriesOf(values['Subject']);
    this.office.say(`${this.employee.mail} deletes ${root} of ${values['Date']} in the CRM`);
    this.note(root, 'crm', 'gone');
    this.office.meetings?.noteCrmEdit(root);
    this.office.world.crmUser(this.employee).mark(id);
  }

  private async editMaster(master: Row): Promise<void> {
    const { world, say, next } = this.office;
    const n = next();
    const root = seriesOf(master['subject']);
    say(`${this.employee.mail} edits the whole series ${root}`);
    this.note(root, 'graph', 'editAll');
    const patch = this.dice() < 0.5 ? { subject: `${root}.${n}` } : { location: { displayName: `P${n}` } };
    if ('subject' in patch && this.secondHalves.has(master.id)) this.note(root, 'graph', 'renamedHalf');
    await this.inOutlook(() => world.outlook(this.employee).patch(master.id, patch));
  }

  /** By half an hour: the same days. */
  private async shift(master: Row): Promise<void> {
    if (master['isAllDay'] === true) return this.editMaster(master);
    const at = (member: string): string => new Date(Date.parse(`${(master[member] as { dateTime: string }).dateTime.slice(0, 19)}Z`) + 1_800_000).toISOString().slice(0, 19);
    const root = seriesOf(master['subject']);
    this.office.say(`${this.employee.mail} shifts ${root} by half an hour`);
    this.note(root, 'graph', 'when');
    this.note(root, 'graph', 'days');
    await this.inOutlook(() => this.office.world.outlook(this.employee).patch(master.id, timed(at('start'), at('end'), 'UTC')));
  }

  /** One record is saved, and when a worker has read it, or at about the same time, the whole series goes to the next weekday. */
  private savesAndMoves(master: Row): void {
    const { world } = this.office;
    const root = seriesOf(master['subject']);
    const record = this.pick(recordsOf(world, this.employee).filter(({ values }) => seriesOf(values['Subject']) === root));
    if (record !== undefined) this.editInCrm(record);
    const serial = record?.values['SeqNo'];
    if (serial !== undefined && this.dice() < 0.7) this.whenRead(serial, () => this.toNextWeekday(master.id));
    else world.clock.after(this.dice() * SAVED_AND_MOVED_MS, () => void this.toNextWeekday(master.id));
  }

  private async toNextWeekday(id: string): Promise<void> {
    const { world, say } = this.office;
    const master = world.outlook(this.employee).events().find((event) => event.id === id);
    if (master === undefined || !isWeekly(master)) return;
    const root = seriesOf(master['subject']);
    const { pattern, range } = master['recurrence'] as { pattern: { daysOfWeek: string[] }; range: { startDate: string; endDate?: string } };
    const days = rowsOf(world, this.employee).filter((row) => row['seriesMasterId'] === id).map((row) => String(row['originalStart']).slice(0, 10));
    const dayAfter = (member: string): string => `${after(String((master[member] as { dateTime: string }).dateTime).slice(0, 10), 1)}${String((master[member] as { dateTime: string }).dateTime).slice(10, 19)}`;
    const moved = { pattern: { ...pattern, daysOfWeek: pattern.daysOfWeek.map((day) => WEEKDAYS[(WEEKDAYS.indexOf(day) + 1) % 7]) }, range: { ...range, startDate: after(range.startDate, 1), ...(range.endDate === undefined || range.endDate < range.startDate ? {} : { endDate: after(range.endDate, 1) }) } };
    say(`${this.employee.mail} moves ${root} to the next weekday`);
    this.note(root, 'graph', 'when');
    this.note(root, 'graph', 'days');
    try {
      await this.inOutlook(() => world.outlook(this.employee).patch(id, { ...timed(dayAfter('start'), dayAfter('end'), 'UTC'), recurrence: moved }));
      this.movedOn(root, days);
    } catch (failure) {
      // What is deleted while somebody saves it cannot be saved.
      if (!(failure instanceof Error) || !failure.message.startsWith('Graph refused')) throw failure;
    }
  }

  /** Another pattern, another end, or none: single again. */
  private async reshape(master: Row): Promise<void> {
    const root = seriesOf(master['subject']);
    const day = String((master['recurrence'] as { range: { startDate: string } }).range.startDate);
    const allDay = master['isAllDay'] === true;
    this.note(root, 'graph', 'shape');
    const single = this.dice() < 0.2;
    const recurrence = this.recurrence(day);
    const first = firstDay(recurrence, day);
    this.office.say(`${this.employee.mail} gives ${root} ${single ? 'no repetition any more' : `another pattern: ${JSON.stringify(recurrence)}`}`);
    const when = allDay ? timed(`${first}T00:00:00`, `${after(first, 1)}T00:00:00`) : timed(`${first}T09:00:00`, `${first}T10:00:00`, 'Europe/Berlin');
    await this.inOutlook(() => this.office.world.outlook(this.employee).patch(master.id, single ? { recurrence: null } : { ...when, recurrence: { ...recurrence, range: { ...recurrence.range, startDate: first } } }));
  }

  /** This and all following, as Outlook does it: one series ends, another one goes on. */
  private async split(master: Row): Promise<void> {
    const { world, say } = this.office;
    const root = seriesOf(master['subject']);
    const days = rowsOf(world, this.employee).filter((row) => row['seriesMasterId'] === master.id).map((row) => String(row['originalStart']).slice(0, 10)).sort();
    const cut = days[Math.floor(days.length / 2)];
    const { pattern, range } = master['recurrence'] as { pattern: Record<string, unknown>; range: { startDate: string } };
    if (cut === undefined || days.length < 3 || cut <= range.startDate) return;
    say(`${this.employee.mail} splits ${root} at ${cut}`);
    this.note(root, 'graph', 'days');
    this.note(root, 'graph', 'split');
    const outlook = world.outlook(this.employee);
    await this.inOutlook(() => outlook.patch(master.id, { recurrence: { pattern, range: { type: 'endDate', startDate: range.startDate, endDate: after(cut, -1) } } }));
    const times = master['isAllDay'] === true ? { isAllDay: true, ...timed(`${cut}T00:00:00`, `${after(cut, 1)}T00:00:00`) } : timed(`${cut}T15:00:00`, `${cut}T16:00:00`);
    const { id } = await this.inOutlook(() => outlook.create({ subject: master['subject'], attendees: master['attendees'] ?? [], ...times, recurrence: { pattern, range: { type: 'numbered', startDate: cut, numberOfOccurrences: 1 + Math.floor(days.length / 2) } } }));
    this.secondHalves.add(id);
  }

  private async remove(master: Row): Promise<void> {
    const root = seriesOf(master['subject']);
    this.office.say(`${this.employee.mail} deletes the series ${root}`);
    this.note(root, 'graph', 'over');
    await this.inOutlook(() => this.office.world.outlook(this.employee).remove(master.id));
  }

  private pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.dice() * from.length)];
  }
}

function isWeekly(master: Row): boolean {
  return master['isAllDay'] !== true && (master['recurrence'] as { pattern: { type: string } } | null)?.pattern.type === 'weekly';
}

function after(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** A series begins on a day of its pattern. */
function firstDay({ pattern }: { pattern: Record<string, unknown> }, day: string): string {
  const weekdays = pattern['daysOfWeek'] as string[] | undefined;
  if (weekdays === undefined) return day;
  for (let days = 0; days < 70; days += 1) {
    const one = after(day, days);
    const date = new Date(`${one}T00:00:00Z`);
    if (!weekdays.includes(WEEKDAYS[date.getUTCDay()] ?? '')) continue;
    if (pattern['type'] === 'weekly' || after(one, 7).slice(5, 7) !== one.slice(5, 7)) return one;
  }
  return day;
}
