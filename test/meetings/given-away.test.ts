import { describe, expect, it } from 'vitest';
import { answer, listed } from '../guards/guarded.ts';
import type { CrashPlan, Worker } from '../world/worker.ts';
import type { World } from '../world/world.ts';
import { attendee, everOrganized, forgetMails, give, invitedBy, mailed, office, ownEvents, setListed, troubles, type Office } from './office.ts';

/** Ann's meeting with Cem and a customer, on both sides; what was mailed for it is forgotten. */
async function meeting(options: Parameters<typeof office>[0] = {}, people: readonly ('ben' | 'cem' | 'customer')[] = ['cem', 'customer']): Promise<Office & { eventId: string; id: string }> {
  const all = await office(options);
  const { world, ann } = all;
  const addresses = people.map((who) => (who === 'customer' ? 'cora@customer.example' : all[who].mail));
  const event = await world.outlook(ann).create({ subject: 'To be given', attendees: addresses.map((address) => attendee(address)) });
  await world.settle();
  forgetMails(world);
  return { ...all, eventId: event.id, id: world.crmUser(ann).activities()[0]?.id ?? '' };
}

const subjects = (events: readonly Record<string, unknown>[]): unknown[] => events.map((event) => event['subject']);
const reasons = async (world: World, employee: Office['ann']): Promise<string[]> => (await world.journal(employee)).map(({ action, reason, detail }) => `${action} ${reason}${detail === undefined ? '' : ` ${detail}`}`);

describe('an activity that is given to another rep in the CRM', () => {
  it('leaves the old calendar and comes into the new one, once; the record keeps its id', async () => {
    const { world, ann, ben, id } = await meeting();
    give(world, id, ben);
    await world.settle();
    expect(ownEvents(world, ann)).toEqual([]);
    expect(subjects(ownEvents(world, ben))).toEqual(['To be given']);
    expect(world.crmUser(ben).activities().map((activity) => activity.id)).toEqual([id]);
    expect(world.crm.records('Contact').filter((record) => !record.deleted)).toHaveLength(1);
    // The attendees of the old event get its cancellation; colleagues are invited by the new one, customers are not (inviteFromCrm).
    expect(mailed(world).sort()).toEqual([`cancellation to ${world.employees[2]?.mail}`, 'cancellation to cora@customer.example', `invitation to ${world.employees[2]?.mail}`].sort());
    const before = { ...world.writes(), mails: mailed(world).length };
    await world.days(1);
    expect({ ...world.writes(), mails: mailed(world).length }).toEqual(before);
    expect(troubles(world)).toEqual([]);
  });

  it('goes on as an appointment of the new rep: edits arrive on both sides', async () => {
    const { world, ann, ben, id } = await meeting();
    give(world, id, ben);
    await world.settle();
    await world.outlook(ben).patch(ownEvents(world, ben)[0]?.id ?? '', { location: { displayName: 'Room B' } });
    world.crmUser(ben).update(id, { Subject: 'Renamed' });
    await world.settle();
    expect(world.crmUser(ben).activities()[0]?.values).toMatchObject({ Subject: 'Renamed', Location: 'Room B' });
    expect(ownEvents(world, ben)[0]).toMatchObject({ subject: 'Renamed', location: { displayName: 'Room B' } });
    expect(everOrganized(world, ann)).toBe(1);
    expect(everOrganized(world, ben)).toBe(1);
    // The old event is cancelled to two, the new one invites one of them, who hears of the new subject, too.
    world.expectMails(4);
  });

  it('does not invite the new organizer to his own meeting, and the old one only where the record has him', async () => {
    const one = await meeting({}, ['ben', 'cem']);
    give(one.world, one.id, one.ben);
    await one.world.settle();
    expect(invitedBy(one.world, one.ben)).toEqual([one.cem.mail]);
    one.world.expectMails(3);
    const two = await meeting({}, ['cem']);
    two.world.crm.act('SYNC').addParticipant(two.id, { RepId: two.ann.rep.repId, Role: 0 });
    give(two.world, two.id, two.ben);
    await two.world.settle();
    expect(invitedBy(two.world, two.ben)).toEqual([two.ann.mail, two.cem.mail].sort());
    two.world.expectMails(3);
  });

  it('of one that nobody else attends mails nobody', async () => {
    const { world, ann, ben, id } = await meeting({}, []);
    give(world, id, ben);
    await world.settle();
    expect([ownEvents(world, ann).length, ownEvents(world, ben).length]).toEqual([0, 1]);
    expect(mailed(world)).toEqual([]);
  });

  it('invites as the rule says', async () => {
    const { world, ben, id } = await meeting({ rules: { appointments: { inviteFromCrm: 'nobody' } } });
    give(world, id, ben);
    await world.settle();
    expect(invitedBy(world, ben)).toEqual([]);
    expect(mailed(world).filter((mail) => mail.startsWith('invitation'))).toEqual([]);
  });

  it('moves nothing where it has ended already: the pair rests with its reason, and nobody is mailed', async () => {
    const { world, ann, ben, id } = await meeting();
    await world.clock.until(Date.parse('2026-11-25T12:00:00Z'));
    await world.rest(5 * 60_000);
    give(world, id, ben);
    await world.settle();
    await world.days(1);
    expect(subjects(ownEvents(world, ann))).toEqual(['To be given']);
    expect(ownEvents(world, ben)).toEqual([]);
    expect(await reasons(world, ann)).toContain('rests givenAway ended');
    expect(mailed(world)).toEqual([]);
    // Somebody sets a new date: now there is something to attend.
    world.crm.act('SYNC').update('Contact', id, { Date: '2026-12-02', EndDate: '2026-12-02' });
    await world.settle();
    expect([ownEvents(world, ann).length, ownEvents(world, ben).length]).toEqual([0, 1]);
    world.expectMails(3);
  });

  it('writes nothing where the other rep is not synchronized, says so, and goes on when it is given back', async () => {
    const { world, ann, ben, id } = await meeting();
    await setListed(world, ben, false);
    const writes = world.writes().graph;
    give(world, id, ben);
    await world.settle();
    expect(world.writes().graph).toBe(writes);
    expect(subjects(ownEvents(world, ann))).toEqual(['To be given']);
    expect(await reasons(world, ann)).toContain('rests givenAway repNotSynchronized');
    world.crm.act('SYNC').update('Contact', id, { Location: 'Room while away' });
    give(world, id, ann);
    await world.settle();
    expect(ownEvents(world, ann)[0]).toMatchObject({ subject: 'To be given', location: { displayName: 'Room while away' } });
    expect(everOrganized(world, ann)).toBe(1);
    // Both attendees hear of the new room.
    world.expectMails(2);
  });

  it('moves within a day when the other rep becomes synchronized', async () => {
    const { world, ann, ben, id } = await meeting();
    await setListed(world, ben, false);
    give(world, id, ben);
    await world.settle();
    await setListed(world, ben, true);
    await world.days(1);
    expect([ownEvents(world, ann).length, ownEvents(world, ben).length]).toEqual([0, 1]);
    expect(world.crmUser(ben).activities().map((activity) => activity.id)).toEqual([id]);
    world.expectMails(3);
  });

  it('far beyond the window is followed there: it stood in a calendar already', async () => {
    const { world, ann, ben, id } = await meeting({}, []);
    world.crm.act('SYNC').update('Contact', id, { Date: '2027-12-01', EndDate: '2027-12-01' });
    await world.settle();
    for (const to of [ben, ann]) {
      give(world, id, to);
      await world.settle();
      expect([ownEvents(world, ann).length, ownEvents(world, ben).length]).toEqual(to === ben ? [0, 1] : [1, 0]);
    }
  });

  it('and back again is made anew in the first calendar, once each time', async () => {
    const { world, ann, ben, id } = await meeting({}, []);
    for (const [to, from] of [[ben, ann], [ann, ben], [ben, ann], [ann, ben]] as const) {
      give(world, id, to);
      await world.settle();
      expect(subjects(ownEvents(world, to))).toEqual(['To be given']);
      expect(ownEvents(world, from)).toEqual([]);
    }
    expect([everOrganized(world, ann), everOrganized(world, ben)]).toEqual([3, 2]);
    world.crmUser(ann).update(id, { Subject: 'Still followed' });
    await world.settle();
    expect(subjects(ownEvents(world, ann))).toEqual(['Still followed']);
    await world.outlook(ann).remove(ownEvents(world, ann)[0]?.id ?? '');
    await world.settle();
    expect(world.crmUser(ann).activities()).toEqual([]);
  });

  it('and back while nobody knew what became of our deletion, which takes effect after it was looked up: no person deleted anything', async () => {
    const { world, ann, ben, id } = await meeting({}, []);
    world.graph.addFault({ kind: 'slow', ms: 90_000, commit: 'end', method: 'DELETE', pathPattern: '/events' });
    // Whoever looks it up meets the event, and the record is his again.
    give(world, id, ben);
    await world.live(70_000);
    give(world, id, ann);
    await world.settle();
    await world.live(120_000);
    await world.settle();
    expect(world.crmUser(ann).activities().map((activity) => activity.id)).toEqual([id]);
    expect(subjects(ownEvents(world, ann))).toEqual(['To be given']);
    expect(ownEvents(world, ben)).toEqual([]);
    expect(world.crm.records('Contact').filter((record) => !record.deleted)).toHaveLength(1);
    const before = world.writes();
    await world.days(1);
    expect(world.writes()).toEqual(before);
    expect(troubles(world)).toEqual([]);
  });

  it('while nobody knows what becomes of its first event, which appears afterwards: that one goes, and no second record is made of it', async () => {
    const { world, ann, ben } = await office();
    world.graph.addFault({ kind: 'slow', ms: 90_000, commit: 'end', method: 'POST', pathPattern: '/events' });
    const { id } = world.crmUser(ann).create({ Subject: 'To be given' });
    await world.live(60_000);
    give(world, id, ben);
    await world.live(120_000);
    await world.rest(30 * 60_000);
    expect(subjects(ownEvents(world, ann))).toEqual([]);
    expect(subjects(ownEvents(world, ben))).toEqual(['To be given']);
    expect(world.crm.records('Contact').filter((record) => !record.deleted)).toHaveLength(1);
    expect(world.crmUser(ben).activities().map((activity) => activity.id)).toEqual([id]);
    expect(troubles(world)).toEqual([]);
    expect(everOrganized(world, ann)).toBe(1);
  });

  it('and back before anybody looked changes nothing', async () => {
    const { world, ann, ben, id } = await meeting();
    give(world, id, ben);
    give(world, id, ann);
    await world.settle();
    expect([everOrganized(world, ann), everOrganized(world, ben)]).toEqual([1, 0]);
    expect(ownEvents(world, ann)).toHaveLength(1);
    expect(mailed(world)).toEqual([]);
  });

  it('while its event is edited: the edit goes with it', async () => {
    const { world, ann, ben, id, eventId } = await meeting({}, []);
    await world.outlook(ann).patch(eventId, { location: { displayName: 'Room of Ann' } });
    give(world, id, ben);
    await world.settle();
    expect(ownEvents(world, ann)).toEqual([]);
    expect(ownEvents(world, ben)[0]).toMatchObject({ location: { displayName: 'Room of Ann' } });
    expect(world.crmUser(ben).activities()[0]?.values).toMatchObject({ Location: 'Room of Ann' });
  });

  it('while its new rep is invited to the old event: he is its organizer now, and nothing is written again and again', async () => {
    const { world, ann, ben, cem, id, eventId } = await meeting({}, ['cem']);
    const start = world.writes();
    await world.outlook(ann).patch(eventId, { attendees: [attendee(cem.mail), attendee(ben.mail)] });
    give(world, id, ben);
    await world.settle();
    // One event goes and one is made; the record has nothing to be told.
    expect(world.writes()).toEqual({ graph: start.graph + 2, crm: start.crm });
    expect([ownEvents(world, ann).length, ownEvents(world, ben).length]).toEqual([0, 1]);
    expect(invitedBy(world, ben)).toEqual([cem.mail]);
    world.expectMails(3);
    const before = world.writes();
    await world.settle();
    expect(world.writes()).toEqual(before);
  });

  it('while its event is edited, and the old rep may not change it: the edit is in the conflict log', async () => {
    const { world, ann, ben, id, eventId } = await meeting({}, []);
    give(world, id, ben);
    world.crm.addFault({ kind: 'commandError', code: 403, match: { command: 'update', user: ann.rep.user, times: 9 } });
    await world.outlook(ann).patch(eventId, { location: { displayName: 'Room of Ann' } });
    await world.settle();
    expect([ownEvents(world, ann).length, ownEvents(world, ben).length]).toEqual([0, 1]);
    expect((await world.conflicts()).map(({ group, loser, value }) => ({ group, loser, value }))).toContainEqual({ group: 'place', loser: 'graph', value: 'Room of Ann' });
  });

  it('while its event is deleted: the record lives on with the other rep', async () => {
    const { world, ann, ben, id, eventId } = await meeting({}, []);
    give(world, id, ben);
    await world.outlook(ann).remove(eventId);
    await world.settle();
    expect([ownEvents(world, ann).length, ownEvents(world, ben).length]).toEqual([0, 1]);
    expect(world.crmUser(ben).activities().map((activity) => activity.id)).toEqual([id]);
    give(world, id, ann);
    await world.settle();
    expect([ownEvents(world, ann).length, ownEvents(world, ben).length]).toEqual([1, 0]);
  });

  it('counts for the deletion guard of the old mailbox, and takes nothing away where deletion is switched off', async () => {
    const held = await meeting({ rules: { deletionGuard: { mailbox: { count: 0, share: 0 } } } });
    give(held.world, held.id, held.ben);
    await held.world.settle();
    expect(ownEvents(held.world, held.ann)).toHaveLength(1);
    expect(await reasons(held.world, held.ann)).toContain('held deletionGuard mailbox');
    expect(mailed(held.world).filter((mail) => mail.startsWith('cancellation'))).toEqual([]);
    const off = await meeting({ rules: { appointments: { deletion: { enabled: false } } } });
    give(off.world, off.id, off.ben);
    await off.world.settle();
    expect(ownEvents(off.world, off.ann)).toHaveLength(1);
    expect(await reasons(off.world, off.ann)).toContain('rests givenAway deletionOff');
    off.world.expectMails(1);
  });

  it('and held by the deletion guard goes when an admin confirms, stays when he rejects, and dissolves when it is given back', async () => {
    for (const said of ['confirm', 'reject', null] as const) {
      const { world, ann, ben, id } = await meeting({ rules: { deletionGuard: { mailbox: { count: 0, share: 0 } } } });
      give(world, id, ben);
      await world.settle();
      expect((await listed(world)).held).toMatchObject([{ mailboxId: ann.id, side: 'graph', reason: 'givenAway' }]);
      if (said === null) give(world, id, ann);
      else await answer(world, said);
      // With room for what is taken away from the other calendar then.
      world.rules['deletionGuard'] = {};
      await world.settle();
      expect([said, ownEvents(world, ann).length, ownEvents(world, ben).length]).toEqual([said, said === 'confirm' ? 0 : 1, said === null ? 0 : 1]);
      expect((await listed(world)).held).toEqual([]);
      // One is invited to the new event; then the old one is cancelled to two, or stays, or the new one is cancelled.
      world.expectMails(said === 'confirm' ? 3 : said === 'reject' ? 1 : 2);
      expect(world.crm.records('Contact').filter((record) => record.deleted || record.values['FreeC1'] !== '')).toEqual([]);
    }
  });

  it('of a type that is not synchronized stays where it is', async () => {
    const { world, ann, ben, id } = await meeting({}, []);
    world.crm.act('SYNC').update('Contact', id, { Contact: 2, RepId: ben.rep.repId });
    await world.settle();
    expect([ownEvents(world, ann).length, ownEvents(world, ben).length]).toEqual([1, 0]);
  });
});

describe('an activity that is given away, and a worker that is killed', () => {
  it('while it polls, having told the new rep and not the old one: he is told by the next poll', async () => {
    // The last calls of a poll.
    for (let call = 9; call <= 13; call += 1) {
      const { world, ann, ben, id } = await meeting({}, []);
      give(world, id, ben);
      await world.settle();
      give(world, id, ann);
      await world.clock.until(world.clock.now() + 5_000);
      await world.pollCrm();
      await world.drainWith({ call, when: 'before' });
      world.replaceWorker();
      await world.rest(25 * 60_000);
      expect([call, ownEvents(world, ben).length, subjects(ownEvents(world, ann))]).toEqual([call, 0, ['To be given']]);
    }
  });

  /** `back`: given back while the worker is dead. */
  async function given(crash: CrashPlan | null, back: boolean): Promise<Office & { id: string; worker: Worker }> {
    const all = await meeting({}, ['cem']);
    const { world, ann, ben, id } = all;
    give(world, id, ben);
    await world.clock.until(world.clock.now() + 5_000);
    await world.pollCrm();
    await world.workTenantJobs();
    const worker = await world.drainWith(crash);
    world.replaceWorker();
    if (back) give(world, id, ann);
    await world.rest(back ? 30 * 60_000 : 25 * 60_000);
    return { ...all, worker };
  }

  it.each([false, true])('before any call, given back meanwhile: %s', async (back) => {
    const whole = await given(null, back);
    const calls = whole.worker.calls.length;
    whole.world.expectMails(back ? 4 : 2);
    expect(calls).toBeGreaterThan(10);
    for (let call = 1; call <= calls; call += 1) {
      const { world, ann, ben, id, worker } = await given({ call, when: 'before' }, back);
      const at = `before call ${call} of ${calls}, ${worker.calls.at(-1)?.name}`;
      const [old, now] = back ? [ben, ann] : [ann, ben];
      expect([at, subjects(ownEvents(world, old)), subjects(ownEvents(world, now))]).toEqual([at, [], ['To be given']]);
      expect([at, world.crmUser(now).activities().map((activity) => activity.id)]).toEqual([at, [id]]);
      expect([at, world.crm.records('Contact').filter((record) => record.deleted)]).toEqual([at, []]);
      if (!back) expect([at, everOrganized(world, ann), everOrganized(world, ben), mailed(world).sort()]).toEqual([at, 1, 1, ['cancellation to employee2@example.com', 'invitation to employee2@example.com']]);
      // Given back, whoever was told of a meeting that is gone was asked to the one that stays.
      const sent = mailed(world);
      expect([at, sent.filter((mail) => mail.startsWith('cancellation')).length]).toEqual([at, sent.filter((mail) => mail.startsWith('invitation')).length]);
      expect([at, troubles(world)]).toEqual([at, []]);
    }
  }, 600_000);
});
