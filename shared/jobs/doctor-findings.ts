import { NewerVersion, PortFailure } from '../sync/failures.ts';

export type FindingState = 'ok' | 'warning' | 'wrong';

/** What a check found, in a sentence that names the thing and the way out: no secrets, no addresses. */
export interface Finding {
  readonly check: string;
  readonly state: FindingState;
  readonly says: string;
}

/** What is asked at once, and the checks that the answer decides. */
export interface Step {
  readonly checks: readonly [first: string, ...more: string[]];
  make(): Promise<readonly Finding[]>;
}

export interface Examined {
  readonly findings: readonly Finding[];
  /** What kept a step, and all behind it, from being made. */
  readonly failure: PortFailure | null;
}

export function ok(check: string, says: string): Finding {
  return { check, state: 'ok', says };
}

export function warning(check: string, says: string): Finding {
  return { check, state: 'warning', says };
}

export function wrong(check: string, says: string): Finding {
  return { check, state: 'wrong', says };
}

/** Steps that build on each other: one that cannot be made ends the row, and the checks behind it say so. A bad finding alone ends nothing. */
export async function inOrder(steps: readonly Step[]): Promise<Examined> {
  const findings: Finding[] = [];
  for (const [index, step] of steps.entries()) {
    try {
      findings.push(...(await step.make()));
    } catch (failure) {
      if (!(failure instanceof PortFailure)) throw failure;
      const [first, ...more] = step.checks;
      const rest = notMade([...more, ...steps.slice(index + 1).flatMap(({ checks }) => checks)], `${first} must be mended first`);
      return { findings: [...findings, judged(first, failure), ...rest], failure };
    }
  }
  return { findings, failure: null };
}

/** Steps of which none needs another. */
export async function eachAlone(steps: readonly Step[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const step of steps) findings.push(...(await inOrder([step])).findings);
  return findings;
}

export function notMade(checks: readonly string[], because: string): Finding[] {
  return checks.map((check) => warning(check, `Not checked: ${because}.`));
}

/** A side that asks to wait is not wrong, nor is an upgrade. */
function judged(check: string, failure: PortFailure): Finding {
  const passes = failure.reason === 'throttled' || failure.reason === 'crmBusy' || failure instanceof NewerVersion;
  return passes ? warning(check, failure.message) : wrong(check, failure.message);
}

export function worst(findings: readonly Finding[]): FindingState {
  const states = new Set(findings.map(({ state }) => state));
  return states.has('wrong') ? 'wrong' : states.has('warning') ? 'warning' : 'ok';
}

/** 'one mailbox', '3 mailboxes' */
export function counted(number: number, noun: string, plural = `${noun}s`): string {
  return number === 1 ? `one ${noun}` : `${number} ${plural}`;
}
