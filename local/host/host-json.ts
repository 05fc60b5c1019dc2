import { parseTimeSpan } from './timespan.ts';

/** `extensions.queues` of host.json, times in milliseconds (azure.md 3.1). */
export interface QueueOptions {
  batchSize: number;
  newBatchThreshold: number;
  maxPollingInterval: number;
  visibilityTimeout: number;
  maxDequeueCount: number;
  messageEncoding: 'base64' | 'none';
}

export interface HostJson {
  routePrefix: string;
  /** Milliseconds, or undefined where a function may run as long as it likes. */
  functionTimeout: number | undefined;
  queues: QueueOptions;
}

/** Reads what this host honours of a parsed host.json; `processors` is what the default of newBatchThreshold depends on. Throws one sentence. */
export function readHostJson(document: unknown, processors: number): HostJson {
  const root = section(document, 'host.json');
  if (root['version'] !== '2.0') throw new Error('host.json has no "version": "2.0"; Azure starts no function without it.');
  const extensions = section(root['extensions'] ?? {}, 'extensions');
  const http = section(extensions['http'] ?? {}, 'extensions.http');
  const queues = section(extensions['queues'] ?? {}, 'extensions.queues');
  if (section(root['concurrency'] ?? {}, 'concurrency')['dynamicConcurrencyEnabled'] === true) {
    throw new Error('host.json asks for dynamicConcurrencyEnabled, which this host does not have; set batchSize and newBatchThreshold instead.');
  }

  const batchSize = integer(queues, 'batchSize', 16, 1, 32);
  const encoding = queues['messageEncoding'] ?? 'base64';
  if (encoding !== 'base64' && encoding !== 'none') {
    throw new Error('extensions.queues.messageEncoding in host.json is neither "base64" nor "none".');
  }
  return {
    routePrefix: text(http, 'routePrefix', 'api').replace(/^\/+|\/+$/g, ''),
    functionTimeout: timeout(root['functionTimeout']),
    queues: {
      batchSize,
      newBatchThreshold: integer(queues, 'newBatchThreshold', Math.floor(batchSize / 2) * processors, 0, Number.MAX_SAFE_INTEGER),
      maxPollingInterval: span(queues, 'maxPollingInterval', 60_000, 100),
      visibilityTimeout: span(queues, 'visibilityTimeout', 0, 0),
      maxDequeueCount: integer(queues, 'maxDequeueCount', 5, 1, Number.MAX_SAFE_INTEGER),
      messageEncoding: encoding,
    },
  };
}

const HALF_AN_HOUR = 30 * 60_000;

function timeout(value: unknown): number | undefined {
  if (value === undefined || value === null) return HALF_AN_HOUR;
  if (value === '-1' || value === -1) return undefined;
  const milliseconds = typeof value === 'string' ? parseTimeSpan(value) : undefined;
  if (milliseconds === undefined || milliseconds <= 0) {
    throw new Error('functionTimeout in host.json is no time span; write it as "00:10:00", or "-1" for none.');
  }
  return milliseconds;
}

function section(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${name} has to be a JSON object.`);
  return value as Record<string, unknown>;
}

function text(options: Record<string, unknown>, name: string, otherwise: string): string {
  const value = options[name] ?? otherwise;
  if (typeof value !== 'string') throw new Error(`extensions.http.${name} in host.json has to be a string.`);
  return value;
}

function integer(options: Record<string, unknown>, name: string, otherwise: number, least: number, most: number): number {
  const value = options[name] ?? otherwise;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new Error(`extensions.queues.${name} in host.json has to be a whole number ${range}.`);
  }
  return value;
}

function span(options: Record<string, unknown>, name: string, otherwise: number, least: number): number {
  const value = options[name];
  if (value === undefined || value === null) return otherwise;
  const milliseconds = parseTimeSpan(value);
  if (milliseconds === undefined || milliseconds < least) {
    throw new Error(`extensions.queues.${name} in host.json has to be a time span of at least ${least} ms, such as "00:00:02".`);
  }
  return milliseconds;
}
