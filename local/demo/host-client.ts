import type { HostChild } from './host-child.ts';

/** What a start asks of the running connector, by its public routes. */
export interface HostClient {
  /** Starts the users' job now instead of at its timer's next tick. */
  startUsersJob(): Promise<void>;
  health(): Promise<HealthSummary>;
}

export interface HealthSummary {
  readonly status: string;
  readonly problem: string | null;
  readonly tenants: readonly { readonly tenant: string; readonly problem: string | null; readonly mailboxes: Readonly<Record<string, number>> }[];
}

export function hostClient(host: Pick<HostChild, 'url'>, functionKey: string, fetch: typeof globalThis.fetch): HostClient {
  return {
    async startUsersJob() {
      const answer = await fetch(`${host.url}/api/admin/jobs/users`, { method: 'POST', headers: { 'x-functions-key': functionKey } });
      await answer.text();
      if (answer.status !== 202) throw new Error(`The connector refused to start the users' job with status ${answer.status}: its log says why.`);
    },
    async health() {
      const answer = await fetch(`${host.url}/api/health`);
      const text = await answer.text();
      try {
        return JSON.parse(text) as HealthSummary;
      } catch {
        throw new Error(`The connector's health answered status ${answer.status} without a summary: its log says why.`);
      }
    },
  };
}
