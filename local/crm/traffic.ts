/** A second request of a CRM user while the first was running. */
export interface Violation {
  at: number;
  user: string;
}

export interface TrafficCounters {
  requests: number;
  requestsByUser: Record<string, number>;
  /** By name, then by acting user. */
  commands: Record<string, number>;
  commandsByUser: Record<string, Record<string, number>>;
  /** Requests that the web server refused before any command: by HTTP status. */
  refused: Record<string, number>;
  inFlight: Record<string, number>;
  /** Most requests at once, refused ones counted; above 1 is a violation. */
  peakInFlight: Record<string, number>;
  violations: Violation[];
}

/** Who runs what, and how often. */
export class Traffic {
  readonly #running = new Map<string, number>();
  #counters = fresh();

  countRefused(status: number): void {
    add(this.#counters.refused, String(status));
  }

  countRequest(user: string, commands: string[]): void {
    this.#counters.requests += 1;
    add(this.#counters.requestsByUser, user);
    const byUser = (this.#counters.commandsByUser[user] ??= {});
    for (const command of commands) {
      add(this.#counters.commands, command);
      add(byUser, command);
    }
  }

  /** Whether one of the users has a running request; that is written down as a violation. */
  isBusy(users: Iterable<string>, now: number): boolean {
    let busy = false;
    for (const user of users) {
      const running = this.#running.get(user) ?? 0;
      this.#peak(user, running + 1);
      if (running === 0) continue;
      busy = true;
      this.#counters.violations.push({ at: now, user });
    }
    return busy;
  }

  occupy(users: Iterable<string>): void {
    for (const user of users) this.#running.set(user, (this.#running.get(user) ?? 0) + 1);
  }

  release(users: Iterable<string>): void {
    for (const user of users) {
      const left = (this.#running.get(user) ?? 1) - 1;
      if (left > 0) this.#running.set(user, left);
      else this.#running.delete(user);
    }
  }

  read(): TrafficCounters {
    return { ...structuredClone(this.#counters), inFlight: Object.fromEntries(this.#running) };
  }

  reset(): void {
    this.#counters = fresh();
  }

  #peak(user: string, running: number): void {
    this.#counters.peakInFlight[user] = Math.max(this.#counters.peakInFlight[user] ?? 0, running);
  }
}

function fresh(): TrafficCounters {
  return {
    requests: 0,
    requestsByUser: {},
    commands: {},
    commandsByUser: {},
    refused: {},
    inFlight: {},
    peakInFlight: {},
    violations: [],
  };
}

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
