import type { Fault } from '../../local/graph/faults.ts';
import type { Fleet } from '../world/fleet.ts';
import { Nth } from '../world/instance.ts';
import type { Employee, World } from '../world/world.ts';
import type { Filing } from './filing.ts';
import type { Office } from './people.ts';
import { isRecurring } from './recurring-subjects.ts';
import type { Companion } from './sorts.ts';

/** Begins every content that is born in the CRM: whoever meets it in Outlook knows where it came from. */
export const FROM_CRM = 'Document ';

/** From 3 MB on a file goes in parts, and no person of a history sends one by hand. */
const LARGE = 3_200_000;

const FAULTS: readonly Fault[] = [
  { kind: 'lostAnswer', method: 'POST', pathPattern: '/attachments$' },
  { kind: 'lostAnswer', method: 'DELETE', pathPattern: '/attachments/' },
  { kind: 'lostAnswer', method: 'PUT' },
  { kind: 'status', status: 504, commits: true, method: 'POST', pathPattern: '/attachments$' },
  { kind: 'errorBefore', status: 503, method: 'PUT' },
  { kind: 'slow', ms: 45_000, commit: 'end', method: 'POST', pathPattern: '/attachments$' },
  { kind: 'slow', ms: 45_000, commit: 'end', method: 'DELETE', pathPattern: '/attachments/' },
  { kind: 'never', commits: true, method: 'POST', pathPattern: '/attachments$' },
  { kind: 'never', commits: false, method: 'DELETE', pathPattern: '/attachments/' },
];

/**
 * People who link documents to their activities in the CRM, store new versions, rename them, make them private and take them off, beside those who attach
 * files in Outlook, with the rule that shows documents there; and what befalls the requests for it. Every content is unique. Judged by what the two systems
 * show: no document is attached twice, none that was taken off or is private is left, and what nobody touched in Outlook shows its last version under its
 * name, where nobody else was ever invited.
 */
export class Documenting implements Companion {
  private readonly office: () => Office;
  private readonly filing: Filing;
  private readonly fleet: Fleet;
  /** Every content that a document ever had, by its id. */
  private readonly versions = new Map<string, string[]>();
  /** A large one takes as much time as all else. */
  private large = 1;
  /** Whether the CRM still shows in the end what people did in it. */
  private readonly lasts: boolean;

  constructor(office: () => Office, filing: Filing, fleet: Fleet, lasts: boolean) {
    this.office = office;
    this.filing = filing;
    this.fleet = fleet;
    this.lasts = lasts;
    const { rules } = office().world;
    rules['appointments'] = { ...(rules['appointments'] as object | undefined), attachments: { toOutlook: { enabled: true } } };
  }

  async step(dice: () => number): Promise<void> {
    if (dice() < 0.06) this.strike(dice);
    if (dice() < 0.3) await this.now(pick(this.office().world.employees, dice), dice);
  }

  closing(employee: Employee, dice: () => number): Promise<void> {
    return dice() < 0.4 ? this.now(employee, dice) : Promise.resolve();
  }

  heal(): void {
    // What fails is Graph and the machines, which heal with the others.
  }

  differences(present: readonly Employee[]): Promise<readonly string[]> {
    return this.problems(present);
  }

  /** Once more, behind what others do when all has been judged. */
  judge(): Promise<readonly string[]> {
    const { world } = this.office();
    return this.lasts ? this.problems(world.employees.filter(({ id }) => world.allowed.includes(id))) : Promise.resolve([]);
  }

  private strike(dice: () => number): void {
    const { world, say } = this.office();
    const { instance } = this.fleet.anyone();
    if (dice() < 0.5) {
      const fault = { ...(pick(FAULTS, dice) ?? FAULTS[0]), nth: 1 + Math.floor(dice() * 2) } as Fault;
      say(`Graph: ${JSON.stringify(fault)}`);
      world.graph.addFault(fault);
      return;
    }
    const [nth, when] = [1 + Math.floor(dice() * 4), dice() < 0.5 ? ('before' as const) : ('after' as const)];
    say(`${instance.name} dies ${when} its ${nth}. request for an attachment`);
    instance.doom(new Nth(nth, /^(?:POST|DELETE) .*attachments|^PUT /), when);
  }

  /** At once, or while a worker is at it. */
  private async now(employee: Employee | undefined, dice: () => number): Promise<void> {
    if (employee === undefined) return;
    if (dice() < 0.7) return this.act(employee, dice);
    const { instance } = this.fleet.anyone();
    const call = 1 + Math.floor(dice() * 30);
    this.office().say(`before the ${call}. call of ${instance.name} from now:`);
    instance.before(call, () => this.act(employee, dice));
  }

  private async act(employee: Employee, dice: () => number): Promise<void> {
    const { world, say, next, secrets } = this.office();
    const record = pick(recordsOf(world, employee), dice);
    if (record === undefined) return;
    const user = world.crmUser(employee);
    const subject = record.values['Subject'] ?? '';
    const one = pick(linkedTo(world, record.id), dice);
    const what = dice();
    const content = `${FROM_CRM}${next()}`;
    const later = (act: () => void): void => void world.clock.after(100 + dice() * 900, act);
    if (one === undefined || what < 0.4) {
      const isLarge = this.large > 0 && dice() < 0.05;
      if (isLarge) this.large -= 1;
      const whole = isLarge ? content.padEnd(LARGE, ' x') : content;
      say(`${employee.mail} links a ${isLarge ? 'large ' : ''}document to ${subject}`);
      this.versions.set(user.file(record.id, pick(['offer.pdf', 'contract.docx'], dice) ?? 'offer.pdf', whole), [whole]);
    } else if (what < 0.55) {
      say(`${employee.mail} stores a new version of ${one.name} of ${subject}`);
      this.store(employee, one.id, content);
      // Once more within the second, as who saves while he types.
      if (dice() < 0.3) later(() => this.store(employee, one.id, `${FROM_CRM}${next()}`));
    } else if (what < 0.62) {
      const name = `renamed ${next()}.pdf`;
      say(`${employee.mail} renames ${one.name} of ${subject} to ${name}`);
      user.refile(one.id, null, { FileName: name });
    } else if (what < 0.68 && secrets === undefined) {
      say(`${employee.mail} makes ${one.name} of ${subject} ${one.isPrivate ? 'public' : 'private'}`);
      user.refile(one.id, null, { Private: !one.isPrivate });
    } else if (what < 0.75) {
      const other = pick(recordsOf(world, employee).filter(({ id }) => linkedTo(world, id).every((linked) => linked.id !== one.id)), dice);
      if (other === undefined) return;
      say(`${employee.mail} links ${one.name} of ${subject} to ${other.values['Subject'] ?? ''}, too`);
      user.link(other.id, one.id);
    } else if (what < 0.82) {
      await this.renameInOutlook(employee, dice);
    } else if (what < 0.95) {
      say(`${employee.mail} takes ${one.name} off ${subject}`);
      user.unlink(record.id, one.id);
      // By mistake.
      if (dice() < 0.4) world.clock.after((pick([500, 20_000, 90_000], dice) ?? 500) * (0.5 + dice()), () => this.linkAgain(employee, record.id, one.id));
    } else {
      say(`${employee.mail} deletes ${one.name} of ${subject}`);
      user.removeDocument(one.id);
    }
  }

  private store(employee: Employee, id: string, content: string): void {
    const { world } = this.office();
    if (world.crm.records('Document').find((document) => document.id === id)?.deleted !== false) return;
    world.crmUser(employee).refile(id, content);
    this.versions.get(id)?.push(content);
  }

  private linkAgain(employee: Employee, recordId: string, id: string): void {
    const { world, say } = this.office();
    const record = recordsOf(world, employee).find((one) => one.id === recordId);
    const document = world.crm.records('Document').find((one) => one.id === id);
    if (record === undefined || document?.deleted !== false || linkedTo(world, recordId).some((one) => one.id === id)) return;
    say(`${employee.mail} links it to ${record.values['Subject'] ?? ''} again`);
    world.crmUser(employee).link(recordId, id);
  }

  /** What was made of a document is his from then on. */
  private async renameInOutlook(employee: Employee, dice: () => number): Promise<void> {
    const { world, say, next } = this.office();
    const event = pick(eventsOf(world, employee), dice);
    if (event === undefined) return;
    const one = pick(attachedTo(world, employee, event.id).filter(({ content }) => content.startsWith(FROM_CRM) && content.length < LARGE), dice);
    if (one === undefined) return;
    say(`${employee.mail} renames ${one.name} of ${String(event['subject'])} in Outlook`);
    this.filing.touched.add(one.content);
    this.filing.again.add(one.content);
    const outlook = world.outlook(employee);
    await outlook.detach(event.id, one.id);
    await outlook.attach(event.id, `his ${next()}.pdf`, one.content);
  }

  private async problems(present: readonly Employee[]): Promise<string[]> {
    const { world, ledger, secrets, meetings } = this.office();
    const problems: string[] = [];
    // Of what a person did in Outlook nothing is followed any more, or all but what he did: as the two met.
    const his = new Set([...this.versions.values()].filter((contents) => contents.some((content) => this.filing.touched.has(content))).flat());
    for (const employee of present) {
      const adopted = new Set((await world.journal(employee)).filter(({ action, groups }) => action === 'adopted' && groups?.includes('attachments') !== true).map(({ crm }) => crm));
      for (const event of eventsOf(world, employee)) {
        const item = ledger.rootOf(String(event['subject']));
        const records = recordsOf(world, employee).filter(({ values }) => ledger.rootOf(values['Subject'] ?? '') === item);
        const [record, ...more] = records;
        const attached = attachedTo(world, employee, event.id).filter(({ content }) => content.startsWith(FROM_CRM) && !this.filing.touched.has(content));
        if (new Set(attached.map(({ content }) => content)).size !== attached.length) problems.push(`${employee.mail}: a document is attached twice to ${item}: ${told(attached)}`);
        // Where others are, or were, invited, documents rest in the CRM.
        const alone = meetings === undefined && ((event['attendees'] ?? []) as unknown[]).length === 0;
        if (record === undefined || more.length > 0 || !alone || secrets?.isHidden(event) === true || adopted.has(record.id)) continue;
        const isTheirs = ({ content }: Shown): boolean => !his.has(content);
        const [inCrm, inOutlook] = [told(linkedTo(world, record.id).filter((one) => isTheirs(one) && !one.isPrivate)), told(attached.filter(isTheirs))];
        if (inCrm !== inOutlook) problems.push(`${employee.mail}: documents of ${item} differ: the CRM has ${inCrm}; Outlook ${inOutlook}`);
      }
    }
    return problems;
  }
}

interface Shown {
  readonly id: string;
  readonly name: string;
  readonly content: string;
}

function pick<T>(from: readonly T[], dice: () => number): T | undefined {
  return from[Math.floor(dice() * from.length)];
}

/** Without what fills a large one up. */
function told(files: readonly Shown[]): string {
  return files.map(({ name, content }) => `${name}: ${content.slice(0, 20).trim()}${content.length < LARGE ? '' : ` and ${content.length} more`}`).sort().join(', ');
}

function eventsOf(world: World, employee: Employee): (Record<string, unknown> & { id: string })[] {
  return world.outlook(employee).events().filter((event) => event['isOrganizer'] !== false && event['type'] === 'singleInstance' && !isRecurring(event['subject']));
}

function attachedTo(world: World, employee: Employee, eventId: string): Shown[] {
  return world.graph.attachments(employee.id, eventId).map(({ id, name, bytes }) => ({ id, name, content: Buffer.from(bytes).toString() }));
}

function recordsOf(world: World, employee: Employee): { id: string; values: Record<string, string> }[] {
  return world.crmUser(employee).activities().filter(({ values }) => values['FreeC2'] !== 'published' && !isRecurring(values['Subject']) && (values['MainSeqNo'] ?? '') === '');
}

function linkedTo(world: World, recordId: string): (Shown & { isPrivate: boolean })[] {
  const documents = new Map(world.crm.records('Document').filter(({ deleted, values }) => !deleted && values['ExtSystem'] !== 'M365').map((document) => [document.id, document]));
  const links = world.crm.records('DocumentLink').filter(({ deleted, values }) => !deleted && values['ParentInfoArea'] === 'MA' && values['ParentId'] === recordId);
  return links.flatMap(({ values }) => documents.get(values['DocumentId'] ?? '') ?? []).map(({ id, values }) => ({ id, name: values['FileName'] ?? '', content: Buffer.from(values['Content'] ?? '', 'base64').toString(), isPrivate: values['Private'] === 'true' }));
}
