import type { HttpHandler, HttpResponseInit } from '@azure/functions';
import type { AppOf } from '../shared/compose.ts';

/** The CRM's push (a program call `http*`, an HTTP GET when a record changes): starts the same poll at once. Nothing of the request is read but the tenant. */
export function crmChanged(appOf: AppOf): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    await appOf(context).crmChanged((request.params['tenantId'] ?? '').toLowerCase());
    // Unknown tenants are answered alike.
    return { status: 202, headers: { 'cache-control': 'no-store' } };
  };
}
