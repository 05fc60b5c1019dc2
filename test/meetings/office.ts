import type { RecordView } from '../../local/crm/people.ts';
import { crmSeeder } from '../../local/crm/seed.ts';
import { World, type Employee, type WorldOptions } from '../world/world.ts';

export interface Office {
  readonly world: World;
  readonly ann: Employee;
  readonly ben: Employee;
  readonly cem: Employee;
  readonly customer: RecordView;
}

/** Three employees who are synchronized, and a customer in the CRM. `before`: what is so before the first users' job. */
export async function office(options: WorldOptions = {}, before: (office: Office) => void = () => undefined): Promise<Office> {
  const world = new World({ users: 3, ...options });
  const seeder = crmSeeder(world.crm, 'SYNC');
  const customer = seeder.person({ FirstName: 'Cora', LastName: 'Customer', Email1: 'cora@customer.example' }, seeder.company({ Company: 'Customer Ltd.' }));
  const [ann, ben, cem] = world.employees as [Employee, Employee, Employee];
  const all = { world, ann, ben, cem, customer };
  before(all);
  await world.start();
  return all;
}

export function attendee(address: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { emailAddress: { address, name: address }, type: 'required', ...more };
}

/** Addresses of those whom the events of a mailbox's owner invite. */
export function invitedBy(world: World, employee: Employee): string[] {
  return ownEvents(world, employee).flatMap((event) => ((event['attendees'] ?? []) as { emailAddress: { address: string } }[]).map(({ emailAddress }) => emailAddress.address)).sort();
}

export function ownEvents(world: World, employee: Employee): (Record<string, unknown> & { id: string })[] {
  return world.outlook(employee).events().filter((event) => event['isOrganizer'] === true);
}

/** All events that this mailbox ever organized, deleted ones too. */
export function everOrganized(world: World, employee: Employee): number {
  return world.graph.events(employee.id).filter(({ row }) => row['isOrganizer'] === true).length;
}

const forgotten = new WeakMap<World, number>();

/** What was mailed up to now is of no interest any more. */
export function forgetMails(world: World): void {
  forgotten.set(world, world.graph.state().mails.length);
}

/** Who was mailed what, without what attendees answer. */
export function mailed(world: World): string[] {
  world.lookedAtMails();
  return world.graph.state().mails.slice(forgotten.get(world) ?? 0).filter(({ kind }) => kind !== 'response').map(({ kind, recipient }) => `${kind} to ${recipient}`);
}

/** Somebody gives an activity to another rep. */
export function give(world: World, activityId: string, to: Employee): void {
  world.crm.act('SYNC').update('Contact', activityId, { RepId: to.rep.repId });
}

/** An admin takes somebody off the user list, or back onto it; the users' job runs, and whatever it rings for. */
export async function setListed(world: World, employee: Employee, listed: boolean): Promise<void> {
  world.crm.act('SYNC').update('RepUser', employee.rep.rep.id, { ConnectorSettings: listed });
  await world.syncUsers();
  await world.live(120_000);
}

/** Nothing failed, and no limit was broken. */
export function troubles(world: World): unknown[] {
  return [...world.violations(), ...world.events.filter((event) => event['evt'] === 'handler.failed')];
}
