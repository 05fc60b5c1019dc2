import type { Fleet } from '../world/fleet.ts';
import { World } from '../world/world.ts';
import { strike } from './fate.ts';
import { judge, standing } from './judgement.ts';
import { Ledger } from './ledger.ts';
import { work, type Office } from './people.ts';
import type { Companion } from './sorts.ts';

/** Values of the second tenant's people begin here, so that each tells whose it is. */
const FIRST_VALUE = 100_000;
export const VALUES_OF_FIRST = /[">](?:S\d{1,5})["<]/;
export const VALUES_OF_SECOND = /[">]S\d{6,}["<]/;

/** A second tenant with systems of its own, served by the same fleet: its people work, its systems fail, and nothing of it may reach the first one, nor the other way. */
export class Neighbour implements Companion {
  readonly world: World;
  private readonly ledger = new Ledger();
  private readonly office: Office;
  private readonly leaks: readonly string[];
  private fleet: Fleet | null = null;
  private counter = FIRST_VALUE;

  constructor(beside: World, seed: number, leaks: readonly string[], say: (text: string) => void) {
    this.world = new World({ judgesMails: true, beside, users: 2, seed: seed + 1, start: beside.options.start ?? '', graphQuirks: { transactionRememberedAfterDeletion: true, latencyMs: { min: 20, max: 400 } }, crmLatencyMs: () => 150 });
    Object.assign(this.world.rules, { deletionGuard: { mailbox: { count: 1_000 } } });
    this.leaks = leaks;
    this.office = { world: this.world, ledger: this.ledger, say: (text) => say(`second tenant: ${text}`), next: () => (this.counter += 1), storesNothing: { left: 0 } };
  }

  servedBy(fleet: Fleet): void {
    this.fleet = fleet;
    this.world.answering = () => fleet.anyone().appOf;
  }

  async step(dice: () => number): Promise<void> {
    const what = dice();
    if (what < 0.12 && this.fleet !== null) strike(this.office, this.fleet, dice);
    else if (what < 0.6) await work(this.office, this.world.employees[Math.floor(dice() * this.world.employees.length)] ?? this.world.employee, dice);
  }

  heal(): void {
    this.world.graph.clearFaults();
    this.world.crm.clearFaults();
    this.world.crm.unlockLogins();
  }

  async judge(): Promise<readonly string[]> {
    const { world, ledger } = this;
    const strangers = world.employees.flatMap((employee) => [...world.outlook(employee).events().map((event) => String(event['subject'])), ...world.crmUser(employee).activities().map(({ values }) => values['Subject'] ?? '')]).filter((subject) => !ledger.items().includes(ledger.rootOf(subject)));
    const found = await judge(world, ledger, { deletionEverOff: false, graphForgets: false, timesGiven: () => 0, secrets: null, present: world.employees });
    return [...[...found, ...standing(world), ...strangers.map((subject) => `isolation: ${subject} is of nobody there`)].map((problem) => `second tenant: ${problem}`), ...this.leaks];
  }
}
