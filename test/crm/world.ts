import { crmSeeder, type CrmSeeder, type SeededRep } from '../../local/crm/seed.ts';
import { createCrmSimulator, type CrmSimulator, type CrmSimulatorOptions } from '../../local/crm/simulator.ts';
import { parseTenantRules, type TenantRules } from '../../shared/config/rules.ts';
import { crmMailbox, crmTenant, examinedCrm } from '../../shared/crm/open.ts';
import type { AppointmentContent } from '../../shared/model/appointment.ts';
import type { KnownBuilds } from '../../shared/crm/builds.ts';
import type { CrmAppointments } from '../../shared/crm/appointments.ts';
import type { CrmExamination, CrmTenant } from '../../shared/jobs/ports.ts';
import type { Gate, MailboxRef, SideItem, Reading } from '../../shared/sync/ports.ts';
import { VirtualClock } from './virtual-clock.ts';

const TENANT = '00000000-0000-4000-8000-000000000001';
export const PASSWORD = 'correct-horse-battery';

export function rulesWith(crm: Record<string, unknown> = {}, appointments: Record<string, unknown> = {}): TenantRules {
  const parsed = parseTenantRules({
    tenantId: TENANT,
    crm: { url: 'http://localhost/interface/request', user: 'SYNC', passwordSetting: 'CRM_PASSWORD', timeZone: 'Europe/Berlin', ...crm },
    appointments,
  });
  if ('mistakes' in parsed) throw new Error(parsed.mistakes.join('; '));
  return parsed.rules;
}

export interface World {
  readonly clock: VirtualClock;
  readonly simulator: CrmSimulator;
  readonly seeder: CrmSeeder;
  readonly jane: SeededRep;
  readonly john: SeededRep;
  readonly rules: TenantRules;
  /** Bodies of the requests in order. */
  readonly requests: string[];
  readonly gate: { calls: number; enter: Gate['enter'] };
  mailbox(rep?: SeededRep): MailboxRef;
  side(rep?: SeededRep): CrmAppointments;
  tenant(): CrmTenant;
  examination(): CrmExamination;
}

export function world(
  options: { start?: string; crm?: Record<string, unknown>; appointments?: Record<string, unknown>; simulator?: Partial<CrmSimulatorOptions>; aliases?: [string, number][]; builds?: KnownBuilds } = {},
): World {
  const clock = new VirtualClock(options.start ?? '2026-11-02T08:00:00Z');
  const simulator = createCrmSimulator({
    clock,
    random: () => 0.5,
    timeZone: 'Europe/Berlin',
    logins: [{ user: 'SYNC', password: PASSWORD, master: true }],
    ...options.simulator,
  });
  const seeder = crmSeeder(simulator, 'SYNC');
  const house = seeder.company({ Company: 'Example House' });
  const jane = seeder.rep({ user: 'JANE', firstName: 'Jane', lastName: 'Doe', email: 'jane.doe@example.com' }, house);
  const john = seeder.rep({ user: 'JOHN', firstName: 'John', lastName: 'Roe', email: 'john.roe@example.com' }, house);
  const rules = rulesWith(options.crm, options.appointments);
  const requests: string[] = [];
  const gate = {
    calls: 0,
    enter() {
      this.calls += 1;
      return Promise.resolve();
    },
  };
  const fetch = async (request: Request): Promise<Response> => {
    requests.push(await request.clone().text());
    return simulator.fetch(request);
  };
  const secrets = { password: PASSWORD };
  const emails: Record<number, string> = { [jane.repId]: 'jane.doe@example.com', [john.repId]: 'john.roe@example.com' };
  const mailbox = (rep = jane): MailboxRef => {
    const email = emails[rep.repId] ?? '';
    return { tenantId: TENANT, mailboxId: '00000000-0000-4000-8000-00000000000a', addresses: [email], rep: rep.repId, repEmail: email };
  };
  return {
    clock,
    simulator,
    seeder,
    jane,
    john,
    rules,
    requests,
    gate,
    mailbox,
    side: (rep = jane) => crmMailbox({ rules, secrets, fetch, clock, gate, mailbox: mailbox(rep), aliases: async () => new Map(options.aliases), ...(options.builds === undefined ? {} : { builds: options.builds }) }).appointment,
    tenant: () => crmTenant({ rules, secrets, fetch, clock }),
    examination: () => examinedCrm({ rules, secrets, fetch, clock }),
  };
}

export const CONTENT: AppointmentContent = {
  time: { allDay: false, start: '2026-11-23T09:00:00Z', end: '2026-11-23T10:00:00Z' },
  subject: 'Quarterly review',
  place: 'Room 7',
  body: 'First line\nSecond <line> & more',
  showAs: 'busy',
  reminder: 15,
  priority: 'normal',
  categories: ['Blue', 'Green'],
  participants: {},
  answers: {},
  privacy: 'normal',
};

/** The same as the CRM shows it. */
export const HELD = { ...CONTENT, missing: 'unmarked' };

export const PAIR = 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334';

export function itemOf(reading: Reading | undefined): SideItem {
  if (reading?.state !== 'present') throw new Error(`Expected an item and found ${JSON.stringify(reading)}.`);
  return reading.item;
}
