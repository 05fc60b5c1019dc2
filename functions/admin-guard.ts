import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import type { AppOf } from '../shared/compose.ts';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NO_STORE = { 'cache-control': 'no-store' };
const ANSWERS = { confirm: 'confirmed', reject: 'rejected' } as const;

/** Deletions that the guard holds, of a tenant or of one mailbox. Unknown ids are answered alike. */
export function adminGuard(appOf: AppOf): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const meant = meantBy(request);
    if ('mistake' in meant) return { status: 400, body: meant.mistake };
    return { jsonBody: await appOf(context).viewHeld(meant.tenantId, meant.mailboxId), headers: NO_STORE };
  };
}

/** An admin's answer: confirm carries the listed deletions out, reject keeps what is left of them. */
export function adminGuardAnswer(appOf: AppOf): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const given = request.params['answer'] ?? '';
    const verdict = given === 'confirm' || given === 'reject' ? ANSWERS[given] : null;
    if (verdict === null) return { status: 404, body: `There is no such answer; there are: ${Object.keys(ANSWERS).join(', ')}.` };
    const meant = meantBy(request);
    if ('mistake' in meant) return { status: 400, body: meant.mistake };
    const asOf = request.query.get('asOf');
    if (asOf !== null && !/^\d{1,15}$/.test(asOf)) return { status: 400, body: 'asOf must be the number that the list gave, or left out.' };
    const answered = await appOf(context).answerHeld({ ...meant, verdict, asOf: asOf === null ? null : Number(asOf) });
    if (answered.deletions === 0) return { status: 404, body: 'No deletion is held there: GET /api/admin/guard?tenantId=… lists what waits for an answer.' };
    return { status: 202, jsonBody: { answer: verdict, ...answered } };
  };
}

function meantBy(request: HttpRequest): { readonly tenantId: string; readonly mailboxId: string | null } | { readonly mistake: string } {
  const tenantId = request.query.get('tenantId');
  if (tenantId === null || !GUID.test(tenantId)) return { mistake: 'Say which tenant: ?tenantId= and its id in Entra, a GUID.' };
  const mailboxId = request.query.get('mailboxId');
  if (mailboxId !== null && !GUID.test(mailboxId)) return { mistake: 'mailboxId must be the mailbox’s id in Entra, a GUID, or left out for the whole tenant.' };
  return { tenantId: tenantId.toLowerCase(), mailboxId: mailboxId?.toLowerCase() ?? null };
}
