import { expect } from 'vitest';
import { shownInCrm, shownInOutlook, sorted } from '../world/judge.ts';
import { timed, type Activity } from '../world/people.ts';
import { World, type Employee, type WorldOptions } from '../world/world.ts';

export const MINUTE = 60_000;
/** What the calendars of these tests are looked at through: more than the rule's window. */
export const [FIRST, LAST] = ['2024-01-01', '2028-12-31'];

export type Row = Record<string, unknown> & { id: string };

/** Every Wednesday from 9 to 10, from the Wednesday after the world begins. */
export function weekly(more: Record<string, unknown> = {}, range: Record<string, unknown> = { type: 'numbered', numberOfOccurrences: 5 }): Record<string, unknown> {
  return {
    subject: 'Jour fixe',
    ...timed('2026-11-25T09:00:00', '2026-11-25T10:00:00'),
    recurrence: { pattern: { type: 'weekly', interval: 1, daysOfWeek: ['wednesday'] }, range: { startDate: '2026-11-25', ...range } },
    ...more,
  };
}

export interface Running {
  readonly world: World;
  readonly master: string;
}

/** A series made in Outlook, in step. */
export async function running(event: Record<string, unknown> = weekly(), options: WorldOptions = {}): Promise<Running> {
  const world = new World(options);
  await world.start();
  const { id } = await world.outlook().create(event);
  await world.settle();
  return { world, master: id };
}

/** What the calendar shows, every occurrence and exception, in order. */
export function rows(world: World, employee: Employee = world.employee): Row[] {
  return world.graph.calendar(employee.id, FIRST, LAST) as Row[];
}

/** The occurrence that stands on this day in the owner's zone, whatever day it was made for. */
export function on(world: World, day: string, employee?: Employee): Row {
  const found = rows(world, employee).find((row) => shownInOutlook(row).when.startsWith(day));
  if (found === undefined) throw new Error(`Nothing stands on ${day}.`);
  return found;
}

export function recordOn(world: World, day: string): Activity {
  const found = world.crmUser().activities().find(({ values }) => values['Date'] === day);
  if (found === undefined) throw new Error(`No record stands on ${day}.`);
  return found;
}

export function daysInCrm(world: World): string[] {
  return world.crmUser().activities().map(({ values }) => values['Date'] ?? '').sort();
}

/** Calendar and CRM show the same, day by day; nobody was mailed, no limit was broken, no function failed. */
export function expectSame(world: World, days?: readonly string[], mails: readonly unknown[] = []): void {
  const outlook = rows(world).map(shownInOutlook);
  const crm = world.crmUser().activities().map((activity) => shownInCrm(activity));
  expect(sorted(crm)).toEqual(sorted(outlook));
  if (days !== undefined) expect(daysInCrm(world)).toEqual([...days]);
  expect(world.violations()).toEqual([]);
  expect(world.graph.state().mails).toEqual(mails);
  expect(world.events.filter((event) => event['evt'] === 'handler.failed')).toEqual([]);
}

/** Nothing is left to do: neither another pass nor the daily net writes anything. */
export async function expectQuiet(world: World): Promise<void> {
  world.resetCounters();
  await world.live(10 * MINUTE);
  await world.reconcile();
  await world.settle();
  expect(world.writes()).toEqual({ graph: 0, crm: 0 });
}

export const recordIds = (world: World): string[] => world.crmUser().activities().map(({ id }) => id).sort();
