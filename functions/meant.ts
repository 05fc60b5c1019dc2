import type { HttpRequest } from '@azure/functions';
import { idIn, WHICH_TENANT } from './ids.ts';

/** Whom an admin means; a mailbox of null is the whole tenant. */
export interface Meant {
  readonly tenantId: string;
  readonly mailboxId: string | null;
}

/** The tenant and, where one is named, the mailbox of a query string; else the sentence to answer with. */
export function meantBy(request: HttpRequest): Meant | { readonly mistake: string } {
  const tenantId = idIn(request.query.get('tenantId'));
  if (tenantId === null) return { mistake: WHICH_TENANT };
  const asked = request.query.get('mailboxId');
  const mailboxId = idIn(asked);
  if (asked !== null && mailboxId === null) return { mistake: 'mailboxId must be the mailbox’s id in Entra, a GUID, or left out for the whole tenant.' };
  return { tenantId, mailboxId };
}
