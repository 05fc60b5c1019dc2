import type { TokenCredential } from '@azure/identity';
import { SETTINGS } from '../config/names.ts';
import { PortFailure } from '../sync/failures.ts';

/** How the account is reached: a connection string (local, tests) or, in Azure, its three addresses and an identity. */
export type StorageAccess =
  | { readonly connectionString: string }
  | {
      readonly queueServiceUri: string;
      readonly tableServiceUri: string;
      readonly blobServiceUri: string;
      readonly credential: TokenCredential;
    };

/**
 * An SDK call is repeated at most twice after a lost or 5xx answer, within a second, and everything ends with the deadline. A repeated call whose
 * first attempt had taken effect may be answered 409 or 412 (a transaction: 'conflict', the caller reads again), 404 (a deletion: taken as done)
 * or leave a message twice in its queue.
 */
export interface Patience {
  readonly retries: number;
  readonly retryDelayMs: number;
  /** From the call to its end, repetitions included. */
  readonly deadlineMs: number;
}

export const PATIENCE: Patience = { retries: 2, retryDelayMs: 150, deadlineMs: 20_000 };

/** Without the slash that a path brings along. */
export function withoutSlash(uri: string): string {
  return uri.replace(/\/+$/, '');
}

/** An address of the account, for an identity: its token travels over https only. */
export function serviceUri(uri: string): string {
  if (new URL(uri).protocol !== 'https:') throw new TypeError('no https address');
  return withoutSlash(uri);
}

/** Clients are made at first use: a wrong setting is told there and never keeps the functions from loading. */
export function connect<T>(make: () => T): T {
  try {
    return make();
  } catch {
    throw new PortFailure('state', 'configuration', `The storage account cannot be addressed: correct the connection string ${SETTINGS.data}, or ${SETTINGS.dataQueueServiceUri}, ${SETTINGS.dataTableServiceUri} and ${SETTINGS.dataBlobServiceUri} (https).`, { code: 'BadAddress' });
  }
}

/** For queues and blobs: their SDKs' own policy, which pays no heed to Retry-After. */
export function retryOptions({ retries, retryDelayMs }: Patience): { readonly maxTries: number; readonly retryDelayInMs: number; readonly maxRetryDelayInMs: number } {
  return { maxTries: 1 + retries, retryDelayInMs: retryDelayMs, maxRetryDelayInMs: 3 * retryDelayMs };
}
