import { describe, expect, it } from 'vitest';
import { answer } from '../guards/guarded.ts';
import { on, weekly } from '../series/weekly.ts';
import { rowsOf } from '../simulation/meetings.ts';
import { timed, type Activity } from '../world/people.ts';
import { Worker, type CrashPlan } from '../world/worker.ts';
import type { Employee, World, WorldOptions } from '../world/world.ts';
import { attendee, forgetMails, give, invitedBy, mailed, office, ownEvents, setListed, troubles, type Office } from './office.ts';

const published = (world: World, employee: Employee): Activity[] => world.crmUser(employee).activities().filter(({ values }) => values['FreeC2'] === 'published');
const own = (world: World, employee: Employee): Activity[] => world.crmUser(employee).activities().filter(({ values }) => values['FreeC2'] !== 'published');
const repsAt = (world: World, record: string): number[] => rowsOf(world, record).map(({ rep }) => rep).sort();

type LeftBehind = Office & { readonly all: Office; /** Her event. */ readonly id: string; /** Its record in the CRM. */ readonly record: string };

/** Ann, who asked Ben and Cem to a meeting, and is synchronized no more. `before`: what happens while she still is. */
async function leftBehind(options: WorldOptions = {}, before: (office: Office) => Promise<void> = async () => undefined): Promise<LeftBehind> {
  const all = await office(options);
  const { world, ann, ben, cem } = all;
  const { id } = await world.outlook(ann).create({ subject: "Ann's", attendees: [attendee(ben.mail), attendee(cem.mail)] });
  await world.settle();
  await before(all);
  const record = own(world, ann)[0]?.id ?? '';
  await setListed(world, ann, false);
  forgetMails(world);
  return { ...all, all, id, record };
}

/** A cancellation as it reaches one of the invited. */
function cancelFor(world: World, employee: Employee): void {
  const [copy] = world.outlook(employee).events();
  world.graph.cancelInvitation(employee.id, copy?.id ?? '');
}

async function settleWithNet({ world }: Office): Promise<void> {
  await world.settle();
  await world.days(1);
}

describe('copies of what an organizer left behind tell of their own mailbox alone', () => {
  it('he takes one colleague off: that colleague leaves the record, which goes on with the others', async () => {
    const { all, world, ann, ben, cem, id, record } = await leftBehind();
    world.resetCounters();
    await world.outlook(ann).patch(id, { attendees: [attendee(cem.mail)] });
    await settleWithNet(all);
    expect(own(world, ann).map((one) => one.id)).toEqual([record]);
    expect(repsAt(world, record)).toEqual([cem.rep.repId]);
    expect([...published(world, ben), ...published(world, cem)]).toEqual([]);
    expect(world.writes()).toEqual({ graph: 0, crm: 1 });
    expect(troubles(world)).toEqual([]);
  });

  it('and asks him again: he stands on the same record again, once', async () => {
    const { all, world, ann, ben, cem, id, record } = await leftBehind();
    await world.outlook(ann).patch(id, { attendees: [attendee(cem.mail)] });
    await world.settle();
    await world.outlook(ann).patch(id, { attendees: [attendee(ben.mail), attendee(cem.mail)] });
    world.resetCounters();
    await settleWithNet(all);
    expect(repsAt(world, record)).toEqual([ben.rep.repId, cem.rep.repId].sort());
    expect(world.writes()).toEqual({ graph: 0, crm: 1 });
    // Whoever takes him off in the CRM then is a person, and is believed.
    const row = world.crm.records('Participant').find(({ deleted, values }) => !deleted && values['RepId'] === String(ben.rep.repId));
    world.crm.act('SYNC').delete('Participant', row?.id ?? '');
    await settleWithNet(all);
    expect(repsAt(world, record)).toEqual([cem.rep.repId]);
  });

  it('asked again after he had thrown the cancelled copy away: he stands on the record again', async () => {
    const { all, world, ann, ben, cem, id, record } = await leftBehind();
    await world.outlook(ann).patch(id, { attendees: [attendee(cem.mail)] });
    await world.settle();
    for (const copy of world.outlook(ben).events()) await world.outlook(ben).remove(copy.id);
    await settleWithNet(all);
    expect(repsAt(world, record)).toEqual([cem.rep.repId]);
    await world.outlook(ann).patch(id, { attendees: [attendee(ben.mail), attendee(cem.mail)] });
    await settleWithNet(all);
    expect(repsAt(world, record)).toEqual([ben.rep.repId, cem.rep.repId].sort());
  });

  it('whoever had been taken off before the organizer left tells nothing more: the meeting goes on without him', async () => {
    const { all, world, ann, ben, record } = await leftBehind({}, async ({ world: before, ann: organizer, cem }) => {
      for (const { id: row } of rowsOf(before, own(before, organizer)[0]?.id ?? '')) before.crm.act('SYNC').delete('Participant', row);
      await before.settle();
      expect(before.outlook(cem).events()[0]).toMatchObject({ isCancelled: true });
    });
    // Whom somebody takes off in the CRM, Outlook tells.
    world.expectMails(2);
    world.graph.touchEvent(ben.id, world.outlook(ben).events()[0]?.id ?? '');
    await settleWithNet(all);
    expect(own(world, ann).map((one) => one.id)).toEqual([record]);
  });

  it('an attendee who declines his copy, or throws it away, takes nobody off', async () => {
    const { all, world, ann, ben, cem, record } = await leftBehind();
    const copyOf = (employee: Employee): string => world.outlook(employee).events()[0]?.id ?? '';
    await world.outlook(ben).answer(copyOf(ben), 'decline');
    await world.outlook(cem).remove(copyOf(cem));
    world.resetCounters();
    await settleWithNet(all);
    expect(own(world, ann).map((one) => one.id)).toEqual([record]);
    expect(repsAt(world, record)).toEqual([ben.rep.repId, cem.rep.repId].sort());
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
  });

  it('all of it is cancelled, and one of the invited works an hour later than the other: the record is marked with the last', async () => {
    const { all, world, ann, ben, cem, record } = await leftBehind();
    cancelFor(world, ben);
    await world.settle();
    expect([own(world, ann).map((one) => one.id), repsAt(world, record)]).toEqual([[record], [cem.rep.repId]]);
    cancelFor(world, cem);
    world.resetCounters();
    await settleWithNet(all);
    expect(own(world, ann)).toEqual([]);
    expect(world.writes()).toEqual({ graph: 0, crm: 1 });
    expect(world.crm.records('Contact').filter(({ deleted }) => deleted)).toEqual([]);
  });

  it('whoever had declined keeps no record standing', async () => {
    const { all, world, ann, ben } = await leftBehind({ crmBuild: '8.1.6.5855' }, async ({ world: office, cem }) => {
      await office.outlook(cem).answer(office.outlook(cem).events()[0]?.id ?? '', 'decline');
      await office.settle();
    });
    cancelFor(world, ben);
    await settleWithNet(all);
    expect(own(world, ann)).toEqual([]);
  });

  it('by rule the last copy marks nothing: its owner is taken off, and the record stays', async () => {
    const { all, world, ann, ben, cem, record } = await leftBehind({ rules: { appointments: { deletion: { byLastCopy: false } } } });
    cancelFor(world, ben);
    cancelFor(world, cem);
    await settleWithNet(all);
    expect([own(world, ann).map((one) => one.id), repsAt(world, record)]).toEqual([[record], []]);
  });

  it('of what is private nobody can tell who is left: a mask is not marked by copies', async () => {
    const { all, world, ann, ben, cem, record } = await leftBehind({ rules: { appointments: { privacy: 'masked' } } }, async ({ world: office, ann: organizer }) => {
      await office.outlook(organizer).patch(ownEvents(office, organizer)[0]?.id ?? '', { sensitivity: 'private' });
      await office.settle();
    });
    expect(repsAt(world, record)).toEqual([]);
    cancelFor(world, ben);
    cancelFor(world, cem);
    await settleWithNet(all);
    expect(own(world, ann).map((one) => one.id)).toEqual([record]);
  });

  it('where the CRM does not let the invited change the record, it stays as it is, and the journal says so', async () => {
    const { all, world, ann, ben, cem, id, record } = await leftBehind();
    world.crm.addFault({ kind: 'commandError', code: 403, match: { user: ben.rep.user, command: 'delete', times: 1_000 } });
    await world.outlook(ann).patch(id, { attendees: [attendee(cem.mail)] });
    await settleWithNet(all);
    expect(repsAt(world, record)).toEqual([ben.rep.repId, cem.rep.repId].sort());
    expect((await world.journal(ben)).map(({ action }) => action)).toContain('refused');
  });

  it('the organizer comes back: whom he took off stays off, whom he asked again comes again, and nobody is mailed by us', async () => {
    const { all, world, ann, ben, cem, id, record } = await leftBehind();
    await world.outlook(ann).patch(id, { attendees: [attendee(cem.mail)] });
    await settleWithNet(all);
    forgetMails(world);
    await setListed(world, ann, true);
    await world.days(1);
    expect([repsAt(world, record), invitedBy(world, ann)]).toEqual([[cem.rep.repId], [cem.mail]]);
    expect(mailed(world)).toEqual([]);
    expect([own(world, ann).length, ownEvents(world, ann).length, ben.mail.length > 0]).toEqual([1, 1, true]);
  });

  it('the organizer comes back, and whom he had asked again was not put back: our own removal is no person’s', async () => {
    const { all, world, ann, ben, cem, id, record } = await leftBehind();
    await world.outlook(ann).patch(id, { attendees: [attendee(cem.mail)] });
    await settleWithNet(all);
    // Ben leaves the list, too: nobody puts him back.
    await setListed(world, ben, false);
    await world.outlook(ann).patch(id, { attendees: [attendee(ben.mail), attendee(cem.mail)] });
    await settleWithNet(all);
    forgetMails(world);
    await setListed(world, ann, true);
    await world.days(1);
    expect(mailed(world)).toEqual([]);
    expect([repsAt(world, record), invitedBy(world, ann)]).toEqual([[ben.rep.repId, cem.rep.repId].sort(), [ben.mail, cem.mail].sort()]);
  });

  it('the organizer comes back to a meeting that lives, though its record was marked with the last copy: his event stays, and nobody is mailed', async () => {
    const { all, world, ann, ben, cem, id } = await leftBehind();
    await world.outlook(ann).patch(id, { attendees: [attendee('cora@customer.example')] });
    await settleWithNet(all);
    expect(own(world, ann)).toEqual([]);
    await world.outlook(ann).patch(id, { attendees: [attendee(ben.mail), attendee(cem.mail)] });
    await settleWithNet(all);
    forgetMails(world);
    await setListed(world, ann, true);
    await world.days(1);
    expect(ownEvents(world, ann).map((event) => event.id)).toEqual([id]);
    expect(mailed(world)).toEqual([]);
    expect(troubles(world)).toEqual([]);
  });

  it('what was given to the attendee himself after he had been taken off is his own appointment', async () => {
    const { all, world, ann, ben, cem, id, record } = await leftBehind();
    await world.outlook(ann).patch(id, { attendees: [attendee(cem.mail)] });
    await settleWithNet(all);
    give(world, record, ben);
    await settleWithNet(all);
    // He invites whom the record names.
    world.expectMails(1);
    expect(ownEvents(world, ben).map((event) => event['subject'])).toEqual(["Ann's"]);
    expect(own(world, ben).map((one) => one.id)).toEqual([record]);
  });
});

describe('A5: the deletion guard and what was cancelled by others', () => {
  it('a rejected deletion leaves the record of a cancelled copy: the answer counts though the copy is still shown', async () => {
    const { world, ann } = await office({ rules: { deletionGuard: { mailbox: { count: 0, share: 0 } } } });
    const organizer = { name: 'Olga Outside', address: 'olga@outside.example' };
    const copy = world.graph.receiveInvitation(ann.id, { organizer, iCalUId: 'outside-1', event: { subject: 'Theirs', ...timed('2026-11-25T09:00:00', '2026-11-25T10:00:00'), attendees: [attendee(ann.mail)] } });
    await world.settle();
    world.graph.cancelInvitation(ann.id, copy);
    await world.settle();
    expect(published(world, ann)).toHaveLength(1);
    await answer(world, 'reject');
    await world.settle();
    await world.days(1);
    expect(published(world, ann)).toHaveLength(1);
  });
});

describe('A2: series that were left behind', () => {
  const three = weekly({}, { type: 'numbered', numberOfOccurrences: 3 });

  async function series(): Promise<Office & { readonly master: string }> {
    const all = await office();
    const { world, ann, ben, cem } = all;
    const { id } = await world.outlook(ann).create({ ...three, attendees: [attendee(ben.mail), attendee(cem.mail)] });
    await world.settle();
    await setListed(world, ann, false);
    return { ...all, master: id };
  }

  it('one colleague is taken off all of it: he leaves every record, none is marked; then all is cancelled: each is marked once', async () => {
    const all = await series();
    const { world, ann, ben, cem, master } = all;
    await world.outlook(ann).patch(master, { attendees: [attendee(cem.mail)] });
    await settleWithNet(all);
    expect(own(world, ann).map(({ id }) => repsAt(world, id))).toEqual([[cem.rep.repId], [cem.rep.repId], [cem.rep.repId]]);
    world.resetCounters();
    await world.outlook(ann).remove(master);
    await settleWithNet(all);
    expect(own(world, ann)).toEqual([]);
    expect(world.writes()).toEqual({ graph: 0, crm: 3 });
    expect([...published(world, ben), ...published(world, cem), ...troubles(world)]).toEqual([]);
  });

  it('an occurrence that an attendee takes out of his copy stays as it is, and so does one that the organizer takes out: the copies look the same', async () => {
    const all = await series();
    const { world, ann, ben, cem, master } = all;
    await world.outlook(ben).remove(on(world, '2026-12-02', ben).id);
    await world.outlook(ann).remove(on(world, '2026-12-09', ann).id);
    await settleWithNet(all);
    expect(own(world, ann).map(({ id }) => repsAt(world, id))).toEqual(Array.from({ length: 3 }, () => [ben.rep.repId, cem.rep.repId]));
    expect(master).not.toBe('');
  });
});

describe('invariant 11: a worker that is killed while a copy tells of what was left behind', () => {
  async function killed(last: boolean, crash: CrashPlan | null): Promise<LeftBehind & { readonly worker: Worker }> {
    const here = await leftBehind();
    const { world, ben, cem } = here;
    if (last) {
      cancelFor(world, ben);
      await world.settle();
    }
    world.graph.setQuirks({ notificationDelayMs: 100 });
    cancelFor(world, last ? cem : ben);
    await world.clock.until(world.clock.now() + 1_000);
    return { ...here, worker: await world.drainWith(crash) };
  }

  it.each([false, true])('at any call: once taken off (or, with the last copy: %s, once marked), and nothing else', async (last) => {
    const { worker } = await killed(last, null);
    const calls = worker.calls.length;
    expect(calls).toBeGreaterThan(8);
    for (let call = 1; call <= calls; call += 1) {
      const when = call % 2 === 0 ? 'before' : 'after';
      const { world, ann, cem, record, worker: died } = await killed(last, { call, when });
      world.replaceWorker();
      await world.rest(20 * 60_000);
      const told = `killed ${when} call ${call} of ${calls}: ${died.calls.at(-1)?.name}`;
      expect(own(world, ann).map(({ id }) => id), told).toEqual(last ? [] : [record]);
      if (!last) expect(repsAt(world, record), told).toEqual([cem.rep.repId]);
      expect([world.crm.records('Contact').filter(({ deleted }) => deleted), troubles(world)], told).toEqual([[], []]);
    }
  });

  it('two of the invited work at the same moment: the record is marked, once', async () => {
    const all = await leftBehind();
    const { world, ann, ben, cem, record } = all;
    world.resetCounters();
    cancelFor(world, ben);
    cancelFor(world, cem);
    await world.clock.until(world.clock.now() + 1_000);
    const [one, other] = [new Worker(), new Worker()];
    await Promise.all([world.drain(world.newWorker(one), one), world.drain(world.newWorker(other), other)]);
    await world.rest(10 * 60_000);
    expect(own(world, ann)).toEqual([]);
    expect(world.crm.records('Contact').filter(({ id, values }) => id === record && values['FreeC1'] === 'gelöscht')).toHaveLength(1);
    const marks = [...(await world.journal(ben)), ...(await world.journal(cem))].filter(({ action }) => action === 'deleted');
    expect(marks).toHaveLength(1);
  });
});
