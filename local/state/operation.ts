import type { RowChange } from '../../shared/sync/ports.ts';

export type StorageOperation =
  | 'tables.get'
  | 'tables.range'
  | 'tables.pick'
  | 'tables.scan'
  | 'tables.transact'
  | 'queues.send'
  | 'queues.receive'
  | 'queues.update'
  | 'queues.remove'
  | 'queues.length'
  | 'blobs.put'
  | 'blobs.get'
  | 'blobs.getIfChanged'
  | 'blobs.list'
  | 'blobs.remove';

export interface OperationDetails {
  /** Table, queue or container. */
  readonly place: string;
  readonly partition?: string;
  /** Row keys, message ids or a blob's name. */
  readonly keys?: readonly string[];
  /** What a transaction asks for. */
  readonly changes?: readonly RowChange[];
}

/**
 * Called around every request that the real adapter would send: a listing of 2,500 rows calls them three times. Throw in `before`: nothing was done;
 * throw in `after`: it was done and its answer is lost; never settle: the process died there. A promise delays the operation.
 */
export interface StorageHooks {
  before?(op: StorageOperation, details: OperationDetails): Promise<void> | void;
  after?(op: StorageOperation, details: OperationDetails): Promise<void> | void;
  /** True: this delivery does not hide the message, so that somebody else receives it too. */
  deliverTwice?(queue: string, messageId: string): boolean;
}

export type Run = <T>(op: StorageOperation, details: OperationDetails, commit: () => T) => Promise<T>;

/** `commit` runs in one piece: nobody sees half of it. */
export function hooked(hooks: StorageHooks): Run {
  return async (op, details, commit) => {
    await hooks.before?.(op, details);
    const answer = commit();
    await hooks.after?.(op, details);
    return answer;
  };
}
