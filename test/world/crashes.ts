import type { CrashPlan } from './worker.ts';

/**
 * Where a worker that makes so many calls is killed: at every step-th of them, before and after it in turn. Every call, on both sides of it, takes
 * minutes: EVERY_CRASH=1 asks for them.
 */
export function crashPlans(calls: number, step: number): CrashPlan[] {
  const everything = process.env['EVERY_CRASH'] === '1';
  const plans: CrashPlan[] = [];
  for (let call = 1; call <= calls; call += everything ? 1 : step) {
    if (everything) plans.push({ call, when: 'before' }, { call, when: 'after' });
    else plans.push({ call, when: call % 2 === 0 ? 'before' : 'after' });
  }
  return plans;
}
