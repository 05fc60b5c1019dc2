import { resolve } from 'node:path';
import { DEMO_TENANT, DEMO_ZONE } from '../../../local/demo/people.ts';
import { seededRandom } from '../../../local/demo/seeded-random.ts';
import { seedDemo } from '../../../local/demo/seeding.ts';
import { serveDemoCrm, serveDemoGraph, type ServedCrm, type ServedGraph } from '../../../local/demo/simulators.ts';
import { servePlayground, type Playground, type PlaygroundOptions } from '../../../local/playground/server.ts';

export const ASSETS = resolve(import.meta.dirname, '../../../dist/playground');

/** Both simulators with the demo's people, and the page in front of them; no connector. */
export interface World {
  readonly graph: ServedGraph;
  readonly crm: ServedCrm;
  readonly playground: Playground;
  readonly options: PlaygroundOptions;
  close(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const random = seededRandom(7);
  const graph = await serveDemoGraph('token-of-the-playground-test', random, fetch);
  const crm = await serveDemoCrm('password of the playground test', random);
  const { employees } = await seedDemo(graph.simulator, crm.simulator, new Date().toISOString().slice(0, 10), random);
  const options: PlaygroundOptions = {
    port: 0,
    assets: ASSETS,
    graphUrl: graph.server.url,
    crmUrl: crm.server.url,
    connectorUrl: null,
    connectorKey: null,
    timeZone: DEMO_ZONE,
    tenantId: DEMO_TENANT,
    employees: employees.map(({ employee, repId }) => ({ id: employee.id, name: `${employee.firstName} ${employee.lastName}`, mail: employee.mail, rep: repId, privacy: employee.privacy })),
    fetch,
  };
  const playground = await servePlayground(options);
  return {
    graph,
    crm,
    playground,
    options,
    close: async () => {
      await Promise.all([playground.close(), graph.server.close(), crm.server.close()]);
    },
  };
}
