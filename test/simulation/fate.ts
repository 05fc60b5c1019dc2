import type { Fault as CrmFault } from '../../local/crm/faults.ts';
import type { Fault as GraphFault } from '../../local/graph/faults.ts';
import type { Fleet } from '../world/fleet.ts';
import { Nth, type Instance } from '../world/instance.ts';
import type { Employee } from '../world/world.ts';
import { Hand, type Office } from './people.ts';

const GRAPH_FAULTS: readonly GraphFault[] = [
  { kind: 'lostAnswer', method: 'POST', pathPattern: '/events' },
  { kind: 'lostAnswer', method: 'PATCH', pathPattern: '/events' },
  { kind: 'lostAnswer', method: 'DELETE', pathPattern: '/events' },
  { kind: 'lostAnswer', pathPattern: 'delta' },
  { kind: 'status', status: 429, retryAfterSeconds: 90 },
  { kind: 'status', status: 429 },
  { kind: 'status', status: 503, times: 3 },
  { kind: 'status', status: 503, retryAfterSeconds: 20, times: 2 },
  { kind: 'status', status: 504, commits: true, method: 'PATCH' },
  { kind: 'status', status: 504, commits: true, method: 'POST', pathPattern: '/events' },
  { kind: 'errorBefore', status: 500, pathPattern: 'events' },
  { kind: 'garbage', form: 'html' },
  { kind: 'garbage', form: 'truncated' },
  { kind: 'garbage', form: 'contentType' },
  { kind: 'gone', pathPattern: 'delta' },
  { kind: 'slow', ms: 45_000, commit: 'end', method: 'PATCH' },
  { kind: 'slow', ms: 45_000, commit: 'start', method: 'POST', pathPattern: '/events' },
  { kind: 'slow', ms: 45_000, commit: 'end', method: 'POST', pathPattern: '/events' },
  { kind: 'slow', ms: 45_000, commit: 'end', method: 'DELETE', pathPattern: '/events' },
  { kind: 'never', commits: true, method: 'POST', pathPattern: '/events' },
  { kind: 'never', commits: false, method: 'PATCH', pathPattern: '/events' },
];

const STORES_NOTHING: GraphFault = { kind: 'storesNothing', answer: 'kept', method: 'PATCH', pathPattern: '/events' };

const CRM_FAULTS: readonly CrmFault[] = [
  { kind: 'lostAnswer', match: { command: 'import' } },
  { kind: 'lostAnswer', match: { command: 'update' } },
  { kind: 'errorBefore', status: 503, match: { times: 3 } },
  { kind: 'slow', ms: 90_000, commit: 'end', match: { command: 'update' } },
  { kind: 'slow', ms: 90_000, commit: 'start', match: { command: 'import' } },
  { kind: 'never', ms: 250_000, commit: 'end', match: { command: 'import' } },
  { kind: 'never', ms: 250_000, commit: 'none', match: { command: 'update' } },
  { kind: 'garbage', form: 'truncated' },
  { kind: 'garbage', form: 'doctype' },
  { kind: 'garbage', form: 'wrongCount', match: { command: 'query' } },
  { kind: 'commandError', code: 511 },
  { kind: 'commandError', code: 500, match: { command: 'update' } },
  { kind: 'commandError', code: 500, match: { command: 'import' } },
  { kind: 'loginLock', ms: 300_000 },
  { kind: 'restart', commit: true },
  { kind: 'restart', commit: false },
];

/** What befalls the machines and the two systems in one moment; answers the fault's kind, for the count. */
export function strike(office: Office, fleet: Fleet, random: () => number): string {
  const { world, say } = office;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const nth = 1 + Math.floor(random() * 4);
  const { instance } = fleet.anyone();
  const now = world.clock.now();
  const what = random();
  if (what < 0.27) {
    const nothing = office.storesNothing.left > 0 && random() < 0.3;
    if (nothing) office.storesNothing.left -= 1;
    const fault = { ...(nothing ? STORES_NOTHING : pick(GRAPH_FAULTS)), nth };
    say(`Graph: ${JSON.stringify(fault)}`);
    world.graph.addFault(fault);
    return `graph ${fault.kind}${'status' in fault ? ` ${fault.status}` : ''}`;
  }
  if (what < 0.54) {
    const fault = pick(CRM_FAULTS);
    say(`CRM: ${JSON.stringify(fault)} from the ${nth}. on`);
    world.crm.addFault({ ...fault, match: { ...fault.match, nth } });
    return `crm ${fault.kind}`;
  }
  if (what < 0.6) {
    say('delta tokens expire');
    world.graph.expireDeltaTokens();
    return 'delta tokens expire';
  }
  if (what < 0.64) return kill(office, instance, random);
  if (what < 0.66) {
    const lives = 2 + Math.floor(random() * 3);
    const calls = pick([15, 40, 100]);
    say(`${instance.name} dies, and so do the next ${lives} that are started, within ${calls} calls each`);
    fleet.curse = { lives, calls };
    instance.doom(new Nth(1 + Math.floor(random() * 10), /./), 'before');
    return 'crash, and again';
  }
  if (what < 0.73) {
    const { at, told } = someCall(random);
    const when = random() < 0.5 ? 'before' : 'after';
    say(`${instance.name} dies ${when} its ${told}`);
    instance.doom(at, when);
    return 'crash';
  }
  if (what < 0.76) return slowStorage(office, instance, random);
  if (what < 0.81) {
    const trouble = { until: now + pick([5_000, 20_000, 60_000]), share: pick([0.1, 0.3, 0.6]) };
    say(`storage fails ${instance.name} in ${trouble.share * 100} % of its calls until ${new Date(trouble.until).toISOString().slice(11, 19)}`);
    instance.trouble = trouble;
    return 'storage errors';
  }
  if (what < 0.88) {
    return stopLoop(office, instance, random);
  }
  if (what < 0.92) {
    const subscription = pick(world.graph.subscriptions());
    if (subscription === undefined) return 'nothing';
    // Where notifications get lost, so does the one that says so.
    const told = world.graph.state().quirks.notificationLoss === 0 || random() < 0.5;
    say(`a subscription is removed, and ${told ? 'told' : 'nobody is told'}`);
    world.graph.removeSubscription(subscription.id, told);
    return 'subscription removed';
  }
  const deletion = random() < 0.4;
  say(`somebody will be faster than the ${deletion ? 'next deletion' : `${nth}. write`} of ${instance.name}`);
  instance.ambush = ambush(office, instance, deletion ? null : nth, random);
  return 'ambush';
}

/** What makes two of us work at the same time on what only one should, or leaves work half done: slow storage, a worker that stands still in the middle of its work, one that dies in it. */
export function delay(office: Office, fleet: Fleet, random: () => number): string {
  const { instance } = fleet.anyone();
  const what = random();
  return what < 0.45 ? slowStorage(office, instance, random) : what < 0.75 ? stopLoop(office, instance, random) : kill(office, instance, random);
}

/** Whatever takes long is what a death at some moment most probably meets. */
function kill({ say }: Office, instance: Instance, random: () => number): string {
  const ms = Math.round(random() * 20_000);
  say(`${instance.name} dies in ${ms / 1_000} s`);
  instance.dieIn(ms);
  return 'killed';
}

function slowStorage({ world, say }: Office, instance: Instance, random: () => number): string {
  const seconds = [20, 90][Math.floor(random() * 2)] ?? 20;
  const ms = [1_000, 6_000, 15_000][Math.floor(random() * 3)] ?? 1_000;
  instance.sluggish = { until: world.clock.now() + seconds * 1_000, ms };
  say(`storage is slow for ${instance.name} for ${seconds} s: a call takes up to ${ms / 1_000} s`);
  return 'storage slow';
}

function stopLoop({ say }: Office, instance: Instance, random: () => number): string {
  const { at, told } = someCall(random);
  const ms = [5_000, 40_000, 60_000 + Math.round(random() * 52_000), 125_000 + Math.round(random() * 120_000)][Math.floor(random() * 4)] ?? 5_000;
  instance.freeze(at, ms);
  say(`the event loop of ${instance.name} stands still for ${ms / 1_000} s from its ${told}`);
  return 'event loop blocked';
}

/** Any call, or one of those after which something stands that did not stand before. */
function someCall(random: () => number): { at: Nth; told: string } {
  const [what, like, most] = CALLS[Math.floor(random() * CALLS.length)] ?? CALLS[0];
  const nth = 1 + Math.floor(random() * most);
  return { at: new Nth(nth, like), told: `${nth}. ${what} from now` };
}

const CALLS: readonly [readonly [string, RegExp, number], ...(readonly [string, RegExp, number])[]] = [
  ['call', /./, 40],
  ['call', /./, 40],
  ['storage transaction', /^tables\.transact/, 15],
  ['transaction of a mailbox', /^tables\.transact mailbox/, 10],
  ['message sent', /^queues\.send/, 4],
  ['request that writes', /^(POST|PATCH|DELETE) /, 8],
];

/** A person edits the very record that is about to be written (`nth` null: deleted): between our read and our write. */
function ambush(office: Office, instance: { ambush: ((request: Request) => Promise<void>) | null }, nth: number | null, random: () => number): (request: Request) => Promise<void> {
  let left = nth ?? 1;
  let times = random() < 0.5 ? 1 : 2;
  return async (request) => {
    const target = await writtenBy(request);
    if (target === null || (nth === null && !target.deletes) || (left -= 1) > 0) return;
    // Saved once more, and our second try meets it again: within the same second it has the same stamp.
    if ((times -= 1) === 0) instance.ambush = null;
    for (const employee of office.world.employees) await surprise(new Hand(office, employee, random), office, employee, target);
  };
}

async function surprise(hand: Hand, office: Office, employee: Employee, { side, id }: { side: 'graph' | 'crm'; id: string }): Promise<void> {
  const { world } = office;
  if (side === 'graph' && world.outlook(employee).events().some((event) => event.id === id)) await hand.editInOutlook(id, hand.change());
  if (side === 'crm' && world.crmUser(employee).activities().some((activity) => activity.id === id)) hand.editInCrm(id, hand.change());
}

async function writtenBy(request: Request): Promise<{ side: 'graph' | 'crm'; id: string; deletes: boolean } | null> {
  const event = /\/events\/([^/?]+)$/.exec(new URL(request.url).pathname)?.[1];
  if (event !== undefined && (request.method === 'PATCH' || request.method === 'DELETE')) return { side: 'graph', id: decodeURIComponent(event), deletes: request.method === 'DELETE' };
  if (request.method !== 'POST' || event !== undefined || !/interface/.test(request.url)) return null;
  const text = await request.clone().text();
  const id = /<update[^>]*><fields><Contact id="(\d+)"/.exec(text)?.[1];
  return id === undefined ? null : { side: 'crm', id, deletes: text.includes('gelöscht') };
}
