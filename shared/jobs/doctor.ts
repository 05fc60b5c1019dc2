import { CONTAINERS, QUEUES, TABLES } from '../config/names.ts';
import type { TenantRules } from '../config/rules.ts';
import type { PortFailure } from '../sync/failures.ts';
import type { Clock, Storage } from '../sync/ports.ts';
import { examineCrm } from './doctor-crm.ts';
import { eachAlone, inOrder, notMade, ok, warning, worst, wrong, type Finding, type FindingState, type Step } from './doctor-findings.ts';
import { examineGraph } from './doctor-graph.ts';
import { settingsStep, workSteps } from './doctor-work.ts';
import type { ExaminedPorts, Tenants } from './ports.ts';

/** Each is opened at its own check, so that one wrong setting does not hide the others. */
export interface DoctorServices {
  readonly clock: Clock;
  readonly storage: () => Storage;
  readonly tenants: () => Tenants;
  readonly ports: ExaminedPorts;
  readonly webhookSecret: () => string;
  readonly publicBaseUrl: () => string;
}

export interface DoctorReport {
  /** The worst of the findings; 'unknown' = there is no such tenant. */
  readonly state: FindingState | 'unknown';
  readonly findings: readonly Finding[];
}

/**
 * Looks at one tenant as a whole, when an admin asks: settings, rules, storage, both sides, the state of the work. It reads only; what it writes is
 * the lease of the CRM's master user. A tenant that is switched off or stopped is examined like any other: that is when it is needed.
 */
export async function doctor(services: DoctorServices, tenantId: string): Promise<DoctorReport> {
  const known: { rules: TenantRules | null; unknown: boolean } = { rules: null, unknown: false };
  const rulesStep: Step = {
    checks: ['rules'],
    async make() {
      const tenants = services.tenants();
      known.unknown = !(await tenants.list()).includes(tenantId);
      if (known.unknown) return [];
      known.rules = await tenants.rules(tenantId);
      const mistake = tenants.mistake(tenantId);
      if (mistake !== null) return [wrong('rules', `${mistake} The last good ones stay in force.`)];
      return [known.rules.enabled ? ok('rules', 'The rules of this tenant can be used.') : warning('rules', 'The rules of this tenant can be used, but switch it off: set "enabled" to true when it may work.')];
    },
  };
  const first = await eachAlone([rulesStep, ...settingSteps(services)]);
  if (known.unknown) return { state: 'unknown', findings: [] };
  const storage = await inOrder([storageStep(services, tenantId)]);
  const rest = await theRest(services, known.rules, storage.failure, tenantId);
  const findings = [...first, ...storage.findings, ...rest];
  return { state: worst(findings), findings };
}

function settingSteps({ webhookSecret, publicBaseUrl }: DoctorServices): Step[] {
  return [
    {
      checks: ['settings.webhookSecret'],
      async make() {
        webhookSecret();
        return [ok('settings.webhookSecret', 'WEBHOOK_SECRET is there and long enough.')];
      },
    },
    {
      checks: ['settings.publicBaseUrl'],
      async make() {
        publicBaseUrl();
        return [ok('settings.publicBaseUrl', 'PUBLIC_BASE_URL is an address that Graph takes; whether Graph reaches it shows when a subscription is made.')];
      },
    },
  ];
}

/** One question to each of its three services. */
function storageStep({ storage }: DoctorServices, tenantId: string): Step {
  return {
    checks: ['storage'],
    async make() {
      const { tables, queues, blobs } = storage();
      await tables.get(TABLES.directory, tenantId, 'tenant');
      const waiting = await queues.length(QUEUES.mailboxPasses);
      await blobs.get(CONTAINERS.conflicts, 'doctor');
      return [ok('storage', `Tables, queues and blobs answer; about ${waiting} messages wait for passes.`)];
    },
  };
}

async function theRest(services: DoctorServices, rules: TenantRules | null, storageFailure: PortFailure | null, tenantId: string): Promise<readonly Finding[]> {
  if (storageFailure !== null) return notMade(['graph', 'crm', 'work'], 'storage must be mended first');
  const storage = services.storage();
  const settings = rules?.users.syncSettings.enabled === true ? [settingsStep(storage, tenantId)] : [];
  const work = (await inOrder([...workSteps(storage, tenantId), ...settings])).findings;
  if (rules === null) return [...notMade(['graph', 'crm'], 'rules must be mended first'), ...work];
  return [...(await examineGraph({ ...services, storage }, rules)), ...(await examineCrm({ ...services, tables: storage.tables }, rules)), ...work];
}
