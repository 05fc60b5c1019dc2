import type { CrashPlan, Worker } from './worker.ts';
import type { World } from './world.ts';

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

/** Before and after every single call. */
export function everyCrash(calls: number): CrashPlan[] {
  return Array.from({ length: calls }, (_, index): CrashPlan[] => [{ call: index + 1, when: 'before' }, { call: index + 1, when: 'after' }]).flat();
}

/**
 * Lives the same through anew for each of these plans; another worker takes over from the dead one. What `expectDone` demands holds after `restMinutes`, or
 * the failure says where the worker was killed.
 */
export async function surviveEach<Life extends { readonly world: World; readonly worker: Worker }>(plans: readonly CrashPlan[], live: (plan: CrashPlan) => Promise<Life>, restMinutes: number, expectDone: (life: Life) => void | Promise<void>): Promise<void> {
  for (const plan of plans) {
    const life = await live(plan);
    if (!life.worker.dead) continue;
    life.world.replaceWorker();
    await life.world.rest(restMinutes * 60_000);
    try {
      await expectDone(life);
    } catch (failure) {
      throw new Error(`Killed ${plan.when} call ${plan.call}: ${life.worker.calls.at(-1)?.name}: ${(failure as Error).message}\n${JSON.stringify(await life.world.journal(), null, 1).slice(0, 3_000)}`);
    }
  }
}
