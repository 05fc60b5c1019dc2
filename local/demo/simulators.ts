import { systemClock as crmClock } from '../crm/clock.ts';
import { serveCrm, type CrmServer } from '../crm/server.ts';
import { createCrmSimulator, type CrmSimulator } from '../crm/simulator.ts';
import { systemClock as graphClock } from '../graph/clock.ts';
import { serveGraph, type GraphServer } from '../graph/server.ts';
import { createGraphSimulator, type GraphSimulator } from '../graph/simulator.ts';
import { BYSTANDER, DEMO_TENANT, DEMO_ZONE, EMPLOYEES, type DemoEmployee } from './people.ts';

export interface ServedGraph {
  readonly simulator: GraphSimulator;
  readonly server: GraphServer;
}

export interface ServedCrm {
  readonly simulator: CrmSimulator;
  readonly server: CrmServer;
}

const LOOPBACK = { host: '127.0.0.1', port: 0 };

/** Microsoft Graph with the demo's users; only the employees' mailboxes may be touched by the connector. */
export async function serveDemoGraph(token: string, random: () => number, fetch: typeof globalThis.fetch): Promise<ServedGraph> {
  const made: { simulator?: GraphSimulator } = {};
  const server = await serveGraph({ fetch: (request) => (made.simulator === undefined ? Promise.reject(new Error('The Graph simulator is not ready yet.')) : made.simulator.fetch(request)) }, LOOPBACK);
  made.simulator = createGraphSimulator({
    clock: graphClock(),
    random,
    fetch,
    baseUrl: server.url,
    tenants: [{ id: DEMO_TENANT, appTokens: [token], users: [...EMPLOYEES, BYSTANDER].map(userOf), allowedMailboxes: EMPLOYEES.map(({ id }) => id) }],
  });
  return { simulator: made.simulator, server };
}

export async function serveDemoCrm(password: string, random: () => number): Promise<ServedCrm> {
  const simulator = createCrmSimulator({ clock: crmClock(), random, timeZone: DEMO_ZONE, logins: [{ user: 'SYNC', password, master: true }] });
  return { simulator, server: await serveCrm(simulator, LOOPBACK) };
}

function userOf({ id, firstName, lastName, mail }: DemoEmployee) {
  return { id, displayName: `${firstName} ${lastName}`, mail, userPrincipalName: mail, timeZone: DEMO_ZONE };
}
