import { describe, expect, it } from 'vitest';
import type { ChangedRecord, CrmTenant } from '../../shared/jobs/ports.ts';
import type { FieldValues, RecordView } from '../../local/crm/people.ts';
import { CONTENT, itemOf, PAIR, world, type World } from './world.ts';

const visit = ({ seeder, jane }: World, values: FieldValues = {}, participants: FieldValues[] = []): RecordView =>
  seeder.activity({ Contact: 1, Subject: 'Visit', Date: '2026-11-23', Time: '10:00', EndTime: '11:00', RepId: jane.repId, ...values }, jane.person, participants);

async function changed(tenant: CrmTenant, since: number): Promise<ChangedRecord[]> {
  const found: ChangedRecord[] = [];
  for await (const page of (await tenant.changes(since)).pages) found.push(...page);
  return found;
}
const ids = (records: readonly ChangedRecord[]) => records.map((record) => record.id);

describe('The rep table', () => {
  it('is read in key pages with everything that a rep is', async () => {
    const here = world({ crm: { pageSize: 10 } });
    for (let index = 0; index < 22; index += 1) here.simulator.act('SYNC').create('RepUser', { Name: `Rep ${index}`, Email1: `Rep.${index}@Example.com `, Type: index % 3 });
    const pages = [];
    for await (const page of here.tenant().reps()) pages.push(page);
    expect(pages.map((page) => page.length)).toEqual([10, 10, 4]);
    expect(pages.flat()[0]).toEqual({ seqNo: 1, name: 'Jane Doe', email: 'jane.doe@example.com', connectorEnabled: true, syncAppointments: true, syncEmails: true, active: true, type: 0 });
    expect(pages.flat().at(-1)).toEqual({ seqNo: 24, name: 'Rep 21', email: 'rep.21@example.com', connectorEnabled: false, syncAppointments: false, syncEmails: false, active: false, type: 0 });
  });
});

describe('The change poll', () => {
  it('runs as the master user and reads nothing but the clock where nothing was polled before', async () => {
    const here = world();
    visit(here);
    const { startedAt, pages } = await here.tenant().changes(null);
    const found = [];
    for await (const page of pages) found.push(page);
    expect([startedAt, found]).toEqual([here.clock.now(), []]);
    expect(here.requests).toHaveLength(1);
    expect(here.requests[0]).not.toContain('impersonate');
  });

  it('finds what was stamped since, deletions of both kinds and other reps included, in one request when little changed', async () => {
    const here = world();
    visit(here);
    await here.clock.advance(60_000);
    const since = here.clock.now();
    const [made, marked, removed] = [visit(here, { RepId: here.john.repId }), visit(here), visit(here)];
    here.simulator.act('JANE').markActivity(marked.id);
    here.simulator.act('JANE').delete('Contact', removed.id);
    const found = await changed(here.tenant(), since);
    expect(found.map(({ id, infoArea, rep, deleted }) => ({ id, infoArea, rep, deleted }))).toEqual([
      { id: made.id, infoArea: 'MA', rep: here.john.repId, deleted: false },
      { id: marked.id, infoArea: 'MA', rep: here.jane.repId, deleted: true },
      { id: removed.id, infoArea: 'MA', rep: here.jane.repId, deleted: true },
    ]);
    expect(here.requests).toHaveLength(1);
  });

  it('goes through all pages, each record once', async () => {
    const here = world({ crm: { pageSize: 10 } });
    const made = Array.from({ length: 25 }, () => visit(here, {}, [{ Email: 'guest@example.org' }]).id);
    expect(ids(await changed(here.tenant(), here.clock.now()))).toEqual(made);
  });

  it("rings the activity of a participant's change, although its own stamp did not move", async () => {
    const here = world();
    const record = visit(here, {}, [{ Email: 'guest@example.org', Status: 0 }]);
    const [before] = await changed(here.tenant(), here.clock.now());
    await here.clock.advance(60_000);
    const since = here.clock.now();
    const [participant] = here.simulator.records('Participant');
    here.simulator.act('JOHN').update('Participant', participant?.id ?? '', { Status: 1 });
    const [answered] = await changed(here.tenant(), since);
    expect(answered).toMatchObject({ id: record.id, infoArea: 'MA', rep: here.jane.repId });
    expect(answered?.fingerprint).not.toBe(before?.fingerprint);
    here.simulator.act('JOHN').delete('Participant', participant?.id ?? '');
    const [gone] = await changed(here.tenant(), since);
    expect(gone?.id).toBe(record.id);
    expect(gone?.fingerprint).not.toBe(answered?.fingerprint);
  });

  it('hashes a record as the pass does that read or wrote it, so that our own writes ring nobody', async () => {
    const here = world();
    const side = here.side();
    const since = here.clock.now();
    const record = visit(here, {}, [{ RepId: here.jane.repId }]);
    await here.clock.advance(10_000);
    const item = itemOf((await side.read([record.id])).get(record.id));
    await side.write([
      { kind: 'create', pairId: PAIR, content: CONTENT, repeated: false },
      { kind: 'update', pairId: 'b2', id: item.id, version: item.version, content: { subject: 'Ours' }, current: item },
    ]);
    const found = await changed(here.tenant(), since);
    expect(found).toHaveLength(2);
    for (const { id, fingerprint } of found) expect(side.rowFingerprint(id)).toBe(fingerprint);
    expect(side.rowFingerprint('1')).toBeNull();
    here.simulator.act('JOHN').update('Contact', item.id, { Subject: "John's edit" });
    expect((await changed(here.tenant(), since)).find((each) => each.id === item.id)?.fingerprint).not.toBe(side.rowFingerprint(item.id));
  });

  it('rings the activity to which a participant was added, and asks for several of them in one request', async () => {
    const here = world();
    const records = Array.from({ length: 12 }, () => visit(here));
    await here.clock.advance(60_000);
    const since = here.clock.now();
    for (const record of records) here.simulator.act('JOHN').addParticipant(record.id, { RepId: here.john.repId });
    const stamped = here.simulator.records('Contact').map((record) => record.values['UpdTime']);
    expect(ids(await changed(here.tenant(), since))).toEqual(records.map((record) => record.id));
    expect(new Set(stamped)).toEqual(new Set(['09:00:00']));
    expect(here.requests).toHaveLength(2);
  });

  it('hashes a meeting as the pass does that changed its participants and their answers', async () => {
    const here = world();
    const side = here.side();
    const record = visit(here, {}, [{ RepId: here.john.repId }, { Email: 'guest@example.org' }]);
    await here.clock.advance(10_000);
    const since = here.clock.now();
    const item = itemOf((await side.read([record.id])).get(record.id));
    const participants = { [`rep:${here.john.repId}`]: { role: 'optional', address: null, name: '' }, 'mail:new@example.org': { role: 'required', address: null, name: '' } };
    await side.write([{ kind: 'update', pairId: PAIR, id: item.id, version: item.version, content: { participants, answers: { [`rep:${here.john.repId}`]: 'accepted' } }, current: item }]);
    const found = await changed(here.tenant(), since);
    expect(found.map(({ id, fingerprint }) => [id, fingerprint])).toEqual([[item.id, side.rowFingerprint(item.id)]]);
  });

  it('hashes a marked record as the pass does that marked it', async () => {
    const here = world();
    const side = here.side();
    const record = visit(here);
    await here.clock.advance(10_000);
    const item = itemOf((await side.read([record.id])).get(record.id));
    await side.write([{ kind: 'delete', pairId: PAIR, id: item.id, version: item.version }]);
    const [found] = await changed(here.tenant(), here.clock.now());
    expect(found).toMatchObject({ deleted: true, fingerprint: side.rowFingerprint(item.id) });
  });

  it('finds what was changed in the second half of the hour that occurs twice', async () => {
    const here = world({ start: '2026-10-25T00:58:00Z' });
    const since = here.clock.now();
    await here.clock.advance(4 * 60_000);
    const record = visit(here);
    expect(record.values['UpdTime']).toBe('02:02:00');
    expect(ids(await changed(here.tenant(), since))).toEqual([record.id]);
  });

  it.each([
    ['2026-10-25T00:58:00Z', '2026-10-25T01:02:00Z', '2026-10-25', '02:00:00'],
    ['2026-10-25T01:58:00Z', '2026-10-25T02:02:00Z', '2026-10-25', '02:58:00'],
    ['2026-11-02T07:00:00Z', '2026-11-02T08:00:00Z', '2026-11-02', '08:00:00'],
    ['2026-03-29T00:59:30Z', '2026-03-29T01:00:30Z', '2026-03-29', '01:59:30'],
  ])('since %s, polled at %s, begins at %s %s', async (since, start, date, time) => {
    const here = world({ start });
    await here.tenant().changes(Date.parse(since));
    const cond = (table: string, field: string, op: string, value: string): string => `<cond tablename="${table}" fieldname="${field}" op="${op}" value="${value}"/>`;
    for (const table of ['Contact', 'Participant']) {
      const blocks = `<condition>${cond(table, 'UpdDate', '&gt;', date)}</condition><condition>${cond(table, 'UpdDate', '=', date)}${cond(table, 'UpdTime', '&gt;=', time)}</condition>`;
      expect(here.requests[0]).toContain(blocks);
    }
  });

  it('tells the clock of the CRM at its start, however long the answer took', async () => {
    const here = world({ simulator: { latencyMs: 3_000, quirks: { clockSkewMs: 3_600_000 } } });
    const start = here.clock.now();
    const work = here.tenant().changes(start);
    await here.clock.advance(3_000);
    expect((await work).startedAt).toBe(start + 3_600_000);
  });

  it('throws what concerns the whole tenant', async () => {
    const here = world();
    here.simulator.addFault({ kind: 'loginLock', ms: 1_000 });
    await expect(here.tenant().changes(here.clock.now())).rejects.toMatchObject({ reason: 'configuration', details: { code: '401' } });
    const wrong = world({ crm: { profile: { participant: { table: 'Guest' } } } });
    await expect(wrong.tenant().changes(wrong.clock.now())).rejects.toMatchObject({ reason: 'configuration', message: expect.stringContaining('Guest') as string });
  });
});
