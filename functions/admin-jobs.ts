import type { HttpHandler, HttpResponseInit } from '@azure/functions';
import { TENANT_JOBS, type TenantJobName } from '../shared/jobs/messages.ts';
import type { AppOf } from '../shared/compose.ts';

/**
 * Starts a timer's job by hand (timers are known to stop after a deployment, azure.md 3.3). With `?tenantId=` the job of that tenant is carried out at
 * once and the answer says what it did; without, it is put on the queue for every tenant and the answer says for how many. What is no
 * timer's job is done by hand alone: `resume` and `doctor`, for one tenant.
 */
export function adminJobs(appOf: AppOf): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const { job } = request.params;
    const app = appOf(context);
    if (job === 'due') return { jsonBody: await app.ringDue() };
    const tenantId = request.query.get('tenantId')?.toLowerCase();
    if (job === 'resume') return tenantId === undefined ? { status: 400, body: 'Say which tenant goes on: ?tenantId=…' } : { jsonBody: await app.resumeTenant(tenantId) };
    if (job === 'doctor') return tenantId === undefined ? { status: 400, body: 'Say which tenant is to be examined: ?tenantId=…' } : { jsonBody: await app.doctor(tenantId), headers: { 'cache-control': 'no-store' } };
    const name = TENANT_JOBS.find((candidate): candidate is TenantJobName => candidate === job);
    if (name === undefined) return { status: 404, body: `There is no such job; there are: ${[...TENANT_JOBS, 'due', 'resume', 'doctor'].join(', ')}.` };
    if (tenantId === undefined) return { status: 202, jsonBody: await app.enqueueTenantJobs(name, 'admin') };
    return { jsonBody: await app.startTenantJob(tenantId, name) };
  };
}
