import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { createAdminApi } from './admin-api.ts';
import type { Random } from './chance.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { readHostJson } from './host-json.ts';
import type { HostJson } from './host-json.ts';
import { listenHttp } from './http-front.ts';
import { createRoutes } from './http-routes.ts';
import { createInvocations } from './invocations.ts';
import type { Invocations } from './invocations.ts';
import { readHostKeys } from './keys.ts';
import type { HostLog } from './log.ts';
import { storageMessageQueue } from './message-queue.ts';
import { parseNcrontab } from './ncrontab.ts';
import { createPollDelay } from './poll-delay.ts';
import { createQueueListener } from './queue-listener.ts';
import type { QueueListener } from './queue-listener.ts';
import { queueTriggerMetadata } from './queue-message-data.ts';
import { readRegistrations } from './registration.ts';
import type { FunctionRegistration, HttpRegistration, QueueRegistration, TimerRegistration } from './registration.ts';
import { blobScheduleMonitor } from './schedule-monitor.ts';
import { connectionString, resolveSettings } from './settings.ts';
import type { Settings } from './settings.ts';
import { canBeMonitored, createTimerListener } from './timer-listener.ts';
import type { TimerListener } from './timer-listener.ts';
import { loadWorker } from './worker.ts';

export interface HostOptions {
  /** Path of the built bundle, an ES module. */
  bundle: string;
  /** Path of host.json. */
  hostJson: string;
  /** 0 takes any free port of the loopback. */
  port: number;
  /** App settings: put into the environment before the bundle loads, as Azure does, and taken out again by `stop`. */
  settings: Settings;
  /** The host's own storage account; also the value of AzureWebJobsStorage where the settings have none. */
  storageConnection: string;
  /** `{"default": "…", "master": "…", "functions": {"name": {"key": "…"}}}`; the setting HOST_KEYS (the same as JSON) where absent. */
  keys?: unknown;
  clock?: Clock;
  random?: Random;
  log?: HostLog;
}

interface HostFunction {
  name: string;
  trigger: 'http' | 'timer' | 'queue';
  route?: string;
  methods?: readonly string[];
  authLevel?: string;
  schedule?: string;
  queueName?: string;
}

export interface Host {
  url: string;
  functions: readonly HostFunction[];
  /** How many invocations run now. */
  readonly running: number;
  /** Runs a timer function now, after a run that is under way; rejects where it fails or there is none of that name. */
  runTimer(name: string): Promise<void>;
  /** Takes nothing new, waits up to `drain` milliseconds (30 s) for what runs, and ends; answers how many invocations were left running. */
  stop(drain?: number): Promise<number>;
}

const DRAIN = 30_000;
/** How long the last answers may take to go out after their functions have ended. */
const ANSWERING = 1_000;
const BODY_LIMIT = 104_857_600;

/** Loads the bundle and serves it as Azure does; rejects with one sentence where it cannot. */
export async function startHost(options: HostOptions): Promise<Host> {
  const clock = options.clock ?? systemClock();
  const random = options.random ?? Math.random;
  const log = options.log ?? (() => undefined);
  const hostJson = readHostJson(await readJson(options.hostJson, 'host.json'), availableParallelism());
  const settings: Settings = { AzureWebJobsStorage: options.storageConnection, ...options.settings };
  const keys = readHostKeys(options.keys ?? parseKeys(settings['HOST_KEYS']));
  const restoreEnvironment = applySettings(settings);
  try {
    const worker = await loadBundle(options.bundle, log);
    const registrations = readRegistrations(worker.functions);
    const invocations = createInvocations(worker, hostJson.functionTimeout, clock, random, log);
    const shared: Shared = { hostJson, settings, invocations, clock, random, log, storageConnection: options.storageConnection };

    const http = registrations.filter((fn): fn is HttpRegistration => fn.trigger === 'http');
    const route = createRoutes(http, hostJson.routePrefix);
    const timers = new Map(registrations.filter((fn): fn is TimerRegistration => fn.trigger === 'timer').map((fn) => [fn.name, timerFor(fn, shared)]));
    const queues = registrations.filter((fn): fn is QueueRegistration => fn.trigger === 'queue').map((fn) => queueFor(fn, shared));
    const functions = registrations.map((fn) => describe(fn, hostJson.routePrefix, settings));

    const admin = createAdminApi({
      functions,
      start: (name, input) => {
        const timer = timers.get(name);
        const fn = registrations.find((candidate) => candidate.name === name);
        if (timer) void timer.runNow();
        else if (fn) void invocations.run(fn, { data: { string: input } });
      },
    });
    const front = await listenHttp({
      port: options.port,
      route,
      keys,
      bodyLimit: bodyLimit(settings),
      streamUri: worker.capabilities['HttpUri'],
      invocations,
      admin,
      log,
    });
    for (const timer of timers.values()) await timer.start();
    for (const queue of queues) queue.start();

    let stopping: Promise<number> | undefined;
    const stop = async (drain: number): Promise<number> => {
      const closed = front.close();
      for (const timer of timers.values()) timer.stop();
      const queuesStopped = Promise.all(queues.map((queue) => queue.stop()));
      // A message is completed only after its function has ended, so both are waited for, and both within the bound.
      await within(drain, Promise.all([queuesStopped, invocations.settled()]), clock);
      const left = invocations.running;
      if (left > 0) log({ level: 'warning', category: 'Host', message: `The host stops although ${left} invocations still run.` });
      if (left > 0 || !(await within(ANSWERING, closed, clock))) front.cut();
      await worker.terminate();
      restoreEnvironment();
      return left;
    };
    return {
      url: front.url,
      functions,
      get running() {
        return invocations.running;
      },
      runTimer: async (name) => {
        const timer = timers.get(name);
        if (!timer) throw new Error(`There is no timer function "${name}"; there are: ${[...timers.keys()].join(', ') || 'none'}.`);
        const outcome = await timer.runNow();
        if (!outcome.succeeded) throw new Error(`The timer function "${name}" ${outcome.timedOut ? 'exceeded the functionTimeout' : 'failed'}; the host's log says why.`);
      },
      stop: (drain = DRAIN) => (stopping ??= stop(drain)),
    };
  } catch (error) {
    restoreEnvironment();
    throw error;
  }
}

interface Shared {
  hostJson: HostJson;
  settings: Settings;
  storageConnection: string;
  invocations: Invocations;
  clock: Clock;
  random: Random;
  log: HostLog;
}

function timerFor(fn: TimerRegistration, shared: Shared): TimerListener {
  const { clock, log, settings, invocations } = shared;
  const schedule = parseNcrontab(resolveSettings(fn.schedule, settings, `The schedule of function "${fn.name}"`));
  const monitored = fn.useMonitor !== false && canBeMonitored(schedule, clock.now());
  const monitor = monitored ? blobScheduleMonitor(shared.storageConnection, 'local') : undefined;
  const invoke = (json: string) => invocations.run(fn, { data: { json } });
  return createTimerListener({ name: fn.name, schedule, runOnStartup: fn.runOnStartup, monitor, clock, log, invoke });
}

function queueFor(fn: QueueRegistration, shared: Shared): QueueListener {
  const { clock, log, settings, invocations, hostJson, random } = shared;
  const queueName = resolveSettings(fn.queueName, settings, `The queue of function "${fn.name}"`);
  return createQueueListener({
    functionName: fn.name,
    queueName,
    queue: storageMessageQueue(connectionString(fn.connection, settings, `Function "${fn.name}"`), queueName),
    options: hostJson.queues,
    clock,
    log,
    pollDelay: createPollDelay(hostJson.queues.maxPollingInterval, random),
    invoke: async (message, text) => (await invocations.run(fn, { data: { string: text }, metadata: queueTriggerMetadata(message, text) })).succeeded,
  });
}

function describe(fn: FunctionRegistration, prefix: string, settings: Settings): HostFunction {
  switch (fn.trigger) {
    case 'http':
      return { name: fn.name, trigger: fn.trigger, route: [prefix, fn.route].filter((part) => part !== '').join('/'), methods: fn.methods, authLevel: fn.authLevel };
    case 'timer':
      return { name: fn.name, trigger: fn.trigger, schedule: resolveSettings(fn.schedule, settings, fn.name) };
    case 'queue':
      return { name: fn.name, trigger: fn.trigger, queueName: resolveSettings(fn.queueName, settings, fn.name) };
  }
}

async function loadBundle(bundle: string, log: HostLog): ReturnType<typeof loadWorker> {
  try {
    return await loadWorker(bundle, dirname(dirname(bundle)), log);
  } catch (error) {
    throw new Error(`The bundle ${bundle} could not be loaded: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function readJson(path: string, name: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(`${name} could not be read at ${path}.`, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${name} at ${path} is not JSON.`, { cause: error });
  }
}

function parseKeys(text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Error('The setting HOST_KEYS is not JSON; write it as {"default": "…", "master": "…"}.');
  }
}

function bodyLimit(settings: Settings): number {
  const given = Number(settings['FUNCTIONS_REQUEST_BODY_SIZE_LIMIT'] ?? BODY_LIMIT);
  return Number.isFinite(given) && given > 0 ? given : BODY_LIMIT;
}

function applySettings(settings: Settings): () => void {
  const before = Object.keys(settings).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, settings);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

/** Waits for `work`, at most `ms`; false where that was too short. */
function within(ms: number, work: Promise<unknown>, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, () => resolve(false));
    const done = (): void => {
      cancel();
      resolve(true);
    };
    work.then(done, done);
  });
}
