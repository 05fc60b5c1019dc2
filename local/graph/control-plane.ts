import type { Controls, Invitation } from './control.ts';
import type { Fault } from './faults.ts';
import type { LifecycleEvent } from './notifications.ts';
import type { Quirks } from './quirks.ts';
import { isRecord } from './request-json.ts';

/** The same over HTTP below `/_sim/`, for local use only: bodies name the method's arguments. */
export async function answerControl(controls: Controls, request: Request, url: URL): Promise<Response> {
  const name = `${request.method} ${url.pathname.slice('/_sim/'.length)}`;
  const json = (value: unknown) => Response.json(value ?? null);
  try {
    if (name === 'GET state') return json(controls.state());
    if (name === 'GET users') return json(controls.users());
    if (name === 'GET subscriptions') return json(controls.subscriptions());
    if (name === 'GET events') return json(controls.events(url.searchParams.get('userId') ?? ''));
    const text = await request.text();
    const input: unknown = text === '' ? {} : JSON.parse(text);
    if (!isRecord(input)) throw new Error('The body must be a JSON object.');
    return json(runControl(controls, name, input));
  } catch (problem) {
    return Response.json({ error: problem instanceof Error ? problem.message : String(problem) }, { status: 400 });
  }
}

function runControl(controls: Controls, name: string, input: Record<string, unknown>): unknown {
  const text = (member: string): string => {
    const value = input[member];
    if (typeof value === 'string') return value;
    throw new Error(`The body of ${name} needs the text ${member}.`);
  };
  switch (name) {
    case 'POST faults':
      return controls.addFault(input as unknown as Fault);
    case 'DELETE faults':
      return controls.clearFaults();
    case 'POST reset-counters':
      return controls.resetCounters();
    case 'POST quirks':
      return controls.setQuirks(input as Partial<Quirks>);
    case 'POST touch':
      return controls.touchEvent(text('userId'), text('eventId'));
    case 'POST save-on-phone':
      return controls.saveOnPhone(text('userId'), text('eventId'));
    case 'POST renew-calendar-ids':
      return controls.renewCalendarIds(text('userId'));
    case 'POST move':
      return controls.moveEvent(text('userId'), text('eventId'), text('calendarId'));
    case 'POST restore':
      return controls.restoreEvent(text('userId'), text('eventId'));
    case 'POST calendars':
      return { id: controls.createCalendar(text('userId'), text('name')) };
    case 'POST invitations':
      return { id: controls.receiveInvitation(text('userId'), input['invitation'] as Invitation) };
    case 'POST cancel-invitation':
      return controls.cancelInvitation(text('userId'), text('eventId'));
    case 'POST remake-mailbox':
      return controls.remakeMailbox(text('userId'));
    case 'POST mailbox':
      return controls.setMailboxEnabled(text('userId'), input['enabled'] === true);
    case 'POST expire-delta-tokens':
      return controls.expireDeltaTokens(input['userId'] === undefined ? undefined : text('userId'));
    case 'POST remove-subscription':
      return controls.removeSubscription(text('id'), input['tell'] === true);
    case 'POST lifecycle':
      return controls.sendLifecycle(text('id'), text('event') as LifecycleEvent);
    default:
      throw new Error(`The simulator has no control ${name}.`);
  }
}
