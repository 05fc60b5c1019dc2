import { describe, expect, it } from 'vitest';
import { answer, everMade, listed, rawList } from './guarded.ts';
import { colleagues, forgetMails, join, mailed, meetInCrm, meetInOutlook, office, say, subjects, waiting } from './mailing.ts';

describe('an admin answers for held mails', () => {
  it('release lets go what was held up to then, once, and does not count it; what is held later is asked for anew', async () => {
    const world = await office(2);
    meetInCrm(world, 3, { Subject: 'Listed' });
    await world.settle();
    const { asOf } = await waiting(world);
    meetInCrm(world, 4, { Subject: 'Later' });
    await world.settle();
    const given = await say(world, 'release', `?tenantId=${world.tenantId}&mailboxId=${world.employee.id}&asOf=${asOf}`);
    expect([given.status, JSON.parse(given.text)]).toEqual([202, { answer: 'released', mailboxes: 1, changes: 1 }]);
    await world.settle();
    expect(subjects(world)).toEqual(['Listed']);
    expect((await waiting(world)).held).toMatchObject([{ recipients: 4 }]);
    meetInCrm(world, 2, { Subject: 'Within the day' });
    await world.settle();
    expect(mailed(world)).toEqual({ invitation: 5 });
    expect((await world.journal()).filter(({ reason }) => reason === 'mailReleased')).toMatchObject([{ action: 'created', side: 'graph' }]);
    await world.days(1.2);
    expect(mailed(world)).toEqual({ invitation: 5 });
  });

  it('reject of a creation: no event, nobody is mailed, the activity stays; edited again it is judged anew', async () => {
    const world = await office(2);
    const { id } = meetInCrm(world, 3);
    await world.settle();
    await say(world, 'reject');
    await world.settle();
    await world.days(2);
    expect(subjects(world)).toEqual([]);
    expect(world.crmUser().activities().map((activity) => activity.id)).toEqual([id]);
    expect((await waiting(world)).held).toEqual([]);
    expect((await world.journal()).filter(({ reason }) => reason === 'mailRejected')).toMatchObject([{ action: 'refused', crm: id }]);
    world.crmUser().update(id, { Subject: 'Edited again' });
    await world.settle();
    expect((await waiting(world)).held).toMatchObject([{ action: 'create', recipients: 3 }]);
    for (const row of world.crm.records('Participant').filter(({ deleted }) => !deleted).slice(0, 2)) world.crm.act(world.employee.rep.user).delete('Participant', row.id);
    await world.settle();
    expect(subjects(world)).toEqual(['Edited again']);
    expect(mailed(world)).toEqual({ invitation: 1 });
    expect(everMade(world)).toEqual({ outlook: 1, crm: 1 });
  });

  it('reject of a change: both sides stay as they are, the value that waited is kept; whoever edits next is followed', async () => {
    const world = await office(2);
    const { activity, event } = await meetInOutlook(world, 3);
    world.crmUser().update(activity, { Subject: 'Wanted in the CRM', Location: 'Room 3' });
    await world.settle();
    await say(world, 'reject');
    await world.settle();
    await world.days(2);
    expect(subjects(world)).toEqual(['Made in Outlook']);
    expect(world.crmUser().activities()[0]?.values).toMatchObject({ Subject: 'Wanted in the CRM', Location: 'Room 3' });
    expect((await world.conflicts()).map(({ group, loser, why, value }) => [group, loser, why, value]).sort()).toEqual([['place', 'crm', 'mailRejected', 'Room 3'], ['subject', 'crm', 'mailRejected', 'Wanted in the CRM']]);
    expect((await world.journal()).filter(({ reason }) => reason === 'mailRejected')).toMatchObject([{ action: 'conflict', side: 'crm', groups: ['subject', 'place'] }]);
    expect((await waiting(world)).held).toEqual([]);
    expect(mailed(world)).toEqual({});
    await world.outlook().patch(event, { location: { displayName: 'Room 4' } });
    await world.settle();
    expect(world.crmUser().activities()[0]?.values).toMatchObject({ Subject: 'Wanted in the CRM', Location: 'Room 4' });
    forgetMails(world);
    world.crmUser().update(activity, { Subject: 'Wanted more' });
    await world.settle();
    expect((await waiting(world)).held).toHaveLength(1);
    await say(world, 'release');
    await world.settle();
    expect(subjects(world)).toEqual(['Wanted more']);
    expect(mailed(world)).toEqual({ update: 3 });
  });

  it('reject of an invitation: who was added in the CRM stays there and is not invited by later changes of others', async () => {
    const world = await office(0);
    const { activity, event } = await meetInOutlook(world, 1);
    const [added, second] = colleagues(world, 2, 1);
    join(world, activity, added as NonNullable<typeof added>);
    await world.settle();
    await say(world, 'reject');
    await world.settle();
    await world.outlook().patch(event, { attendees: [colleagues(world, 1)[0], second].map((one) => ({ emailAddress: { address: one?.mail, name: one?.mail }, type: 'required' })) });
    await world.settle();
    expect(world.crm.records('Participant').filter(({ deleted }) => !deleted)).toHaveLength(3);
    expect(world.writes().graph).toBe(0);
    expect((await waiting(world)).held).toEqual([]);
  });

  it('reject of a deletion: the meeting stays in Outlook, its pair is over, and it is never taken in again', async () => {
    const world = await office(2);
    const { activity, event } = await meetInOutlook(world, 3);
    world.crmUser().mark(activity);
    await world.settle();
    await say(world, 'reject');
    await world.settle();
    await world.outlook().patch(event, { subject: 'Still meeting' });
    forgetMails(world);
    await world.settle();
    await world.days(2);
    expect(subjects(world)).toEqual(['Still meeting']);
    expect(mailed(world)).toEqual({});
    expect(everMade(world)).toEqual({ outlook: 1, crm: 1 });
    expect((await world.journal()).filter(({ reason }) => reason === 'mailRejected')).toMatchObject([{ action: 'ended' }]);
  });

  it('an answer to what a person changed meanwhile counts for nothing: it is judged anew', async () => {
    for (const given of ['release', 'reject']) {
      const world = await office(2);
      const { activity } = await meetInOutlook(world, 3);
      world.crmUser().update(activity, { Subject: 'Seen by the admin' });
      await world.settle();
      const { asOf } = await waiting(world);
      world.crmUser().update(activity, { Subject: 'Changed behind his back' });
      await world.clock.until(world.clock.now() + 2_000);
      await say(world, given, `?tenantId=${world.tenantId}&asOf=${asOf}`);
      await world.settle();
      expect(mailed(world)).toEqual({});
      expect((await waiting(world)).held).toMatchObject([{ recipients: 3 }]);
      expect((await waiting(world)).asOf).toBeGreaterThan(asOf);
    }
  });
});

describe('what waits because of its mail, and what else may happen', () => {
  it('taken back in the CRM it waits no more, and says so once', async () => {
    const world = await office(2);
    const { activity } = await meetInOutlook(world, 3);
    world.crmUser().update(activity, { Subject: 'On second thoughts' });
    await world.settle();
    world.crmUser().update(activity, { Subject: 'Made in Outlook' });
    await world.settle();
    expect((await waiting(world)).held).toEqual([]);
    expect(world.events.filter(({ evt }) => evt === 'mailGuard.answered')).toMatchObject([{ answer: 'dissolved', changes: 1 }]);
    expect((await world.journal()).filter(({ reason }) => reason === 'mailGuardDissolved')).toHaveLength(1);
  });

  it('deleted in Outlook while its change waits: edited there, deleted here; the edit stays and nothing is made again', async () => {
    const world = await office(2);
    const { activity, event } = await meetInOutlook(world, 3);
    world.crmUser().update(activity, { Subject: 'Edited in the CRM' });
    await world.settle();
    await world.outlook().remove(event);
    await world.settle();
    expect(world.crmUser().activities().map(({ values }) => values['Subject'])).toEqual(['Edited in the CRM']);
    expect((await waiting(world)).held).toEqual([]);
    expect(everMade(world)).toEqual({ outlook: 1, crm: 1 });
  });

  it('a planned meeting that is deleted in the CRM while it waits is forgotten', async () => {
    const world = await office(2);
    const { id } = meetInCrm(world, 3);
    await world.settle();
    world.crmUser().mark(id);
    await world.settle();
    expect((await waiting(world)).held).toEqual([]);
    expect(everMade(world)).toEqual({ outlook: 0, crm: 1 });
  });

  it('both guards at once: a mass deletion of meetings waits for its own answer first, and then for its mail', async () => {
    const world = await office(3, { rules: { mailGuard: { recipients: 3 }, deletionGuard: { mailbox: { count: 1, share: 0 } } } });
    const made = [await meetInOutlook(world, 2, '2026-12-01', 'One'), await meetInOutlook(world, 2, '2026-12-02', 'Two')];
    for (const { activity } of made) world.crmUser().mark(activity);
    await world.settle();
    expect((await waiting(world)).held).toEqual([]);
    expect((await listed(world)).held).toHaveLength(2);
    await answer(world, 'confirm');
    await world.settle();
    expect(mailed(world)).toEqual({ cancellation: 2 });
    expect((await waiting(world)).held).toHaveLength(1);
    await world.days(0.5);
    await say(world, 'release');
    await world.settle();
    expect(mailed(world)).toEqual({ cancellation: 4 });
    expect((await listed(world)).held).toEqual([]);
    expect(subjects(world)).toEqual([]);
  });

  it('questions without sense are answered with a sentence', async () => {
    const world = await office(2);
    expect(await say(world, 'release')).toMatchObject({ status: 404, text: expect.stringContaining('/api/admin/mail-guard') as string });
    expect(await say(world, 'confirm')).toMatchObject({ status: 404, text: expect.stringContaining('release, reject') as string });
    expect(await say(world, 'release', '?tenantId=x')).toMatchObject({ status: 400 });
    expect((await rawList(world, '?tenantId=x')).status).toBe(400);
  });
});
