import type { HttpHandler, HttpResponseInit } from '@azure/functions';
import type { AppOf } from '../shared/compose.ts';
import { idIn } from './ids.ts';

const NOTHING: HttpResponseInit = { status: 404, body: 'There is no such tenant.' };

/** How far each tenant on the list has come: ids, counts and states. */
export function adminTenants(appOf: AppOf): HttpHandler {
  return async (_request, context): Promise<HttpResponseInit> => ({ jsonBody: await appOf(context).viewTenants() });
}

export function adminTenant(appOf: AppOf): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const tenantId = idIn(request.params['tenantId']);
    const view = tenantId === null ? null : await appOf(context).viewTenant(tenantId);
    return view === null ? NOTHING : { jsonBody: view };
  };
}

/** Lets a tenant go: `?state=remove`, with its name in the body, removes what is known of it, too. */
export function adminOffboard(appOf: AppOf): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const tenantId = idIn(request.params['tenantId']);
    const state = request.query.get('state') ?? 'keep';
    if (state !== 'keep' && state !== 'remove') return { status: 400, body: 'state is keep (default) or remove.' };
    if (tenantId === null) return NOTHING;
    const body: unknown = await request.json().catch(() => null);
    const named: unknown = typeof body === 'object' && body !== null && 'tenant' in body ? body.tenant : null;
    const answer = await appOf(context).startOffboarding(tenantId, state, typeof named === 'string' ? named : '');
    if (answer.state === 'unknown') return NOTHING;
    if (answer.state === 'notConfirmed') return { status: 409, body: 'To remove what is known of a tenant, repeat its name (or its id, if it has none) in the body: {"tenant": "…"}.' };
    return { status: 202, jsonBody: 'leaving' in answer ? answer.leaving : {} };
  };
}
