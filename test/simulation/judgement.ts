import { withProperties } from '../world/additional-fields.ts';
import { shownInCrm, shownInOutlook, type Shown } from '../world/judge.ts';
import type { Employee, World } from '../world/world.ts';
import type { Violation } from '../../local/graph/traffic.ts';
import type { Ledger } from './ledger.ts';
import type { Secrets } from './privacy.ts';
import { isRecurring } from './recurring-subjects.ts';

export interface Circumstances {
  /** Deletion was switched off by an admin at some time. */
  readonly deletionEverOff: boolean;
  /** Graph keeps no trace of a deleted event's transaction id (it is not known whether it does). */
  readonly graphForgets: boolean;
  /** How often an item was given to an employee. */
  readonly timesGiven: (employee: Employee, item: string) => number;
  /** Given to somebody while he, or whoever had it, was not on the list: it moves within a day of his return. */
  readonly waits?: (item: string, employee: Employee) => boolean;
  /** What stands with reps and in mailboxes of which no employee is one's any more. */
  readonly besides?: readonly Shown[];
  /** Employees who are on the list at the end. */
  readonly present: readonly Employee[];
  /** In histories whose people keep things private: what is hidden has a judge of its own. */
  readonly secrets: Secrets | null;
}

/** What must never break, judged from the two systems' own stores and the judge's own history alone (docs/architecture, invariants). */
export async function judge(world: World, ledger: Ledger, circumstances: Circumstances): Promise<string[]> {
  const problems: string[] = [];
  const everything: Shown[] = [...(circumstances.besides ?? [])];
  for (const employee of world.employees) {
    // Copies of other people's meetings are theirs, and what is published of them has a judge of its own.
    const outlook = world.outlook(employee).events().filter((event) => event['isOrganizer'] !== false && !isRecurring(event['subject']) && circumstances.secrets?.isHidden(event) !== true).map(shownInOutlook);
    const crm = world.crmUser(employee).activities().filter(({ values }) => values['FreeC2'] !== 'published' && !isRecurring(values['Subject']) && circumstances.secrets?.isMask(values) !== true).map((activity) => shownInCrm(activity));
    // What lies in another calendar is out of scope as long as it lies there: alive, and not in step.
    const elsewhere = world.graph.events(employee.id).filter(({ place, isInDefaultCalendar }) => place === 'calendar' && !isInDefaultCalendar).map((event) => shownInOutlook(withProperties(event)));
    const away = new Set(elsewhere.map((shown) => ledger.rootOf(shown.subject)));
    everything.push(...outlook, ...elsewhere, ...crm, ...world.outlook(employee).events().filter((event) => circumstances.secrets?.isHidden(event) === true).map(shownInOutlook));
    problems.push(...twins(world, employee, ledger, circumstances));
    if (circumstances.present.includes(employee)) problems.push(...notInStep(world, employee, outlook, crm.filter((shown) => !away.has(ledger.rootOf(shown.subject))), ledger, circumstances));
  }
  const alive = new Set(everything.map((shown) => ledger.rootOf(shown.subject)));
  for (const item of ledger.items()) if (!alive.has(item) && !ledger.wasDeleted(item)) problems.push(`deleted by nobody: ${item} is gone from both sides`);
  for (const { side, item } of ledger.mustSurvive()) if (!alive.has(item)) problems.push(`a deletion beat an edit: ${item} was edited in ${side === 'graph' ? 'Outlook' : 'the CRM'} after it had been deleted on the other side, and is gone`);
  const kept = JSON.stringify((await world.conflicts()).map(({ value }) => (typeof value === 'number' ? `T-${value}` : value)));
  for (const value of ledger.lost(everything, kept)) problems.push(`a lost edit: ${value} is nowhere, was not overruled, and its item was not deleted`);
  return problems;
}

/** What must hold at every moment. */
export function standing(world: World, excused?: Excused): string[] {
  const { mails } = world.graph.state();
  return [...(mails.length > 0 ? [`${mails.length} mails were sent`] : []), ...limits(world, excused)];
}

/** A limit that was broken, and nobody could know it. */
type Excused = (violation: { readonly at: number; readonly user?: string | undefined }) => boolean;

/** Limits of the two systems that were broken. */
export function limits(world: World, excused: Excused = () => false): string[] {
  const problems: string[] = [];
  const violations = world.violations().filter((violation) => !unknowable(violation as Violation) && !excused(violation as Violation & { readonly user?: string }));
  if (violations.length > 0) problems.push(`limits broken: ${JSON.stringify(violations).slice(0, 500)}`);
  return problems;
}

/** Two jobs of a tenant on two machines at the same moment: what one was just told, the other cannot know yet. A mailbox is one pass's alone. */
function unknowable({ kind, mailbox, at, toldAt }: Violation): boolean {
  // Nor what leaves in the very millisecond in which a neighbour's answer comes in.
  return kind === 'retryAfterIgnored' && toldAt !== undefined && (at === toldAt || (mailbox === '' && at - toldAt < 500));
}

/** Both sides hold the same for every item, but for what a person deleted here while another edited it there. */
function notInStep(world: World, employee: Employee, outlook: readonly Shown[], crm: readonly Shown[], ledger: Ledger, { deletionEverOff: everOff, timesGiven, waits }: Circumstances): string[] {
  const [onlyOutlook, onlyCrm] = differences(outlook, crm);
  const sameItem = new Set(onlyOutlook.map((shown) => ledger.rootOf(shown.subject)));
  const problems: string[] = [];
  for (const shown of onlyCrm) {
    const item = ledger.rootOf(shown.subject);
    if (sameItem.has(item)) problems.push(`${employee.mail}: ${item} differs: the CRM shows ${JSON.stringify(shown)}, Outlook ${JSON.stringify(onlyOutlook.find((one) => ledger.rootOf(one.subject) === item))}`);
    else if (waits?.(item, employee) !== true && !ledger.maySurviveOn('crm', item, everOff)) problems.push(`${employee.mail}: only in the CRM: ${JSON.stringify(shown)}`);
  }
  const inCrm = new Set(onlyCrm.map((shown) => ledger.rootOf(shown.subject)));
  for (const shown of onlyOutlook) {
    const item = ledger.rootOf(shown.subject);
    // Without deletion nothing leaves a calendar, not even what was given to somebody else.
    const leftBehind = everOff && world.employees.some((other) => other !== employee && timesGiven(other, item) > 0);
    if (!inCrm.has(item) && !leftBehind && waits?.(item, employee) !== true && !ledger.maySurviveOn('graph', item, everOff)) problems.push(`${employee.mail}: only in Outlook: ${JSON.stringify(shown)}`);
  }
  return problems;
}

/**
 * One record and one event for every item, deleted ones counted: nothing is ever made a second time. The one exception (docs/architecture 5): a person
 * deleted the event of a create whose answer was lost, before it was resolved, and Graph kept no trace of it.
 */
function twins(world: World, employee: Employee, ledger: Ledger, { graphForgets, timesGiven, secrets }: Circumstances): string[] {
  const inOutlook = world.graph.events(employee.id).filter(({ row }) => row['isOrganizer'] !== false && !isRecurring(row['subject'])).map(({ row }) => String(row['subject']));
  const inCrm = world.crmUser(employee).all().filter(({ values }) => values['FreeC2'] !== 'published' && !isRecurring(values['Subject']) && secrets?.isMask(values) !== true).map(({ values }) => values['Subject'] ?? '');
  return [['Outlook', inOutlook] as const, ['the CRM', inCrm] as const].flatMap(([where, subjects]) => {
    const items = subjects.map((subject) => ledger.rootOf(subject));
    const allowed = (item: string): number => (where === 'Outlook' ? timesGiven(employee, item) + (graphForgets && ledger.deletedOn('graph', item) ? 2 : 1) : 1);
    return [...new Set(items.filter((item) => items.filter((other) => other === item).length > allowed(item)))].map((item) => `${employee.mail}: ${item} was made twice in ${where}`);
  });
}

/** What each side shows alone. */
export function differences(outlook: readonly Shown[], crm: readonly Shown[]): [Shown[], Shown[]] {
  const left = crm.map((shown) => ({ shown, text: JSON.stringify(shown) }));
  const onlyOutlook = outlook.filter((shown) => {
    const at = left.findIndex(({ text }) => text === JSON.stringify(shown));
    if (at === -1) return true;
    left.splice(at, 1);
    return false;
  });
  return [onlyOutlook, left.map(({ shown }) => shown)];
}
