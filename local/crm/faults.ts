import type { ErrorCode } from './refused.ts';

/** Which requests a fault hits. Every part that is given must fit. */
export interface FaultMatch {
  /** Acting login (the impersonated one). */
  user?: string;
  /** A command that the request holds. */
  command?: string;
  /** From the n-th fitting request on, counted from 1 since the fault was set. Default 1. */
  nth?: number;
  /** How often. Default 1; Infinity is written as 0 in JSON. */
  times?: number;
  /** Chance per fitting request, 0 to 1; without it the fault always strikes. */
  rate?: number;
}

export type FaultEffect =
  /** The commands run, then the connection dies. */
  | { kind: 'lostAnswer' }
  /** The web server answers with this status; nothing runs. */
  | { kind: 'errorBefore'; status: number; retryAfter?: number }
  /**
   * The request runs this long, whether or not the client waits, and commits at its start or end (default end). `stamp`
   * start: what it commits at its end is stamped as of its start, so that it appears late among what changed.
   */
  | { kind: 'slow'; ms: number; commit?: 'start' | 'end'; stamp?: 'start' | 'end' }
  /** No answer ever comes; the request runs `ms` (default 300,000) and commits at its start, end or not at all. */
  | { kind: 'never'; ms?: number; commit?: 'start' | 'end' | 'none' }
  /** The commands run; what comes back is no proper answer. */
  | { kind: 'garbage'; form: GarbageForm }
  /** The commands (those that `command` names, or all; of them only the `which`-th) answer this error and do not run. */
  | { kind: 'commandError'; code: ErrorCode; which?: number }
  /**
   * Somebody changes a record in the CRM just before the `which`-th (default first) such command of the request runs:
   * between our read and our write, between a guard and its update. `stampedMsAgo`: the change bears an older stamp.
   */
  | ({ kind: 'edit'; which?: number } & PersonsEdit)
  /** Logins are refused from now on, for this long: the matched user's, or everybody's where `user` is not given. */
  | { kind: 'loginLock'; ms: number }
  /** Every connection dies; what has not committed never does. `commit` runs this request first. */
  | { kind: 'restart'; commit?: boolean };

export interface PersonsEdit {
  /** A login name, a rep's name or SeqNo. */
  by: string | number;
  table: string;
  id: string;
  values?: Record<string, string | number | boolean | null>;
  /** Marks the record as deleted, or restores it. */
  deleted?: boolean;
  stampedMsAgo?: number;
}

export type GarbageForm = 'truncated' | 'html' | 'doctype' | 'wrongCount' | 'empty';

export type Fault = { match?: FaultMatch } & FaultEffect;

export interface SetFault {
  id: number;
  fault: Fault;
  /** How many requests fitted, and how many of them were struck. */
  fitted: number;
  struck: number;
}

/** The faults that are set, and which request each of them strikes. */
export class FaultBook {
  readonly #random: () => number;
  #set: SetFault[] = [];
  #lastId = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  add(fault: Fault): number {
    this.#lastId += 1;
    this.#set.push({ id: this.#lastId, fault, fitted: 0, struck: 0 });
    return this.#lastId;
  }

  remove(id: number): boolean {
    const before = this.#set.length;
    this.#set = this.#set.filter((entry) => entry.id !== id);
    return this.#set.length < before;
  }

  clear(): void {
    this.#set = [];
  }

  list(): SetFault[] {
    return this.#set.map((entry) => ({ ...entry }));
  }

  /** The first fault that strikes this request; every fault that fits counts it. */
  strike(user: string | undefined, commands: string[]): Fault | undefined {
    let struck: SetFault | undefined;
    for (const entry of this.#set) {
      const match = entry.fault.match ?? {};
      if (match.user !== undefined && match.user.toLowerCase() !== user?.toLowerCase()) continue;
      if (match.command !== undefined && !commands.includes(match.command)) continue;
      entry.fitted += 1;
      const times = match.times === 0 ? Number.POSITIVE_INFINITY : (match.times ?? 1);
      if (struck !== undefined || entry.fitted < (match.nth ?? 1) || entry.struck >= times) continue;
      if (match.rate !== undefined && this.#random() >= match.rate) continue;
      entry.struck += 1;
      struck = entry;
    }
    return struck?.fault;
  }
}
