import { describe, expect, it } from 'vitest';
import type { CrmSide, SideItem, Write, Written } from '../../shared/sync/ports.ts';
import { CONTENT, HELD, itemOf, PAIR, world, type World } from './world.ts';

const create = (pairId = PAIR, repeated = false): Write => ({ kind: 'create', pairId, content: CONTENT, repeated });
const update = (item: SideItem, content: Write & { kind: 'update' } extends { content: infer C } ? C : never): Write => ({ kind: 'update', pairId: PAIR, id: item.id, version: item.version, content, current: item });
const remove = (item: SideItem): Write => ({ kind: 'delete', pairId: PAIR, id: item.id, version: item.version });

function writtenItem(written: Written | undefined): SideItem {
  if (written?.outcome !== 'written' || written.item === null) throw new Error(`Expected a written item and found ${JSON.stringify(written)}.`);
  return written.item;
}

/** An activity of Jane's, read when its stamp had settled. */
async function settledItem({ seeder, jane, clock }: World, side: CrmSide, values: Record<string, string | number> = {}): Promise<SideItem> {
  const record = seeder.activity({ Contact: 1, Subject: 'Visit', Date: '2026-11-23', Time: '10:00', EndDate: '2026-11-23', EndTime: '11:00', RepId: jane.repId, ...values }, jane.person);
  await clock.advance(10_000);
  return itemOf((await side.read([record.id])).get(record.id));
}

const activities = ({ simulator }: World) => simulator.records('Contact');
const PAIRS = Array.from({ length: 12 }, (_, index) => `${index.toString(16)}${PAIR.slice(1)}`);

describe('Creating an activity', () => {
  it('writes every group, the rep and his own person as the parent, and answers what the CRM holds', async () => {
    const here = world();
    const [written] = await here.side().write([create()]);
    expect(written).toMatchObject({ outcome: 'written', item: { content: CONTENT, key: PAIR, outOfScope: null, version: '2026-11-02 09:00:00' } });
    expect(activities(here)[0]?.values).toMatchObject({
      Contact: '1', Status: '0', Date: '2026-11-23', Time: '10:00:00', EndDate: '2026-11-23', EndTime: '11:00:00', RepId: String(here.jane.repId), UpdBy: 'JANE',
      PeGrp: String(here.jane.person.statNo), PeNo: String(here.jane.person.seqNo), ExtSystem: 'M365', ExtKey: PAIR, ShowAs: '2', Priority: '1', Reminder: '15', Categories: 'Blue;Green',
    }); // prettier-ignore
  });

  it('sends many in one request, after one question for the own person', async () => {
    const here = world();
    const written = await here.side().write(PAIRS.map((pairId) => create(pairId)));
    expect(written.every((each) => each.outcome === 'written')).toBe(true);
    expect(here.requests).toHaveLength(2);
    expect(here.gate.calls).toBe(2);
  });

  it('answers what a trigger made of it', async () => {
    const here = world({ simulator: { quirks: { beforeStore: (change) => void (change.values['Location'] = 'Room 9') } } });
    expect(writtenItem((await here.side().write([create()]))[0]).content['place']).toBe('Room 9');
  });

  it('makes one record when its answer was lost and it is repeated behind its look-up', async () => {
    const here = world();
    here.simulator.addFault({ kind: 'lostAnswer', match: { command: 'import' } });
    const [lost] = await here.side().write([create()]);
    expect(lost).toMatchObject({ outcome: 'lost', failure: { reason: 'transient', details: { outcomeUnknown: true, sentAt: here.clock.now() } } });
    await here.clock.advance(300_000);
    const side = here.side();
    expect(await side.write([create(PAIR, true)])).toEqual([{ outcome: 'exists' }]);
    expect(activities(here)).toHaveLength(1);
    expect(itemOf((await side.findByKey([PAIR])).get(PAIR)).content).toEqual(HELD);
  });

  it('does not give a second life to what a person deleted, in either way', async () => {
    for (const deleted of ['marked', 'removed']) {
      const here = world();
      const made = writtenItem((await here.side().write([create()]))[0]);
      if (deleted === 'marked') here.simulator.act('JOHN').markActivity(made.id);
      else here.simulator.act('JOHN').delete('Contact', made.id);
      expect(await here.side().write([create(PAIR, true)])).toEqual([{ outcome: 'gone' }]);
      expect(activities(here)).toHaveLength(1);
    }
  });

  it('is made where the earlier attempt left nothing', async () => {
    const here = world();
    const [written] = await here.side().write([create(PAIR, true)]);
    expect(writtenItem(written).key).toBe(PAIR);
  });

  it('judges each look-up alone: what stands behind a break that fired is sent again', async () => {
    const here = world();
    const side = here.side();
    await side.write([create(PAIRS[1]), create(PAIRS[3])]);
    here.requests.length = 0;
    const outcomes = await side.write(PAIRS.slice(0, 5).map((pairId) => create(pairId, true)));
    expect(outcomes.map((each) => each.outcome)).toEqual(['written', 'exists', 'written', 'exists', 'written']);
    expect(here.requests).toHaveLength(3);
    expect(activities(here)).toHaveLength(5);
  });

  it('says exists where the key was taken without our knowing', async () => {
    const here = world();
    await here.side().write([create()]);
    expect(await here.side().write([create()])).toEqual([{ outcome: 'exists' }]);
    expect(activities(here)).toHaveLength(1);
  });

  it('says exists where the CRM reports a failure and holds the record all the same', async () => {
    const here = world();
    await here.side().write([create()]);
    here.simulator.addFault({ kind: 'commandError', code: 500, match: { command: 'import' } });
    expect(await here.side().write([create()])).toEqual([{ outcome: 'exists' }]);
  });

  it('answers the record that it made, not a deleted one with the same key', async () => {
    const here = world();
    const first = writtenItem((await here.side().write([create()]))[0]);
    here.simulator.act('JOHN').delete('Contact', first.id);
    expect(writtenItem((await here.side().write([create()]))[0]).id).not.toBe(first.id);
  });

  it('says exists where a person copied the record with its key', async () => {
    const here = world();
    const made = writtenItem((await here.side().write([create()]))[0]);
    here.seeder.activity({ Contact: 1, Subject: 'Copy', Date: '2026-11-24', RepId: here.jane.repId, ExtSystem: 'M365', ExtKey: PAIR }, here.jane.person);
    expect(await here.side().write([create(PAIR, true)])).toEqual([{ outcome: 'exists' }]);
    expect(itemOf((await here.side().findByKey([PAIR])).get(PAIR)).id).toBe(made.id);
  });

  it('is rejected with the field where the CRM does not take it, and the others go on', async () => {
    const here = world({ crm: { lengths: { Subject: 200 } } });
    const long: Write = { kind: 'create', pairId: PAIRS[0] ?? '', content: { ...CONTENT, subject: 'x'.repeat(150) }, repeated: false };
    const outcomes = await here.side().write([long, create(PAIRS[1])]);
    expect(outcomes[0]).toEqual({ outcome: 'rejected', code: '422', field: 'Subject' });
    expect(outcomes[1]?.outcome).toBe('written');
  });

  it('is rejected where the rep is linked to no person', async () => {
    const here = world();
    here.simulator.act('SYNC').update('RepUser', here.jane.rep.id, { PeGrp: null, PeNo: null });
    expect(await here.side().write([create()])).toEqual([{ outcome: 'rejected', code: 'noOwnPerson', field: 'PeNo' }]);
  });

  it('refuses a key that the CRM could take for a wildcard', async () => {
    await expect(world().side().write([create('a*')])).rejects.toBeInstanceOf(RangeError);
  });
});

describe('Updating an activity', () => {
  it('writes the groups that are given and nothing else', async () => {
    const here = world();
    const side = here.side();
    const item = await settledItem(here, side, { Location: 'Room 7', Text: 'Body' });
    const written = writtenItem((await side.write([update(item, { subject: 'New subject' })]))[0]);
    expect(written.content).toEqual({ ...item.content, subject: 'New subject' });
    expect(written.version).not.toBe(item.version);
    expect(here.requests.at(-1)).toMatch(/<update corr="w0u"><fields><Contact id="\d+"><Subject>New subject<\/Subject><\/Contact><\/fields><\/update>/);
  });

  it('empties what is empty, and turns a timed appointment into whole days', async () => {
    const here = world();
    const side = here.side();
    const item = await settledItem(here, side, { Reminder: 15 });
    const time = { allDay: true, firstDay: '2026-11-23', lastDay: '2026-11-24' };
    expect(writtenItem((await side.write([update(item, { time, reminder: null })]))[0]).content).toMatchObject({ time, reminder: null });
    expect(activities(here)[0]?.values).toMatchObject({ Time: '', EndTime: '', Reminder: '' });
  });

  it('is a conflict where somebody was faster, and changes nothing', async () => {
    const here = world();
    const side = here.side();
    const item = await settledItem(here, side);
    here.simulator.act('JOHN').update('Contact', item.id, { Subject: "John's edit" });
    expect(await side.write([update(item, { subject: 'Ours' })])).toEqual([{ outcome: 'conflict' }]);
    expect(activities(here)[0]?.values['Subject']).toBe("John's edit");
  });

  it('sends the writes behind a fired guard again, each judged alone', async () => {
    const here = world();
    const side = here.side();
    const items: SideItem[] = [];
    for (let index = 0; index < 4; index += 1) items.push(await settledItem(here, side));
    for (const index of [0, 2]) here.simulator.act('JOHN').update('Contact', items[index]?.id ?? '', { Subject: "John's edit" });
    here.requests.length = 0;
    const outcomes = await side.write(items.map((item) => update(item, { subject: 'Ours' })));
    expect(outcomes.map((each) => each.outcome)).toEqual(['conflict', 'written', 'conflict', 'written']);
    expect(here.requests).toHaveLength(3);
  });

  it('puts as many whole guarded writes into a request as fit', async () => {
    const here = world({ crm: { commandsPerRequest: 10 } });
    const side = here.side();
    const items: SideItem[] = [];
    for (let index = 0; index < 5; index += 1) items.push(await settledItem(here, side));
    here.requests.length = 0;
    await side.write(items.map((item) => update(item, { subject: 'Ours' })));
    expect(here.requests.map((body) => body.split('<update ').length - 1)).toEqual([2, 2, 1]);
  });

  it('waits where the version was read in the second of its stamp, and goes on after it was read again', async () => {
    const here = world();
    const side = here.side();
    const record = here.seeder.activity({ Contact: 1, Subject: 'Visit', Date: '2026-11-23', RepId: here.jane.repId }, here.jane.person);
    const fresh = itemOf((await side.read([record.id])).get(record.id));
    here.requests.length = 0;
    expect(await side.write([update(fresh, { subject: 'Ours' })])).toEqual([{ outcome: 'unsettled', retryAfterMs: 2_000 }]);
    await here.clock.advance(2_000);
    expect(await side.write([update(fresh, { subject: 'Ours' })])).toEqual([{ outcome: 'unsettled', retryAfterMs: 0 }]);
    expect(here.requests).toHaveLength(0);
    const settled = itemOf((await side.read([record.id])).get(record.id));
    expect((await side.write([update(settled, { subject: 'Ours' })]))[0]?.outcome).toBe('written');
  });

  it('waits for its own write to settle, too', async () => {
    const here = world();
    const side = here.side();
    const made = writtenItem((await side.write([create()]))[0]);
    expect((await side.write([update(made, { subject: 'Ours' })]))[0]).toMatchObject({ outcome: 'unsettled' });
  });

  it('takes a version that an earlier pass read by the clock of the CRM now', async () => {
    const here = world();
    const item = await settledItem(here, here.side());
    expect((await here.side().write([update(item, { subject: 'Ours' })]))[0]?.outcome).toBe('written');
    const fresh = { ...item, version: '2026-11-02 09:00:10' };
    expect((await here.side().write([update(fresh, { subject: 'Ours' })]))[0]).toMatchObject({ outcome: 'unsettled' });
  });

  it('asks for the time only where our guess of it is not enough', async () => {
    const here = world();
    const item = await settledItem(here, here.side());
    await here.clock.advance(3_600_000);
    here.requests.length = 0;
    await here.side().write([update(item, { subject: 'Ours' })]);
    expect(here.requests).toHaveLength(1);
  });

  it('knows a record that was deleted between guard and update as gone', async () => {
    const here = world();
    const side = here.side();
    const item = await settledItem(here, side);
    here.simulator.addFault({ kind: 'commandError', code: 404, match: { command: 'update' } });
    expect(await side.write([update(item, { subject: 'Ours' })])).toEqual([{ outcome: 'gone' }]);
  });
});

describe('Deleting an activity', () => {
  it('marks it and never deletes it', async () => {
    const here = world();
    const side = here.side();
    const item = await settledItem(here, side);
    expect(await side.write([remove(item)])).toEqual([{ outcome: 'written', item: null }]);
    expect(activities(here)[0]).toMatchObject({ deleted: false, values: { FreeC1: 'gelöscht' } });
    expect(here.requests.join()).not.toContain('<delete');
    expect((await side.read([item.id])).get(item.id)).toEqual({ state: 'deleted' });
  });

  it('is a conflict where somebody edited it meanwhile', async () => {
    const here = world();
    const side = here.side();
    const item = await settledItem(here, side);
    here.simulator.act('JOHN').update('Contact', item.id, { Subject: "John's edit" });
    expect(await side.write([remove(item)])).toEqual([{ outcome: 'conflict' }]);
  });

  it('knows what is marked already as gone', async () => {
    const here = world();
    const side = here.side();
    const item = await settledItem(here, side, { FreeC1: 'GELÖSCHT' }).catch(() => null);
    expect(item).toBeNull();
    const [record] = activities(here);
    const marked = { kind: 'delete', pairId: PAIR, id: record?.id ?? '', version: '2026-11-02 09:00:00' } as const;
    expect(await side.write([marked])).toEqual([{ outcome: 'gone' }]);
  });

  it('says that a trigger took the mark back', async () => {
    const here = world({ simulator: { quirks: { beforeStore: (change) => void (change.values['FreeC1'] = '') } } });
    const side = here.side();
    const item = await settledItem(here, side);
    expect(await side.write([remove(item)])).toEqual([{ outcome: 'rejected', code: 'notMarked' }]);
  });
});

describe('Writes that fail', () => {
  it('are lost where the answer is: the next ones are not sent', async () => {
    const here = world({ crm: { commandsPerRequest: 2 } });
    here.simulator.addFault({ kind: 'garbage', form: 'truncated', match: { command: 'import' } });
    const outcomes = await here.side().write([create(PAIRS[0]), create(PAIRS[1])]);
    expect(outcomes.map((each) => each.outcome)).toEqual(['lost', 'notSent']);
    expect(activities(here)).toHaveLength(1);
  });

  it('are thrown where the CRM refuses the login or is busy before anything was sent', async () => {
    for (const [fault, reason, code] of [[{ kind: 'loginLock', ms: 60_000 }, 'configuration', '401'], [{ kind: 'commandError', code: 509 }, 'crmBusy', '509']] as const) {
      const here = world();
      here.simulator.addFault(fault);
      await expect(here.side().write([create()])).rejects.toMatchObject({ port: 'crm', reason, details: { code } });
    }
  });

  it('are thrown where the request of writes itself is refused', async () => {
    const here = world();
    const side = here.side();
    const item = await settledItem(here, side);
    here.simulator.addFault({ kind: 'commandError', code: 509 });
    await expect(side.write([update(item, { subject: 'Ours' })])).rejects.toMatchObject({ reason: 'crmBusy' });
    here.simulator.addFault({ kind: 'errorBefore', status: 429 });
    await expect(side.write([create()])).rejects.toMatchObject({ reason: 'transient', details: { code: 'http429' } });
  });

  it('keep the outcome of what was sent before', async () => {
    const here = world({ crm: { commandsPerRequest: 2 } });
    here.simulator.addFault({ kind: 'commandError', code: 509, match: { command: 'import', nth: 2 } });
    here.simulator.addFault({ kind: 'errorBefore', status: 401, match: { command: 'query', nth: 3 } });
    const outcomes = await here.side().write([create(PAIRS[0]), create(PAIRS[1]), create(PAIRS[2])]);
    expect(outcomes.map((each) => each.outcome)).toEqual(['written', 'notSent', 'notSent']);
  });

  it('are not sent where the command failed and nothing was stored, and rejected where there is no right', async () => {
    for (const [code, outcome] of [[500, 'notSent'], [511, 'notSent'], [403, 'rejected'], [409, 'rejected']] as const) {
      const here = world();
      const side = here.side();
      const item = await settledItem(here, side);
      here.simulator.addFault({ kind: 'commandError', code, match: { command: 'update' } });
      expect((await side.write([update(item, { subject: 'Ours' })]))[0]).toMatchObject({ outcome });
      here.simulator.addFault({ kind: 'commandError', code, match: { command: 'import' } });
      expect((await side.write([create()]))[0]).toMatchObject({ outcome });
    }
  });

  it('are lost where a command failed and the query behind it does not tell', async () => {
    const here = world();
    const side = here.side();
    await side.read(['1']);
    here.simulator.addFault({ kind: 'commandError', code: 500 });
    expect((await side.write([create()]))[0]).toMatchObject({ outcome: 'lost', failure: { reason: 'transient', details: { code: '500', outcomeUnknown: true } } });
  });

  it('stop where the CRM cannot evaluate a guard', async () => {
    const here = world();
    const side = here.side();
    const item = await settledItem(here, side);
    here.simulator.addFault({ kind: 'commandError', code: 500, match: { command: 'break' } });
    expect((await side.write([update(item, { subject: 'Ours' })]))[0]).toMatchObject({ outcome: 'lost', failure: { reason: 'configuration' } });
  });
});
