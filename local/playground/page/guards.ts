import { Trouble, type Send } from './http.ts';

/** Both guards of the connector, by its admin routes: what they hold for the person shown, and an administrator's answer. */

export type GuardName = 'deletions' | 'mails';
export type Verdict = 'yes' | 'no';

/** One item that waits: ids, no content. */
export interface HeldItem {
  readonly pairId: string;
  readonly graphId: string | null;
  readonly crmId: string | null;
  /** Of a deletion: where it would be written. */
  readonly side?: string;
  readonly limit?: string;
  /** Of mails. */
  readonly action?: string;
  readonly recipients?: number;
}

export interface HeldList {
  /** An answer counts for what was held up to then. */
  readonly asOf: number;
  readonly held: readonly HeldItem[];
}

export interface Guards {
  /** Null where the connector does not tell. */
  list(guard: GuardName, mailboxId: string): Promise<HeldList | null>;
  /** `changed`: nothing of that list is held any more, so nothing was answered. */
  answer(guard: GuardName, mailboxId: string, verdict: Verdict, asOf: number): Promise<'given' | 'changed'>;
}

const ROUTES: Readonly<Record<GuardName, { readonly route: string } & Readonly<Record<Verdict, string>>>> = {
  deletions: { route: 'guard', yes: 'confirm', no: 'reject' },
  mails: { route: 'mail-guard', yes: 'release', no: 'reject' },
};

export function guardsClient(send: Send, tenantId: string): Guards {
  const who = 'The connector';
  const path = (guard: GuardName, mailboxId: string, answer = ''): string => `/connector/api/admin/${ROUTES[guard].route}${answer}?tenantId=${encodeURIComponent(tenantId)}&mailboxId=${encodeURIComponent(mailboxId)}`;
  return {
    async list(guard, mailboxId) {
      try {
        return (await send(path(guard, mailboxId), { who })) as HeldList;
      } catch (trouble) {
        if (trouble instanceof Trouble) return null;
        throw trouble;
      }
    },
    async answer(guard, mailboxId, verdict, asOf) {
      try {
        await send(`${path(guard, mailboxId, `/${ROUTES[guard][verdict]}`)}&asOf=${asOf}`, { who, method: 'POST' });
        return 'given';
      } catch (trouble) {
        if (trouble instanceof Trouble && trouble.status === 404) return 'changed';
        throw trouble;
      }
    },
  };
}

const LIMITS: Readonly<Record<string, string>> = {
  mailbox: 'more in a day than this mailbox may lose unasked',
  tenant: 'more in a day than the house may lose unasked',
  emptied: 'the whole calendar was empty at once',
};
const ACTIONS: Readonly<Record<string, string>> = { create: 'Creating it', update: 'Updating it', delete: 'Deleting it' };

/** What would happen, and why it waits. */
export function heldWords({ side, limit, action, recipients }: HeldItem): string {
  if (recipients !== undefined) return `${ACTIONS[action ?? ''] ?? 'Writing it'} in Outlook would mail ${recipients === 1 ? '1 person' : `${recipients} people`}.`;
  const where = side === 'graph' ? 'deleted in Outlook' : 'marked as deleted in the CRM';
  return `It would be ${where}: ${LIMITS[limit ?? ''] ?? 'it is one too many'}.`;
}
