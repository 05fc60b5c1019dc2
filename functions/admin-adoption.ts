import type { HttpHandler, HttpResponseInit } from '@azure/functions';
import type { AppOf } from '../shared/compose.ts';
import { meantBy } from './meant.ts';

const NO_STORE = { 'cache-control': 'no-store' };
const ANSWERS = ['adopt', 'separate', 'anew'] as const;

/** What first synchronizations found on both sides, or would do. Unknown ids are answered alike. */
export function adminAdoption(appOf: AppOf): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const meant = meantBy(request);
    if ('mistake' in meant) return { status: 400, body: meant.mistake };
    return { jsonBody: await appOf(context).viewAdoptions(meant.tenantId, meant.mailboxId), headers: NO_STORE };
  };
}

/** adopt: go on as the list says, or look again at what was not decided. separate: what was not decided are different things. anew: the mailbox was made anew. */
export function adminAdoptionAnswer(appOf: AppOf): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const verdict = ANSWERS.find((one) => one === request.params['answer']);
    if (verdict === undefined) return { status: 404, body: `There is no such answer; there are: ${ANSWERS.join(', ')}.` };
    const meant = meantBy(request);
    if ('mistake' in meant) return { status: 400, body: meant.mistake };
    const { mailboxes } = await appOf(context).answerAdoption({ ...meant, verdict });
    if (mailboxes === 0) return { status: 404, body: 'No mailbox waits for this answer: GET /api/admin/adoption?tenantId=… lists what was found, and what could not be decided.' };
    return { status: 202, jsonBody: { answer: verdict, mailboxes } };
  };
}
