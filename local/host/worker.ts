import { pathToFileURL } from 'node:url';
import { Disposable, provideCoreModule } from './core-module.ts';
import type { CoreModule, HookCallback, HookName } from './core-module.ts';
import type {
  CoreInvocationContext,
  FunctionCallback,
  FunctionMetadata,
  InvocationState,
  ProgrammingModel,
  RpcInvocationRequest,
  RpcInvocationResponse,
  RpcLogCategory,
  RpcLogLevel,
} from './rpc.ts';
import { failureName, functionCategory } from './log.ts';
import type { HostLog } from './log.ts';

/** The bundle with everything it registered, ready to be invoked as Azure's Node worker invokes it. */
export interface Worker {
  readonly functions: readonly FunctionMetadata[];
  /** What the programming model answered to getCapabilities; `HttpUri` is set when the bundle streams HTTP. */
  readonly capabilities: Readonly<Record<string, string>>;
  /** Rejects with the error of the function. */
  invoke(request: RpcInvocationRequest): Promise<RpcInvocationResponse>;
  /** Runs the appTerminate hooks. */
  terminate(): Promise<void>;
}

interface Registered {
  metadata: FunctionMetadata;
  callback: FunctionCallback;
}

/** What the library may ask for; the names are those of Azure/azure-functions-nodejs-worker, `src/eventHandlers/getWorkerCapabilities.ts`. */
const CAPABILITIES: Readonly<Record<string, string>> = {
  RawHttpBodyBytes: 'true',
  RpcHttpTriggerMetadataRemoved: 'true',
  RpcHttpBodyOnly: 'true',
  IgnoreEmptyValuedRpcHttpHeaders: 'true',
  UseNullableValueDictionaryForHttp: 'true',
  WorkerStatus: 'true',
  TypedDataCollection: 'true',
  HandlesWorkerTerminateMessage: 'true',
};

const loads = { count: 0, last: Promise.resolve() as Promise<unknown> };

/** Loads one bundle at a time: while it loads, `require('@azure/functions-core')` has to mean this worker and no other. */
export function loadWorker(bundle: string, appFolder: string, log: HostLog): Promise<Worker> {
  const load = loads.last.then(() => loadAlone(bundle, appFolder, log));
  loads.last = load.catch(() => undefined);
  return load;
}

async function loadAlone(bundle: string, appFolder: string, log: HostLog): Promise<Worker> {
  const functions = new Map<string, Registered>();
  const hooks: Record<HookName, HookCallback[]> = { preInvocation: [], postInvocation: [], appStart: [], appTerminate: [], log: [] };
  const appHookData = {};
  const appLevelHookData = {};
  let model: ProgrammingModel | undefined;
  let started = false;

  const emit = (category: string, kind: RpcLogCategory, level: RpcLogLevel, message: string, invocation?: { id: string; context: unknown }): void => {
    const context = Object.assign(fixed({ hookData: {}, appHookData, invocationContext: invocation?.context }), { level, message, category: kind });
    for (const hook of hooks.log) hook(context);
    log({ level: context.level, category, message: context.message, ...(invocation ? { invocationId: invocation.id } : {}) });
  };

  const core: CoreModule = {
    version: '3.10.1',
    hostVersion: '4.1048.100',
    registerFunction: (metadata, callback) => {
      if (started) throw new Error('A function can only be registered during app startup.');
      const id = metadata.functionId ?? metadata.name;
      if (functions.has(id)) throw new Error(`A function named "${metadata.name}" is registered twice; give one of them another name.`);
      functions.set(id, { metadata: { ...metadata, functionId: id }, callback });
      return new Disposable(() => {
        if (started) throw new Error('A function can only be disposed during app startup.');
        functions.delete(id);
      });
    },
    registerHook: (name, callback) => {
      if (!isHookName(name)) throw new RangeError(`Unrecognized hook "${name}"; the worker knows ${Object.keys(hooks).join(', ')}.`);
      hooks[name].push(callback);
      return new Disposable(() => {
        hooks[name] = hooks[name].filter((other) => other !== callback);
      });
    },
    setProgrammingModel: (chosen) => {
      model = chosen;
    },
    getProgrammingModel: () => model,
    log: (level, category, message) => emit('Worker', category, level, message),
    Disposable,
  };

  provideCoreModule(core);
  // The query makes every load a new module instance, as every worker of Azure is a new process.
  loads.count += 1;
  const url = `${pathToFileURL(bundle).href}?load=${loads.count}`;
  await import(/* @vite-ignore */ url);
  await runHooks(hooks.appStart, Object.assign(fixed({ hookData: appLevelHookData, appHookData }), { functionAppDirectory: appFolder }));
  const capabilities = (await model?.getCapabilities?.({ ...CAPABILITIES })) ?? { ...CAPABILITIES };
  started = true;

  const invoke = async (request: RpcInvocationRequest): Promise<RpcInvocationResponse> => {
    const registered = functions.get(request.functionId);
    if (!registered || !model) throw new Error(`Function code for "${request.functionId}" is not loaded and cannot be invoked.`);
    const name = registered.metadata.name;
    const running: { state: InvocationState | undefined; context: unknown } = { state: undefined, context: undefined };
    const coreContext: CoreInvocationContext = {
      invocationId: request.invocationId,
      request,
      metadata: registered.metadata,
      get state() {
        return running.state;
      },
      log: (level, category, message) =>
        emit(functionCategory(name, category), category, level, message, { id: request.invocationId, context: running.context }),
    };

    const invocation = await model.getInvocationModel(coreContext);
    const { context, inputs } = await invocation.getArguments();
    running.context = context;
    const shared = { hookData: {}, appHookData, invocationContext: context };
    const before = Object.assign(fixed(shared), { functionCallback: registered.callback, inputs });
    await during('preInvocationHooks', () => runHooks(hooks.preInvocation, before));

    const after = Object.assign(fixed(shared), { inputs: before.inputs, result: null as unknown, error: null as unknown });
    await during('invocation', async () => {
      try {
        after.result = await invocation.invokeFunction(context, before.inputs, before.functionCallback);
      } catch (error) {
        after.error = error;
      }
    });
    await during('postInvocationHooks', () => runHooks(hooks.postInvocation, after));
    if (after.error instanceof Error) throw after.error;
    // A function may throw anything at all; Azure's worker drops what is no Error, which would hide a failure here.
    if (after.error != null) throw new Error(`Function "${name}" failed with a value that is no Error.`);
    return invocation.getResponse(context, after.result);

    async function during(state: InvocationState, run: () => Promise<void>): Promise<void> {
      running.state = state;
      try {
        await run();
      } finally {
        running.state = undefined;
      }
    }
  };

  return {
    functions: [...functions.values()].map((entry) => entry.metadata),
    capabilities,
    invoke,
    terminate: async () => {
      try {
        await runHooks(hooks.appTerminate, fixed({ hookData: appLevelHookData, appHookData }));
      } catch (error) {
        log({ level: 'error', category: 'Host', message: `An appTerminate hook failed with ${failureName(error)}.` });
      }
    },
  };
}

function isHookName(name: string): name is HookName {
  return ['preInvocation', 'postInvocation', 'appStart', 'appTerminate', 'log'].includes(name);
}

async function runHooks(callbacks: readonly HookCallback[], context: object): Promise<void> {
  for (const callback of callbacks) await callback(context);
}

/** A hook may change these objects but not put others in their place, as in Azure's worker. */
function fixed<T extends object>(values: T): T {
  const target = {};
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(target, name, {
      enumerable: true,
      get: () => value as unknown,
      set: () => {
        throw new Error(`Cannot assign to read only property "${name}".`);
      },
    });
  }
  return target as T;
}
