import type { Employee, World } from '../world/world.ts';
import { FROM_CRM } from './documenting.ts';
import { isRecurring } from './recurring-subjects.ts';
import type { Office } from './people.ts';

type Row = Record<string, unknown> & { id: string };

interface Shown {
  readonly id: string;
  readonly name: string;
  readonly content: string;
}

const NAMES = ['agenda.txt', 'offer.pdf', 'notes.txt', 'a long name with blanks & signs.docx'];

/**
 * People who attach files to their appointments, replace and remove them while everything fails. Every content is unique, so that each can be told apart for
 * ever. Judged by what the two systems show: the same names and contents on both, no content in two documents.
 */
export class Filing {
  private readonly office: () => Office;
  /** Taken away and attached again: what was made of it before may still be there, without a link. */
  readonly again = new Set<string>();
  /** Contents that somebody took from an appointment, for good or to put others in their place. */
  readonly touched = new Set<string>();

  constructor(office: () => Office) {
    this.office = office;
  }

  async act(employee: Employee, dice: () => number): Promise<void> {
    const { world, say, next } = this.office();
    const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(dice() * from.length)];
    const event = pick(eventsOf(world, employee));
    if (event === undefined) return;
    const outlook = world.outlook(employee);
    const there = attachedTo(world, employee, event.id);
    const what = dice();
    // A large one no person sends by hand.
    const one = pick(there.filter(({ content }) => content.length < 1_000_000));
    const name = pick(NAMES) ?? 'agenda.txt';
    if (one === undefined || what < 0.5) {
      say(`${employee.mail} attaches ${name} to ${String(event['subject'])}`);
      await outlook.attach(event.id, name, `Content ${next()}`);
      if (dice() < 0.2) await outlook.attach(event.id, name, `Content ${next()}`);
    } else if (what < 0.75) {
      say(`${employee.mail} replaces ${one.name} of ${String(event['subject'])}`);
      this.touched.add(one.content);
      await outlook.detach(event.id, one.id);
      // Now and then it was only opened and saved.
      const saved = dice() < 0.2;
      if (saved) this.again.add(one.content);
      await outlook.attach(event.id, one.name, saved ? one.content : `Content ${next()}`);
    } else {
      say(`${employee.mail} removes ${one.name} from ${String(event['subject'])}`);
      this.touched.add(one.content);
      await outlook.detach(event.id, one.id);
    }
  }

  /** What is wrong when all has healed. */
  differences(present: readonly Employee[]): string[] {
    const { world, ledger, secrets, meetings } = this.office();
    const problems: string[] = [];
    for (const employee of present) {
      for (const event of eventsOf(world, employee)) {
        const item = ledger.rootOf(String(event['subject']));
        const records = world.crmUser(employee).activities().filter(({ values }) => values['FreeC2'] !== 'published' && ledger.rootOf(values['Subject'] ?? '') === item);
        const [record, ...more] = records;
        // What was given away is made anew in its new owner's calendar, and documents go that way no more.
        if (world.employees.some((one) => (meetings?.timesGiven(one, item) ?? 0) > 0)) continue;
        if (record === undefined || more.length > 0 || secrets?.isHidden(event) === true) continue;
        const [inOutlook, inCrm] = [attachedTo(world, employee, event.id), linkedTo(world, record.id)].map((files) => files.filter(({ content }) => !content.startsWith(FROM_CRM)).map(({ name, content }) => `${name}: ${content}`).sort());
        if (JSON.stringify(inOutlook) !== JSON.stringify(inCrm)) problems.push(`${employee.mail}: files of ${item} differ: Outlook has ${JSON.stringify(inOutlook)}, the CRM ${JSON.stringify(inCrm)}`);
      }
      for (const record of world.crmUser(employee).activities().filter(({ values }) => secrets?.isMask(values) === true)) {
        if (linkedTo(world, record.id).some(({ content }) => !content.startsWith(FROM_CRM))) problems.push(`${employee.mail}: a masked record shows its files`);
      }
    }
    // Where its organizer left the list, each colleague's copy is published with documents of its own.
    const published = new Set(world.crm.records('Contact').filter(({ values }) => values['FreeC2'] === 'published').map(({ id }) => id));
    const ofCopies = new Set(world.crm.records('DocumentLink').filter(({ values }) => published.has(values['ParentId'] ?? '')).map(({ values }) => values['DocumentId']));
    const contents = world.crm.records('Document').flatMap(({ id, deleted, values }) => (deleted || ofCopies.has(id) ? [] : [Buffer.from(values['Content'] ?? '', 'base64').toString()])).filter((content) => content !== '' && !this.again.has(content));
    const twice = contents.filter((content, index) => contents.indexOf(content) !== index);
    if (twice.length > 0) problems.push(`made twice as documents: ${twice.join(', ')}`);
    return problems;
  }
}

function eventsOf(world: World, employee: Employee): Row[] {
  return world.outlook(employee).events().filter((event) => event['isOrganizer'] !== false && event['type'] === 'singleInstance' && !isRecurring(event['subject']));
}

function attachedTo(world: World, employee: Employee, eventId: string): Shown[] {
  return world.graph.attachments(employee.id, eventId).map(({ id, name, bytes }) => ({ id, name, content: Buffer.from(bytes).toString() }));
}

function linkedTo(world: World, recordId: string): Shown[] {
  const documents = world.crm.records('Document');
  return world.crm
    .records('DocumentLink')
    .filter(({ deleted, values }) => !deleted && values['ParentInfoArea'] === 'MA' && values['ParentId'] === recordId)
    .flatMap((link) => documents.filter(({ id, deleted }) => !deleted && id === link.values['DocumentId']))
    .map(({ id, values }) => ({ id, name: values['FileName'] ?? '', content: Buffer.from(values['Content'] ?? '', 'base64').toString() }));
}
