import { describe, expect, it } from 'vitest';
import { HOUR, states, told } from './guarded.ts';
import { colleagues, forgetMails, invited, join, mailed, meetInCrm, meetInOutlook, office, say, subjects, waiting } from './mailing.ts';

describe('invariant 6: a write that would mail more people than the mailbox’s day allows is held', () => {
  it('a creation counts everybody it invites; what is too much waits as a whole, and what mails nobody goes on', async () => {
    const world = await office(5);
    meetInCrm(world, 3, { Subject: 'First' });
    await world.settle();
    const second = meetInCrm(world, 3, { Subject: 'Second', Date: '2026-12-11', EndDate: '2026-12-11' });
    world.crmUser().create({ Subject: 'Alone' });
    await world.settle();
    expect(mailed(world)).toEqual({ invitation: 3 });
    expect(subjects(world)).toEqual(['Alone', 'First']);
    const { held, asOf } = await waiting(world);
    expect(held).toEqual([{ mailboxId: world.employee.id, kind: 'appointment', pairId: expect.any(String) as string, graphId: null, crmId: second.id, action: 'create', recipients: 3, since: asOf }]);
    meetInCrm(world, 2, { Subject: 'Small enough' });
    await world.settle();
    expect(mailed(world)).toEqual({ invitation: 5 });
    expect(world.violations()).toEqual([]);
  });

  it('time, subject, place, body, show-as and priority of a meeting mail all of them; a meeting in the past, too', async () => {
    const changes: Record<string, string | number>[] = [{ Time: '16:00', EndTime: '17:00' }, { Subject: 'Other' }, { Location: 'Room 7' }, { Text: 'Bring cake' }, { ShowAs: 0 }, { Priority: 2 }];
    for (const change of changes) {
      const world = await office(3);
      const { activity } = await meetInOutlook(world, 4, '2026-11-20');
      world.crmUser().update(activity, change);
      await world.settle();
      expect(mailed(world), JSON.stringify(change)).toEqual({});
      expect((await waiting(world)).held, JSON.stringify(change)).toMatchObject([{ action: 'update', recipients: 4 }]);
      await say(world, 'release');
      await world.settle();
      expect(mailed(world), JSON.stringify(change)).toEqual({ update: 4 });
    }
  });

  it('categories and reminder mail nobody: they are neither counted nor held, not even beside what is held', async () => {
    const world = await office(0);
    const { activity, event } = await meetInOutlook(world, 4);
    world.crmUser().update(activity, { Reminder: 30 });
    await world.settle();
    expect((await waiting(world)).held).toEqual([]);
    world.crmUser().update(activity, { Subject: 'Held', Reminder: 45 });
    await world.settle();
    expect(world.outlook().events().find(({ id }) => id === event)).toMatchObject({ subject: 'Made in Outlook', reminderMinutesBeforeStart: 45 });
    expect(mailed(world)).toEqual({});
    expect((await waiting(world)).held).toHaveLength(1);
    expect((await world.journal()).filter(({ reason }) => reason.startsWith('mailGuard'))).toMatchObject([{ action: 'held', reason: 'mailGuard', detail: '4' }]);
    await say(world, 'release');
    await world.settle();
    expect(subjects(world)).toEqual(['Held']);
    expect(mailed(world)).toEqual({ update: 4 });
  });

  it('where only people come and go, only they are counted', async () => {
    const world = await office(2);
    const { activity } = await meetInOutlook(world, 3);
    const [fourth, fifth] = colleagues(world, 2, 3);
    join(world, activity, fourth as NonNullable<typeof fourth>);
    world.crm.act(world.employee.rep.user).delete('Participant', world.crm.records('Participant').find((row) => !row.deleted && row.values['RepId'] === String(colleagues(world, 1)[0]?.rep.repId))?.id ?? '');
    await world.settle();
    expect(mailed(world)).toEqual({ invitation: 1, cancellation: 1 });
    expect((await waiting(world)).held).toEqual([]);
    join(world, activity, fifth as NonNullable<typeof fifth>);
    await world.settle();
    expect(mailed(world)).toEqual({ invitation: 1, cancellation: 1 });
    expect((await waiting(world)).held).toMatchObject([{ action: 'update', recipients: 1 }]);
  });

  it('a deletion in the CRM of a meeting counts everybody who would get a cancellation; an appointment of one’s own just goes', async () => {
    const world = await office(3);
    const { activity } = await meetInOutlook(world, 4);
    const own = world.crmUser().create({ Subject: 'Own' });
    await world.settle();
    world.crmUser().mark(activity);
    world.crmUser().mark(own.id);
    await world.settle();
    expect(subjects(world)).toEqual(['Made in Outlook']);
    expect((await waiting(world)).held).toMatchObject([{ action: 'delete', recipients: 4, crmId: activity }]);
    await world.days(2);
    expect(mailed(world)).toEqual({});
    expect(subjects(world)).toEqual(['Made in Outlook']);
    await say(world, 'release');
    await world.settle();
    expect(mailed(world)).toEqual({ cancellation: 4 });
    expect(subjects(world)).toEqual([]);
  });

  it('the CRM side of the same pair goes on, person by person', async () => {
    const world = await office(0);
    const { activity, event } = await meetInOutlook(world, 2);
    const [third, fourth, fifth] = colleagues(world, 3, 2);
    join(world, activity, third as NonNullable<typeof third>);
    await world.settle();
    const attendees = [...colleagues(world, 2), ...(fourth === undefined ? [] : [fourth])].map(({ mail }) => ({ emailAddress: { address: mail, name: mail }, type: 'required' }));
    await world.outlook().patch(event, { attendees, location: { displayName: 'Room 9' } });
    await world.settle();
    forgetMails(world);
    const reps = (): string[] => world.crm.records('Participant').filter(({ deleted }) => !deleted).map(({ values }) => values['RepId'] ?? '').sort();
    expect(reps()).toEqual([...colleagues(world, 4)].map(({ rep }) => String(rep.repId)).sort());
    expect(world.crmUser().activities()[0]?.values['Location']).toBe('Room 9');
    expect(invited(world, 'Made in Outlook')).toHaveLength(3);
    join(world, activity, fifth as NonNullable<typeof fifth>);
    await world.settle();
    expect((await waiting(world)).held).toMatchObject([{ recipients: 2 }]);
    await say(world, 'release');
    await world.settle();
    expect(mailed(world)).toEqual({ invitation: 2 });
    expect(invited(world, 'Made in Outlook')).toHaveLength(5);
    expect(reps()).toHaveLength(5);
  });

  it('it is shown: state and reason of the mailbox in one sentence, one telemetry event, one entry in the journal; ids only', async () => {
    const world = await office(2);
    meetInCrm(world, 3);
    meetInCrm(world, 4, { Date: '2026-12-11', EndDate: '2026-12-11' });
    await world.settle();
    await world.days(2);
    const { mailboxes, health } = await states(world);
    expect(health).toMatchObject({ status: 'degraded', tenants: [{ mailboxes: { guard: 1 } }] });
    expect(mailboxes.find(({ mailboxId }) => mailboxId === world.employee.id)).toMatchObject({ state: 'guard', held: 0, mailsHeld: 2, reason: expect.stringContaining('2 changes wait for an answer because 7 people would be mailed') as string });
    expect(told(world, 'mailGuard.tripped')).toMatchObject([{ mailbox: world.employee.id, kind: 'appointment', held: 2, recipients: 7 }]);
    expect((await world.journal()).filter(({ reason }) => reason === 'mailGuard')).toHaveLength(2);
    expect(JSON.stringify(await waiting(world))).not.toMatch(/Planned|@/);
    expect(world.writes().graph).toBe(0);
    await say(world, 'reject');
    await world.settle();
    expect((await states(world)).mailboxes.every(({ state }) => state === 'ok')).toBe(true);
    expect(told(world, 'mailGuard.answered')).toMatchObject([{ answer: 'rejected', changes: 2 }]);
  });
});

describe('the day slides', () => {
  it('four and one within the day are one too many for four; with a day between they are not', async () => {
    for (const hours of [1, 26]) {
      const world = await office(4);
      meetInCrm(world, 4);
      await world.settle();
      await world.rest(hours * HOUR);
      meetInCrm(world, 1, { Subject: 'One more' });
      await world.settle();
      expect(mailed(world)).toEqual({ invitation: hours === 1 ? 4 : 5 });
    }
  });

  it('a remainder that fits as a whole goes by itself, with the daily net at the latest; more than that waits for an answer', async () => {
    const world = await office(4);
    meetInCrm(world, 3);
    await world.settle();
    meetInCrm(world, 2, { Subject: 'Tomorrow' });
    await world.settle();
    expect(subjects(world)).toEqual(['Planned in the CRM']);
    await world.days(2.2);
    expect(subjects(world)).toEqual(['Planned in the CRM', 'Tomorrow']);
    expect(told(world, 'mailGuard.answered')).toMatchObject([{ answer: 'withinLimit', changes: 1 }]);
    for (const subject of ['Too', 'Much']) meetInCrm(world, 3, { Subject: subject });
    for (const subject of ['By', 'Far']) meetInCrm(world, 2, { Subject: subject });
    await world.settle();
    await world.days(3);
    expect((await waiting(world)).held.reduce((sum, { recipients }) => sum + recipients, 0)).toBeGreaterThan(4);
    expect(mailed(world)['invitation']).toBeLessThanOrEqual(5 + 4);
  });

  it('higher limits, or none, let it go with the next pass', async () => {
    for (const mailGuard of [{ recipients: 50 }, { enabled: false }]) {
      const world = await office(2);
      meetInCrm(world, 3);
      await world.settle();
      world.rules['mailGuard'] = mailGuard;
      await world.clock.until(world.clock.now() + 60_000);
      world.crmUser().create({ Subject: 'Rings' });
      await world.settle();
      expect(mailed(world)).toEqual({ invitation: 3 });
      expect((await waiting(world)).held).toEqual([]);
    }
  });

  it('switched off, nothing is counted and nothing held', async () => {
    const world = await office(1, { rules: { mailGuard: { enabled: false, recipients: 1 } } });
    meetInCrm(world, 5);
    await world.settle();
    expect(mailed(world)).toEqual({ invitation: 5 });
  });
});

describe('what is counted is what was sent', () => {
  it.each([{ kind: 'errorBefore', status: 504 }, { kind: 'lostAnswer' }, { kind: 'status', status: 503, commits: false }] as const)('a write that has to be sent again, or whose answer is lost ($kind), is counted once', async (fault) => {
    const world = await office(4);
    const { activity } = await meetInOutlook(world, 2);
    world.graph.addFault({ ...fault, method: 'PATCH', times: 1 });
    world.crmUser().update(activity, { Subject: 'Once' });
    await world.settle();
    await world.rest(10 * 60_000);
    expect(subjects(world)).toEqual(['Once']);
    world.crmUser().update(activity, { Subject: 'Twice' });
    await world.settle();
    expect(mailed(world)).toEqual({ update: 4 });
    expect((await waiting(world)).held).toEqual([]);
    world.crmUser().update(activity, { Subject: 'Thrice' });
    await world.settle();
    expect((await waiting(world)).held).toHaveLength(1);
  });

  it('the same change made a second time is counted a second time', async () => {
    const world = await office(3);
    const { activity, event } = await meetInOutlook(world, 2);
    world.crmUser().update(activity, { Subject: 'There' });
    await world.settle();
    await world.outlook().patch(event, { subject: 'And back' });
    await world.settle();
    forgetMails(world);
    world.crmUser().update(activity, { Subject: 'There' });
    await world.settle();
    expect(mailed(world)).toEqual({});
    expect((await waiting(world)).held).toHaveLength(1);
  });

  it('what people send themselves is not counted', async () => {
    const world = await office(2);
    await meetInOutlook(world, 5);
    meetInCrm(world, 2);
    await world.settle();
    expect(mailed(world)).toEqual({ invitation: 2 });
  });
});
