import { TABLES } from '../../shared/config/names.ts';
import type { RowChange } from '../../shared/sync/ports.ts';
import type { Fleet } from '../world/fleet.ts';
import { Nth, type Instance } from '../world/instance.ts';
import type { Employee } from '../world/world.ts';
import { castNets, RULES_READ_MS, widenWindow } from './nets.ts';
import { Hand, type Office } from './people.ts';
import { isRecurring } from './recurring-subjects.ts';
import type { Setting } from './setting.ts';
import type { Companion } from './sorts.ts';
import { leaseIn, type Delivery, type Watch } from './watch.ts';

/** A call that is about to leave a worker. */
interface Moment {
  readonly instance: Instance;
  /** Table of a transaction; empty for other calls. */
  readonly table: string;
  readonly partition: string;
  /** Of a transaction, by row key. */
  readonly rows: ReadonlyMap<string, RowChange>;
  /** The delivery that it belongs to: whose mailbox, once that is taken. */
  readonly delivery: Delivery | undefined;
}

/** Something that happens when a worker comes to a certain point, and not at some time. */
interface Aim {
  readonly at: (moment: Moment) => boolean;
  /** Which of those. */
  nth: number;
  /** How often still. */
  times: number;
  readonly until: number;
  readonly strike: (moment: Moment) => void;
}

/** The same for one request: before it leaves, and when its answer is there. */
interface Snare {
  readonly at: (request: Request, text: string, delivery: Delivery | undefined) => boolean;
  readonly before?: (instance: Instance | null) => Promise<void> | void;
  readonly after?: () => void;
}

/** A worker that stands still until another is at work in the mailbox that it holds. */
interface Sleeper {
  readonly instance: Instance;
  readonly delivery: Delivery;
  /** So many requests of the other's before it wakes. */
  left: number;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
/** A worker's lease is over, whoever comes may take the mailbox. */
const LEASE_OVER_MS = 122 * SECOND_MS;
const REPEATED_HOUR = { start: '2026-10-25T00:40:00Z', change: '2026-10-25T01:00:00Z' };

/** Machines enough to get in each other's way, clocks as far apart as they may be, and copies in Graph that are behind: of a history in which workers crowd a mailbox. */
export function crowded(setting: Setting, dice: () => number): Setting {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(dice() * from.length)] as T;
  return {
    ...setting,
    ...(dice() < 0.35 ? REPEATED_HOUR : {}),
    users: pick([1, 1, 2]),
    instances: 3,
    skewMs: pick([0, 120_000, 120_000]),
    days: 3,
    legacy: pick([3, 8]),
    // The daily net mends what a history shall find.
    net: false,
    graph: { ...setting.graph, notificationLoss: 0, deltaLagMs: pick([0, 20_000, 60_000]), listLagMs: pick([0, 20_000, 60_000]), duplicateTransaction: pick(['409', '409', '400', 'returnsExisting']) },
  };
}

/**
 * Workers crowd one mailbox, and whatever happens does so at the very moment that matters: one stands still in a transaction and wakes when another is in the
 * middle of his pass, one dies while the CRM still works for him, polls die one after the other, people save between our read and our write.
 */
export class Crowd implements Companion {
  private readonly officeNow: () => Office;
  private readonly fleet: Fleet;
  private readonly watch: Watch;
  private readonly pass: (ms: number) => Promise<void>;
  private aims: Aim[] = [];
  private snares: Snare[] = [];
  private sleepers: Sleeper[] = [];

  constructor(officeNow: () => Office, fleet: Fleet, watch: Watch, pass: (ms: number) => Promise<void>, dice: () => number) {
    this.officeNow = officeNow;
    this.fleet = fleet;
    this.watch = watch;
    this.pass = pass;
    fleet.lookOn((instance, name, given) => this.at(instance, name, given));
    // While the mailboxes are taken in for the first time nothing else tells of what is in them.
    if (dice() < 0.7) this.diesAtCursor(dice);
  }

  /** Where people meet or keep things private, it is furnished later than this is made. */
  private get office(): Office {
    return this.officeNow();
  }

  async step(dice: () => number): Promise<void> {
    if (dice() < 0.3) await this.plot(this.anybody(dice), dice, false);
  }

  /** Before the last edits of a day: what goes wrong with them nothing hides. */
  async closing(employee: Employee, dice: () => number): Promise<void> {
    if (dice() < 0.6) await this.plot(employee, dice, true);
  }

  /** All have gone but one, and all has come to rest: what happens now in his mailbox nothing hides that comes after it. */
  async dusk(employee: Employee, dice: () => number): Promise<void> {
    this.fleet.runJob('reconcile');
    await this.pass(8 * MINUTE_MS);
    const plots: readonly ((employee: Employee, dice: () => number) => Promise<void> | void)[] = [this.standsBetween, this.dropsSubscription, this.asksAtOnce, this.netIsBehind];
    await plots[Math.floor(dice() * plots.length)]?.call(this, employee, dice);
    await this.pass(6 * MINUTE_MS);
  }

  heal(): void {
    // What was aimed at the last edits of the day may still be met by them: their passes begin when all has healed.
    this.snares = [];
  }

  /** When all is quiet, people look into everything and save it with blanks that nobody sees: that is no edit, and nothing may be written for it. */
  async judge(): Promise<readonly string[]> {
    const { world, say } = this.office;
    const before = world.writes();
    for (const employee of world.employees) {
      for (const { id, values } of world.crmUser(employee).activities()) {
        if (values['FreeC2'] === 'published' || isRecurring(values['Subject']) || this.office.secrets?.isMask(values) === true) continue;
        say(`${employee.mail} saves ${values['Subject']} in the CRM with a blank at its ends`);
        world.crmUser(employee).update(id, { Location: `${values['Location'] ?? ''} `, ...(values['Text'] ? { Text: `${values['Text']} \r\n` } : {}) });
      }
      for (const { id } of world.outlook(employee).events()) world.outlook(employee).touch(id);
    }
    await this.pass(15 * MINUTE_MS);
    const after = world.writes();
    return before.graph === after.graph && before.crm === after.crm ? [] : [`written for what nobody can see: ${JSON.stringify(before)} ${JSON.stringify(after)}`];
  }

  /** The network, as the workers see it. */
  async amid(request: Request, send: () => Promise<Response>): Promise<Response> {
    const delivery = this.watch.current();
    for (const sleeper of this.sleepers) {
      if (delivery === undefined || delivery === sleeper.delivery || delivery.partition !== sleeper.delivery.partition) continue;
      sleeper.left -= 1;
      if (sleeper.left === 0) sleeper.instance.wake();
    }
    this.sleepers = this.sleepers.filter(({ left }) => left > 0);
    if (this.snares.length === 0) return send();
    const text = request.method === 'POST' ? await request.clone().text() : '';
    const caught = this.snares.find((snare) => snare.at(request, text, delivery));
    if (caught === undefined) return send();
    this.snares = this.snares.filter((snare) => snare !== caught);
    await caught.before?.(this.fleet.members.find((member) => member.instance.name === delivery?.instance)?.instance ?? null);
    const answer = await send();
    caught.after?.();
    return answer;
  }

  private at(instance: Instance, name: string, given: readonly unknown[]): void {
    const [table = '', partition = '', changes = []] = (name.startsWith('tables.transact') ? given : []) as [string?, string?, (readonly RowChange[])?];
    const rows = new Map(changes.map((change) => [change.op === 'delete' ? change.rowKey : change.row.rowKey, change]));
    const moment: Moment = { instance, table, partition, rows, delivery: this.watch.current() };
    const now = this.office.world.clock.now();
    this.aims = this.aims.filter(({ until, times }) => until > now && times > 0);
    for (const aim of this.aims) {
      if (!aim.at(moment) || (aim.nth -= 1) > 0) continue;
      aim.times -= 1;
      aim.strike(moment);
    }
  }

  private aim(at: Aim['at'], strike: Aim['strike'], { nth = 1, times = 1, minutes = 6 }: { nth?: number; times?: number; minutes?: number } = {}): void {
    this.aims.push({ at, strike, nth, times, until: this.office.world.clock.now() + minutes * MINUTE_MS });
  }

  private anybody(dice: () => number): Employee {
    const { world } = this.office;
    return world.employees[Math.floor(dice() * world.employees.length)] ?? world.employee;
  }

  private async plot(employee: Employee, dice: () => number, last: boolean): Promise<void> {
    const what = Math.floor(dice() * (last ? 9 : 12));
    const plots: readonly ((employee: Employee, dice: () => number) => Promise<void> | void)[] = [this.overtaken, this.standsBetween, this.marksLate, this.losesItsLease, this.savesInBetween, this.elsewhere, this.dropsSubscription, this.comesEarly, this.createsUnheard, this.diesInRequest, this.diesAtCursorOf, this.pollsDie];
    await plots[what]?.call(this, employee, dice);
  }

  /** Stands still in or before a transaction of its mailbox until another is at work in it. */
  private overtaken(employee: Employee, dice: () => number): void {
    const partition = this.partitionOf(employee);
    const left = 1 + Math.floor(dice() * 6);
    this.aim(
      (moment) => isHolders(moment, partition),
      ({ instance, delivery }) => {
        if (delivery === undefined) return;
        this.office.say(`${instance.name} stands still in a transaction of ${employee.mail} until another has sent ${left} requests for it`);
        instance.block(10 * MINUTE_MS);
        this.sleepers.push({ instance, delivery, left });
        for (const ms of [LEASE_OVER_MS, LEASE_OVER_MS + 5 * SECOND_MS, 250 * SECOND_MS, 330 * SECOND_MS]) this.later(employee, ms + dice() * 10 * SECOND_MS, dice);
      },
      { nth: 1 + Math.floor(dice() * 5) },
    );
  }

  /** Stands still while it frees its mailbox, and somebody edits just then. */
  private standsBetween(employee: Employee, dice: () => number): void {
    const partition = this.partitionOf(employee);
    const ms = (10 + dice() * 50) * SECOND_MS;
    // Most passes have a mark of their own, and see what was added to it: one that somebody else asked for has not.
    if (dice() < 0.8) castNets(this.office.world, this.fleet);
    this.aim(
      (moment) => isHolders(moment, partition) && isRelease(moment) && !moment.rows.has('mark|appointment'),
      ({ instance }) => {
        this.office.say(`${instance.name} stands still for ${Math.round(ms / SECOND_MS)} s while it frees ${employee.mail}`);
        instance.block(ms);
        this.office.world.clock.after(dice() * 2 * SECOND_MS, () => void this.editsInOutlook(employee, dice));
      },
    );
  }

  /** Stands still, or dies, when it is about to mark a mailbox. */
  private marksLate(employee: Employee, dice: () => number): void {
    const partition = this.partitionOf(employee);
    const ms = (3 + dice() * 40) * SECOND_MS;
    const dies = dice() < 0.2;
    this.aim(
      ({ table, partition: of, rows }) => table === TABLES.mailbox && of === partition && rows.has('mark|appointment') && !rows.has('lease'),
      ({ instance }) => {
        this.office.say(`${instance.name} ${dies ? 'dies' : `stands still for ${Math.round(ms / SECOND_MS)} s`} when it is about to mark ${employee.mail}`);
        if (dies) instance.doom(new Nth(1, /./), 'after');
        else instance.block(ms);
      },
      { nth: 1 + Math.floor(dice() * 2) },
    );
  }

  /** Stands still for longer than its lease in the middle of its pass, and perhaps nobody else comes. */
  private losesItsLease(employee: Employee, dice: () => number): void {
    const partition = this.partitionOf(employee);
    const ms = (110 + dice() * 60) * SECOND_MS;
    this.aim(
      ({ delivery }) => delivery?.partition === partition,
      ({ instance }) => {
        this.office.say(`${instance.name} stands still for ${Math.round(ms / SECOND_MS)} s in its pass over ${employee.mail}`);
        instance.block(ms);
      },
      { nth: 1 + Math.floor(dice() * 12) },
    );
  }

  /** Dies in a CRM request that then runs for minutes; others come when its lease is over and the request is not. */
  private async diesInRequest(employee: Employee, dice: () => number): Promise<void> {
    const { world, say } = this.office;
    const partition = this.partitionOf(employee);
    const after = dice() * 15 * SECOND_MS;
    this.snares.push({
      at: (request, _text, delivery) => isToCrm(request) && delivery?.partition === partition,
      before: (instance) => {
        if (instance === null) return;
        say(`${instance.name} dies while the CRM works for ${employee.mail}, which takes it minutes`);
        world.crm.addFault({ match: { user: employee.rep.user }, kind: 'never', ms: 285 * SECOND_MS, commit: dice() < 0.7 ? 'end' : 'none' });
        instance.dieIn(after);
        for (const ms of [LEASE_OVER_MS, 150 * SECOND_MS, 190 * SECOND_MS]) this.later(employee, ms + dice() * 20 * SECOND_MS, dice);
      },
    });
    await this.soon(employee, dice);
  }

  /** Dies when a page's cursor is being saved. */
  private diesAtCursor(dice: () => number): void {
    const when = dice() < 0.3 ? 'before' : 'after';
    this.aim(
      ({ table, rows }) => table === TABLES.mailbox && [...rows.keys()].some((key) => key.startsWith('link|')),
      ({ instance }) => {
        this.office.say(`${instance.name} dies ${when} it saves a cursor`);
        instance.doom(new Nth(1, /./), when);
      },
      { nth: 1 + Math.floor(dice() * 2), times: 1 + Math.floor(dice() * 2), minutes: 30 },
    );
  }

  private diesAtCursorOf(_employee: Employee, dice: () => number): void {
    if (dice() < 0.5) this.office.world.graph.expireDeltaTokens();
    this.diesAtCursor(dice);
  }

  /** Polls die one after the other in what they write; each keeps the others out for a quarter of an hour, and people go on in the CRM. */
  private async pollsDie(employee: Employee, dice: () => number): Promise<void> {
    let dead = 0;
    this.aim(
      ({ table, rows }) => table === TABLES.tenantState && rows.has('watermark|crm'),
      ({ instance }) => {
        dead += 1;
        const when = dice() < 0.3 ? 'before' : 'after';
        this.office.say(`${instance.name} dies ${when} its poll is over`);
        instance.doom(new Nth(1, /./), when);
      },
      { times: 2, minutes: 40 },
    );
    for (let waited = 0; waited < 36 && dead < 2; waited += 2) {
      if (dead === 1) this.saves(employee, dice);
      await this.pass(2 * MINUTE_MS);
    }
  }

  /** The same item is edited on both sides: in the CRM between our read and our write, and perhaps just before that read, too. */
  private async savesInBetween(employee: Employee, dice: () => number): Promise<void> {
    const { world, ledger } = this.office;
    const events = world.outlook(employee).events().filter((one) => one['isOrganizer'] !== false && !isRecurring(one['subject']));
    const event = events[Math.floor(dice() * events.length)];
    if (event === undefined) return;
    const activity = world.crmUser(employee).activities().find(({ values }) => values['FreeC2'] !== 'published' && ledger.rootOf(values['Subject'] ?? '') === ledger.rootOf(String(event['subject'])));
    if (activity === undefined) return;
    const hand = new Hand(this.office, employee, dice);
    const kind = Math.floor(dice() * 5);
    const [first, atRead] = [dice() < 0.6, dice() < 0.7];
    const edit = (): void => hand.editInCrm(activity.id, hand.change(kind));
    const serial = `fieldname="SeqNo" op="=" value="${activity.values['SeqNo'] ?? ''}"`;
    this.snares.push({
      at: (request, text, delivery) => isToCrm(request) && delivery?.partition === this.partitionOf(employee) && text.includes(serial) && text.includes('<update') !== atRead,
      before: () => {
        if (!atRead) edit();
        else if (first) hand.editInCrm(activity.id, hand.change((kind + 1) % 5));
      },
      after: () => {
        if (atRead) edit();
      },
    });
    await this.attempt(() => hand.editInOutlook(event.id, hand.change(kind)));
  }

  /** Out of the calendar and back into it, and an edit in the CRM meanwhile. */
  private elsewhere(employee: Employee, dice: () => number): void {
    const { world, ledger, say, meetings, secrets } = this.office;
    if (meetings !== undefined || secrets?.hides === true) return;
    const all = world.graph.events(employee.id).filter(({ place, row }) => place === 'calendar' && row['isOrganizer'] !== false && !isRecurring(row['subject']));
    const home = all.find(({ isInDefaultCalendar }) => isInDefaultCalendar)?.calendarId;
    const at = all.filter(({ isInDefaultCalendar }) => isInDefaultCalendar);
    const event = at[Math.floor(dice() * at.length)];
    if (event === undefined || home === undefined) return;
    const id = String(event.row['id']);
    const calendar = all.find(({ isInDefaultCalendar }) => !isInDefaultCalendar)?.calendarId ?? world.graph.createCalendar(employee.id, 'Elsewhere');
    const root = ledger.rootOf(String(event.row['subject']));
    const hand = new Hand(this.office, employee, dice);
    say(`${employee.mail} moves ${String(event.row['subject'])} to another calendar, and back later`);
    world.graph.moveEvent(employee.id, id, calendar);
    const [edited, back] = [20 * SECOND_MS + dice() * MINUTE_MS, (90 + dice() * 60) * SECOND_MS];
    world.clock.after(edited, () => {
      const activity = world.crmUser(employee).activities().find(({ values }) => ledger.rootOf(values['Subject'] ?? '') === root);
      if (activity !== undefined) hand.editInCrm(activity.id, hand.change());
    });
    world.clock.after(back, () => {
      if (world.graph.events(employee.id).some(({ place, calendarId, row }) => place === 'calendar' && calendarId === calendar && row['id'] === id)) world.graph.moveEvent(employee.id, id, home);
    });
  }

  /** A subscription goes; somebody edits just before there is a new one, and the delta shows it late. */
  private dropsSubscription(employee: Employee, dice: () => number): void {
    const { world, say } = this.office;
    const subscription = world.graph.subscriptions().find(({ resource }) => resource.includes(employee.id));
    if (subscription === undefined) return;
    say(`a subscription of ${employee.mail} is removed, and told`);
    world.graph.removeSubscription(subscription.id, true);
    this.snares.push({
      at: (request, text) => request.method === 'POST' && new URL(request.url).pathname.endsWith('/subscriptions') && text.includes(employee.id),
      before: () => this.editsInOutlook(employee, dice),
    });
    world.clock.after(dice() * 5 * SECOND_MS, () => this.fleet.runJob('subscriptions'));
  }

  /** The same, and whoever may ring for what waits is asked to just when its time comes. */
  private asksAtOnce(employee: Employee, dice: () => number): void {
    const { world } = this.office;
    this.aim(
      ({ table, rows }) => table === TABLES.due && [...rows.values()].some((change) => change.op !== 'delete' && change.row.rowKey.includes(employee.id)),
      ({ rows }) => {
        for (const at of [...rows.keys()].map((key) => Number(key.slice(0, 13)))) world.clock.after(Math.max(0, at - world.clock.now() - dice() * SECOND_MS), () => this.fleet.ringDue());
      },
      { times: 5 },
    );
    this.dropsSubscription(employee, dice);
  }

  /** Somebody makes something in the CRM, and the net is cast as soon as it stands in Outlook, too: the list that it reads may be behind. */
  private async netIsBehind(employee: Employee, dice: () => number): Promise<void> {
    widenWindow(this.office.world);
    await this.pass(RULES_READ_MS);
    this.snares.push({
      at: (request, _text, delivery) => request.method === 'POST' && new URL(request.url).pathname.endsWith('/events') && delivery?.partition === this.partitionOf(employee),
      after: () => this.fleet.runJob('reconcile'),
    });
    new Hand(this.office, employee, dice).createInCrm();
  }

  /** The mailbox must wait, and whoever comes to it then has slow storage: what the time is, it is told late. */
  private comesEarly(employee: Employee, dice: () => number): Promise<void> {
    const { world, say } = this.office;
    const seconds = 20 + Math.floor(dice() * 20);
    say(`Graph asks for ${seconds} s of patience, and storage is slow`);
    world.graph.addFault({ kind: 'status', status: 429, retryAfterSeconds: seconds, pathPattern: employee.id });
    world.clock.after(seconds * SECOND_MS, () => {
      for (const { instance } of this.fleet.members) instance.sluggish = { until: world.clock.now() + MINUTE_MS, ms: 15 * SECOND_MS };
    });
    return this.editsInOutlook(employee, dice);
  }

  /** A new event's answer is lost, and the search for it is behind. */
  private createsUnheard(employee: Employee, dice: () => number): void {
    const { world, say } = this.office;
    say('Graph: the answer to a create is lost');
    world.graph.addFault({ kind: 'lostAnswer', method: 'POST', pathPattern: '/events' });
    new Hand(this.office, employee, dice).createInCrm();
  }

  // ---------------------------------------------------------------------------------------------- what people then do

  private later(employee: Employee, ms: number, dice: () => number): void {
    this.office.world.clock.after(ms, () => void this.soon(employee, dice));
  }

  private async soon(employee: Employee, dice: () => number): Promise<void> {
    if (dice() < 0.5) await this.editsInOutlook(employee, dice);
    else this.saves(employee, dice);
  }

  private async editsInOutlook(employee: Employee, dice: () => number): Promise<void> {
    const hand = new Hand(this.office, employee, dice);
    const event = hand.pick(this.office.world.outlook(employee).events().filter((one) => one['isOrganizer'] !== false && !isRecurring(one['subject'])));
    await this.attempt(() => (event === undefined ? hand.createInOutlook() : hand.editInOutlook(event.id, hand.change())));
  }

  private saves(employee: Employee, dice: () => number): void {
    const hand = new Hand(this.office, employee, dice);
    const activity = hand.pick(this.office.world.crmUser(employee).activities().filter(({ values }) => !isRecurring(values['Subject'])));
    if (activity === undefined) hand.createInCrm();
    else hand.editInCrm(activity.id, hand.change());
  }

  /** What is deleted while somebody saves it cannot be saved. */
  private async attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (failure) {
      if (!(failure instanceof Error) || !failure.message.startsWith('Graph refused')) throw failure;
    }
  }

  private partitionOf(employee: Employee): string {
    return `${this.office.world.tenantId}|${employee.id}`;
  }
}

/** A transaction of the pass that holds this mailbox. */
function isHolders({ table, partition: at, rows, delivery }: Moment, partition: string): boolean {
  return table === TABLES.mailbox && at === partition && rows.has('lease') && delivery?.partition === partition;
}

function isRelease({ rows }: Moment): boolean {
  const lease = rows.get('lease');
  return lease !== undefined && lease.op !== 'delete' && leaseIn(lease.row).holder === '';
}

function isToCrm({ method, url }: Request): boolean {
  return method === 'POST' && url.includes('/interface');
}
