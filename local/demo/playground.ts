import { join } from 'node:path';
import { servePlayground, type Playground } from '../playground/server.ts';
import { nameOf } from './account.ts';
import type { Machine } from './machine.ts';
import { DEMO_TENANT, DEMO_ZONE } from './people.ts';
import type { DemoTenant } from './seeding.ts';

export interface PlaygroundPlaces {
  readonly graph: string;
  readonly crm: string;
  readonly host: string;
  readonly functionKey: string;
}

/** The page on which a person can change both calendars and watch; it ends with the start. */
export async function serveDemoPlayground({ root, fetch, belongings }: Machine, tenant: DemoTenant, places: PlaygroundPlaces): Promise<Playground> {
  const playground = await servePlayground({
    port: 0,
    assets: join(root, 'dist', 'playground'),
    graphUrl: places.graph,
    crmUrl: places.crm,
    connectorUrl: places.host,
    connectorKey: places.functionKey,
    timeZone: DEMO_ZONE,
    tenantId: DEMO_TENANT,
    employees: tenant.employees.map(({ employee, repId }) => ({ id: employee.id, name: nameOf(employee), mail: employee.mail, rep: repId, privacy: employee.privacy })),
    fetch,
  });
  belongings.add({ stop: () => playground.close() });
  return playground;
}
