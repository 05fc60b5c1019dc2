import type { Cookie, HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import type { AppOf } from '../shared/compose.ts';
import type { ConsentView, Finished } from '../shared/jobs/consent.ts';
import { idIn, WHICH_TENANT } from './ids.ts';

const NO_STORE = { 'cache-control': 'no-store' };
/** Its prefix keeps other hosts of the domain from setting it. */
const COOKIE = '__Host-consent';

/** For ops: GET says how the tenant's last consent went, POST makes a link for its admin. */
export function adminConsent(appOf: AppOf): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const tenantId = idIn(request.query.get('tenantId'));
    if (tenantId === null) return { status: 400, body: WHICH_TENANT };
    const answer = request.method === 'POST' ? await appOf(context).inviteToConsent(tenantId) : await appOf(context).viewConsent(tenantId);
    if (answer === null) return { status: 404, body: 'There is no such tenant: put its rules into the configuration first.' };
    return 'mistake' in answer ? { status: 409, body: answer.mistake, headers: NO_STORE } : { jsonBody: answer, headers: NO_STORE };
  };
}

/** The tenant's admin opens the link: his browser gets a cookie and goes on to Entra. */
export function consentStart(appOf: AppOf): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const begun = await appOf(context).beginConsent(request.query.get('invitation') ?? '');
    if (begun === null) return page(400, 'This link has run out or is not complete. Please ask the operator of the connector for another one.');
    if ('mistake' in begun) return notReady();
    return { status: 302, headers: { location: begun.address, 'referrer-policy': 'no-referrer', ...NO_STORE }, cookies: [cookie(begun.cookie, 15 * 60)] };
  };
}

/** He comes back from Entra. */
export function consentCallback(appOf: AppOf): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const { query } = request;
    const finished = await appOf(context).finishConsent({ state: query.get('state') ?? '', cookie: cookieOf(request), tenant: query.get('tenant'), adminConsent: query.get('admin_consent'), error: query.get('error') });
    if (typeof finished !== 'string' && 'mistake' in finished) return notReady();
    const counts = typeof finished !== 'string';
    return { ...page(counts ? 200 : 400, said(finished)), ...(counts ? { cookies: [cookie('', 0)] } : {}) };
  };
}

/** What is wrong is for the operator alone. */
function notReady(): HttpResponseInit {
  return page(503, 'The connector is not set up for this. Please tell its operator: the job doctor says why.');
}

function said(finished: Finished): string {
  if (finished === 'notOurs') return 'This answer does not belong to a consent that was begun in this browser within the last quarter of an hour. Please open the link of the invitation once more.';
  if (finished === 'otherTenant') return 'The consent came from another tenant than the one that was invited, and does not count. Please sign in with an account of the invited tenant.';
  return SAID[finished.view.state](finished.view);
}

const SAID: Readonly<Record<ConsentView['state'], (view: ConsentView) => string>> = {
  granted: () => 'Thank you. Your tenant granted what the connector needs.',
  incomplete: ({ missing }) => `Your tenant consented, but did not grant: ${missing.join(', ')}. Please tell the operator of the connector.`,
  unproven: ({ code }) => `Your tenant consented, but the connector cannot sign in yet (${code ?? 'no code'}). This may take some minutes; if it lasts, please tell the operator of the connector.`,
  refused: ({ code }) => `No consent was given${code === null ? '' : ` (${code})`}. Nothing was changed; the link can be opened again.`,
  never: () => 'No consent was given.',
};

/** Lax, because the way back from Entra begins on another site. */
function cookie(value: string, maxAge: number): Cookie {
  return { name: COOKIE, value, path: '/', secure: true, httpOnly: true, sameSite: 'Lax', maxAge };
}

function cookieOf(request: HttpRequest): string {
  const pairs = (request.headers.get('cookie') ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? '';
}

/** One sentence of ours, and nothing of the request. */
function page(status: number, sentence: string): HttpResponseInit {
  const text = sentence.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'; frame-ancestors 'none'", 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', ...NO_STORE };
  return { status, headers, body: `<!doctype html><html lang="en"><meta charset="utf-8"><title>connector SE for Exchange</title><p>${text}</p></html>` };
}
