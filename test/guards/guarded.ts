import { adminGuard, adminGuardAnswer } from '../../functions/admin-guard.ts';
import { adminMailboxes } from '../../functions/admin-mailboxes.ts';
import { health } from '../../functions/health.ts';
import type { HeldView } from '../../shared/jobs/guard-answers.ts';
import { timed, type Activity } from '../world/people.ts';
import { World, type Employee, type WorldOptions } from '../world/world.ts';

export const HOUR = 3_600_000;

/** A world in which every employee has so many appointments on both sides, and everything is quiet. */
export async function guarded(appointments: number, options: WorldOptions = {}): Promise<World> {
  const world = new World(options);
  await world.start();
  for (const employee of world.employees) for (let i = 0; i < appointments; i += 1) await world.outlook(employee).create({ subject: `Appointment ${i}`, ...timed(`2026-12-${day(i)}T09:00:00`, `2026-12-${day(i)}T10:00:00`) });
  await world.settle();
  // All that a person deletes at one sitting is told in one breath.
  world.graph.setQuirks({ notificationDelayMs: 3_000 });
  return world;
}

function day(i: number): string {
  return String(1 + (i % 28)).padStart(2, '0');
}

export function eventIds(world: World, employee: Employee = world.employee): string[] {
  return world.outlook(employee).events().map((event) => event.id);
}

export async function deleteInOutlook(world: World, count: number, employee: Employee = world.employee): Promise<string[]> {
  const ids = eventIds(world, employee).slice(0, count);
  for (const id of ids) await world.outlook(employee).remove(id);
  return ids;
}

export function deleteInCrm(world: World, count: number, employee: Employee = world.employee): Activity[] {
  const activities = world.crmUser(employee).activities().slice(0, count);
  for (const [i, { id }] of activities.entries()) {
    if (i % 2 === 0) world.crmUser(employee).mark(id);
    else world.crmUser(employee).remove(id);
  }
  return activities;
}

/** Alive in Outlook and in the CRM. */
export function alive(world: World, employee: Employee = world.employee): { outlook: number; crm: number } {
  return { outlook: world.outlook(employee).events().length, crm: world.crmUser(employee).activities().length };
}

/** Every item that ever was, deleted ones included: nothing may be made a second time. */
export function everMade(world: World, employee: Employee = world.employee): { outlook: number; crm: number } {
  return { outlook: world.graph.events(employee.id).length, crm: world.crmUser(employee).all().length };
}

async function call(world: World, handler: Parameters<World['call']>[0], path: string, method: string, params: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  const answer = await world.clock.drive(world.call(handler, new Request(`http://localhost:7071/api/${path}`, { method }), params));
  return { status: answer?.status ?? 0, text: (await answer?.text()) ?? '' };
}

export async function listed(world: World, query = ''): Promise<{ asOf: number; held: HeldView[] }> {
  const { text } = await call(world, adminGuard, `admin/guard?tenantId=${world.tenantId}${query}`, 'GET');
  return JSON.parse(text) as { asOf: number; held: HeldView[] };
}

export async function rawList(world: World, query: string): Promise<{ status: number; text: string }> {
  return call(world, adminGuard, `admin/guard${query}`, 'GET');
}

export async function answer(world: World, answer: string, query = `?tenantId=${world.tenantId}`): Promise<{ status: number; text: string }> {
  return call(world, adminGuardAnswer, `admin/guard/${answer}${query}`, 'POST', { answer });
}

export async function states(world: World): Promise<{ health: Record<string, unknown>; mailboxes: Record<string, unknown>[] }> {
  const { text } = await call(world, health, 'health', 'GET');
  const mailboxes = await call(world, adminMailboxes, 'admin/tenants/x/mailboxes', 'GET', { tenantId: world.tenantId });
  return { health: JSON.parse(text) as Record<string, unknown>, mailboxes: (JSON.parse(mailboxes.text) as { mailboxes: Record<string, unknown>[] }).mailboxes };
}

/** What was asked of Graph about single events. */
export function requestsById(world: World): number {
  return Object.entries(world.graph.state().app).filter(([request]) => request.startsWith('GET') && request.includes('/events/{')).reduce((sum, [, count]) => sum + count, 0);
}

export function told(world: World, name: string): Record<string, unknown>[] {
  return world.events.filter((event) => event['evt'] === name);
}

/** Nothing but deletions was in question: no mail, no limit broken, no function failed. */
export function troubles(world: World): unknown[] {
  return [...world.violations(), ...world.graph.state().mails, ...told(world, 'handler.failed')];
}
