import { createHash } from 'node:crypto';
import type { StorageHooks } from '../../local/state/operation.ts';
import { Fleet } from '../world/fleet.ts';
import { seeded } from '../world/random.ts';
import { World, type Employee } from '../world/world.ts';
import { watchIsolation } from '../world/isolation.ts';
import type { Product } from '../world/product.ts';
import { Additional, CRM_FIELDS } from './additional.ts';
import { Crowd, crowded } from './crowd.ts';
import { delay, strike } from './fate.ts';
import { Documenting } from './documenting.ts';
import { Filing } from './filing.ts';
import { Hands } from './hands.ts';
import { judge, limits, standing } from './judgement.ts';
import { Ledger } from './ledger.ts';
import { Meetings } from './meetings.ts';
import { castNets } from './nets.ts';
import { Neighbour, VALUES_OF_FIRST, VALUES_OF_SECOND } from './neighbour.ts';
import { answering, othersFor, type Other } from './other-answers.ts';
import { Hand, work, type Office, type Where } from './people.ts';
import { Filtered, Linked } from './filtered.ts';
import { meetingPrivacyFor, privacyFor, Secrets } from './privacy.ts';
import { isRecurring } from './recurring-subjects.ts';
import { Recurring } from './recurring.ts';
import { Restored } from './restored.ts';
import { isDoubtful, settingFor, type Doubtful } from './setting.ts';
import { LostState } from './lost-state.ts';
import { sortsFor, type Companion, type Sort } from './sorts.ts';
import { Upgrade } from './upgrade.ts';
import { Watch } from './watch.ts';

export interface HistoryOptions {
  readonly seed: number;
  /** Edits by people before everything heals. */
  readonly edits: number;
  /** Only these steps happen, where given: a history shrunk to what it needs to fail. */
  readonly only?: readonly number[];
  /** People of four mailboxes meet, and outsiders invite them. Every fourth seed where nothing is said. */
  readonly meetings?: boolean;
  /** Behaviour of Graph, and other answers of either system, that every such history has, drawn or not. */
  readonly with?: readonly (Doubtful | Other)[];
  /** What the history has besides; drawn from the seed where absent. */
  readonly sorts?: readonly Sort[];
  /** The product's next version, for histories with an upgrade. */
  readonly next?: Product | null;
  /** Keeps every call to the outside, for a person to read. */
  readonly keepTrace?: boolean;
}

export interface HistoryResult {
  readonly seed: number;
  /** Readable: what people and fate did, and when. */
  readonly log: readonly string[];
  readonly problems: readonly string[];
  /** The steps that there were. */
  readonly steps: readonly number[];
  readonly edits: number;
  readonly passes: number;
  readonly requests: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Over every call to the outside with its time, and over both systems' stores at the end. */
  readonly digest: string;
  readonly trace: readonly string[];
}

/** How a day ends: who edits where, how close together, and what holds workers up meanwhile. */
interface ClosingMood {
  readonly side: Where;
  readonly everybody: boolean;
  readonly paceMs: number;
  readonly trouble: number;
  /** Share of the edits that are made at some call of a worker, wherever he then stands, instead of at some time. */
  readonly inTheMiddle: number;
}

function closingMood(dice: () => number): ClosingMood {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(dice() * from.length)] as T;
  return { side: pick(['both', 'both', 'graph', 'crm']), everybody: dice() < 0.7, paceMs: pick([500, 3_000, 10_000, 60_000]), trouble: pick([0.3, 1]), inTheMiddle: pick([0, 0.5]) };
}

function present<T extends object>(quirks: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(quirks).filter(([, value]) => value !== undefined)) as { [K in keyof T]: NonNullable<T[K]> };
}

const TOLD_AT_ONCE = 500;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** One seed, one history: people work on both sides while everything fails; then all heals, and the two systems' own stores are judged. */
export async function history(options: HistoryOptions): Promise<HistoryResult> {
  return new History(options).run();
}

class History {
  private readonly options: HistoryOptions;
  private readonly setting: ReturnType<typeof settingFor>;
  private readonly world: World;
  private readonly fleet: Fleet;
  private readonly ledger = new Ledger();
  private readonly watch = new Watch();
  /** Where documents leave it open: what is answered in this history otherwise than by default. */
  private readonly others: readonly Other[];
  private readonly office: Office;
  /** In a history without meetings every mail is a surprise. */
  private readonly meetings: Meetings | null;
  private readonly secrets: Secrets | null;
  private readonly recurring: Recurring | null;
  private readonly filing: Filing | null;
  private readonly hash = createHash('sha256');
  /** Lines that are not in the hash yet: there are tens of thousands, and each alone would cost a call out of JavaScript. */
  private told: string[] = [];
  private readonly log: string[] = [];
  private readonly traced: string[] = [];
  private readonly faults: Record<string, number> = {};
  private readonly problems: string[] = [];
  private readonly away = new Map<Employee, number>();
  private readonly companions: Companion[] = [];
  private readonly crowd: Crowd | null;
  private readonly hands: Hands | null;
  private readonly isolated: ReturnType<typeof watchIsolation> | null;
  private deletionEverOff = false;
  private edits = 0;
  private counter = 0;
  private moments = 0;

  constructor(options: HistoryOptions) {
    this.options = options;
    const random = seeded(options.seed);
    this.setting = settingFor(random, seeded(options.seed ^ 0x5bd1e995), (options.with ?? []).filter(isDoubtful));
    const sorts = options.sorts ?? sortsFor(options.seed);
    // Where workers crowd a mailbox its first synchronization may take long, and meetings begin after it.
    const meet = options.meetings ?? (options.seed % 4 === 3 && !sorts.includes('crowd'));
    const crowds = seeded((options.seed ^ 0x1b873593) >>> 0);
    if (sorts.includes('crowd')) this.setting = crowded(this.setting, crowds);
    this.others = othersFor(options.seed, { meetings: meet, recurring: sorts.includes('recurring'), net: this.setting.net }, (options.with ?? []).filter((name) => !isDoubtful(name)));
    const played = answering(this.others);
    this.setting = { ...this.setting, graph: { ...this.setting.graph, ...played.graph }, crm: { ...this.setting.crm, ...played.crm } };
    const { setting } = this;
    const upgrades = sorts.includes('upgrade') && options.next != null;
    const hooks: StorageHooks = {
      after: (op, details) => {
        if (op === 'queues.send') this.fleet.sweepSoon();
        this.watch.stored(op, details);
      },
    };
    const leaks: string[] = [];
    this.isolated = sorts.includes('tenants') ? watchIsolation(() => [this.world, ...(neighbour === null ? [] : [neighbour.world])], [VALUES_OF_FIRST, VALUES_OF_SECOND], (leak) => leaks.push(leak)) : null;
    this.world = new World({
      judgesMails: true,
      seed: options.seed,
      start: setting.start,
      // One mailbox more, which nobody has yet.
      users: meet ? 4 : setting.users + (sorts.includes('hands') ? 1 : 0),
      graphQuirks: setting.graph,
      crmQuirks: setting.crm,
      crmRules: setting.crmRules,
      ...(sorts.includes('fields') ? { crmFields: CRM_FIELDS } : {}),
      crmLatencyMs: () => 20 + random() * 300,
      hooks,
      wire: (request, send) => this.wire(request, send),
    });
    // People of a history delete more in an hour than others do in a month: the guards have tests of their own.
    Object.assign(this.world.rules, { conflict: setting.rules['conflict'], deletionGuard: setting.rules['deletionGuard'], mailGuard: setting.rules['mailGuard'], graph: { ...(this.world.rules['graph'] as object), ...(setting.rules['graph'] as object) } });
    const neighbour = sorts.includes('tenants') ? new Neighbour(this.world, options.seed, leaks, (text) => this.say(text)) : null;
    this.fleet = new Fleet(this.world, {
      instances: setting.instances,
      random,
      skewMs: setting.skewMs,
      farApart: sorts.includes('crowd'),
      doubleDelivery: setting.doubleDelivery,
      stragglers: setting.stragglers,
      during: this.watch.during,
      trace: (line) => {
        this.told.push(line);
        if (this.told.length === TOLD_AT_ONCE) this.hashTold();
        if (options.keepTrace === true) this.traced.push(line);
      },
    });
    this.office = { world: this.world, ledger: this.ledger, say: (text) => this.say(text), next: () => (this.counter += 1), storesNothing: { left: setting.storesNothing ? 2 : 0 } };
    if (sorts.includes('fields')) {
      const additional = new Additional(() => this.office);
      this.office = { ...this.office, additional };
      this.companions.push(additional);
    }
    if (neighbour !== null) {
      neighbour.servedBy(this.fleet);
      this.companions.push(neighbour);
    }
    const own = seeded((options.seed ^ 0x51ed270b) >>> 0);
    if (upgrades && options.next != null) {
      this.companions.push(new Upgrade(this.fleet, options.next, (text) => this.say(text), own));
    }
    const privacy = !meet ? (sorts.includes('hands') ? null : privacyFor(options.seed)) : sorts.includes('secretMeetings') ? meetingPrivacyFor(options.seed) : null;
    this.crowd = sorts.includes('crowd') ? new Crowd(() => this.office, this.fleet, this.watch, (ms) => this.pass(ms), crowds) : null;
    if (this.crowd !== null) this.companions.push(this.crowd);
    const spare = sorts.includes('hands') && !meet ? this.world.employees.pop() : undefined;
    this.hands = spare === undefined ? null : new Hands(() => this.office, this.fleet, spare, (ms) => this.pass(ms), (employee) => !this.away.has(employee));
    if (this.hands !== null) this.companions.push(this.hands);
    // After the others have judged: what it leaves is the CRM of hours ago.
    if (sorts.includes('restore')) this.companions.push(new Restored(this.office, this.fleet, (ms) => this.pass(ms), own));
    this.secrets = privacy === null ? null : new Secrets(this.world, this.ledger, privacy);
    if (this.secrets !== null) {
      Object.assign(this.world.rules, { appointments: { ...(this.world.rules['appointments'] as object | undefined), privacy } });
      this.office = { ...this.office, secrets: this.secrets };
    }
    this.meetings = meet ? new Meetings(this.office, sorts.includes('organizers')) : null;
    if (this.meetings !== null) this.office = { ...this.office, meetings: this.meetings };
    this.recurring = sorts.includes('recurring') ? new Recurring(this.office) : null;
    this.filing = sorts.includes('files') || sorts.includes('documents') ? new Filing(() => this.office) : null;
    if (sorts.includes('lost') && !meet && this.secrets === null) this.companions.push(new LostState(this.office, this.fleet, (ms) => this.pass(ms), sorts));
    if (sorts.includes('filters')) this.companions.push(new Filtered(this.office));
    if (sorts.includes('links')) this.companions.push(new Linked(this.office));
    if (this.filing !== null && sorts.includes('documents')) this.companions.push(new Documenting(() => this.office, this.filing, this.fleet, !sorts.includes('restore')));
  }

  async run(): Promise<HistoryResult> {
    const { options, setting, fleet, world } = this;
    const steps: number[] = [];
    if (this.others.length > 0) this.say(`where no document says: ${this.others.join(', ')}`);
    for (const companion of this.companions) await companion.ready?.();
    const live = async (act: (step: number) => Promise<void>): Promise<void> => {
      const step = steps.length;
      steps.push(step);
      await act(step);
    };
    for (let i = 0; i < 2 * setting.legacy * world.employees.length; i += 1) await live((step) => this.before(step));
    for (let i = 0; i < (setting.change === null ? 0 : 3); i += 1) await live((step) => this.whenClocksChange(step));
    fleet.start();
    fleet.runJob('users');
    // Whom somebody adds to a meeting in the CRM before its first synchronization is invited by nobody: meetings begin after it.
    if (!setting.inUse || this.meetings !== null) await this.pass(2 * MINUTE_MS);
    for (let day = 1; day <= setting.days && this.problems.length === 0; day += 1) {
      const until = Math.ceil((options.edits * day) / setting.days);
      while (this.edits < until && this.problems.length === 0) await live((step) => this.step(this.diceOf(step), this.isActing(step)));
      const mood = closingMood(this.diceOf(-day));
      for (let i = 0; i < 2 * world.employees.length && this.problems.length === 0; i += 1) await live((step) => this.lastStep(step, mood));
      if (this.problems.length === 0) await this.evening(day === setting.days);
    }
    if (fleet.mistakes.length > 0) this.problems.unshift(`a function failed: ${String(fleet.mistakes[0]).slice(0, 700)}`);
    if (this.problems.length > 0) for (const employee of world.employees) for (const entry of await world.journal(employee)) this.log.push(`journal of ${employee.mail}: ${JSON.stringify(entry)}`);
    // What the product itself told of its last passes: for a person to read, never for the judge.
    if (this.problems.length > 0) for (const event of world.events.filter(({ evt }) => evt === 'pass').slice(-60)) this.log.push(`told: ${JSON.stringify(event)}`);
    const requests = world.requests();
    this.hashTold();
    this.hash.update(JSON.stringify([world.employees.map((employee) => world.graph.events(employee.id)), world.crm.records('Contact')]));
    if (this.filing !== null) this.hash.update(JSON.stringify([world.crm.records('Document'), world.crm.records('DocumentLink')]));
    return { seed: options.seed, log: this.log, problems: this.problems, steps, edits: this.edits, passes: fleet.passes, requests: requests.graph + requests.crm, faults: this.faults, digest: this.hash.digest('hex'), trace: this.traced };
  }

  private hashTold(): void {
    if (this.told.length > 0) this.hash.update(`${this.told.join('\n')}\n`);
    this.told = [];
  }

  /** A step's own dice: leaving a step out changes what another does as little as can be. */
  private diceOf(step: number): () => number {
    return seeded((this.options.seed ^ Math.imul(step + 1, 0x9e3779b1)) >>> 0);
  }

  private isActing(step: number): boolean {
    return this.options.only === undefined || this.options.only.includes(step);
  }

  /** What people have before the connector comes: nobody notifies anybody of it. */
  private async before(step: number): Promise<void> {
    const { world, office } = this;
    const dice = this.diceOf(step);
    if (!this.isActing(step) || dice() < 0.4) return;
    const hand = new Hand(office, world.employees[step % world.employees.length] ?? world.employee, dice);
    if (dice() < 0.5) await hand.createInOutlook();
    else hand.createInCrm();
  }

  /** Somebody saves in the CRM around the moment when the clocks change: what is stamped then is stamped twice, or with a leap. */
  private whenClocksChange(step: number): Promise<void> {
    const { world, office, setting } = this;
    const dice = this.diceOf(step);
    const at = Date.parse(setting.change ?? '') - 15_000 + dice() * 45_000;
    const act = (): void => {
      const hand = new Hand(office, world.employees[step % world.employees.length] ?? world.employee, dice);
      const activity = hand.pick(world.crmUser(world.employees[step % world.employees.length]).activities().filter(({ values }) => !isRecurring(values['Subject'])));
      if (activity === undefined) hand.createInCrm();
      else hand.editInCrm(activity.id, hand.change());
    };
    if (this.isActing(step)) world.clock.after(at - world.clock.now(), act);
    return Promise.resolve();
  }

  /** Closing time: everybody edits once or twice more, close together, while workers are held up. Nothing comes after it that could hide what was lost of it. */
  private async lastStep(step: number, mood: ClosingMood): Promise<void> {
    const { world, fleet, office } = this;
    const dice = this.diceOf(step);
    if (this.isActing(step)) {
      if (dice() < mood.trouble) {
        const kind = delay(office, fleet, dice);
        this.faults[kind] = (this.faults[kind] ?? 0) + 1;
      }
      this.edits += 1;
      const files = this.filing !== null && dice() < 0.4;
      const employee = world.employees[mood.everybody ? step % world.employees.length : 0] ?? world.employee;
      for (const companion of this.companions) await companion.closing?.(employee, seeded((this.options.seed ^ Math.imul(this.moments += 1, 0x6c078965)) >>> 0));
      if (files) await this.filing?.act(employee, dice);
      else if (dice() < mood.inTheMiddle) {
        const { instance } = fleet.anyone();
        const call = 1 + Math.floor(dice() * 30);
        this.say(`before the ${call}. call of ${instance.name} from now:`);
        instance.before(call, () => work(office, employee, dice, mood.side));
      } else await work(office, employee, dice, mood.side);
      this.problems.push(...this.standing());
    }
    await this.pass(dice() * mood.paceMs);
  }

  private async step(dice: () => number, acting: boolean): Promise<void> {
    const { world, fleet, office } = this;
    const what = dice();
    const wait = dice();
    const counts = what >= 0.4;
    if (counts) this.edits += 1;
    if (acting) {
      if (what < 0.34) {
        const kind = strike(office, fleet, dice);
        this.faults[kind] = (this.faults[kind] ?? 0) + 1;
      } else if (what < 0.4) await this.govern(dice);
      else if (this.recurring !== null && dice() < 0.35) await this.recurring.act(world.employees[Math.floor(dice() * world.employees.length)] ?? world.employee, dice);
      else if (this.filing !== null && dice() < 0.3) await this.filing.act(world.employees[Math.floor(dice() * world.employees.length)] ?? world.employee, dice);
      else if (what < 0.6 && this.meetings !== null) await this.meetings.act(world.employees[Math.floor(dice() * world.employees.length)] ?? world.employee, dice);
      else await work(office, world.employees[Math.floor(dice() * world.employees.length)] ?? world.employee, dice);
      this.problems.push(...this.standing());
    }
    const besides = seeded((this.options.seed ^ Math.imul((this.moments += 1), 0x6c078965)) >>> 0);
    if (acting) for (const companion of this.companions) await companion.step(besides);
    await this.pass(wait < 0.5 ? dice() * 900 : wait < 0.8 ? dice() * 15_000 : wait < 0.96 ? 20_000 + dice() * 50_000 : 10 * MINUTE_MS);
  }

  /** What admins do: rules, the user list, addresses. */
  private async govern(dice: () => number): Promise<void> {
    const { world, fleet } = this;
    const what = dice();
    const index = Math.floor(dice() * world.employees.length);
    const employee = world.employees[index] ?? world.employee;
    if (what < 0.3) {
      const rule = (['newer', 'crm', 'outlook'] as const)[Math.floor(dice() * 3)];
      this.say(`an admin sets the conflict rule to ${rule}`);
      world.rules['conflict'] = { rule };
    } else if (what < 0.45) {
      const enabled = dice() < 0.5;
      if (!enabled) this.deletionEverOff = true;
      this.say(`an admin switches deletion ${enabled ? 'on' : 'off'}`);
      world.rules['appointments'] = { ...(world.rules['appointments'] as object | undefined), deletion: { enabled } };
    } else if (this.meetings?.organizersStay === true && what < 0.85) {
      return;
    } else if (what < 0.7 && world.employees.length > 1) {
      const leaves = !this.away.has(employee);
      if (leaves && this.hands?.isInBetween(employee) === true) return;
      this.say(`${employee.mail} ${leaves ? 'leaves' : 'joins'} the user list`);
      if (leaves) this.away.set(employee, world.clock.now());
      else this.comesBack(employee);
      this.meetings?.listed(employee, !leaves);
      world.crm.act('SYNC').update('RepUser', employee.rep.rep.id, { ConnectorSettings: !leaves });
      fleet.runJob('users');
    } else if (what < 0.85) {
      const mail = `renamed${this.office.next()}@example.com`;
      const person = world.people.find(({ id }) => id === employee.id);
      if (person === undefined) return;
      this.say(`${employee.mail} gets the address ${mail}`);
      person.proxyAddresses = [`smtp:${person.mail}`, ...(person.proxyAddresses ?? []).filter((address) => !address.startsWith('SMTP:')), `SMTP:${mail}`];
      person.mail = mail;
      world.crm.act('SYNC').update('RepUser', employee.rep.rep.id, { Email1: mail });
      if (dice() < 0.5) fleet.runJob('users');
    } else {
      this.say('an admin takes in a day more: every mailbox is looked at as a whole');
      // By which rules it is looked at now.
      fleet.runJob('reconcile');
      castNets(world, fleet);
    }
    await Promise.resolve();
  }

  /** All heals, and what people did has its way of hours: then both systems are judged as they stand. */
  private async evening(last: boolean): Promise<void> {
    const { world, ledger, setting } = this;
    for (const companion of this.companions) {
      const dice = seeded((this.options.seed ^ Math.imul(this.edits + 1, 0x2c1b3c6d)) >>> 0);
      await companion.dusk?.(world.employees[Math.floor(dice() * world.employees.length)] ?? world.employee, dice);
    }
    await this.pass(10_000);
    await this.heal(last);
    this.problems.push(...(await judge(world, ledger, { deletionEverOff: this.deletionEverOff, graphForgets: setting.graph.transactionRememberedAfterDeletion === false, timesGiven: (employee, item) => this.meetings?.timesGiven(employee, item) ?? this.hands?.timesGiven(employee, item) ?? 0, waits: (item, employee) => this.meetings?.waits(item) === true || this.hands?.isApart(item, employee) === true, besides: this.hands?.besides() ?? [], present: this.present(), secrets: this.secrets })));
    this.problems.push(...((await this.secrets?.differences(this.present(), this.deletionEverOff)) ?? []));
    this.problems.push(...(this.recurring?.differences(this.present().filter((employee) => this.hands?.isTouched(employee) !== true), this.deletionEverOff) ?? []));
    this.problems.push(...(this.filing?.differences(this.present()) ?? []));
    for (const companion of this.companions) this.problems.push(...((await companion.differences?.(this.present())) ?? []));
    this.problems.push(...this.standing(), ...(this.meetings?.differences(this.present(), this.deletionEverOff) ?? []));
    if (last || this.problems.length > 0) {
      await this.mustBeQuiet();
      if (this.problems.length === 0) for (const companion of this.companions) this.problems.push(...(await companion.judge()));
      return;
    }
    const { notificationLoss, deltaReplays, deltaLagMs, listLagMs, readLagMs } = setting.graph;
    world.graph.setQuirks(present({ notificationLoss, deltaReplays, deltaLagMs, listLagMs, readLagMs }));
  }

  /** Nothing fails any more, those who left come back for half of the histories, and there is time. */
  private async heal(last: boolean): Promise<void> {
    const { world, fleet } = this;
    this.say('everything heals');
    world.graph.clearFaults();
    world.crm.clearFaults();
    world.crm.unlockLogins();
    world.graph.setQuirks({ notificationLoss: 0, deltaReplays: 0, deltaLagMs: 0, listLagMs: 0, readLagMs: 0 });
    for (const companion of this.companions) companion.heal();
    for (const { instance } of fleet.members) instance.spare();
    fleet.curse = { lives: 0, calls: 0 };
    if (last && this.options.seed % 2 === 0) {
      for (const employee of [...this.away.keys()]) {
        world.crm.act('SYNC').update('RepUser', employee.rep.rep.id, { ConnectorSettings: true });
        this.comesBack(employee);
        this.meetings?.listed(employee, true);
      }
    }
    await this.pass(20 * MINUTE_MS);
    // What is still to come waits for a lease, a message or a back-off: timers may fire more seldom.
    fleet.pace = 4;
    await this.pass(55 * MINUTE_MS);
    if (this.setting.net) {
      fleet.pace = 20;
      for (let hour = 0; hour < 25; hour += 1) {
        fleet.runJob('reconcile');
        await this.pass(HOUR_MS);
      }
      fleet.pace = 4;
      await this.pass(30 * MINUTE_MS);
    }
    fleet.pace = last ? fleet.pace : 1;
    if (last) for (const employee of this.away.keys()) world.allowed.splice(world.allowed.indexOf(employee.id), 1);
  }

  private async mustBeQuiet(): Promise<void> {
    const before = this.world.writes();
    await this.pass(25 * MINUTE_MS);
    const after = this.world.writes();
    if (before.graph !== after.graph || before.crm !== after.crm) this.problems.push(`still writing after everything was quiet: ${JSON.stringify(before)} ${JSON.stringify(after)}`);
    this.problems.push(...this.standing());
  }

  /** The network: who sends what is looked at, and after a write what it did. */
  private async wire(request: Request, send: (request: Request) => Promise<Response>): Promise<Response> {
    const leave = (): Promise<Response> => this.watch.sent(request, () => (this.isolated === null ? send(request) : this.isolated(request, send)));
    const amid = (): Promise<Response> => (this.recurring === null ? leave() : this.recurring.amid(request, leave));
    const answer = await (this.crowd === null ? amid() : this.crowd.amid(request, amid));
    if (request.method === 'PATCH') this.look();
    return answer;
  }

  private standing(): string[] {
    this.look();
    if (this.watch.problems.length > 0) return this.watch.problems.splice(0);
    return [...(this.secrets?.breaches() ?? []), ...(this.meetings === null ? standing(this.world, (violation) => this.hands?.isUnknowable(violation) === true) : [...limits(this.world), ...this.meetings.surprises()])];
  }

  private look(): void {
    this.watch.look(this.world, this.secrets?.hides === true);
  }

  private comesBack(employee: Employee): void {
    const away = this.world.clock.now() - (this.away.get(employee) ?? this.world.clock.now());
    this.ledger.wasAway(away);
    this.recurring?.wasAway(away);
    this.away.delete(employee);
  }

  private present(): Employee[] {
    return this.world.employees.filter((employee) => !this.away.has(employee));
  }

  private pass(ms: number): Promise<void> {
    return this.world.clock.until(this.world.clock.now() + Math.round(ms), 1);
  }

  private say(text: string): void {
    this.log.push(`${new Date(this.world.clock.now()).toISOString().slice(5, 19)} ${text}`);
  }
}
