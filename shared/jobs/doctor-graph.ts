import type { TenantRules } from '../config/rules.ts';
import type { Clock, Storage } from '../sync/ports.ts';
import { mayBeTouched, readMailboxes, type DirectoryEntry } from './directory.ts';
import { counted, inOrder, notMade, ok, warning, wrong, type Finding, type Step } from './doctor-findings.ts';
import { permissionFindings, permissionsOf } from './permissions.ts';
import type { ExaminedPorts, ListedSubscription } from './ports.ts';
import { endpointOf, readAllSubscriptions, webhookAddresses } from './subscriptions.ts';

export interface GraphExaminer {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly ports: Pick<ExaminedPorts, 'graph'>;
  readonly webhookSecret: () => string;
  readonly publicBaseUrl: () => string;
}

/** Whether Graph lets us in, answers what concerns the whole tenant, and tells of the changes in each mailbox. No mailbox is touched. */
export async function examineGraph(examiner: GraphExaminer, rules: TenantRules): Promise<readonly Finding[]> {
  const opened: { graph: ReturnType<ExaminedPorts['graph']> | null } = { graph: null };
  const settings: Step = {
    checks: ['graph.settings'],
    async make() {
      opened.graph = examiner.ports.graph(rules);
      return [ok('graph.settings', 'The address of Graph and the way to log in can be used.')];
    },
  };
  const { findings } = await inOrder([settings]);
  const { graph } = opened;
  if (graph === null) return [...findings, ...notMade([...TOKEN, ...SUBSCRIPTIONS, ...PEOPLE], 'graph.settings must be mended first')];
  const steps: Step[] = [
    { checks: TOKEN, make: () => tokenFindings(graph, rules) },
    { checks: SUBSCRIPTIONS, make: () => subscriptionFindings(examiner, rules, graph) },
    { checks: PEOPLE, make: () => peopleFindings(examiner, rules, graph) },
  ];
  return [...findings, ...(await inOrder(steps)).findings];
}

const TOKEN = ['graph.token', 'graph.permissions'] as const;
const SUBSCRIPTIONS = ['graph.tenant', 'graph.subscriptions'] as const;
const PEOPLE = ['graph.people'] as const;
type Graph = ReturnType<ExaminedPorts['graph']>;

async function tokenFindings(graph: Graph, rules: TenantRules): Promise<Finding[]> {
  const compared = await permissionsOf(graph, rules);
  return [ok('graph.token', 'A token for this tenant can be had.'), ...permissionFindings('graph.permissions', compared)];
}

async function subscriptionFindings(examiner: GraphExaminer, rules: TenantRules, graph: Graph): Promise<Finding[]> {
  // The list first: whoever subscribes meanwhile stands in the rows that are read after it.
  const standing = await graph.subscriptions();
  const answers = ok('graph.tenant', 'Graph takes the token and lists the subscriptions of this app.');
  if (!rules.appointments.enabled) return [answers, ok('graph.subscriptions', 'Appointments are switched off (appointments.enabled): no mailbox needs a subscription.')];
  return [answers, ...(await eachMailboxSubscribed(examiner, rules, standing))];
}

async function eachMailboxSubscribed({ storage, clock, ...webhook }: GraphExaminer, { tenantId }: TenantRules, standing: readonly ListedSubscription[]): Promise<Finding[]> {
  const check = 'graph.subscriptions';
  const made = { webhookSecret: webhook.webhookSecret(), publicBaseUrl: webhook.publicBaseUrl() };
  const { notificationUrl } = webhookAddresses(made.publicBaseUrl);
  const alive = new Set(standing.filter((one) => one.notificationUrl === notificationUrl && one.expiresAt > clock.now()).map(({ id }) => id));
  const rows = await readAllSubscriptions(storage, tenantId);
  // A mailbox that a pass found shut is left alone, as the upkeep does.
  const wanted = (await readMailboxes(storage.tables, tenantId)).filter(({ mailbox, status }) => mayBeTouched(mailbox) && status.state !== 'parked');
  const told = ({ mailbox: { mailboxId } }: DirectoryEntry): boolean => rows.some((row) => row.mailboxId === mailboxId && alive.has(row.subscriptionId) && row.endpoint === endpointOf(made, { tenantId, mailboxId }));
  const untold = wanted.filter((entry) => !told(entry)).length;
  if (untold === 0) return [ok(check, `Graph tells of changes in ${wanted.length === 0 ? 'no mailbox yet, because nobody is on the list' : counted(wanted.length, 'mailbox', 'mailboxes')}.`)];
  return [wrong(check, `Graph does not tell of changes in ${counted(untold, 'mailbox', 'mailboxes')} of ${wanted.length}, so they are found once a day only: start the job subscriptions, and check that Graph reaches PUBLIC_BASE_URL if that does not help.`)];
}

/** One synchronized user is looked up as the users' job looks everybody up. */
async function peopleFindings({ storage }: GraphExaminer, { tenantId }: TenantRules, graph: Graph): Promise<Finding[]> {
  const [check] = PEOPLE;
  const mailboxes = (await readMailboxes(storage.tables, tenantId)).map(({ mailbox }) => mailbox).filter(mayBeTouched);
  const [someone] = mailboxes;
  if (someone === undefined) return [warning(check, 'Not checked: nobody is on the list yet, so nobody can be looked up; start the job users.')];
  const found = await graph.findUser(someone.repEmail, new Set(mailboxes.map(({ mailboxId }) => mailboxId.toLowerCase())));
  if (found === null) return [wrong(check, `Graph does not find the user of mailbox ${someone.mailboxId} by the address of his rep: check the permission User.Read.All and e-mail address 1 of rep ${someone.rep}.`)];
  return [ok(check, 'Graph finds a synchronized user by the address of his rep.')];
}
