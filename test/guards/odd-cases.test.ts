import { describe, expect, it } from 'vitest';
import { decodeRow, encodeRow, mailboxPartition, type Lease } from '../../shared/sync/rows.ts';
import { added, pruned, total, withinDay, type DayCount } from '../../shared/sync/sliding-day.ts';
import { alive, answer, deleteInOutlook, eventIds, everMade, guarded, HOUR, listed, requestsById, states, told } from './guarded.ts';

describe('the guard and what else may happen', () => {
  it('items whose lost creation a person deleted before we knew it: held as well, and an edit of the survivor makes nothing again', async () => {
    const world = await guarded(0, { rules: { deletionGuard: { mailbox: { count: 1 } } } });
    world.crm.addFault({ kind: 'lostAnswer', match: { user: world.employee.rep.user, command: 'import' } });
    for (let i = 0; i < 3; i += 1) await world.outlook().create({ subject: `Lost ${i}` });
    await world.clock.until(world.clock.now() + 30_000);
    await world.drain();
    expect(world.crmUser().activities()).toHaveLength(3);
    for (const { id } of world.crmUser().activities()) world.crmUser().remove(id);
    await world.rest(15 * 60_000);
    expect(alive(world)).toEqual({ outlook: 3, crm: 0 });
    expect((await listed(world)).held).toHaveLength(3);
    await world.outlook().patch(eventIds(world)[0] ?? '', { subject: 'Edited by its owner' });
    await world.settle();
    expect(everMade(world)).toEqual({ outlook: 3, crm: 3 });
    expect((await listed(world)).held).toHaveLength(2);
    await answer(world, 'confirm');
    await world.settle();
    expect(world.outlook().events().map((event) => event['subject'])).toEqual(['Edited by its owner']);
  });

  it('a deletion that has to be sent again is counted once', async () => {
    const world = await guarded(20);
    world.crm.addFault({ kind: 'errorBefore', status: 503, match: { user: world.employee.rep.user, command: 'update' } });
    await deleteInOutlook(world, 6);
    await world.settle();
    await world.rest(15 * 60_000);
    expect(alive(world)).toEqual({ outlook: 14, crm: 14 });
    await deleteInOutlook(world, 4);
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 10, crm: 10 });
    expect((await listed(world)).held).toEqual([]);
  });

  it('a confirmed deletion whose answer is lost, or that the CRM was too busy for, is carried out later and not held again', async () => {
    for (const kind of ['lostAnswer', 'errorBefore'] as const) {
      const world = await guarded(20);
      await deleteInOutlook(world, 11);
      await world.settle();
      world.crm.addFault(kind === 'lostAnswer' ? { kind, match: { user: world.employee.rep.user, command: 'update' } } : { kind, status: 503, match: { user: world.employee.rep.user, command: 'update' } });
      await answer(world, 'confirm');
      await world.settle();
      await world.rest(15 * 60_000);
      expect(alive(world)).toEqual({ outlook: 9, crm: 9 });
      expect((await listed(world)).held).toEqual([]);
    }
  });

  it('a survivor that is deleted as well ends its hold: nothing is left to ask for', async () => {
    const world = await guarded(20);
    await deleteInOutlook(world, 11);
    await world.settle();
    for (const { crmId } of (await listed(world)).held) world.crmUser().remove(crmId ?? '');
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 9, crm: 9 });
    expect((await listed(world)).held).toEqual([]);
    expect((await states(world)).mailboxes).toMatchObject([{ state: 'ok' }]);
  });

  it('the last word counts where two are given before the next pass', async () => {
    const world = await guarded(20);
    await deleteInOutlook(world, 11);
    await world.settle();
    await answer(world, 'confirm');
    await answer(world, 'reject');
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 9, crm: 20 });
    expect(told(world, 'guard.answered').map((event) => event['answer'])).toEqual(['confirmed', 'rejected']);
  });

  it('what survived a restart of every worker and a relisting of the calendar is held as before', async () => {
    const world = await guarded(20);
    await deleteInOutlook(world, 11);
    await world.settle();
    const held = await listed(world);
    world.replaceWorker();
    world.graph.expireDeltaTokens(world.employee.id);
    world.resetCounters();
    await world.outlook().patch(eventIds(world)[0] ?? '', { subject: 'Rings' });
    await world.settle();
    await world.rest(HOUR);
    expect(await listed(world)).toEqual(held);
    expect(alive(world)).toEqual({ outlook: 9, crm: 20 });
    expect(requestsById(world)).toBe(0);
  });

  it('counts that went astray are put right by the daily net', async () => {
    const world = await guarded(5);
    const partition = mailboxPartition(world.tenantId, world.employee.id);
    const tally = async (): Promise<Lease['guard']> => {
      const row = await world.storage.tables.get('mailbox', partition, 'lease');
      return row === null ? undefined : decodeRow<Lease>(row)?.guard;
    };
    expect(await tally()).toMatchObject({ pairs: { appointment: 5 } });
    const row = await world.storage.tables.get('mailbox', partition, 'lease');
    if (row === null) throw new Error('no lease row');
    await world.storage.tables.transact('mailbox', partition, [{ op: 'replace', row: encodeRow('lease', { ...decodeRow<Lease>(row), guard: { deleted: {}, held: { appointment: { '1': 3 } }, pairs: { appointment: 500 } } }), etag: row.etag }]);
    await world.days(1.2);
    expect(await tally()).toMatchObject({ pairs: { appointment: 5 }, held: { appointment: {} } });
    expect((await states(world)).mailboxes).toMatchObject([{ state: 'ok', pairs: 5, held: 0 }]);
  });

  it('deletions that are switched off end their pairs and are not in question', async () => {
    const world = await guarded(20, { rules: { appointments: { deletion: { enabled: false } } } });
    await deleteInOutlook(world, 15);
    await world.settle();
    expect(alive(world)).toEqual({ outlook: 5, crm: 20 });
    expect((await listed(world)).held).toEqual([]);
  });
});

describe('the sliding day', () => {
  const noon = Date.parse('2026-11-23T12:00:00Z');
  const day = 24 * HOUR;

  it('counts for a whole day, and at most a quarter of an hour more', () => {
    const counts = added({}, noon + 5 * 60_000, 3);
    expect(withinDay(counts, noon + day)).toBe(3);
    expect(withinDay(counts, noon + day + 5 * 60_000)).toBe(3);
    expect(withinDay(counts, noon + day + 20 * 60_000)).toBe(0);
  });

  it('adds, takes back, and never counts less than nothing', () => {
    let counts: DayCount = added(added({}, noon, 2), noon + 60_000, 1);
    expect(total(counts)).toBe(3);
    counts = added(counts, noon, -5);
    expect(counts).toEqual({});
  });

  it('forgets what is over', () => {
    const counts = added(added({}, noon, 2), noon + 20 * HOUR, 1);
    expect(total(pruned(counts, noon + 30 * HOUR))).toBe(1);
  });
});
