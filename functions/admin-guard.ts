import type { HttpHandler, HttpResponseInit } from '@azure/functions';
import type { App, AppOf } from '../shared/compose.ts';
import { meantBy, type Meant } from './meant.ts';

const NO_STORE = { 'cache-control': 'no-store' };

type Give = (app: App, meant: Meant & { readonly asOf: number | null }) => Promise<{ readonly items: number; readonly body: unknown }>;

/** Deletions that the guard holds, of a tenant or of one mailbox. Unknown ids are answered alike. */
export function adminGuard(appOf: AppOf): HttpHandler {
  return listing(appOf, (app, { tenantId, mailboxId }) => app.viewHeld(tenantId, mailboxId));
}

/** Changes that the guard holds because of the mail that Graph would send for them. */
export function adminMailGuard(appOf: AppOf): HttpHandler {
  return listing(appOf, (app, { tenantId, mailboxId }) => app.viewHeldMails(tenantId, mailboxId));
}

/** An admin's answer: confirm carries the listed deletions out, reject keeps what is left of them. */
export function adminGuardAnswer(appOf: AppOf): HttpHandler {
  const give = (verdict: 'confirmed' | 'rejected'): Give => async (app, meant) => {
    const { mailboxes, items } = await app.answerHeld({ ...meant, verdict });
    return { items, body: { answer: verdict, mailboxes, deletions: items } };
  };
  return answering(appOf, new Map([['confirm', give('confirmed')], ['reject', give('rejected')]]), 'No deletion is held there: GET /api/admin/guard?tenantId=… lists what waits for an answer.');
}

/** An admin's answer: release sends the listed changes, reject leaves both sides as they are. */
export function adminMailGuardAnswer(appOf: AppOf): HttpHandler {
  const give = (verdict: 'released' | 'rejected'): Give => async (app, meant) => {
    const { mailboxes, items } = await app.answerHeldMails({ ...meant, verdict });
    return { items, body: { answer: verdict, mailboxes, changes: items } };
  };
  return answering(appOf, new Map([['release', give('released')], ['reject', give('rejected')]]), 'No change is held there: GET /api/admin/mail-guard?tenantId=… lists what waits for an answer.');
}

function listing(appOf: AppOf, list: (app: App, meant: Meant) => Promise<unknown>): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const meant = meantBy(request);
    if ('mistake' in meant) return { status: 400, body: meant.mistake };
    return { jsonBody: await list(appOf(context), meant), headers: NO_STORE };
  };
}

function answering(appOf: AppOf, answers: ReadonlyMap<string, Give>, nothing: string): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const give = answers.get(request.params['answer'] ?? '');
    if (give === undefined) return { status: 404, body: `There is no such answer; there are: ${[...answers.keys()].join(', ')}.` };
    const meant = meantBy(request);
    if ('mistake' in meant) return { status: 400, body: meant.mistake };
    const asOf = request.query.get('asOf');
    if (asOf !== null && !/^\d{1,15}$/.test(asOf)) return { status: 400, body: 'asOf must be the number that the list gave, or left out.' };
    const { items, body } = await give(appOf(context), { ...meant, asOf: asOf === null ? null : Number(asOf) });
    return items === 0 ? { status: 404, body: nothing } : { status: 202, jsonBody: body };
  };
}
