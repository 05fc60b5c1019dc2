import { leftAloneIn } from './convergence.ts';
import type { DemoEmployee } from './people.ts';
import { wrapped } from './screen.ts';
import type { Shown, Stores } from './stores.ts';

/** What the first synchronization did for one employee, as both stores and the simulators' counters tell it. */
export interface EmployeeAccount {
  readonly employee: DemoEmployee;
  readonly repId: number;
  readonly stores: Stores;
  readonly mails: number;
  readonly graphRequests: number;
  readonly crmRequests: number;
}

export interface TenantAccount {
  readonly seconds: number;
  /** Requests that belong to no mailbox: users, subscriptions. */
  readonly graphRequests: number;
  /** By the master user: reps, the change poll. */
  readonly crmRequests: number;
  /** Limits of Graph or the CRM that were not kept, as the simulators saw it. */
  readonly violations: number;
  readonly bystander: { readonly employee: DemoEmployee; readonly items: number; readonly requests: number };
}

export function accountLines(employees: readonly EmployeeAccount[], tenant: TenantAccount): string[] {
  const mails = employees.reduce((sum, each) => sum + each.mails, 0);
  const { bystander } = tenant;
  const name = nameOf(bystander.employee);
  return [
    `The first synchronization took ${tenant.seconds.toFixed(1)} s.`,
    ...employees.flatMap((each) => ['', ...employeeLines(each)]),
    '',
    `${name} works in both systems too, but his rep record is not enabled for the`,
    `connector: ${plural(bystander.items, 'appointment')} of his left as they are, ${plural(bystander.requests, 'request')} to his mailbox.`,
    '',
    row('Mails sent', `${mails}${mails === 0 ? '' : ' (there must be none)'}`),
    row('Other requests', `${tenant.graphRequests} to Graph (users, subscriptions), ${tenant.crmRequests} to the CRM (reps, poll)`),
    row('Limits broken', `${tenant.violations}${tenant.violations === 0 ? '' : ' (there must be none; see /_sim/state)'}`),
  ];
}

function employeeLines({ employee, repId, stores, mails, graphRequests, crmRequests }: EmployeeAccount): string[] {
  const { outlook, crm } = stores;
  return [
    `${nameOf(employee)} (${employee.mail}, rep ${repId} in the CRM)`,
    row('from Outlook', `${plural(carriedOver(outlook, crm), 'appointment')}; created in the CRM: ${made(crm, outlook)}`),
    row('from the CRM', `${plural(carriedOver(crm, outlook), 'activity')}; created in Outlook: ${made(outlook, crm)}`),
    ...leftAloneLines('left in Outlook', outlook, crm),
    ...leftAloneLines('left in the CRM', crm, outlook),
    row('mails sent', String(mails)),
    row('requests', `${graphRequests} to Graph, ${crmRequests} to the CRM`),
  ];
}

function leftAloneLines(title: string, side: readonly Shown[], other: readonly Shown[]): string[] {
  const reasons = leftAloneIn(side, other);
  const total = reasons.reduce((sum, { count }) => sum + count, 0);
  const words = reasons.map(({ why, count }) => (count === 1 ? why : `${why} (${count})`)).join(', ');
  return wrapped(row(title, ''), total === 0 ? 'nothing' : `${total}: ${words}`);
}

function carriedOver(from: readonly Shown[], to: readonly Shown[]): number {
  const arrived = new Set(to.map(({ key }) => key));
  return from.filter(({ isOriginal, key }) => isOriginal && arrived.has(key)).length;
}

/** A mask of something private says nothing of what it stands for, and is told among what is left. */
function made(side: readonly Shown[], other: readonly Shown[]): number {
  const keys = new Set(other.map(({ key }) => key));
  return side.filter(({ isOriginal, leftAlone, key }) => !isOriginal && (leftAlone === null || keys.has(key))).length;
}

export function nameOf({ firstName, lastName }: DemoEmployee): string {
  return `${firstName} ${lastName}`;
}

function row(title: string, text: string): string {
  return `  ${title.padEnd(18)}${text}`;
}

function plural(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`;
  return `${count} ${noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`}`;
}
