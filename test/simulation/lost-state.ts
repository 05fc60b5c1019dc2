import { memoryStorage } from '../../local/state/memory.ts';
import type { Fleet } from '../world/fleet.ts';
import { shownInCrm, shownInOutlook } from '../world/judge.ts';
import { limits } from './judgement.ts';
import type { Office } from './people.ts';
import type { Companion } from './sorts.ts';

const MINUTE_MS = 60_000;

/**
 * When all has been judged, every table, queue and blob is lost. Each mailbox is synchronized for the first time once more: what stood on both sides is
 * adopted and stays as it is, what stood on one alone may be made on the other, and nothing else happens to either.
 */
export class LostState implements Companion {
  private readonly office: Office;
  private readonly fleet: Fleet;
  private readonly pass: (ms: number) => Promise<void>;

  constructor(office: Office, fleet: Fleet, pass: (ms: number) => Promise<void>) {
    this.office = office;
    this.fleet = fleet;
    this.pass = pass;
  }

  step(): void {
    // What people do is others' part.
  }

  heal(): void {
    // Nor does anything of this fail.
  }

  async judge(): Promise<readonly string[]> {
    const { office, fleet } = this;
    const { world, say } = office;
    const present = world.employees.filter(({ id }) => world.allowed.includes(id));
    const before = new Map(present.map((employee) => [employee, this.shown(employee)]));
    say('all that the connector knew is lost');
    world.storage.restore(memoryStorage({ clock: world.clock, random: () => 0.5 }).snapshot());
    for (const job of ['users', 'subscriptions'] as const) {
      fleet.runJob(job);
      await this.pass(20 * MINUTE_MS);
    }
    fleet.runJob('reconcile');
    await this.pass(30 * MINUTE_MS);
    return [...present.flatMap((employee) => this.changes(employee, before.get(employee) as Both)), ...limits(world)];
  }

  private shown(employee: Office['world']['employee']): Both {
    const { world } = this.office;
    return {
      outlook: counted(world.outlook(employee).events().map((event) => JSON.stringify(shownInOutlook(event)))),
      crm: counted(world.crmUser(employee).activities().map((activity) => JSON.stringify(shownInCrm(activity, world.zone)))),
    };
  }

  private changes(employee: Office['world']['employee'], before: Both): string[] {
    const after = this.shown(employee);
    const all = new Set([...before.outlook.keys(), ...before.crm.keys(), ...after.outlook.keys(), ...after.crm.keys()]);
    return [...all].flatMap((item) => {
      const [inOutlook, inCrm] = [before.outlook.get(item) ?? 0, before.crm.get(item) ?? 0];
      // What nobody takes in any more (its day is long over) stays on its side.
      const most = Math.max(inOutlook, inCrm);
      const [outlook, crm] = [after.outlook.get(item) ?? 0, after.crm.get(item) ?? 0];
      const isWell = outlook >= inOutlook && crm >= inCrm && outlook <= most && crm <= most;
      return isWell ? [] : [`${employee.mail}: after the state was lost ${outlook} in Outlook (before ${inOutlook}) and ${crm} in the CRM (before ${inCrm}) of ${item}`];
    });
  }
}

interface Both {
  readonly outlook: ReadonlyMap<string, number>;
  readonly crm: ReadonlyMap<string, number>;
}

function counted(items: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}
