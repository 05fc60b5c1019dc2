import { adminJobs } from '../../functions/admin-jobs.ts';
import { isJudged } from '../../shared/crm/restored.ts';
import type { Snapshot } from '../../local/crm/store.ts';
import type { Fleet } from '../world/fleet.ts';
import { limits } from './judgement.ts';
import type { Office } from './people.ts';
import { Nth } from '../world/instance.ts';
import { Hand } from './people.ts';
import type { Companion } from './sorts.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A poll that died keeps the others out until its lease is over and its request must have ended. */
const DEAD_JOB_MS = 15 * MINUTE_MS;
/** What was in flight when the tenant was stopped has ended, and every worker has read it. */
const STOPPED_EVERYWHERE_MS = 6 * MINUTE_MS;

/**
 * When all has been judged, the CRM is restored from a backup of some hours ago, while people go on working in Outlook and machines die: the tenant must
 * stop, nothing may be deleted in Outlook for it, and nothing when an admin lets it go on with the CRM as it is.
 */
export class Restored implements Companion {
  private readonly office: Office;
  private readonly fleet: Fleet;
  private readonly pass: (ms: number) => Promise<void>;
  private readonly random: () => number;
  private backup: Snapshot | null = null;
  private backupAfter: number;

  constructor(office: Office, fleet: Fleet, pass: (ms: number) => Promise<void>, random: () => number) {
    this.office = office;
    this.fleet = fleet;
    this.pass = pass;
    this.random = random;
    this.backupAfter = Math.floor(random() * 40);
  }

  step(): void {
    this.backupAfter -= 1;
    if (this.backupAfter < 0) this.takeBackup();
  }

  heal(): void {
    this.takeBackup();
  }

  async judge(): Promise<readonly string[]> {
    const { office, fleet, random } = this;
    const { world, say } = office;
    // In the night of the hour that occurs twice nothing is judged: people go to bed.
    while (!isJudged(world.clock.now(), world.zone)) await this.pass(HOUR_MS);
    for (const employee of world.employees) {
      const hand = new Hand(office, employee, random);
      hand.createInCrm();
      await hand.createInOutlook();
    }
    await this.pass(15 * MINUTE_MS);
    const problems: string[] = [];
    const before = this.inOutlook();
    const dies = random() < 0.5;
    if (dies) fleet.anyone().instance.doom(new Nth(1 + Math.floor(random() * 30), /./), random() < 0.5 ? 'before' : 'after');
    if (this.backup === null) return ['the harness took no backup'];
    say('the CRM is restored from a backup');
    world.crm.restore(this.backup);
    // The list of users is as old as the rest: whoever left it since is back on it.
    world.allowed.push(...world.employees.map(({ id }) => id).filter((id) => !world.allowed.includes(id)));
    for (const employee of world.employees) if (random() < 0.5) await new Hand(office, employee, random).createInOutlook();
    for (let waited = 0; dies && waited < DEAD_JOB_MS && !this.isStopped(); waited += MINUTE_MS) await this.pass(MINUTE_MS);
    await this.pass(STOPPED_EVERYWHERE_MS);
    if (!this.isStopped()) problems.push('the CRM was restored from a backup, and the tenant did not stop');
    const asked = JSON.stringify(world.requests());
    await this.pass(30 * MINUTE_MS);
    if (JSON.stringify(world.requests()) !== asked) problems.push(`asked of a stopped tenant's systems: ${asked} ${JSON.stringify(world.requests())}`);
    problems.push(...this.missing(before, 'while it was stopped'));
    say('an admin lets the tenant go on with the CRM as it is');
    const resumed = world.call(adminJobs, new Request(`http://localhost:7071/api/admin/jobs/resume?tenantId=${world.tenantId}`, { method: 'POST' }), { job: 'resume' }, fleet.anyone().appOf);
    await this.pass(MINUTE_MS);
    await resumed;
    fleet.runJob('reconcile');
    await this.pass(2 * HOUR_MS);
    problems.push(...this.missing(before, 'after an admin had let it go on'), ...limits(world));
    return problems;
  }

  private isStopped(): boolean {
    return this.office.world.events.some(({ evt, cause }) => evt === 'tenant.stopped' && cause === 'restored');
  }

  private takeBackup(): void {
    this.backup ??= this.office.world.crm.snapshot();
  }

  private inOutlook(): string[] {
    const { world } = this.office;
    return world.employees.flatMap((employee) => world.outlook(employee).events().map(({ id }) => id));
  }

  private missing(before: readonly string[], when: string): string[] {
    const now = new Set(this.inOutlook());
    const gone = before.filter((id) => !now.has(id)).length;
    return gone === 0 ? [] : [`${gone} events were deleted in Outlook ${when}, because the CRM had been restored`];
  }
}
