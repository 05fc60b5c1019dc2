import { describe, expect, it } from 'vitest';
import { alive, answer, deleteInCrm, deleteInOutlook, eventIds, everMade, guarded, HOUR, listed, rawList, requestsById, states, told, troubles } from './guarded.ts';

describe('A12, invariant 7: more deletions in a day than the larger of 10 and 20 % of the mailbox are held', () => {
  it('11 of 20 deleted in Outlook at once: none is marked in the CRM, an edit made at the same time arrives, and the list shows 11', async () => {
    const world = await guarded(20);
    const deleted = await deleteInOutlook(world, 11);
    const [edited] = eventIds(world);
    await world.outlook().patch(edited ?? '', { subject: 'Edited at the same time' });
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 9, crm: 20 });
    expect(world.crmUser().activities().map(({ values }) => values['Subject'])).toContain('Edited at the same time');
    const { held } = await listed(world);
    expect(held.map(({ graphId }) => graphId).sort()).toEqual([...deleted].sort());
    expect(held[0]).toMatchObject({ mailboxId: world.employee.id, kind: 'appointment', side: 'crm', reason: 'deletedInOutlook', limit: 'mailbox', crmId: expect.any(String) as string, since: expect.any(Number) as number });
    expect(JSON.stringify(held)).not.toMatch(/Appointment \d|subject|@/);
    expect(troubles(world)).toEqual([]);
  });

  it('11 of 20 deleted in the CRM at once: no event is deleted, and nobody is mailed', async () => {
    const world = await guarded(20);
    deleteInCrm(world, 11);
    const [survivor] = world.crmUser().activities();
    world.crmUser().update(survivor?.id ?? '', { Subject: 'Edited at the same time' });
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 20, crm: 9 });
    expect(world.outlook().events().map((event) => event['subject'])).toContain('Edited at the same time');
    expect((await listed(world)).held).toHaveLength(11);
    expect((await listed(world)).held[0]).toMatchObject({ side: 'graph', reason: 'deletedInCrm' });
    expect(troubles(world)).toEqual([]);
  });

  it.each(['outlook', 'crm'] as const)('ten deletions in %s pass', async (where) => {
    const world = await guarded(20);
    if (where === 'crm') deleteInCrm(world, 10);
    else await deleteInOutlook(world, 10);
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 10, crm: 10 });
    expect((await listed(world)).held).toEqual([]);
    expect(told(world, 'guard.tripped')).toEqual([]);
  });

  it('20 % of a larger mailbox pass, one more is held', async () => {
    const world = await guarded(60);
    await deleteInOutlook(world, 12);
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 48, crm: 48 });
    const other = await guarded(60);
    await deleteInOutlook(other, 13);
    await other.settle();
    expect(alive(other)).toEqual({ outlook: 47, crm: 60 });
  });

  it('nine and then nine within the day trip it: the first nine are deleted, the others held', async () => {
    const world = await guarded(30);
    await deleteInOutlook(world, 9);
    await world.settle();
    await world.rest(20 * HOUR);
    deleteInCrm(world, 9);
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 21, crm: 12 });
    expect((await listed(world)).held).toHaveLength(9);
  });

  it('nine and nine with a day between do not', async () => {
    const world = await guarded(30);
    await deleteInOutlook(world, 9);
    await world.settle();
    await world.days(1.1);
    deleteInCrm(world, 9);
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 12, crm: 12 });
    expect((await listed(world)).held).toEqual([]);
  });

  it('a running mass deletion does not trickle through behind the first held ones, one by one', async () => {
    const world = await guarded(40);
    await deleteInOutlook(world, 11);
    await world.settle();
    await deleteInOutlook(world, 3);
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 26, crm: 40 });
    expect((await listed(world)).held).toHaveLength(14);
  });

  it('what waits is shown: state and reason of the mailbox, health, one telemetry event, an entry each in the journal', async () => {
    const world = await guarded(20);
    await deleteInOutlook(world, 11);
    await world.settle();
    const { health, mailboxes } = await states(world);
    expect(health).toMatchObject({ status: 'degraded', tenants: [{ mailboxes: { guard: 1 } }] });
    expect(mailboxes).toMatchObject([{ state: 'guard', held: 11, reason: expect.stringContaining('11 deletions wait for an answer') as string }]);
    expect(told(world, 'guard.tripped')).toMatchObject([{ mailbox: world.employee.id, kind: 'appointment', limit: 'mailbox', held: 11 }]);
    expect((await world.journal()).filter((entry) => entry.action === 'held' && entry.reason === 'deletionGuard')).toHaveLength(11);
    await answer(world, 'reject');
    await world.settle();
    expect((await states(world)).mailboxes).toMatchObject([{ state: 'ok', held: 0, reason: null }]);
    expect(told(world, 'guard.answered')).toMatchObject([{ mailbox: world.employee.id, answer: 'rejected', deletions: 11 }]);
    expect(told(world, 'guard.tripped')).toHaveLength(1);
  });

  it('held ones cost nothing while they wait: no request and no row is spent on them, and the daily net leaves them alone', async () => {
    const world = await guarded(20);
    await deleteInOutlook(world, 11);
    await world.settle();
    const held = await listed(world);
    world.resetCounters();
    await world.rest(HOUR);
    expect(world.requests().graph).toBe(0);
    await world.days(3);
    expect(requestsById(world)).toBe(0);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expect(await listed(world)).toEqual(held);
    expect(told(world, 'guard.tripped')).toEqual([]);
  });
});

describe('an admin answers', () => {
  it.each(['outlook', 'crm'] as const)('confirm carries out exactly what was held (deleted in %s)', async (where) => {
    const world = await guarded(20);
    if (where === 'crm') deleteInCrm(world, 11);
    else await deleteInOutlook(world, 11);
    await world.settle();
    const given = await answer(world, 'confirm', `?tenantId=${world.tenantId}&mailboxId=${world.employee.id}`);
    expect([given.status, JSON.parse(given.text)]).toEqual([202, { answer: 'confirmed', mailboxes: 1, deletions: 11 }]);
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 9, crm: 9 });
    expect(everMade(world)).toEqual({ outlook: 20, crm: 20 });
    expect((await listed(world)).held).toEqual([]);
    expect((await world.journal()).filter((entry) => entry.action === 'deleted').map((entry) => entry.reason)).toEqual(Array.from({ length: 11 }, () => 'deletionConfirmed'));
    expect(troubles(world)).toEqual([]);
    // What was confirmed is not counted: new deletions begin anew.
    await deleteInOutlook(world, 5);
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 4, crm: 4 });
  });

  it('confirm with asOf answers what the list showed; what was held since is asked for anew', async () => {
    const world = await guarded(40);
    await deleteInOutlook(world, 11);
    await world.settle();
    const { asOf } = await listed(world);
    await deleteInOutlook(world, 12);
    await world.settle();
    expect((await listed(world)).held).toHaveLength(23);
    await answer(world, 'confirm', `?tenantId=${world.tenantId}&asOf=${asOf}`);
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 17, crm: 29 });
    expect((await listed(world)).held).toHaveLength(12);
  });

  it.each(['outlook', 'crm'] as const)('reject keeps the survivors, and makes nothing on the other side, also after two days with their nets (deleted in %s)', async (where) => {
    const world = await guarded(20);
    if (where === 'crm') deleteInCrm(world, 11);
    else await deleteInOutlook(world, 11);
    await world.settle();
    await answer(world, 'reject');
    await world.settle();
    const left = where === 'crm' ? { outlook: 20, crm: 9 } : { outlook: 9, crm: 20 };
    expect(alive(world)).toEqual(left);
    world.resetCounters();
    for (const event of world.outlook().events()) await world.outlook().patch(event.id, { location: { displayName: 'Moved' } });
    for (const { id } of world.crmUser().activities()) world.crmUser().update(id, { Text: 'Edited' });
    await world.settle();
    await world.days(2);
    expect(alive(world)).toEqual(left);
    expect(everMade(world)).toEqual({ outlook: 20, crm: 20 });
    expect((await world.journal()).filter((entry) => entry.action === 'ended').map((entry) => entry.reason)).toEqual(Array.from({ length: 11 }, () => 'deletionRejected'));
    expect((await listed(world)).held).toEqual([]);
  });

  it('an edit of a survivor meanwhile follows the normal rule: the edit stays, the pair is over, nothing is made again', async () => {
    const world = await guarded(20);
    await deleteInOutlook(world, 11);
    await world.settle();
    const [held] = (await listed(world)).held;
    world.crmUser().update(held?.crmId ?? '', { Subject: 'Needed after all' });
    await world.settle();
    expect((await listed(world)).held).toHaveLength(10);
    await answer(world, 'confirm');
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 9, crm: 10 });
    expect(world.crmUser().activities().map(({ values }) => values['Subject'])).toContain('Needed after all');
    expect(everMade(world)).toEqual({ outlook: 20, crm: 20 });
  });

  it('bad input gets one clear sentence; nothing held and unknown ids are answered alike', async () => {
    const world = await guarded(1);
    expect(await rawList(world, '')).toEqual({ status: 400, text: 'Say which tenant: ?tenantId= and its id in Entra, a GUID.' });
    expect((await rawList(world, "?tenantId=x'%20or%201")).status).toBe(400);
    expect((await rawList(world, `?tenantId=${world.tenantId}&mailboxId=nobody`)).status).toBe(400);
    expect(await listed(world)).toEqual({ asOf: 0, held: [] });
    const unknown = '99999999-9999-4999-8999-999999999999';
    expect(JSON.parse((await rawList(world, `?tenantId=${unknown}`)).text)).toEqual({ asOf: 0, held: [] });
    expect((await answer(world, 'perhaps')).status).toBe(404);
    expect((await answer(world, 'confirm', '')).status).toBe(400);
    expect((await answer(world, 'confirm', `?tenantId=${world.tenantId}&asOf=now`)).status).toBe(400);
    const nothing = await answer(world, 'confirm');
    expect(nothing.status).toBe(404);
    expect(await answer(world, 'reject', `?tenantId=${unknown}`)).toEqual(nothing);
    expect(await answer(world, 'reject', `?tenantId=${world.tenantId}&mailboxId=${unknown}`)).toEqual(nothing);
  });
});

describe('what settles it without an answer', () => {
  it('items that come back in Outlook dissolve their hold: nothing is deleted, and their edits flow again', async () => {
    const world = await guarded(20);
    const ids = await deleteInOutlook(world, 11);
    await world.settle();
    for (const id of ids) world.graph.restoreEvent(world.employee.id, id);
    await world.settle();
    expect((await listed(world)).held).toEqual([]);
    expect(alive(world)).toEqual({ outlook: 20, crm: 20 });
    expect(told(world, 'guard.answered')).toMatchObject([{ answer: 'dissolved', deletions: 11 }]);
    expect((await states(world)).mailboxes).toMatchObject([{ state: 'ok', held: 0 }]);
    await world.outlook().patch(ids[0] ?? '', { subject: 'Alive and edited' });
    await world.settle();
    expect(world.crmUser().activities().map(({ values }) => values['Subject'])).toContain('Alive and edited');
    expect(everMade(world)).toEqual({ outlook: 20, crm: 20 });
  });

  it('activities whose mark is taken away dissolve theirs', async () => {
    const world = await guarded(20);
    const activities = world.crmUser().activities().slice(0, 11);
    for (const { id } of activities) world.crmUser().mark(id);
    await world.settle();
    expect((await listed(world)).held).toHaveLength(11);
    for (const { id } of activities) world.crmUser().update(id, { FreeC1: '' });
    await world.settle();
    expect((await listed(world)).held).toEqual([]);
    expect(alive(world)).toEqual({ outlook: 20, crm: 20 });
  });

  it('restored in silence, the net finds them; and a confirmation that comes too late deletes nothing that is back', async () => {
    const world = await guarded(20);
    const ids = await deleteInOutlook(world, 11);
    await world.settle();
    world.graph.setQuirks({ notificationLoss: 1 });
    for (const id of ids.slice(0, 6)) world.graph.restoreEvent(world.employee.id, id);
    await world.days(1.2);
    expect((await listed(world)).held).toHaveLength(5);
    for (const id of ids.slice(6, 9)) world.graph.restoreEvent(world.employee.id, id);
    await answer(world, 'confirm');
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 18, crm: 18 });
    expect((await listed(world)).held).toEqual([]);
  });

  it('rules changed to a higher limit let them through with the next pass; a day gone by alone does not', async () => {
    const world = await guarded(30);
    await deleteInOutlook(world, 9);
    await world.settle();
    await deleteInOutlook(world, 9);
    await world.settle();
    await world.days(2);
    expect(alive(world)).toEqual({ outlook: 12, crm: 21 });
    world.rules['deletionGuard'] = { mailbox: { count: 50 } };
    await world.clock.until(world.clock.now() + 60_000);
    await world.outlook().patch(eventIds(world)[0] ?? '', { subject: 'Something that rings' });
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 12, crm: 12 });
    expect(told(world, 'guard.answered')).toMatchObject([{ answer: 'limitsRaised', deletions: 9 }]);
  });

  it('rules with a lower limit hold sooner; they name a number and a share', async () => {
    const world = await guarded(20, { rules: { deletionGuard: { mailbox: { count: 2, share: 0.2 } } } });
    await deleteInOutlook(world, 5);
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 15, crm: 20 });
  });
});

describe('a calendar that is emptied without a notification', () => {
  it('is found by the daily net, and held like the rest: the mailbox itself is the same', async () => {
    const world = await guarded(20);
    world.graph.setQuirks({ notificationLoss: 1 });
    await deleteInOutlook(world, 20);
    await world.days(1.2);
    expect(alive(world)).toEqual({ outlook: 0, crm: 20 });
    expect((await listed(world)).held).toHaveLength(20);
    expect((await states(world)).mailboxes).toMatchObject([{ state: 'guard', held: 20 }]);
    await answer(world, 'confirm');
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 0, crm: 0 });
  });

  it('of exactly ten as well, although ten would pass: nothing else is left of it', async () => {
    const world = await guarded(10);
    await deleteInOutlook(world, 10);
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 0, crm: 10 });
    expect((await listed(world)).held.map(({ limit }) => limit)).toEqual(Array.from({ length: 10 }, () => 'emptied'));
  });

  it('a mailbox that was made anew is still found out before: nothing is held, it waits as a whole', async () => {
    const world = await guarded(20);
    world.graph.remakeMailbox(world.employee.id);
    await world.days(1.2);
    expect(world.crmUser().activities()).toHaveLength(20);
    expect((await listed(world)).held).toEqual([]);
    expect((await states(world)).mailboxes).toMatchObject([{ state: 'parked' }]);
  });
});
