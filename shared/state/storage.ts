import type { Storage } from '../sync/ports.ts';
import { PATIENCE } from './access.ts';
import type { Patience, StorageAccess } from './access.ts';
import { azureBlobs } from './blobs.ts';
import { azureQueues } from './queues.ts';
import { azureTables } from './tables.ts';

/** Table Storage, Storage Queues and blobs of one account. Nothing is opened or checked before the first call; each call ends within the deadline. */
export function azureStorage(access: StorageAccess, patience: Patience = PATIENCE): Storage {
  return { tables: azureTables(access, patience), queues: azureQueues(access, patience), blobs: azureBlobs(access, patience) };
}
