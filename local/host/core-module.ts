import Module from 'node:module';
import type { FunctionCallback, FunctionMetadata, ProgrammingModel, RpcLogCategory, RpcLogLevel } from './rpc.ts';

export type HookName = 'preInvocation' | 'postInvocation' | 'appStart' | 'appTerminate' | 'log';
export type HookCallback = (context: object) => unknown;

/** The module `@azure/functions-core` as the bundle sees it. */
export interface CoreModule {
  readonly version: string;
  readonly hostVersion: string;
  registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable;
  registerHook(name: string, callback: HookCallback): Disposable;
  setProgrammingModel(model: ProgrammingModel): void;
  getProgrammingModel(): ProgrammingModel | undefined;
  log(level: RpcLogLevel, category: RpcLogCategory, message: string): void;
  readonly Disposable: typeof Disposable;
}

export class Disposable {
  #dispose: (() => unknown) | undefined;

  constructor(dispose: () => unknown) {
    this.#dispose = dispose;
  }

  static from(...parts: Array<{ dispose(): unknown }>): Disposable {
    return new Disposable(() => parts.forEach((part) => part.dispose()));
  }

  dispose(): unknown {
    const dispose = this.#dispose;
    this.#dispose = undefined;
    return dispose?.();
  }
}

/** One process has one `require`, so the hosts that a test starts in it take turns: the last one provided answers. */
const provided: { core: CoreModule | undefined } = { core: undefined };

/**
 * Lets `require('@azure/functions-core')` answer with `core`, by the same means as Azure's worker (`src/setupCoreModule.ts`): that package exists nowhere
 * on disk.
 */
export function provideCoreModule(core: CoreModule): void {
  const first = provided.core === undefined;
  provided.core = core;
  if (!first) return;
  Module.prototype.require = new Proxy(Module.prototype.require, {
    apply: (target, self, args: [string]) => (args[0] === '@azure/functions-core' ? provided.core : Reflect.apply(target, self, args)),
  });
}
