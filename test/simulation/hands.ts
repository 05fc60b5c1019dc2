import { adminAdoptionAnswer } from '../../functions/admin-adoption.ts';
import { crmSeeder } from '../../local/crm/seed.ts';
import { withProperties } from '../world/additional-fields.ts';
import type { Fleet } from '../world/fleet.ts';
import { shownInCrm, shownInOutlook, type Shown } from '../world/judge.ts';
import type { Employee } from '../world/world.ts';
import { Hand, type Office } from './people.ts';
import { isRecurring, seriesOf } from './recurring-subjects.ts';
import type { Companion } from './sorts.ts';

const MINUTE_MS = 60_000;
/** A CRM request runs for so long at most, and a worker's clock may be behind. */
const LONGEST_REQUEST_MS = 7 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Beyond every window: what is made or given anew there is not taken in. */
const FAR_MS = 150 * DAY_MS;
/** Within what time it is found out that an address leads to another mailbox: an hour, the run of the users' job, and the two that follow. */
const FOUND_OUT_MS = 100 * MINUTE_MS;

/**
 * Reps, addresses and mailboxes change hands while people work: a rep gets a successor, two reps swap their addresses, somebody joins under an address that
 * another one has, an address goes to a new mailbox, a mailbox is made anew. Nothing may be deleted, mailed or made twice for it, nobody may see what is
 * another's, and in the evening each calendar shows what its rep has.
 */
export class Hands implements Companion {
  private readonly office: () => Office;
  private readonly fleet: Fleet;
  private readonly pass: (ms: number) => Promise<void>;
  private readonly isPresent: (employee: Employee) => boolean;
  /** A mailbox that nobody has yet. */
  private spare: Employee | null;
  /** Second halves of what was begun. */
  private pending: { readonly at: number; readonly whose: readonly Employee[]; readonly act: () => void }[] = [];
  /** Whose mailbox is to be made anew when nobody is at work. */
  private toBeRemade: Employee | null = null;
  /** Made anew today: until an admin has said so, their reps stay. What a lost create made in such a mailbox is known by its record alone, which is the rep's. */
  private readonly remadeToday = new Set<Employee>();
  /** Every rep that a mailbox ever had, and every mailbox of an employee. */
  private readonly reps = new Map<string, Set<number>>();
  private readonly former: Employee[] = [];
  private readonly changes = new Map<Employee, number>();
  private readonly given = new Map<string, number>();
  /** By item: reps and mailboxes that may have it. */
  private readonly owners = new Map<string, { readonly reps: Set<number>; readonly mailboxes: Set<string> }>();
  private readonly leaks: string[] = [];
  private readonly gone = new Set<string>();
  private readonly swaps: { readonly at: number; readonly users: readonly string[] }[] = [];
  private firstAct: number | null = null;
  private lastMove = Number.NEGATIVE_INFINITY;
  private remade = false;
  private counter = 0;

  constructor(office: () => Office, fleet: Fleet, spare: Employee, pass: (ms: number) => Promise<void>, isPresent: (employee: Employee) => boolean) {
    this.office = office;
    this.fleet = fleet;
    this.spare = spare;
    this.pass = pass;
    this.isPresent = isPresent;
    const { world } = office();
    for (const { id, rep } of world.employees) this.reps.set(id, new Set([rep.repId]));
    this.admin(spare, { Active: false, ConnectorSettings: false, Email1: '' });
  }

  async step(dice: () => number): Promise<void> {
    this.look();
    const { world } = this.office();
    const due = this.pending.filter(({ at }) => at <= world.clock.now());
    this.pending = this.pending.filter((one) => !due.includes(one));
    for (const { act } of due) act();
    if (this.toBeRemade !== null) await this.remake(this.toBeRemade, dice);
    if (this.remade && dice() < 0.3) this.answerAnew();
    const employee = world.employees[Math.floor(dice() * world.employees.length)] ?? world.employee;
    const what = dice();
    if (what < 0.07) this.change(employee, dice);
    else if (what < 0.27) await this.clearUp(dice);
    this.look();
  }

  async closing(employee: Employee, dice: () => number): Promise<void> {
    this.look();
    if (this.toBeRemade !== null) await this.remake(this.toBeRemade, dice);
    if (dice() < 0.12) this.change(employee, dice);
    else if (dice() < 0.2) await this.clearUp(dice);
  }

  /** Whose mailbox is gone has his address asked for once an hour. */
  async dusk(): Promise<void> {
    this.look();
    const { world } = this.office();
    while (world.clock.now() < this.lastMove + FOUND_OUT_MS) await this.pass(10 * MINUTE_MS);
  }

  heal(): void {
    this.toBeRemade = null;
    this.remadeToday.clear();
    for (const { act } of this.pending.splice(0)) act();
    const { clock } = this.office().world;
    // An admin who waits for it looks at the list and at what was made anew.
    for (let minutes = 0; minutes <= 40; minutes += 4) {
      clock.after(minutes * MINUTE_MS, () => {
        if (minutes <= 24) this.fleet.runJob('users');
        if (this.remade) this.answerAnew();
      });
    }
  }

  differences(): string[] {
    this.look();
    return this.leaks.splice(0);
  }

  judge(): Promise<readonly string[]> {
    return Promise.resolve(this.differences());
  }

  /** His calendar or his rep is another than at first: series have no judge who knows of that. */
  isTouched(employee: Employee): boolean {
    return this.changes.has(employee);
  }

  /**
   * Nobody brings the two in step: the record is of a rep who had the mailbox before, or was given to one who is not on the list, or was deleted while it was
   * another's; or it lies where nothing is taken in anew.
   */
  isApart(item: string, employee: Employee): boolean {
    if (!this.isTouched(employee)) return false;
    const { world, ledger } = this.office();
    const before = this.reps.get(employee.id) ?? new Set();
    const listed = new Set(world.employees.filter((one) => this.isPresent(one)).map(({ rep }) => rep.repId));
    return world.crm.records('Contact').some(({ deleted, values }) => {
      if (ledger.rootOf(values['Subject'] ?? '') !== item) return false;
      const rep = Number(values['RepId']);
      const isDeleted = deleted || values['FreeC1'] === 'gelöscht';
      return (rep !== employee.rep.repId && (before.has(rep) || !listed.has(rep))) || (isDeleted && before.size > 1) || Date.parse(values['Date'] ?? '') - world.clock.now() > FAR_MS;
    });
  }

  /** Something of his is half done: off the list now, his mailbox would be that of whoever has one of its addresses. */
  isInBetween(employee: Employee): boolean {
    return this.pending.some(({ whose }) => whose.includes(employee));
  }

  /** A request that was sent under an address may still run when that address is another rep's in the CRM: nobody can know. */
  isUnknowable({ at, user }: { readonly at: number; readonly user?: string | undefined }): boolean {
    return user !== undefined && this.swaps.some((swap) => swap.users.includes(user.toLowerCase()) && at >= swap.at && at < swap.at + LONGEST_REQUEST_MS);
  }

  /** So many events more than one a mailbox may have had of an item: deleted there while its record was another's, it comes back with it. */
  timesGiven(employee: Employee, item: string): number {
    return (this.changes.get(employee) ?? 0) + (this.given.get(item) ?? 0);
  }

  /** What stands with reps and in mailboxes that are nobody's on the list. */
  besides(): Shown[] {
    const { world } = this.office();
    return this.former.flatMap((employee) => [
      ...world.crmUser(employee).activities().map((activity) => shownInCrm(activity)),
      ...(this.gone.has(employee.id) ? [] : world.graph.events(employee.id).filter(({ place }) => place === 'calendar').map((event) => shownInOutlook(withProperties(event)))),
    ]);
  }

  // ---------------------------------------------------------------------------------------------- what changes hands

  private change(employee: Employee, dice: () => number): void {
    const { world } = this.office();
    const isFree = (one: Employee): boolean => this.isPresent(one) && !this.remadeToday.has(one) && !this.pending.some(({ whose }) => whose.includes(one));
    if (!isFree(employee)) return;
    const what = dice();
    const other = world.employees.find((one) => one !== employee && isFree(one));
    if (what < 0.35) this.succeed(employee, dice);
    else if (what < 0.6 && other !== undefined) this.swap(employee, other, dice);
    else if (what < 0.72) this.join(employee, dice);
    else if (what < 0.84) this.toBeRemade = employee;
    else if (this.spare !== null) this.move(employee, this.spare, dice);
  }

  /** A successor with another number and the same address: the one before is closed first, last, or at the same moment. */
  private succeed(employee: Employee, dice: () => number): void {
    const before = { ...employee };
    const order = dice();
    const close = (): void => this.close(before, dice);
    const come = (): void => {
      this.becomes(employee, { rep: this.newRep(employee) });
      this.say(`${employee.mail} has another rep now, ${employee.rep.repId} after ${before.rep.repId}`);
    };
    this.former.push(before);
    if (order < 0.4) this.oneAfterTheOther(employee, [close, come], dice);
    else if (order < 0.7) this.oneAfterTheOther(employee, [come, close], dice);
    else {
      close();
      come();
      this.maybeRunUsers(dice);
    }
  }

  private swap(one: Employee, other: Employee, dice: () => number): void {
    const [a, b] = [one.rep, other.rep];
    this.say(`rep ${a.repId} gets the address of rep ${b.repId}`);
    this.admin(one, { Email1: this.addressOf(other) });
    this.maybeRunUsers(dice);
    this.later([one, other], dice, () => {
      this.say(`and rep ${b.repId} that of rep ${a.repId}`);
      // Who is on the list is a matter of the person, and one of them may have left it meanwhile.
      this.admin({ rep: a }, { Email1: this.addressOf(other), ConnectorSettings: this.isPresent(other) });
      this.admin({ rep: b }, { Email1: this.addressOf(one), ConnectorSettings: this.isPresent(one) });
      this.becomes(one, { rep: b });
      this.becomes(other, { rep: a });
      this.swaps.push({ at: this.office().world.clock.now(), users: [a.user, b.user].map((user) => user.toLowerCase()) });
      this.maybeRunUsers(dice);
    });
  }

  /** Somebody joins under the address of another one, and gets his own, or leaves again. */
  private join(employee: Employee, dice: () => number): void {
    const joiner = { ...employee, rep: this.newRep(employee) };
    this.say(`rep ${joiner.rep.repId} joins under the address of ${employee.mail}`);
    this.maybeRunUsers(dice);
    this.later([employee], dice, () => {
      const stays = dice() < 0.5;
      this.say(`rep ${joiner.rep.repId} ${stays ? 'gets an address of his own' : 'leaves again'}`);
      this.admin(joiner, stays ? { Email1: `joiner${joiner.rep.repId}@example.com` } : { Active: false });
      this.maybeRunUsers(dice);
    });
  }

  /** The same user has an empty mailbox; what had not come over is lost with the old one. */
  private async remake(employee: Employee, dice: () => number): Promise<void> {
    const { world } = this.office();
    // It cannot be reached for a while before: no pass begins in one mailbox and ends in the other.
    this.toBeRemade = employee;
    if (!this.isPresent(employee) || this.pending.length > 0 || this.fleet.members.some(({ instance }) => instance.running > 0)) return;
    this.toBeRemade = null;
    this.say(`the mailbox of ${employee.mail} is made anew`);
    this.isLost(employee);
    this.touched(employee);
    world.graph.remakeMailbox(employee.id);
    this.remade = true;
    this.remadeToday.add(employee);
    const hand = new Hand(this.office(), employee, dice);
    await hand.createInOutlook();
    const activity = hand.pick(world.crmUser(employee).activities().filter(({ values }) => !isRecurring(values['Subject'])));
    if (activity !== undefined) hand.editInCrm(activity.id, hand.change());
  }

  /** The user is removed, or has another name; a new one has his address. With a name of his own he is not synchronized any more: somebody new is. */
  private move(employee: Employee, spare: Employee, dice: () => number): void {
    const { world } = this.office();
    const address = this.addressOf(employee);
    const removed = dice() < 0.6;
    this.say(`${address} leads to a new mailbox; ${removed ? 'the one before is removed' : 'whoever had it has another name, and a successor has his address'}`);
    // What the former mailbox sent without an answer may still run, and the new one knows nothing of it (docs/simulation.md, open).
    this.swaps.push({ at: world.clock.now(), users: [employee.rep.user.toLowerCase()] });
    this.spare = null;
    this.counter += 1;
    const person = world.people.find(({ id }) => id === employee.id);
    const heir = world.people.find(({ id }) => id === spare.id);
    if (person !== undefined) Object.assign(person, { mail: `former${this.counter}@example.com`, userPrincipalName: `former${this.counter}@example.com`, proxyAddresses: [] });
    if (heir !== undefined) Object.assign(heir, { mail: address, userPrincipalName: address, proxyAddresses: [`SMTP:${address}`] });
    this.former.push({ ...employee });
    if (removed) {
      this.isLost(employee);
      this.gone.add(employee.id);
      world.graph.setMailboxEnabled(employee.id, false);
      this.becomes(employee, { id: spare.id });
      this.lastMove = world.clock.now();
      // Nobody looks at a mailbox for which nobody rings, but for the daily net.
      new Hand(this.office(), employee, dice).createInCrm();
    } else {
      this.close({ ...employee }, dice);
      this.becomes(employee, { id: spare.id, rep: this.newRep(spare) });
    }
    this.maybeRunUsers(dice);
  }

  /** The CRM's people give what a rep of before had to his successor, one by one or all at once; edit it, or clear it out. */
  private async clearUp(dice: () => number): Promise<void> {
    const { world, ledger } = this.office();
    const inUse = new Set(world.employees.map(({ rep }) => rep.repId));
    const ghosts = this.former.filter(({ rep }) => !inUse.has(rep.repId));
    const ghost = ghosts[Math.floor(dice() * ghosts.length)];
    const heir = world.employees.find(({ mail }) => mail === ghost?.mail);
    if (ghost === undefined || heir === undefined) return;
    const open = world.crmUser(ghost).activities().filter(({ values }) => !isRecurring(values['Subject']));
    const hand = new Hand(this.office(), ghost, dice);
    const one = hand.pick(open);
    const what = dice();
    if (one === undefined) return;
    if (what < 0.65) {
      for (const { id, values } of what < 0.15 ? open : [one]) {
        const item = ledger.rootOf(values['Subject'] ?? '');
        this.say(`${values['Subject']} of rep ${ghost.rep.repId} is given to rep ${heir.rep.repId}`);
        this.given.set(item, (this.given.get(item) ?? 0) + 1);
        this.owners.get(item)?.reps.add(heir.rep.repId);
        world.crm.act('SYNC').update('Contact', id, { RepId: heir.rep.repId });
      }
      this.wasAway();
    } else if (what < 0.92) hand.editInCrm(one.id, hand.change());
    else hand.deleteInCrm(one.id);
    await Promise.resolve();
  }

  // ---------------------------------------------------------------------------------------------- how

  private close({ rep, mail }: Employee, dice: () => number): void {
    this.say(`rep ${rep.repId} of ${mail} is closed`);
    this.admin({ rep }, { Active: false, ...(dice() < 0.5 ? { ConnectorSettings: false } : {}) });
  }

  private newRep(employee: Employee): Employee['rep'] {
    const { world } = this.office();
    this.counter += 1;
    return crmSeeder(world.crm, 'SYNC').rep({ user: `NEXT${this.counter}`, firstName: 'Next', lastName: String(this.counter), email: this.addressOf(employee), rep: { ConnectorSettings: this.isPresent(employee) } });
  }

  private becomes(employee: Employee, now: Partial<Pick<Employee, 'id' | 'rep'>>): void {
    Object.assign(employee, now);
    const reps = this.reps.get(employee.id) ?? new Set();
    this.reps.set(employee.id, reps.add(employee.rep.repId));
    this.touched(employee);
  }

  private touched(employee: Employee): void {
    this.firstAct ??= this.office().world.clock.now();
    this.changes.set(employee, (this.changes.get(employee) ?? 0) + 1);
    this.wasAway();
  }

  /** What two people did since the first change of hands may meet only now. */
  private wasAway(): void {
    const { world, ledger } = this.office();
    if (this.firstAct !== null) ledger.wasAway(world.clock.now() - this.firstAct);
  }

  private oneAfterTheOther(employee: Employee, [first, then]: readonly [() => void, () => void], dice: () => number): void {
    first();
    this.maybeRunUsers(dice);
    this.later([employee], dice, () => {
      then();
      this.maybeRunUsers(dice);
    });
  }

  private later(whose: readonly Employee[], dice: () => number, act: () => void): void {
    // Two with one address are parked until one of them has another.
    this.firstAct ??= this.office().world.clock.now();
    const wait = [0, 30_000, 5 * MINUTE_MS, 25 * MINUTE_MS][Math.floor(dice() * 4)] ?? 0;
    this.pending.push({ at: this.office().world.clock.now() + wait, whose, act });
  }

  private maybeRunUsers(dice: () => number): void {
    if (dice() < 0.6) this.fleet.runJob('users');
  }

  private admin({ rep }: Pick<Employee, 'rep'>, values: Record<string, string | boolean>): void {
    this.office().world.crm.act('SYNC').update('RepUser', rep.rep.id, values);
  }

  private addressOf({ id, mail }: Employee): string {
    return this.office().world.people.find((person) => person.id === id)?.mail ?? mail;
  }

  private answerAnew(): void {
    const { world } = this.office();
    const request = new Request(`http://localhost:7071/api/admin/adoption/anew?tenantId=${world.tenantId}`, { method: 'POST' });
    // A machine may die over it, or its storage fail: he asks again.
    world.call(adminAdoptionAnswer, request, { answer: 'anew' }, this.fleet.anyone().appOf).catch(() => undefined);
  }

  private say(text: string): void {
    this.office().say(text);
  }

  // ---------------------------------------------------------------------------------------------- what is judged

  /** What stood in the mailbox alone goes with it: whatever the CRM shows just so must be there still. */
  private isLost(employee: Employee): void {
    const { world, ledger } = this.office();
    const inCrm = world.crm.records('Contact').filter(({ deleted, values }) => !deleted && values['FreeC1'] !== 'gelöscht').map((activity) => shownInCrm(activity));
    for (const event of world.graph.events(employee.id).filter(({ place }) => place === 'calendar')) {
      const shown = shownInOutlook(withProperties(event));
      const item = ledger.rootOf(shown.subject);
      if (inCrm.some((one) => JSON.stringify(one) === JSON.stringify(shown))) continue;
      ledger.hide(shown.subject);
      if (!inCrm.some(({ subject }) => ledger.rootOf(subject) === item)) ledger.deletedNow(world.clock.now(), 'graph', shown);
    }
  }

  /** Nobody sees what is another's: an item stands where it was made, with reps who had that mailbox, and with those to whom it was given. */
  private look(): void {
    const { world, ledger } = this.office();
    const found = [
      ...this.mailboxes().flatMap((id) => world.graph.events(id).map(({ row }) => ({ subject: String(row['subject']), mailbox: id, rep: null }))),
      ...world.crm.records('Contact').map(({ values }) => ({ subject: values['Subject'] ?? '', mailbox: null, rep: Number(values['RepId']) })),
    ];
    for (const { subject, mailbox, rep } of found) {
      const item = isRecurring(subject) ? seriesOf(subject) : ledger.rootOf(subject);
      const known = this.owners.get(item);
      if (known === undefined) this.owners.set(item, { reps: new Set(rep === null ? [] : [rep]), mailboxes: new Set(mailbox === null ? [] : [mailbox]) });
      else if (mailbox !== null && !known.mailboxes.has(mailbox)) {
        if (this.shares(known, [...(this.reps.get(mailbox) ?? [])])) known.mailboxes.add(mailbox);
        else this.leaks.push(`isolation: ${item} of ${told(known)} stands in the mailbox ${mailbox}`);
      } else if (rep !== null && !known.reps.has(rep)) {
        if (this.shares(known, [rep])) known.reps.add(rep);
        else this.leaks.push(`isolation: ${item} of ${told(known)} stands with rep ${rep}`);
      }
    }
  }

  private shares({ reps, mailboxes }: { readonly reps: ReadonlySet<number>; readonly mailboxes: ReadonlySet<string> }, others: readonly number[]): boolean {
    return others.some((rep) => reps.has(rep) || [...mailboxes].some((id) => this.reps.get(id)?.has(rep) === true));
  }

  private mailboxes(): string[] {
    const { world } = this.office();
    return [...new Set([...world.employees, ...this.former].map(({ id }) => id))].filter((id) => !this.gone.has(id));
  }
}

function told({ reps, mailboxes }: { readonly reps: ReadonlySet<number>; readonly mailboxes: ReadonlySet<string> }): string {
  return `rep ${[...reps].join(', ')} and ${[...mailboxes].join(', ')}`;
}
