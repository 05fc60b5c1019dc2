import type { HttpHandler, HttpResponseInit } from '@azure/functions';
import type { AppOf } from '../shared/compose.ts';
import { idIn } from './ids.ts';

const NO_STORE = { 'cache-control': 'no-store' };

/** How the mailboxes of a tenant are doing. Unknown ids are answered alike. */
export function adminMailboxes(appOf: AppOf): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const tenantId = idIn(request.params['tenantId']);
    return { jsonBody: tenantId === null ? { mailboxes: [] } : await appOf(context).viewMailboxes(tenantId), headers: NO_STORE };
  };
}

/** What was decided for one mailbox, and why. */
export function adminJournal(appOf: AppOf): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const tenantId = idIn(request.params['tenantId']);
    const mailboxId = idIn(request.params['mailboxId']);
    const asked = Number(request.query.get('top') ?? 50);
    const top = Number.isInteger(asked) && asked > 0 ? Math.min(asked, 500) : 50;
    const journal = tenantId === null || mailboxId === null ? { entries: [] } : await appOf(context).viewJournal(tenantId, mailboxId, top);
    return { jsonBody: journal, headers: NO_STORE };
  };
}
