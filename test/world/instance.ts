import { PortFailure } from '../../shared/sync/failures.ts';
import type { Clock } from '../../shared/sync/ports.ts';
import type { VirtualClock } from './virtual-clock.ts';
import { never, Worker, type CrashPlan } from './worker.ts';

export interface InstanceOptions {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly random: () => number;
  /** How far this machine's clock is from the true time; its monotonic clock runs true. */
  readonly skewMs: number;
  /** Told of every call to the outside and of its end: the history, byte for byte. */
  readonly trace: (line: string) => void;
  /** This share of its storage calls takes up to so long, before or after it takes effect. */
  readonly stragglers?: Stragglers;
}

/** One of the calls to come: the so-and-so-many-th of those whose names look like that. */
export class Nth {
  private readonly like: RegExp;
  private left: number;

  constructor(left: number, like: RegExp) {
    this.left = left;
    this.like = like;
  }

  /** Asked at every call, once. */
  isNow(name: string): boolean {
    if (this.left > 0 && this.like.test(name)) this.left -= 1;
    return this.left === 0;
  }
}

export type Onlooker = (instance: Instance, name: string, given: readonly unknown[]) => void;

export interface Stragglers {
  readonly share: number;
  readonly ms: number;
}

/** Before the lease of a holder that stands still runs out, so that its requests are not counted with those of its successor. */
const CUT_OFF_MS = 60_000;

const STORAGE_CALL = /^(?:tables|queues|blobs)\./;

/** One function app instance: its calls take time, its storage has trouble, its event loop hangs, it dies. */
export class Instance extends Worker {
  readonly name: string;
  /** The event loop stands still until then: nothing that was answered goes on. */
  blockedUntil = 0;
  /** Storage fails for it: this share of the calls until then, half of them after they took effect. */
  trouble = { until: 0, share: 0 };
  /** Until then a storage call may take up to so long (within its deadline), some of it before it takes effect: what was checked before it may no longer hold. */
  sluggish = { until: 0, ms: 0 };
  /** Messages in work. */
  running = 0;
  /** Told of every call that is about to leave, with what is given to it: may stop this instance right there. */
  onlooker: Onlooker | null = null;
  /** Called before a request leaves: somebody may be faster. */
  ambush: ((request: Request) => Promise<void>) | null = null;
  /** What happens in the world just before a call of this instance, by the call's number. */
  private readonly meanwhile = new Map<number, () => Promise<void>>();
  private freezing: { readonly at: Nth; readonly ms: number } | null = null;
  private dying: { readonly at: Nth; readonly when: CrashPlan['when'] } | null = null;
  private readonly own: InstanceOptions;
  private cutOff: () => void = () => undefined;
  /** What waits for the event loop to go on. */
  private readonly standing = new Set<() => void>();
  /** Connections that wait for an answer. */
  private readonly open = new Set<AbortController>();

  constructor(options: InstanceOptions) {
    super();
    this.own = options;
    this.name = options.name;
  }

  /** Dies at that call from now on. */
  doom(at: Nth, when: CrashPlan['when']): void {
    this.dying = { at, when };
  }

  /** Dies after so long, in the middle of whatever it then waits for. */
  dieIn(ms: number): void {
    this.own.clock.after(ms, () => {
      this.dead = true;
      this.close();
    });
  }

  /** Something happens in the world just before that call from now on. */
  before(call: number, act: () => Promise<void>): void {
    this.meanwhile.set(this.calls.length + call, act);
  }

  /** The event loop stands still for so long from that call on: in the middle of some work. */
  freeze(at: Nth, ms: number): void {
    this.freezing = { at, ms };
  }

  /** The event loop stands still for so long. */
  block(ms: number): void {
    this.blockedUntil = this.own.clock.now() + ms;
    if (ms <= CUT_OFF_MS) return;
    // Nobody reads from its connections: what stands between cuts them off after a while.
    this.cutOff = this.own.clock.after(CUT_OFF_MS, () => this.close());
  }

  /** The event loop goes on at once. */
  wake(): void {
    this.cutOff();
    this.blockedUntil = this.own.clock.now();
    for (const goOn of [...this.standing]) goOn();
  }

  /** The machine is gone, and its connections with it. */
  close(): void {
    for (const open of this.open) open.abort(new TypeError('fetch failed'));
  }

  spare(): void {
    this.crash = null;
    this.dying = null;
    this.freezing = null;
    this.meanwhile.clear();
    this.trouble = { until: 0, share: 0 };
    this.sluggish = { until: 0, ms: 0 };
    this.ambush = null;
  }

  override clock(clock: Clock): Clock {
    return {
      now: () => clock.now() + this.own.skewMs,
      monotonic: () => clock.monotonic(),
      sleep: async (ms, signal) => {
        await clock.sleep(ms, signal);
        await this.unblocked();
        return this.dead ? never() : undefined;
      },
    };
  }

  override fetch(send: (request: Request) => Promise<Response>): (request: Request) => Promise<Response> {
    const call = super.fetch(async (request) => {
      const open = new AbortController();
      const { signal } = request;
      // With the reason that it was closed for: without one each would cost an exception with a stack.
      const close = (): void => open.abort(signal.reason);
      if (signal.aborted) close();
      signal.addEventListener('abort', close, { once: true });
      this.open.add(open);
      // The same request, whose connection we can cut: a copy of it would cost more than the request.
      Object.defineProperty(request, 'signal', { value: open.signal, configurable: true });
      try {
        return await send(request);
      } finally {
        this.open.delete(open);
      }
    });
    return async (request) => {
      await this.ambush?.(request);
      return call(request);
    };
  }

  protected override async call<T>(name: string, act: () => Promise<T>, given: readonly unknown[] = []): Promise<T> {
    if (this.dead) return never();
    const { random, clock, trace } = this.own;
    const isStorage = STORAGE_CALL.test(name);
    const number = this.calls.length + 1;
    trace(`${clock.now()} ${this.name} ${number} ${name}`);
    const meanwhile = this.meanwhile.get(number);
    if (meanwhile !== undefined) {
      this.meanwhile.delete(number);
      await meanwhile();
    }
    this.onlooker?.(this, name, given);
    const lastCall = this.dying?.at.isNow(name) === true ? this.dying : null;
    if (this.freezing?.at.isNow(name) === true) {
      this.block(this.freezing.ms);
      this.freezing = null;
    }
    // The two systems take their own time to answer; a way that is longer than that would let an answer be unknown to us that they count as given.
    const drag = clock.now() < this.sluggish.until ? this.sluggish.ms / 12 : 1;
    const [before, after] = isStorage ? this.delays(drag) : [0, 0];
    const fate = isStorage && clock.now() < this.trouble.until ? random() / this.trouble.share : 1;
    if (before > 0) {
      await clock.sleep(before);
      // It was about to be sent when the event loop stopped.
      await this.unblocked();
    }
    const acting = async (): Promise<T> => {
      if (fate < 0.5) throw new PortFailure('state', 'transient', 'The storage did not answer: it is tried again later.');
      const answer = await act();
      if (fate < 1) throw new PortFailure('state', 'transient', 'The storage did not answer: it is tried again later.', { outcomeUnknown: true });
      return answer;
    };
    try {
      if (lastCall !== null) this.crash = { call: this.calls.length + 1, when: lastCall.when };
      const answer = await super.call(name, acting);
      if (after > 0) await clock.sleep(after);
      await this.unblocked();
      trace(`${clock.now()} ${this.name} ${number} done ${answer instanceof Response ? answer.status : ''}`);
      return this.dead ? await never() : answer;
    } catch (failure) {
      await this.unblocked();
      trace(`${clock.now()} ${this.name} ${number} failed`);
      throw failure;
    }
  }

  private delays(drag: number): [number, number] {
    const { random, stragglers } = this.own;
    const usual: [number, number] = [(1 + random() * 4) * drag, (1 + random() * 8) * drag];
    if (stragglers === undefined || random() >= stragglers.share) return usual;
    return random() < 0.5 ? [usual[0] + random() * stragglers.ms, usual[1]] : [usual[0], usual[1] + random() * stragglers.ms];
  }

  private async unblocked(): Promise<void> {
    while (this.blockedUntil > this.own.clock.now()) await this.stand(this.blockedUntil - this.own.clock.now());
  }

  private stand(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const goOn = (): void => {
        cancel();
        this.standing.delete(goOn);
        resolve();
      };
      const cancel = this.own.clock.after(ms, goOn);
      this.standing.add(goOn);
    });
  }
}
