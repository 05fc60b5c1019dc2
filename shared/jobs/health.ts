import { PortFailure } from '../sync/failures.ts';
import type { Storage } from '../sync/ports.ts';
import { readTenantProblems, viewableMailboxes } from './directory.ts';
import type { Tenants } from './ports.ts';

export interface Health {
  readonly status: 'ok' | 'degraded' | 'down';
  readonly tenants: readonly { readonly tenant: string; readonly problem: string | null; readonly mailboxes: Readonly<Record<string, number>> }[];
  readonly problem: string | null;
}

/** A summary without content: how many mailboxes are in which state, and what is wrong with a tenant as a whole. */
export async function health(open: () => { readonly storage: Storage; readonly tenants: Tenants }): Promise<Health> {
  try {
    // A missing setting shows itself here: it is an answer, not a failure.
    const services = open();
    const tenants = await Promise.all((await services.tenants.list()).map((tenantId) => ofTenant(services, tenantId)));
    const degraded = tenants.some(({ problem, mailboxes }) => problem !== null || Object.keys(mailboxes).some((state) => state !== 'ok' && state !== 'new'));
    return { status: degraded ? 'degraded' : 'ok', tenants, problem: null };
  } catch (failure) {
    if (!(failure instanceof PortFailure)) throw failure;
    return { status: 'down', tenants: [], problem: failure.message };
  }
}

async function ofTenant({ storage, tenants }: { readonly storage: Storage; readonly tenants: Tenants }, tenantId: string): Promise<Health['tenants'][number]> {
  const mailboxes: Record<string, number> = {};
  for (const { status } of await viewableMailboxes(storage.tables, tenantId)) mailboxes[status.state] = (mailboxes[status.state] ?? 0) + 1;
  const problems = await readTenantProblems(storage.tables, tenantId);
  try {
    await tenants.rules(tenantId);
    const mistake = tenants.mistake(tenantId);
    if (mistake !== null) problems.unshift(`${mistake} The last good ones stay in force.`);
  } catch (failure) {
    if (!(failure instanceof PortFailure)) throw failure;
    problems.unshift(failure.message);
  }
  return { tenant: tenantId, problem: problems.length === 0 ? null : [...new Set(problems)].join(' '), mailboxes };
}
