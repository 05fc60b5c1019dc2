import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import type { AppOf } from '../shared/compose.ts';
import type { Stored } from '../shared/jobs/rules-admin.ts';
import { idIn } from './ids.ts';
import { isJson } from './json-type.ts';

const NOTHING: HttpResponseInit = { status: 404, body: 'There is nothing of that name.' };
const WHICH = 'Say on what it rests: If-Match with the ETag that GET gave, or If-None-Match: * for a tenant that has no rules yet.';

/** GET: a tenant's rules with their ETag. PUT: others in their place. */
export function adminRules(appOf: AppOf): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const tenantId = idIn(request.params['tenantId']);
    if (tenantId === null) return NOTHING;
    const app = appOf(context);
    if (request.method === 'PUT') {
      if (!isJson(request.headers.get('content-type') ?? '')) return { status: 415, body: 'The rules must be JSON, and the content type application/json.' };
      const etag = restsOn(request);
      return etag === undefined ? { status: 428, body: WHICH } : told(await app.storeRules(tenantId, await request.text(), etag));
    }
    const view = await app.viewRules(tenantId);
    if (view === null) return NOTHING;
    return { body: view.text, headers: { 'content-type': 'application/json; charset=utf-8', etag: view.etag, 'x-mistakes': String(view.mistakes.length) } };
  };
}

export function adminRulesVersions(appOf: AppOf): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const tenantId = idIn(request.params['tenantId']);
    return { jsonBody: { versions: tenantId === null ? [] : await appOf(context).listRulesVersions(tenantId) } };
  };
}

/** GET: an old version. POST: it counts again. */
export function adminRulesVersion(appOf: AppOf): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const tenantId = idIn(request.params['tenantId']);
    const version = request.params['version'] ?? '';
    if (tenantId === null) return NOTHING;
    const app = appOf(context);
    if (request.method === 'POST') {
      const etag = restsOn(request);
      return etag === undefined ? { status: 428, body: WHICH } : told(await app.putBackRules(tenantId, version, etag));
    }
    const text = await app.viewRulesVersion(tenantId, version);
    return text === null ? NOTHING : { body: text, headers: { 'content-type': 'application/json; charset=utf-8' } };
  };
}

/** The ETag that is named; null = there must be none; undefined = nothing is said, or several things. */
function restsOn({ headers }: HttpRequest): string | null | undefined {
  const [match, none] = [headers.get('if-match'), headers.get('if-none-match')];
  if (none !== null) return none === '*' && match === null ? null : undefined;
  return match !== null && /^"[^"]{1,100}"$/.test(match) ? match : undefined;
}

function told(stored: Stored): HttpResponseInit {
  switch (stored.state) {
    case 'stored':
      return { jsonBody: { version: stored.version }, headers: { etag: stored.etag } };
    case 'refused':
      return { status: 422, jsonBody: { mistakes: stored.mistakes } };
    case 'changed':
      return { status: 412, body: 'The rules were changed since they were read, or are there already: read them again.' };
    case 'folder':
      return { status: 409, body: 'The rules lie in a folder (CONFIG): change them there.' };
    case 'unknown':
      return NOTHING;
  }
}
