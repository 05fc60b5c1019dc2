import type { FunctionMetadata, RpcBindingInfo } from './rpc.ts';

export type AuthLevel = 'anonymous' | 'function' | 'admin';

interface Registration {
  /** The function's name, unique without regard to case. */
  name: string;
  functionId: string;
  /** The name under which the trigger's data has to be handed over. */
  binding: string;
}

export interface HttpRegistration extends Registration {
  trigger: 'http';
  route: string;
  methods: readonly string[];
  authLevel: AuthLevel;
}

export interface TimerRegistration extends Registration {
  trigger: 'timer';
  schedule: string;
  runOnStartup: boolean;
  useMonitor: boolean | undefined;
}

export interface QueueRegistration extends Registration {
  trigger: 'queue';
  queueName: string;
  connection: unknown;
}

export type FunctionRegistration = HttpRegistration | TimerRegistration | QueueRegistration;

/** Azure's host refuses other names, its worker does not look (azure.md 2.2). */
const FUNCTION_NAME = /^[a-z][a-z0-9_-]{0,127}$/i;
const BINDING_NAME = /^[a-zA-Z][a-zA-Z0-9]{0,127}$/;
const RETURN_BINDING = '$return';

/** Checks what the bundle registered and reads the triggers; throws one sentence that names the function. */
export function readRegistrations(functions: readonly FunctionMetadata[]): FunctionRegistration[] {
  if (functions.length === 0) throw new Error('The bundle registers no function; its entry file has to call app.http, app.timer or app.storageQueue.');
  const seen = new Map<string, string>();
  return functions.map((metadata) => {
    const key = metadata.name.toLowerCase();
    const twin = seen.get(key);
    if (twin !== undefined) throw new Error(`The functions "${twin}" and "${metadata.name}" differ in case only; Azure takes them for one.`);
    seen.set(key, metadata.name);
    return readRegistration(metadata);
  });
}

function readRegistration(metadata: FunctionMetadata): FunctionRegistration {
  const { name } = metadata;
  if (!FUNCTION_NAME.test(name) || name.toLowerCase() === 'host') {
    throw new Error(
      `The function name "${name}" is not allowed: it has to start with a letter, hold only letters, digits, "_" and "-", be at most 128 characters long and not be "host".`,
    );
  }
  let trigger: { binding: string; info: RpcBindingInfo } | undefined;
  for (const [binding, info] of Object.entries(metadata.bindings)) {
    if (binding !== RETURN_BINDING && !BINDING_NAME.test(binding)) {
      throw new Error(`The binding "${binding}" of function "${name}" is not allowed: it has to start with a letter and hold at most 128 letters and digits.`);
    }
    if (/trigger$/i.test(info.type ?? '')) trigger = { binding, info };
    else if (!(binding === RETURN_BINDING && info.type === 'http')) {
      throw new Error(`Function "${name}" has a binding of type "${String(info.type)}", which this host does not have; use the SDK of that service in the handler.`);
    }
  }
  if (!trigger) throw new Error(`Function "${name}" has no trigger.`);
  if (metadata.retryOptions != null) throw new Error(`Function "${name}" has a retry policy, which this host does not have; retry in the handler.`);
  return readTrigger({ name, functionId: metadata.functionId ?? name, binding: trigger.binding }, trigger.info);
}

function readTrigger(common: Registration, info: RpcBindingInfo): FunctionRegistration {
  switch (info.type?.toLowerCase()) {
    case 'httptrigger':
      return {
        ...common,
        trigger: 'http',
        route: typeof info['route'] === 'string' && info['route'] !== '' ? info['route'] : common.name,
        methods: methodsOf(info['methods']),
        authLevel: authLevelOf(info['authLevel'], common.name),
      };
    case 'timertrigger': {
      const schedule = info['schedule'];
      if (typeof schedule !== 'string') throw new Error(`The timer function "${common.name}" has no schedule; give it one such as "0 */5 * * * *".`);
      const monitor = info['useMonitor'];
      return {
        ...common,
        trigger: 'timer',
        schedule,
        runOnStartup: info['runOnStartup'] === true,
        useMonitor: typeof monitor === 'boolean' ? monitor : undefined,
      };
    }
    case 'queuetrigger': {
      const queueName = info['queueName'];
      if (typeof queueName !== 'string') throw new Error(`The queue function "${common.name}" has no queueName.`);
      return { ...common, trigger: 'queue', queueName, connection: info['connection'] };
    }
    default:
      throw new Error(`Function "${common.name}" has a trigger of type "${String(info.type)}", which this host does not have; it has http, timer and storage queue.`);
  }
}

function methodsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map((method) => String(method).toUpperCase()) : [];
}

function authLevelOf(value: unknown, name: string): AuthLevel {
  const level = String(value ?? 'anonymous').toLowerCase();
  if (level === 'anonymous' || level === 'function' || level === 'admin') return level;
  throw new Error(`Function "${name}" has the authLevel "${level}"; it has to be anonymous, function or admin.`);
}
