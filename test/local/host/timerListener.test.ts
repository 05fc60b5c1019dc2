import { describe, expect, it } from 'vitest';
import { parseNcrontab } from '../../../local/host/ncrontab.ts';
import type { ScheduleMonitor, ScheduleStatus } from '../../../local/host/schedule-monitor.ts';
import { canBeMonitored, createTimerListener } from '../../../local/host/timer-listener.ts';
import type { TimerParts } from '../../../local/host/timer-listener.ts';
import { manualClock } from './support/manualClock.ts';
import type { ManualClock } from './support/manualClock.ts';

const ok = { succeeded: true as const, response: {} };

function timer(clock: ManualClock, over: Partial<TimerParts> & { expression?: string } = {}) {
  const runs: Array<{ at: string; timer: { IsPastDue: boolean; ScheduleStatus: { Last: string; Next: string } | null } }> = [];
  const listener = createTimerListener({
    name: 'tick',
    schedule: parseNcrontab(over.expression ?? '0 */10 * * * *'),
    runOnStartup: false,
    monitor: undefined,
    clock,
    log: () => undefined,
    ...over,
    invoke: async (json) => {
      runs.push({ at: new Date(clock.now()).toISOString(), timer: JSON.parse(json) as (typeof runs)[0]['timer'] });
      return over.invoke ? over.invoke(json) : ok;
    },
  });
  return { listener, runs };
}

function memoryMonitor(status?: ScheduleStatus): ScheduleMonitor & { status: ScheduleStatus | undefined } {
  return {
    status,
    async read() {
      return this.status;
    },
    async write(_, next) {
      this.status = next;
    },
  };
}

describe('a timer', () => {
  it('runs at every occurrence of its schedule and never between', async () => {
    const clock = manualClock('2026-03-01T10:02:00Z');
    const { listener, runs } = timer(clock);
    await listener.start();
    await clock.advance(25 * 60_000);
    expect(runs.map((run) => run.at)).toEqual(['2026-03-01T10:10:00.000Z', '2026-03-01T10:20:00.000Z']);
    expect(runs.every((run) => !run.timer.IsPastDue)).toBe(true);
  });

  it('goes on after a run that failed or could not even be started', async () => {
    const clock = manualClock('2026-03-01T10:02:00Z');
    let calls = 0;
    const { listener, runs } = timer(clock, {
      invoke: async () => {
        calls += 1;
        if (calls === 1) throw new Error('broken');
        return { succeeded: false, timedOut: false };
      },
    });
    await listener.start();
    await clock.advance(30 * 60_000);
    expect(runs).toHaveLength(3);
  });

  it('never overlaps: a run that takes longer than its interval is followed at once by one run', async () => {
    const clock = manualClock('2026-03-01T10:02:00Z');
    const ends: Array<() => void> = [];
    const { listener, runs } = timer(clock, { invoke: () => new Promise((resolve) => ends.push(() => resolve(ok))) });
    await listener.start();
    await clock.advance(35 * 60_000);
    expect(runs).toHaveLength(1);
    ends[0]?.();
    await clock.advance(0);
    expect(runs.map((run) => run.at)).toEqual(['2026-03-01T10:10:00.000Z', '2026-03-01T10:37:00.000Z']);
    ends[1]?.();
    await clock.advance(3 * 60_000);
    expect(runs[2]?.at).toBe('2026-03-01T10:40:00.000Z');
  });

  it('does not run twice for one tick where its clock fires a little early', async () => {
    const clock = manualClock('2026-03-01T10:02:00Z');
    const early: ManualClock = { ...clock, after: (ms, fn) => clock.after(Math.max(0, ms - 5), fn) };
    const { listener, runs } = timer(early);
    await listener.start();
    await clock.advance(9 * 60_000);
    expect(runs).toHaveLength(1);
    await clock.advance(10 * 60_000);
    expect(runs).toHaveLength(2);
  });

  it('lets a run asked for by hand wait for the one under way and leaves the schedule alone', async () => {
    const clock = manualClock('2026-03-01T10:02:00Z');
    const ends: Array<() => void> = [];
    const { listener, runs } = timer(clock, { invoke: () => new Promise((resolve) => ends.push(() => resolve(ok))) });
    await listener.start();
    await clock.advance(8 * 60_000);
    const byHand = listener.runNow();
    await clock.advance(60_000);
    expect(runs).toHaveLength(1);
    ends[0]?.();
    await clock.advance(0);
    expect(runs).toHaveLength(2);
    ends[1]?.();
    await byHand;
    await clock.advance(9 * 60_000);
    expect(runs[2]?.at).toBe('2026-03-01T10:20:00.000Z');
  });

  it('runs no more once it is stopped', async () => {
    const clock = manualClock('2026-03-01T10:02:00Z');
    const { listener, runs } = timer(clock);
    await listener.start();
    listener.stop();
    await clock.advance(60 * 60_000);
    expect(runs).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('runs at start where it is told to', async () => {
    const clock = manualClock('2026-03-01T10:02:00Z');
    const { listener, runs } = timer(clock, { runOnStartup: true });
    await listener.start();
    await clock.advance(8 * 60_000);
    expect(runs.map((run) => run.at)).toEqual(['2026-03-01T10:02:00.000Z', '2026-03-01T10:10:00.000Z']);
  });
});

describe('a monitored timer', () => {
  it('makes up at once for a run missed while the host was down, and says so', async () => {
    const clock = manualClock('2026-03-01T10:02:00Z');
    const monitor = memoryMonitor();
    const first = timer(clock, { monitor });
    await first.listener.start();
    await clock.advance(8 * 60_000);
    first.listener.stop();
    await clock.advance(45 * 60_000);

    const second = timer(clock, { monitor });
    await second.listener.start();
    await clock.advance(0);
    expect(second.runs).toHaveLength(1);
    expect(second.runs[0]?.timer).toMatchObject({
      IsPastDue: true,
      ScheduleStatus: { Last: '2026-03-01T10:10:00.000Z', Next: '2026-03-01T10:20:00.000Z' },
    });
    await clock.advance(5 * 60_000);
    expect(second.runs[1]).toMatchObject({ at: '2026-03-01T11:00:00.000Z', timer: { IsPastDue: false } });
  });

  it('misses nothing before its very first run', async () => {
    const clock = manualClock('2026-03-01T10:02:00Z');
    const monitor = memoryMonitor();
    const first = timer(clock, { monitor });
    await first.listener.start();
    first.listener.stop();
    await clock.advance(10 * 60_000);
    const second = timer(clock, { monitor });
    await second.listener.start();
    await clock.advance(0);
    expect(second.runs[0]?.timer.IsPastDue).toBe(true);
  });

  it('does not run at once because its schedule was changed meanwhile', async () => {
    const clock = manualClock('2026-03-01T10:02:00Z');
    const monitor = memoryMonitor();
    const first = timer(clock, { monitor });
    await first.listener.start();
    first.listener.stop();
    await clock.advance(60 * 60_000);
    const second = timer(clock, { monitor, expression: '0 0 * * * *' });
    await second.listener.start();
    await clock.advance(1);
    expect(second.runs).toEqual([]);
    await clock.advance(60 * 60_000);
    expect(second.runs[0]?.at).toBe('2026-03-01T12:00:00.000Z');
  });

  it('runs on without its store', async () => {
    const clock = manualClock('2026-03-01T10:02:00Z');
    const broken: ScheduleMonitor = { read: () => Promise.reject(new Error('down')), write: () => Promise.reject(new Error('down')) };
    const { listener, runs } = timer(clock, { monitor: broken });
    await listener.start();
    await clock.advance(20 * 60_000);
    expect(runs).toHaveLength(2);
  });

  it('is none where its schedule ticks more often than once a minute', () => {
    const now = Date.parse('2026-03-01T10:02:10Z');
    expect(canBeMonitored(parseNcrontab('*/30 * * * * *'), now)).toBe(false);
    expect(canBeMonitored(parseNcrontab('0 * * * * *'), now)).toBe(true);
    expect(canBeMonitored(parseNcrontab('0 0 0 31 2 *'), now)).toBe(true);
  });
});
