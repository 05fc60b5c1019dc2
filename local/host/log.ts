import type { RpcLogCategory, RpcLogLevel } from './rpc.ts';

/** One line of the host's log. `category` is `Host`, `Function.<name>` or `Function.<name>.User`, as in Application Insights' classic mode. */
export interface HostLogEntry {
  level: RpcLogLevel;
  category: string;
  message: string;
  invocationId?: string;
}

export type HostLog = (entry: HostLogEntry) => void;

export function functionCategory(name: string, category: RpcLogCategory): string {
  return category === 'user' ? `Function.${name}.User` : `Function.${name}`;
}

/** What may be said of a failure of the host's own calls: its class and code, never its text, which may quote a message or a key. */
export function failureName(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown failure';
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  const details = [code, statusCode].filter((part) => typeof part === 'string' || typeof part === 'number');
  return details.length > 0 ? `${error.name} (${details.join(', ')})` : error.name;
}
