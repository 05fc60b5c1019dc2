import type { Clock, Storage } from '../../shared/sync/ports.ts';

/** A call to the outside that a worker made, in order: what it can be killed before or after. */
export interface OutsideCall {
  readonly name: string;
}

export interface CrashPlan {
  /** Counted from 1. */
  readonly call: number;
  readonly when: 'before' | 'after';
}

export const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/**
 * The outside as one worker sees it. A killed worker's promises never settle: no catch and no finally runs, its timers never fire, its memory is gone.
 */
export class Worker {
  readonly calls: OutsideCall[] = [];
  dead = false;
  protected crash: CrashPlan | null;

  constructor(crash: CrashPlan | null = null) {
    this.crash = crash;
  }

  clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: async (ms, signal) => {
        await clock.sleep(ms, signal);
        return this.dead ? never() : undefined;
      },
    };
  }

  fetch(send: (request: Request) => Promise<Response>): (request: Request) => Promise<Response> {
    return (request) => this.call(`${request.method} ${new URL(request.url).pathname.replace(/[^/]{30,}/g, '…')}`, () => send(request));
  }

  storage(storage: Storage): Storage {
    // Histories make tens of thousands of these calls: what they go through is made once.
    const wrap = <T extends object>(service: T, name: string): T => {
      const wrapped = Object.entries(service).map(([method, member]: [string, unknown]) => {
        if (typeof member !== 'function' || method === 'scan') return [method, member];
        const names = new Map<unknown, string>();
        const nameOf = (place: unknown): string => {
          const known = names.get(place) ?? `${name}.${method} ${String(place)}`;
          names.set(place, known);
          return known;
        };
        const act = member as (...all: unknown[]) => Promise<unknown>;
        return [method, (...given: unknown[]) => this.call(nameOf(given[0]), () => Promise.resolve(act.apply(service, given)), given)];
      });
      return Object.fromEntries(wrapped) as T;
    };
    return { tables: wrap(storage.tables, 'tables'), queues: wrap(storage.queues, 'queues'), blobs: wrap(storage.blobs, 'blobs') };
  }

  protected async call<T>(name: string, act: () => Promise<T>, _given: readonly unknown[] = []): Promise<T> {
    if (this.dead) return never();
    this.calls.push({ name });
    const doomed = this.crash?.call === this.calls.length ? this.crash.when : null;
    if (doomed === 'before') {
      this.dead = true;
      return never();
    }
    try {
      const answer = await act();
      if (doomed === 'after') this.dead = true;
      return this.dead ? await never() : answer;
    } catch (failure) {
      return this.dead ? never() : Promise.reject(failure as Error);
    }
  }
}
