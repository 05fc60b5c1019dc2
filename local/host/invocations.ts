import { traceParent, uuid } from './chance.ts';
import type { Random } from './chance.ts';
import type { Clock } from './clock.ts';
import { functionCategory } from './log.ts';
import type { HostLog } from './log.ts';
import type { FunctionRegistration } from './registration.ts';
import type { RpcInvocationResponse, RpcTypedData } from './rpc.ts';
import type { Worker } from './worker.ts';

/** What a trigger hands over. */
interface Trigger {
  data: RpcTypedData;
  metadata?: Record<string, RpcTypedData>;
  /** The caller's traceparent and tracestate, where it sent some. */
  traceParent?: string;
  traceState?: string;
  /** Called with the invocation's id once it is known, before the function runs. */
  onStart?: (invocationId: string) => void;
}

export type Outcome = { succeeded: true; response: RpcInvocationResponse } | { succeeded: false; timedOut: boolean };

/** Runs functions, reports how they ended and knows what still runs. */
export interface Invocations {
  run(fn: FunctionRegistration, trigger: Trigger): Promise<Outcome>;
  readonly running: number;
  /** Settles when nothing runs any more. */
  settled(): Promise<void>;
}

export function createInvocations(worker: Worker, timeout: number | undefined, clock: Clock, random: Random, log: HostLog): Invocations {
  const active = new Set<Promise<unknown>>();

  async function run(fn: FunctionRegistration, trigger: Trigger): Promise<Outcome> {
    const invocationId = uuid(random);
    const category = functionCategory(fn.name, 'system');
    const started = clock.now();
    trigger.onStart?.(invocationId);
    log({ level: 'information', category, message: `Executing 'Functions.${fn.name}' (Id=${invocationId})`, invocationId });
    const call = worker.invoke({
      invocationId,
      functionId: fn.functionId,
      inputData: [{ name: fn.binding, data: trigger.data }],
      triggerMetadata: trigger.metadata ?? {},
      traceContext: { traceParent: traceParent(random, trigger.traceParent), traceState: trigger.traceState ?? null, attributes: {} },
      retryContext: null,
    });
    const ended = await withTimeout(call);
    const duration = `Id=${invocationId}, Duration=${clock.now() - started}ms`;
    if (ended.kind === 'done') {
      log({ level: 'information', category, message: `Executed 'Functions.${fn.name}' (Succeeded, ${duration})`, invocationId });
      return { succeeded: true, response: ended.response };
    }
    const timedOut = ended.kind === 'timeout';
    const reason = timedOut ? `functionTimeout of ${timeout} ms exceeded` : described(ended.error);
    log({ level: 'error', category, message: `Executed 'Functions.${fn.name}' (Failed, ${duration}): ${reason}`, invocationId });
    return { succeeded: false, timedOut };
  }

  type Ended = { kind: 'done'; response: RpcInvocationResponse } | { kind: 'error'; error: unknown } | { kind: 'timeout' };

  /** Azure ends the worker when a function runs too long; here it runs on, unheeded. */
  function withTimeout(call: Promise<RpcInvocationResponse>): Promise<Ended> {
    return new Promise((resolve) => {
      const cancel = timeout === undefined ? () => undefined : clock.after(timeout, () => resolve({ kind: 'timeout' }));
      call.then(
        (response) => {
          cancel();
          resolve({ kind: 'done', response });
        },
        (error: unknown) => {
          cancel();
          resolve({ kind: 'error', error });
        },
      );
    });
  }

  return {
    run: (fn, trigger) => {
      const running = run(fn, trigger);
      const entry = running.finally(() => active.delete(entry));
      active.add(entry);
      return running;
    },
    get running() {
      return active.size;
    },
    settled: async () => {
      while (active.size > 0) await Promise.allSettled(active);
    },
  };
}

/** Azure logs the exception of a function whole; keeping private things out of its text is the function's part. */
function described(error: unknown): string {
  return error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : 'an unknown failure';
}
