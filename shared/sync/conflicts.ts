import { CONTAINERS } from '../config/names.ts';
import { fingerprint } from '../model/content.ts';
import type { Instant } from '../model/time/instant.ts';
import type { Conflict } from './plan.ts';
import type { Blobs, MailboxRef } from './ports.ts';

/** What the conflict log keeps of a value that lost: enough to put it back by hand. */
export interface KeptConflict {
  readonly pairId: string;
  readonly kind: string;
  readonly group: string;
  readonly loser: 'graph' | 'crm';
  readonly why: Conflict['why'] | 'writtenMeanwhile' | 'deletedHereEditedThere';
  readonly value: Conflict['value'];
  readonly at: Instant;
}

/**
 * Keeps the loser before it is overwritten. The name follows from what is kept, so that a pass that was killed and comes again keeps it once.
 * The container has a retention rule; nothing of it is ever logged.
 */
export async function keepConflict(blobs: Blobs, mailbox: MailboxRef, conflict: KeptConflict): Promise<void> {
  const name = `${folderOf(mailbox, conflict.pairId)}${conflict.group}-${conflict.loser}-${fingerprint(conflict.value)}.json`;
  await blobs.put(CONTAINERS.conflicts, name, new TextEncoder().encode(JSON.stringify(conflict)), { onlyNew: true, contentType: 'application/json' });
}

/** Everything that was kept of this pair goes: it is private now. */
export async function forgetConflicts(blobs: Blobs, mailbox: MailboxRef, pairId: string): Promise<void> {
  for (const { name } of await blobs.list(CONTAINERS.conflicts, folderOf(mailbox, pairId))) await blobs.remove(CONTAINERS.conflicts, name);
}

function folderOf({ tenantId, mailboxId }: MailboxRef, pairId: string): string {
  return `${tenantId}/${mailboxId}/${pairId}/`;
}
