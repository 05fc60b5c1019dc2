import { Trouble, type Send } from './http.ts';

/** The connector's read-only admin API. What it does not have yet, or cannot tell now, is null. */

export interface MailboxState {
  readonly mailboxId: string;
  readonly state: string;
  readonly reason: string | null;
  /** ISO text or milliseconds. */
  readonly lastPassAt: string | number | null;
  readonly nextAt: string | number | null;
}

export interface JournalEntry {
  readonly at: string | number;
  readonly action: string;
  readonly side?: string;
  readonly reason: string;
  readonly detail?: string;
  readonly pairId?: string;
  /** Record id in the CRM. */
  readonly crm?: string;
  readonly groups?: readonly string[];
}

export interface Connector {
  /** Null where it does not answer. */
  readonly health: () => Promise<{ readonly status: string } | null>;
  readonly mailbox: (mailboxId: string) => Promise<MailboxState | null>;
  /** Newest first. */
  readonly journal: (mailboxId: string) => Promise<readonly JournalEntry[] | null>;
}

const TOP = 50;

export function connectorClient(send: Send, tenantId: string): Connector {
  const base = `/connector/api/admin/tenants/${encodeURIComponent(tenantId)}/mailboxes`;
  const read = async <T>(path: string): Promise<T | null> => {
    try {
      return (await send(path, { who: 'The connector' })) as T;
    } catch (trouble) {
      if (trouble instanceof Trouble) return null;
      throw trouble;
    }
  };
  return {
    health: () => read('/connector/api/health'),
    mailbox: async (mailboxId) => (await read<{ mailboxes?: readonly MailboxState[] }>(base))?.mailboxes?.find((one) => one.mailboxId === mailboxId) ?? null,
    journal: async (mailboxId) => (await read<{ entries?: readonly JournalEntry[] }>(`${base}/${encodeURIComponent(mailboxId)}/journal?top=${TOP}`))?.entries ?? null,
  };
}

/** Null for what is no instant. */
export function instantOf(value: string | number | null): number | null {
  if (value === null || value === '' || value === 0) return null;
  const instant = typeof value === 'number' ? value : Date.parse(value);
  return Number.isNaN(instant) ? null : instant;
}
