import type { Employee, World } from '../world/world.ts';
import type { Filing } from './filing.ts';
import type { Office } from './people.ts';
import { isRecurring } from './recurring-subjects.ts';
import type { Companion } from './sorts.ts';

/** Begins every content that is born in the CRM: whoever meets it in Outlook knows where it came from. */
export const FROM_CRM = 'Document ';

/**
 * People who link documents to their activities in the CRM, store new versions and take them off, beside those who attach files in Outlook, with the rule that
 * shows documents there. Every content is unique. Judged by what the two systems show: no document is attached twice, none that was taken off is left, and
 * what nobody touched in Outlook shows its last version where nobody else was ever invited.
 */
export class Documenting implements Companion {
  private readonly office: () => Office;
  private readonly filing: Filing;
  /** Every content that a document ever had, by its id. */
  private readonly versions = new Map<string, string[]>();

  constructor(office: () => Office, filing: Filing) {
    this.office = office;
    this.filing = filing;
    const { rules } = office().world;
    rules['appointments'] = { ...(rules['appointments'] as object | undefined), attachments: { toOutlook: { enabled: true } } };
  }

  step(dice: () => number): void {
    if (dice() >= 0.3) return;
    const { world, say, next } = this.office();
    const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(dice() * from.length)];
    const employee = pick(world.employees);
    const record = employee === undefined ? undefined : pick(recordsOf(world, employee));
    if (employee === undefined || record === undefined) return;
    const user = world.crmUser(employee);
    const there = linkedTo(world, record.id);
    const one = pick(there);
    const what = dice();
    const content = `${FROM_CRM}${next()}`;
    if (one === undefined || what < 0.5) {
      say(`${employee.mail} links a document to ${record.values['Subject'] ?? ''}`);
      this.versions.set(user.file(record.id, pick(['offer.pdf', 'contract.docx']) ?? 'offer.pdf', content), [content]);
    } else if (what < 0.75) {
      say(`${employee.mail} stores a new version of ${one.name} of ${record.values['Subject'] ?? ''}`);
      user.refile(one.id, content);
      this.versions.get(one.id)?.push(content);
    } else if (what < 0.9) {
      say(`${employee.mail} takes ${one.name} off ${record.values['Subject'] ?? ''}`);
      user.unlink(record.id, one.id);
    } else {
      say(`${employee.mail} deletes ${one.name} of ${record.values['Subject'] ?? ''}`);
      user.removeDocument(one.id);
    }
  }

  heal(): void {
    // Nothing of it is a fault.
  }

  async judge(): Promise<readonly string[]> {
    const { world, ledger, secrets, meetings } = this.office();
    const problems: string[] = [];
    for (const employee of world.employees) {
      const adopted = new Set((await world.journal(employee)).filter(({ action }) => action === 'adopted').map(({ crm }) => crm));
      const events = world.outlook(employee).events().filter((event) => event['isOrganizer'] !== false && event['type'] === 'singleInstance' && !isRecurring(event['subject']));
      for (const event of events) {
        const item = ledger.rootOf(String(event['subject']));
        const records = recordsOf(world, employee).filter(({ values }) => ledger.rootOf(values['Subject'] ?? '') === item);
        const [record, ...more] = records;
        const attached = world.graph.attachments(employee.id, event.id).map(({ bytes }) => Buffer.from(bytes).toString()).filter((content) => content.startsWith(FROM_CRM) && !this.filing.touched.has(content));
        if (new Set(attached).size !== attached.length) problems.push(`${employee.mail}: a document is attached twice to ${item}: ${attached.join(', ')}`);
        // Where others are, or were, invited, documents rest in the CRM.
        const alone = meetings === null && ((event['attendees'] ?? []) as unknown[]).length === 0;
        if (record === undefined || more.length > 0 || !alone || secrets?.isHidden(event) === true || adopted.has(record.id)) continue;
        const expected = linkedTo(world, record.id).filter(({ id }) => this.versions.get(id)?.some((content) => this.filing.touched.has(content)) === false).map(({ content }) => content);
        if (JSON.stringify([...expected].sort()) !== JSON.stringify([...attached].sort())) problems.push(`${employee.mail}: documents of ${item} differ: the CRM has ${expected.join(', ')}, Outlook ${attached.join(', ')}`);
      }
    }
    return problems;
  }
}

function recordsOf(world: World, employee: Employee): { id: string; values: Record<string, string> }[] {
  return world.crmUser(employee).activities().filter(({ values }) => values['FreeC2'] !== 'published' && !isRecurring(values['Subject']) && (values['MainSeqNo'] ?? '') === '');
}

function linkedTo(world: World, recordId: string): { id: string; name: string; content: string }[] {
  const documents = new Map(world.crm.records('Document').filter(({ deleted, values }) => !deleted && values['ExtSystem'] !== 'M365').map((document) => [document.id, document]));
  const links = world.crm.records('DocumentLink').filter(({ deleted, values }) => !deleted && values['ParentInfoArea'] === 'MA' && values['ParentId'] === recordId);
  return links.flatMap(({ values }) => documents.get(values['DocumentId'] ?? '') ?? []).map(({ id, values }) => ({ id, name: values['FileName'] ?? '', content: Buffer.from(values['Content'] ?? '', 'base64').toString() }));
}
