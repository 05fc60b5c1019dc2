import type { Clock } from './clock.ts';
import type { Outcome } from './invocations.ts';
import { failureName } from './log.ts';
import type { HostLog } from './log.ts';
import type { Schedule } from './ncrontab.ts';
import type { ScheduleMonitor, ScheduleStatus } from './schedule-monitor.ts';

/** One timer function's schedule. Runs of one timer never overlap, also not with one asked for by hand (TimerListener.cs). */
export interface TimerListener {
  /** Looks for a missed run, then arms the schedule. */
  start(): Promise<void>;
  /** Runs the function now, after a run that is under way; the schedule stays as it is. */
  runNow(): Promise<Outcome>;
  /** Lets no further run begin. A run under way goes on. */
  stop(): void;
}

export interface TimerParts {
  name: string;
  schedule: Schedule;
  runOnStartup: boolean;
  /** Absent where the schedule is not monitored: then a run missed while the host was down is lost. */
  monitor: ScheduleMonitor | undefined;
  clock: Clock;
  log: HostLog;
  /** Runs the function with the JSON of its timer. */
  invoke(json: string): Promise<Outcome>;
}

const MINUTE = 60_000;

/** Azure monitors no schedule that ticks more often than once a minute, even where `useMonitor` asks for it. */
export function canBeMonitored(schedule: Schedule, now: number): boolean {
  let at = now;
  for (let i = 0; i < 10; i += 1) {
    const next = schedule.next(at);
    if (next === undefined) return true;
    if (i > 0 && next - at < MINUTE) return false;
    at = next;
  }
  return true;
}

export function createTimerListener(parts: TimerParts): TimerListener {
  const { name, schedule, clock, log, monitor } = parts;
  let status: ScheduleStatus = { last: undefined, next: undefined, lastUpdated: undefined };
  let cancel = (): void => undefined;
  let stopped = false;
  let previous: Promise<unknown> = Promise.resolve();

  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = previous.then(run);
    previous = turn.catch(() => undefined);
    return turn;
  }

  async function start(): Promise<void> {
    const now = clock.now();
    const stored = await readStatus();
    const previousRun = stored?.last ?? stored?.lastUpdated;
    const unchanged = stored !== undefined && stored.next !== undefined && (previousRun === undefined || schedule.next(previousRun) === stored.next);
    if (stored && unchanged) status = stored;
    else {
      status = { last: stored?.last, next: schedule.next(now), lastUpdated: now };
      await writeStatus();
    }
    if (status.next !== undefined && now > status.next) startup(true);
    else if (parts.runOnStartup) startup(false);
    else arm();
  }

  function startup(isPastDue: boolean): void {
    cancel = clock.after(0, () => void tick(isPastDue, false));
  }

  function arm(): void {
    if (stopped) return;
    if (status.next === undefined) {
      log({ level: 'warning', category: 'Host', message: `The schedule of function "${name}" has no occurrence within 30 years; it will not run.` });
      return;
    }
    // A run that took longer than its interval is followed at once by one run, however many ticks it missed.
    cancel = clock.after(Math.max(0, status.next - clock.now()), () => void tick(false, true));
  }

  async function tick(isPastDue: boolean, scheduled: boolean): Promise<void> {
    try {
      await inTurn(async () => {
        if (stopped) return;
        const at = clock.now();
        try {
          await parts.invoke(timerJson(isPastDue));
        } catch (error) {
          log({ level: 'error', category: 'Host', message: `The timer function "${name}" could not be started: ${failureName(error)}.` });
        }
        // A clock that fires a little early must not make the same tick come twice.
        const counted = scheduled && status.next !== undefined && status.next > at ? status.next : at;
        status = { last: counted, next: schedule.next(counted), lastUpdated: counted };
        await writeStatus();
      });
    } finally {
      arm();
    }
  }

  function timerJson(isPastDue: boolean): string {
    const moment = (at: number | undefined): string => (at === undefined ? '0001-01-01T00:00:00+00:00' : new Date(at).toISOString());
    const scheduleStatus = monitor ? { Last: moment(status.last), Next: moment(status.next), LastUpdated: moment(status.lastUpdated) } : null;
    return JSON.stringify({ Schedule: { AdjustForDST: true }, ScheduleStatus: scheduleStatus, IsPastDue: isPastDue });
  }

  async function readStatus(): Promise<ScheduleStatus | undefined> {
    try {
      return await monitor?.read(name);
    } catch (error) {
      log({ level: 'warning', category: 'Host', message: `The stored schedule of function "${name}" could not be read: ${failureName(error)}.` });
      return undefined;
    }
  }

  async function writeStatus(): Promise<void> {
    try {
      await monitor?.write(name, status);
    } catch (error) {
      log({ level: 'warning', category: 'Host', message: `The schedule of function "${name}" could not be stored: ${failureName(error)}.` });
    }
  }

  return {
    start,
    runNow: () => inTurn(() => parts.invoke(timerJson(false))),
    stop: () => {
      stopped = true;
      cancel();
    },
  };
}
