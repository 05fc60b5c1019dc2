import { describe, expect, it } from 'vitest';
import { FIELD_EDITS } from '../world/fields.ts';
import { shownInCrm, shownInOutlook, sorted } from '../world/judge.ts';
import { expectInStep, paired } from '../world/paired.ts';
import { timed } from '../world/people.ts';
import { World } from '../world/world.ts';

describe('A1: an appointment appears on the other side', () => {
  it('made in Outlook, it becomes an activity of its organizer', async () => {
    const world = new World();
    await world.start();
    await world.outlook().create({ subject: 'Quarterly review', location: { displayName: 'Room 1' }, body: { contentType: 'text', content: 'First line\nSecond line' }, categories: ['Customer'] });
    await world.settle();
    expectInStep(world, 1);
    const [activity] = world.crmUser().activities();
    expect(activity?.values).toMatchObject({ Subject: 'Quarterly review', Date: '2026-11-25', Time: '09:00:00', EndTime: '10:00:00', Location: 'Room 1', RepId: String(world.employee.rep.repId), ExtSystem: 'M365' });
    expect(activity?.values['PeNo']).toBe(String(world.employee.rep.person.seqNo));
  });

  it('made in the CRM, it becomes an appointment in its rep’s calendar', async () => {
    const world = new World();
    await world.start();
    world.crmUser().create({ Subject: 'Visit at a customer', Text: 'Bring the offer', Reminder: 30, Categories: 'Visit;Customer' });
    await world.settle();
    expectInStep(world, 1);
  });

  it('all-day ones keep their days', async () => {
    const world = new World();
    await world.start();
    await world.outlook().create({ subject: 'Fair', isAllDay: true, ...timed('2026-11-26T00:00:00', '2026-11-28T00:00:00') });
    world.crmUser().create({ Subject: 'Training', Date: '2026-12-01', Time: '', EndDate: '2026-12-02', EndTime: '' });
    await world.settle();
    expectInStep(world, 2);
  });

  it('what stood on both sides before the first synchronization stands on both afterwards, each once', async () => {
    const world = new World({ users: 2 });
    for (const employee of world.employees) {
      for (let day = 10; day < 20; day += 1) {
        await world.outlook(employee).create({ subject: `Outlook ${day}`, ...timed(`2026-12-${day}T09:00:00`, `2026-12-${day}T10:00:00`) });
        world.crmUser(employee).create({ Subject: `CRM ${day}`, Date: `2026-12-${day}`, EndDate: `2026-12-${day}` });
      }
    }
    await world.start();
    for (const employee of world.employees) {
      const outlook = world.outlook(employee).events().map(shownInOutlook);
      expect(sorted(outlook)).toEqual(sorted(world.crmUser(employee).activities().map((activity) => shownInCrm(activity))));
      expect(outlook).toHaveLength(20);
    }
    expect(world.violations()).toEqual([]);
  });
});

describe('A1: an edit of each field group arrives', () => {
  it.each(FIELD_EDITS)('$group, made in Outlook', async ({ member, inOutlook }) => {
    const { world, eventId } = await paired();
    await world.outlook().patch(eventId, inOutlook.patch);
    await world.settle();
    expectInStep(world, 1);
    expect(world.crmUser().activities().map((activity) => shownInCrm(activity))[0]?.[member]).toEqual(inOutlook.shows);
  });

  it.each(FIELD_EDITS)('$group, made in the CRM', async ({ member, inCrm }) => {
    const { world, activityId } = await paired();
    world.crmUser().update(activityId, inCrm.values);
    await world.settle();
    expectInStep(world, 1);
    expect(world.outlook().events().map(shownInOutlook)[0]?.[member]).toEqual(inCrm.shows);
  });

  it('a move from timed to all day and back', async () => {
    const { world, eventId, activityId } = await paired();
    await world.outlook().patch(eventId, { isAllDay: true, ...timed('2026-11-30T00:00:00', '2026-12-01T00:00:00') });
    await world.settle();
    expectInStep(world, 1);
    world.crmUser().update(activityId, { Date: '2026-12-03', Time: '10:00', EndDate: '2026-12-03', EndTime: '11:00' });
    await world.settle();
    expectInStep(world, 1);
  });

  it('a paired appointment is followed far out of the window, and back', async () => {
    const { world, eventId, activityId } = await paired();
    await world.outlook().patch(eventId, timed('2029-01-10T09:00:00', '2029-01-10T10:00:00'));
    await world.settle();
    expectInStep(world, 1);
    world.crmUser().update(activityId, { Date: '2028-05-05', EndDate: '2028-05-05' });
    await world.settle();
    expectInStep(world, 1);
  });
});

describe('A12: a deletion arrives, and nothing is ever really deleted in the CRM', () => {
  it('deleted in Outlook, the activity is marked', async () => {
    const { world, eventId, activityId } = await paired();
    await world.outlook().remove(eventId);
    await world.settle();
    const record = world.crm.record('Contact', activityId);
    expect(record?.values['FreeC1']).toBe('gelöscht');
    expect(record?.deleted).toBe(false);
    expectInStep(world, 0);
  });

  it.each(['mark', 'remove'] as const)('deleted in the CRM (%s), the appointment is deleted', async (how) => {
    const { world, activityId } = await paired();
    world.crmUser()[how](activityId);
    await world.settle();
    expectInStep(world, 0);
  });

  it('deleted on one side and edited on the other: the edit stays, nothing is made again, the conflict is told', async () => {
    const { world, eventId, activityId } = await paired();
    await world.outlook().remove(eventId);
    world.crmUser().update(activityId, { Subject: 'Edited meanwhile' });
    await world.settle();
    await world.settle();
    expect(world.outlook().events()).toEqual([]);
    expect(world.crmUser().activities().map((activity) => activity.values['Subject'])).toEqual(['Edited meanwhile']);
    expect((await world.journal()).map((entry) => entry.reason)).toContain('deletedHereEditedThere');
  });
});

describe('what is not in scope is left alone, and never taken for deleted', () => {
  it('private appointments and other types stay where they are, with the reason in the journal', async () => {
    const world = new World();
    await world.start();
    await world.outlook().create({ subject: 'Private', sensitivity: 'private' });
    world.crmUser().create({ Subject: 'Private too', Private: true });
    world.crmUser().create({ Subject: 'A letter', Contact: 2 });
    await world.settle();
    expect(world.crmUser().activities().map((activity) => activity.values['Subject']).sort()).toEqual(['A letter', 'Private too']);
    expect(world.outlook().events()).toHaveLength(1);
    const left = (await world.journal()).filter((entry) => entry.reason === 'notInScope').map((entry) => entry.detail);
    for (const reason of ['private', 'otherType']) expect(left).toContain(reason);
    expect(world.violations()).toEqual([]);
  });

  it('a paired appointment that becomes private is hidden and rests, and its edits arrive when it is public again', async () => {
    const { world, eventId } = await paired();
    await world.outlook().patch(eventId, { sensitivity: 'private', subject: 'Secret' });
    await world.settle();
    expect(world.crmUser().activities().map((activity) => activity.values['Subject'])).toEqual(['Private appointment']);
    await world.outlook().patch(eventId, { sensitivity: 'normal', subject: 'Open again' });
    await world.settle();
    expectInStep(world, 1);
  });
});
