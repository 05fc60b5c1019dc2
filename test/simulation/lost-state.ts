import { memoryStorage } from '../../local/state/memory.ts';
import type { Fleet } from '../world/fleet.ts';
import { shownInCrm, shownInOutlook } from '../world/judge.ts';
import { limits } from './judgement.ts';
import type { Office } from './people.ts';
import { isRecurring } from './recurring-subjects.ts';
import { rowsOf } from './recurring.ts';
import type { Companion, Sort } from './sorts.ts';

const MINUTE_MS = 60_000;
/** A little less than what is looked at of a series. */
const LOOKED_AT_MS = 790 * 24 * 60 * MINUTE_MS;
/** What a link moves in its record: a link that somebody took away by hand is made again, where the text still names it and nobody knows of him. */
const OF_LINKS: readonly string[] = ['OppStatNo', 'OppSeqNo', 'UpdDate', 'UpdTime', 'UpdBy'];

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
  private readonly withLinks: boolean;

  constructor(office: Office, fleet: Fleet, pass: (ms: number) => Promise<void>, sorts: readonly Sort[]) {
    this.office = office;
    this.fleet = fleet;
    this.pass = pass;
    this.withDocuments = sorts.includes('documents');
    this.withLinks = sorts.includes('links');
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
    // What enters the span that is looked at meanwhile is no news.
    const until = world.clock.now() + LOOKED_AT_MS;
    const before = new Map(present.map((employee) => [employee, this.shown(employee, until)]));
    say('all that the connector knew is lost');
    world.storage.restore(memoryStorage({ clock: world.clock, random: () => 0.5 }).snapshot());
    for (const job of ['users', 'subscriptions'] as const) {
      fleet.runJob(job);
      await this.pass(20 * MINUTE_MS);
    }
    fleet.runJob('reconcile');
    await this.pass(30 * MINUTE_MS);
    return [...present.flatMap((employee) => this.changes(employee, before.get(employee) as Both, until)), ...limits(world)];
  }

  private shown(employee: Office['world']['employee'], until: number): Both {
    const { world } = this.office;
    // Of a series its occurrences.
    const events = [...world.outlook(employee).events().filter(({ subject }) => !isRecurring(subject)), ...rowsOf(world, employee).filter((row) => Date.parse(`${(row['start'] as { dateTime: string }).dateTime}Z`) < until)];
    return {
      versions: new Map([
        // Which document somebody had taken off an event is forgotten, too: it is attached once more, and their judge looks at that.
        ...world.graph.events(employee.id).filter(() => !this.withDocuments).map(({ row }) => [`event ${String(row['subject'])} ${String(row['id'])}`, String(row['@odata.etag'])] as const),
        ...world.crmUser(employee).activities().map(({ id, values }) => [`record ${values['Subject']} ${id}`, JSON.stringify(Object.entries(values).filter(([field]) => !this.withLinks || !OF_LINKS.includes(field)))] as const),
      ]),
      outlook: counted(events.map((event) => JSON.stringify(shownInOutlook(event)))),
      crm: counted(world.crmUser(employee).activities().map((activity) => JSON.stringify(shownInCrm(activity, world.zone)))),
    };
  }

  private changes(employee: Office['world']['employee'], before: Both, until: number): string[] {
    const after = this.shown(employee, until);
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
