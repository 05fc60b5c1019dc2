import type { HostChild } from './host-child.ts';
import type { Machine } from './machine.ts';

/** What a start asks of the running connector, by its public routes. */
export interface HostClient {
  /** Starts the users' job now instead of at its timer's next tick. */
  startUsersJob(): Promise<void>;
  /** The CRM's change poll of this tenant, now; false: another job uses the CRM's master user at this moment. */
  pollCrm(tenantId: string): Promise<boolean>;
  health(): Promise<HealthSummary>;
}

export interface HealthSummary {
  readonly status: string;
  readonly problem: string | null;
  readonly tenants: readonly { readonly tenant: string; readonly problem: string | null; readonly mailboxes: Readonly<Record<string, number>> }[];
}

/** How long a host that does not answer may take to say how it ended. */
const LAST_WORD_MS = 2_000;

export function hostClient(host: Pick<HostChild, 'url' | 'ended'>, functionKey: string, { fetch, clock }: Pick<Machine, 'fetch' | 'clock'>): HostClient {
  const ask = async (path: string, init?: RequestInit): Promise<Response> => {
    try {
      return await fetch(`${host.url}${path}`, init);
    } catch {
      const silence = new Promise<string>((resolve) => void clock.after(LAST_WORD_MS, () => resolve('The Functions host takes no requests any more: start again.')));
      throw new Error(await Promise.race([host.ended, silence]));
    }
  };
  return {
    async startUsersJob() {
      const answer = await ask('/api/admin/jobs/users', { method: 'POST', headers: { 'x-functions-key': functionKey } });
      await answer.text();
      if (answer.status !== 202) throw new Error(`The connector refused to start the users' job with status ${answer.status}: its log says why.`);
    },
    async pollCrm(tenantId) {
      const answer = await ask(`/api/admin/jobs/crmPoll?tenantId=${tenantId}`, { method: 'POST', headers: { 'x-functions-key': functionKey } });
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(`The connector refused to poll the CRM with status ${answer.status}: its log says why.`);
      return (JSON.parse(text) as { readonly state: string }).state !== 'busy';
    },
    async health() {
      const answer = await ask('/api/health');
      const text = await answer.text();
      try {
        return JSON.parse(text) as HealthSummary;
      } catch {
        throw new Error(`The connector's health answered status ${answer.status} without a summary: its log says why.`);
      }
    },
  };
}
