import { nameOf } from './account.ts';
import { wallAt } from '../graph/zones.ts';
import { DEMO_ZONE } from './people.ts';
import type { DemoTenant } from './seeding.ts';
import { addDays, workingDayFrom } from './working-days.ts';

export interface Addresses {
  readonly graph: string;
  readonly crm: string;
  readonly host: string;
  readonly functionKey: string;
  /** Path of its file. */
  readonly hostLog: string;
}

/** The pages that lead from here to mailboxes and a CRM that somebody needs. */
const READ_ON = [
  'Where to go next',
  '  docs/deployment.md   how it gets into Azure',
  '  docs/onboarding.md   how a tenant lets it in',
  '  docs/migration.md    from connector SE for Exchange to here',
];

/** Where everything listens, two changes that a newcomer may paste into another terminal, and what to read then. */
export function nextSteps({ employees }: DemoTenant, { graph, crm, host, functionKey, hostLog }: Addresses, now: number): string[] {
  const [first] = employees;
  if (first === undefined) return [];
  const { employee, repId } = first;
  const day = workingDayFrom(addDays(wallAt(now, DEMO_ZONE).slice(0, 10), 1));
  const at = (time: string): string => `{"dateTime":"${day}T${time}:00","timeZone":"${DEMO_ZONE}"}`;
  return [
    `Graph simulator  ${graph} (what it saw: /_sim/state)`,
    `CRM simulator    ${crm} (what it saw: /_sim/state)`,
    `Functions host   ${host} (health: /api/health)`,
    `Function key     ${functionKey}`,
    `Log of the host  ${hostLog}`,
    '',
    `Try this: an appointment that ${nameOf(employee)} makes in Outlook`,
    `  curl '${graph}/v1.0/users/${employee.mail}/events' \\`,
    `    -H 'authorization: Bearer person:${employee.id}' \\`,
    "    -H 'content-type: application/json' \\",
    `    -d '{"subject":"Lunch with the new colleague",`,
    `      "start":${at('12:00')},`,
    `      "end":${at('12:45')}}'`,
    'and a visit that she plans in the CRM',
    `  curl '${crm}/_sim/records/Contact' \\`,
    `    -d '{"by":"${employee.login}","values":{"Contact":1,"RepId":${repId},`,
    '      "Subject":"Visit at short notice","ShowAs":2,"Priority":1,',
    `      "Date":"${day}","Time":"17:30",`,
    `      "EndDate":"${day}","EndTime":"18:00",`,
    `      "PeGrp":${first.person.statNo},"PeNo":${first.person.seqNo}}}'`,
    '',
    ...READ_ON,
  ];
}
