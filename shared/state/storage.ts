import type { Storage } from '../sync/ports.ts';
import { DEADLINE_MS } from './access.ts';
import type { StorageAccess } from './access.ts';
import { azureBlobs } from './blobs.ts';
import { azureQueues } from './queues.ts';
import { azureTables } from './tables.ts';

/** Table Storage, Storage Queues and blobs of one account. Nothing is opened or checked before the first call; each call ends within the deadline. */
export function azureStorage(access: StorageAccess, { deadlineMs = DEADLINE_MS }: { readonly deadlineMs?: number } = {}): Storage {
  return { tables: azureTables(access, deadlineMs), queues: azureQueues(access, deadlineMs), blobs: azureBlobs(access, deadlineMs) };
}
