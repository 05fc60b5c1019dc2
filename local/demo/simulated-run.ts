import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROUTES } from '../../shared/config/names.ts';
import { startAzurite } from '../host/azurite.ts';
import { wallAt } from '../graph/zones.ts';
import { accountLines, nameOf, type EmployeeAccount, type TenantAccount } from './account.ts';
import { agreementOf, isConverged } from './convergence.ts';
import { startHostChild, type HostChild } from './host-child.ts';
import { hostClient, type HostClient } from './host-client.ts';
import { ASK_AGAIN_MS, LIMIT_SECONDS, LOOK_EVERY_MS, type Machine } from './machine.ts';
import { nextSteps } from './next-steps.ts';
import { DEMO_TENANT, DEMO_ZONE } from './people.ts';
import { serveDemoPlayground } from './playground.ts';
import { seededRandom } from './seeded-random.ts';
import { seedDemo, type DemoTenant, type Placed } from './seeding.ts';
import { demoRules, simulatedSettings } from './settings.ts';
import { serveDemoCrm, serveDemoGraph, type ServedCrm, type ServedGraph } from './simulators.ts';
import { readStores, type Stores } from './stores.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { newsBetween } from './watch.ts';

interface Demo {
  readonly graph: ServedGraph;
  readonly crm: ServedCrm;
  readonly tenant: DemoTenant;
  readonly host: HostChild;
  readonly client: HostClient;
  readonly functionKey: string;
}

const SEED = 20_261;
/** So long nothing may be written before the first synchronization counts as done: a duplicate would show itself now. */
const QUIET_MS = 1_500;

/** The main job on one machine against both simulators. Answers null where all went well, or one sentence that says what did not. */
export async function runSimulated(machine: Machine, once: boolean): Promise<string | null> {
  const { screen, clock, stop } = machine;
  const demo = await open(machine);
  if (demo === null) return null;
  if (!once) {
    const playground = await serveDemoPlayground(machine, demo.tenant, { graph: demo.graph.server.url, crm: demo.crm.server.url, host: demo.host.url, functionKey: demo.functionKey });
    screen.line(`Playground       ${playground.url} (open it in a browser)`);
  }
  screen.line();
  screen.line('The first synchronization begins.');
  const started = clock.now();
  const problem = await firstSynchronization(machine, demo, started);
  if (stop.aborted) return null;
  if (problem === null) {
    screen.line();
    for (const line of accountLines(...accountOf(demo, clock.now(), (clock.now() - QUIET_MS - started) / 1_000))) screen.line(line);
  }
  if (once) {
    for (const line of problem === null ? [] : demo.host.troubles()) screen.line(line);
    return problem ?? verdict(demo);
  }
  for (const line of problem === null ? [] : [problem, ...demo.host.troubles()]) screen.line(line);
  const addresses = { graph: demo.graph.server.url, crm: demo.crm.server.url, host: demo.host.url, functionKey: demo.functionKey, hostLog: demo.host.logFile };
  screen.line();
  for (const line of nextSteps(demo.tenant, addresses, clock.now())) screen.line(line);
  await firstPoll(machine, demo);
  screen.line();
  screen.line('It goes on: what arrives is told here. Ctrl-C ends everything.');
  await watch(machine, demo);
  return null;
}

async function open(machine: Machine): Promise<Demo | null> {
  const { screen, clock, secret, fetch, stop, belongings, env, root } = machine;
  const random = seededRandom(SEED);
  const storage = await startAzurite();
  belongings.add({ stop: () => storage.stop() });
  const [graphToken, crmPassword, functionKey] = [secret(), secret(), secret()];
  const graph = await serveDemoGraph(graphToken, random, fetch);
  belongings.add({ stop: () => graph.server.close() });
  const crm = await serveDemoCrm(crmPassword, random);
  belongings.add({ stop: () => crm.server.close() });
  const tenant = await seedDemo(graph.simulator, crm.simulator, wallAt(clock.now(), DEMO_ZONE).slice(0, 10), random);
  screen.line(`Graph simulator  ${graph.server.url}`);
  screen.line(`CRM simulator    ${crm.server.url}`);

  const folder = await temporaryFolder(belongings);
  const config = join(folder, 'config');
  await mkdir(config);
  await writeFile(join(config, `${DEMO_TENANT}.json`), JSON.stringify(demoRules(crm.server.url), null, 2));
  if (stop.aborted) return null;
  const places = { storage: storage.connectionString, graphUrl: graph.server.url, graphToken, crmPassword, config, functionKey, webhookSecret: secret() };
  const host = await startHostChild({ root, logFile: join(folder, 'host.log'), clock, env: (url) => simulatedSettings(env, places, url), onSpawn: belongings.add, onEnded: machine.onHostEnded });
  if (stop.aborted) return null;
  screen.line(`Functions host   ${host.url}`);
  // As an administrator would set it up in the CRM: a program call that says that something changed, so that nobody waits for the next poll.
  const changed = `${host.url}/api/${ROUTES.crmChanged.replace('{tenantId}', DEMO_TENANT)}?code=${encodeURIComponent(functionKey)}`;
  crm.simulator.setPush({ url: changed, fetch: (url) => fetch(url), onlyPeople: true });
  return { graph, crm, tenant, host, functionKey, client: hostClient(host, functionKey, machine) };
}

/** Null when both sides agree and have been quiet for a while. */
async function firstSynchronization(machine: Machine, demo: Demo, started: number): Promise<string | null> {
  const { screen, clock, stop } = machine;
  let [lastWrites, quietSince, askedAt] = [-1, started, 0];
  for (;;) {
    const now = clock.now();
    if (now - askedAt >= ASK_AGAIN_MS && subscribed(demo) < demo.tenant.employees.length) {
      await demo.client.startUsersJob();
      askedAt = now;
    }
    const progress = progressOf(demo, now);
    screen.status(progress.words, `${Math.round((now - started) / 1_000)} s`);
    const writes = writesOf(demo);
    if (writes !== lastWrites) [lastWrites, quietSince] = [writes, now];
    if (progress.isDone && now - quietSince >= QUIET_MS) return null;
    if (now - started > LIMIT_SECONDS * 1_000) return `The first synchronization was not complete within ${LIMIT_SECONDS} s: ${progress.words}${progress.wrong}.`;
    await clock.sleep(LOOK_EVERY_MS, stop);
    if (stop.aborted) return null;
  }
}

/** The first poll of all only notes where it stands. Made before anybody is asked to change something, it lets the first change in the CRM arrive as fast as the next. */
async function firstPoll({ clock, stop }: Machine, { client }: Demo): Promise<void> {
  while (!stop.aborted && !(await client.pollCrm(DEMO_TENANT))) await clock.sleep(LOOK_EVERY_MS, stop);
}

/** Done is what both stores agree on and what Graph tells us of: without a subscription no later change of Outlook would come. */
function progressOf(demo: Demo, now: number): { words: string; wrong: string; isDone: boolean } {
  const { employees } = demo.tenant;
  const agreements = employees.map((placed) => agreementOf(storesOf(demo, placed, now)));
  const of = (side: 'outlook' | 'crm'): string => `${sum(agreements, (each) => each[side].arrived)}/${sum(agreements, (each) => each[side].expected)}`;
  const [doubled, unexplained] = [sum(agreements, (each) => each.doubled), sum(agreements, (each) => each.unexplained)];
  return {
    words: `Subscribed ${subscribed(demo)}/${employees.length}, Outlook to CRM ${of('outlook')}, CRM to Outlook ${of('crm')}`,
    wrong: doubled + unexplained === 0 ? '' : `, ${doubled} twice, ${unexplained} on one side that nobody made there`,
    isDone: agreements.every(isConverged) && subscribed(demo) >= employees.length,
  };
}

function subscribed({ graph, tenant }: Demo): number {
  const ids = new Set(tenant.employees.map(({ employee }) => employee.id));
  return new Set(graph.simulator.subscriptions().flatMap(({ resource }) => [...ids].filter((id) => resource.includes(id)))).size;
}

/** Requests that changed something on either side, as the simulators counted them. */
function writesOf({ graph, crm }: Demo): number {
  const graphWrites = Object.entries(graph.simulator.state().app).filter(([route]) => !route.startsWith('GET ')).map(([, count]) => count);
  const crmWrites = Object.entries(crm.simulator.state().traffic.commands).filter(([command]) => command !== 'query' && command !== 'break').map(([, count]) => count);
  return sum([...graphWrites, ...crmWrites], (count) => count);
}

function accountOf(demo: Demo, now: number, seconds: number): [EmployeeAccount[], TenantAccount] {
  const graph = demo.graph.simulator.state();
  const { traffic } = demo.crm.simulator.state();
  const requestsTo = ({ employee }: Placed): number => graph.mailboxes[employee.id]?.requests ?? 0;
  const requestsAs = ({ employee }: Placed): number => traffic.requestsByUser[employee.login.toLowerCase()] ?? 0;
  const { employees, bystander } = demo.tenant;
  const accounts = employees.map((placed) => ({
    employee: placed.employee,
    repId: placed.repId,
    stores: storesOf(demo, placed, now),
    mails: graph.mails.filter(({ mailbox }) => mailbox === placed.employee.id).length,
    graphRequests: requestsTo(placed),
    crmRequests: requestsAs(placed),
  }));
  const untouched = storesOf(demo, bystander, now);
  const all = sum(Object.values(graph.app), (count) => count);
  return [
    accounts,
    {
      seconds,
      graphRequests: all - sum([...employees, bystander], requestsTo),
      crmRequests: traffic.requests - sum([...employees, bystander], requestsAs),
      violations: graph.violations.length + traffic.violations.length,
      bystander: { employee: bystander.employee, items: untouched.outlook.length + untouched.crm.length, requests: requestsTo(bystander) + requestsAs(bystander) },
    },
  ];
}

/** What makes a converged first synchronization a bad one all the same. */
function verdict(demo: Demo): string | null {
  const { mails, violations } = demo.graph.simulator.state();
  if (mails.length > 0) return `The first synchronization made Graph send ${mails.length} mails; it must send none.`;
  const broken = violations.length + demo.crm.simulator.state().traffic.violations.length;
  return broken === 0 ? null : `The first synchronization broke ${broken} limits of Graph or the CRM; the simulators' /_sim/state names them.`;
}

async function watch({ screen, clock, stop }: Machine, demo: Demo): Promise<void> {
  const look = (): { placed: Placed; stores: Stores }[] => demo.tenant.employees.map((placed) => ({ placed, stores: storesOf(demo, placed, clock.now()) }));
  let before = look();
  while (!stop.aborted) {
    await clock.sleep(LOOK_EVERY_MS, stop);
    const after = look();
    for (const [i, { placed, stores }] of after.entries()) {
      const time = wallAt(clock.now(), DEMO_ZONE).slice(11, 19);
      for (const news of newsBetween(before[i]?.stores ?? stores, stores)) screen.line(`${time} ${nameOf(placed.employee)}: ${news}`);
    }
    before = after;
  }
}

function storesOf({ graph, crm }: Demo, placed: Placed, now: number): Stores {
  return readStores(graph.simulator, crm.simulator, placed, now);
}

function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
