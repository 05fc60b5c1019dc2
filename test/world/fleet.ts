import type { StorageQueueHandler } from '@azure/functions';
import { poison } from '../../functions/poison.ts';
import { dueTimer, enqueueTimer } from '../../functions/timers.ts';
import type { AppOf } from '../../shared/compose.ts';
import { QUEUES } from '../../shared/config/names.ts';
import type { TenantJobName } from '../../shared/jobs/messages.ts';
import { PortFailure } from '../../shared/sync/failures.ts';
import type { ReceivedMessage } from '../../shared/sync/ports.ts';
import { BATCH, invocation, IN_WORK_MS, QUEUE_HANDLERS, sendBack, TIMER } from './host-rules.ts';
import { Instance, Nth, type Onlooker, type Stragglers } from './instance.ts';
import { PRODUCT, type Product } from './product.ts';
import { seeded } from './random.ts';
import { parsed, type World } from './world.ts';

export interface FleetOptions {
  readonly instances: number;
  readonly random: () => number;
  readonly trace: (line: string) => void;
  /** Largest difference of an instance's clock from the true time. */
  readonly skewMs: number;
  /** Each clock is as far off as it may be, either way. */
  readonly farApart?: boolean;
  /** Chance that a message is handed out a second time while it is in work. */
  readonly doubleDelivery: number;
  readonly stragglers?: Stragglers;
  /** Everything that comes of one message given to one instance happens in here. */
  readonly during?: <T>(instance: string, work: () => Promise<T>) => Promise<T>;
}

interface Member {
  readonly instance: Instance;
  readonly appOf: AppOf;
  /** The version that this instance runs. */
  readonly product: Product;
}

const EVERY: readonly (readonly [TenantJobName, number, number])[] = [['crmPoll', 30_000, 0], ['users', 600_000, 240_000], ['subscriptions', 1_800_000, 420_000]];

/** Messages are read by the version that the instance runs. */
function handlerOf(queue: string, product: Product): (appOf: AppOf) => StorageQueueHandler {
  if (queue === QUEUES.mailboxPasses) return product.mailboxPasses;
  if (queue === QUEUES.tenantJobs) return product.tenantJobs;
  return (appOf) => poison(appOf, queue);
}

/** Several instances of the function app, working at the same time: messages, timers and webhooks go to whichever the seed says. */
export class Fleet {
  readonly world: World;
  members: Member[] = [];
  /** Exceptions that are no passing trouble: mistakes of the product. */
  readonly mistakes: string[] = [];
  passes = 0;
  /** So many of the next that are born die again, after so many calls at most: something kills each that comes. */
  curse = { lives: 0, calls: 0 };
  /** Timers fire so many times more seldom: for quiet days. */
  pace = 1;
  private onlooker: Onlooker | null = null;
  private readonly options: FleetOptions;
  private born = 0;
  private sweepAt = Number.POSITIVE_INFINITY;

  constructor(world: World, options: FleetOptions) {
    this.world = world;
    this.options = options;
    for (let i = 0; i < options.instances; i += 1) this.members.push(this.hire());
    world.answering = () => this.anyone().appOf;
  }

  /** Timers and queues begin to work; they go on as virtual time does. */
  start(): void {
    const { clock } = this.world;
    for (const [job, every, first] of EVERY) {
      const tick = (): void => {
        this.invoke((appOf) => Promise.resolve(enqueueTimer(appOf, job)(TIMER, invocation(job))));
        clock.after(every * this.pace, tick);
      };
      clock.after(first + this.options.random() * 5_000, tick);
    }
    const due = (): void => {
      this.ringDue();
      this.sweepSoon(0);
      clock.after(15_000 * this.pace, due);
    };
    clock.after(this.options.random() * 15_000, due);
  }

  /** A timer of the product that fires seldom, or an admin's ring. */
  runJob(job: TenantJobName): void {
    this.invoke((appOf) => Promise.resolve(enqueueTimer(appOf, job)(TIMER, invocation(job))));
  }

  /** The timer that rings for due rows, or an admin who asks for it at once. */
  ringDue(): void {
    this.invoke((appOf) => Promise.resolve(dueTimer(appOf)(TIMER, invocation('due'))));
  }

  /** Something came onto a queue: whoever polls next takes it. */
  sweepSoon(within = 1_500): void {
    const { clock } = this.world;
    const at = clock.now() + Math.floor(this.options.random() * within);
    if (at >= this.sweepAt) return;
    this.sweepAt = at;
    clock.after(at - clock.now(), () => {
      if (clock.now() < this.sweepAt) return;
      this.sweepAt = Number.POSITIVE_INFINITY;
      void this.sweep();
    });
  }

  anyone(): Member {
    this.bury();
    const { random } = this.options;
    const member = this.members[Math.floor(random() * this.members.length)];
    if (member === undefined) throw new Error('This fleet has no instance.');
    return member;
  }

  /** The dead are replaced. */
  private bury(): void {
    this.members = this.members.map((member) => {
      if (!member.instance.dead) return member;
      member.instance.close();
      return this.hire(member.product);
    });
  }

  /** Somebody sees every call of every instance before it leaves. */
  lookOn(onlooker: Onlooker): void {
    this.onlooker = onlooker;
    for (const { instance } of this.members) instance.onlooker = onlooker;
  }

  /** One instance more. */
  grow(): void {
    this.members.push(this.hire());
  }

  /** Another version takes an instance's place. The one before finishes what it works on, or is killed. */
  replace(index: number, product: Product, killed: boolean): { readonly before: string; readonly after: string } {
    const member = this.members[index];
    if (member === undefined) throw new Error('This fleet has no such instance.');
    if (killed) {
      member.instance.dead = true;
      member.instance.close();
    }
    const after = this.hire(product);
    this.members[index] = after;
    return { before: member.instance.name, after: after.instance.name };
  }

  private hire(product: Product = PRODUCT): Member {
    this.born += 1;
    const { random, trace, skewMs, farApart, stragglers } = this.options;
    const lean = random() * 2 - 1;
    const instance = new Instance({ name: `w${this.born}`, clock: this.world.clock, random, trace, skewMs: Math.round((farApart === true ? Math.sign(lean) : lean) * skewMs), ...(stragglers === undefined ? {} : { stragglers }) });
    instance.onlooker = this.onlooker;
    if (this.curse.lives > 0) {
      this.curse = { ...this.curse, lives: this.curse.lives - 1 };
      instance.doom(new Nth(1 + Math.floor(random() * this.curse.calls), /./), random() < 0.5 ? 'before' : 'after');
    }
    return { instance, appOf: this.world.newWorker(instance, seeded(Math.floor(random() * 2 ** 32)), product), product };
  }

  private async sweep(): Promise<void> {
    for (const [queue] of QUEUE_HANDLERS) {
      const { instance, appOf, product } = this.anyone();
      if (instance.running >= BATCH || instance.blockedUntil > this.world.clock.now()) continue;
      for (const message of await this.world.storage.queues.receive(queue, { max: BATCH - instance.running, invisibleMs: IN_WORK_MS })) {
        const twice = this.options.random() < this.options.doubleDelivery;
        void this.process(queue, handlerOf(queue, product)(appOf), instance, message, twice);
        if (twice) {
          const other = this.anyone();
          // Handed out again, as the storage does it: counted once more, and only the receipt that came last can remove it.
          void this.process(queue, handlerOf(queue, other.product)(other.appOf), other.instance, { ...message, dequeueCount: message.dequeueCount + 1 }, false);
        }
      }
    }
  }

  private async process(queue: string, handler: StorageQueueHandler, instance: Instance, message: ReceivedMessage, overtaken: boolean): Promise<void> {
    const { queues } = this.world.storage;
    instance.running += 1;
    if (queue === QUEUES.mailboxPasses) this.passes += 1;
    let failed = false;
    try {
      const work = (): Promise<unknown> => Promise.resolve(handler(parsed(message.text), invocation(queue, message)));
      await (this.options.during === undefined ? work() : this.options.during(instance.name, work));
    } catch (failure) {
      failed = true;
      this.judge(failure);
    }
    instance.running -= 1;
    if (instance.dead || overtaken) return;
    try {
      if (!failed) await queues.remove(queue, message);
      else await sendBack(queues, queue, message);
    } catch (failure) {
      // It was in work for so long that somebody else has it, or it was handed out twice.
      if (!(failure instanceof PortFailure)) throw failure;
    }
  }

  private invoke(work: (appOf: AppOf) => Promise<unknown>): void {
    const { appOf } = this.anyone();
    work(appOf).catch((failure: unknown) => this.judge(failure));
  }

  private judge(failure: unknown): void {
    if (failure instanceof PortFailure && failure.port === 'state') return;
    this.mistakes.push(failure instanceof Error ? (failure.stack ?? failure.message) : String(failure));
  }
}
