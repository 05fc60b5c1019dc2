import type { Fleet } from '../world/fleet.ts';
import type { Product } from '../world/product.ts';
import type { Companion } from './sorts.ts';

/**
 * The function app is upgraded while people work: one instance after the other is replaced by one of the next version, and for a while both are at work.
 * An old one goes as the platform lets it go (what it works on is finished), or is killed.
 */
export class Upgrade implements Companion {
  private readonly fleet: Fleet;
  private readonly next: Product;
  private readonly say: (text: string) => void;
  /** Steps until the next instance is replaced. */
  private wait: number;

  constructor(fleet: Fleet, next: Product, say: (text: string) => void, random: () => number) {
    this.fleet = fleet;
    this.next = next;
    this.say = say;
    this.wait = 5 + Math.floor(random() * 45);
    // One alone is replaced in a moment: two versions at work at once need two instances.
    while (fleet.members.length < 2) fleet.grow();
  }

  step(dice: () => number): void {
    this.wait -= 1;
    if (this.wait > 0 || this.isDone()) return;
    this.replaceOne(dice() < 0.3);
    this.wait = 1 + Math.floor(dice() * 15);
  }

  heal(): void {
    while (!this.isDone()) this.replaceOne(false);
  }

  judge(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  private isDone(): boolean {
    return this.fleet.members.every(({ product }) => product === this.next);
  }

  private replaceOne(killed: boolean): void {
    const index = this.fleet.members.findIndex(({ product }) => product !== this.next);
    const names = this.fleet.replace(index, this.next, killed);
    this.say(`${names.before} ${killed ? 'is killed' : 'goes'}, ${names.after} of the next version takes its place`);
  }
}
