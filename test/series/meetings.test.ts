import { describe, expect, it } from 'vitest';
import { attendee, forgetMails, mailed, office, ownEvents, setListed } from '../meetings/office.ts';
import { timed } from '../world/people.ts';
import { World, type Employee, type WorldOptions } from '../world/world.ts';
import { MINUTE, on, rows, weekly } from './weekly.ts';

const DAYS = ['2026-11-25', '2026-12-02', '2026-12-09'];
const three = (more: Record<string, unknown> = {}): Record<string, unknown> => weekly(more, { type: 'numbered', numberOfOccurrences: 3 });

const records = (world: World): ReturnType<World['crm']['records']> => world.crm.records('Contact').filter(({ deleted, values }) => !deleted && values['FreeC1'] !== 'gelöscht');

/** Who takes part in each record and how he answered, by its day. */
function participantsByDay(world: World): Record<string, string[]> {
  const byDay: Record<string, string[]> = {};
  for (const { id, values } of records(world)) {
    const rowsOf = world.crm.records('Participant').filter((row) => !row.deleted && row.values['ActSeqNo'] === String(BigInt(id) & 0xffffffffn));
    byDay[values['Date'] ?? ''] = rowsOf.map((row) => `${row.values['RepId'] || `person ${row.values['PeNo']}`}: ${row.values['Status'] || '0'}`).sort();
  }
  return byDay;
}

describe('A2, A7: a recurring meeting of a synchronized organizer', () => {
  it('is one activity per occurrence, however many of the invited are synchronized; nobody is mailed by us', async () => {
    const { world, ann, ben, cem, customer } = await office({ users: 4 });
    const dan = world.employees[3] ?? ben;
    await world.outlook(ann).create(three({ attendees: [attendee(ben.mail), attendee(cem.mail), attendee(dan.mail), attendee('cora@customer.example')] }));
    forgetMails(world);
    await world.settle();
    const people = [`${ben.rep.repId}: 0`, `${cem.rep.repId}: 0`, `${dan.rep.repId}: 0`, `person ${customer.seqNo}: 0`].sort();
    expect(participantsByDay(world)).toEqual(Object.fromEntries(DAYS.map((day) => [day, people])));
    expect(mailed(world)).toEqual([]);
    world.resetCounters();
    await world.reconcile();
    await world.settle();
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
  });

  it('A8: answers count per occurrence', async () => {
    const { world, ann, ben } = await office({ crmBuild: '8.1.6.5855' });
    await world.outlook(ann).create(three({ attendees: [attendee(ben.mail)] }));
    await world.settle();
    await world.outlook(ben).answer(rows(world, ben)[0]?.['seriesMasterId'] as string, 'accept');
    await world.settle();
    await world.outlook(ben).answer(on(world, '2026-12-02', ben).id, 'decline');
    await world.settle();
    const rep = ben.rep.repId;
    expect(participantsByDay(world)).toEqual({ '2026-11-25': [`${rep}: 1`], '2026-12-02': [`${rep}: 2`], '2026-12-09': [`${rep}: 1`] });
  });

  it('one who is asked to a single occurrence takes part in that one alone', async () => {
    const { world, ann, ben, cem } = await office();
    await world.outlook(ann).create(three({ attendees: [attendee(ben.mail)] }));
    await world.settle();
    await world.outlook(ann).patch(on(world, '2026-12-02', ann).id, { attendees: [attendee(ben.mail), attendee(cem.mail)] });
    forgetMails(world);
    await world.settle();
    const [b, c] = [`${ben.rep.repId}: 0`, `${cem.rep.repId}: 0`];
    expect(participantsByDay(world)).toEqual({ '2026-11-25': [b], '2026-12-02': [b, c].sort(), '2026-12-09': [b] });
    expect(mailed(world)).toEqual([]);
  });

  it('a person who moves one occurrence in the CRM mails those who are at it, once', async () => {
    const { world, ann, ben } = await office();
    await world.outlook(ann).create(three({ attendees: [attendee(ben.mail)] }));
    await world.settle();
    forgetMails(world);
    const second = records(world).find(({ values }) => values['Date'] === '2026-12-02');
    world.crmUser(ann).update(second?.id ?? '', { Date: '2026-12-03', EndDate: '2026-12-03' });
    await world.settle();
    await world.reconcile();
    await world.settle();
    expect(mailed(world)).toEqual([`update to ${ben.mail}`]);
    expect(rows(world, ann).map(({ start }) => String((start as { dateTime: string }).dateTime).slice(0, 10))).toEqual(['2026-11-25', '2026-12-03', '2026-12-09']);
  });

  it.each(['own', 'series'] as const)('cancelled by an organizer who left the list, every occurrence’s copy tells of its own record (iCalUId: %s)', async (iCalUIdOfOccurrence) => {
    const { world, ann, ben } = await office({ graphQuirks: { iCalUIdOfOccurrence } });
    const { id } = await world.outlook(ann).create(three({ attendees: [attendee(ben.mail)] }));
    await world.settle();
    await setListed(world, ann, false);
    await world.outlook(ann).remove(id);
    await world.settle();
    await world.days(1);
    expect(records(world)).toEqual([]);
    expect(world.crm.records('Contact').filter(({ deleted }) => deleted)).toEqual([]);
  });

  it('A13: made private, every record is a mask that names nobody; public again, all are there as before, and nobody is mailed by us', async () => {
    const { world, ann, ben } = await office({ rules: { appointments: { privacy: 'masked' } } });
    const { id } = await world.outlook(ann).create(three({ attendees: [attendee(ben.mail)] }));
    await world.settle();
    const before = participantsByDay(world);
    await world.outlook(ann).patch(id, { sensitivity: 'private' });
    await world.settle();
    expect(records(world).map(({ values }) => values['Subject'])).toEqual(DAYS.map(() => 'Private appointment'));
    expect(participantsByDay(world)).toEqual(Object.fromEntries(DAYS.map((day) => [day, []])));
    await world.outlook(ann).patch(id, { sensitivity: 'normal' });
    await world.settle();
    expect(participantsByDay(world)).toEqual(before);
    expect(Object.keys(before)).toEqual(DAYS);
    expect(records(world).map(({ values }) => values['Subject'])).not.toContain('Private appointment');
  });

  it('cancelled by its organizer, every record is marked, and his colleagues’ copies change nothing', async () => {
    const { world, ann, ben } = await office();
    const { id } = await world.outlook(ann).create(three({ attendees: [attendee(ben.mail)] }));
    await world.settle();
    await world.outlook(ann).cancel(id);
    await world.settle();
    await world.live(5 * MINUTE);
    expect(records(world)).toEqual([]);
    expect(ownEvents(world, ann)).toEqual([]);
  });
});

describe('A2: a series that somebody else organizes', () => {
  const OUTSIDER = { name: 'Olga Outside', address: 'olga@outside.example' };
  async function invited(published: Record<string, unknown>, options: WorldOptions = {}): Promise<{ world: World; one: Employee; again: (more: Record<string, unknown>) => void }> {
    const world = new World({ ...options, rules: { appointments: { published } } });
    await world.start();
    const one = world.employee;
    const again = (more: Record<string, unknown>): void => {
      world.graph.receiveInvitation(one.id, { organizer: OUTSIDER, iCalUId: 'outside-series', event: { ...three(), subject: 'Invited', attendees: [attendee(one.mail)], ...more } });
    };
    again({});
    await world.settle();
    return { world, one, again };
  }

  it('is not published by default; the journal says so once, and once more only when it changes', async () => {
    const { world } = await invited({});
    expect(records(world)).toEqual([]);
    expect((await world.journal()).filter(({ detail }) => detail === 'series')).toHaveLength(1);
    await world.days(2);
    expect((await world.journal()).filter(({ detail }) => detail === 'series')).toHaveLength(1);
  });

  it('is published occurrence by occurrence where the rule says so, follows its organizer, and never flows back', async () => {
    const { world, one, again } = await invited({ series: true });
    expect(records(world).map(({ values }) => `${values['Date']} ${values['FreeC2']} ${values['Contact']}`).sort()).toEqual(DAYS.map((day) => `${day} published 6`));
    again({ subject: 'Renamed', ...timed('2026-11-25T11:00:00', '2026-11-25T12:00:00') });
    await world.settle();
    expect(new Set(records(world).map(({ values }) => `${values['Subject']} ${values['Time']}`))).toEqual(new Set(['Renamed 11:00:00']));
    world.crmUser(one).update(records(world)[0]?.id ?? '', { Subject: 'Changed in the CRM' });
    await world.settle();
    expect(new Set(records(world).map(({ values }) => values['Subject']))).toEqual(new Set(['Renamed']));
    expect(world.writes().graph).toBe(0);
  });
});
