import type { GraphSimulator } from '../graph/simulator.ts';
import { COMPANIES, DEMO_ZONE, type DemoEmployee } from './people.ts';
import { workingDayFrom } from './working-days.ts';

/** Nobody has entered this guest into the CRM: its record is marked because of him. */
const GUEST = { name: 'Kim Osei', address: 'kim.osei@partner.example.com' };
const AS_PERSON = { 'content-type': 'application/json', prefer: 'IdType="ImmutableId"' };

/** One meeting of the whole house: the first employee invites the others, a customer and a guest; the others answer, each in another way. */
export async function placeSharedMeeting(graph: GraphSimulator, employees: readonly DemoEmployee[], today: string): Promise<void> {
  const [organizer, ...colleagues] = employees;
  if (organizer === undefined) return;
  const [customer] = COMPANIES[0]?.persons ?? [];
  const attendees = [
    ...colleagues.map(({ firstName, lastName, mail }) => ({ type: 'required', emailAddress: { name: `${firstName} ${lastName}`, address: mail } })),
    ...(customer === undefined ? [] : [{ type: 'optional', emailAddress: { name: `${customer.firstName} ${customer.lastName}`, address: customer.mail } }]),
    { type: 'optional', emailAddress: GUEST },
  ];
  // Between the slots of the calendars' plans: nobody is at two places at once.
  const day = workingDayFrom(today);
  const at = (time: string) => ({ dateTime: `${day}T${time}:00`, timeZone: DEMO_ZONE });
  await post(graph, organizer, 'events', { subject: 'Planning of the rollout', location: { displayName: 'Room Weser' }, start: at('11:30'), end: at('12:00'), attendees });
  for (const [i, colleague] of colleagues.entries()) {
    const copy = graph.events(colleague.id).find(({ row }) => row['subject'] === 'Planning of the rollout');
    if (copy !== undefined) await post(graph, colleague, `events/${String(copy.row['id'])}/${i === 0 ? 'accept' : 'tentativelyAccept'}`, { sendResponse: true });
  }
}

async function post(graph: GraphSimulator, { id }: DemoEmployee, path: string, body: unknown): Promise<void> {
  const answer = await graph.fetch(`${graph.baseUrl}/v1.0/users/${id}/${path}`, { method: 'POST', headers: { ...AS_PERSON, authorization: `Bearer person:${id}` }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`The Graph simulator refused the demo's meeting with status ${answer.status}: the demo's data does not fit the simulator.`);
}
