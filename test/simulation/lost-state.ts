import { memoryStorage } from '../../local/state/memory.ts';
import type { Fleet } from '../world/fleet.ts';
import { shownInCrm, shownInOutlook } from '../world/judge.ts';
import { limits } from './judgement.ts';
import type { Office } from './people.ts';
import { isRecurring } from './recurring-subjects.ts';
import { rowsOf } from './recurring.ts';
import type { Companion } from './sorts.ts';

const MINUTE_MS = 60_000;

/**
 * When all has been judged, every table, queue and blob is lost. Each mailbox is synchronized for the first time once more: what stood on both sides is
 * adopted, occurrence by occurrence, what stood on one alone may be made on the other, and nothing else happens to either: no event and no record that was
 * there before is written.
 */
export class LostState implements Companion {
  private readonly office: Office;
  private readonly fleet: Fleet;
  private readonly pass: (ms: number) => Promise<void>;
  private readonly withDocuments: boolean;

  constructor(office: Office, fleet: Fleet, pass: (ms: number) => Promise<void>, withDocuments: boolean) {
    this.office = office;
    this.fleet = fleet;
    this.pass = pass;
    this.withDocuments = withDocuments;
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
    // Of a series its occurrences.
    const events = [...world.outlook(employee).events().filter(({ subject }) => !isRecurring(subject)), ...rowsOf(world, employee)];
    return {
      versions: new Map([
        // Which document somebody had taken off an event is forgotten, too: it is attached once more, and their judge looks at that.
        ...world.graph.events(employee.id).filter(() => !this.withDocuments).map(({ row }) => [`event ${String(row['subject'])} ${String(row['id'])}`, String(row['@odata.etag'])] as const),
        ...world.crmUser(employee).activities().map(({ id, values }) => [`record ${values['Subject']} ${id}`, JSON.stringify(values)] as const),
      ]),
      outlook: counted(events.map((event) => JSON.stringify(shownInOutlook(event)))),
      crm: counted(world.crmUser(employee).activities().map((activity) => JSON.stringify(shownInCrm(activity, world.zone)))),
    };
  }

  private changes(employee: Office['world']['employee'], before: Both): string[] {
    const after = this.shown(employee);
    const touched = [...before.versions].filter(([item, version]) => after.versions.get(item) !== version).map(([item, version]) => `${employee.mail}: after the state was lost somebody wrote to ${item}: ${version}, then ${after.versions.get(item)}`);
    const all = new Set([...before.outlook.keys(), ...before.crm.keys(), ...after.outlook.keys(), ...after.crm.keys()]);
    const others = [...all].flatMap((item) => {
      const [inOutlook, inCrm] = [before.outlook.get(item) ?? 0, before.crm.get(item) ?? 0];
      // What nobody takes in any more (its day is long over) stays on its side.
      const most = Math.max(inOutlook, inCrm);
      const [outlook, crm] = [after.outlook.get(item) ?? 0, after.crm.get(item) ?? 0];
      const isWell = outlook >= inOutlook && crm >= inCrm && outlook <= most && crm <= most;
      return isWell ? [] : [`${employee.mail}: after the state was lost ${outlook} in Outlook (before ${inOutlook}) and ${crm} in the CRM (before ${inCrm}) of ${item}`];
    });
    return [...touched, ...others];
  }
}

interface Both {
  /** By name and id of each event and of each record that nobody deleted: the create of what only Outlook shows may find its key on one that is deleted, and fills that. */
  readonly versions: ReadonlyMap<string, string>;
  readonly outlook: ReadonlyMap<string, number>;
  readonly crm: ReadonlyMap<string, number>;
}

function counted(items: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}
