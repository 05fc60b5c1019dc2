import { describe, expect, it } from 'vitest';
import { memoryStorage } from '../../local/state/memory.ts';
import { withCrmMaster } from '../../shared/jobs/job-lease.ts';
import { PortFailure } from '../../shared/sync/failures.ts';
import type { Clock } from '../../shared/sync/ports.ts';
import { seeded } from '../world/random.ts';
import { VirtualClock } from '../world/virtual-clock.ts';

const MAX_RUN_MS = 300_000;

/** A machine whose clock is off by so much. */
function machine(clock: VirtualClock, offMs: number): Clock {
  return { now: () => clock.now() + offMs, monotonic: () => clock.monotonic(), sleep: (ms, signal) => clock.sleep(ms, signal) };
}

describe('the CRM as its master user', () => {
  it.each([
    ['is behind, the next one right', -120_000, 0],
    ['is right, the next one ahead', 0, 120_000],
    ['is behind, the next one ahead', -120_000, 120_000],
    ['is ahead, the next one behind', 120_000, -120_000],
  ])('is not asked while a request without an answer may still run, where the clock of the one that sent it %s', async (_told, first, second) => {
    const clock = new VirtualClock('2026-11-23T07:00:00.400Z');
    const { tables } = memoryStorage({ clock, random: seeded(1) });
    const sender = machine(clock, first);
    const sent = clock.now();
    const lost = withCrmMaster(tables, sender, 'tenant', MAX_RUN_MS, () => Promise.reject(new PortFailure('crm', 'transient', 'no answer', { sentAt: sender.now() })));
    await expect(lost).rejects.toThrow('no answer');

    const next = (): Promise<string> => withCrmMaster(tables, machine(clock, second), 'tenant', MAX_RUN_MS, () => Promise.resolve('asked'));
    await clock.until(sent + MAX_RUN_MS - 1);
    expect(await next()).toBe('busy');
    await clock.until(sent + MAX_RUN_MS + 10_000);
    expect(await next()).toBe('asked');
  });
});
