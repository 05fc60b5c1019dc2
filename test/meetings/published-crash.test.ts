import { describe, expect, it } from 'vitest';
import { timed } from '../world/people.ts';
import type { CrashPlan, Worker } from '../world/worker.ts';
import { World, type Employee } from '../world/world.ts';
import { troubles } from './office.ts';

const OUTSIDER = { name: 'Olga Outside', address: 'olga@outside.example' };
const MOVED = { subject: 'Moved', ...timed('2026-11-26T09:00:00', '2026-11-26T10:00:00') };

function tell(world: World, employee: Employee, event: Record<string, unknown>): void {
  const attendees = [{ emailAddress: { address: employee.mail }, type: 'required' }];
  world.graph.receiveInvitation(employee.id, { organizer: OUTSIDER, iCalUId: 'outside-1', event: { subject: 'Invited', ...timed('2026-11-25T09:00:00', '2026-11-25T10:00:00'), attendees, ...event } });
}

const shown = (world: World): unknown[] => world.crmUser().activities().map(({ values }) => [values['Subject'], values['Date'], values['FreeC2']]);

interface Scenario {
  readonly name: string;
  /** What people do while the worker is dead. */
  readonly meanwhile: (world: World) => void;
  readonly shown: readonly unknown[];
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'it has its second record, and only one', meanwhile: () => undefined, shown: [['Moved', '2026-11-26', 'published']] },
  {
    name: 'moved again meanwhile, the second record shows it where it is now',
    meanwhile: (world) => tell(world, world.employee, { subject: 'Moved again', ...timed('2026-11-27T09:00:00', '2026-11-27T10:00:00') }),
    shown: [['Moved again', '2026-11-27', 'published']],
  },
];

/** Published, deleted in the CRM, and its organizer has moved it: one worker works that until it is done or dead. */
async function secondLife(crash: CrashPlan | null, meanwhile: Scenario['meanwhile']): Promise<{ world: World; worker: Worker }> {
  const world = new World();
  await world.start();
  tell(world, world.employee, {});
  await world.settle();
  world.crmUser().mark(world.crmUser().activities()[0]?.id ?? '');
  await world.settle();
  tell(world, world.employee, MOVED);
  await world.clock.until(world.clock.now() + 5_000);
  await world.pollCrm();
  await world.workTenantJobs();
  const worker = await world.drainWith(crash);
  world.replaceWorker();
  meanwhile(world);
  await world.rest(25 * 60_000);
  return { world, worker };
}

describe('A5, invariant 11: a published meeting that begins its second life, and a worker that is killed', () => {
  it.each(SCENARIOS)('$name', async ({ meanwhile, shown: wanted }) => {
    const calls = (await secondLife(null, meanwhile)).worker.calls.length;
    expect(calls).toBeGreaterThan(10);
    for (let call = 1; call <= calls; call += 1) {
      for (const when of ['before', 'after'] as const) {
        const { world, worker } = await secondLife({ call, when }, meanwhile);
        const at = `${when} call ${call} of ${calls}, ${worker.calls.at(-1)?.name}`;
        expect([at, worker.dead]).toEqual([at, true]);
        expect([at, shown(world), world.crmUser().all().length]).toEqual([at, wanted, 2]);
        expect([at, world.graph.state().mails, troubles(world)]).toEqual([at, [], []]);
      }
    }
  }, 600_000);

  it('the second record deleted by a person as soon as it is there: it stays deleted', async () => {
    const calls = (await secondLife(null, () => undefined)).worker.calls.length;
    for (let call = 1; call <= calls; call += 1) {
      // Whatever the dead worker had made by then.
      const { world, worker } = await secondLife({ call, when: 'after' }, (there) => there.crmUser().activities().forEach(({ id }) => there.crmUser().remove(id)));
      const at = `after call ${call} of ${calls}, ${worker.calls.at(-1)?.name}`;
      const made = world.crmUser().all().filter(({ id }) => world.crm.records('Contact').some((record) => record.id === id && record.deleted)).length;
      expect([at, shown(world)]).toEqual([at, made === 0 ? [['Moved', '2026-11-26', 'published']] : []]);
      expect([at, world.crmUser().all().length, troubles(world)]).toEqual([at, 2, []]);
    }
  }, 600_000);
});
