import { GRAPH_MARKER } from '../config/names.ts';
import type { MailboxRef } from '../sync/ports.ts';

export type MarkedMailbox = Pick<MailboxRef, 'tenantId' | 'mailboxId'>;

/** What our create leaves on an event. It names tenant and mailbox, because named properties travel to copies in other mailboxes (graph.md 4). */
export function markerValue({ tenantId, mailboxId }: MarkedMailbox, pairId: string): string {
  return `v1|${tenantId}|${mailboxId}|${pairId}`;
}

/** The pair id of a marker that was made for this mailbox. */
export function pairIdIn(value: string, mailbox: MarkedMailbox): string | null {
  const prefix = markerValue(mailbox, '');
  return value.startsWith(prefix) && value.length > prefix.length ? value.slice(prefix.length) : null;
}

export const EXPAND_MARKER = `singleValueExtendedProperties($filter=id eq '${GRAPH_MARKER}')`;

export function filterByMarker(value: string): string {
  return `singleValueExtendedProperties/Any(ep: ep/id eq '${GRAPH_MARKER}' and ep/value eq '${value.replaceAll("'", "''")}')`;
}
