import { crmSeeder } from '../../local/crm/seed.ts';
import type { Mail } from '../../local/graph/exchange.ts';
import { shownInCrm, shownInOutlook } from '../world/judge.ts';
import { timed, type Activity } from '../world/people.ts';
import type { Employee, World } from '../world/world.ts';
import type { Office } from './people.ts';
import { isPrivate, tellsSomething } from './privacy.ts';
import { isRecurring, seriesOf } from './recurring-subjects.ts';

const CUSTOMER = 'cora@customer.example';
const STRANGER = 'sam@nobody-knows.example';
const OUTSIDERS = [{ name: 'Olga Outside', address: 'olga@outside.example' }, { name: 'Otto Outside', address: 'otto@outside.example' }] as const;
const DAY_MS = 86_400_000;
/** The dialect's numbers of answers. */
const STATUS: Readonly<Record<string, string>> = { accepted: '1', declined: '2', tentativelyAccepted: '4' };

/** People who meet: what they do to meetings on both sides, and what must be true of meetings at the end. */
export class Meetings {
  readonly organizersStay: boolean;
  private readonly office: Office;
  /** Mails that a person's own act in Outlook sent. */
  private readonly personal = new Set<Mail>();
  /** Items whose people or content somebody changed in the CRM: only for these may we mail anybody. */
  private readonly changedInCrm = new Set<string>();
  private readonly crmPeople = new Set<string>();
  private readonly invited: { readonly employee: Employee; readonly id: string; readonly iCalUId: string; over: boolean; deletedInCrm: boolean }[] = [];
  private readonly given = new Map<string, number>();
  private readonly away = new Set<Employee>();
  private readonly everAway = new Set<Employee>();
  private counter = 0;
  private acts = 0;

  /** @param moving organizers come and go on the list, change their addresses, and have assistants who act for them in Outlook */
  constructor(office: Office, moving = false) {
    this.office = office;
    this.organizersStay = !moving;
    for (const person of moving ? office.world.people : []) person.delegates = office.world.people.filter((other) => other !== person).map(({ id }) => id);
    const seeder = crmSeeder(office.world.crm, 'SYNC');
    seeder.person({ FirstName: 'Cora', LastName: 'Customer', Email1: CUSTOMER }, seeder.company({ Company: 'Customer Ltd.' }));
  }

  async act(employee: Employee, random: () => number): Promise<void> {
    const { world, ledger, say, next } = this.office;
    const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
    const events = world.outlook(employee).events().filter(({ subject }) => !isRecurring(subject));
    const own = events.filter((event) => event['isOrganizer'] === true);
    const copies = events.filter((event) => event['isOrganizer'] === false);
    if (this.office.secrets !== undefined && random() < 0.25) return this.keepPrivate(employee, random);
    const what = random();
    if (what < 0.26) {
      const subject = `S${next()}`;
      const people = this.someAddresses(employee, random);
      say(`${employee.mail} invites ${people.join(', ')} to ${subject}`);
      ledger.createdNow(subject, 'graph');
      await this.asPerson(() => world.outlook(employee, this.actingFor(employee)).create({ subject, ...this.when(random), attendees: people.map(asAttendee) }));
    } else if (what < 0.42) {
      const event = pick(own);
      if (event === undefined) return;
      const wanted = this.someAddresses(employee, random);
      // Whoever is taken off by an organizer who left the list sees what a cancellation shows (docs/assumptions O52).
      const people = this.away.has(employee) ? [...new Set([...addressesAt(event), ...wanted])] : wanted;
      say(`${employee.mail} changes who comes to ${String(event['subject'])}: ${people.join(', ')}`);
      ledger.peopleChanged(world.clock.now(), 'graph', String(event['subject']));
      await this.asPerson(() => world.outlook(employee, this.actingFor(employee)).patch(event.id, { attendees: people.map(asAttendee) }));
    } else if (what < 0.54) {
      const copy = pick(copies);
      if (copy === undefined) return;
      const how = pick(['accept', 'tentativelyAccept'] as const) ?? 'accept';
      const sent = random() < 0.8;
      const otherTime = how === 'tentativelyAccept' && sent && random() < 0.4 ? { proposedNewTime: this.when(random) } : {};
      say(`${employee.mail} answers ${String(copy['subject'])}: ${how}${sent ? '' : ', without telling'}${'proposedNewTime' in otherTime ? ', and proposes another time' : ''}`);
      await this.asPerson(() => world.outlook(employee).answer(copy.id, how, sent, otherTime));
    } else if (what < 0.65) {
      const activity = pick(world.crmUser(employee).activities().filter(({ values }) => values['FreeC2'] !== 'published' && !isRecurring(values['Subject']) && !this.isMask(values)));
      const guest = pick(world.employees.filter((one) => one !== employee));
      if (activity === undefined || guest === undefined || rowsOf(world, activity.id).some((row) => row.rep === guest.rep.repId)) return;
      say(`${employee.mail} adds ${guest.mail} to ${activity.values['Subject']} in the CRM`);
      this.crmPeopleChanged(activity.values['Subject'] ?? '');
      world.crm.act(employee.rep.user).addParticipant(activity.id, { RepId: guest.rep.repId, Role: 0 });
    } else if (what < 0.71) {
      const activity = pick(world.crmUser(employee).activities().filter(({ id, values }) => values['FreeC2'] !== 'published' && !isRecurring(values['Subject']) && rowsOf(world, id).some(({ rep }) => rep !== employee.rep.repId)));
      const row = activity === undefined ? undefined : pick(rowsOf(world, activity.id).filter(({ rep }) => rep !== employee.rep.repId));
      if (activity === undefined || row === undefined) return;
      say(`${employee.mail} takes ${row.who} off ${activity.values['Subject']} in the CRM`);
      this.crmPeopleChanged(activity.values['Subject'] ?? '');
      world.crm.act(employee.rep.user).delete('Participant', row.id);
    } else if (what < 0.75) {
      const copy = pick(copies.filter(({ id }) => !this.invited.some((one) => one.id === id)));
      if (copy === undefined) return;
      const to = pick(this.someAddresses(employee, random)) ?? STRANGER;
      say(`${employee.mail} forwards ${String(copy['subject'])} to ${to}`);
      ledger.peopleChanged(world.clock.now(), 'graph', String(copy['subject']));
      await this.asPerson(() => world.outlook(employee).forward(copy.id, [to]));
    } else if (what < 0.79) {
      const event = pick(own.filter((one) => ((one['attendees'] ?? []) as unknown[]).length > 0));
      if (event === undefined) return;
      say(`${employee.mail} cancels ${String(event['subject'])}`);
      ledger.deletedNow(world.clock.now(), 'graph', shownInOutlook(event));
      await this.asPerson(() => world.outlook(employee, this.actingFor(employee)).cancel(event.id));
    } else if (what < 0.83) {
      const event = pick([...own, ...copies]);
      if (event === undefined) return;
      say(`${employee.mail} saves ${String(event['subject'])} on the phone`);
      await this.asPerson(async () => world.graph.saveOnPhone(employee.id, event.id));
    } else if (what < 0.86) {
      const copy = pick(copies.filter(({ id }) => !this.invited.some((one) => one.id === id)));
      if (copy === undefined) return;
      say(`${employee.mail} throws the copy of ${String(copy['subject'])} away`);
      await this.asPerson(() => world.outlook(employee).remove(copy.id));
    } else if (what < 0.89) this.give(employee, random);
    else if (what < 0.94) await this.invite(employee, random);
    else await this.changeInvitation(random);
  }

  /** Somebody makes a meeting private, or public again: his own, or the copy that he was sent. */
  private async keepPrivate(employee: Employee, random: () => number): Promise<void> {
    const { world, say, secrets } = this.office;
    const events = world.outlook(employee).events().filter((one) => !isRecurring(one['subject']) && ((one['attendees'] ?? []) as unknown[]).length > 0);
    const toPrivate = random() < 0.6;
    const open = events.filter((one) => isPrivate(one) !== toPrivate);
    const event = open[Math.floor(random() * open.length)];
    if (event === undefined) return;
    const patch = { sensitivity: toPrivate ? 'private' : 'normal' };
    say(`${employee.mail} makes ${String(event['subject'])} ${toPrivate ? 'private' : 'public'}`);
    const isOwn = event['isOrganizer'] === true;
    if (isOwn) {
      secrets?.noteOutlook(event, { ...event, ...patch });
      this.office.ledger.peopleChanged(world.clock.now(), 'graph', String(event['subject']));
    }
    await this.asPerson(() => world.outlook(employee).patch(event.id, patch));
  }

  private isMask(values: Readonly<Record<string, string>>): boolean {
    return this.office.secrets?.isMask(values) === true;
  }

  /** Somebody leaves the user list, or comes onto it. */
  listed(employee: Employee, isListed: boolean): void {
    if (isListed) this.away.delete(employee);
    else this.away.add(employee);
    if (!isListed) this.everAway.add(employee);
  }

  /** Given to somebody in a history in which people come and go: it moves within a day of their return. */
  waits(item: string): boolean {
    return this.everAway.size > 0 && [...this.given.keys()].some((given) => given.endsWith(` ${item}`));
  }

  /** Now and then his assistant, without a die of his own. */
  private actingFor(employee: Employee): Employee {
    const { employees } = this.office.world;
    this.acts += 1;
    return this.organizersStay || this.acts % 5 !== 0 ? employee : (employees[(employees.indexOf(employee) + 1) % employees.length] ?? employee);
  }

  private crmPeopleChanged(subject: string): void {
    const { world, ledger } = this.office;
    this.changedInCrm.add(ledger.rootOf(subject));
    this.crmPeople.add(ledger.rootOf(subject));
    ledger.peopleChanged(world.clock.now(), 'crm', subject);
  }

  /** Somebody edits or deletes an item in the CRM: its meeting may be mailed about it. */
  noteCrmEdit(subject: string): void {
    this.changedInCrm.add(this.office.ledger.rootOf(subject));
  }

  /** What a person does himself in Outlook mails as Outlook does. */
  async asPerson<T>(act: () => Promise<T>): Promise<T> {
    const { mails } = this.office.world.graph.state();
    const before = mails.length;
    const result = await act();
    for (const mail of this.office.world.graph.state().mails.slice(before)) this.personal.add(mail);
    return result;
  }

  /** Mail leaves only because a person changed a meeting. */
  surprises(): string[] {
    const { world, ledger } = this.office;
    return world.graph
      .state()
      .mails.filter((mail) => !this.personal.has(mail) && mail.kind !== 'response')
      .flatMap((mail) => {
        const event = world.graph.events(mail.mailbox).find(({ row }) => row['id'] === mail.eventId);
        const subject = String(event?.row['subject'] ?? '').replace(/^Canceled: /, '');
        const item = isRecurring(subject) ? seriesOf(subject) : ledger.rootOf(subject);
        return this.changedInCrm.has(item) ? [] : [`a surprise mail (${mail.kind}) to ${mail.recipient} for ${item}`];
      });
  }

  /** Whom both sides can hold, both sides show; and what is published is as the organizer has it. */
  differences(present: readonly Employee[], deletionEverOff: boolean): string[] {
    const { world, ledger } = this.office;
    const problems: string[] = [];
    const colleagues = new Map(world.employees.flatMap((employee) => this.addressesOf(employee).map((address) => [address, employee.rep.repId] as const)));
    for (const employee of present) {
      const activities = world.crmUser(employee).activities();
      for (const event of world.outlook(employee).events().filter((one) => one['isOrganizer'] === true && !isRecurring(one['subject']))) {
        const item = ledger.rootOf(String(event['subject']));
        const activity = activities.find(({ values }) => ledger.rootOf(values['Subject'] ?? '') === item);
        if (activity === undefined) continue;
        const rows = rowsOf(world, activity.id);
        const addresses = addressesAt(event);
        // The organizer is never among the participants, though somebody may have forwarded his own meeting to him.
        for (const address of addresses.filter((one) => !this.addressesOf(employee).includes(one))) {
          const rep = colleagues.get(address);
          const known = rep === undefined ? address === CUSTOMER && rows.some((row) => row.rep === 0) : rows.some((row) => row.rep === rep);
          if (!known && address !== STRANGER && (rep !== undefined || address === CUSTOMER)) problems.push(`${employee.mail}: ${address} is at ${item} in Outlook alone`);
        }
        // Whom somebody added in the CRM while the organizer was not on the list is not invited when he comes back.
        for (const row of this.everAway.has(employee) ? [] : rows) if (row.rep !== 0 && row.rep !== employee.rep.repId && ![...colleagues].some(([address, rep]) => rep === row.rep && addresses.includes(address))) problems.push(`${employee.mail}: rep ${row.rep} is at ${item} in the CRM alone`);
        problems.push(...this.answersMissing(employee, event, item, rows, colleagues));
        if (new Set(rows.map((row) => row.who)).size !== rows.length) problems.push(`${employee.mail}: somebody is twice at ${item} in the CRM`);
      }
      const isColleagues = (subject: string | undefined): boolean => ledger.items().includes(ledger.rootOf(subject ?? ''));
      // A colleague who was not on the list when he invited is an outsider then; whose meetings are whose then is followed by the daily net.
      const ofColleagues = activities.filter(({ values }) => values['FreeC2'] === 'published' && isColleagues(values['Subject'])).map(({ values }) => ledger.rootOf(values['Subject'] ?? ''));
      if (new Set(ofColleagues).size !== ofColleagues.length) problems.push(`${employee.mail}: a colleague's meeting is published twice: ${ofColleagues.join(', ')}`);
      if (this.everAway.size === 0 && this.organizersStay && ofColleagues.length > 0) problems.push(`${employee.mail}: a colleague's meeting is published: ${ofColleagues.join(', ')}`);
      for (const { id } of activities.filter(({ values }) => this.isMask(values))) {
        const rows = rowsOf(world, id);
        if (rows.length > 0) problems.push(`${employee.mail}: a mask names ${rows.length} people: ${rows.map(({ who }) => who).join(', ')}`);
      }
      const ofOutsiders = activities.filter(({ values }) => values['FreeC2'] === 'published' && !isColleagues(values['Subject']));
      const published = ofOutsiders.filter(({ values }) => !this.isMask(values)).map((activity) => JSON.stringify({ ...shownInCrm(activity), reminder: null, showAs: '' }));
      const invitations = this.invited.filter((one) => one.employee === employee && !one.over && !one.deletedInCrm).flatMap(({ id }) => world.outlook(employee).events().filter((event) => event.id === id));
      const copies = invitations.filter((copy) => this.office.secrets?.isHidden(copy) !== true);
      problems.push(...this.masksOf(employee, invitations.filter((copy) => !copies.includes(copy)), ofOutsiders.filter(({ values }) => this.isMask(values)), deletionEverOff));
      for (const copy of copies) {
        const wanted = JSON.stringify({ ...shownInOutlook(copy), reminder: null, showAs: '' });
        if (published.filter((one) => one === wanted).length !== 1) problems.push(`${employee.mail}: published ${published.filter((one) => one === wanted).length} times: ${wanted}`);
      }
      // While deletion is off, a record stays though its meeting is over.
      if (deletionEverOff ? published.length < copies.length : published.length !== copies.length) problems.push(`${employee.mail}: ${published.length} published records for ${copies.length} invitations`);
    }
    return problems;
  }

  /** Private copies of outsiders' meetings: a mask for each with `masked`, at most one for each with `off`, and nothing of them in it. */
  private masksOf(employee: Employee, hidden: readonly Record<string, unknown>[], masks: readonly Activity[], deletionEverOff: boolean): string[] {
    const { secrets } = this.office;
    const shown = masks.map((activity) => shownInCrm(activity));
    const telling = shown.filter(tellsSomething);
    const isFewer = secrets?.rule === 'masked' && masks.length < hidden.length;
    // A colleague who has just got another address is a stranger until the users' job has run: what was published of his meeting stays until the daily net (assumptions O50).
    const isMore = masks.length > hidden.length && this.organizersStay;
    const wrong = this.everAway.size === 0 && !deletionEverOff && (isFewer || isMore);
    return [...telling.map(({ subject }) => `${employee.mail}: a published mask shows ${subject}`), ...(wrong ? [`${employee.mail}: ${masks.length} published masks for ${hidden.length} private invitations`] : [])];
  }

  /** What a colleague answered and the organizer knows, the CRM shows, too (scope A8). Where somebody was taken off and put back there, his row is a new one. */
  private answersMissing(employee: Employee, event: Record<string, unknown>, item: string, rows: readonly ParticipantRow[], colleagues: ReadonlyMap<string, number>): string[] {
    if (this.crmPeople.has(item)) return [];
    return ((event['attendees'] ?? []) as { emailAddress: { address: string }; status?: { response?: string } }[]).flatMap(({ emailAddress, status }) => {
      const wanted = STATUS[status?.response ?? ''];
      const row = rows.find(({ rep }) => rep !== 0 && rep === colleagues.get(emailAddress.address.toLowerCase()));
      return wanted === undefined || row === undefined || row.status === wanted ? [] : [`${employee.mail}: the answer of ${emailAddress.address} to ${item} is ${row.status} in the CRM, not ${wanted}`];
    });
  }

  private addressesOf({ id, mail }: Employee): string[] {
    const person = this.office.world.people.find((one) => one.id === id);
    return [mail, ...(person === undefined ? [] : [person.mail, ...(person.proxyAddresses ?? []).map((address) => address.replace(/^smtp:/i, ''))])].map((address) => address.toLowerCase());
  }

  private someAddresses(employee: Employee, random: () => number): string[] {
    return [...this.office.world.employees.filter((one) => one !== employee).map(({ mail }) => mail), CUSTOMER, STRANGER].filter(() => random() < 0.45);
  }

  private when(random: () => number): Record<string, unknown> {
    const start = Date.parse(this.office.world.options.start ?? '2026-11-23T07:00:00Z') + Math.floor(1 + random() * 60) * DAY_MS;
    const day = new Date(start).toISOString().slice(0, 10);
    return timed(`${day}T15:00:00`, `${day}T16:00:00`);
  }

  private async invite(employee: Employee, random: () => number): Promise<void> {
    const organizer = OUTSIDERS[Math.floor(random() * 2)] ?? OUTSIDERS[0];
    this.counter += 1;
    const iCalUId = `outside-${this.counter}`;
    this.office.say(`${organizer.address} invites ${employee.mail} to X${this.counter}`);
    const id = this.office.world.graph.receiveInvitation(employee.id, { organizer, iCalUId, event: { subject: `X${this.counter}`, ...this.when(random), attendees: [asAttendee(employee.mail)] } });
    this.invited.push({ employee, id, iCalUId, over: false, deletedInCrm: false });
    await Promise.resolve();
  }

  /** To a colleague, long before it takes place: what has ended stays where it is. */
  private give(employee: Employee, random: () => number): void {
    // Whose a mask is nobody can tell from outside, and what is given while it becomes private rests.
    if (this.office.secrets !== undefined) return;
    const { world, ledger, say } = this.office;
    const ahead = new Date(world.clock.now() + 10 * DAY_MS).toISOString().slice(0, 10);
    const own = world.crmUser(employee).activities().filter(({ values }) => values['FreeC2'] !== 'published' && !isRecurring(values['Subject']) && (values['Date'] ?? '') > ahead);
    const activity = own[Math.floor(random() * own.length)];
    const others = world.employees.filter((one) => one !== employee);
    const to = others[Math.floor(random() * others.length)];
    if (activity === undefined || to === undefined) return;
    const item = ledger.rootOf(activity.values['Subject'] ?? '');
    say(`${employee.mail} gives ${activity.values['Subject']} to ${to.mail} in the CRM`);
    this.changedInCrm.add(item);
    this.given.set(`${to.mail} ${item}`, this.timesGiven(to, item) + 1);
    world.crm.act(employee.rep.user).update('Contact', activity.id, { RepId: to.rep.repId });
  }

  /** How often somebody gave this item to this employee: so many events more than one he may have had of it. */
  timesGiven(employee: Employee, item: string): number {
    return this.given.get(`${employee.mail} ${item}`) ?? 0;
  }

  private async changeInvitation(random: () => number): Promise<void> {
    const open = this.invited.filter(({ over }) => !over);
    const one = open[Math.floor(random() * open.length)];
    if (one === undefined) return;
    const { world, say } = this.office;
    const what = random();
    if (what < 0.5) {
      this.counter += 1;
      say(`an outsider changes the invitation of ${one.employee.mail} to X${this.counter}`);
      world.graph.receiveInvitation(one.employee.id, { organizer: OUTSIDERS[0], iCalUId: one.iCalUId, event: { subject: `X${this.counter}`, ...this.when(random), attendees: [asAttendee(one.employee.mail)] } });
    } else if (what < 0.8) {
      one.over = true;
      say(`an outsider cancels what ${one.employee.mail} was invited to`);
      world.graph.cancelInvitation(one.employee.id, one.id);
    } else {
      one.over = true;
      say(`${one.employee.mail} declines an invitation`);
      await this.asPerson(() => world.outlook(one.employee).answer(one.id, 'decline'));
    }
  }
}

export interface ParticipantRow {
  readonly id: string;
  /** 0 = nobody of the reps. */
  readonly rep: number;
  readonly who: string;
  readonly status: string;
}

export function rowsOf(world: World, activityId: string): ParticipantRow[] {
  const serial = String(BigInt(activityId) & 0xffffffffn);
  return world.crm
    .records('Participant')
    .filter((row) => !row.deleted && row.values['ActSeqNo'] === serial)
    .map(({ id, values }) => ({ id, rep: Number(values['RepId'] || 0), who: `${values['RepId']}|${values['PeGrp']}|${values['PeNo']}|${values['Email']}`, status: values['Status'] || '0' }));
}

export function addressesAt(event: Record<string, unknown>): string[] {
  return ((event['attendees'] ?? []) as { emailAddress: { address: string } }[]).map(({ emailAddress }) => emailAddress.address.toLowerCase());
}

export function asAttendee(address: string): Record<string, unknown> {
  return { emailAddress: { address, name: address }, type: 'required' };
}
