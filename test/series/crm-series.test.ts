import { describe, expect, it } from 'vitest';
import { attendee, office, ownEvents } from '../meetings/office.ts';
import { World, type Employee } from '../world/world.ts';
import { daysInCrm, expectQuiet, expectSame, recordOn, rows } from './weekly.ts';

const DAYS = ['2026-11-26', '2026-12-03', '2026-12-10'];

/** A series as the CRM keeps one: a main record, and records of their own that name it. */
function series(world: World, employee: Employee = world.employee, participants: Record<string, number>[] = []): void {
  const { rep } = employee;
  const values = { Contact: 1, Subject: 'CRM series', Date: '2026-11-26', Time: '14:00', EndDate: '2026-11-26', EndTime: '15:00', ShowAs: 2, Priority: 1, RepId: rep.repId, PeGrp: rep.person.statNo, PeNo: rep.person.seqNo };
  world.crm.act(rep.user).createSeries(values, DAYS.slice(1), participants);
}

describe.each(['empty', 'itself'] as const)('A3: a series made in the CRM (main record names %s)', (seriesMain) => {
  it('becomes one appointment for each of its records', async () => {
    const world = new World({ crmQuirks: { seriesMain } });
    await world.start();
    series(world);
    await world.settle();
    expectSame(world, DAYS);
    expect(rows(world).map(({ type }) => type)).toEqual(['singleInstance', 'singleInstance', 'singleInstance']);
    await expectQuiet(world);
  });

  it('one of them edited or deleted in Outlook changes that record alone', async () => {
    const world = new World({ crmQuirks: { seriesMain } });
    await world.start();
    series(world);
    await world.settle();
    const [first, second] = rows(world);
    await world.outlook().patch(second?.id ?? '', { subject: 'Only this one' });
    await world.outlook().remove(first?.id ?? '');
    await world.settle();
    expectSame(world, DAYS.slice(1));
    expect(recordOn(world, '2026-12-03').values['Subject']).toBe('Only this one');
    expect(recordOn(world, '2026-12-10').values['Subject']).toBe('CRM series');
    await expectQuiet(world);
  });

  it('with participants invites nobody', async () => {
    const { world, ann, ben } = await office({ crmQuirks: { seriesMain } });
    series(world, ann, [{ RepId: ben.rep.repId, Role: 0 }]);
    await world.settle();
    expect(ownEvents(world, ann)).toHaveLength(3);
    expect(world.graph.state().mails).toEqual([]);
    // Told by a person, in Outlook, everybody is.
    await world.outlook(ann).patch(ownEvents(world, ann)[0]?.id ?? '', { attendees: [attendee(ben.mail)] });
    await world.settle();
    expect(world.graph.state().mails.map(({ kind }) => kind)).toEqual(['invitation']);
    expect(daysInCrm(world)).toHaveLength(3);
  });

  it('waits for an admin where its invitations would be too many for a day', async () => {
    const { world, ann, ben } = await office({ crmQuirks: { seriesMain }, rules: { appointments: { inviteFromCrmSeries: 'colleagues' }, mailGuard: { recipients: 2 } } });
    series(world, ann, [{ RepId: ben.rep.repId, Role: 0 }]);
    await world.settle();
    world.expectMails(2);
    expect(world.events.filter(({ evt }) => evt === 'mailGuard.tripped')).toHaveLength(1);
  });

  it('invites colleagues where the rule says so', async () => {
    const { world, ann, ben } = await office({ crmQuirks: { seriesMain }, rules: { appointments: { inviteFromCrmSeries: 'colleagues' } } });
    series(world, ann, [{ RepId: ben.rep.repId, Role: 0 }]);
    await world.settle();
    world.expectMails(3);
    expect(world.graph.state().mails.map(({ kind, recipient }) => `${kind} ${recipient}`)).toEqual([1, 2, 3].map(() => `invitation ${ben.mail}`));
  });
});
