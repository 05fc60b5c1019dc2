import { adminMailGuard, adminMailGuardAnswer } from '../../functions/admin-guard.ts';
import type { HeldMailView } from '../../shared/jobs/guard-answers.ts';
import { timed, type Activity } from '../world/people.ts';
import { World, type Employee, type WorldOptions } from '../world/world.ts';

/** Employee 0 is the chair; the others are the colleagues whom he meets. */
export async function office(recipients: number, options: WorldOptions = {}): Promise<World> {
  const world = new World({ users: 6, ...options, rules: { mailGuard: { recipients }, ...options.rules } });
  await world.start();
  return world;
}

export function colleagues(world: World, count: number, from = 0): Employee[] {
  return world.employees.slice(1 + from, 1 + from + count);
}

/** Somebody plans a meeting in the CRM, with so many colleagues. */
export function meetInCrm(world: World, count: number, values: Record<string, string | number> = {}): Activity {
  const activity = world.crmUser().create({ Subject: 'Planned in the CRM', Date: '2026-12-10', EndDate: '2026-12-10', ...values });
  for (const one of colleagues(world, count)) join(world, activity.id, one);
  return activity;
}

export function join(world: World, activityId: string, colleague: Employee): void {
  world.crm.act(world.employee.rep.user).addParticipant(activityId, { RepId: colleague.rep.repId, Role: 0 });
}

/** A meeting that its organizer made in Outlook, known to both sides; the mails that he sent for it are his own. */
export async function meetInOutlook(world: World, count: number, day = '2026-12-01', subject = 'Made in Outlook'): Promise<{ event: string; activity: string }> {
  const attendees = colleagues(world, count).map(({ mail }) => ({ emailAddress: { address: mail, name: mail }, type: 'required' }));
  const { id } = await world.outlook().create({ subject, attendees, ...timed(`${day}T09:00:00`, `${day}T10:00:00`) });
  await world.settle();
  const activity = world.crmUser().activities().find(({ values }) => values['Subject'] === subject);
  forgetMails(world);
  return { event: id, activity: activity?.id ?? '' };
}

const forgotten = new WeakMap<World, number>();

/** What was mailed up to now is none of the connector's. */
export function forgetMails(world: World): void {
  forgotten.set(world, world.graph.state().mails.length);
}

/** Mails since then, by kind, from the simulator's own store. */
export function mailed(world: World): Record<string, number> {
  const kinds: Record<string, number> = {};
  world.lookedAtMails();
  for (const { kind } of world.graph.state().mails.slice(forgotten.get(world) ?? 0)) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return kinds;
}

export function subjects(world: World): unknown[] {
  return world.outlook().events().map((event) => event['subject']).sort();
}

export function invited(world: World, subject: string): string[] {
  const event = world.outlook().events().find((one) => one['subject'] === subject);
  return ((event?.['attendees'] ?? []) as { emailAddress: { address: string } }[]).map(({ emailAddress }) => emailAddress.address).sort();
}

async function call(world: World, handler: Parameters<World['call']>[0], path: string, method: string, params: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  const answer = await world.clock.drive(world.call(handler, new Request(`http://localhost:7071/api/${path}`, { method }), params));
  return { status: answer?.status ?? 0, text: (await answer?.text()) ?? '' };
}

export async function waiting(world: World, query = ''): Promise<{ asOf: number; held: HeldMailView[] }> {
  return JSON.parse((await call(world, adminMailGuard, `admin/mail-guard?tenantId=${world.tenantId}${query}`, 'GET')).text) as { asOf: number; held: HeldMailView[] };
}

export async function say(world: World, answer: string, query = `?tenantId=${world.tenantId}`): Promise<{ status: number; text: string }> {
  return call(world, adminMailGuardAnswer, `admin/mail-guard/${answer}${query}`, 'POST', { answer });
}
