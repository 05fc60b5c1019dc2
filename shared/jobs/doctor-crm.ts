import type { TenantRules } from '../config/rules.ts';
import type { Clock, Tables } from '../sync/ports.ts';
import { inOrder, notMade, ok, warning, wrong, type Examined, type Finding, type Step } from './doctor-findings.ts';
import { fieldFindings, markerFindings } from './doctor-schema.ts';
import { withCrmMaster } from './job-lease.ts';
import type { CrmExamination, ExaminedPorts } from './ports.ts';

/** Below it nothing can be told: the CRM's answers give whole seconds, and some time passes on their way. */
const NOTICEABLE_MS = 5_000;

interface CrmExaminer {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly ports: Pick<ExaminedPorts, 'crm'>;
}

/** Whether the CRM lets us in and is as the rules and the dialect take it to be: four requests that read, under the master user's lease. */
export async function examineCrm({ tables, clock, ports }: CrmExaminer, rules: TenantRules): Promise<readonly Finding[]> {
  const opened: { crm: CrmExamination | null } = { crm: null };
  const settings: Step = {
    checks: ['crm.settings'],
    async make() {
      opened.crm = ports.crm(rules);
      return [ok('crm.settings', 'The application settings that the rules of the CRM name are there, and crm.profile can be used.')];
    },
  };
  const { findings } = await inOrder([settings]);
  if (opened.crm === null) return [...findings, ...notMade(CHECKS, 'crm.settings must be mended first')];
  const steps = stepsOf(opened.crm, rules);
  const examined = await inOrder([{ checks: CHECKS, make: () => asMaster(tables, clock, rules, steps) }]);
  return [...findings, ...examined.findings];
}

const LOGIN = ['crm.login', 'crm.clock'] as const;
const SCHEMA = ['crm.build', 'crm.fields', 'crm.markers'] as const;
const CONDITIONS = ['crm.conditions'] as const;
const DELETED = ['crm.deletedFlag'] as const;
const CHECKS = [...LOGIN, ...SCHEMA, ...CONDITIONS, ...DELETED] as const;

function stepsOf(crm: CrmExamination, rules: TenantRules): Step[] {
  return [
    { checks: LOGIN, make: () => loginFindings(crm, rules) },
    { checks: SCHEMA, make: () => schemaFindings(crm) },
    { checks: CONDITIONS, make: () => conditionFindings(crm) },
    { checks: DELETED, make: () => deletedFindings(crm, rules) },
  ];
}

/** What ends the examination also tells the lease until when the CRM must be left alone. */
async function asMaster(tables: Tables, clock: Clock, { tenantId, crm }: TenantRules, steps: readonly Step[]): Promise<readonly Finding[]> {
  const seen: { examined: Examined | null } = { examined: null };
  try {
    const findings = await withCrmMaster(tables, clock, tenantId, crm.maxRunSeconds * 1_000, async () => {
      seen.examined = await inOrder(steps);
      if (seen.examined.failure !== null) throw seen.examined.failure;
      return seen.examined.findings;
    });
    return findings === 'busy' ? notMade(CHECKS, 'another job works as crm.user at this moment, or an earlier request of it failed a moment ago; ask again in some minutes') : findings;
  } catch (failure) {
    if (seen.examined === null || seen.examined.failure !== failure) throw failure;
    return seen.examined.findings;
  }
}

async function loginFindings(crm: CrmExamination, rules: TenantRules): Promise<Finding[]> {
  const { aheadMs } = await crm.signIn();
  return [ok('crm.login', 'The CRM lets crm.user in. Whether he may act for every rep shows in their mailboxes’ passes.'), clockFinding(aheadMs, rules.crm.clockSkewSeconds)];
}

function clockFinding(aheadMs: number | null, skewSeconds: number): Finding {
  const check = 'crm.clock';
  if (aheadMs === null) return warning(check, `The CRM’s answers tell no time: its clock is taken to be at most ${skewSeconds} s off (crm.clockSkewSeconds); let its web server send the header Date.`);
  const off = `The CRM’s clock is ${Math.round(Math.abs(aheadMs) / 1_000)} s ${aheadMs > 0 ? 'ahead' : 'behind'}`;
  if (Math.abs(aheadMs) > skewSeconds * 1_000) return wrong(check, `${off}, more than crm.clockSkewSeconds (${skewSeconds} s) allows: set the clocks.`);
  if (Math.abs(aheadMs) > NOTICEABLE_MS) return warning(check, `${off}: where both sides were edited within that time, the wrong edit may count as the newer one; set the clocks.`);
  return ok(check, 'The CRM’s clock and ours agree.');
}

async function schemaFindings(crm: CrmExamination): Promise<Finding[]> {
  const schema = await crm.schema();
  return [buildFinding(schema), ...fieldFindings(schema.tables), ...markerFindings(schema.markers)];
}

function buildFinding({ build, answersSince, takesAnswers }: { readonly build: string | null; readonly answersSince: string; readonly takesAnswers: boolean }): Finding {
  const check = 'crm.build';
  if (build === null) return warning(check, `The CRM does not tell its build, so participants’ answers are not written to it: they need build ${answersSince} or newer.`);
  if (takesAnswers) return ok(check, `The CRM’s build is ${build}: participants’ answers are written to it (from ${answersSince}).`);
  return warning(check, `The CRM’s build is ${build}: participants’ answers are not written to it before build ${answersSince}; update CRM.interface to have them.`);
}

async function conditionFindings(crm: CrmExamination): Promise<Finding[]> {
  const [check] = CONDITIONS;
  const found = await crm.conditionBlocks();
  if (found === 'ored') return [ok(check, 'Of several condition blocks of a query one is enough, as the connector needs it.')];
  if (found === 'noRecord') return [warning(check, 'crm.user sees no rep at all, so it cannot be told how condition blocks are joined: give it the right to read the rep table.')];
  if (found === 'notOred') return [wrong(check, 'The CRM does not join several condition blocks of a query by OR: polls and pages would pass records over, so set "enabled" to false in the rules until the connector is changed for this CRM.')];
  return [wrong(check, `The CRM does not take a query of the rep table (code ${found.refused}): check the rights of crm.user and crm.profile.rep.`)];
}

async function deletedFindings(crm: CrmExamination, { crm: { deletedFlag } }: TenantRules): Promise<Finding[]> {
  const [check] = DELETED;
  const found = await crm.deletedRecords();
  if (found === 'shown') return [ok(check, `The flag ${deletedFlag} (crm.deletedFlag) shows activities that are marked as deleted.`)];
  if (found === 'unproven') return [ok(check, `The CRM takes the flag ${deletedFlag} (crm.deletedFlag); no activity marked as deleted was among those looked at, so it is not proven that it shows them.`)];
  if ('flag' in found) return [wrong(check, `The flag ${deletedFlag} does not show activities that are marked as deleted, ${found.flag} does: set crm.deletedFlag to ${found.flag}.`)];
  return [wrong(check, `The CRM does not take a query of the activities with the flag ${deletedFlag} (code ${found.refused}): check crm.deletedFlag (64 on old builds), the rights of crm.user and crm.profile.activity.`)];
}
