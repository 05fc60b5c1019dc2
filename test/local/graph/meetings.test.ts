import { describe, expect, it } from 'vitest';
import { ANNA, at, BERT, IMMUTABLE, lunch, MARK, weekly, world } from './world.ts';
import type { World } from './world.ts';

const ANNAS = `/users/${ANNA}/events`;
const BERTS = `/users/${BERT}/events`;
const guest = (address: string) => ({ type: 'required', emailAddress: { address, name: address } });
const BOTH = [guest('bert@example.com'), guest('guest@example.org')];

async function meeting(more: object = {}, quirks: object = {}): Promise<World & { id: string; copy: string; mails(): string[] }> {
  const w = world(quirks);
  const { body } = await w.ask('POST', ANNAS, lunch({ attendees: BOTH, ...more }), IMMUTABLE);
  const copy = (await w.ask('GET', BERTS, undefined, IMMUTABLE)).body.value[0]?.id ?? '';
  return { ...w, id: body.id, copy, mails: () => w.simulator.state().mails.map((mail) => `${mail.kind} ${mail.recipient}`) };
}

describe('an organizer', () => {
  it('invites by creating: a mail for everybody, a copy with the same iCalUId for attendees of the tenant', async () => {
    const { ask, id, copy, mails } = await meeting();
    expect(mails()).toEqual(['invitation bert@example.com', 'invitation guest@example.org']);
    const own = (await ask('GET', `${ANNAS}/${id}`)).body;
    const theirs = (await ask('GET', `${BERTS}/${copy}`)).body;
    expect(theirs).toMatchObject({ iCalUId: own['iCalUId'], isOrganizer: false, subject: 'Lunch', showAs: 'tentative', responseStatus: { response: 'notResponded' }, organizer: { emailAddress: { address: 'anna@example.com' } } });
    expect(own).toMatchObject({ isOrganizer: true, responseStatus: { response: 'organizer' }, attendees: [{ status: { response: 'none' } }, { status: { response: 'none' } }] });
    expect((await ask('GET', `${ANNAS}/${copy}`)).status).toBe(404);
  });

  it('mails an update with every PATCH that an attendee can see, and overwrites the copies', async () => {
    const { ask, id, copy, mails } = await meeting();
    await ask('PATCH', `${BERTS}/${copy}`, { subject: 'mine', categories: ['Blue'] });
    expect(mails()).toHaveLength(2);
    await ask('PATCH', `${ANNAS}/${id}`, { subject: 'Dinner' });
    expect(mails().slice(2)).toEqual(['update bert@example.com', 'update guest@example.org']);
    expect((await ask('GET', `${BERTS}/${copy}`)).body).toMatchObject({ subject: 'Dinner', categories: ['Blue'] });
  });

  it('mails nobody for categories, reminders and extended properties', async () => {
    const { ask, id, mails } = await meeting();
    await ask('PATCH', `${ANNAS}/${id}`, { categories: ['Blue'], isReminderOn: false, reminderMinutesBeforeStart: 5, singleValueExtendedProperties: [{ id: MARK, value: 'x' }] });
    expect(mails()).toHaveLength(2);
  });

  it('mails for a PATCH without any new content, unless told otherwise', async () => {
    const loud = await meeting();
    await loud.ask('PATCH', `${ANNAS}/${loud.id}`, { subject: 'Lunch' });
    expect(loud.mails()).toHaveLength(4);
    const quiet = await meeting({}, { unchangedPatchMails: false });
    await quiet.ask('PATCH', `${ANNAS}/${quiet.id}`, { subject: 'Lunch' });
    expect(quiet.mails()).toHaveLength(2);
  });

  it('mails only the changed attendees when the PATCH holds nothing but attendees', async () => {
    const { ask, id, copy, mails } = await meeting();
    await ask('PATCH', `${ANNAS}/${id}`, { attendees: [guest('guest@example.org'), guest('new@example.org')] });
    expect(mails().slice(2)).toEqual(['cancellation bert@example.com', 'invitation new@example.org']);
    expect((await ask('GET', `${BERTS}/${copy}`)).body).toMatchObject({ isCancelled: true, subject: 'Canceled: Lunch' });
  });

  it('mails cancellations by deleting or cancelling; the copies stay, cancelled', async () => {
    for (const act of ['delete', 'cancel']) {
      const { ask, id, copy, mails } = await meeting();
      const { status } = act === 'delete' ? await ask('DELETE', `${ANNAS}/${id}`) : await ask('POST', `${ANNAS}/${id}/cancel`, { comment: 'x' });
      expect(status).toBe(act === 'delete' ? 204 : 202);
      expect(mails().slice(2)).toEqual(['cancellation bert@example.com', 'cancellation guest@example.org']);
      expect((await ask('GET', `${BERTS}/${copy}`)).body['isCancelled']).toBe(true);
    }
  });

  it('saves a draft without mailing', async () => {
    const { mails, copy } = await meeting({ isDraft: true });
    expect(mails()).toEqual([]);
    expect(copy).toBe('');
  });

  it('keeps the answers of attendees that stay when the list is patched', async () => {
    const { ask, id, copy } = await meeting();
    await ask('POST', `${BERTS}/${copy}/accept`, {});
    const { body } = await ask('PATCH', `${ANNAS}/${id}`, { attendees: [...BOTH, guest('new@example.org')] });
    expect(body.attendees.map((one) => one.status.response)).toEqual(['accepted', 'none', 'none']);
  });

  it('carries extended properties to the copies only with a mail, unless told otherwise', async () => {
    const property = { singleValueExtendedProperties: [{ id: MARK, value: 'x' }] };
    const travelled = await meeting(property);
    expect(travelled.simulator.events(BERT)[0]?.extended).toEqual([{ id: MARK, value: 'x' }]);
    const stayed = await meeting(property, { extendedPropertiesTravel: false });
    expect(stayed.simulator.events(BERT)[0]?.extended).toEqual([]);
  });
});

describe('an attendee', () => {
  it('answers with accept, tentativelyAccept and decline; the organizer sees it and gets a mail', async () => {
    for (const [action, response] of [['accept', 'accepted'], ['tentativelyAccept', 'tentativelyAccepted'], ['decline', 'declined']]) {
      const { ask, id, copy, mails } = await meeting();
      expect((await ask('POST', `${BERTS}/${copy}/${action}`, { sendResponse: true })).status).toBe(202);
      expect((await ask('GET', `${ANNAS}/${id}`)).body.attendees[0]?.status.response).toBe(response);
      expect(mails().at(-1)).toBe('response anna@example.com');
    }
  });

  it('answering without a response tells the organizer nothing', async () => {
    const { ask, id, copy, mails } = await meeting();
    await ask('POST', `${BERTS}/${copy}/accept`, { sendResponse: false });
    expect((await ask('GET', `${BERTS}/${copy}`)).body['responseStatus']).toMatchObject({ response: 'accepted' });
    expect((await ask('GET', `${ANNAS}/${id}`)).body.attendees[0]?.status.response).toBe('none');
    expect(mails()).toHaveLength(2);
  });

  it('declining takes the copy out of the calendar, unless told otherwise', async () => {
    const gone = await meeting();
    await gone.ask('POST', `${BERTS}/${gone.copy}/decline`, {});
    expect(gone.simulator.events(BERT)[0]?.place).toBe('deletedItems');
    const kept = await meeting({}, { declinedStaysInCalendar: true });
    await kept.ask('POST', `${BERTS}/${kept.copy}/decline`, {});
    expect(kept.simulator.events(BERT)[0]?.place).toBe('calendar');
  });

  it('cannot cancel, and an organizer cannot answer', async () => {
    const { ask, id, copy } = await meeting();
    const cancelled = await ask('POST', `${BERTS}/${copy}/cancel`, {});
    expect(cancelled.status).toBe(400);
    expect(cancelled.body.error?.message).toContain('You need to be an organizer to cancel a meeting');
    expect((await ask('POST', `${ANNAS}/${id}/accept`, {})).status).toBe(400);
  });

  it('deleting the copy mails nobody and leaves the organizer alone', async () => {
    const { ask, id, copy, mails } = await meeting();
    await ask('DELETE', `${BERTS}/${copy}`);
    expect(mails()).toHaveLength(2);
    expect((await ask('GET', `${ANNAS}/${id}`)).status).toBe(200);
  });
});

describe('a series with attendees', () => {
  it('follows exceptions and deleted occurrences into the copies, with mails', async () => {
    const w = world();
    const { body } = await w.ask('POST', ANNAS, weekly({ attendees: BOTH.slice(0, 1) }), IMMUTABLE);
    const instances = async (path: string) => (await w.ask('GET', `${path}/instances?startDateTime=2026-03-01&endDateTime=2026-05-01`, undefined, IMMUTABLE)).body.value;
    const own = await instances(`${ANNAS}/${body.id}`);
    await w.ask('PATCH', `${ANNAS}/${own[1]?.id}`, { subject: 'Special' });
    await w.ask('DELETE', `${ANNAS}/${own[2]?.id}`);
    const copy = (await w.ask('GET', BERTS, undefined, IMMUTABLE)).body.value[0]?.id;
    const copies = await instances(`${BERTS}/${copy}`);
    expect(copies.map((row) => row.subject)).toEqual(['Jour fixe', 'Special', 'Jour fixe']);
    expect(w.simulator.state().mails.map((mail) => mail.kind)).toEqual(['invitation', 'update', 'cancellation']);
    await w.ask('POST', `${BERTS}/${copies[0]?.id}/accept`, {});
    expect((await instances(`${ANNAS}/${body.id}`)).map((row) => row.attendees[0]?.status.response)).toEqual(['accepted', 'none', 'none']);
  });
});

describe('an organizer outside the tenant', () => {
  it('invites, updates and cancels a copy without a mail of ours', async () => {
    const { simulator, ask } = world();
    const invitation = (subject: string) => ({ organizer: { name: 'Guest', address: 'guest@example.org' }, iCalUId: 'ABC', event: lunch({ subject, attendees: [guest('bert@example.com')] }) });
    const id = simulator.receiveInvitation(BERT, invitation('Pitch'));
    expect((await ask('GET', `${BERTS}/${id}`)).body).toMatchObject({ subject: 'Pitch', isOrganizer: false, iCalUId: 'ABC', organizer: { emailAddress: { address: 'guest@example.org' } } });
    expect(simulator.receiveInvitation(BERT, invitation('Pitch 2'))).toBe(id);
    expect((await ask('GET', `${BERTS}/${id}`)).body.subject).toBe('Pitch 2');
    simulator.cancelInvitation(BERT, id);
    expect((await ask('GET', `${BERTS}/${id}`)).body['isCancelled']).toBe(true);
    expect(simulator.state().mails).toEqual([]);
    expect((await ask('PATCH', `${BERTS}/${id}`, { start: at('2026-11-25T12:00:00'), end: at('2026-11-25T13:00:00') })).status).toBe(200);
    expect(simulator.state().mails).toEqual([]);
  });
});
