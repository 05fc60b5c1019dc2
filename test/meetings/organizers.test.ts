import { describe, expect, it } from 'vitest';
import type { Activity } from '../world/people.ts';
import { timed } from '../world/people.ts';
import type { Employee, World } from '../world/world.ts';
import { attendee, forgetMails, mailed, office, ownEvents, setListed, troubles, type Office } from './office.ts';

const published = (world: World, employee: Employee): Activity[] => world.crmUser(employee).activities().filter(({ values }) => values['FreeC2'] === 'published');
const own = (world: World, employee: Employee): Activity[] => world.crmUser(employee).activities().filter(({ values }) => values['FreeC2'] !== 'published');
const subjects = (records: readonly Activity[]): (string | undefined)[] => records.map(({ values }) => values['Subject']);

/** Ann is not on the list; Ben and Cem are. */
async function withoutAnn(): Promise<Office> {
  return office({}, ({ world, ann }) => world.crm.act('SYNC').update('RepUser', ann.rep.rep.id, { ConnectorSettings: false }));
}

async function invite({ world, ann, ben, cem }: Office, more: Record<string, unknown> = {}): Promise<string> {
  const event = await world.outlook(ann).create({ subject: "Ann's", attendees: [attendee(ben.mail), attendee(cem.mail)], ...more });
  await world.settle();
  forgetMails(world);
  return event.id;
}

describe('an organizer who becomes synchronized', () => {
  it('has his own record of the meeting, and within a day what the others had published of it is marked; nobody is mailed', async () => {
    const all = await withoutAnn();
    const { world, ann, ben, cem } = all;
    await invite(all);
    expect([own(world, ann), published(world, ben).length, published(world, cem).length]).toEqual([[], 1, 1]);
    await setListed(world, ann, true);
    await world.days(1);
    expect(subjects(own(world, ann))).toEqual(["Ann's"]);
    expect([...published(world, ben), ...published(world, cem)]).toEqual([]);
    expect(world.crm.records('Contact').filter((record) => record.deleted)).toEqual([]);
    expect(mailed(world)).toEqual([]);
    const before = world.writes();
    await world.days(1);
    expect(world.writes()).toEqual(before);
    expect(troubles(world)).toEqual([]);
  });

  it('is followed from then on, and his changes are published no more', async () => {
    const all = await withoutAnn();
    const { world, ann, ben } = all;
    const id = await invite(all);
    await setListed(world, ann, true);
    await world.outlook(ann).patch(id, { subject: 'Renamed' });
    await world.days(1);
    expect(subjects(own(world, ann))).toEqual(['Renamed']);
    expect(published(world, ben)).toEqual([]);
  });
});

describe('an organizer who is synchronized no more', () => {
  it('keeps his records: what was his while he was on the list is not published by those whom he invited', async () => {
    const all = await office();
    const { world, ann, ben, cem } = all;
    const id = await invite(all);
    await setListed(world, ann, false);
    await world.outlook(ann).patch(id, { location: { displayName: 'Room after' } });
    forgetMails(world);
    await world.days(2);
    expect(subjects(own(world, ann))).toEqual(["Ann's"]);
    expect([...published(world, ben), ...published(world, cem)]).toEqual([]);
    expect(mailed(world)).toEqual([]);
    expect(troubles(world)).toEqual([]);
  });

  it('and whom he invites later sees no record of it either', async () => {
    const all = await office();
    const { world, ann, ben, cem } = all;
    const event = await world.outlook(ann).create({ subject: 'Small', attendees: [attendee(ben.mail)] });
    await world.settle();
    await setListed(world, ann, false);
    await world.outlook(ann).patch(event.id, { attendees: [attendee(ben.mail), attendee(cem.mail)] });
    await world.days(1);
    expect([...published(world, ben), ...published(world, cem)]).toEqual([]);
  });

  it('cancels: the record is marked, once, though his mailbox is not looked into', async () => {
    const all = await office();
    const { world, ann, ben, cem } = all;
    const id = await invite(all);
    const [record] = own(world, ann);
    await setListed(world, ann, false);
    world.resetCounters();
    await world.outlook(ann).remove(id);
    forgetMails(world);
    await world.settle();
    await world.days(1);
    expect(own(world, ann)).toEqual([]);
    const after = world.crm.records('Contact').find(({ id: one }) => one === record?.id);
    expect(after).toMatchObject({ deleted: false, values: { FreeC1: 'gelöscht' } });
    expect([...published(world, ben), ...published(world, cem)]).toEqual([]);
    // The first of the invited is taken off, with the last one the record is marked.
    expect(world.writes()).toEqual({ graph: 0, crm: 2 });
    expect(mailed(world)).toEqual([]);
    expect(troubles(world)).toEqual([]);
    await setListed(world, ann, true);
    await world.days(1);
    expect([own(world, ann), ownEvents(world, ann)]).toEqual([[], []]);
  });

  it('cancels what was given to another rep meanwhile: the record stays, it is not this meeting\'s any more', async () => {
    const all = await office();
    const { world, ann, cem } = all;
    const id = await invite(all);
    const [record] = own(world, ann);
    await setListed(world, ann, false);
    world.crm.act('SYNC').update('Contact', record?.id ?? '', { RepId: cem.rep.repId });
    await world.settle();
    await world.outlook(ann).remove(id);
    await world.settle();
    expect(own(world, cem).map((one) => one.id)).toEqual([record?.id]);
    // The new owner's calendar asks the colleague.
    world.expectMails(1);
  });

  it('invites to something new: that is published like any outsider\'s meeting', async () => {
    const all = await office();
    const { world, ann, ben, cem } = all;
    await invite(all);
    await setListed(world, ann, false);
    await invite(all, { subject: 'After leaving', ...timed('2026-11-27T09:00:00', '2026-11-27T10:00:00') });
    expect(subjects(own(world, ann))).toEqual(["Ann's"]);
    expect([subjects(published(world, ben)), subjects(published(world, cem))]).toEqual([['After leaving'], ['After leaving']]);
    await setListed(world, ann, true);
    await world.days(1);
    expect(subjects(own(world, ann)).sort()).toEqual(['After leaving', "Ann's"]);
    expect([...published(world, ben), ...published(world, cem)]).toEqual([]);
    expect(mailed(world)).toEqual([]);
  });

  it('comes back and goes on with his old pairs: what changed on both sides meanwhile arrives, nothing is made again', async () => {
    const all = await office();
    const { world, ann, ben, cem } = all;
    const id = await invite(all);
    const [record] = own(world, ann);
    await setListed(world, ann, false);
    await world.outlook(ann).patch(id, { location: { displayName: 'Room after' } });
    world.crmUser(ann).update(record?.id ?? '', { Priority: 2 });
    await world.days(1);
    await setListed(world, ann, true);
    await world.days(1);
    expect(own(world, ann).map((one) => one.id)).toEqual([record?.id]);
    expect(own(world, ann)[0]?.values).toMatchObject({ Location: 'Room after', Priority: '2' });
    expect(ownEvents(world, ann)).toMatchObject([{ importance: 'high', location: { displayName: 'Room after' } }]);
    expect([...published(world, ben), ...published(world, cem)]).toEqual([]);
    // Of the importance that somebody changed.
    world.expectMails(2);
  });
});
