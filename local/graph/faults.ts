import type { Answer } from './failure.ts';

/** Which requests of applications a fault hits. */
export interface FaultMatcher {
  method?: string;
  /** Regular expression on path and query, e.g. `/events$`. */
  pathPattern?: string;
  /** Begins with the nth matching request, 1 without. */
  nth?: number;
  /** How many matching requests it hits from there on, 1 without. */
  times?: number;
}

export type FaultKind =
  /** The change is made, then the connection dies. */
  | { kind: 'lostAnswer' }
  /** Refused before anything is done. */
  | { kind: 'errorBefore'; status: number; code?: string; retryAfterSeconds?: number }
  | { kind: 'status'; status: number; code?: string; retryAfterSeconds?: number; commits?: boolean }
  | { kind: 'slow'; ms: number; commit?: 'start' | 'end' }
  | { kind: 'never'; commits?: boolean }
  | { kind: 'garbage'; form: 'html' | 'truncated' | 'contentType' }
  | { kind: 'gone' }
  /** Success is answered and nothing in any mailbox is stored, told or mailed: with what was asked for, or with the item as it stays. */
  | { kind: 'storesNothing'; answer?: 'asked' | 'kept' };

export type Fault = FaultMatcher & FaultKind;

const KINDS = ['lostAnswer', 'errorBefore', 'status', 'slow', 'never', 'garbage', 'gone', 'storesNothing'];

export class Faults {
  private planned: { fault: Fault; seen: number }[] = [];

  add(fault: Fault): void {
    if (!KINDS.includes(fault.kind)) throw new Error(`Unknown fault ${JSON.stringify(fault.kind)}; use one of ${KINDS.join(', ')}.`);
    if (fault.pathPattern !== undefined) new RegExp(fault.pathPattern);
    this.planned.push({ fault, seen: 0 });
  }

  clear(): void {
    this.planned = [];
  }

  list(): Fault[] {
    return this.planned.map(({ fault }) => fault);
  }

  /** The fault for this request, if any; every planned fault that matches counts it. */
  next(method: string, pathAndQuery: string): Fault | undefined {
    let hit: Fault | undefined;
    for (const planned of this.planned) {
      const { fault } = planned;
      if (fault.method !== undefined && fault.method.toUpperCase() !== method) continue;
      if (fault.pathPattern !== undefined && !new RegExp(fault.pathPattern).test(pathAndQuery)) continue;
      planned.seen++;
      const first = fault.nth ?? 1;
      if (planned.seen >= first && planned.seen < first + (fault.times ?? 1)) hit ??= fault;
    }
    this.planned = this.planned.filter(({ fault, seen }) => seen < (fault.nth ?? 1) + (fault.times ?? 1) - 1);
    return hit;
  }
}

export function statusAnswer(status: number, code: string | undefined, retryAfterSeconds: number | undefined): Answer {
  return {
    status,
    headers: retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
    body: { error: { code: code ?? CODES[status] ?? 'UnknownError', message: 'The simulator was told to answer this request so.' } },
  };
}

const CODES: Record<number, string> = {
  401: 'InvalidAuthenticationToken',
  403: 'ErrorAccessDenied',
  404: 'ErrorItemNotFound',
  410: 'syncStateNotFound',
  429: 'ApplicationThrottled',
  500: 'InternalServerError',
  503: 'ServiceUnavailable',
  504: 'UnknownError',
};
