import type { Fault as CrmFault } from '../../local/crm/faults.ts';
import type { Fault as GraphFault } from '../../local/graph/faults.ts';
import { shownInCrm, shownInOutlook, sorted } from '../world/judge.ts';
import { Ledger } from './ledger.ts';
import { seeded } from '../world/random.ts';
import { Worker } from '../world/worker.ts';
import { timed, World, type Employee } from '../world/world.ts';

export interface HistoryOptions {
  readonly seed: number;
  /** Things that people and fate do before everything heals. */
  readonly steps: number;
}

export interface HistoryResult {
  readonly log: readonly string[];
  readonly problems: readonly string[];
  readonly edits: number;
  readonly faults: number;
}

const GRAPH_FAULTS: readonly GraphFault[] = [
  { kind: 'lostAnswer', method: 'POST', pathPattern: '/events' },
  { kind: 'lostAnswer', method: 'PATCH', pathPattern: '/events' },
  { kind: 'lostAnswer', method: 'DELETE', pathPattern: '/events' },
  { kind: 'status', status: 429, retryAfterSeconds: 90 },
  { kind: 'status', status: 429 },
  { kind: 'status', status: 503, times: 3 },
  { kind: 'status', status: 504, commits: true, method: 'PATCH' },
  { kind: 'garbage', form: 'html' },
  { kind: 'gone', pathPattern: 'delta' },
  { kind: 'slow', ms: 45_000, commit: 'end', method: 'PATCH' },
  { kind: 'never', commits: true, method: 'POST', pathPattern: '/events' },
];

const CRM_FAULTS: readonly CrmFault[] = [
  { kind: 'lostAnswer', match: { command: 'import' } },
  { kind: 'lostAnswer', match: { command: 'update' } },
  { kind: 'errorBefore', status: 503, match: { times: 3 } },
  { kind: 'slow', ms: 90_000, commit: 'end', match: { command: 'update' } },
  { kind: 'never', ms: 250_000, commit: 'end', match: { command: 'import' } },
  { kind: 'garbage', form: 'truncated' },
  { kind: 'garbage', form: 'wrongCount', match: { command: 'query' } },
  { kind: 'commandError', code: 511 },
  { kind: 'commandError', code: 500, match: { command: 'update' } },
  { kind: 'loginLock', ms: 300_000 },
  { kind: 'restart', commit: true },
];

/** One seed, one history: people work on both sides while everything fails; then all heals, and the two systems' own stores are judged. */
export async function history({ seed, steps }: HistoryOptions): Promise<HistoryResult> {
  const random = seeded(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const chance = (share: number): boolean => random() < share;
  // Where every notification comes at last, everything must end converged without the daily net.
  const notificationLoss = chance(0.3) ? 0.3 : 0;
  const world = new World({
    seed,
    users: 2,
    graphQuirks: {
      notificationLoss,
      notificationDuplication: chance(0.3) ? 0.5 : 0,
      notificationReorder: chance(0.3),
      deltaReplays: chance(0.3) ? 3 : 0,
      deltaRepeatsRows: chance(0.3),
      deltaLagMs: chance(0.3) ? 20_000 : 0,
      changeKeyMovesAfterCreateMs: chance(0.3) ? 3_000 : null,
      deletedStillReadable: chance(0.7),
      duplicateTransaction: pick(['409', '400', 'returnsExisting'] as const),
      latencyMs: chance(0.3) ? { min: 50, max: 4_000 } : 0,
    },
    rules: { conflict: { rule: pick(['newer', 'crm', 'outlook'] as const) } },
  });
  const log: string[] = [];
  const say = (text: string): void => void log.push(`${new Date(world.clock.now()).toISOString().slice(11, 19)} ${text}`);
  let counter = 0;
  let edits = 0;
  let faults = 0;
  const ledger = new Ledger();

  const day = (): string => new Date(Date.parse('2026-11-24T00:00:00Z') + Math.floor(random() * 60) * 86_400_000).toISOString().slice(0, 10);
  const change = (): { patch: Record<string, unknown>; values: Record<string, string | number> } => {
    counter += 1;
    const on = day();
    return pick<{ patch: Record<string, unknown>; values: Record<string, string | number> }>([
      { patch: { subject: `S${counter}` }, values: { Subject: `S${counter}` } },
      { patch: { location: { displayName: `P${counter}` } }, values: { Location: `P${counter}` } },
      { patch: { body: { contentType: 'html', content: `<p>B${counter}</p>` } }, values: { Text: `B${counter}` } },
      { patch: timed(`${on}T09:00:00`, `${on}T10:00:00`), values: { Date: on, Time: '11:00', EndDate: on, EndTime: '12:00' } },
      { patch: { categories: [`C${counter}`] }, values: { Categories: `C${counter}` } },
      { patch: { showAs: pick(['free', 'oof', 'tentative']) }, values: { ShowAs: pick([0, 1, 3]) } },
    ]);
  };

  const person = async (employee: Employee): Promise<void> => {
    const outlook = world.outlook(employee);
    const crm = world.crmUser(employee);
    const events = outlook.events();
    const activities = crm.activities();
    const { patch, values } = change();
    const what = random();
    edits += 1;
    if (what < 0.2) {
      const on = day();
      say(`${employee.mail} creates S${counter} in Outlook`);
      await outlook.create({ subject: `S${counter}`, ...timed(`${on}T13:00:00`, `${on}T14:00:00`) });
    } else if (what < 0.4) {
      const on = day();
      say(`${employee.mail} creates S${counter} in the CRM`);
      crm.create({ Subject: `S${counter}`, Date: on, EndDate: on });
    } else if (what < 0.6 && events.length > 0) {
      const event = pick(events);
      say(`${employee.mail} edits ${String(event['subject'])} in Outlook: ${JSON.stringify(patch).slice(0, 80)}`);
      const before = shownInOutlook(event);
      const after = shownInOutlook(await outlook.patch(event.id, patch));
      ledger.edited(before, after);
    } else if (what < 0.8 && activities.length > 0) {
      const activity = pick(activities);
      say(`${employee.mail} edits ${activity.values['Subject']} in the CRM: ${JSON.stringify(values).slice(0, 80)}`);
      ledger.edited(shownInCrm(activity), shownInCrm(crm.update(activity.id, values)));
    } else if (what < 0.86 && events.length > 0) {
      const event = pick(events);
      say(`${employee.mail} deletes ${String(event['subject'])} in Outlook`);
      ledger.deleted(shownInOutlook(event));
      await outlook.remove(event.id);
    } else if (what < 0.92 && activities.length > 0) {
      const activity = pick(activities);
      say(`${employee.mail} deletes ${activity.values['Subject']} in the CRM`);
      ledger.deleted(shownInCrm(activity));
      if (chance(0.5)) crm.mark(activity.id);
      else crm.remove(activity.id);
    } else if (events.length > 0) {
      const event = pick(events);
      say(`${employee.mail} only opens ${String(event['subject'])}`);
      outlook.touch(event.id);
    }
  };

  const fate = (): void => {
    faults += 1;
    const what = random();
    if (what < 0.4) {
      const fault = { ...pick(GRAPH_FAULTS), nth: 1 + Math.floor(random() * 4) };
      say(`Graph: ${JSON.stringify(fault)}`);
      world.graph.addFault(fault);
    } else if (what < 0.8) {
      const fault = pick(CRM_FAULTS);
      const nth = 1 + Math.floor(random() * 4);
      say(`CRM: ${JSON.stringify(fault)} from the ${nth}. on`);
      world.crm.addFault({ ...fault, match: { ...fault.match, nth } });
    } else if (what < 0.9) {
      say('delta tokens expire');
      world.graph.expireDeltaTokens();
    } else {
      const crash = { call: 1 + Math.floor(random() * 30), when: chance(0.5) ? ('before' as const) : ('after' as const) };
      say(`the worker dies ${crash.when} its ${crash.call}. call`);
      world.replaceWorker(new Worker(crash));
    }
  };

  await world.start();
  for (let step = 0; step < steps; step += 1) {
    if (chance(0.35)) fate();
    else await person(pick(world.employees));
    if (chance(0.6)) await world.live(pick([1_000, 5_000, 20_000, 65_000]));
    if (chance(0.1)) await world.rest(10 * 60_000);
    if (world.worker.dead) {
      say('another worker takes its place');
      world.replaceWorker();
    }
  }

  say('everything heals');
  world.graph.clearFaults();
  world.crm.clearFaults();
  world.crm.unlockLogins();
  world.graph.setQuirks({ notificationLoss: 0, deltaReplays: 0, deltaLagMs: 0, latencyMs: 0 });
  // Nobody dies any more: a worker that was doomed to is replaced before its time.
  world.replaceWorker();
  await world.rest(60 * 60_000);
  if (notificationLoss > 0) {
    await world.clock.until(world.clock.now() + 25 * 3_600_000);
    await world.reconcile();
    await world.rest(60 * 60_000);
  }

  const problems: string[] = [];
  for (const employee of world.employees) {
    const outlook = sorted(world.outlook(employee).events().map(shownInOutlook));
    const crm = sorted(world.crmUser(employee).activities().map((activity) => shownInCrm(activity)));
    const onlyOutlook = without(outlook, crm);
    const onlyCrm = without(crm, outlook);
    // A survivor of a deletion that met an edit stays on its side alone: the journal tells of it, the history must explain it.
    const excused = (await world.journal(employee)).filter((entry) => entry.reason === 'deletedHereEditedThere').length;
    if (onlyOutlook.length + onlyCrm.length > excused) problems.push(`${employee.mail}: only in Outlook ${onlyOutlook.join(' ')}; only in the CRM ${onlyCrm.join(' ')} (${excused} excused)`);
    const subjects = [...outlook].map((text) => (JSON.parse(text) as { subject: string }).subject);
    const twice = subjects.filter((subject, i) => subjects.indexOf(subject) !== i && /^S\d+$/.test(subject));
    if (twice.length > 0) problems.push(`${employee.mail}: twice in Outlook: ${twice.join(', ')}`);
  }
  const shown = world.employees.flatMap((employee) => [...world.outlook(employee).events().map(shownInOutlook), ...world.crmUser(employee).activities().map((activity) => shownInCrm(activity))]);
  const kept = JSON.stringify((await world.conflicts()).map((conflict) => conflict.value));
  for (const value of ledger.lost(shown, kept)) problems.push(`a lost edit: ${value} is nowhere, was not overruled, and its item was not deleted`);
  if (world.graph.state().mails.length > 0) problems.push('mails were sent');
  const violations = world.violations();
  if (violations.length > 0) problems.push(`violations: ${JSON.stringify(violations).slice(0, 600)}`);
  const mistakes = world.events.filter((event) => event['evt'] === 'handler.failed');
  if (mistakes.length > 0) problems.push(`a function failed: ${String(mistakes[0]?.['stack']).slice(0, 600)}`);
  const settled = world.writes();
  await world.rest(30 * 60_000);
  const after = world.writes();
  if (settled.graph !== after.graph || settled.crm !== after.crm) problems.push(`still writing after everything was quiet: ${JSON.stringify(settled)} ${JSON.stringify(after)}`);
  if (problems.length > 0) for (const employee of world.employees) log.push(`journal of ${employee.mail}: ${JSON.stringify(await world.journal(employee))}`);
  return { log, problems, edits, faults };
}

function without(from: readonly string[], other: readonly string[]): string[] {
  const left = [...other];
  return from.filter((one) => {
    const at = left.indexOf(one);
    if (at === -1) return true;
    left.splice(at, 1);
    return false;
  });
}
