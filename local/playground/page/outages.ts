import type { Send } from './http.ts';

/** What can be made to go wrong: faults of the simulators, which hit the connector and not the people. */

export type OutageName = 'throttled' | 'crmDown' | 'graphLost' | 'crmLost';

interface Outage {
  readonly name: OutageName;
  readonly system: 'graph' | 'crm';
  readonly title: string;
  readonly explains: string;
  readonly fault: Readonly<Record<string, unknown>>;
}

const VERY_OFTEN = 1_000_000;

export const OUTAGES: readonly Outage[] = [
  {
    name: 'throttled', system: 'graph', title: 'Graph throttles',
    explains: 'Every request is answered 429: come back in 10 s.',
    fault: { kind: 'errorBefore', status: 429, retryAfterSeconds: 10, times: VERY_OFTEN },
  },
  {
    name: 'graphLost', system: 'graph', title: 'Graph loses answers',
    explains: 'The next three writes are done, but the answer never comes.',
    fault: { kind: 'lostAnswer', method: 'POST', pathPattern: '/(events|\\$batch)(\\?|$)', times: 3 },
  },
  {
    name: 'crmDown', system: 'crm', title: 'CRM is down',
    explains: 'Its web server answers 503 to everything.',
    fault: { kind: 'errorBefore', status: 503, match: { times: 0 } },
  },
  {
    name: 'crmLost', system: 'crm', title: 'CRM loses answers',
    explains: 'The next import is done, then the line dies. The rep waits five minutes.',
    fault: { kind: 'lostAnswer', match: { command: 'import', times: 1 } },
  },
]; // prettier-ignore

export interface Outages {
  readonly begin: (name: OutageName) => Promise<void>;
  /** Both systems work again; every fault is taken back. */
  readonly endAll: () => Promise<void>;
  readonly active: () => Promise<ReadonlySet<OutageName>>;
}

export function outages(send: Send): Outages {
  const who = { graph: 'The Graph simulator', crm: 'The CRM simulator' };
  return {
    async begin(name) {
      const outage = OUTAGES.find((one) => one.name === name);
      if (outage !== undefined) await send(`/${outage.system}/_sim/faults`, { who: who[outage.system], method: 'POST', body: outage.fault });
    },
    async endAll() {
      await Promise.all((['graph', 'crm'] as const).map((system) => send(`/${system}/_sim/faults`, { who: who[system], method: 'DELETE' })));
    },
    async active() {
      const [graph, crm] = await Promise.all([send('/graph/_sim/state', { who: who.graph }), send('/crm/_sim/faults', { who: who.crm })]);
      const graphFaults = (graph as { faults: readonly Record<string, unknown>[] }).faults;
      // The CRM keeps a fault that has struck as often as it was told; it is over all the same.
      const crmFaults = (crm as { faults: readonly { fault: { kind: string; match?: { times?: number } }; struck: number }[] }).faults.filter(({ fault, struck }) => (fault.match?.times ?? 1) === 0 || struck < (fault.match?.times ?? 1)).map(({ fault }) => fault);
      const all = { graph: graphFaults, crm: crmFaults };
      return new Set(OUTAGES.filter(({ system, fault }) => all[system].some((one) => one['kind' as keyof typeof one] === fault['kind'])).map(({ name }) => name));
    },
  };
}
